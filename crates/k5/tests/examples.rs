//! The programs of `examples`, each run as a user runs it, over an emulator: what they print, and what they leave behind. `backup` has
//! a test of its own.

use k5::Cloud;
use k5_emulator::{Emulator, Fault, Faults, Rule};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// An emulator in which nothing takes time, its cloud, and an empty folder in which the programs run.
struct Stage {
    emulator: Emulator,
    k5: Cloud,
    folder: PathBuf,
}

/// How a program ended, and what it wrote.
#[derive(Debug)]
struct Ran {
    is_ok: bool,
    stdout: String,
    stderr: String,
}

impl Stage {
    async fn new(name: &str) -> Self {
        let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.expect("an emulator");
        let k5 = Cloud::builder().variables(emulator.environment()).build().expect("a cloud");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("examples-{name}"));
        // What an earlier run has left.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("made");
        Self { emulator, k5, folder }
    }

    fn file(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.join(name);
        std::fs::create_dir_all(path.parent().expect("below")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.folder.join(name)).ok()
    }

    async fn stored(&self, container: &str, object: &str) -> Option<Vec<u8>> {
        match self.k5.object_storage().download_object(container, object).send().await {
            Ok(download) => Some(download.collect(1 << 20).await.expect("whole").to_vec()),
            Err(error) if error.is_not_found() => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// Runs a program with the cloud in its environment, and nothing else.
    async fn run(&self, name: &str, arguments: &[&str]) -> Ran {
        let mut command = Command::new(program(name));
        command.args(arguments).current_dir(&self.folder).env_clear().env("HOME", &self.folder);
        command.envs(self.emulator.environment());
        let output = tokio::task::spawn_blocking(move || command.output()).await.expect("run").expect("it starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ran { is_ok: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    async fn lines(&self, name: &str, arguments: &[&str]) -> Vec<String> {
        let ran = self.run(name, arguments).await;
        assert!(ran.is_ok, "{ran:?}");
        ran.stdout.lines().map(str::to_owned).collect()
    }
}

/// The program that `cargo test` has built beside this one.
fn program(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("a path");
    let program = this.parent().and_then(Path::parent).expect("target's folder").join("examples").join(name);
    let built = std::fs::metadata(&program).and_then(|about| about.modified());
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(format!("{name}.rs"));
    let changed = std::fs::metadata(source).and_then(|about| about.modified()).expect("a program of this name");
    // `cargo test --test examples` builds this file alone.
    let is_built = built.is_ok_and(|built| built >= changed);
    assert!(is_built, "{} is not built, or is older than its source: cargo build -p k5 --examples", program.display());
    program
}

#[test]
fn every_program_has_a_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("listed")
        .filter_map(|entry| entry.expect("there").file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    let tested = ["backup", "download", "errors", "fake_transport", "pages", "server", "sync", "upload_folder"];
    assert_eq!(names, tested);
}

#[tokio::test]
async fn upload_folder() {
    let stage = Stage::new("upload").await;
    for (name, bytes) in [("in/a", &b"one"[..]), ("in/d/b", b"second"), ("in/d/c", b"")] {
        stage.file(name, bytes);
    }
    stage.emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/photos/d/b").then(Fault::status(403))));
    let ran = stage.run("upload_folder", &["in", "photos"]).await;
    assert!(!ran.is_ok && ran.stderr.contains("\nd/b: "), "{ran:?}");
    assert!(ran.stderr.contains("could not be copied, 2 are there"), "{ran:?}");
    assert_eq!(stage.stored("photos", "a").await.as_deref(), Some(&b"one"[..]));
    stage.emulator.faults(Faults::new());
    let ran = stage.run("upload_folder", &["in", "photos"]).await;
    assert_eq!((ran.is_ok, ran.stdout.as_str()), (true, "1 files sent, 6 bytes; 2 were there already\n"), "{ran:?}");
    assert!(ran.stderr.contains("\rdone: 3/3 files, 9/9 bytes"), "{ran:?}");
    assert_eq!(stage.stored("photos", "d/b").await.as_deref(), Some(&b"second"[..]));
}

#[tokio::test]
async fn download() {
    let stage = Stage::new("download").await;
    let swift = stage.k5.object_storage();
    swift.create_container("c").send().await.expect("created");
    swift.upload("c", "d/o.txt").from_bytes("hello").send().await.expect("stored");
    const MD5: &str = "5d41402abc4b2a76b9719d911017c592";
    let lines = stage.lines("download", &["c", "d/o.txt", "here", MD5]).await;
    assert_eq!(lines, [format!("here: 5 bytes, text/plain, MD5 {MD5}")]);
    assert_eq!(stage.read("here").as_deref(), Some(&b"hello"[..]));
    let ran = stage.run("download", &["c", "d/o.txt", "other", &MD5.replace('5', "6")]).await;
    assert!(!ran.is_ok && ran.stderr.contains(&format!("its MD5 is {MD5}")), "{ran:?}");
    // Bytes that are damaged on the way make no file.
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c/*").then(Fault::corrupt(2))));
    let ran = stage.run("download", &["c", "d/o.txt", "other"]).await;
    assert!(!ran.is_ok && ran.stderr.contains("damaged on the way"), "{ran:?}");
    assert_eq!(stage.read("other"), None);
    stage.emulator.faults(Faults::new());
    let path = stage.folder.join("large");
    std::fs::write(&path, vec![7; 250_000]).expect("written");
    swift.upload("c", "large").from_path(&path).segment_size(100_000).send().await.expect("stored");
    let lines = stage.lines("download", &["c", "large", "back"]).await;
    assert_eq!(lines, ["back: 250000 bytes, application/octet-stream, checked segment by segment"]);
    assert!(stage.read("back") == stage.read("large"));
}

#[tokio::test]
async fn server() {
    use std::os::unix::fs::MetadataExt;
    let stage = Stage::new("server").await;
    let lines = stage.lines("server", &["web-1", "cirros", "m1.tiny"]).await;
    let server = stage.k5.compute().find_server("web-1").await.expect("there");
    assert!(lines[0].starts_with(&format!("{} web-1 is up, with the key pair web-1 and the volume ", server.id)), "{lines:?}");
    let volume = stage.k5.block_storage().find_volume("web-1-data").await.expect("there");
    assert!(lines[0].ends_with(&volume.id.to_string()), "{lines:?}");
    assert_eq!(volume.attachments.iter().flatten().filter_map(|at| at.server_id.as_ref()).collect::<Vec<_>>(), [&server.id]);
    assert_eq!(server.key_name.as_deref(), Some("web-1"));
    let created = stage.emulator.requests();
    assert!(
        created.iter().any(|request| request.operation == Some("compute.create_server") && request.body_bytes > 200),
        "{created:?}"
    );
    let key = String::from_utf8(stage.read("web-1.pem").expect("a key")).expect("text");
    assert!(key.contains("PRIVATE KEY"));
    assert_eq!(std::fs::metadata(stage.folder.join("web-1.pem")).expect("there").mode() & 0o777, 0o600);
    // What is not there is told before anything is made.
    let ran = stage.run("server", &["web-2", "cirros", "none"]).await;
    assert!(!ran.is_ok && ran.stderr.contains("none"), "{ran:?}");
    assert!(stage.read("web-2.pem").is_none());
}

#[tokio::test]
async fn pages() {
    let stage = Stage::new("pages").await;
    let swift = stage.k5.object_storage();
    swift.create_container("c").send().await.expect("created");
    for name in ["2025/x", "2026/a", "2026/b/1", "2026/b/2", "2026/c"] {
        swift.upload("c", name).from_bytes("four").send().await.expect("stored");
    }
    let lines = stage.lines("pages", &["c", "2026/"]).await;
    let expected = [
        "4 objects, 16 bytes",
        "2026/a, 4 bytes",
        "2026/b/",
        "2026/c, 4 bytes",
        "a page: 2026/a, 2026/b/1",
        "a page: 2026/b/2, 2026/c",
    ];
    assert_eq!(lines, expected);
    assert_eq!(stage.lines("pages", &["c"]).await[..3], ["5 objects, 20 bytes", "2025/", "2026/"]);
}

#[tokio::test]
async fn errors() {
    let stage = Stage::new("errors").await;
    let lines = stage.lines("errors", &["c"]).await;
    let [none, none_text, none_facts, there, .., there_facts, long, _, long_facts, full, _, full_facts] = &lines[..] else {
        panic!("{lines:#?}")
    };
    assert!(none.ends_with("it is not there: create it, or ask for something else"), "{lines:#?}");
    assert!(none_text.contains("object_storage.download_object swift://c/none: 404 Not Found"), "{lines:#?}");
    assert!(none_facts.starts_with("  status Some(404)"), "{lines:#?}");
    assert!(there.starts_with("create what is there: somebody was faster") && there_facts.contains("Some(412)"), "{lines:#?}");
    assert!(long.ends_with("nothing was sent: correct the call"), "{lines:#?}");
    assert_eq!(long_facts, "  status None, sent No, 0 attempts");
    assert!(full.starts_with("delete a container that is not empty") && full_facts.contains("Some(409)"), "{lines:#?}");
    assert_eq!(stage.stored("c", "taken").await.as_deref(), Some(&b"first"[..]));
}

#[tokio::test]
async fn fake_transport() {
    let stage = Stage::new("fake").await;
    stage.emulator.clear_requests();
    let lines = stage.lines("fake_transport", &[]).await;
    assert_eq!(lines[0], r#"failed: ["web-2"]"#);
    assert!(lines[1].starts_with(r#"asked: ["compute.list_servers_detail "#), "{lines:?}");
    assert!(lines[2].starts_with("trouble: ") && lines[2].contains("503"), "{lines:?}");
    assert!(stage.emulator.requests().is_empty());
}

#[tokio::test]
async fn sync() {
    let stage = Stage::new("sync").await;
    stage.file("in/a", b"new");
    stage.file("in/b", b"same");
    let swift = stage.k5.object_storage();
    swift.create_container("c").send().await.expect("created");
    for name in ["a", "stranger"] {
        swift.upload("c", name).from_bytes("older").send().await.expect("stored");
    }
    swift.upload("c", "b").from_path(stage.folder.join("in/b")).keep_mtime(true).send().await.expect("stored");
    let planned = ["Copy(Size) a", "Delete stranger"];
    assert_eq!(stage.lines("sync", &["in", "c"]).await, planned);
    assert_eq!(stage.stored("c", "a").await.as_deref(), Some(&b"older"[..]), "nothing is done yet");
    let lines = stage.lines("sync", &["in", "c", "--go"]).await;
    assert_eq!(lines, [planned[0], planned[1], "1 copied, 1 deleted, 1 unchanged, 0 failed"]);
    assert_eq!(stage.stored("c", "a").await.as_deref(), Some(&b"new"[..]));
    assert_eq!(stage.stored("c", "stranger").await, None);
    for name in ["a", "stranger"] {
        assert_eq!(stage.stored("c-old", name).await.as_deref(), Some(&b"older"[..]), "{name} is kept");
    }
    assert!(stage.lines("sync", &["in", "c"]).await.is_empty());
}
