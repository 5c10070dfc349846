//! `[waiter.*]`.

use super::Waiter;
use super::models::each;
use super::parse::texts;
use super::reader::Table;

pub(super) fn read(table: Option<Table<'_, '_>>) -> Vec<Waiter> {
    each(table, "waiter", waiter)
}

fn waiter(name: &str, mut table: Table<'_, '_>) -> Waiter {
    let every = table.line_of("every");
    let pauses: Vec<u32> = table.list("every").iter().filter_map(|value| value.number("every")).collect();
    let (first, longest) = match pauses.as_slice() {
        [first, longest] if *first > 0 && first <= longest => (*first, *longest),
        _ => {
            table.problem(every, "every is a pair: seconds after the first look, and seconds at most");
            (1, 1)
        }
    };
    let goals = |mut goals: Table<'_, '_>| -> Vec<(String, Vec<String>)> {
        goals.take_rest().into_iter().map(|(goal, value)| (goal.to_owned(), texts(&value.list("until"), "until"))).collect()
    };
    let (state_line, until_line) = (table.line_of("state"), table.line_of("until"));
    let until = table.table("until").map(goals).unwrap_or_default();
    let gone = table.table("gone").map(goals).unwrap_or_default();
    if gone.len() > 1 {
        table.problem(table.line, "gone is one goal");
    }
    let read = Waiter {
        name: name.to_owned(),
        doc: table.required_text("doc"),
        poll: table.required_text("poll"),
        state: table.required_text("state"),
        state_line,
        reason: table.text("reason"),
        busy: table.text("busy"),
        failed: texts(&table.list("failed"), "failed"),
        first,
        longest,
        until,
        until_line,
        gone: gone.into_iter().next(),
        line: table.line,
    };
    table.finish();
    read
}
