//! Rules of the API that are checked before anything is sent.

use k5_core::{Error, Result};

/// The path of a disk in object storage: `/v1/AUTH_{project}/{container}/{object}`, where the object's name ends in `.vmdk`.
///
/// # Errors
/// Says what is wrong with it.
pub fn location(path: &str) -> Result<()> {
    let mut parts = path.splitn(5, '/');
    let (root, version, account) = (parts.next(), parts.next(), parts.next());
    let names = parts.next().is_some_and(|container| !container.is_empty()) && parts.next().is_some_and(|o| !o.is_empty());
    if root != Some("") || version != Some("v1") || !account.is_some_and(|account| account.starts_with("AUTH_")) || !names {
        let message =
            format!("{path:?} is no place of a disk: it is a path such as `/v1/AUTH_{{project}}/{{container}}/{{object}}.vmdk`");
        return Err(Error::invalid_input(message));
    }
    match path.ends_with(".vmdk") {
        true => Ok(()),
        false => Err(Error::invalid_input(format!("{path:?}: the service imports disks whose names end in `.vmdk`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_disks() {
        assert!(location("/v1/AUTH_a/c/o.vmdk").is_ok() && location("/v1/AUTH_a/c/a/b//c.vmdk").is_ok());
        for path in
            ["", "/v1/AUTH_a/c/", "/v1/AUTH_a//o.vmdk", "/v1/a/c/o.vmdk", "v1/AUTH_a/c/o.vmdk", "https://h/v1/AUTH_a/c/o.vmdk"]
        {
            assert!(location(path).is_err(), "{path}");
        }
        assert!(location("/v1/AUTH_a/c/o.qcow2").expect_err("another").to_string().contains(".vmdk"));
    }
}
