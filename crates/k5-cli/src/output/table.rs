//! Tables.

use super::column::Kind;
use super::text::printable_cell;
use comfy_table::presets::ASCII_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};

/// The rows of a table, or of a piece of a long one.
pub(super) struct Rows {
    columns: Vec<(&'static str, Kind)>,
    table: Option<Table>,
}

impl Rows {
    /// No rows yet.
    pub(super) fn new(columns: impl IntoIterator<Item = (&'static str, Kind)>) -> Self {
        Self { columns: columns.into_iter().collect(), table: None }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, cells: Vec<String>) {
        let columns = &self.columns;
        let table = self.table.get_or_insert_with(|| {
            let mut table = Table::new();
            table.load_style(ASCII_FULL_CONDENSED).set_header(columns.iter().map(|(title, _)| *title));
            for (column, (_, kind)) in table.column_iter_mut().zip(columns) {
                if kind.is_number() {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
            table
        });
        table.add_row(cells.iter().map(|cell| printable_cell(cell)));
    }

    /// The text of the rows since the last time; `None` if there are none.
    pub(super) fn take(&mut self) -> Option<String> {
        self.table.take().map(|table| format!("{table}\n"))
    }
}
