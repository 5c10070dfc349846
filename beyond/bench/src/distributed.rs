//! The queries on a cluster of Ballista.

use crate::Outcome;
use crate::cluster::Cluster;
use crate::query::{show, tables, text};
use ballista::prelude::SessionContextExt;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::SessionContext;
use k5_object_store::SwiftStore;
use std::time::Instant;

/// Asks a cluster that this process starts; prints how long each round took beside the answer, without the start.
pub(crate) async fn run(store: SwiftStore, executors: usize, query: &str, rounds: usize) -> Outcome {
    let (lake, query) = (store.url(), text(query)?);
    let cluster = Cluster::start(executors, &[]).await?;
    let state = SessionStateBuilder::new().with_default_features().build();
    k5_datafusion::register(state.runtime_env(), store)?;
    let ctx = SessionContext::remote_with_state(&cluster.url(), state).await?;
    let mut seconds = Vec::new();
    let mut answer = Vec::new();
    for round in 0..rounds {
        let start = Instant::now();
        if round == 0 {
            tables(&ctx, &lake, query).await?;
        }
        answer = ctx.sql(query).await?.collect().await?;
        seconds.push(format!("{:.3}", start.elapsed().as_secs_f64()));
    }
    show(&answer)?;
    println!("seconds: {}", seconds.join(" "));
    cluster.stop().await
}
