//! The links of a page of Markdown, and the anchors that links may lead to.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use std::ops::Range;

/// A link or an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it is in the page.
    pub range: Range<usize>,
    /// The line, from 1.
    pub line: usize,
    /// What it says, as Markdown.
    pub label: String,
    /// Where it leads.
    pub destination: String,
}

impl Link {
    /// Whether it leads out of the project.
    pub fn is_elsewhere(&self) -> bool {
        self.destination.contains("://") || self.destination.starts_with("mailto:")
    }

    /// The path of the file; empty if it leads to the page itself.
    pub fn path(&self) -> &str {
        self.destination.split('#').next().unwrap_or_default()
    }

    /// The anchor within the file.
    pub fn anchor(&self) -> Option<&str> {
        self.destination.split_once('#').map(|(_, anchor)| anchor)
    }
}

/// What a page links to, and what in it can be linked to.
#[derive(Debug, Default)]
pub struct Page {
    /// In their order.
    pub links: Vec<Link>,
    /// Those of the headings.
    pub anchors: BTreeSet<String>,
}

impl Page {
    /// Reads a page.
    pub fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading: Option<String> = None;
        let mut open: Vec<(Range<usize>, String)> = Vec::new();
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => page.add_anchor(&heading.take().unwrap_or_default()),
                Event::Text(part) | Event::Code(part) => heading.iter_mut().for_each(|heading| heading.push_str(&part)),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    open.push((range, dest_url.into_string()))
                }
                Event::End(TagEnd::Link | TagEnd::Image) => {
                    let Some((range, destination)) = open.pop() else { continue };
                    let line = text[..range.start].lines().count().max(1);
                    let label = label_of(&text[range.clone()]).to_owned();
                    page.links.push(Link { range, line, label, destination });
                }
                _ => {}
            }
        }
        page
    }

    /// As mdBook and the sites that show Markdown name a heading.
    fn add_anchor(&mut self, heading: &str) {
        let kept = heading.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || "_- ".contains(*c)).map(|c| if c == ' ' { '-' } else { c });
        let anchor: String = kept.collect();
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let free = std::iter::once(anchor.clone()).chain(numbered).find(|anchor| !self.anchors.contains(anchor));
        self.anchors.extend(free);
    }
}

/// What is between the brackets of `[label](destination)`.
fn label_of(link: &str) -> &str {
    let start = link.find('[').map_or(0, |at| at + 1);
    let end = link.rfind("](").unwrap_or(link.len());
    link.get(start..end).unwrap_or(link)
}

/// The path that `path` means in the file `from`, with `..` resolved.
pub fn join(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let text = "# One `two`!\n\nSee [the *page*](a.md#b)\nand [x](y.md).\n\n# One two\n\n```md\n[not](a-link.md)\n```\n";
        let page = Page::read(text);
        let found: Vec<_> = page.links.iter().map(|link| (link.line, &*link.label, link.path(), link.anchor())).collect();
        assert_eq!(found, [(3, "the *page*", "a.md", Some("b")), (4, "x", "y.md", None)]);
        assert_eq!(page.anchors, BTreeSet::from(["one-two".to_owned(), "one-two-1".to_owned()]));
        assert_eq!(&text[page.links[1].range.clone()], "[x](y.md)");
    }

    #[test]
    fn paths_are_joined() {
        assert_eq!(join("docs/guide/src/a.md", "../../commands.md"), "docs/commands.md");
        assert_eq!(join("README.md", "./docs/a.md"), "docs/a.md");
    }
}
