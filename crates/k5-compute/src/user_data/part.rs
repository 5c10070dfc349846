//! One of several documents.

use k5_core::{Error, Result};
use std::borrow::Cow;
use std::fmt;

/// The longest name of a part, in bytes: it becomes a file's name.
const NAME: usize = 255;

/// The byte order mark that some editors put at the start of a text. After it, cloud-init would not recognize the first line.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// A document of [`UserData::multipart`](super::UserData::multipart), with the type that tells cloud-init what to do with it.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    pub(super) content_type: Cow<'static, str>,
    pub(super) name: Option<String>,
    pub(super) merge_type: Option<String>,
    pub(super) content: Vec<u8>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Part");
        shown.field("content_type", &self.content_type).field("name", &self.name).field("bytes", &self.content.len());
        shown.finish_non_exhaustive()
    }
}

impl Part {
    fn of(content_type: &'static str, content: impl Into<Vec<u8>>) -> Self {
        let mut content = content.into();
        if content.starts_with(MARK) {
            content.drain(..MARK.len());
        }
        Self { content_type: content_type.into(), name: None, merge_type: None, content }
    }

    /// Cloud-config in YAML. Several of them are merged; see [`Part::merge_type`].
    pub fn cloud_config(yaml: impl Into<String>) -> Self {
        Self::of("text/cloud-config", yaml.into())
    }

    /// A script, which runs once, at the end of the first boot. It begins with `#!`.
    pub fn script(text: impl Into<String>) -> Self {
        Self::of("text/x-shellscript", text.into())
    }

    /// A script that runs at the end of every boot (cloud-init 22.1 or newer). It begins with `#!`.
    pub fn script_per_boot(text: impl Into<String>) -> Self {
        Self::of("text/x-shellscript-per-boot", text.into())
    }

    /// A script that runs early, before the network's services are up, at every boot. It begins with `#!`, or with `#cloud-boothook`
    /// and `#!` in the next line.
    pub fn boothook(text: impl Into<String>) -> Self {
        Self::of("text/cloud-boothook", text.into())
    }

    /// User data at these URLs, which the server fetches: each may be of any kind, this one included.
    pub fn include(urls: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::of("text/x-include-url", lines("#include", urls))
    }

    /// The same, but fetched only at the first boot and kept for all later ones.
    pub fn include_once(urls: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::of("text/x-include-once-url", lines("#include-once", urls))
    }

    /// A module in Python that handles parts of another type ([`Part::other`]). It must come before them.
    pub fn part_handler(python: impl Into<String>) -> Self {
        Self::of("text/part-handler", python.into())
    }

    /// A list of cloud-configs and scripts in YAML.
    pub fn cloud_config_archive(yaml: impl Into<String>) -> Self {
        Self::of("text/cloud-config-archive", yaml.into())
    }

    /// A template of any other document. It begins with `## template: jinja`.
    pub fn jinja(text: impl Into<String>) -> Self {
        Self::of("text/jinja2", text.into())
    }

    /// A document of another type, such as `text/x-mine`, for a handler of your own.
    pub fn other(content_type: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { content_type: content_type.into().into(), ..Self::of("", content) }
    }

    /// The name: a script's file gets it, and scripts run in the order of their names. Without one, cloud-init calls the first
    /// part `part-001`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How this cloud-config is merged with those before it, such as `list(append)+dict(recurse_array)+str()`.
    pub fn merge_type(mut self, how: impl Into<String>) -> Self {
        self.merge_type = Some(how.into());
        self
    }

    /// Checks that cloud-init will recognize it for what it is.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |why: String| Err(Error::invalid_input(why));
        let is_token =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
        let kind: &str = &self.content_type;
        if !kind.split_once('/').is_some_and(|(kind, rest)| is_token(kind) && is_token(rest)) {
            return refuse(format!("{kind:?} is not a media type, such as `text/cloud-config`"));
        }
        if kind.to_ascii_lowercase().starts_with("multipart/") {
            return refuse("its parts can't be multipart themselves".to_owned());
        }
        if let Some(name) = &self.name {
            let is_plain = name.bytes().all(|b| (b' '..=b'~').contains(&b) && !b"\"\\/".contains(&b));
            if name.trim() != name || name.is_empty() || name.len() > NAME || !is_plain || name == "." || name == ".." {
                return refuse(format!(
                    "{name:?} is not a valid name of a part: it must be 1 to {NAME} printable ASCII characters \
                     without `/`, `\\` and `\"`"
                ));
            }
        }
        if self.merge_type.as_ref().is_some_and(|how| how.is_empty() || !how.bytes().all(|b| (b' '..=b'~').contains(&b))) {
            return refuse("its merge type must consist of printable ASCII characters".to_owned());
        }
        if self.content.is_empty() {
            return refuse("it is empty".to_owned());
        }
        self.check_content()
    }

    /// The rules of the types whose content cloud-init recognizes or runs.
    fn check_content(&self) -> Result<()> {
        let content = self.content.as_slice();
        let fine = match &*self.content_type {
            "text/x-shellscript" | "text/x-shellscript-per-boot" if !content.starts_with(b"#!") => {
                Err("a script must begin with `#!` and its interpreter, such as `#!/bin/sh`")
            }
            "text/cloud-boothook" => {
                let script = content.strip_prefix(b"#cloud-boothook").map_or(content, <[u8]>::trim_ascii_start);
                if script.starts_with(b"#!") {
                    Ok(())
                } else {
                    Err("a boothook is a script, and must begin with `#!` and its interpreter")
                }
            }
            "text/jinja2" if !content.starts_with(b"## template: jinja") => Err("a template must begin with `## template: jinja`"),
            "text/x-include-url" | "text/x-include-once-url" => check_urls(content),
            _ => Ok(()),
        };
        fine.map_err(Error::invalid_input)
    }
}

/// A line for each URL below the first.
fn lines(first: &str, urls: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut text = format!("{first}\n");
    for url in urls {
        text.push_str(url.as_ref());
        text.push('\n');
    }
    text
}

fn check_urls(content: &[u8]) -> Result<(), &'static str> {
    let text = std::str::from_utf8(content).unwrap_or_default();
    let mut urls = text.lines().skip(1).peekable();
    if urls.peek().is_none() {
        return Err("it includes nothing: specify URLs");
    }
    let is_url = |url: &str| {
        url.split_once("://").is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty())
            && !url.starts_with('#')
            && !url.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    match urls.all(is_url) {
        true => Ok(()),
        false => Err("it can only include URLs, such as `https://example.com/setup.sh`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cloud_init_would_pass_over_is_refused() {
        let script = || Part::script("#!/bin/sh\n");
        for (part, expected) in [
            (Part::script(""), "it is empty"),
            (Part::script("\n#!/bin/sh\n"), "a script must begin with `#!`"),
            (Part::script_per_boot("echo"), "a script must begin with `#!`"),
            (Part::boothook("#cloud-boothook\necho"), "a boothook is a script"),
            (Part::jinja("#cloud-config\n"), "## template: jinja"),
            (Part::include(Vec::<String>::new()), "includes nothing"),
            (Part::include(["setup.sh"]), "can only include URLs"),
            (Part::include(["https://h/a b"]), "can only include URLs"),
            (Part::include_once(["https://h/a\n#!/bin/sh"]), "can only include URLs"),
            (Part::other("plain", "x"), "is not a media type"),
            (Part::other("text/x y", "x"), "is not a media type"),
            (Part::other("text/x\r\nTo: me", "x"), "is not a media type"),
            (Part::other("Multipart/mixed", "x"), "can't be multipart themselves"),
            (script().name(""), "is not a valid name of a part"),
            (script().name("../a"), "is not a valid name of a part"),
            (script().name(".."), "is not a valid name of a part"),
            (script().name("a\"\r\nX: y"), "is not a valid name of a part"),
            (script().name("ü.sh"), "is not a valid name of a part"),
            (script().name("a".repeat(256)), "is not a valid name of a part"),
            (script().merge_type("dict()\n"), "printable ASCII"),
        ] {
            let error = part.check().expect_err(expected).to_string();
            assert!(error.contains(expected), "{expected:?}: {error}");
        }
        for part in [
            script().name("10 first.sh"),
            script().name("a".repeat(255)),
            Part::boothook("#cloud-boothook\n#!/bin/sh\n"),
            Part::boothook("#!/bin/sh\n"),
            Part::jinja("## template: jinja\n#cloud-config\n"),
            Part::include(["https://h/a", "http://h/b?c#d"]),
            Part::other("application/x-mine", [0, 159]),
        ] {
            part.check().unwrap_or_else(|error| panic!("{part:?}: {error}"));
        }
    }

    #[test]
    fn includes_are_lines() {
        assert_eq!(Part::include(["https://h/a", "https://h/b"]).content, b"#include\nhttps://h/a\nhttps://h/b\n");
        assert_eq!(Part::include_once(["https://h/a"]).content, b"#include-once\nhttps://h/a\n");
    }

    #[test]
    fn it_shows_no_content() {
        let shown = format!("{:?}", Part::script("#!/bin/sh\nWq3d\n").name("a.sh"));
        assert_eq!(shown, "Part { content_type: \"text/x-shellscript\", name: Some(\"a.sh\"), bytes: 15, .. }");
    }
}
