//! The real servers of `tests/openstack`, starting while the other tests are compiled and run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

/// Servers that are starting.
pub(super) struct Servers(JoinHandle<Result<Up, String>>);

/// The servers that are up.
pub(super) struct Up {
    /// The folder of the openrc files.
    pub(super) openrc: PathBuf,
    /// Whether Nova, Glance and Cinder are up beside Keystone and Swift, or why not.
    pub(super) compute: Result<(), String>,
}

impl Servers {
    /// Keystone and Swift first, so that they can be used even if the rest does not start.
    pub(super) fn start(root: &Path) -> Self {
        let script = root.join("tests/openstack/up.sh");
        Self(std::thread::spawn(move || {
            up(&script, &[]).map_err(|why| format!("real Keystone + Swift did not start: {why}"))?;
            let compute = up(&script, &["--full"]);
            let openrc = std::env::var_os("K5_OPENSTACK_DIR").map_or_else(|| PathBuf::from("/var/tmp/k5-openstack"), PathBuf::from);
            Ok(Up { openrc, compute })
        }))
    }

    /// Waits until they answer.
    pub(super) fn wait(self) -> Result<Up, String> {
        self.0.join().map_err(|_| "the thread that starts real servers has panicked".to_owned())?
    }
}

fn up(script: &Path, arguments: &[&str]) -> Result<(), String> {
    // What it exports is in the openrc files too.
    let status = Command::new("bash").arg(script).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).status();
    let asked = ["tests/openstack/up.sh", arguments.concat().as_str()].join(" ").trim_end().to_owned();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{asked} says why above")),
        Err(error) => Err(format!("{asked}: {error}")),
    }
}
