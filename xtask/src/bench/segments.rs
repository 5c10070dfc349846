//! Whether a large object holds what its source does, without fetching it.

use super::cloud::Container;
use super::measure::Argv;
use super::work::{Content, Work, text};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::HashMap;

/// Checks large objects against one source, and remembers the MD5 of the parts it has read.
pub(crate) struct Segments<'a> {
    work: &'a Work,
    content: &'a Content,
    /// Nothing but zeros, which are the same everywhere.
    zeros: bool,
    known: RefCell<HashMap<(u64, u64), String>>,
}

impl<'a> Segments<'a> {
    pub(crate) fn new(work: &'a Work, content: &'a Content, zeros: bool) -> Self {
        Self { work, content, zeros, known: RefCell::default() }
    }

    /// Length and checksums of a plain, static or dynamic large object: the segments' MD5, in order, are those of the source's
    /// parts, and a static one's ETag is that of its segments' ETags.
    pub(crate) fn check(&self, container: &Container<'_>, object: &str) -> Result<(), String> {
        let head = container.head(object)?;
        let length = head.value("content-length").unwrap_or_default();
        if length != self.content.bytes.to_string() {
            return Err(format!("the object has {length} bytes instead of {}", self.content.bytes));
        }
        let etag = head.value("etag").unwrap_or_default();
        if head.value("x-static-large-object").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            let manifest = container.manifest(object)?;
            let all: String = parts(&manifest)?.into_iter().map(|(hash, _)| hash).collect();
            let expected = self.md5("printf %s \"$1\"", &[&all])?;
            return match etag == expected {
                true => self.compare(&parts(&lowest(container, manifest)?)?),
                false => Err(format!("the manifest has the ETag {etag}, its segments make it {expected}")),
            };
        }
        if let Some(manifest) = head.value("x-object-manifest") {
            let (name, prefix) = manifest.split_once('/').ok_or_else(|| format!("a manifest of {manifest:?}"))?;
            return self.compare(&parts(&container.other(&decoded(name)).list(&decoded(prefix))?)?);
        }
        let expected = match self.zeros {
            true => self.part(0, self.content.bytes)?,
            false => self.content.md5.clone(),
        };
        match etag == expected {
            true => Ok(()),
            false => Err(format!("the object has the ETag {etag} instead of {expected}")),
        }
    }

    fn compare(&self, segments: &[(String, u64)]) -> Result<(), String> {
        let mut start = 0;
        for (index, (hash, bytes)) in segments.iter().enumerate() {
            if *hash != self.part(start, *bytes)? {
                return Err(format!("segment {} of {} holds other bytes than its source", index + 1, segments.len()));
            }
            start += bytes;
        }
        match start == self.content.bytes {
            true => Ok(()),
            false => Err(format!("the segments have {start} bytes together instead of {}", self.content.bytes)),
        }
    }

    /// The MD5 of so many bytes of the source.
    fn part(&self, start: u64, bytes: u64) -> Result<String, String> {
        let key = (if self.zeros { 0 } else { start }, bytes);
        if let Some(known) = self.known.borrow().get(&key) {
            return Ok(known.clone());
        }
        let (from, length) = ((key.0 + 1).to_string(), bytes.to_string());
        let hash = self.md5(r#"tail -c "+$1" -- "$2" | head -c "$3""#, &[&from, &text(&self.content.path), &length])?;
        self.known.borrow_mut().insert(key, hash.clone());
        Ok(hash)
    }

    fn md5(&self, script: &str, arguments: &[&str]) -> Result<String, String> {
        let printed = Argv::new("bash").args(["-c", &format!("{script} | md5sum"), "bash"]).args(arguments.iter().copied());
        Ok(printed.output(&self.work.home())?.chars().take(32).collect())
    }
}

/// The segments of a manifest, with those of manifests among them in their place.
fn lowest(container: &Container<'_>, manifest: Vec<Value>) -> Result<Vec<Value>, String> {
    let mut segments = Vec::new();
    for segment in manifest {
        if segment["sub_slo"] != true {
            segments.push(segment);
            continue;
        }
        let name = segment["name"].as_str().and_then(|name| name.trim_start_matches('/').split_once('/'));
        let (other, object) = name.ok_or_else(|| format!("no container and object in {segment}"))?;
        let other = container.other(other);
        segments.extend(lowest(&other, other.manifest(object)?)?);
    }
    Ok(segments)
}

/// MD5 and length of each; a manifest and a listing both name them so.
fn parts(segments: &[Value]) -> Result<Vec<(String, u64)>, String> {
    let part = |segment: &Value| Some((segment["hash"].as_str()?.to_owned(), segment["bytes"].as_u64()?));
    segments.iter().map(|segment| part(segment).ok_or_else(|| format!("no hash and bytes in {segment}"))).collect()
}

fn decoded(name: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_decoded() {
        assert_eq!(decoded("a%20b%2Fc%C3%A9%"), "a b/cé%");
    }

    #[test]
    fn other_bytes_and_missing_ones_are_found() {
        let parent = tempfile::tempdir().expect("a folder");
        let work = Work::new(parent.path()).expect("made");
        let path = work.path().join("source");
        std::fs::write(&path, "abcdefgh").expect("written");
        let content = Content { name: "source", path, bytes: 8, md5: String::new() };
        let segments = Segments::new(&work, &content, false);
        // MD5 of "abcde" and of "fgh".
        let (first, second) = ("ab56b4d92b40713acc5af89985d4b786", "0f98df87c7440c045496f705c7295344");
        let part = |hash: &str, bytes: u64| json!({"hash": hash, "bytes": bytes});
        let check = |list: &[Value]| segments.compare(&parts(list).expect("parts"));
        assert_eq!(check(&[part(first, 5), part(second, 3)]), Ok(()));
        assert!(check(&[part(second, 5), part(second, 3)]).expect_err("other").contains("segment 1 of 2"));
        assert!(check(&[part(first, 5)]).expect_err("short").contains("5 bytes together"));
        assert!(parts(&[json!({"name": "x"})]).is_err());
    }
}
