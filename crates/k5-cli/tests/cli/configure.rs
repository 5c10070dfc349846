//! `k5 configure`.

use crate::bench::{Bench, Run, bare, run};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};

/// The command in a folder without any configuration.
fn configure(bench: &Bench, arguments: &str) -> Command {
    let mut command = bare(&bench.path(""));
    command.arg("configure").args(arguments.split_whitespace());
    command
}

/// The options that lead to the emulator's user.
fn demo(bench: &Bench) -> String {
    format!("--os-auth-url http://{}/v3 --os-username demo --os-user-domain-name Default", bench.emulator.address())
}

fn folder(bench: &Bench) -> PathBuf {
    bench.path(".config/openstack")
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn read(bench: &Bench, name: &str) -> String {
    std::fs::read_to_string(folder(bench).join(name)).unwrap()
}

fn nothing_is_written(bench: &Bench) {
    assert!(!folder(bench).exists(), "{:?}", std::fs::read_dir(folder(bench)).unwrap().collect::<Vec<_>>());
}

#[test]
fn what_is_written_logs_in() {
    let bench = Bench::new();
    let said = run(&mut configure(&bench, &format!("--name prod {}", demo(&bench))), b"demopw\n");
    assert_eq!((said.status, said.stdout.len()), (0, 0), "{}", said.stderr);
    let last = said.stderr.lines().last().unwrap();
    assert!(
        last.ends_with("next: k5 --cloud prod doctor") && last.contains("clouds.yaml") && last.contains("secure.yaml"),
        "{last}"
    );
    // The login showed project and region.
    let clouds = read(&bench, "clouds.yaml");
    assert!(clouds.contains("project_id:") && clouds.contains("region_name: RegionOne") && !clouds.contains("demopw"), "{clouds}");
    assert_eq!(read(&bench, "secure.yaml"), "clouds:\n  prod:\n    auth:\n      password: demopw\n");
    assert_eq!(
        (mode(&folder(&bench)), mode(&folder(&bench).join("clouds.yaml")), mode(&folder(&bench).join("secure.yaml"))),
        (0o700, 0o600, 0o600)
    );
    assert_eq!(std::fs::read_dir(folder(&bench)).unwrap().count(), 2, "nothing else is left behind");
    run(bare(&bench.path("")).args(["--cloud", "prod", "container", "create", "c"]), b"").ok();
    assert_eq!(run(bare(&bench.path("")).args(["--cloud", "prod", "doctor"]), b"").status, 0);
}

#[test]
fn variables_become_an_entry() {
    let bench = Bench::new();
    let mut command = configure(&bench, "--name from-openrc");
    command.envs(bench.emulator.environment()).env("OS_CLOUD", "another");
    let said = run(&mut command, b"");
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(read(&bench, "clouds.yaml").contains("project_name: demo\n"));
    run(bare(&bench.path("")).args(["--cloud", "from-openrc", "container", "list"]), b"").ok();
}

#[test]
fn nothing_is_overwritten() {
    let bench = Bench::new();
    let old = "# mine\nclouds:\n    prod: # the old one\n        auth: {auth_url: 'http://old.example/v3'}\n        odd: [1,  2]\n\n    # another\n    other:   {region_name:  x}\nextra: yes\n";
    let secure = "clouds:\n  other:\n    auth:\n      password: 'of the other'\n";
    let (clouds, secrets) = (bench.file(".config/openstack/clouds.yaml", old), bench.file(".config/openstack/secure.yaml", secure));
    for (path, mode) in [(&clouds, 0o644), (&secrets, 0o644)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let line = format!("--name prod {}", demo(&bench));
    bench.emulator.clear_requests();
    let said = run(&mut configure(&bench, &line), b"demopw\n").fails(2);
    assert!(said.contains("clouds.yaml") && said.contains("\"prod\"") && said.contains("--replace"), "{said}");
    assert_eq!((read(&bench, "clouds.yaml").as_str(), read(&bench, "secure.yaml").as_str(), bench.logins()), (old, secure, 0));

    assert_eq!(run(&mut configure(&bench, &format!("{line} --replace")), b"demopw\n").status, 0);
    let new = read(&bench, "clouds.yaml");
    assert!(new.starts_with("# mine\nclouds:\n    prod:\n      auth:\n") && !new.contains("old.example"), "{new}");
    assert!(new.ends_with("\n\n    # another\n    other:   {region_name:  x}\nextra: yes\n"), "{new}");
    assert_eq!(read(&bench, "secure.yaml"), format!("{secure}  prod:\n    auth:\n      password: demopw\n"));
    // A file with secrets is closed to others; the other keeps its mode.
    assert_eq!((mode(&clouds), mode(&secrets)), (0o644, 0o600));
}

#[test]
fn a_login_that_fails_writes_nothing() {
    let bench = Bench::new();
    let line = format!("--name prod {}", demo(&bench));
    let said = run(&mut configure(&bench, &line), b"wr0ng-canary\n").fails(3);
    assert!(said.contains("401") && said.contains("--no-verify") && !said.contains("wr0ng-canary"), "{said}");
    nothing_is_written(&bench);
    let said = run(&mut configure(&bench, &format!("{line} --os-region-name Mars")), b"demopw\n").fails(3);
    assert!(said.contains("\"Mars\"") && said.contains("RegionOne"), "{said}");
    nothing_is_written(&bench);
    assert_eq!(run(&mut configure(&bench, &format!("--name prod {} --os-project-name nix", demo(&bench))), b"demopw\n").status, 3);
    nothing_is_written(&bench);

    bench.emulator.clear_requests();
    assert_eq!(run(&mut configure(&bench, &format!("{line} --no-verify")), b"wr0ng-canary\n").status, 0);
    assert_eq!(bench.emulator.requests().len(), 0);
    assert!(read(&bench, "secure.yaml").contains("wr0ng-canary"));
}

#[test]
fn a_region_is_enough_for_k5() {
    let bench = Bench::new();
    let user = "--os-username ops --os-user-domain-name CONTRACT --no-verify";
    assert_eq!(run(&mut configure(&bench, &format!("--name k5 --os-region-name uk-1 {user}")), b"pw\n").status, 0);
    let clouds = read(&bench, "clouds.yaml");
    assert!(clouds.contains("auth_url: https://identity.uk-1.cloud.global.fujitsu.com/v3\n"), "{clouds}");
    assert!(clouds.contains("user_domain_name: CONTRACT\n") && clouds.contains("region_name: uk-1\n"), "{clouds}");
    let said = run(&mut configure(&bench, &format!("--name x --os-region-name RegionOne {user}")), b"pw\n").fails(2);
    assert!(said.contains("\"RegionOne\"") && said.contains("--os-auth-url"), "{said}");
}

#[test]
fn what_is_missing_is_named() {
    let bench = Bench::new();
    let url = format!("--os-auth-url http://{}/v3", bench.emulator.address());
    for (arguments, named) in [
        (String::new(), "--name"),
        ("--name a".to_owned(), "--os-region-name"),
        (format!("--name a {url}"), "--os-username"),
        (format!("--name a {url} --os-username demo"), "--os-user-domain-name"),
        (format!("--name a {}", demo(&bench)), "OS_PASSWORD"),
        (format!("--name a {url} --os-application-credential-id x"), "OS_APPLICATION_CREDENTIAL_SECRET"),
        (format!("--name emulator {url}"), "built in"),
        (format!("--name a/b {url}"), "letters"),
        (format!("--name a --cloud b {url}"), "--cloud"),
        (format!("--name a -o json {url}"), "--output"),
    ] {
        let said = run(&mut configure(&bench, &arguments), b"").fails(2);
        assert!(said.contains(named), "{arguments}: {said}");
    }
    nothing_is_written(&bench);
    assert_eq!(bench.emulator.requests().len(), 0);
}

/// A user of two projects, none of which is the default.
const TWO_PROJECTS: &str = r#"
project = [{ name = "blue" }, { name = "green" }]
user = [{ name = "demo", password = "demopw", roles.blue = ["member", "SwiftOperator"], roles.green = ["member", "SwiftOperator"] }]
"#;

#[test]
fn several_projects_are_offered() {
    let accounts = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(accounts.path(), TWO_PROJECTS).unwrap();
    let bench = Bench::of(k5_emulator::Emulator::builder().accounts_file(accounts.path()));
    let line = format!("--name a {}", demo(&bench));
    let said = run(&mut configure(&bench, &line), b"demopw\n").fails(2);
    assert!(said.contains("blue (") && said.contains("green (") && said.contains("--os-project-id"), "{said}");
    nothing_is_written(&bench);
    // On a terminal, one is chosen.
    let (status, seen) =
        talk(&bench, &line, &[("Password: ", "demopw"), ("Which project [1]: ", "7"), ("Which project [1]: ", "green")]);
    assert_eq!(status, 0, "{seen}");
    assert!(seen.contains("1  blue") && seen.contains("2  green") && seen.contains("no such project"), "{seen}");
    let shown = run(bare(&bench.path("")).args(["--cloud", "a", "doctor", "-o", "json"]), b"").json();
    assert!(shown.to_string().contains("in project green"), "{shown}");
}

#[test]
fn an_application_credential() {
    let bench = Bench::new();
    let url = format!("http://{}/v3", bench.emulator.address());
    let mut command = configure(&bench, "--name app --os-application-credential-id c0ffee00c0ffee00c0ffee00c0ffee00 --os-auth-url");
    assert_eq!(run(command.arg(url).env("OS_APPLICATION_CREDENTIAL_SECRET", "demo-app-secret"), b"").status, 0);
    assert!(!read(&bench, "clouds.yaml").contains("demo-app-secret"));
    assert!(read(&bench, "secure.yaml").contains("application_credential_secret: demo-app-secret\n"));
    run(bare(&bench.path("")).args(["--cloud", "app", "container", "list"]), b"").ok();
}

#[test]
fn no_output_holds_a_secret() {
    let bench = Bench::new();
    let clean = |said: &Run| {
        let stdout = String::from_utf8_lossy(&said.stdout);
        for secret in ["c4nary-pw", "demopw", "c4nary-app", "c4nary-token"] {
            assert!(!said.stderr.contains(secret) && !stdout.contains(secret), "{}{stdout}", said.stderr);
        }
    };
    let line = format!("-vvv --name a --replace {}", demo(&bench));
    clean(&run(&mut configure(&bench, &line), b"c4nary-pw\n"));
    clean(&run(configure(&bench, &line).env("OS_PASSWORD", "c4nary-pw"), b""));
    let done = run(configure(&bench, &line).env("OS_PASSWORD", "demopw"), b"");
    assert!(done.status == 0 && done.stderr.contains("TRACE"), "{}", done.stderr);
    clean(&done);
    let url = format!("-vvv --name b --os-auth-url http://{}/v3", bench.emulator.address());
    clean(&run(
        configure(&bench, &url).args(["--os-application-credential-id", "x", "--os-application-credential-secret", "c4nary-app"]),
        b"",
    ));
    clean(&run(configure(&bench, &url).env("OS_TOKEN", "c4nary-token"), b""));
    // A file that can't be edited is not quoted.
    bench.file(".config/openstack/secure.yaml", "clouds: {a: {auth: {password: c4nary-pw}}}\n");
    clean(&run(configure(&bench, &line).env("OS_PASSWORD", "demopw"), b""));
    bench.file(".config/openstack/secure.yaml", "clouds:\n  a: {auth: {password: 'c4nary-pw\n");
    clean(&run(configure(&bench, &line).env("OS_PASSWORD", "demopw"), b""));
}

#[test]
fn the_files_that_are_read_are_the_ones() {
    let bench = Bench::new();
    let named = bench.file("elsewhere/my-clouds.yaml", "clouds:\n  a: {}\n");
    let mut command = configure(&bench, &format!("--name prod {}", demo(&bench)));
    command.env("OS_CLIENT_CONFIG_FILE", &named).env("OS_CLIENT_SECURE_FILE", bench.path("elsewhere/my-secure.yaml"));
    assert_eq!(run(&mut command, b"demopw\n").status, 0);
    assert!(std::fs::read_to_string(&named).unwrap().starts_with("clouds:\n  a: {}\n  prod:\n"));
    assert!(std::fs::read_to_string(bench.path("elsewhere/my-secure.yaml")).unwrap().contains("demopw"));
    nothing_is_written(&bench);
    let json = bench.file("clouds.json", "{}");
    let said =
        run(configure(&bench, &format!("--name x {}", demo(&bench))).env("OS_CLIENT_CONFIG_FILE", json), b"demopw\n").fails(2);
    assert!(said.contains("JSON"), "{said}");
}

/// The command on a terminal of its own: the side that a person sits at, the side that the program has, and the program.
fn on_a_terminal(bench: &Bench, arguments: &str) -> (File, File, Child) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let path = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let end = || File::options().read(true).write(true).open(&path).unwrap();
    let child = configure(bench, arguments).stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
    (File::from(terminal), end(), child)
}

/// A conversation on a terminal: each question is awaited, then answered.
fn talk(bench: &Bench, arguments: &str, conversation: &[(&str, &str)]) -> (i32, String) {
    let (mut terminal, _, mut child) = on_a_terminal(bench, arguments);
    let seen = Arc::new(Mutex::new(String::new()));
    let (mut output, heard) = (terminal.try_clone().unwrap(), seen.clone());
    std::thread::spawn(move || {
        let mut bytes = [0; 1024];
        while let Ok(length @ 1..) = output.read(&mut bytes) {
            heard.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..length]));
        }
    });
    let mut from = 0;
    for (question, answer) in conversation {
        crate::bench::wait_for(|| seen.lock().unwrap()[from..].contains(question));
        from = seen.lock().unwrap().len();
        terminal.write_all(format!("{answer}\n").as_bytes()).unwrap();
    }
    let status = child.wait().unwrap().code().unwrap_or(-1);
    crate::bench::wait_for(|| status != 0 || seen.lock().unwrap().contains("next: "));
    (status, seen.lock().unwrap().clone())
}

#[test]
fn a_terminal_is_asked() {
    let bench = Bench::new();
    let url = format!("http://{}", bench.emulator.address());
    let conversation = [
        ("Name for the cloud, such as prod: ", "lab"),
        ("another cloud: ", url.as_str()),
        ("User: ", "demo"),
        ("Domain of the user [Default]: ", ""),
        ("Password: ", "demopw"),
    ];
    let (status, seen) = talk(&bench, "", &conversation);
    assert_eq!(status, 0, "{seen}");
    assert!(seen.contains("demo") && !seen.contains("demopw"), "what is typed shows, but the password: {seen}");
    run(bare(&bench.path("")).args(["--cloud", "lab", "container", "list"]), b"").ok();
}

#[test]
fn an_interrupted_question_leaves_the_terminal_as_it_was() {
    let bench = Bench::new();
    let (_terminal, end, mut child) = on_a_terminal(&bench, &format!("--name lab {}", demo(&bench)));
    let echoes = || tcgetattr(&end).unwrap().local_modes.contains(LocalModes::ECHO);
    crate::bench::wait_for(|| !echoes());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(echoes());
    nothing_is_written(&bench);
}
