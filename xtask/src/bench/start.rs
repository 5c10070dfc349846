//! How long small commands take, and a cold `cargo check`.

use super::Setting;
use super::contest::{Contest, Figure, Runner};
use super::goal::{Goal, K5, Limit};
use super::measure::Argv;
use super::report::Section;
use super::tools::cargo;
use super::work::text;

const VERSION: &str = "k5 --version";
/// A start takes milliseconds, and its neighbours disturb it more than they do a transfer.
const MANY: usize = 4;

pub(crate) fn run(setting: &Setting<'_>, variables: &[(String, String)]) -> Result<Section, String> {
    let (tools, home) = (setting.tools, setting.work.home());
    let rounds = setting.options.rounds * MANY;
    let mut section = Section::new(
        "Small commands",
        &format!(
            "Starts in {rounds} rounds; `true` is what starting any process costs. Each listing of containers logs in at the real Keystone. \
             The time is that of a run with no wrapper around it, CPU time and memory are those of a second run."
        ),
    );
    let runners = vec![
        Runner::new("true", Argv::new("true")),
        Runner::new(VERSION, Argv::new(&tools.k5).args(["--version"])),
        Runner::new("curl --version", Argv::new("curl").args(["--version"])),
    ];
    let version = Goal { what: format!("`{VERSION}`"), figure: Figure::Wall, ours: VERSION, limit: Limit::Value(0.010) };
    section.add(Contest::of_commands("Start", runners).hold_with(rounds, |command| command.measure_short(&home)), &[version]);

    let mut runners = vec![Runner::new(K5, Argv::new(&tools.k5).args(["container", "list"]).envs(variables))];
    match tools.find("rclone") {
        Ok(program) => {
            let command = Argv::new(program).args(["lsd", "bench:"]).envs(variables);
            let command = command.env("RCLONE_CONFIG_BENCH_TYPE", "swift").env("RCLONE_CONFIG_BENCH_ENV_AUTH", "true");
            runners.push(Runner::new("rclone lsd", command));
        }
        Err(why) => section.skip(format!("rclone lsd: {why}")),
    }
    match tools.find("openstack") {
        Ok(program) => {
            let command = Argv::new(program).args(["container", "list"]).envs(variables);
            runners.push(Runner::new("openstack", command));
        }
        Err(why) => section.skip(format!("openstack container list: {why}")),
    }
    let what = "`k5 container list`, real Keystone + Swift";
    let goals =
        [Goal::times(what, Figure::Wall, K5, 0.05, &["openstack"]), Goal::times(what, Figure::Wall, K5, 1.0, &["rclone lsd"])];
    section.add(
        Contest::of_commands("List of containers", runners)
            .hold_with(setting.options.rounds, |command| command.measure_short(&home)),
        &goals,
    );
    Ok(section)
}

/// A cold `cargo check` of the facade, with its default features.
pub(crate) fn check(setting: &Setting<'_>) -> Result<Section, String> {
    let manifest = text(&setting.root.join("Cargo.toml"));
    let target = setting.work.path().join("check");
    let mut command = Argv::new(cargo()).args(["check", "--quiet", "--package", "k5", "--manifest-path", &*manifest]);
    let mut fetch = Argv::new(cargo()).args(["fetch", "--quiet", "--manifest-path", &*manifest]);
    command = command.env("CARGO_TARGET_DIR", &text(&target));
    // The toolchain and the sources of dependencies belong to the user.
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        if let Ok(value) = std::env::var(name) {
            (command, fetch) = (command.env(name, &value), fetch.env(name, &value));
        }
    }
    fetch.output(&setting.work.home())?;
    let mut section =
        Section::new("Cold cargo check", "`cargo check -p k5` in an empty target folder, the sources being there. Once.");
    let outcome = Contest::of_commands("Cold check", vec![Runner::new("cargo check -p k5", command)]).hold(1, &setting.work.home());
    let _ = std::fs::remove_dir_all(&target);
    let limit = Limit::Value(45.0);
    let goal = Goal { what: "cold `cargo check -p k5`".to_owned(), figure: Figure::Wall, ours: "cargo check -p k5", limit };
    section.add(outcome, &[goal]);
    Ok(section)
}
