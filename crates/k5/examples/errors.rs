//! What goes wrong, and what a program does about it: `errors CONTAINER`. An error is told by its kind and status, never by its text.

use k5::{Cloud, Error, ErrorKind, Result};

/// What to do about it.
fn advice(error: &Error) -> &'static str {
    match error.kind() {
        _ if error.is_not_found() => "it is not there: create it, or ask for something else",
        _ if error.is_conflict() => "somebody was faster: look again, then decide",
        _ if error.is_quota() => "a quota is used up: remove something",
        _ if error.is_auth() => "the login or its roles do not allow it",
        // The SDK has tried several times already.
        _ if error.is_retryable() => "the cloud or the way to it is in trouble: try again later",
        ErrorKind::InvalidInput | ErrorKind::Config => "nothing was sent: correct the call",
        ErrorKind::Integrity => "the bytes differ: transfer them again",
        _ => "it needs a person",
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let Some(container) = std::env::args().nth(1) else {
        return Err(Error::invalid_input("usage: errors CONTAINER"));
    };
    let swift = Cloud::from_env().await?.object_storage();
    swift.create_container(&container).send().await?;
    swift.upload(&container, "taken").from_bytes("first").send().await?;

    let new_only = swift.upload(&container, "taken").configure(|put| put.if_none_match("*")).from_bytes("second");
    let outcomes = [
        ("download what is not there", swift.download_object(&container, "none").send().await.map(drop)),
        ("create what is there", new_only.send().await.map(drop)),
        ("call it a name that is too long", swift.delete_object(&container, &"x".repeat(2000)).send().await.map(drop)),
        ("delete a container that is not empty", swift.delete_container(&container).send().await),
    ];
    for (what, outcome) in outcomes {
        let Err(error) = outcome else { continue };
        println!("{what}: {}", advice(&error));
        // The message names the operation, the object, the status, the server's words and the request's id.
        println!("  {error}");
        println!("  status {:?}, sent {:?}, {} attempts", error.status().map(|s| s.as_u16()), error.sent(), error.attempts());
    }
    Ok(())
}
