//! One query on a cluster of Ballista: a scheduler and two executors, each a process of its own, which read a container through
//! `SwiftStore`.
//!
//!     cargo run --example ballista
//!
//! starts everything, asks, prints the answer and stops everything. With `OS_*` variables or `OS_CLOUD` the table is in that cloud,
//! otherwise in an emulator. On several machines, each process is started where it belongs:
//!
//!     ballista scheduler ADDRESS EXECUTORS       ballista executor SCHEDULER ADDRESS FLIGHT_PORT GRPC_PORT

mod cluster;
mod place;

use ballista::prelude::SessionContextExt;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::SessionContext;
use k5_object_store::SwiftStore;
use place::Outcome;

const EXECUTORS: usize = 2;

#[tokio::main]
async fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => everything().await,
        ["scheduler", address, executors] => cluster::scheduler(address.parse()?, executors.parse()?).await,
        ["executor", scheduler, address, flight, grpc] => {
            cluster::executor(scheduler.parse()?, address, flight.parse()?, grpc.parse()?).await
        }
        _ => Err("usage: ballista [scheduler ADDRESS EXECUTORS | executor SCHEDULER ADDRESS FLIGHT_PORT GRPC_PORT]".into()),
    }
}

async fn everything() -> Outcome {
    let (cloud, emulator) = place::find().await?;
    // The other processes need to know how to find the emulator.
    let variables = emulator.as_ref().map(k5_emulator::Emulator::environment).unwrap_or_default();
    let storage = cloud.object_storage();
    let container = format!("ballista-{}", std::process::id());
    storage.create_container(&container).send().await?;
    let store = SwiftStore::new(storage, &container)?;
    let outcome = ask(&variables, &store).await;
    place::remove(&store).await?;
    outcome
}

async fn ask(variables: &[(&'static str, String)], store: &SwiftStore) -> Outcome {
    let lake = store.url();
    // Four files, so that there is something to share.
    let local = SessionContext::new();
    k5_datafusion::register(&local.runtime_env(), store.clone())?;
    for part in 0..4 {
        let (first, last) = (part * 2500 + 1, (part + 1) * 2500);
        let rows = format!(
            "SELECT value AS day, value % 7 AS city, value * 7919 % 40 AS millimetres FROM generate_series({first}, {last})"
        );
        local.sql(&format!("COPY ({rows}) TO '{lake}rain/{part}.parquet' STORED AS PARQUET")).await?.collect().await?;
    }

    let cluster = cluster::Cluster::start(EXECUTORS, variables).await?;
    // The client's session plans over the same locations, so it needs the store too; it reads nothing but the files' schema.
    let state = SessionStateBuilder::new().with_default_features().build();
    k5_datafusion::register(state.runtime_env(), store.clone())?;
    let ctx = SessionContext::remote_with_state(&cluster.url(), state).await?;
    ctx.sql(&format!("CREATE EXTERNAL TABLE rain STORED AS PARQUET LOCATION '{lake}rain/'")).await?.collect().await?;
    let query = "SELECT city, count(*) AS days, sum(millimetres) AS millimetres FROM rain GROUP BY city ORDER BY city";
    let answer = ctx.sql(query).await?.collect().await?;
    println!("{}", pretty_format_batches(&answer)?);
    cluster.stop().await
}
