//! The real Keystone and Swift, and containers of ours there or on the emulator.

use super::measure::Argv;
use super::tools::Tools;
use super::work::{Content, Work, text};
use crate::exports::exports;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// The `OS_*` variables of a cloud.
pub(crate) fn variables(root: &Path, openrc: Option<&Path>) -> Result<Vec<(String, String)>, String> {
    if let Some(path) = openrc {
        return Ok(exports(&crate::workspace::read(path)?).into_iter().collect());
    }
    let given: Vec<(String, String)> = std::env::vars().filter(|(name, _)| name.starts_with("OS_")).collect();
    if given.iter().any(|(name, _)| name == "OS_AUTH_URL") {
        return Ok(given);
    }
    eprintln!(
        "neither --openrc nor OS_AUTH_URL: tests/openstack/up.sh starts Keystone and Swift, which tests/openstack/down.sh stops"
    );
    let script = root.join("tests/openstack/up.sh");
    let output = Command::new("bash").arg(&script).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{}: {error}", script.display()))?;
    match output.status.success() {
        true => Ok(exports(&String::from_utf8_lossy(&output.stdout)).into_iter().collect()),
        false => Err("tests/openstack/up.sh could not start Keystone and Swift".to_owned()),
    }
}

/// A container of ours on a cloud. All tools get the same token, so that no login is in the figures of transfers.
pub(crate) struct Container<'a> {
    work: &'a Work,
    pub(crate) storage_url: String,
    pub(crate) token: String,
    pub(crate) name: String,
    /// Made by us, and removed with this value.
    ours: bool,
}

impl<'a> Container<'a> {
    pub(crate) fn make(work: &'a Work, tools: &Tools, variables: &[(String, String)]) -> Result<Self, String> {
        let printed = Argv::new(tools.find("swift")?).args(["auth"]).envs(variables).output(&work.home())?;
        let found = exports(&printed);
        let value = |name: &str| found.get(name).cloned();
        let (Some(storage_url), Some(token)) = (value("OS_STORAGE_URL"), value("OS_AUTH_TOKEN")) else {
            return Err("`swift auth` gives no storage URL and token".to_owned());
        };
        let name = format!("k5-bench-{}", std::process::id());
        let container = Self { work, storage_url, token, name, ours: true };
        container.curl(["-X", "PUT"], "")?;
        Ok(container)
    }

    /// A further one of the same account.
    pub(crate) fn beside(&self, suffix: &str) -> Result<Self, String> {
        let mut container = self.other(&format!("{}-{suffix}", self.name));
        container.curl(["-X", "PUT"], "")?;
        container.ours = true;
        Ok(container)
    }

    pub(crate) fn url(&self, object: &str) -> String {
        format!("{}/{}/{object}", self.storage_url, self.name)
    }

    /// What `swift` and `k5` take for a login that has been made.
    pub(crate) fn preauthenticated(&self) -> Vec<(String, String)> {
        vec![("OS_STORAGE_URL".to_owned(), self.storage_url.clone()), ("OS_AUTH_TOKEN".to_owned(), self.token.clone())]
    }

    pub(crate) fn put(&self, content: &Content, object: &str) -> Result<(), String> {
        self.curl(["-T", &text(&content.path)], object).map(drop)
    }

    pub(crate) fn head(&self, object: &str) -> Result<Head, String> {
        self.curl(["--head"], object).map(Head)
    }

    /// The static large object's own list of its segments.
    pub(crate) fn manifest(&self, object: &str) -> Result<Vec<Value>, String> {
        array(&self.curl::<&str>([], &format!("{object}?multipart-manifest=get"))?)
    }

    /// All objects whose names begin so.
    pub(crate) fn list(&self, prefix: &str) -> Result<Vec<Value>, String> {
        let (mut all, mut marker) = (Vec::new(), String::new());
        loop {
            let query = [("format", "json"), ("prefix", prefix), ("marker", &marker)];
            let arguments = query.iter().flat_map(|(name, value)| ["--data-urlencode".to_owned(), format!("{name}={value}")]);
            let page = array(&self.curl(["-G".to_owned()].into_iter().chain(arguments), "")?)?;
            match page.last().and_then(|last| last["name"].as_str()) {
                Some(last) => marker = last.to_owned(),
                None => return Ok(all),
            }
            all.extend(page);
        }
    }

    /// Another container of the account, such as that of an object's segments.
    pub(crate) fn other(&self, name: &str) -> Self {
        let (storage_url, token) = (self.storage_url.clone(), self.token.clone());
        Self { work: self.work, storage_url, token, name: name.to_owned(), ours: false }
    }

    /// Removes all objects, and the segments beside them, so that nothing of one run is there in the next.
    pub(crate) fn empty(&self) -> Result<(), String> {
        // The names that tools give to the containers of segments; where there is none, a listing fails.
        let segments = self.other(&format!("{}_segments", self.name));
        for container in [self, &segments] {
            while let Ok(names) = container.curl::<&str>([], "") {
                if names.is_empty() {
                    break;
                }
                container.delete_all(&names)?;
            }
        }
        // Gone or never there: either is right.
        let _ = segments.curl(["-X", "DELETE"], "");
        Ok(())
    }

    /// Leaves it as it is.
    pub(crate) fn forget(mut self) {
        self.ours = false;
    }

    fn delete_all(&self, names: &str) -> Result<(), String> {
        let list: String = names.lines().map(|name| format!("{}/{}\n", self.name, encoded(name))).collect();
        let file = self.work.path().join("bulk-delete");
        std::fs::write(&file, list).map_err(|error| format!("{}: {error}", file.display()))?;
        let url = format!("{}?bulk-delete", self.storage_url);
        let data = format!("@{}", text(&file));
        let arguments = ["-X", "POST", "-H", "Content-Type: text/plain", "-H", "Accept: application/json", "--data-binary", &data];
        let answer = self.request(arguments, url)?;
        // The status is 200 whatever has happened.
        match serde_json::from_str::<Value>(answer.trim()).map(|answer| answer["Response Status"].clone()) {
            Ok(Value::String(status)) if status.starts_with("200") => Ok(()),
            _ => Err(format!("bulk delete: {}", answer.trim())),
        }
    }

    fn curl<T: Into<String>>(&self, arguments: impl IntoIterator<Item = T>, object: &str) -> Result<String, String> {
        self.request(arguments, self.url(object))
    }

    fn request<T: Into<String>>(&self, arguments: impl IntoIterator<Item = T>, url: String) -> Result<String, String> {
        let token = format!("X-Auth-Token: {}", self.token);
        Argv::new("curl").args(["-sSf", "-H", &*token]).args(arguments).args([url]).output(&self.work.home())
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        if !self.ours {
            return;
        }
        if let Err(why) = self.empty() {
            eprintln!("!!! {} is left behind: {why} !!!", self.name);
        }
        let _ = self.curl(["-X", "DELETE"], "");
    }
}

/// What HEAD has printed.
pub(crate) struct Head(String);

impl Head {
    pub(crate) fn value(&self, name: &str) -> Option<String> {
        self.0.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
        })
    }
}

fn array(json: &str) -> Result<Vec<Value>, String> {
    serde_json::from_str(json).map_err(|error| format!("no list in JSON: {error}"))
}

/// A name as it stands in a URL.
fn encoded(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    name.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_whatever_their_case() {
        let head = Head("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nETag: \"aB\"\r\nx-object-manifest: c/a:b\r\n\r\n".to_owned());
        assert_eq!(head.value("content-length").as_deref(), Some("12"));
        assert_eq!(head.value("etag").as_deref(), Some("aB"));
        assert_eq!(head.value("X-Object-Manifest").as_deref(), Some("c/a:b"));
        assert_eq!(head.value("x-static-large-object"), None);
    }

    #[test]
    fn names_are_encoded() {
        assert_eq!(encoded("a/b-1.bin"), "a/b-1.bin");
        assert_eq!(encoded("a b%é"), "a%20b%25%C3%A9");
    }
}
