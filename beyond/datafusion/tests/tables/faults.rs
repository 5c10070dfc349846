//! Queries when something goes wrong: each gives the right answer, or the right error.

use crate::stage::{FILES, ROWS, Stage, cause};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use futures_util::{StreamExt, TryStreamExt};
use k5_emulator::{Fault, Faults, Rule};
use object_store::Error;

const TABLE: &str = "/v1/*/lake/numbers/*";
/// Reads every byte of the table.
const ALL: &str = "SELECT n, noise FROM numbers";

/// The rows of a query whose first ones are there before `happens` does.
async fn rows(ctx: &SessionContext, happens: impl FnOnce()) -> Result<u64, DataFusionError> {
    let mut stream = ctx.sql(ALL).await?.execute_stream().await?;
    let first = stream.next().await.unwrap()?.num_rows() as u64;
    happens();
    stream.try_fold(first, |sum, batch| async move { Ok(sum + batch.num_rows() as u64) }).await
}

#[tokio::test]
async fn a_container_that_is_not_there_is_named() {
    let stage = Stage::new().await;
    k5_datafusion::register(&stage.ctx.runtime_env(), stage.store("nowhere")).unwrap();
    let table = "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION 'swift://nowhere/t/'";
    let error = stage.ctx.sql(table).await.unwrap_err();
    assert!(matches!(cause(&error), Error::NotFound { .. }), "{error:?}");
    assert!(error.to_string().contains("nowhere"), "{error}");
    // Nor is it made by writing to it.
    let error = stage.ask("COPY (SELECT 1 AS n) TO 'swift://nowhere/t/1.parquet' STORED AS PARQUET").await.unwrap_err();
    assert!(matches!(cause(&error), Error::NotFound { .. }), "{error:?}");
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_is_renewed() {
    let stage = Stage::new().await;
    stage.fill().await;
    let all = rows(&stage.ctx, || stage.emulator.revoke_tokens()).await.unwrap();
    assert_eq!(all, FILES * ROWS);
    assert_eq!(stage.logins(), 1, "the one in the middle");
    assert!(stage.seen("GET").iter().any(|get| get.status == Some(401)));
}

#[tokio::test]
async fn a_token_that_nobody_can_renew_ends_the_query() {
    let stage = Stage::new().await;
    stage.fill().await;
    let ctx = stage.with_token().await;
    ctx.sql("CREATE EXTERNAL TABLE numbers STORED AS PARQUET LOCATION 'swift://lake/numbers/'").await.unwrap();
    let error = rows(&ctx, || stage.emulator.revoke_tokens()).await.unwrap_err();
    assert!(matches!(cause(&error), Error::Unauthenticated { .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_in_a_range_goes_on_at_the_byte() {
    let stage = Stage::new().await;
    stage.fill().await;
    for fault in [Fault::reset(5000), Fault::truncate(5000)] {
        stage.emulator.clear_requests();
        let broken = || stage.emulator.faults(Faults::new().rule(Rule::on("GET", TABLE).first(3).then(fault)));
        assert_eq!(rows(&stage.ctx, broken).await.unwrap(), FILES * ROWS);
        // The rest is asked for from the byte on at which it broke, and only if the object is still the same.
        let rest: Vec<_> = stage.seen("GET").into_iter().filter(|get| get.header("if-match").is_some()).collect();
        assert!(!rest.is_empty() && rest.iter().all(|get| get.status == Some(206)), "{rest:?}");
    }
    // The rows are right, too.
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", TABLE).first(3).then(Fault::reset(5000))));
    let wrong = "SELECT count(*) AS wrong FROM numbers WHERE noise <> md5(CAST(n AS VARCHAR))";
    assert!(stage.ask(wrong).await.unwrap().contains("| 0     |"));
}

#[tokio::test]
async fn one_that_breaks_each_time_is_an_error_and_not_a_shorter_table() {
    let stage = Stage::new().await;
    stage.fill().await;
    let broken = || stage.emulator.faults(Faults::new().rule(Rule::on("GET", TABLE).first(u64::MAX).then(Fault::truncate(0))));
    let error = rows(&stage.ctx, broken).await.unwrap_err();
    assert!(matches!(cause(&error), Error::Generic { .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_replaced_while_it_is_read_is_no_mixture() {
    let stage = Stage::new().await;
    stage.fill().await;
    let statement = "COPY (SELECT -1 AS n, 'new' AS noise) TO 'swift://lake/numbers/5.parquet' STORED AS PARQUET";
    let mut stream = stage.ctx.sql(ALL).await.unwrap().execute_stream().await.unwrap();
    let first = stream.next().await.unwrap().unwrap().num_rows() as u64;
    stage.run(statement).await;
    // DataFusion has planned with the size and the footer of the file as it was.
    let rest = stream.try_fold(first, |sum, batch| async move { Ok(sum + batch.num_rows() as u64) }).await;
    assert!(rest.is_err(), "{rest:?}");
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again() {
    let stage = Stage::new().await;
    stage.fill().await;
    let busy = || stage.emulator.faults(Faults::new().rule(Rule::on("GET", TABLE).every(2).then(Fault::status(503))));
    assert_eq!(rows(&stage.ctx, busy).await.unwrap(), FILES * ROWS);
    assert!(stage.seen("GET").iter().any(|get| get.status == Some(503)));
}
