//! The objects that stand for folders.

use crate::generated::Object;

/// Media types of such objects: python-swiftclient and rclone write the first, python-swiftclient also reads the second, Cyberduck,
/// s3fs and the S3 console write the third, WebDAV gateways the fourth and fifth.
const TYPES: [&str; 5] =
    ["application/directory", "text/directory", "application/x-directory", "httpd/unix-directory", "inode/directory"];

/// Whether an object in a listing only marks a folder, in any of the forms that tools write: its name ends in `/`, or its media
/// type says so, whatever its parameters; and it is empty, or has the single byte that some tools write because their server
/// doesn't accept empty objects.
///
/// ```
/// use k5_object_storage::sync::marks_folder;
/// use k5_object_storage::Object;
///
/// let listed = |name: &str, kind: &str, bytes: u64| -> Object {
///     serde_json::from_value(serde_json::json!({ "name": name, "content_type": kind, "bytes": bytes })).unwrap()
/// };
/// assert!(marks_folder(&listed("photos", "application/directory; charset=utf-8", 0)));
/// assert!(marks_folder(&listed("photos/", "application/octet-stream", 1)));
/// assert!(!marks_folder(&listed("photos", "application/octet-stream", 0)));
/// ```
///
/// Hadoop's empty files `NAME_$folder$` count as files: they can't be told apart from an uploaded file of such a name.
pub fn marks_folder(object: &Object) -> bool {
    let essence = object.content_type.as_deref().and_then(|kind| kind.split(';').next()).unwrap_or("").trim();
    let said = object.name.ends_with('/') || TYPES.iter().any(|kind| kind.eq_ignore_ascii_case(essence));
    said && object.bytes <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, kind: Option<&str>, bytes: u64) -> Object {
        serde_json::from_value(serde_json::json!({ "name": name, "content_type": kind, "bytes": bytes })).expect("an object")
    }

    #[test]
    fn marks_in_all_their_forms() {
        for kind in [
            "application/directory",
            "application/directory; charset=utf-8",
            "application/directory;charset=UTF-8",
            "Application/X-Directory",
            "application/x-directory; charset=UTF-8",
            "httpd/unix-directory",
            "text/directory",
        ] {
            for (name, bytes) in [("d", 0), ("d/e", 0), ("d/", 0), ("d/", 1), ("d", 1)] {
                assert!(marks_folder(&listed(name, Some(kind), bytes)), "{name} {kind} {bytes}");
            }
            assert!(!marks_folder(&listed("d", Some(kind), 2)), "{kind}");
        }
        for kind in [None, Some("application/octet-stream"), Some("text/plain"), Some("")] {
            assert!(marks_folder(&listed("d/", kind, 0)) && marks_folder(&listed("d/", kind, 1)), "{kind:?}");
            assert!(!marks_folder(&listed("d", kind, 0)) && !marks_folder(&listed("d/", kind, 2)), "{kind:?}");
        }
        assert!(!marks_folder(&listed("d_$folder$", Some("application/octet-stream"), 0)));
    }
}
