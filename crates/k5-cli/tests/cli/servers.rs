//! Commands on servers that are written by hand.

use crate::bench::{Bench, Run, run};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

fn create(bench: &Bench, options: &str) {
    bench.ok(&format!("server create --flavor m1.tiny --image cirros {options} --wait -f value -c id"));
}

/// Runs a tool that the tests need.
fn tool(bench: &Bench, line: &[&str]) {
    let made = Command::new(line[0]).args(&line[1..]).current_dir(bench.path("")).output().unwrap();
    assert!(made.status.success(), "{line:?}: {}", String::from_utf8_lossy(&made.stderr));
}

#[test]
fn a_network_goes_with_all_interfaces_in_it() {
    let bench = Bench::new();
    create(&bench, "web");
    let networks = || bench.run(["server", "show", "web", "-o", "json"]).json()["addresses"].clone();
    assert!(networks()["private"].is_array(), "{}", networks());
    let said = bench.fails("server remove network web no-such-network", 1);
    assert!(said.contains("server remove network web no-such-network: "), "{said}");
    bench.fails("server remove network no-such-server private", 1);
    bench.fails("server remove network web private -o json", 2);
    bench.ok("server remove network web private");
    crate::bench::wait_for(|| networks().get("private").is_none());
    let said = bench.fails("server remove network web private", 1);
    assert!(said.contains("has no interface in the network"), "{said}");
}

#[test]
fn a_password_is_decrypted_with_the_key_alone() {
    if std::process::Command::new("ssh-keygen").arg("-?").output().is_err() {
        eprintln!("SKIPPED: ssh-keygen is missing");
        return;
    }
    let bench = Bench::new();
    tool(&bench, &["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", "plain"]);
    tool(&bench, &["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "open sesame", "-f", "locked"]);
    for name in ["plain", "locked"] {
        bench.ok(&format!("keypair create --public-key {name}.pub {name} -f value -c name"));
        create(&bench, &format!("--key-name {name} --password s3cret-{name} of-{name}"));
    }
    create(&bench, "without");
    assert_eq!(bench.ok("server password show of-plain --private-key plain"), "s3cret-plain\n");
    // Without the key, it is what the server has encrypted.
    let sealed = bench.ok("server password show of-plain");
    assert!(sealed.len() > 300 && !sealed.contains("s3cret"), "{sealed}");

    bench.emulator.clear_requests();
    let said = bench.fails("server password show of-locked --private-key locked", 2);
    assert!(said.contains("locked: the private key is encrypted: set K5_KEY_PASSPHRASE"), "{said}");
    for key in ["missing", "locked.pub"] {
        let said = bench.fails(&format!("server password show of-locked --private-key {key}"), 2);
        assert!(said.contains(key), "{said}");
    }
    let with = |passphrase: &str| {
        let mut command = bench.command();
        command.env("K5_KEY_PASSPHRASE", passphrase);
        run(command.args(["server", "password", "show", "of-locked", "--private-key", "locked"]), b"")
    };
    let said = with("wrong").fails(2);
    assert!(said.contains("locked: ") && !said.contains("wrong passphrase is wrong"), "{said}");
    assert!(bench.emulator.requests().is_empty());
    assert_eq!(with("open sesame").ok(), "s3cret-locked\n");

    let said = bench.fails("server password show of-locked --private-key plain", 1);
    assert!(said.contains("encrypted for another key"), "{said}");
    let said = bench.fails("server password show without", 1);
    assert!(said.contains("server password show without: the server has not set a password"), "{said}");
}

/// A stand-in for ssh that prints what it was given.
fn ssh(bench: &Bench, args: &[&str]) -> Run {
    let path = bench.file("bin/ssh", "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 7\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = bench.command();
    let folder = Path::new(&path).parent().unwrap();
    run(command.env("PATH", format!("{}:/usr/bin:/bin", folder.display())).args(["server", "ssh"]).args(args), b"")
}

#[test]
fn ssh_gets_the_address_and_the_rest() {
    let bench = Bench::new();
    create(&bench, "web");
    let shown = bench.run(["server", "show", "web", "-o", "json"]).json();
    let address = shown["addresses"]["private"][0]["addr"].as_str().unwrap().to_owned();
    let got = ssh(&bench, &["web", "--login", "root", "--", "-v", "uptime"]);
    // The exit status is that of ssh.
    assert_eq!((got.status, got.text()), (7, format!("-l\nroot\n{address}\n-v\nuptime\n")));
    assert_eq!(ssh(&bench, &["web", "--address-type", "fixed"]).text(), format!("{address}\n"));
    for options in [["--address-type", "floating"].as_slice(), &["--ipv6"]] {
        let said = ssh(&bench, &[&["web"], options].concat()).fails(1);
        assert!(said.contains(&format!("the server has no such address; its addresses are {address} (fixed)")), "{said}");
    }
    ssh(&bench, &["no-such-server"]).fails(1);
    let mut command = bench.command();
    let said = run(command.env("PATH", bench.path("nothing")).args(["server", "ssh", "web"]), b"").fails(2);
    assert!(said.contains("ssh can't be run: "), "{said}");
}
