//! The limits of object storage, checked before a single byte is sent.

use k5_core::{Error, Pairs, Result};

/// Maximum number of bytes in a container's name.
pub const CONTAINER_NAME: usize = 256;
/// Maximum number of bytes in an object's name.
pub const OBJECT_NAME: usize = 1024;
/// Maximum number of bytes that one request can store in an object: 5 GiB and two bytes, Swift's default. Larger objects need
/// segments.
pub const OBJECT_SIZE: u64 = 5 * 1024 * 1024 * 1024 + 2;
/// Maximum number of metadata items of an account, container or object.
pub const METADATA_ITEMS: usize = 90;
/// Maximum number of bytes in the name of a metadata item.
pub const METADATA_NAME: usize = 128;
/// Maximum number of bytes in the value of a metadata item.
pub const METADATA_VALUE: usize = 256;
/// Maximum number of bytes in all names and values of metadata together.
pub const METADATA_ALL: usize = 4096;

/// Checks a container's name: 1 to 256 bytes, no `/`.
pub fn container_name(name: &str) -> Result<()> {
    if name.contains('/') {
        return Err(Error::invalid_input(format!("the container name {name:?} holds a '/', which separates container and object")));
    }
    length("container", name, CONTAINER_NAME)
}

/// Checks an object's name: 1 to 1,024 bytes of any kind.
pub fn object_name(name: &str) -> Result<()> {
    length("object", name, OBJECT_NAME)
}

fn length(what: &str, name: &str, limit: usize) -> Result<()> {
    match name.len() {
        0 => Err(Error::invalid_input(format!("the {what}'s name is empty"))),
        length if length > limit => {
            let start: String = name.chars().take(40).collect();
            Err(Error::invalid_input(format!("the {what} name {start:?}... has {length} bytes; the limit is {limit}")))
        }
        _ => Ok(()),
    }
}

/// Checks the length of one PUT.
pub fn object_size(length: u64) -> Result<()> {
    match length > OBJECT_SIZE {
        true => Err(Error::invalid_input(format!(
            "{length} bytes are over the limit of {OBJECT_SIZE} for one object (5 GiB); store it in segments"
        ))),
        false => Ok(()),
    }
}

/// Checks a complete set of metadata: number and size.
pub fn metadata(items: &Pairs<String>) -> Result<()> {
    let all: usize = items.iter().map(|(name, value)| name.len() + value.len()).sum();
    if items.len() > METADATA_ITEMS {
        return Err(Error::invalid_input(format!("{} items of metadata; the limit is {METADATA_ITEMS}", items.len())));
    }
    if all > METADATA_ALL {
        return Err(Error::invalid_input(format!("{all} bytes of metadata in all; the limit is {METADATA_ALL}")));
    }
    items.iter().try_for_each(|(name, value)| metadata_item(name, value))
}

/// Checks one item of metadata.
pub fn metadata_item(name: &str, value: &str) -> Result<()> {
    for (what, length, limit) in [("name", name.len(), METADATA_NAME), ("value", value.len(), METADATA_VALUE)] {
        if length > limit {
            let start: String = name.chars().take(40).collect();
            return Err(Error::invalid_input(format!("metadata {start:?}: its {what} has {length} bytes; the limit is {limit}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_at_and_over_the_limit() {
        assert!(container_name(&"c".repeat(256)).is_ok());
        assert!(container_name(&"c".repeat(257)).is_err());
        assert!(container_name("a/b").is_err());
        assert!(object_name(&"é".repeat(512)).is_ok());
        assert!(object_name(&"é".repeat(513)).is_err());
        assert!(object_name("").is_err());
        assert!(object_size(OBJECT_SIZE).is_ok() && object_size(OBJECT_SIZE + 1).is_err());
    }

    #[test]
    fn metadata_at_and_over_the_limit() {
        let items = |count: usize, length: usize| (0..count).map(|n| (format!("k{n:02}"), "v".repeat(length))).collect();
        assert!(metadata(&items(90, 10)).is_ok());
        assert!(metadata(&items(91, 10)).is_err());
        assert!(metadata(&items(1, 257)).is_err());
        assert!(metadata(&items(17, 250)).is_err());
    }
}
