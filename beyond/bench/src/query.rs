//! Queries 1, 3 and 6 of TPC-H: nearly all of one table, a join of three, and a few columns of which little is selected.

use crate::Outcome;
use crate::data::TABLES;
use crate::stores::Kind;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::SessionContext;

const Q1: &str = "
SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice) AS sum_base_price,
       sum(l_extendedprice * (1 - l_discount)) AS sum_disc_price,
       sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) AS sum_charge,
       avg(l_quantity) AS avg_qty, avg(l_extendedprice) AS avg_price, avg(l_discount) AS avg_disc, count(*) AS count_order
FROM lineitem
WHERE l_shipdate <= date '1998-12-01' - interval '90' day
GROUP BY l_returnflag, l_linestatus
ORDER BY l_returnflag, l_linestatus";

const Q3: &str = "
SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority
FROM customer, orders, lineitem
WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey
  AND o_orderdate < date '1995-03-15' AND l_shipdate > date '1995-03-15'
GROUP BY l_orderkey, o_orderdate, o_shippriority
ORDER BY revenue DESC, o_orderdate
LIMIT 10";

const Q6: &str = "
SELECT sum(l_extendedprice * l_discount) AS revenue
FROM lineitem
WHERE l_shipdate >= date '1994-01-01' AND l_shipdate < date '1995-01-01'
  AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24";

pub(crate) fn text(query: &str) -> Outcome<&'static str> {
    match query {
        "q1" => Ok(Q1),
        "q3" => Ok(Q3),
        "q6" => Ok(Q6),
        other => Err(format!("the query {other:?} is not known").into()),
    }
}

/// Makes the tables known that the query names.
pub(crate) async fn tables(ctx: &SessionContext, lake: &str, query: &str) -> Outcome {
    for (table, _) in TABLES.iter().filter(|(table, _)| query.contains(table)) {
        ctx.sql(&format!("CREATE EXTERNAL TABLE {table} STORED AS PARQUET LOCATION '{lake}{table}/'")).await?.collect().await?;
    }
    Ok(())
}

pub(crate) fn show(answer: &[RecordBatch]) -> Outcome {
    println!("{}", pretty_format_batches(answer)?);
    Ok(())
}

/// Prints what a query selects.
pub(crate) async fn run(kind: Kind, container: &str, query: &str) -> Outcome {
    let (ctx, url, query) = (SessionContext::new(), kind.url()?, text(query)?);
    ctx.register_object_store(&url, kind.open(container).await?);
    tables(&ctx, url.as_str(), query).await?;
    show(&ctx.sql(query).await?.collect().await?)
}
