//! Which tables are found, and which are refused.

use crate::stage::{CONTAINER, FILES, ROWS, Stage};
use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use k5::Cloud;
use k5_datafusion::{Containers, container_url, register};
use k5_object_store::SwiftStore;
use std::sync::Arc;

#[tokio::test]
async fn a_table_is_all_files_of_a_folder() {
    let stage = Stage::new().await;
    stage.fill().await;
    let answer = stage.ask("SELECT count(*), min(n), max(n) FROM numbers").await.unwrap();
    assert!(answer.contains(&format!("| {0}     | 1              | {0}           |", FILES * ROWS)), "{answer}");
    // Or it is a single one.
    stage.run("CREATE EXTERNAL TABLE first STORED AS PARQUET LOCATION 'swift://lake/numbers/0.parquet'").await;
    let answer = stage.ask("SELECT count(*) FROM first").await.unwrap();
    assert!(answer.contains(&format!("| {ROWS}     |")), "{answer}");
}

#[tokio::test]
async fn a_query_for_one_partition_reads_only_its_folder() {
    let stage = Stage::new().await;
    stage.run("COPY (SELECT value AS n, value % 3 AS third FROM generate_series(1, 300)) TO 'swift://lake/thirds/' STORED AS PARQUET PARTITIONED BY (third)").await;
    stage.run("CREATE EXTERNAL TABLE thirds (n BIGINT, third BIGINT) STORED AS PARQUET PARTITIONED BY (third) LOCATION 'swift://lake/thirds/'").await;
    stage.run("INSERT INTO thirds VALUES (1000, 1), (2000, 2)").await;
    stage.emulator.clear_requests();
    let answer = stage.ask("SELECT count(*) AS c, max(n) AS m FROM thirds WHERE third = 2").await.unwrap();
    assert!(answer.contains("| 101 | 2000 |"), "{answer}");
    let read = stage.seen("GET");
    assert!(
        !read.is_empty() && read.iter().all(|get| get.path.contains("/thirds/third%3D2/") || get.path.contains("/thirds/third=2/"))
    );
}

/// A session that finds the containers of an account by itself.
fn finding(cloud: &Cloud) -> SessionContext {
    let registry = Arc::new(Containers::new(cloud.object_storage()));
    let env = RuntimeEnvBuilder::new().with_object_store_registry(registry).build_arc().unwrap();
    SessionContext::new_with_config_rt(SessionConfig::new(), env)
}

#[tokio::test]
async fn containers_are_found_without_being_registered() {
    let stage = Stage::new().await;
    stage.fill().await;
    let cloud = Cloud::builder().variables(stage.emulator.environment()).build().unwrap();
    let name = "größer, 100%";
    cloud.object_storage().create_container(name).send().await.unwrap();
    let ctx = finding(&cloud);
    let elsewhere = container_url(name).unwrap();
    for statement in [
        "CREATE EXTERNAL TABLE numbers STORED AS PARQUET LOCATION 'swift://lake/numbers/'".to_owned(),
        format!("COPY (SELECT n FROM numbers WHERE n < 10) TO '{elsewhere}few.parquet' STORED AS PARQUET"),
        format!("CREATE EXTERNAL TABLE few STORED AS PARQUET LOCATION '{elsewhere}few.parquet'"),
    ] {
        ctx.sql(&statement).await.unwrap().collect().await.unwrap();
    }
    assert_eq!(ctx.table("few").await.unwrap().count().await.unwrap(), 9);
    // A store that was registered wins, and other schemes have none until one is registered.
    let env = ctx.runtime_env();
    let mine = SwiftStore::new(cloud.object_storage(), CONTAINER).unwrap();
    let url = register(&env, mine).unwrap();
    assert_eq!(env.object_store(&container_url(CONTAINER).unwrap()).unwrap().to_string(), "swift://lake/");
    assert!(env.deregister_object_store(&url).is_err());
    assert!(env.object_store_registry.get_store(&"s3://lake/".parse().unwrap()).is_err());
    assert!(env.object_store_registry.get_store(&"file:///".parse().unwrap()).is_ok());
}

#[tokio::test]
async fn the_store_of_a_folder_is_refused() {
    let stage = Stage::new().await;
    let cloud = Cloud::builder().variables(stage.emulator.environment()).build().unwrap();
    let store = SwiftStore::builder(cloud.object_storage(), "a b").prefix("tables").build().unwrap();
    let error = register(&RuntimeEnv::default(), store).unwrap_err();
    assert!(matches!(error, DataFusionError::Configuration(_)), "{error:?}");
    assert!(error.to_string().contains("swift://a%20b/tables/ is a folder"), "{error}");
}
