//! The real Keystone and Swift.

use super::measure::Argv;
use super::options::Options;
use super::tools::Tools;
use super::work::{Content, Work, text};
use crate::exports::exports;
use std::path::Path;
use std::process::{Command, Stdio};

/// The `OS_*` variables of a cloud.
pub(crate) fn variables(root: &Path, options: &Options) -> Result<Vec<(String, String)>, String> {
    if let Some(path) = &options.openrc {
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

/// A container of ours on the cloud. All tools get the same token, so that no login is in the figures of transfers.
pub(crate) struct Container<'a> {
    work: &'a Work,
    pub(crate) storage_url: String,
    pub(crate) token: String,
    pub(crate) name: String,
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
        let container = Self { work, storage_url, token, name };
        container.curl(["-X", "PUT"], "")?;
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

    pub(crate) fn delete(&self, object: &str) -> Result<(), String> {
        self.curl(["-X", "DELETE"], object).map(drop)
    }

    /// Whether the object holds that content.
    pub(crate) fn check(&self, object: &str, content: &Content) -> Result<(), String> {
        let head = self.curl(["--head"], object)?.to_lowercase();
        let header = |name: &str| {
            head.lines().find_map(|line| Some(line.strip_prefix(name)?.trim_matches([':', ' ', '"', '\r']).to_owned()))
        };
        match (header("content-length"), header("etag")) {
            (Some(length), Some(etag)) if length == content.bytes.to_string() && etag == content.md5 => Ok(()),
            (length, etag) => Err(format!("the object has length {length:?} and ETag {etag:?}")),
        }
    }

    fn curl<T: Into<String>>(&self, arguments: impl IntoIterator<Item = T>, object: &str) -> Result<String, String> {
        let token = format!("X-Auth-Token: {}", self.token);
        Argv::new("curl").args(["-sSf", "-H", &*token]).args(arguments).args([self.url(object)]).output(&self.work.home())
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        for object in self.curl::<String>([], "").unwrap_or_default().lines() {
            let _ = self.delete(object);
        }
        let _ = self.curl(["-X", "DELETE"], "");
    }
}
