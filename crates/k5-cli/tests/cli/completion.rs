//! The completion of shells: what the program offers, and what the scripts make of it.

use crate::bench::{Bench, Run, bare, run};
use k5_emulator::{Fault, Faults, Rule};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// What is offered at the end of a line, whose last word is not complete.
fn offered(command: &mut Command, line: &str) -> Vec<String> {
    let said = run(command.arg("__complete").args(line.split(' ')), b"");
    let text = said.ok();
    text.lines().skip(1).map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

fn filled() -> Bench {
    let bench = Bench::new();
    bench.file("up", "x");
    for target in ["archive/notes.txt", "archive/photos/a b.jpg", "archive/photos/c:d=e.jpg", "backup/x"] {
        bench.run(["object", "cp", "up", &format!("swift://{target}")]).ok();
    }
    bench
}

#[test]
fn names_come_from_the_cloud() {
    let bench = filled();
    let names = |line: &str| offered(&mut bench.command(), line);
    assert_eq!(names("container show "), ["archive", "backup"]);
    assert_eq!(names("container delete archive b"), ["backup"]);
    assert_eq!(names("object ls sw"), ["swift://"]);
    assert_eq!(names("object ls swift://a"), ["swift://archive/"]);
    assert_eq!(names("object cat swift://archive/"), ["swift://archive/notes.txt", "swift://archive/photos/"]);
    assert_eq!(names("object cp -r swift://archive/ph"), ["swift://archive/photos/"]);
    assert_eq!(names("object rm swift://archive/photos/"), ["swift://archive/photos/a b.jpg", "swift://archive/photos/c:d=e.jpg"]);
    assert_eq!(names("api compute.create_ser"), ["compute.create_server", "compute.create_server_group"]);
    assert!(names("object cat swift://none/").is_empty());
}

#[test]
fn clouds_come_from_the_files() {
    let bench = Bench::new();
    bench.file("clouds.yaml", "clouds: {prod: {}, pre: {}}");
    let names = |line: &str| offered(&mut bare(&bench.path("")), line);
    assert_eq!(names("--cloud "), ["pre", "prod", "emulator"]);
    assert_eq!(names("object ls --cloud=pro"), ["--cloud=prod"]);
    bench.file("clouds.yaml", "clouds: [");
    assert_eq!(names("--cloud "), ["emulator"]);
}

/// The cloud is the one that the line names, wherever the variables point.
#[test]
fn the_line_says_which_cloud() {
    let bench = filled();
    let mut clouds = "clouds: {lab: {region_name: RegionOne, auth: {".to_owned();
    for (name, value) in bench.emulator.environment() {
        let field = name.trim_start_matches("OS_").to_lowercase();
        if !["identity_api_version", "auth_type", "region_name"].contains(&field.as_str()) {
            clouds.push_str(&format!("{field}: '{value}', "));
        }
    }
    bench.file("clouds.yaml", clouds + "}}}");
    assert_eq!(offered(&mut bare(&bench.path("")), "--cloud lab container show b"), ["backup"]);
    assert!(offered(&mut bare(&bench.path("")), "--cloud none container show b").is_empty());
}

#[test]
fn names_are_kept_for_a_minute() {
    let bench = filled();
    bench.emulator.clear_requests();
    for _ in 0..3 {
        assert_eq!(offered(&mut bench.command(), "container show a"), ["archive"]);
        assert_eq!(offered(&mut bench.command(), "container show b"), ["backup"]);
    }
    assert_eq!(bench.logins(), 1);
    let folder = bench.path(".cache/k5/completion");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().flatten().collect();
    assert_eq!(files.len(), 1);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&files[0].path())), (0o700, 0o600));
    assert!(!std::fs::read_to_string(files[0].path()).unwrap().contains("demopw"));
    // One that others can read is not trusted.
    std::fs::set_permissions(files[0].path(), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(offered(&mut bench.command(), "container show b"), ["backup"]);
    assert_eq!(bench.logins(), 2);
}

#[test]
fn what_fails_is_silent_and_quick() {
    let bench = filled();
    let silent = |command: &mut Command| {
        let begun = Instant::now();
        let said: Run = run(command.args(["__complete", "container", "show", ""]), b"");
        assert_eq!((said.status, said.stderr.as_str(), said.text().as_str()), (0, "", "none\n"));
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    };
    silent(&mut bare(&bench.path("")));
    silent(bench.command().env("OS_AUTH_URL", "http://127.0.0.1:1/v3"));
    silent(bench.command().env("OS_CACERT", "/none"));
    let hanging = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    silent(bench.command().env("OS_AUTH_URL", format!("http://{}/v3", hanging.local_addr().unwrap())));
    // A login that fails is not tried at each press of Tab: K5 would lock the user.
    bench.emulator.clear_requests();
    for _ in 0..4 {
        silent(bench.command().env("OS_PASSWORD", "wrong").env("OS_USERNAME", "reader"));
    }
    assert_eq!(bench.logins(), 1);
    bench.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*").then(Fault::status(500))));
    silent(&mut bench.command());
}

#[test]
fn each_shell_has_its_script() {
    let bench = Bench::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = bench.ok(&format!("completion {shell}"));
        assert!(script.contains("__complete"), "{script}");
        let path = bench.file(shell, script);
        // The shell itself has no complaints, where it is installed.
        let Ok(checked) = Command::new(shell).arg("-n").arg(&path).output() else { continue };
        assert_eq!((checked.status.code(), String::from_utf8_lossy(&checked.stderr).as_ref()), (Some(0), ""), "{shell}");
    }
    assert!(bench.run(["completion", "tcsh"]).status == 2);
}

/// What bash offers for a line, which it splits into words at blanks, `:` and `=`.
fn by_bash(bench: &Bench, line: &str) -> Vec<String> {
    let script = bench.file("k5.bash", bench.ok("completion bash"));
    let (split, quoted) = line.split_once('\'').map_or((line, None), |(split, quoted)| (split, Some(format!("'{quoted}"))));
    let words = split.replace("://", " : //").replace('=', " = ");
    let mut words: Vec<_> = words.split(' ').collect();
    if let Some(quoted) = &quoted {
        // Between quotes it does not split.
        words.pop();
        words.push(quoted);
    }
    let word = |text: &&str| format!("'{}'", text.replace('\'', r"'\''"));
    let program = format!(
        "compopt() {{ :; }}; source {}; COMP_LINE={} COMP_POINT={} COMP_WORDS=({}) COMP_CWORD={} COMP_WORDBREAKS=$' \\t\\n\"\\'><=;|&(:'; \
         _k5; (( ${{#COMPREPLY[@]}} )) && printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        script.display(),
        word(&line),
        line.len(),
        words.iter().map(word).collect::<Vec<_>>().join(" "),
        words.len() - 1,
    );
    let bin = Path::new(env!("CARGO_BIN_EXE_k5")).parent().unwrap();
    let mut bash = bench.command_of("bash");
    bash.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).args(["-c", &program]);
    run(&mut bash, b"").text().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_urls_and_options() {
    let bench = filled();
    bench.file("photos/x.jpg", "");
    assert_eq!(by_bash(&bench, "k5 obj"), ["object"]);
    assert_eq!(by_bash(&bench, "k5 container show b"), ["backup"]);
    assert_eq!(by_bash(&bench, "k5 object ls swift://arch"), ["//archive/"]);
    assert_eq!(by_bash(&bench, "k5 object ls swift://archive/photos/a"), ["//archive/photos/a\\ b.jpg"]);
    assert_eq!(by_bash(&bench, "k5 object cp swift://archive/n"), ["//archive/notes.txt"]);
    assert_eq!(by_bash(&bench, "k5 object cat 'swift://archive/photos/a"), ["swift://archive/photos/a b.jpg"]);
    assert_eq!(by_bash(&bench, "k5 object cp pho"), ["photos/"]);
    assert_eq!(by_bash(&bench, "k5 --output=j"), ["json", "jsonl"]);
    assert_eq!(by_bash(&bench, "k5 -o y"), ["yaml"]);
}

#[test]
fn fish_completes_urls_and_options() {
    let bench = filled();
    if Command::new("fish").arg("--version").output().is_err() {
        return;
    }
    let script = bench.file("k5.fish", bench.ok("completion fish"));
    let bin = Path::new(env!("CARGO_BIN_EXE_k5")).parent().unwrap();
    let by_fish = |line: &str| {
        let mut fish = bench.command_of("fish");
        let program = format!("source {}; complete -C '{line}'", script.display());
        fish.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).args(["--no-config", "-c", &program]);
        let offered = run(&mut fish, b"").text();
        offered.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(by_fish("k5 obj"), ["object"]);
    assert_eq!(by_fish("k5 container show b"), ["backup"]);
    assert_eq!(by_fish("k5 object ls swift://archive/n"), ["swift://archive/notes.txt"]);
    assert_eq!(by_fish("k5 --output=j"), ["--output=json", "--output=jsonl"]);
}
