//! What this machine is.

use super::measure::Argv;
use super::work::{Work, text};

/// Name and value of what a reader needs to judge the figures.
pub(crate) fn describe(work: &Work, load: f64) -> Vec<(&'static str, String)> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let run = |argv: Argv| argv.output(&work.home()).map(|printed| printed.trim().to_owned()).unwrap_or_default();
    let cpu = after(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = after(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let system = after(&read("/etc/os-release").replace('=', ":"), "PRETTY_NAME").unwrap_or_default();
    let filesystem = run(Argv::new("df").args(["--output=fstype", &*text(work.path())]));
    vec![
        ("date", run(Argv::new("date").args(["-u", "+%Y-%m-%d"]))),
        ("CPU", format!("{cpu}, {cores} cores")),
        ("memory", gib(&memory)),
        ("system", format!("{}, Linux {}", system.trim_matches('"'), read("/proc/sys/kernel/osrelease").trim())),
        ("files on", filesystem.lines().last().unwrap_or_default().to_owned()),
        ("load at the start", judged(load, cores)),
    ]
}

/// The mean of the last minute. To be asked before we give the machine work ourselves.
pub(crate) fn load() -> f64 {
    let read = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    read.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

/// Others at work on the machine spoil the figures, and a reader should know it.
pub(crate) fn judged(load: f64, cores: usize) -> String {
    // Less than that may be left of what was done a minute ago.
    if load <= cores as f64 / 2.0 {
        return format!("{load:.2}");
    }
    eprintln!("!!! the load is {load:.2}: other work on this machine disturbs the figures !!!");
    format!("{load:.2}: a busy machine, whose figures are not to be trusted")
}

/// The value behind `NAME   : VALUE`.
fn after(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| Some(line.strip_prefix(name)?.trim_start().strip_prefix(':')?.trim().to_owned()))
}

/// `8052336 kB` in GiB.
fn gib(kib: &str) -> String {
    let kib: f64 = kib.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0.0);
    format!("{:.1} GiB", kib / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_files_are_read() {
        let text = "processor\t: 0\nmodel name\t: A CPU @ 2 GHz\nmodel\t: 1\n";
        assert_eq!(after(text, "model name").as_deref(), Some("A CPU @ 2 GHz"));
        assert_eq!(after(text, "model").as_deref(), Some("1"));
        assert_eq!(after(text, "flags"), None);
        assert_eq!(gib("8388608 kB"), "8.0 GiB");
    }

    #[test]
    fn a_busy_machine_is_called_busy() {
        assert_eq!(judged(0.4, 2), "0.40");
        assert!(judged(1.1, 2).contains("busy"));
    }
}
