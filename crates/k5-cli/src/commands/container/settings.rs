//! What creation and change of a container have in common.

use crate::url;

/// What creation and change have in common.
#[derive(Debug, clap::Args)]
pub(super) struct Settings {
    /// Who may read, such as .r:*,.rlistings or PROJECT:USER
    #[arg(long, value_name = "ACL")]
    pub(super) read_acl: Option<String>,
    /// Who may write, such as PROJECT:USER
    #[arg(long, value_name = "ACL")]
    pub(super) write_acl: Option<String>,
    /// Let anyone read and list, without a token
    #[arg(long, conflicts_with = "read_acl")]
    pub(super) public: bool,
    /// Keep earlier versions of objects in this container
    #[arg(long, value_name = "CONTAINER", value_parser = url::container)]
    pub(super) versions_location: Option<String>,
    /// How many bytes the container may hold
    #[arg(long, value_name = "BYTES")]
    pub(super) quota_bytes: Option<u64>,
    /// How many objects the container may hold
    #[arg(long, value_name = "NUMBER")]
    pub(super) quota_count: Option<u64>,
}

/// Sets what creation and change have in common; the two builders have the same setters.
macro_rules! apply {
    ($settings:expr, $properties:expr, $call:expr) => {{
        let settings = $settings;
        let mut call = $call;
        for (name, value) in $properties {
            call = call.metadata(name, value);
        }
        if let Some(acl) = &settings.read_acl {
            call = call.read_acl(acl);
        }
        if let Some(acl) = &settings.write_acl {
            call = call.write_acl(acl);
        }
        if settings.public {
            call = call.read_acl(&k5::object_storage::acl::Acl::new().anyone().listings().to_string());
        }
        if let Some(name) = &settings.versions_location {
            call = call.versions_location(&k5_core::path::segment(name));
        }
        if let Some(bytes) = settings.quota_bytes {
            call = call.quota_bytes(bytes);
        }
        if let Some(count) = settings.quota_count {
            call = call.quota_count(count);
        }
        call
    }};
}

pub(super) use apply;

impl Settings {
    pub(super) fn says_nothing(&self) -> bool {
        let Self { read_acl, write_acl, public, versions_location, quota_bytes, quota_count } = self;
        let texts = read_acl.is_none() && write_acl.is_none() && versions_location.is_none();
        texts && !public && quota_bytes.is_none() && quota_count.is_none()
    }
}
