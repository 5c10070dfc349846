//! The guide builds, and no link within it is broken.

use std::collections::{BTreeMap, BTreeSet};
use xtask_guide::html::values;
use xtask_guide::{REFERENCE, build, read, root};

/// The page for unknown addresses, whose links mdBook writes for the root of a site, and the one for printing, which has all pages
/// in one.
const SPECIAL: [&str; 2] = ["404.html", "print.html"];

#[test]
fn the_book_is_whole() {
    // Where `cargo xtask guide` puts it, so that a run of the tests leaves it there for whoever wants to read it.
    let folder = root().join("target/guide");
    let first = build(&folder).expect("a book");
    assert!(first.is_file());
    let mut pages = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().into_string().expect("a name");
        if name.ends_with(".html") && !SPECIAL.contains(&&*name) {
            pages.insert(name, read(&entry.path()).expect("a page"));
        }
    }
    for (_, path) in REFERENCE {
        let name = path.rsplit('/').next().expect("a name").replace(".md", ".html");
        assert!(pages.contains_key(&name), "{name}");
    }
    let ids: BTreeMap<&str, BTreeSet<&str>> =
        pages.iter().map(|(name, html)| (&**name, values(html, "id").into_iter().collect())).collect();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (name, html) in &pages {
        let links = values(html, "href").into_iter().chain(values(html, "src")).filter(|link| !link.contains("://"));
        for link in links {
            count += 1;
            let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
            let target = if path.is_empty() { &**name } else { path };
            let is_there = folder.join(target).is_file();
            let has_anchor = anchor.is_none_or(|anchor| ids.get(target).is_some_and(|ids| ids.contains(anchor)));
            if !(is_there && has_anchor) {
                wrong.push(format!("{name}: {link}"));
            }
        }
    }
    assert!(count > 500, "only {count} links");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
