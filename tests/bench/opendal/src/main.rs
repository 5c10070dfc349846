//! opendal's Swift service at the work of `cargo xtask bench transfer`, as a program that is written over the crate would do it.
//!
//! Storage URL and token come from `OS_STORAGE_URL` and `OS_AUTH_TOKEN`.

use futures_util::{StreamExt, TryStreamExt, stream};
use opendal::{Operator, services::Swift};
use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

const USAGE: &str = "\
usage: opendal-swift [--segment BYTES] [--concurrency N] COMMAND

  put CONTAINER OBJECT FILE      store a file; - is stdin
  get CONTAINER OBJECT FILE      fetch an object
  put-many CONTAINER PREFIX DIR  store all files below a folder
  get-many CONTAINER PREFIX DIR  fetch all objects whose names begin with PREFIX/
  list CONTAINER                 print all names

  --segment BYTES                of a part of a large object (default 67108864)
  --concurrency N                so many parts, or files, at a time (default 4)";

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

struct Options {
    segment: usize,
    concurrency: usize,
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = run(&arguments).await {
        eprintln!("opendal-swift: {error}");
        std::process::exit(1);
    }
}

async fn run(arguments: &[String]) -> Outcome {
    let mut options = Options { segment: 64 << 20, concurrency: 4 };
    let mut rest: Vec<&str> = arguments.iter().map(String::as_str).collect();
    while let [name, value, ..] = rest[..] {
        match name {
            "--segment" => options.segment = value.parse()?,
            "--concurrency" => options.concurrency = value.parse()?,
            _ => break,
        }
        rest.drain(..2);
    }
    match rest[..] {
        ["put", container, object, "-"] => put(&operator(container)?, object, tokio::io::stdin(), &options).await,
        ["put", container, object, file] => put(&operator(container)?, object, tokio::fs::File::open(file).await?, &options).await,
        ["get", container, object, file] => get(&operator(container)?, object, file.as_ref(), &options).await,
        ["put-many", container, prefix, folder] => put_many(&operator(container)?, prefix, folder.as_ref(), &options).await,
        ["get-many", container, prefix, folder] => get_many(&operator(container)?, prefix, folder.as_ref(), &options).await,
        ["list", container] => list(&operator(container)?).await,
        _ => Err(USAGE.into()),
    }
}

fn operator(container: &str) -> Outcome<Operator> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let service = Swift::default().endpoint(&variable("OS_STORAGE_URL")?).token(&variable("OS_AUTH_TOKEN")?);
    Ok(Operator::new(service.container(container).root("/"))?)
}

/// What one read of a source fetches: less costs calls, more only memory.
const CHUNK: usize = 1 << 20;

async fn put(operator: &Operator, object: &str, mut source: impl AsyncRead + Unpin, options: &Options) -> Outcome {
    let mut writer = operator.writer_with(object).chunk(options.segment).concurrent(options.concurrency).await?;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK && source.read_buf(&mut chunk).await? > 0 {}
        if chunk.is_empty() {
            break;
        }
        writer.write(chunk).await?;
    }
    writer.close().await?;
    Ok(())
}

async fn get(operator: &Operator, object: &str, file: &Path, options: &Options) -> Outcome {
    let reader = operator.reader_with(object).chunk(options.segment).concurrent(options.concurrency).await?;
    let mut stream = reader.into_bytes_stream(..).await?;
    let mut file = tokio::fs::File::create(file).await?;
    while let Some(bytes) = stream.try_next().await? {
        file.write_all(&bytes).await?;
    }
    file.flush().await?;
    Ok(())
}

async fn put_many(operator: &Operator, prefix: &str, folder: &Path, options: &Options) -> Outcome {
    let files = files(folder)?;
    let jobs = files.into_iter().map(|file| async move {
        let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy();
        operator.write(&format!("{prefix}/{name}"), tokio::fs::read(&file).await?).await?;
        Outcome::Ok(())
    });
    stream::iter(jobs).buffer_unordered(options.concurrency).try_collect().await
}

/// All files below a folder.
fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            match entry.file_type()?.is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path()),
            }
        }
    }
    Ok(found)
}

async fn get_many(operator: &Operator, prefix: &str, folder: &Path, options: &Options) -> Outcome {
    let prefix = format!("{prefix}/");
    let names = operator.lister_with(&prefix).recursive(true).await?;
    let jobs = names.map(|entry| {
        let prefix = prefix.as_str();
        async move {
            let entry = entry?;
            let Some(name) = entry.path().strip_prefix(prefix).filter(|name| !name.is_empty() && !name.ends_with('/')) else {
                return Ok(());
            };
            let file = folder.join(name);
            let bytes = operator.read(entry.path()).await?;
            let write = tokio::fs::write(&file, bytes.to_bytes()).await;
            match write {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    tokio::fs::create_dir_all(file.parent().unwrap_or(folder)).await?;
                    tokio::fs::write(&file, bytes.to_bytes()).await?;
                }
                other => other?,
            }
            Outcome::Ok(())
        }
    });
    jobs.buffer_unordered(options.concurrency).try_collect().await
}

async fn list(operator: &Operator) -> Outcome {
    let mut names = operator.lister_with("").recursive(true).await?;
    let mut out = BufWriter::with_capacity(64 << 10, std::io::stdout());
    while let Some(entry) = names.try_next().await? {
        writeln!(out, "{}", entry.path())?;
    }
    out.flush()?;
    Ok(())
}
