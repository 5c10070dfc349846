//! Lists a container three ways: `pages CONTAINER [PREFIX]`. However many names there are, memory holds one page of them.

use k5::model::Entry;
use k5::{Cloud, Error, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(container) = arguments.next() else {
        return Err(Error::invalid_input("usage: pages CONTAINER [PREFIX]"));
    };
    let prefix = arguments.next().unwrap_or_default();
    let swift = Cloud::from_env().await?.object_storage();
    let list = || swift.list_objects(&container).prefix(&prefix);

    // Everything, over as many pages as there are.
    let (mut count, mut bytes) = (0, 0);
    let mut objects = list().items();
    while let Some(object) = objects.try_next().await? {
        (count, bytes) = (count + 1, bytes + object.bytes);
    }
    println!("{count} objects, {bytes} bytes");

    // One level: with a delimiter, names with more of them are one prefix.
    let mut entries = list().delimiter('/').items();
    while let Some(entry) = entries.try_next().await? {
        match entry {
            Entry::Item(object) => println!("{}, {} bytes", object.name, object.bytes),
            Entry::Subdir(folder) => println!("{folder}"),
        }
    }

    // Page by page, for a program that shows one at a time: the last name is where the next one begins.
    let mut page = list().limit(2).send().await?;
    while let Some(last) = page.items.last() {
        let names: Vec<_> = page.items.iter().map(|object| object.name.as_str()).collect();
        println!("a page: {}", names.join(", "));
        page = list().limit(2).marker(&last.name).send().await?;
    }
    Ok(())
}
