//! The examples in the help of commands do what they say.

use crate::bench::{bare, run};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What stands below the heading EXAMPLES in the help of each command: its name, and its command lines.
fn examples(help: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for page in help.split("\n=== ").map(|page| page.trim_start_matches("=== ")) {
        let (name, text) = page.split_once(" ===\n").expect("a name");
        let heading = |line: &str| line.trim_end_matches(':').eq_ignore_ascii_case("examples");
        let mut lines = text.lines().skip_while(|line| !heading(line)).skip(1);
        let mut commands = Vec::new();
        while let Some(line) = lines.next() {
            let line = line.trim();
            let Some(command) = line.strip_prefix("$ ").or(Some(line)).filter(|line| line.starts_with("k5 ")) else { continue };
            let mut command = command.to_owned();
            while let Some(begun) = command.strip_suffix('\\') {
                command = format!("{begun}{}", lines.next().expect("a line that goes on").trim());
            }
            commands.push(command);
        }
        found.push((name.to_owned(), commands));
    }
    found
}

/// Runs a line of a shell, and ends what it has left running.
fn run_line(line: &str, folder: &Path) -> (Option<i32>, String) {
    let bin = Path::new(env!("CARGO_BIN_EXE_k5")).parent().expect("a folder");
    // Programs that the examples run instead of the machine's own.
    let own = folder.join(".bin");
    let path = format!("{}:{}:{}", bin.display(), own.display(), std::env::var("PATH").unwrap_or_default());
    let said = std::fs::File::create(folder.join(".said")).expect("a file");
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("set -o pipefail; {line}")]).env_clear().env("PATH", path).env("HOME", folder).current_dir(folder);
    shell.env("OS_CLOUD", "emulator").env("K5_EMULATOR_DIR", folder.join(".emulator")).process_group(0);
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
    let mut child = shell.spawn().expect("bash");
    let status = child.wait().expect("an end");
    let _ = Command::new("kill").args(["-9", "--", &format!("-{}", child.id())]).stderr(Stdio::null()).status();
    (status.code(), std::fs::read_to_string(folder.join(".said")).unwrap_or_default())
}

/// Examples that the built-in emulator can't carry out: each run of it has tokens of its own, and it makes no ports.
const ELSEWHERE: &[&str] = &["k5 token revoke ", "k5 server add port "];

/// Whether this machine can make the RSA key that Windows servers need; without it their examples are left out, and the test says so.
fn makes_keys() -> bool {
    let is_there = Command::new("ssh-keygen").arg("-?").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !is_there {
        eprintln!("SKIPPED: ssh-keygen is missing, so the examples about the passwords of servers");
    }
    is_there
}

/// What the examples find in the cloud.
const PREPARED: &[&str] = &[
    "k5 volume create --size 3 --wait data-1",
    "k5 volume snapshot create --volume data-1 --wait nightly",
    "k5 server create --flavor m1.tiny --image cirros --wait db-1",
    "k5 api image.create_image --body image.json",
    "k5 object cp vm.vmdk swift://imports/",
    "k5 api vm_import.register_image --body import.json",
    "ssh-keygen -q -t rsa -b 2048 -m PEM -N '' -f windows.pem",
    "k5 keypair create --public-key windows.pem.pub windows",
    "k5 server create --flavor m1.tiny --image cirros --key-name windows --wait windows-1",
    "k5 sap network create --subnet 4fc67f0e-2d85-4b1c-8a2e-9d7e3d0a1b10 --availability-zone nova --wait",
    "k5 sap server create --template WS-1 --image WindowsServer2012R2SE_64_en --availability-zone nova --network $(k5 sap network list -o value -c ID) --wait erp",
];

#[test]
fn every_example_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("created");
        std::fs::write(path, text).expect("written");
    };
    // What the examples find in their folder.
    file("notes.txt", "water the plants\n");
    file("photos/a.jpg", "a");
    file("photos/trips/b.jpg", "b");
    file("disk.img", "a disk");
    file("key.txt", "the key of the links\n");
    file("password.txt", "the password\n");
    file("keypair.json", r#"{"keypair": {"name": "ops"}}"#);
    for below in [".local/share/bash-completion/completions", ".zfunc", ".config/fish/completions"] {
        std::fs::create_dir_all(folder.path().join(below)).expect("created");
    }

    file("init.sh", "#!/bin/sh\necho hello\n");
    file("image.json", r#"{"name": "my-image", "visibility": "shared"}"#);
    file("vm.vmdk", "a disk");
    file(
        "import.json",
        r#"{"name": "erp", "location": "/v1/AUTH_8ad5d0d65bedf42e4e05f53cbaf28fc0/imports/vm.vmdk", "os_type": "rhel7"}"#,
    );
    file(".bin/ssh", "#!/bin/sh\n");
    std::fs::set_permissions(folder.path().join(".bin/ssh"), Permissions::from_mode(0o755)).expect("executable");
    // And in the cloud.
    let makes_keys = makes_keys();
    let is_possible = |line: &str| makes_keys || !line.contains("windows");
    for line in PREPARED.iter().filter(|line| is_possible(line)) {
        let (status, said) = run_line(line, folder.path());
        assert_eq!(status, Some(0), "{line}\n{said}");
    }

    let help = run(bare(folder.path()).args(["help", "--all"]), b"").ok();
    let found = examples(&help);
    let mut count = 0;
    for (name, lines) in &found {
        for line in lines.iter().filter(|line| is_possible(line) && !ELSEWHERE.iter().any(|start| line.starts_with(start))) {
            let (status, said) = run_line(line, folder.path());
            assert_eq!(status, Some(0), "{name}: {line}\n{said}");
            count += 1;
        }
    }
    assert!(count > 60 && found.len() > 30, "{count} examples of {} commands", found.len());
}

/// The commands in the README of this crate, all but the first, which installs the program.
#[test]
fn the_readme_is_right() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = include_str!("../../README.md");
    let block = page.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("commands");
    let commands: Vec<_> = block.lines().filter(|line| !line.starts_with("cargo install ")).collect();
    assert!(commands.len() > 3, "{commands:?}");
    let (status, said) = run_line(&commands.join(" && "), folder.path());
    assert_eq!(status, Some(0), "{said}");
}
