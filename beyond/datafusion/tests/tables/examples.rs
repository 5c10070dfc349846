//! The examples of `docs/tables.md`, as programs.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// An example, which `cargo test` builds before it runs the tests.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let path: PathBuf = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(path.is_file(), "{} is not there: `cargo test` without `--test` builds it", path.display());
    let mut command = Command::new(path);
    command.stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OS_")) {
        command.env_remove(name);
    }
    command
}

fn printed(output: &Output) -> String {
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}\n{printed}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    printed
}

#[test]
fn sql_over_parquet_in_a_container() {
    let printed = printed(&example("sql").output().unwrap());
    for line in [
        "| city    | days | millimetres |",
        "| Bergen  | 1000 | 19500       |",
        "| Cork    | 1000 | 19500       |",
        "| Seville | 1000 | 19500       |",
        "| 1001 | 3001 | 39   |",
    ] {
        assert!(printed.lines().any(|found| found == line), "{line:?} is not in\n{printed}");
    }
}

/// A scheduler and two executors, on a cloud that can say afterwards who asked for what.
#[tokio::test]
async fn one_query_on_a_cluster() {
    let emulator = k5_emulator::start().await.unwrap();
    let variables = emulator.environment();
    let run = move || example("ballista").envs(variables).output().unwrap();
    let printed = printed(&tokio::task::spawn_blocking(run).await.unwrap());
    for city in 0..7 {
        let days = if (1..=4).contains(&city) { 1429 } else { 1428 };
        let line = format!("| {city}    | {days} |");
        assert!(printed.lines().any(|found| found.starts_with(&line)), "{line:?} is not in\n{printed}");
    }
    let requests = emulator.requests();
    // The client, the scheduler and each of the executors have logged in, which they do when they first read.
    let logins = requests.iter().filter(|seen| seen.path == "/v3/auth/tokens").count();
    assert!(logins >= 3, "{logins} logins");
    let read = requests.iter().filter(|seen| seen.method == "GET" && seen.path.contains("/rain/") && seen.status == Some(206));
    assert!(read.count() >= 4, "each of the four files is read");
}

/// What `docs/tables.md` shows is what the examples do.
#[test]
fn the_page_shows_what_runs() {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(package.join(path)).unwrap();
    let code = ["examples/sql.rs", "examples/ballista.rs", "examples/cluster/mod.rs"].map(read).concat();
    let page = read("../../docs/tables.md");
    let shown: Vec<&str> = page.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(shown.len() >= 5);
    for piece in shown {
        assert!(code.contains(piece), "no example has\n{piece}");
    }
}
