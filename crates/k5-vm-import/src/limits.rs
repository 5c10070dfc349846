//! Rules of the API that are checked before anything is sent.

use crate::NewImport;
use k5_core::{Error, Result};

/// A text that the service requires.
///
/// # Errors
/// If it is empty.
pub fn required(text: &str) -> Result<()> {
    match text.trim().is_empty() {
        false => Ok(()),
        true => Err(Error::invalid_input("can't be empty")),
    }
}

/// A SHA-1: 40 hexadecimal digits.
///
/// # Errors
/// If it is not one.
pub fn checksum(sum: &str) -> Result<()> {
    match sum.len() == 40 && sum.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err(Error::invalid_input(format!("{sum:?} is not a SHA-1, which has 40 hexadecimal digits"))),
    }
}

/// A disk that is to be converted: the service needs the new format and a login for that.
///
/// # Errors
/// Names what is missing.
pub fn conversion(image: &NewImport) -> Result<()> {
    if image.conversion != Some(true) {
        return Ok(());
    }
    let given = [
        ("disk_format", image.disk_format.is_some()),
        ("user_name", image.user_name.is_some()),
        ("password", image.password.is_some()),
        ("domain_name", image.domain_name.is_some()),
    ];
    let missing: Vec<&str> = given.iter().filter(|(_, given)| !given).map(|(name, _)| *name).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Error::invalid_input(format!("a conversion also needs {}: see `convert`", missing.join(", ")))),
    }
}

/// The path of a disk in object storage: `/v1/AUTH_{project}/{container}/{object}`, where the object's name ends in `.vmdk`.
///
/// # Errors
/// Says what is wrong with it.
pub fn location(path: &str) -> Result<()> {
    let mut parts = path.splitn(5, '/');
    let (root, version, account) = (parts.next(), parts.next(), parts.next());
    let names = parts.next().is_some_and(|container| !container.is_empty()) && parts.next().is_some_and(|o| !o.is_empty());
    if root != Some("") || version != Some("v1") || !account.is_some_and(|account| account.starts_with("AUTH_")) || !names {
        let message = format!(
            "{path:?} is not the location of a disk: it must be a path such as `/v1/AUTH_{{project}}/{{container}}/{{object}}.vmdk`"
        );
        return Err(Error::invalid_input(message));
    }
    match path.ends_with(".vmdk") {
        true => Ok(()),
        false => Err(Error::invalid_input(format!("{path:?}: the service only imports disks whose names end in `.vmdk`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required() {
        assert!(required("web").is_ok() && required("").is_err() && required("  ").is_err());
        let sum = "5f36b2ea290645ee34d943220a14b54ee5ea5be5";
        assert!(checksum(sum).is_ok() && checksum(&sum.to_uppercase()).is_ok());
        for sum in ["", "5f36", &format!("{sum}0"), "5f36b2ea290645ee34d943220a14b54ee5ea5bez"] {
            assert!(checksum(sum).expect_err(sum).to_string().contains("40 hexadecimal digits"));
        }
        let image = NewImport::new("web", "/v1/AUTH_a/c/o.vmdk", "centos");
        assert!(conversion(&image).is_ok() && conversion(&image.clone().conversion(false)).is_ok());
        let error =
            conversion(&image.clone().conversion(true).disk_format("raw").password("cHc=")).expect_err("no login").to_string();
        assert!(error.contains("also needs user_name, domain_name"), "{error}");
        let image = image.conversion(true).disk_format("raw").user_name("ops").password("cHc=").domain_name("contract");
        assert!(conversion(&image).is_ok());
    }

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
