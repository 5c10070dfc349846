//! Downloads an object into a file and checks it: `download CONTAINER OBJECT FILE [MD5]`. The file appears under its name only once
//! its bytes are those that were stored; what an interrupted download has fetched of a large object, the next one uses.

use k5::{Cloud, Error, ErrorKind, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(container), Some(object), Some(file)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err(Error::invalid_input("usage: download CONTAINER OBJECT FILE [MD5]"));
    };
    let swift = Cloud::from_env().await?.object_storage();
    if let Some(expected) = arguments.next() {
        // What somebody else has published, compared before a byte is fetched.
        let info = swift.show_object(&container, &object).send().await?;
        if info.md5() != Some(&*expected) {
            let stored = info.md5().unwrap_or("none, as it is a large object");
            return Err(Error::new(ErrorKind::Integrity, format!("{object} is not that content: its MD5 is {stored}")));
        }
    }
    // `to_path` compares the bytes that arrive with the MD5 of the object, or of each of its segments.
    let fetched = swift.fetch(&container, &object).to_path(&file).await?;
    let kind = fetched.info.content_type.as_deref().unwrap_or("unknown");
    match fetched.info.md5() {
        Some(md5) => println!("{file}: {} bytes, {kind}, MD5 {md5}", fetched.bytes),
        None => println!("{file}: {} bytes, {kind}, checked segment by segment", fetched.bytes),
    }
    Ok(())
}
