//! Tables: as wide as the screen at most, numbers to the right, states in colour.

use super::column::{Column, Kind};
use super::screen::Screen;
use super::size::human_value;
use super::state::{Hue, hue};
use super::text::printable_cell;
use comfy_table::presets::ASCII_FULL_CONDENSED;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// What a column is never narrowed to less than, if that helps: nobody reads a column of three letters.
const NARROW: usize = 8;

/// What a column takes beside its text: a blank on both sides, and a line.
const FRAME: usize = 3;

/// The rows of a table, or of a piece of a long one.
pub(super) struct Rows {
    columns: Vec<(&'static str, Kind)>,
    screen: Screen,
    table: Option<Table>,
    /// The longest word of each column.
    words: Vec<usize>,
}

impl Rows {
    /// No rows yet.
    pub(super) fn new(columns: impl IntoIterator<Item = (&'static str, Kind)>, screen: Screen) -> Self {
        let columns: Vec<_> = columns.into_iter().collect();
        Self { words: Self::words(&columns), columns, screen, table: None }
    }

    /// The columns of a record's table.
    pub(super) fn of_record(screen: Screen) -> Self {
        Self::new([("Field", Kind::Text), ("Value", Kind::Text)], screen)
    }

    fn words(columns: &[(&'static str, Kind)]) -> Vec<usize> {
        columns.iter().map(|(title, _)| longest_word(title)).collect()
    }

    /// The cell of a column for an item, made readable.
    pub(super) fn cell(&self, column: &Column, item: &Value) -> String {
        let readable = column.of(item).filter(|_| column.cell.is_none()).and_then(|value| match column.kind {
            Kind::Bytes if self.screen.human => human_value(value, 0),
            Kind::Mebibytes if self.screen.human => human_value(value, 2),
            Kind::Gibibytes if self.screen.human => human_value(value, 3),
            Kind::Time => self.screen.zone.local(value),
            _ => None,
        });
        readable.unwrap_or_else(|| column.cell_text(item))
    }

    /// Puts columns of which nothing is known to the right if `item`, the first one, has numbers there.
    pub(super) fn look_at(&mut self, columns: &[Column], item: &Value) {
        for ((_, kind), column) in self.columns.iter_mut().zip(columns) {
            if *kind == Kind::Text && column.cell.is_none() && column.of(item).is_some_and(Value::is_number) {
                *kind = Kind::Number;
            }
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, cells: Vec<String>) {
        let kinds: Vec<_> = self.columns.iter().map(|(_, kind)| *kind).collect();
        self.push_kinds(cells, &kinds);
    }

    /// Adds a row whose cells hold something else than their columns say.
    pub(super) fn push_kinds(&mut self, cells: Vec<String>, kinds: &[Kind]) {
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
        let mut row = Vec::with_capacity(cells.len());
        for ((cell, kind), word) in cells.iter().zip(kinds).zip(&mut self.words) {
            let mut cell = printable_cell(cell);
            if self.screen.width.is_some() {
                *word = longest_word(&cell).max(*word);
            }
            if let (Kind::State, true) = (kind, self.screen.colours) {
                cell = marked(cell);
            }
            row.push(cell);
        }
        table.add_row(row);
    }

    /// The text of the rows since the last time; `None` if there are none.
    pub(super) fn take(&mut self) -> Option<String> {
        let mut table = self.table.take()?;
        let words = std::mem::replace(&mut self.words, Self::words(&self.columns));
        if let Some(width) = self.screen.width {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            let room = usize::from(width).saturating_sub(1 + FRAME * words.len());
            for (column, least) in table.column_iter_mut().zip(least_widths(&words, room)) {
                let with_blanks = u16::try_from(least + 2).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(with_blanks)));
            }
        }
        let mut text = String::new();
        for line in table.lines() {
            match self.screen.colours {
                true => colour(&mut text, &line),
                false => text.push_str(&line),
            }
            text.push('\n');
        }
        Some(text)
    }
}

/// How wide each column must be at least, if `room` is there for all of them together: no word is broken as long as that leaves the
/// others enough, the shorter ones first, so that a state stays whole beside a long id.
fn least_widths(words: &[usize], room: usize) -> Vec<usize> {
    let narrow = (room / words.len().max(1)).clamp(1, NARROW);
    let mut least: Vec<_> = words.iter().map(|word| (*word).min(narrow)).collect();
    let mut order: Vec<_> = (0..words.len()).collect();
    order.sort_by_key(|column| words[*column]);
    for column in order {
        let taken: usize = least.iter().sum();
        if taken - least[column] + words[column] <= room {
            least[column] = words[column];
        }
    }
    least
}

fn longest_word(text: &str) -> usize {
    text.split([' ', '\n']).map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// Marks around what is coloured. They take no room, so that the table is laid out as without them, and no text of a server has
/// them, because [`printable_cell`] escapes them.
const MARKS: [(Hue, char, &str); 3] =
    [(Hue::Green, '\u{e0001}', "\u{1b}[32m"), (Hue::Red, '\u{e0002}', "\u{1b}[31m"), (Hue::Yellow, '\u{e0003}', "\u{1b}[33m")];
const END: char = '\u{e007f}';
const PLAIN: &str = "\u{1b}[39m";

fn marked(cell: String) -> String {
    let mark = hue(&cell).and_then(|hue| MARKS.iter().find(|(known, ..)| *known == hue));
    match mark {
        Some((_, mark, _)) => format!("{mark}{cell}{END}"),
        None => cell,
    }
}

/// Writes a line of a table with colours in place of the marks. None goes beyond the line, where a cell has several.
fn colour(text: &mut String, line: &str) {
    let mut is_open = false;
    for c in line.chars() {
        match MARKS.iter().find(|(_, mark, _)| *mark == c) {
            Some((.., code)) => {
                text.push_str(code);
                is_open = true;
            }
            None if c == END => {
                text.push_str(if is_open { PLAIN } else { "" });
                is_open = false;
            }
            None => text.push(c),
        }
    }
    if is_open {
        text.push_str(PLAIN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const COLUMNS: &[Column] = &[
        Column::new("id", "ID"),
        Column::new("status", "Status").kind(Kind::State),
        Column::new("size", "Size").kind(Kind::Gibibytes),
        Column::new("ram", "RAM").kind(Kind::Mebibytes),
        Column::new("bytes", "Bytes").kind(Kind::Bytes),
        Column::new("text", "Text"),
    ];

    fn rows(columns: &[Column], screen: Screen, items: &[Value]) -> String {
        let mut rows = Rows::new(columns.iter().map(|column| (column.title, column.kind)), screen);
        for item in items {
            let cells = columns.iter().map(|column| rows.cell(column, item)).collect();
            rows.push(cells);
        }
        rows.take().expect("rows")
    }

    fn of_width(width: u16) -> Screen {
        Screen { width: Some(width), ..Screen::default() }
    }

    fn server() -> Value {
        json!({"id": "3f2da24e-7c51-4a8e-9d0b-2b6a5f1c9e77", "status": "VERIFY_RESIZE", "size": 20, "ram": 2048, "bytes": 1536,
            "text": "one two three four five six seven"})
    }

    #[test]
    fn numbers_stand_to_the_right_and_have_units_on_request() {
        let item = json!({"size": 20, "ram": 2048, "bytes": 1536});
        let table = rows(&COLUMNS[2..5], Screen::default(), std::slice::from_ref(&item));
        assert!(table.contains("| Size |  RAM | Bytes |\n"), "{table}");
        assert!(table.contains("|   20 | 2048 |  1536 |\n"), "{table}");
        let table = rows(&COLUMNS[2..5], Screen { human: true, ..Screen::default() }, &[item, json!({"size": -1, "ram": null})]);
        assert!(table.contains("| 20 GiB | 2 GiB | 1.5 KiB |\n"), "{table}");
        assert!(table.contains("|     -1 |  None |         |\n"), "{table}");
    }

    #[test]
    fn a_table_is_as_wide_as_its_screen_at_most() {
        let items = [server(), json!({"id": "short", "status": "ACTIVE", "text": "x".repeat(100)})];
        let whole = rows(COLUMNS, Screen::default(), &items);
        assert!(whole.lines().all(|line| line.width() > 160), "{whole}");
        assert!(rows(COLUMNS, of_width(40), &items).lines().all(|line| line.width() <= 40));
        for width in [70, 80, 120] {
            let table = rows(COLUMNS, of_width(width), &items);
            assert!(table.lines().all(|line| line.width() <= usize::from(width)), "{table}");
            assert!(table.contains("| VERIFY_RESIZE |"), "{table}");
        }
        assert_eq!(rows(COLUMNS, of_width(400), &items), whole);
        assert!(rows(COLUMNS, of_width(120), &items).contains("3f2da24e-7c51-4a8e-9d0b-2b6a5f1c9e77"));
        let narrow = rows(&COLUMNS[..2], of_width(40), &items);
        assert!(narrow.lines().all(|line| line.width() <= 40) && narrow.contains("| VERIFY_RESIZE |"), "{narrow}");
        // Nothing is lost by it.
        let words: String = narrow.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim).collect();
        assert!(words.contains("3f2da24e-7c51-4a8e-9d0b-2b6a5f1c9e77"), "{narrow}");
        // A screen that is too small for anything.
        assert!(rows(COLUMNS, of_width(1), &items).lines().count() > 4);
    }

    #[test]
    fn least_widths_keep_words_whole_from_the_shortest() {
        assert_eq!(least_widths(&[36, 6, 100], 80), [36, 6, 8]);
        assert_eq!(least_widths(&[36, 6, 13], 33), [8, 6, 13]);
        assert_eq!(least_widths(&[36, 36], 10), [5, 5]);
        assert_eq!(least_widths(&[36, 36], 0), [1, 1]);
        assert_eq!(least_widths(&[], 10), [0; 0]);
    }

    #[test]
    fn wide_and_combining_letters_take_the_room_that_they_take() {
        let texts = ["日本語", "e\u{301}te\u{301}", "👩‍👩‍👧", "plain", "한국어 서버 이름"];
        let items: Vec<_> = texts.iter().map(|text| json!({ "text": text, "id": "i" })).collect();
        for screen in [Screen::default(), of_width(16)] {
            let table = rows(&[COLUMNS[5], COLUMNS[0]], screen, &items);
            let widths: Vec<_> = table.lines().map(UnicodeWidthStr::width).collect();
            assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
        }
    }

    #[test]
    fn states_are_coloured_and_nothing_else_is() {
        let coloured = Screen { colours: true, ..Screen::default() };
        let items: Vec<_> = ["ACTIVE", "ERROR", "BUILD", "SHUTOFF", "ACTIVE\u{e0002}\u{1b}[5m"]
            .iter()
            .map(|state| json!({ "status": state, "id": "ERROR" }))
            .collect();
        let table = rows(&COLUMNS[..2], coloured.clone(), &items);
        for cell in ["| \u{1b}[32mACTIVE\u{1b}[39m ", "| \u{1b}[31mERROR\u{1b}[39m ", "| \u{1b}[33mBUILD\u{1b}[39m ", "| SHUTOFF "]
        {
            assert!(table.contains(cell), "{table:?}");
        }
        assert!(table.contains(r"ACTIVE\u{e0002}\u{1b}[5m"), "{table:?}");
        let bare = ["\u{1b}[32m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[39m"].iter().fold(table, |text, code| text.replace(code, ""));
        assert_eq!(bare, rows(&COLUMNS[..2], Screen::default(), &items));
        // A state over several lines colours no border.
        let table = rows(&COLUMNS[1..2], Screen { width: Some(9), ..coloured }, &[json!({ "status": "UPDATE_IN_PROGRESS" })]);
        let lines: Vec<_> = table.lines().filter(|line| line.contains("\u{1b}[33m")).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.ends_with("\u{1b}[39m")), "{table:?}");
    }

    #[test]
    fn control_characters_are_shown() {
        let item = json!({ "text": "a\u{9b}2J\u{202e}\t\u{1b}[2J\nb", "id": "\u{2066}\r" });
        let table = rows(&[COLUMNS[0], COLUMNS[5]], Screen::default(), &[item]);
        assert!(!table.contains(|c: char| c != '\n' && k5_core::text::steers(c)), "{table:?}");
        assert!(table.contains(r"| a\u{9b}2J\u{202e}\t\u{1b}[2J |"), "{table}");
    }
}
