//! The user's guide as HTML, and where the links of documents lead.
//!
//! The guide is an mdBook in `docs/guide`. Its pages link to documents beside it, which read well where the sources are browsed, but lead
//! nowhere from a folder of HTML. So those documents become the last chapters of the built book ([`REFERENCE`]), and a link to any
//! other file becomes its text.

pub mod html;
pub mod links;

use links::{Page, join};
use mdbook_driver::MDBook;
use mdbook_driver::book::{BookItem, Chapter};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the guide's pages are, below the root.
pub const PAGES: &str = "docs/guide/src";
/// The documents that follow the guide in the built book: title, and path below the root.
pub const REFERENCE: [(&str, &str); 5] = [
    ("Commands", "docs/commands.md"),
    ("Coverage of the documented operations", "docs/coverage.md"),
    ("A copy that outgrows one machine", "docs/shards.md"),
    ("Architecture", "ARCHITECTURE.md"),
    ("Contributing", "CONTRIBUTING.md"),
];

/// The project's root.
pub fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package).to_owned()
}

/// Reads a text file; the error names it.
pub fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Builds the guide into `folder`, whose earlier content is replaced, and returns its first page.
///
/// # Errors
/// If a page is missing, or mdBook refuses the book.
pub fn build(folder: &Path) -> Result<PathBuf, String> {
    let root = root();
    let why = |error: &dyn std::fmt::Display| format!("docs/guide: {error}");
    let mut book = MDBook::load(root.join("docs/guide")).map_err(|error| why(&format!("{error:#}")))?;
    book.config.build.build_dir = folder.to_owned();

    // From a document's path below the root to its path in the book.
    let own = book.book.chapters().filter_map(|chapter| chapter.path.as_deref()?.to_str());
    let mut places: BTreeMap<String, String> = own.map(|name| (format!("{PAGES}/{name}"), name.to_owned())).collect();
    book.book.push_item(BookItem::PartTitle("Reference".to_owned()));
    for (title, path) in REFERENCE {
        let name = file_name(path);
        if places.values().any(|taken| taken == name) {
            return Err(why(&format!("{path} can't be in the book: a page has this name")));
        }
        book.book.push_item(Chapter::new(title, read(&root.join(path))?, name, Vec::new()));
        places.insert(path.to_owned(), name.to_owned());
    }
    let sources: BTreeMap<String, String> = places.iter().map(|(source, place)| (place.clone(), source.clone())).collect();
    book.book.for_each_chapter_mut(|chapter| {
        let place = chapter.path.as_deref().and_then(Path::to_str).unwrap_or_default();
        if let Some(source) = sources.get(place) {
            chapter.content = moved(&chapter.content, source, &places);
        }
    });
    book.build().map_err(|error| why(&format!("{error:#}")))?;
    Ok(folder.join("index.html"))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A document's text with its links as they must be in the book, where all pages are in one folder.
fn moved(text: &str, source: &str, places: &BTreeMap<String, String>) -> String {
    let mut moved = text.to_owned();
    // From the end, so that what was found before stays where it was.
    for link in Page::read(text).links.iter().rev().filter(|link| !link.is_elsewhere() && !link.path().is_empty()) {
        let target = join(source, link.path());
        let new = match places.get(&target) {
            Some(place) => format!("[{}]({place}{})", link.label, link.destination.strip_prefix(link.path()).unwrap_or_default()),
            None => link.label.clone(),
        };
        moved.replace_range(link.range.clone(), &new);
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_moved() {
        let places = BTreeMap::from([
            ("docs/guide/src/sync.md".to_owned(), "sync.md".to_owned()),
            ("docs/commands.md".to_owned(), "commands.md".to_owned()),
        ]);
        let text = "See [`sync`](sync.md#rules), [all](../../commands.md), [the code](../../../crates/k5/src/lib.rs), [it](https://a.example/b), [here](#up).";
        assert_eq!(
            moved(text, "docs/guide/src/first.md", &places),
            "See [`sync`](sync.md#rules), [all](commands.md), the code, [it](https://a.example/b), [here](#up)."
        );
        assert_eq!(moved("[a](guide/src/sync.md)", "docs/commands.md", &places), "[a](sync.md)");
    }
}
