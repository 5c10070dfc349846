//! Makes a container like a folder: `sync FOLDER CONTAINER [--go]`. Without `--go` it only says what it would do. What it replaces or
//! deletes is kept in `CONTAINER-old`.

use k5::object_storage::sync::{Event, Item, Side};
use k5::{Cloud, Error, Result};
use std::ops::ControlFlow;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(container)) = (arguments.next(), arguments.next()) else {
        return Err(Error::invalid_input("usage: sync FOLDER CONTAINER [--go]"));
    };
    let go = arguments.next().as_deref() == Some("--go");
    let old = Side::objects(format!("{container}-old"), "");
    let swift = Cloud::from_env().await?.object_storage();
    // More than a thousand deletions are more likely a mistake than a wish: then nothing is deleted.
    let sync = swift.sync(Side::folder(folder), Side::objects(container, "")).delete(true).max_delete(1000).backup(old);

    if !go {
        let mut plan = sync.plan().await?;
        while let Some(item) = plan.next().await? {
            match item {
                Item::Planned(planned) => println!("{:?} {}", planned.action, planned.name),
                Item::Skipped { name, why } => println!("left out: {name}: {why}"),
                other => println!("{other:?}"),
            }
        }
        return Ok(());
    }
    let mut failed = None;
    let told = |event: Event| {
        match event {
            Event::Done(planned) => println!("{:?} {}", planned.action, planned.name),
            Event::Failed { name, error } => {
                eprintln!("{name}: {error}");
                failed.get_or_insert(error);
            }
            _ => {}
        }
        // `Break` ends it; the same sync goes on from there.
        ControlFlow::Continue(())
    };
    let done = sync.on_progress(|now| eprint!("\r{} files, {} bytes ", now.files_done, now.bytes)).run(told).await?;
    eprintln!();
    println!("{} copied, {} deleted, {} unchanged, {} failed", done.copied, done.deleted, done.unchanged, done.failed);
    failed.map_or(Ok(()), Err)
}
