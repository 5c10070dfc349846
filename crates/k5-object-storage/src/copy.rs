//! Copies within the cloud.

use crate::generated::{builder::CopyObject, builder::UploadObject};
use crate::{ObjectStorage, limits};
use k5_core::{Body, path};

/// `/container/object`, encoded as `Destination` and `X-Copy-From` require.
fn place(container: &str, object: &str) -> String {
    let mut out = String::from("/");
    path::push_segment(&mut out, container);
    out.push('/');
    path::push_name(&mut out, object);
    out
}

impl ObjectStorage {
    /// Copies an object on the server. No data passes through this machine. The metadata is copied too, and values set on the
    /// builder replace it. A large object becomes one plain object, up to 5 GiB.
    ///
    /// Object storage 11 (Copy object). The manifest of a large object itself is copied with `.multipart_manifest("get")`.
    pub fn copy(&self, from: (&str, &str), to: (&str, &str)) -> CopyObject {
        let mut copy = self.copy_object(from.0, from.1, &place(to.0, to.1));
        copy.0.check(limits::container_name(to.0));
        copy.0.check(limits::object_name(to.1));
        copy
    }

    /// The same by PUT with `X-Copy-From`, for networks whose proxies don't support `COPY`.
    ///
    /// Object storage 11 (Copy object), in its other form.
    pub fn copy_by_put(&self, from: (&str, &str), to: (&str, &str)) -> UploadObject {
        let mut copy = self.upload_object(to.0, to.1, Body::empty());
        copy.0.check(limits::container_name(from.0));
        copy.0.check(limits::object_name(from.1));
        copy.copy_from(&place(from.0, from.1))
    }
}
