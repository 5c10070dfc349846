//! The program that `cargo xtask bench tables` measures: a query or an upload through one store in one process.
//!
//! Storage URL and token come from `OS_STORAGE_URL` and `OS_AUTH_TOKEN`, so that no login is in the figures; S3's endpoint and keys from
//! the `AWS_*` variables.

#[cfg(feature = "cluster")]
#[path = "../../datafusion/examples/cluster/mod.rs"]
mod cluster;
#[cfg(feature = "queries")]
mod data;
#[cfg(feature = "cluster")]
mod distributed;
#[cfg(feature = "queries")]
mod query;
mod stores;
mod upload;

use k5::Cloud;
use k5_object_store::SwiftStore;
use stores::Kind;

/// Whatever a command may fail with.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "\
usage: tables COMMAND

  make FOLDER SCALE                   write the tables of TPC-H that the queries read, as Parquet
  create CONTAINER                    make a container
  load CONTAINER FOLDER               store the tables there
  query STORE CONTAINER QUERY         print what q1, q3 or q6 selects; STORE is swift, s3, opendal or file, CONTAINER a folder for file
  put STORE CONTAINER OBJECT FILE N   store a file in parts, N at a time
  verify CONTAINER OBJECT FILE        compare an object with a file
  remove CONTAINER [OBJECT]           remove an object, or the container with all its objects
  cluster CONTAINER EXECUTORS QUERY ROUNDS   ask Ballista; print the answer, and then the seconds of each round
  emulator FOLDER                     serve an emulator until killed; prints the variables that lead to it
  login                               print the storage URL and a token for OS_* variables";

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Err(error) = run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).await {
        eprintln!("tables: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            eprintln!("  {cause}");
            source = cause.source();
        }
        std::process::exit(1);
    }
}

async fn run(arguments: &[&str]) -> Outcome {
    match *arguments {
        #[cfg(feature = "queries")]
        ["make", folder, scale] => data::make(folder.as_ref(), scale.parse()?),
        ["create", container] => {
            swift(container).await?.storage().create_container(container).send().await?;
            Ok(())
        }
        #[cfg(feature = "queries")]
        ["load", container, folder] => data::load(&swift(container).await?, folder.as_ref()).await,
        #[cfg(feature = "queries")]
        ["query", kind, container, query] => query::run(kind.parse()?, container, query).await,
        ["put", kind, container, object, file, at_a_time] => {
            let store = Kind::open(kind.parse()?, container).await?;
            upload::put(store, object, file.as_ref(), at_a_time.parse()?).await
        }
        ["verify", container, object, file] => upload::verify(&swift(container).await?, object, file.as_ref()).await,
        ["remove", container] => upload::remove_all(&swift(container).await?).await,
        ["remove", container, object] => upload::remove(&swift(container).await?, object).await,
        #[cfg(feature = "cluster")]
        ["cluster", container, executors, query, rounds] => {
            distributed::run(swift(container).await?, executors.parse()?, query, rounds.parse()?).await
        }
        // What the command before starts.
        #[cfg(feature = "cluster")]
        ["scheduler", address, executors] => cluster::scheduler(address.parse()?, executors.parse()?).await,
        #[cfg(feature = "cluster")]
        ["executor", scheduler, address, flight, grpc] => {
            cluster::executor(scheduler.parse()?, address, flight.parse()?, grpc.parse()?).await
        }
        ["emulator", folder] => emulator(folder).await,
        ["login"] => login().await,
        _ => Err(USAGE.into()),
    }
}

async fn swift(container: &str) -> Outcome<SwiftStore> {
    Ok(SwiftStore::new(Cloud::from_env().await?.object_storage(), container)?)
}

async fn emulator(folder: &str) -> Outcome {
    let emulator = k5_emulator::Emulator::builder().directory(folder).start().await?;
    for (name, value) in emulator.environment() {
        println!("export {name}={value}");
    }
    std::future::pending().await
}

async fn login() -> Outcome {
    let cloud = Cloud::from_env().await?;
    let url = cloud.endpoint(&k5::object_storage::meta::SERVICE).await?;
    let token = cloud.token().await?.ok_or("the cloud takes no token")?;
    println!("export OS_STORAGE_URL={url}\nexport OS_AUTH_TOKEN={}", token.secret.expose());
    Ok(())
}
