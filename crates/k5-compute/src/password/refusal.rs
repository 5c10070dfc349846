//! Why a key is refused, and what to do about it.

use k5_core::Error;

pub(super) fn damaged() -> Error {
    Error::invalid_input("the private key can't be read: its file is damaged or incomplete; copy it again")
}

pub(super) fn wrong_passphrase() -> Error {
    Error::invalid_input("the private key can't be decrypted: the passphrase is wrong, or the file is damaged")
}

pub(super) fn not_rsa() -> Error {
    Error::invalid_input(
        "this is not an RSA private key: servers encrypt passwords only for RSA, so create the server with an RSA key pair",
    )
}

pub(super) fn encrypted_otherwise(how: &str) -> Error {
    Error::invalid_input(format!(
        "the private key is encrypted with {how}, which is not supported: copy its file and run `ssh-keygen -p -f COPY`, which \
         rewrites it in a supported format"
    ))
}

/// Trying the passphrase would take minutes, or more memory than there is.
pub(super) fn too_slow(what: &str, most: u64) -> Error {
    Error::invalid_input(format!(
        "the private key's passphrase is hashed with {what}, and at most {most} are supported: copy its file and run `ssh-keygen -p -a 16 \
         -f COPY`, which rewrites it with fewer"
    ))
}

/// More than any key has.
pub(super) fn too_long() -> Error {
    Error::invalid_input("this is not an RSA private key: it is longer than any of them")
}

pub(super) fn unknown_encryption() -> Error {
    Error::invalid_input(
        "the private key's file is damaged, or encrypted in an unsupported way: copy it and run `ssh-keygen -p -f COPY`, which \
         rewrites it in a supported format",
    )
}

/// A block that is not an RSA private key.
pub(super) fn unsuitable(label: &str) -> Error {
    match label {
        "EC PRIVATE KEY" | "DSA PRIVATE KEY" => not_rsa(),
        _ if label.contains("PUBLIC KEY") => Error::invalid_input(
            "this is a public key: decrypting needs the private key, whose file usually has the same name without .pub",
        ),
        other => Error::invalid_input(format!("this is not a private key: it is a {other:?}")),
    }
}
