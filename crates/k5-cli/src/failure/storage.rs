//! Hints on what object storage said: the next command to type, with the names in it.

use super::wording::quoted;
use k5::Error;

/// The hint on a refusal by object storage.
pub(super) fn at_storage(error: &Error) -> Option<String> {
    let operation = error.operation().filter(|meta| meta.service.name == "object_storage")?.id;
    let container = error.target().and_then(|target| target.strip_prefix("swift://")).and_then(|rest| rest.split('/').next());
    let container = container.filter(|name| !name.is_empty());
    Some(match (error.status()?.as_u16(), container) {
        (403, _) if error.is_quota() => return None,
        (403, Some(name)) => format!(
            "The user may lack a role in the project, or the container an ACL: k5 container show {} shows the ACLs, to those who may see them.",
            quoted(name)
        ),
        (403, None) => "The user may lack a role in the project: k5 token issue shows which user and project are used.".to_owned(),
        // Of an upload, nothing but the container can be missing.
        (404, Some(name)) if operation == "upload_object" => {
            format!("There is no container {name}: k5 container create {} creates it.", quoted(name))
        }
        (404, Some(name)) if operation == "list_objects" || operation.ends_with("_container") => no_container(name),
        (404, _) if operation.ends_with("_object") => {
            "There is no such object, or no such container: see k5 object ls and k5 container list.".to_owned()
        }
        (409, Some(name)) if operation == "delete_container" => {
            format!("The container is not empty: k5 container delete -r {} deletes its objects first.", quoted(name))
        }
        (412, _) if operation == "upload_object" => "There is already an object of this name, and it stays as it is.".to_owned(),
        (413, Some(name)) if operation == "upload_object" => format!(
            "It is larger than the server accepts at once, or than what is left of a quota: see k5 container show {} and k5 account show.",
            quoted(name)
        ),
        _ => return None,
    })
}

/// There is no such container.
pub(super) fn no_container(name: &str) -> String {
    format!("There is no container {name}: k5 container list shows the containers.")
}

/// There is the container, but no such object in it.
pub(super) fn no_object(container: &str, object: &str) -> String {
    let folder = object.rfind('/').map_or("", |end| &object[..=end]);
    let place = format!("swift://{container}/{folder}");
    format!("There is no such object in the container: k5 object ls {} shows the names.", quoted(&place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_typed() {
        assert!(no_object("c", "a b/x").contains("k5 object ls 'swift://c/a b/' shows"));
        assert!(no_object("c", "x").contains("k5 object ls swift://c/ shows"));
    }
}
