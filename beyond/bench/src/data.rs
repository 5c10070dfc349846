//! The tables of TPC-H that the queries read.

use crate::Outcome;
use datafusion::arrow::record_batch::RecordBatchReader;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::WriterProperties;
use k5_object_store::SwiftStore;
use object_store::ObjectStoreExt;
use object_store::path::Path as Location;
use std::fs::{self, File};
use std::path::Path;
use tpchgen::generators::{CustomerGenerator, LineItemGenerator, OrderGenerator};
use tpchgen_arrow::{CustomerArrow, LineItemArrow, OrderArrow};

/// The tables, and how many files each has: the columns of the largest have some tens of MiB in a file at scale 1.
pub(crate) const TABLES: [(&str, i32); 3] = [("lineitem", 8), ("orders", 4), ("customer", 1)];

/// Writes them, a folder for each table.
pub(crate) fn make(folder: &Path, scale: f64) -> Outcome {
    for (table, files) in TABLES {
        fs::create_dir_all(folder.join(table))?;
        for part in 1..=files {
            let rows: Box<dyn RecordBatchReader> = match table {
                "lineitem" => Box::new(LineItemArrow::new(LineItemGenerator::new(scale, part, files))),
                "orders" => Box::new(OrderArrow::new(OrderGenerator::new(scale, part, files))),
                _ => Box::new(CustomerArrow::new(CustomerGenerator::new(scale, part, files))),
            };
            write(&folder.join(table).join(format!("{part}.parquet")), rows)?;
        }
    }
    Ok(())
}

fn write(file: &Path, rows: Box<dyn RecordBatchReader>) -> Outcome {
    // As most writers compress by default.
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(File::create(file)?, rows.schema(), Some(properties))?;
    for batch in rows {
        writer.write(&batch?)?;
    }
    writer.close()?;
    Ok(())
}

/// Stores them, each file as one object.
pub(crate) async fn load(store: &SwiftStore, folder: &Path) -> Outcome {
    for (table, files) in TABLES {
        for part in 1..=files {
            let name = format!("{table}/{part}.parquet");
            let bytes = tokio::fs::read(folder.join(&name)).await?;
            store.put(&Location::from(name), bytes.into()).await?;
        }
    }
    Ok(())
}
