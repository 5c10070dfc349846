//! Rules of the API that are checked before anything is sent.

use crate::NewIpAddress;
use k5_core::ids::ProjectId;
use k5_core::{Error, Loose, Result};
use std::net::Ipv4Addr;

/// A server's name: 1 to 64 letters, digits, `-`, `_` and `.`, starting with a letter or digit.
///
/// # Errors
/// Says what is wrong with it.
pub fn server_name(name: &str) -> Result<()> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let fits = (1..=64).contains(&name.len()) && name.bytes().all(inner) && name.as_bytes()[0].is_ascii_alphanumeric();
    match fits {
        true => Ok(()),
        false => Err(Error::invalid_input(format!(
            "{name:?} is not a valid server name here: it must have 1 to 64 letters, digits, `-`, `_` and `.`, and begin \
             with a letter or digit"
        ))),
    }
}

/// A clone image's name: 1 to 32 letters, digits and `_`, starting with a letter.
///
/// # Errors
/// Says what is wrong with it.
pub fn clone_image_name(name: &str) -> Result<()> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let fits = (1..=32).contains(&name.len()) && name.bytes().all(inner) && name.as_bytes()[0].is_ascii_alphabetic();
    match fits {
        true => Ok(()),
        false => Err(Error::invalid_input(format!(
            "{name:?} is not a valid clone image name: it must have 1 to 32 letters, digits and `_`, and begin with a letter"
        ))),
    }
}

/// A comment on a clone image: 1 to 96 characters, without `%`, `\`, `"` and line breaks.
///
/// # Errors
/// Says what is wrong with it.
pub fn comment(comment: &str) -> Result<()> {
    let length = comment.chars().count();
    if !(1..=96).contains(&length) {
        return Err(Error::invalid_input(format!("a comment must have 1 to 96 characters, this one has {length}")));
    }
    match comment.chars().find(|c| matches!(c, '%' | '\\' | '"' | '\n' | '\r')) {
        None => Ok(()),
        Some(c) => Err(Error::invalid_input(format!("a comment can't contain {c:?}"))),
    }
}

/// A project's id as this service takes it: letters and digits, without hyphens.
///
/// # Errors
/// Says what is wrong with it.
pub fn project_id(id: &ProjectId) -> Result<()> {
    let id = id.as_str();
    match !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err(Error::invalid_input(format!(
            "{id:?} is not a valid project id here: it must have letters and digits only, without hyphens"
        ))),
    }
}

/// An IPv4 address.
///
/// # Errors
/// If it is something else.
pub fn ipv4(address: &str) -> Result<()> {
    match address.parse::<Ipv4Addr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::invalid_input(format!("{address:?} is not an IPv4 address"))),
    }
}

/// The address of an interface: an IPv4 address, or left to the service.
///
/// # Errors
/// If there is neither, or the address is something else.
pub fn address(address: &NewIpAddress) -> Result<()> {
    match &address.address {
        Some(address) if !address.is_empty() => ipv4(address),
        _ if Loose::get(&address.auto) == Some(false) => {
            Err(Error::invalid_input("an interface without `auto` needs an IPv4 address"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_servers() {
        for name in ["a", "9a", "erp-1_x.y", &"a".repeat(64)] {
            assert!(server_name(name).is_ok(), "{name}");
        }
        for name in ["", "-a", ".a", "a b", "é", &"a".repeat(65)] {
            assert!(server_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn names_of_clone_images_and_comments() {
        for name in ["a", "A9_", &"a".repeat(32)] {
            assert!(clone_image_name(name).is_ok(), "{name}");
        }
        for name in ["", "9a", "_a", "a-b", "a b", "é", &"a".repeat(33)] {
            assert!(clone_image_name(name).is_err(), "{name}");
        }
        for text in ["a", "ｆｕｌｌ ｗｉｄｔｈ", &"é".repeat(96)] {
            assert!(comment(text).is_ok(), "{text}");
        }
        for text in ["", "100%", "a\\b", "a\"b", "a\nb", "a\rb", &"é".repeat(97)] {
            assert!(comment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ids_of_projects() {
        assert!(project_id(&"0F3e9b7c2d1a4e5f8899aabbccddeeff".into()).is_ok());
        for id in ["", "0f3e9b7c-2d1a-4e5f-8899-aabbccddeeff", "a/b"] {
            assert!(project_id(&id.into()).is_err(), "{id}");
        }
    }

    #[test]
    fn addresses() {
        for (auto, text) in [(true, None), (true, Some("")), (false, Some("10.1.2.3"))] {
            let wanted = text.into_iter().fold(NewIpAddress::new(auto), NewIpAddress::address);
            assert!(address(&wanted).is_ok(), "{wanted:?}");
        }
        for (auto, text) in [(false, None), (false, Some("")), (false, Some("10.1.2.256")), (true, Some("::1"))] {
            let wanted = text.into_iter().fold(NewIpAddress::new(auto), NewIpAddress::address);
            assert!(address(&wanted).is_err(), "{wanted:?}");
        }
    }
}
