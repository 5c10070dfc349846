//! A session over an emulator.

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};
use k5::Cloud;
use k5::retry::RetryPolicy;
use k5_emulator::{Emulator, RecordedRequest};
use k5_object_store::SwiftStore;
use std::time::Duration;

pub(crate) const CONTAINER: &str = "lake";
/// Files of the table that [`Stage::fill`] makes, and rows of each.
pub(crate) const FILES: u64 = 6;
pub(crate) const ROWS: u64 = 1000;

pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) ctx: SessionContext,
    cloud: Cloud,
}

/// Pauses between attempts that a test can wait for.
fn retry() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::from_millis(5)).max_attempts(3)
}

fn cloud(variables: Vec<(&'static str, String)>) -> Cloud {
    let sources = variables.into_iter().fold(k5::config::Sources::empty(), |all, (name, value)| all.with_variable(name, value));
    Cloud::builder().sources(sources).retry(retry()).build().unwrap()
}

fn store(cloud: &Cloud, container: &str) -> SwiftStore {
    SwiftStore::builder(cloud.object_storage(), container).retry(retry()).build().unwrap()
}

/// A session that reads one file after the other, in small pieces.
fn session(cloud: &Cloud) -> SessionContext {
    let ctx = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1).with_batch_size(100));
    k5_datafusion::register(&ctx.runtime_env(), store(cloud, CONTAINER)).unwrap();
    ctx
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let emulator = k5_emulator::start().await.unwrap();
        let cloud = cloud(emulator.environment());
        cloud.object_storage().create_container(CONTAINER).send().await.unwrap();
        Self { ctx: session(&cloud), emulator, cloud }
    }

    /// Files of the table `numbers`, whose rows are 1 to `FILES * ROWS`.
    pub(crate) async fn fill(&self) {
        for file in 0..FILES {
            let (first, last) = (file * ROWS + 1, (file + 1) * ROWS);
            // What can't be compressed, so that a file has more than a few bytes.
            let rows = format!("SELECT value AS n, md5(CAST(value AS VARCHAR)) AS noise FROM generate_series({first}, {last})");
            self.run(&format!("COPY ({rows}) TO 'swift://lake/numbers/{file}.parquet' STORED AS PARQUET")).await;
        }
        self.table("numbers").await;
        self.emulator.clear_requests();
    }

    pub(crate) fn store(&self, container: &str) -> SwiftStore {
        store(&self.cloud, container)
    }

    pub(crate) async fn table(&self, name: &str) {
        self.run(&format!("CREATE EXTERNAL TABLE {name} STORED AS PARQUET LOCATION 'swift://lake/{name}/'")).await;
    }

    /// Another session over the same emulator, with a token in place of a password.
    pub(crate) async fn with_token(&self) -> SessionContext {
        let (url, token) = self.login().await;
        session(&cloud(vec![("OS_STORAGE_URL", url), ("OS_AUTH_TOKEN", token)]))
    }

    async fn login(&self) -> (String, String) {
        let url = self.cloud.endpoint(&k5::object_storage::meta::SERVICE).await.unwrap();
        let token = self.cloud.token().await.unwrap().unwrap();
        (url, token.secret.expose().to_owned())
    }

    pub(crate) async fn run(&self, statement: &str) {
        self.ctx.sql(statement).await.unwrap().collect().await.unwrap();
    }

    /// What a query selects, as a table.
    pub(crate) async fn ask(&self, query: &str) -> Result<String, DataFusionError> {
        let batches = self.ctx.sql(query).await?.collect().await?;
        Ok(pretty_format_batches(&batches).unwrap().to_string())
    }

    /// The requests of this method on objects of the container.
    pub(crate) fn seen(&self, method: &str) -> Vec<RecordedRequest> {
        let path = format!("/{CONTAINER}/");
        self.emulator.requests().into_iter().filter(|seen| seen.method == method && seen.path.contains(&path)).collect()
    }

    pub(crate) fn logins(&self) -> usize {
        self.emulator.requests().iter().filter(|seen| seen.path == "/v3/auth/tokens").count()
    }
}

/// The error of the store that is behind one of DataFusion's.
pub(crate) fn cause(error: &DataFusionError) -> &object_store::Error {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = next {
        if let Some(error) = found.downcast_ref::<object_store::Error>() {
            return error;
        }
        if let Some(DataFusionError::ObjectStore(error)) = found.downcast_ref::<DataFusionError>() {
            return error;
        }
        // An error of the system hides the one that it was made of from `source`.
        let inner = found.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn std::error::Error + 'static)).or_else(|| found.source());
    }
    panic!("{error:?} has no error of a store behind it")
}
