//! `[find.*]`.

use super::Finder;
use super::models::each;
use super::reader::Table;

pub(super) fn read(table: Option<Table<'_, '_>>) -> Vec<Finder> {
    each(table, "find", finder)
}

fn finder(name: &str, mut table: Table<'_, '_>) -> Finder {
    let read = Finder {
        name: name.to_owned(),
        list: table.required_text("list"),
        show: table.text("show"),
        filter: table.text("filter"),
        line: table.line,
    };
    table.finish();
    read
}
