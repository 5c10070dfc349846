//! `k5 container`.

use crate::args::{Format, Globals};
use crate::cloud::Connection;
use crate::commands::object::{self, Tally};
use crate::exit::{Failure, Outcome};
use crate::input;
use crate::output::{Column, List, Record};
use crate::url;
use k5::object_storage::acl::Acl;
use serde_json::json;

const COLUMNS: &[Column] =
    &[Column("name", "Name"), Column("bytes", "Bytes"), Column("count", "Count"), Column("last_modified", "Last Modified")];
const CREATED: &[Column] = &[Column("account", "account"), Column("container", "container"), Column("x-trans-id", "x-trans-id")];

/// Commands on containers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Create(Create),
    List(ListArgs),
    /// Show a container's numbers, access lists and metadata
    Show {
        /// The container
        #[arg(value_parser = url::container)]
        container: String,
    },
    Set(Box<Set>),
    Delete(Delete),
}

/// List the containers
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Show bytes and number of objects, too
    #[arg(short, long)]
    long: bool,
    /// Only names that begin so
    #[arg(long)]
    prefix: Option<String>,
}

/// What creation and change have in common.
#[derive(Debug, clap::Args)]
struct Settings {
    /// Set an item of metadata; may be repeated
    #[arg(long, visible_alias = "metadata", value_name = "NAME=VALUE", value_parser = input::pair)]
    property: Vec<(String, String)>,
    /// Who may read, such as .r:*,.rlistings or PROJECT:USER
    #[arg(long, value_name = "ACL")]
    read_acl: Option<String>,
    /// Who may write, such as PROJECT:USER
    #[arg(long, value_name = "ACL")]
    write_acl: Option<String>,
    /// Anyone may read and list, without a token
    #[arg(long, conflicts_with = "read_acl")]
    public: bool,
    /// Keep earlier contents of objects in this container
    #[arg(long, value_name = "CONTAINER", value_parser = url::container)]
    versions_location: Option<String>,
    /// How many bytes the container may hold
    #[arg(long, value_name = "BYTES")]
    quota_bytes: Option<u64>,
    /// How many objects the container may hold
    #[arg(long, value_name = "NUMBER")]
    quota_count: Option<u64>,
}

/// Create containers; one that is there stays as it is but for the options
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The containers
    #[arg(required = true, value_parser = url::container)]
    container: Vec<String>,
    #[command(flatten)]
    settings: Settings,
    /// How objects are stored: a policy that `k5 api show_info` lists
    #[arg(long, value_name = "POLICY")]
    storage_policy: Option<String>,
}

/// Change a container; what is not named stays
#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    /// The container
    #[arg(value_parser = url::container)]
    container: String,
    #[command(flatten)]
    settings: Settings,
    /// Remove an item of metadata; may be repeated
    #[arg(long, value_name = "NAME")]
    remove: Vec<String>,
    /// Only the project itself may read and write
    #[arg(long, conflicts_with_all = ["public", "read_acl", "write_acl"])]
    private: bool,
    /// Stop keeping earlier contents
    #[arg(long, conflicts_with = "versions_location")]
    no_versions_location: bool,
}

/// Delete containers
#[derive(Debug, clap::Args)]
pub(crate) struct Delete {
    /// The containers
    #[arg(required = true, value_parser = url::container)]
    container: Vec<String>,
    /// Delete the objects first
    #[arg(short, long)]
    recursive: bool,
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        match self {
            Self::Create(create) => create.run(globals, connection).await,
            Self::List(list) => list.run(globals, connection).await,
            Self::Show { container } => show(globals, connection, container).await,
            Self::Set(set) => {
                globals.no_output("this command lists nothing")?;
                set.run(connection).await
            }
            Self::Delete(delete) => {
                globals.no_output("this command lists nothing")?;
                delete.run(connection).await
            }
        }
    }
}

impl ListArgs {
    async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let mut list = List::new(globals, Format::Table, COLUMNS, if self.long { 3 } else { 1 }, false)?;
        let mut call = connection.swift().list_containers();
        if let Some(prefix) = &self.prefix {
            call = call.prefix(prefix);
        }
        let mut items = call.items();
        while let Some(entry) = items.try_next().await.map_err(|error| Failure::cloud("container list", &error))? {
            if let Some(container) = entry.item() {
                list.push(&container)?;
            }
        }
        list.finish()
    }
}

/// Prints what the headers say of a container.
pub(crate) async fn show(globals: &Globals, connection: &Connection, container: &str) -> Outcome {
    let shown = connection.swift().show_container(container).send().await;
    let info = shown.map_err(|error| Failure::cloud(format_args!("container {container}"), &error))?;
    Record::new()
        .with("account", connection.account().await?)
        .with("container", container)
        .with("object_count", info.object_count)
        .with("bytes_used", info.bytes_used)
        .with("read_acl", info.read_acl)
        .with("write_acl", info.write_acl)
        .with("storage_policy", info.storage_policy)
        .with("versions_location", info.versions_location.map(|name| k5_core::path::decode(&name)))
        .with("quota_bytes", info.quota_bytes)
        .with("quota_count", info.quota_count)
        .with("sync_to", info.sync_to)
        .with("timestamp", info.timestamp.as_ref().map(k5::Timestamp::as_str))
        .with_metadata(&info.metadata)
        .print(globals)
}

/// Sets what creation and change have in common; the two builders have the same setters.
macro_rules! apply {
    ($settings:expr, $call:expr) => {{
        let settings = $settings;
        let mut call = $call;
        for (name, value) in &settings.property {
            call = call.metadata(name, value);
        }
        if let Some(acl) = &settings.read_acl {
            call = call.read_acl(acl);
        }
        if let Some(acl) = &settings.write_acl {
            call = call.write_acl(acl);
        }
        if settings.public {
            call = call.read_acl(&Acl::new().anyone().listings().to_string());
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

impl Settings {
    fn says_nothing(&self) -> bool {
        let Self { property, read_acl, write_acl, public, versions_location, quota_bytes, quota_count } = self;
        let texts = read_acl.is_none() && write_acl.is_none() && versions_location.is_none();
        property.is_empty() && texts && !public && quota_bytes.is_none() && quota_count.is_none()
    }
}

impl Create {
    async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        object::once("--property", self.settings.property.iter().map(|(name, _)| name.as_str()))?;
        let mut list = List::new(globals, Format::Table, CREATED, CREATED.len(), false)?;
        let mut tally = Tally::default();
        for name in &self.container {
            let mut call = apply!(&self.settings, connection.swift().create_container(name));
            if let Some(policy) = &self.storage_policy {
                call = call.storage_policy(policy);
            }
            let created = call.send().await.map_err(|error| Failure::cloud(format_args!("container create {name}"), &error));
            match created {
                Ok(created) => {
                    list.push(
                        &json!({ "account": connection.account().await?, "container": name, "x-trans-id": created.trans_id }),
                    )?;
                    tally.count(Ok(()))?;
                }
                Err(failure) => tally.count(Err(failure))?,
            }
        }
        list.finish()?;
        tally.outcome()
    }
}

impl Set {
    async fn run(&self, connection: &Connection) -> Outcome {
        if self.settings.says_nothing() && self.remove.is_empty() && !self.private && !self.no_versions_location {
            return Err(Failure::usage("nothing is to be changed: k5 container set --help shows what can be"));
        }
        let named = self.settings.property.iter().map(|(name, _)| name).chain(&self.remove);
        object::once("--property and --remove", named.map(String::as_str))?;
        let mut call = apply!(&self.settings, connection.swift().update_container(&self.container));
        for name in &self.remove {
            call = call.remove_metadata(name);
        }
        if self.private {
            call = call.remove_read_acl().remove_write_acl();
        }
        if self.no_versions_location {
            call = call.remove_versions_location();
        }
        call.send().await.map_err(|error| Failure::cloud(format_args!("container set {}", self.container), &error))
    }
}

impl Delete {
    async fn run(&self, connection: &Connection) -> Outcome {
        let mut tally = Tally::default();
        for name in &self.container {
            if self.recursive {
                object::remove_all(connection, name).await?;
            }
            let deleted = connection.swift().delete_container(name).send().await;
            tally.count(deleted.map_err(|error| Failure::cloud(format_args!("container delete {name}"), &error)))?;
        }
        tally.outcome()
    }
}
