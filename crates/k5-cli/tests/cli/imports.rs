//! `import create`.

use crate::bench::{Bench, Run, noise, wait_for};
use k5_emulator::{Emulator, Fault, Faults, Rule};
use std::process::Stdio;
use std::time::Duration;

/// A cloud whose imports are done soon.
fn quick() -> Bench {
    Bench::of(Emulator::builder().transition_time(Duration::from_millis(100)))
}

#[test]
fn a_file_becomes_an_image() {
    let bench = quick();
    bench.file("web.vmdk", noise(200_000));
    let line = "import create --os-type centos --min-disk 30 --min-ram 512 --remove-object --wait web.vmdk -o json";
    let made = bench.run(line.split(' ')).json();
    assert_eq!((&made["import_status"], &made["name"]), (&"succeeded".into(), &"web".into()));
    assert!(made["import_id"].as_str().is_some_and(|id| !id.is_empty()), "{made}");
    let image = bench.run(["image", "show", "web", "-o", "json"]).json();
    assert_eq!((&image["min_disk"], &image["min_ram"]), (&30.into(), &512.into()));
    assert_eq!(image["id"], made["id"]);
    assert!(bench.names("vm-imports").is_empty());
}

#[test]
fn without_waiting_the_id_is_printed() {
    let bench = quick();
    bench.file("web.vmdk", noise(1_000));
    let made = bench
        .run("import create --os-type centos --name db --container disks --object a/b.vmdk web.vmdk -o json".split(' '))
        .json();
    assert_eq!(made.as_object().map(|made| made.keys().cloned().collect::<Vec<_>>()), Some(vec!["import_id".to_owned()]));
    assert_eq!(bench.names("disks"), ["a/b.vmdk"]);
    let id = made["import_id"].as_str().unwrap();
    assert_eq!(bench.ok(&format!("import show {id} --wait -f value -c import_status")), "succeeded\n");
    assert_eq!(bench.ok("image show db -f value -c name"), "db\n");
    // What is stored already is registered from there.
    let made = bench.run("import create --os-type centos --wait swift://disks/a/b.vmdk -o json".split(' ')).json();
    assert_eq!((&made["import_status"], &made["name"]), (&"succeeded".into(), &"b".into()));
}

#[test]
fn wrong_input_stores_nothing() {
    let bench = quick();
    bench.file("web.vmdk", noise(1_000));
    bench.file("web.img", noise(1_000));
    bench.file("empty.vmdk", "");
    for line in [
        "import create --os-type centos missing.vmdk",
        "import create --os-type centos web.img",
        "import create --os-type centos empty.vmdk",
        "import create web.vmdk",
        "import create --os-type centos --remove-object web.vmdk",
        "import create --os-type centos --checksum 12 web.vmdk",
        "import create --os-type centos --convert-user me web.vmdk",
        "import create --os-type centos --property a=1 --property a=2 web.vmdk",
        "import create --os-type centos -c import_status web.vmdk",
        "import create --os-type centos swift://disks",
        "import create --os-type centos swift://disks/web.img",
        "import create --os-type centos --overwrite swift://disks/web.vmdk",
    ] {
        let run = bench.run(line.split(' '));
        assert_eq!(run.status, 2, "{line}: {}", run.stderr);
    }
    assert!(bench.emulator.requests().is_empty(), "{:?}", bench.emulator.requests());
    let said = bench.fails("import create --os-type centos swift://disks/missing.vmdk", 1);
    assert!(said.contains("swift://disks/missing.vmdk"), "{said}");
    assert_eq!(bench.run(["import", "list", "-f", "value"]).ok(), "");
}

#[test]
fn an_object_of_the_same_name_stays() {
    let bench = quick();
    bench.file("web.vmdk", "old");
    bench.ok("import create --os-type centos web.vmdk -f value");
    bench.file("web.vmdk", "newer");
    let said = bench.fails("import create --os-type centos web.vmdk", 1);
    assert!(said.contains("swift://vm-imports/web.vmdk") && said.contains("already exists"), "{said}");
    assert_eq!(bench.ok("object cat swift://vm-imports/web.vmdk"), "old");
    bench.ok("import create --os-type centos --overwrite web.vmdk -f value");
    assert_eq!(bench.ok("object cat swift://vm-imports/web.vmdk"), "newer");
}

#[test]
fn what_fails_says_where_the_disk_is() {
    let bench = quick();
    bench.file("web.vmdk", noise(1_000));
    bench.emulator.faults(Faults::new().rule(Rule::on("POST", "*/imageimport").then(Fault::status(400))));
    let said = bench.fails("import create --os-type centos web.vmdk", 1);
    assert!(said.contains("the disk is in swift://vm-imports/web.vmdk"), "{said}");
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/vm-imports/*").then(Fault::status(403))));
    bench.fails("import create --os-type centos --object other.vmdk web.vmdk", 1);
    bench.emulator.faults(Faults::new());
    assert_eq!(bench.names("vm-imports"), ["web.vmdk"]);
}

#[test]
fn an_interrupted_wait_prints_the_id() {
    let bench = Bench::of(Emulator::builder().transition_time(Duration::from_secs(60)));
    bench.file("web.vmdk", noise(1_000));
    let mut creating = bench.command();
    creating.args("import create --os-type centos --wait web.vmdk -f value -c import_id".split(' '));
    let creating = creating.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(|| bench.emulator.requests().iter().any(|request| request.method == "GET" && request.path.ends_with("/status")));
    assert!(std::process::Command::new("kill").args(["-INT", &creating.id().to_string()]).status().unwrap().success());
    let run = Run::from(creating.wait_with_output().unwrap());
    assert_eq!(run.status, 130, "{}", run.stderr);
    assert_eq!(run.text(), bench.ok("import list -f value -c ID"));
}
