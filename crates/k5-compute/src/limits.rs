//! Rules of the API that are checked before anything is sent.

use crate::{NewInterface, ServerGroupPolicy};
use k5_core::{Error, Pairs, Result};

/// The longest name of a server, in characters.
pub const SERVER_NAME: usize = 255;
/// The longest name or value of a metadata item, in bytes.
pub const METADATA: usize = 255;
/// The longest user data, in characters of Base64.
pub const USER_DATA: usize = 65_535;

/// A server's name: not empty, at most 255 characters, no leading or trailing spaces.
///
/// # Errors
/// Says what is wrong with it.
pub fn server_name(name: &str) -> Result<()> {
    match name.chars().count() {
        0 => Err(Error::invalid_input("a server's name can't be empty")),
        count if count > SERVER_NAME => {
            Err(Error::invalid_input(format!("a server's name has at most {SERVER_NAME} characters, this one has {count}")))
        }
        _ if name.trim() != name => Err(Error::invalid_input(format!("the server's name {name:?} begins or ends with a space"))),
        _ => Ok(()),
    }
}

/// A server group's name: not empty, at most 255 characters, no leading or trailing spaces.
///
/// # Errors
/// Says what is wrong with it.
pub fn server_group_name(name: &str) -> Result<()> {
    match name.chars().count() {
        0 => Err(Error::invalid_input("a server group's name can't be empty")),
        count if count > SERVER_NAME => {
            Err(Error::invalid_input(format!("a server group's name has at most {SERVER_NAME} characters, this one has {count}")))
        }
        _ if name.trim() != name => {
            Err(Error::invalid_input(format!("the server group's name {name:?} begins or ends with a space")))
        }
        _ => Ok(()),
    }
}

/// The policies of a server group: at least one.
///
/// # Errors
/// If there is none.
pub fn policies(policies: &[ServerGroupPolicy]) -> Result<()> {
    match policies.is_empty() {
        true => Err(Error::invalid_input("a server group needs a policy: affinity or anti-affinity")),
        false => Ok(()),
    }
}

/// A device's name: `/dev/vd` and at least one lower-case letter.
///
/// # Errors
/// Says what is wrong with it.
pub fn device(name: &str) -> Result<()> {
    let letters = name.strip_prefix("/dev/vd").unwrap_or_default();
    match !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_lowercase()) {
        true => Ok(()),
        false => {
            Err(Error::invalid_input(format!("the device {name:?} must be `/dev/vd` and lower-case letters, such as /dev/vdb")))
        }
    }
}

/// A network interface: of a port or in a network, and with addresses only in a network.
///
/// # Errors
/// If it has both, or addresses without a network.
pub fn interface(interface: &NewInterface) -> Result<()> {
    let has_addresses = interface.fixed_ips.as_ref().is_some_and(|addresses| !addresses.is_empty());
    match (&interface.port_id, &interface.net_id) {
        (Some(_), Some(_)) => Err(Error::invalid_input("a network interface can have a port_id or a net_id, not both")),
        (_, None) if has_addresses => Err(Error::invalid_input("fixed_ips need a net_id: a port already has its addresses")),
        _ => Ok(()),
    }
}

/// The name of a metadata item: 1 to 255 bytes.
///
/// # Errors
/// Says what is wrong with it.
pub fn metadata_key(key: &str) -> Result<()> {
    match key.len() {
        1..=METADATA => Ok(()),
        0 => Err(Error::invalid_input("the name of an item of metadata can't be empty")),
        count => {
            Err(Error::invalid_input(format!("the name of an item of metadata has at most {METADATA} bytes, this one has {count}")))
        }
    }
}

/// Metadata: names and values of at most 255 bytes each.
///
/// # Errors
/// Names the first item that is too long.
pub fn metadata(metadata: &Pairs<String>) -> Result<()> {
    for (key, value) in metadata {
        metadata_key(key)?;
        if value.len() > METADATA {
            let count = value.len();
            return Err(Error::invalid_input(format!("the value of {key:?} has {count} bytes; there is room for {METADATA}")));
        }
    }
    Ok(())
}

/// User data: Base64, at most 65,535 characters.
///
/// # Errors
/// Says what is wrong with it.
pub fn user_data(text: &str) -> Result<()> {
    if text.len() > USER_DATA {
        let count = text.len();
        return Err(Error::invalid_input(format!(
            "the user data has {count} characters of Base64; there is room for {USER_DATA}: compress it, or have \
             the server fetch part of it"
        )));
    }
    let of_base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=') || b.is_ascii_whitespace();
    match text.bytes().all(of_base64) {
        true => Ok(()),
        false => Err(Error::invalid_input("the user data is not Base64: a `UserData` is encoded automatically")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_at_their_edges() {
        assert!(server_name(&"é".repeat(255)).is_ok() && server_name(&"é".repeat(256)).is_err());
        assert!(server_name("").is_err() && server_name(" a").is_err());
        assert!(server_group_name(&"é".repeat(255)).is_ok() && server_group_name(&"é".repeat(256)).is_err());
        assert!(server_group_name("").is_err() && server_group_name("a ").is_err());
        assert!(policies(&[]).is_err() && policies(&[ServerGroupPolicy::Affinity]).is_ok());
        for (name, fits) in [("/dev/vdb", true), ("/dev/vdaa", true), ("/dev/vd", false), ("/dev/vdB", false), ("/dev/sdb", false)]
        {
            assert_eq!(device(name).is_ok(), fits, "{name}");
        }
        assert!(interface(&NewInterface::new()).is_ok() && interface(&NewInterface::new().port_id("p")).is_ok());
        assert!(interface(&NewInterface::new().port_id("p").net_id("n")).is_err());
        let addressed = || NewInterface::new().fixed_ips([crate::NewFixedIp::new("10.0.0.9")]);
        assert!(interface(&addressed()).is_err() && interface(&addressed().net_id("n")).is_ok());
        assert!(metadata_key(&"k".repeat(255)).is_ok() && metadata_key(&"k".repeat(256)).is_err() && metadata_key("").is_err());
        let of = |value: String| metadata(&Pairs::from([("k", value)]));
        assert!(of("v".repeat(255)).is_ok());
        let error = of("é".repeat(128)).expect_err("256 bytes").to_string();
        assert!(error.contains("\"k\" has 256 bytes"), "{error}");
        assert!(user_data(&"A".repeat(65_535)).is_ok() && user_data(&"A".repeat(65_536)).is_err());
        assert!(user_data("#!/bin/sh").is_err() && user_data("IyEv\nYmlu=").is_ok());
    }
}
