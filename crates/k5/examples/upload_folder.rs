//! Uploads a folder and shows how far it is: `upload_folder FOLDER CONTAINER`. Whatever ends it early, the same call sends only what
//! is missing.

use k5::object_storage::{Phase, TransferProgress};
use k5::{Cloud, Error, Result};

/// Writes one line on stderr over and over again.
fn show(now: TransferProgress) {
    let doing = match now.phase {
        Phase::Hashing => "comparing",
        Phase::Moving => "sending",
        Phase::Done => "done",
        _ => "waiting",
    };
    // The totals are known once all names are.
    let of = |total: Option<u64>| total.map_or_else(|| "?".to_owned(), |total| total.to_string());
    eprint!("\r{doing}: {}/{} files, {}/{} bytes   ", now.files_done, of(now.files), now.bytes, of(now.total));
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(container)) = (arguments.next(), arguments.next()) else {
        return Err(Error::invalid_input("usage: upload_folder FOLDER CONTAINER"));
    };
    let swift = Cloud::from_env().await?.object_storage();
    let upload = swift.upload_folder(&folder, &container).on_progress(show);
    // One file that can't be sent doesn't stop the others; the first such error is returned at the end.
    let outcome = upload.on_failure(|name, error| eprintln!("\n{name}: {error}")).send().await;
    eprintln!();
    let done = outcome?;
    println!("{} files sent, {} bytes; {} were there already", done.copied, done.bytes, done.unchanged);
    Ok(())
}
