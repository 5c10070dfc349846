//! Parquet in a container, SQL over it, and a partitioned table written back.
//!
//!     cargo run --example sql
//!
//! With `OS_*` variables or `OS_CLOUD` it runs in that cloud, otherwise in an emulator. It makes a container of its own, and removes it
//! at the end.

mod place;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::SessionContext;
use k5_object_store::SwiftStore;
use place::Outcome;

#[tokio::main]
async fn main() -> Outcome {
    let (cloud, _emulator) = place::find().await?;
    let storage = cloud.object_storage();
    let container = format!("tables-{}", std::process::id());
    storage.create_container(&container).send().await?;

    let ctx = SessionContext::new();
    let store = SwiftStore::new(storage, &container)?;
    let lake = k5_datafusion::register(&ctx.runtime_env(), store.clone())?;
    let outcome = tables(&ctx, lake.as_str().trim_end_matches('/')).await;

    place::remove(&store).await?;
    outcome
}

/// Everything below is DataFusion's own SQL; only the locations are Swift's.
async fn tables(ctx: &SessionContext, lake: &str) -> Outcome {
    // A file of Parquet: what a query selects goes to an object.
    run(
        ctx,
        &format!(
            "COPY (SELECT value AS day, CASE value % 3 WHEN 0 THEN 'Bergen' WHEN 1 THEN 'Cork' ELSE 'Seville' END AS city,
                   value * 7919 % 40 AS millimetres FROM generate_series(1, 3000))
             TO '{lake}/rain/2026.parquet' STORED AS PARQUET"
        ),
    )
    .await?;

    // All files below a path are one table. The schema is read from the files.
    run(ctx, &format!("CREATE EXTERNAL TABLE rain STORED AS PARQUET LOCATION '{lake}/rain/'")).await?;
    show(ctx, "SELECT city, count(*) AS days, sum(millimetres) AS millimetres FROM rain GROUP BY city ORDER BY city").await?;

    // The same rows, in a folder for each city: `by_city/city=Cork/...parquet`.
    run(ctx, &format!("COPY rain TO '{lake}/by_city/' STORED AS PARQUET PARTITIONED BY (city)")).await?;
    run(
        ctx,
        &format!(
            "CREATE EXTERNAL TABLE by_city (day BIGINT, millimetres BIGINT, city VARCHAR)
             STORED AS PARQUET PARTITIONED BY (city) LOCATION '{lake}/by_city/'"
        ),
    )
    .await?;

    // More rows go to files of their own. A query for one city reads only its folder.
    run(ctx, "INSERT INTO by_city VALUES (3001, 12, 'Cork'), (3001, 0, 'Seville')").await?;
    show(ctx, "SELECT count(*) AS days, max(day) AS last, max(millimetres) AS most FROM by_city WHERE city = 'Cork'").await
}

/// Carries a statement out.
async fn run(ctx: &SessionContext, statement: &str) -> Outcome {
    ctx.sql(statement).await?.collect().await?;
    Ok(())
}

/// Prints what a query selects.
async fn show(ctx: &SessionContext, query: &str) -> Outcome {
    println!("{}", pretty_format_batches(&ctx.sql(query).await?.collect().await?)?);
    Ok(())
}
