//! A file as a large object.

use crate::Outcome;
use futures_util::{StreamExt, TryStreamExt};
use k5_object_store::SwiftStore;
use object_store::buffered::BufWriter;
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt};
use std::path::Path;
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes of one read.
const CHUNK: usize = 1 << 20;

/// Stores a file with the writer that DataFusion uses, in its parts of 10 MiB.
pub(crate) async fn put(store: Arc<dyn ObjectStore>, object: &str, file: &Path, at_a_time: usize) -> Outcome {
    let mut source = File::open(file).await?;
    let mut writer = BufWriter::new(store, Location::from(object)).with_max_concurrency(at_a_time);
    loop {
        let mut chunk = Vec::with_capacity(CHUNK);
        while chunk.len() < CHUNK && source.read_buf(&mut chunk).await? > 0 {}
        if chunk.is_empty() {
            break;
        }
        writer.put(chunk.into()).await?;
    }
    Ok(writer.shutdown().await?)
}

/// Compares an object with the file that it was made of.
pub(crate) async fn verify(store: &SwiftStore, object: &str, file: &Path) -> Outcome {
    let mut stream = store.get(&Location::from(object)).await?.into_stream();
    let mut file = File::open(file).await?;
    let mut expected = Vec::new();
    while let Some(bytes) = stream.next().await {
        let bytes = bytes?;
        expected.resize(bytes.len(), 0);
        file.read_exact(&mut expected).await?;
        if bytes != expected {
            return Err("the object holds other bytes than its source".into());
        }
    }
    match file.read(&mut [0]).await? {
        0 => Ok(()),
        _ => Err("the object is shorter than its source".into()),
    }
}

/// Removes an object with its segments.
pub(crate) async fn remove(store: &SwiftStore, object: &str) -> Outcome {
    Ok(store.delete(&Location::from(object)).await?)
}

/// Removes a container with all its objects.
pub(crate) async fn remove_all(store: &SwiftStore) -> Outcome {
    let names = store.list(None).map_ok(|object| object.location).boxed();
    store.delete_stream(names).try_for_each(|_| async { Ok(()) }).await?;
    store.storage().delete_container(store.container()).send().await?;
    Ok(())
}
