//! One thread makes all changes; those that wait together share a transaction.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;

use arc_swap::ArcSwap;
use redb::{Database, ReadableDatabase};
use tokio::sync::oneshot;

use super::{Bodies, BodyRef, Reader, StoreError, Tables};

/// How many changes one transaction takes at most: bounds the wait of the first.
const BATCH: usize = 256;

type Done = Box<dyn FnOnce() + Send>;
type Job = Box<dyn for<'a, 't> FnOnce(&'a mut Tables<'t>) -> Result<Done, StoreError> + Send>;

pub(crate) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// What readers see: made once a transaction, not once a request.
    current: Arc<ArcSwap<Reader>>,
}

impl Writer {
    pub(crate) fn start(database: Database, bodies: Arc<Bodies>) -> Result<Self, StoreError> {
        // The tables have to exist before the first reader asks for them.
        let mut last_small = 0;
        commit(&database, &mut last_small, Vec::new(), |_| {})?;
        let current = Arc::new(ArcSwap::from_pointee(Reader::new(&database.begin_read()?)?));
        let (jobs, queue) = mpsc::channel::<Job>();
        let shared = Arc::clone(&current);
        let thread = std::thread::Builder::new().name("k5-emulator-writer".into()).spawn(move || {
            while let Ok(first) = queue.recv() {
                let batch = gather(first, &queue);
                match commit(&database, &mut last_small, batch, |reader| shared.store(Arc::new(reader))) {
                    Ok(displaced) => bodies.discard(displaced),
                    // Dropping the batch drops its answer channels: every waiting request ends with 500.
                    Err(error) => tracing::error!(%error, "a transaction failed"),
                }
            }
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), current })
    }

    pub(crate) fn reader(&self) -> Arc<Reader> {
        self.current.load_full()
    }

    pub(crate) async fn run<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |tables| {
            let value = change(tables)?;
            Ok(Box::new(move || {
                // The client may be gone; the change stands all the same.
                let _ = answer.send(value);
            }))
        });
        self.jobs.as_ref().ok_or(StoreError::Closed)?.send(job).map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // It ends after the batch at hand, and only then is the file free for the next one who opens it.
            let _ = thread.join();
        }
    }
}

/// The changes that are there, and those that come while others have the processor: a transaction costs as much as dozens of changes.
fn gather(first: Job, queue: &mpsc::Receiver<Job>) -> Vec<Job> {
    let mut batch = vec![first];
    loop {
        std::thread::yield_now();
        let before = batch.len();
        batch.extend(queue.try_iter().take(BATCH - before));
        if batch.len() == before || batch.len() == BATCH {
            return batch;
        }
    }
}

fn commit(
    database: &Database,
    last_small: &mut u64,
    batch: Vec<Job>,
    publish: impl FnOnce(Reader),
) -> Result<Vec<BodyRef>, StoreError> {
    let transaction = database.begin_write()?;
    let mut done = Vec::with_capacity(batch.len());
    let displaced;
    {
        let mut tables = Tables::new(&transaction, last_small)?;
        for job in batch {
            done.push(job(&mut tables)?);
        }
        displaced = tables.finish()?;
    }
    transaction.commit()?;
    // Before anybody is told: who reads then has to find it.
    publish(Reader::new(&database.begin_read()?)?);
    for done in done {
        done();
    }
    Ok(displaced)
}
