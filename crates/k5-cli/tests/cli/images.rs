//! Images: their data, and changes to them.

use crate::bench::{Bench, Run, noise, run, wait_for};
use k5_emulator::{Fault, Faults, RecordedRequest, Rule};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;

const DATA: &str = "*/v2/images/*/file";

fn images(bench: &Bench) -> Vec<String> {
    let listed = bench.ok("image list -f value -c Name --sort-column Name");
    listed.lines().map(str::to_owned).filter(|name| name != "cirros").collect()
}

fn show(bench: &Bench, name: &str) -> Value {
    bench.run(["image", "show", name, "-o", "json"]).json()
}

fn checksum(bytes: &[u8]) -> String {
    let mut md5 = k5_md5::Md5::new();
    md5.update(bytes);
    k5_md5::hex(&md5.finish())
}

fn uploads(bench: &Bench) -> usize {
    let is_upload = |request: &RecordedRequest| request.method == "PUT" && request.path.ends_with("/file");
    bench.emulator.requests().iter().filter(|request| is_upload(request)).count()
}

#[test]
fn a_record_alone_is_queued() {
    let bench = Bench::new();
    // What is on stdin is no data unless that is said.
    let line = "image create later --disk-format qcow2 --min-disk 3 --min-ram 64 --private --protected --property a=b=c --tag x --tag y \
                --id 7c1c2f0e-3c5e-4ad1-b0a4-3a1f6f3a7a11 -o json";
    let made = bench.run_with(line.split_whitespace(), b"some data").json();
    let wanted = json!({"id": "7c1c2f0e-3c5e-4ad1-b0a4-3a1f6f3a7a11", "name": "later", "status": "queued", "disk_format": "qcow2",
        "container_format": "bare", "min_disk": 3, "min_ram": 64, "visibility": "private", "protected": true, "a": "b=c"});
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    assert_eq!(made["tags"].as_array().map(Vec::len), Some(2), "{made}");
    assert_eq!(uploads(&bench), 0);
    assert_eq!(bench.ok("image show later -f value -c a -c status"), "queued\nb=c\n");
    assert!(bench.fails("image show later -c aa", 1).contains("no field \"aa\""));
    // The cloud decides who sees it.
    bench.emulator.clear_requests();
    assert_eq!(bench.ok("image create other -f value -c visibility -c disk_format"), "shared\nraw\n");
    // Another image of this id.
    let said = bench.fails("image create later --id 7c1c2f0e-3c5e-4ad1-b0a4-3a1f6f3a7a11", 1);
    assert!(said.contains("image create later: image.create_image: 409"), "{said}");
}

#[test]
fn wrong_usage_sends_nothing() {
    let bench = Bench::new();
    bench.file("disk", "data");
    std::fs::create_dir(bench.path("folder")).unwrap();
    for line in [
        "image create x --file missing",
        "image create x --file folder",
        "image create x --file disk --volume v",
        "image create x --force",
        "image create x --wait",
        "image create x --public --private",
        "image create x --protected --unprotected",
        "image create x --property a",
        "image create x --property a=1 --property a=2",
        "image create x --property min_disk=1",
        "image create x --volume v --property a=1",
        "image create x --volume v -c no_such",
        "image set cirros",
        "image set cirros --property name=x",
        "image set cirros --accept --reject",
        "image set cirros --project p --name x",
        "image set cirros --name x -o json",
        "image unset cirros",
        "image unset cirros --property name",
    ] {
        let run = bench.run(line.split_whitespace());
        assert_eq!(run.status, 2, "{line}: {}", run.stderr);
    }
    assert!(bench.emulator.requests().is_empty(), "{:?}", bench.emulator.requests());
}

#[test]
fn data_comes_from_a_file_a_pipe_or_stdin() {
    let bench = Bench::new();
    let data = noise(3_000_000);
    bench.file("disk.img", &data);
    let made = bench.run(["image", "create", "--file", "disk.img", "--wait", "web", "-o", "json"]).json();
    assert_eq!((&made["status"], &made["size"]), (&json!("active"), &json!(3_000_000)));
    assert_eq!(made["checksum"], json!(checksum(&data)));
    let made = bench.run_with(["image", "create", "--file", "-", "piped", "-o", "json"], &data[..70_000]).json();
    assert_eq!((&made["status"], &made["checksum"]), (&json!("active"), &json!(checksum(&data[..70_000]))));
    assert_eq!(images(&bench), ["piped", "web"]);
}

#[test]
fn a_failed_upload_leaves_no_image() {
    let bench = Bench::new();
    bench.file("disk.img", noise(300_000));
    for fault in [Fault::status(403), Fault::reject(100_000, 413), Fault::close_after(100_000)] {
        bench.emulator.faults(Faults::new().rule(Rule::on("PUT", DATA).then(fault.clone())));
        let said = bench.fails("image create web --file disk.img", 1);
        assert!(said.contains("image create web: ") && said.contains("The image was deleted again"), "{fault:?}: {said}");
        assert!(images(&bench).is_empty(), "{fault:?}");
    }
    // It can't be deleted again.
    let faults = Faults::new().rule(Rule::on("PUT", DATA).then(Fault::status(403)));
    bench.emulator.faults(faults.rule(Rule::on("DELETE", "*/v2/images/*").then(Fault::status(403))));
    let said = bench.fails("image create web --file disk.img", 1);
    let id = bench.ok("image list --name web -f value -c ID");
    assert!(said.contains(&format!("k5 image delete {}", id.trim())), "{said}");
}

#[test]
fn an_answer_that_is_lost_is_not_a_failure() {
    let bench = Bench::new();
    bench.file("disk.img", noise(300_000));
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", DATA).then(Fault::lose_answer())));
    let made = bench.run(["image", "create", "web", "--file", "disk.img", "-o", "json"]).json();
    assert_eq!((&made["status"], &made["size"]), (&json!("active"), &json!(300_000)));
    // Nor is it known what became of it.
    let faults = Faults::new().rule(Rule::on("PUT", DATA).then(Fault::lose_answer()));
    bench.emulator.faults(faults.rule(Rule::on("GET", "*/v2/images/*").then(Fault::status(400))));
    let said = bench.fails("image create doubtful --file disk.img", 1);
    assert!(said.contains("It is not known what became of the data: k5 image show "), "{said}");
    bench.emulator.faults(Faults::new());
    assert_eq!(images(&bench), ["doubtful", "web"]);
}

#[test]
fn damaged_data_leaves_no_image() {
    let bench = Bench::new();
    bench.file("disk.img", noise(300_000));
    let damaged = Fault::status(200).header("Content-Type", "application/json").body(
        r#"{"id": "7c1c2f0e-3c5e-4ad1-b0a4-3a1f6f3a7a11", "status": "active", "size": 300000, "checksum": "00000000000000000000000000000000"}"#,
    );
    bench.emulator.faults(Faults::new().rule(Rule::on("GET", "*/v2/images/*").first(1).then(damaged)));
    let said = bench.fails("image create web --file disk.img", 1);
    assert!(said.contains("what arrived is not what was sent: 300000 bytes with the checksum 0000"), "{said}");
    assert!(images(&bench).is_empty());
}

#[test]
fn an_interrupted_upload_names_the_image() {
    let bench = Bench::new();
    bench.file("disk.img", noise(300_000));
    bench.emulator.faults(Faults::new().rule(Rule::on("PUT", DATA).then(Fault::delay(Duration::from_secs(20)))));
    let mut creating = bench.command();
    creating.args(["image", "create", "web", "--file", "disk.img"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let creating = creating.spawn().unwrap();
    wait_for(|| uploads(&bench) > 0);
    let id = creating.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let said = Run::from(creating.wait_with_output().unwrap()).fails(130);
    let image = bench.ok("image list -f value -c ID --name web");
    assert!(said.contains(&format!("image create web: the image {} is left without its data", image.trim())), "{said}");
}

#[test]
fn a_volume_becomes_an_image() {
    let bench = Bench::new();
    bench.ok("volume create --size 1 --wait data -f value -c id");
    let made = bench.run(["image", "create", "--volume", "data", "--disk-format", "qcow2", "copy", "-o", "json"]).json();
    assert_eq!((&made["image_name"], &made["disk_format"]), (&json!("copy"), &json!("qcow2")));
    assert_eq!(show(&bench, made["image_id"].as_str().unwrap())["name"], "copy");
    wait_for(|| bench.ok("volume show data -f value -c status") == "available\n");
    let run = bench.run(["image", "create", "--volume", "data", "--wait", "second", "-o", "json"]);
    let made = run.json();
    assert_eq!((&made["name"], &made["status"]), (&json!("second"), &json!("active")));
    let said = bench.fails("image create --volume nothing third", 1);
    assert!(said.contains("nothing"), "{said}");
}

#[test]
fn changes() {
    let bench = Bench::new();
    bench.ok("image create web --tag old --property a=1 -f value -c id");
    bench.ok("image set web --name db --min-disk 2 --min-ram 3 --container-format ovf --disk-format vmdk --private --protected \
         --property a=2 --property b/c~d=3 --tag new --tag old");
    let image = show(&bench, "db");
    let wanted = json!({"min_disk": 2, "min_ram": 3, "container_format": "ovf", "disk_format": "vmdk", "visibility": "private",
        "protected": true, "a": "2", "b/c~d": "3"});
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&image[name], value, "{name}");
    }
    let tags = |image: &Value| {
        let mut tags: Vec<String> = image["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect();
        tags.sort();
        tags
    };
    assert_eq!(tags(&image), ["new", "old"]);
    // One of them is not there, so all stays.
    let said = bench.fails("image unset db --property a --property zzz --tag nope --tag new", 1);
    assert!(said.contains("image unset db: the image has no property zzz, no tag nope; nothing was changed"), "{said}");
    assert_eq!(show(&bench, "db"), image);
    bench.ok("image unset db --property b/c~d --property a --tag old");
    let image = show(&bench, "db");
    assert!(image.get("a").is_none() && image.get("b/c~d").is_none(), "{image}");
    assert_eq!(tags(&image), ["new"]);
    let said = bench.fails("image set nothing --name x", 1);
    assert!(said.contains("image set nothing: "), "{said}");
}

#[test]
fn a_project_answers_an_image_that_is_shared_with_it() {
    let bench = Bench::new();
    let other = |args: &[&str]| {
        let mut command = bench.command();
        command.envs(bench.emulator.environment_of("alt_demo").unwrap()).args(args);
        run(&mut command, b"")
    };
    bench.ok("image create web --shared -f value -c id");
    let project = other(&["token", "issue", "-f", "value", "-c", "project_id"]).ok();
    bench.ok(&format!("image add project web {} -o json", project.trim()));
    let status = || bench.run(["image", "member", "list", "web", "-f", "value", "-c", "Status"]).ok();
    assert_eq!(status(), "pending\n");
    // The image is in no list of the project yet, and is found by its name all the same.
    other(&["image", "set", "--accept", "web"]).ok();
    assert_eq!(status(), "accepted\n");
    other(&["image", "set", "--reject", "--project", project.trim(), "web"]).ok();
    assert_eq!(status(), "rejected\n");
    other(&["image", "set", "--pending", "web"]).ok();
    assert_eq!(status(), "pending\n");
    // Who owns it may not answer.
    bench.fails(&format!("image set --accept --project {} web", project.trim()), 1);
    other(&["image", "set", "--accept", "no-such-image"]).fails(1);
}

fn files(bench: &Bench) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(bench.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn data_is_saved() {
    let bench = Bench::new();
    let data = noise(700_000);
    bench.file("disk.img", &data);
    bench.ok("image create web --file disk.img -f value -c id");
    assert!(bench.run(["image", "save", "web"]).stdout == data);
    bench.file("copy.img", "old");
    bench.ok("image save --file copy.img web");
    assert!(std::fs::read(bench.path("copy.img")).unwrap() == data);
    assert_eq!(files(&bench), ["copy.img", "disk.img"]);

    bench.ok("image create later -f value -c status");
    let said = bench.fails("image save later --file copy.img", 1);
    assert!(said.contains("image save later: the image has no data; its status is queued"), "{said}");
    let said = bench.fails("image save nothing --file copy.img", 1);
    assert!(said.contains("image save nothing: "), "{said}");
    assert!(std::fs::read(bench.path("copy.img")).unwrap() == data);
    assert_eq!(files(&bench), ["copy.img", "disk.img"]);
}

#[test]
fn what_is_no_file_is_not_written_to() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("folder")).unwrap();
    std::os::unix::fs::symlink(bench.path("elsewhere"), bench.path("link")).unwrap();
    for (line, why) in [
        ("image save cirros --file folder", "folder exists and is not a file"),
        ("image save cirros --file link", "link is a symbolic link"),
        ("image save cirros --file missing/x", "missing/x"),
        ("image save cirros -o json", "--output"),
    ] {
        let said = bench.fails(line, 2);
        assert!(said.contains(why), "{line}: {said}");
    }
    assert!(bench.emulator.requests().is_empty());
    assert_eq!(files(&bench), ["folder", "link"]);
}

#[test]
fn damaged_data_is_not_saved() {
    let bench = Bench::new();
    bench.file("disk.img", noise(300_000));
    bench.ok("image create web --file disk.img -f value -c id");
    bench.file("copy.img", "old");
    for fault in [Fault::corrupt(1_000), Fault::truncate(100_000), Fault::reset(100_000)] {
        bench.emulator.faults(Faults::new().rule(Rule::on("GET", DATA).then(fault.clone())));
        let said = bench.fails("image save web --file copy.img", 1);
        assert!(said.contains("image save web: "), "{fault:?}: {said}");
        assert_eq!(std::fs::read(bench.path("copy.img")).unwrap(), b"old", "{fault:?}");
        assert_eq!(bench.run(["image", "save", "web"]).status, 1, "{fault:?}");
    }
    // Where the answer has no checksum, the image's own is compared.
    let faults = Rule::on("GET", DATA).then(Fault::remove_header("Content-MD5")).then(Fault::corrupt(1_000));
    bench.emulator.faults(Faults::new().rule(faults));
    let said = bench.fails("image save web --file copy.img", 1);
    assert!(said.contains("checksum") || said.contains("MD5"), "{said}");
    assert_eq!(files(&bench), ["copy.img", "disk.img"]);
}

#[test]
fn an_interrupted_save_leaves_no_file() {
    let bench = Bench::new();
    bench.file("disk.img", noise(300_000));
    bench.ok("image create web --file disk.img -f value -c id");
    let slow = Fault::stall_write(100_000, Duration::from_secs(20));
    bench.emulator.faults(Faults::new().rule(Rule::on("GET", DATA).then(slow)));
    let mut saving = bench.command();
    saving.args(["image", "save", "web", "--file", "copy.img"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let saving = saving.spawn().unwrap();
    wait_for(|| files(&bench).iter().any(|name| name.starts_with("copy.img.k5-")));
    wait_for(|| bench.emulator.requests().iter().any(|request| request.method == "GET" && request.path.ends_with("/file")));
    assert!(std::process::Command::new("kill").args(["-INT", &saving.id().to_string()]).status().unwrap().success());
    Run::from(saving.wait_with_output().unwrap()).fails(130);
    assert_eq!(files(&bench), ["disk.img"]);
}

#[test]
fn a_pipe_that_nobody_reads_from_does_not_keep_a_signal_out() {
    let bench = Bench::new();
    bench.file("disk.img", noise(3_000_000));
    bench.ok("image create web --file disk.img -f value -c id");
    let mut saving = bench.command();
    let mut saving = saving.args(["image", "save", "web"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_for(|| bench.emulator.requests().iter().any(|request| request.method == "GET" && request.path.ends_with("/file")));
    std::thread::sleep(Duration::from_millis(300));
    assert!(saving.try_wait().unwrap().is_none(), "all of it went into the pipe");
    assert!(std::process::Command::new("kill").args(["-INT", &saving.id().to_string()]).status().unwrap().success());
    wait_for(|| saving.try_wait().unwrap().is_some());
    assert_eq!(saving.wait().unwrap().code(), Some(130));
}
