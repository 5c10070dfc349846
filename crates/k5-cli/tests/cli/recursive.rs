//! Folders: up, down, within the cloud, removed; and names that no file can have.

use crate::bench::{Bench, noise};
use std::path::Path;

fn put(bench: &Bench, name: &str, content: &str) {
    bench.run_with(["object", "cp", "-", &format!("swift://c/{name}")], content.as_bytes()).ok();
}

fn tree(path: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => names.extend(tree(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}"))),
            false => names.push(name),
        }
    }
    names.sort();
    names
}

#[test]
fn a_folder_there_and_back() {
    let bench = Bench::new();
    for name in ["a", "b/c", "b/d/e f", "b/%2F"] {
        bench.file(Path::new("dir").join(name), name);
    }
    std::fs::create_dir(bench.path("dir/empty")).unwrap();
    assert!(bench.fails("object cp dir swift://c/p", 2).contains("-r"));
    assert!(bench.requests().is_empty());
    bench.ok("object cp -r dir swift://c/p");
    assert_eq!(bench.names("c"), ["p/a", "p/b/%2F", "p/b/c", "p/b/d/e f"]);
    bench.ok("object cp -r swift://c/p out");
    assert_eq!(tree(&bench.path("out")), ["a", "b/%2F", "b/c", "b/d/e f"]);
    assert_eq!(std::fs::read_to_string(bench.path("out/b/d/e f")).unwrap(), "b/d/e f");
    bench.ok("object cp -r swift://c/p/b swift://d");
    assert_eq!(bench.names("d"), ["%2F", "c", "d/e f"]);
    bench.ok("object cp -r dir/b out swift://e/x");
    assert_eq!(bench.names("e").len(), 7);
    assert!(bench.names("e").contains(&"x/out/b/c".to_owned()));
    bench.ok("object mv -r dir swift://f");
    assert!(!bench.path("dir").exists());
    bench.ok("object mv -r swift://f back");
    assert!(bench.names("f").is_empty() && bench.path("back/b/c").is_file());
}

#[test]
fn files_of_all_sizes_there_and_back() {
    let bench = Bench::new();
    // Around the size up to which files are read several at a time, and more than are read together.
    let sizes = [0, 1, 4096, 65_535, 65_536, 65_537, 200_000].into_iter().chain((0..100).map(|n| n * 31));
    let mut names = Vec::new();
    for (n, size) in sizes.enumerate() {
        let name = format!("{:02}/{n:03}", n % 7);
        bench.file(Path::new("dir").join(&name), &noise(size + n)[n..]);
        names.push(name);
    }
    names.sort();
    let same = |folder: &str| {
        let read = |folder: &str, name: &String| std::fs::read(bench.path(folder).join(name)).unwrap();
        tree(&bench.path(folder)) == names && names.iter().all(|name| read("dir", name) == read(folder, name))
    };
    bench.ok("object cp -r dir swift://c/p");
    bench.ok("object cp -r swift://c/p out");
    assert!(same("out"));
    for (n, options) in ["--no-verify", "--segment-size 3K", "--transfers 1"].into_iter().enumerate() {
        bench.ok(&format!("object cp -r {options} dir swift://c/{n}"));
        bench.ok(&format!("object cp -r {options} swift://c/{n} out{n}"));
        assert!(same(&format!("out{n}")), "{options}");
    }
    bench.emulator.clear_requests();
    bench.ok("object sync --checksum dir swift://c/p");
    // Of an empty one a listing doesn't tell whether it is a dynamic large object.
    let asked: Vec<_> = bench.requests().into_iter().filter(|request| request.contains("/c/p/")).collect();
    assert!(asked.len() == 2 && asked.iter().all(|request| request.starts_with("HEAD")), "{asked:?}");
}

#[test]
fn a_folder_is_no_prefix() {
    let bench = Bench::new();
    for name in ["p/a", "pq", "p2/a"] {
        put(&bench, name, "");
    }
    bench.ok("object cp -r swift://c/p out");
    assert_eq!(tree(&bench.path("out")), ["a"]);
    bench.ok("object cp -r swift://c/pq single");
    assert!(bench.path("single").is_file());
    bench.ok("object rm -r swift://c/p");
    assert_eq!(bench.names("c"), ["p2/a", "pq"]);
    assert!(bench.fails("object cp -r swift://c/none/ out", 1).contains("nothing"));
}

#[test]
fn hostile_names_stay_out() {
    let bench = Bench::new();
    let long = "n".repeat(300);
    std::fs::create_dir_all(bench.path("out")).unwrap();
    std::os::unix::fs::symlink(bench.path(""), bench.path("out/link")).unwrap();
    bench.file("out/file", "mine");
    let hostile = ["../escaped", "/absolute", "a//b", "x/../../y", "link/through", "file/below", "./here", long.as_str()];
    for name in hostile {
        put(&bench, name, "evil");
    }
    put(&bench, "good/one", "good");
    let run = bench.run(["object", "cp", "-r", "swift://c", "out"]);
    assert_eq!(run.status, 4, "{}", run.stderr);
    for name in hostile {
        let named = run.stderr.lines().filter(|line| line.contains(&format!("swift://c/{}", &name[..name.len().min(200)]))).count();
        assert_eq!(named, 1, "{name}: {}", run.stderr);
    }
    assert!(run.stderr.ends_with("k5: 8 of 9 failed\n"), "{}", run.stderr);
    assert_eq!(tree(&bench.path("out")), ["file", "good/one", "link"]);
    assert_eq!(std::fs::read_to_string(bench.path("out/file")).unwrap(), "mine");
    assert_eq!(tree(&bench.path("")).iter().filter(|name| !name.starts_with("out/")).count(), 0);
}

#[test]
fn marks_of_folders_become_folders() {
    let bench = Bench::new();
    put(&bench, "d/", "");
    put(&bench, "d/x", "x");
    put(&bench, "e/f/", "");
    bench.ok("object cp -r swift://c out");
    assert_eq!(tree(&bench.path("out")), ["d/x"]);
    assert!(bench.path("out/e/f").is_dir());
}

#[test]
fn what_can_not_be_read_is_named_and_the_rest_goes_on() {
    let bench = Bench::new();
    bench.file("dir/good", "good");
    std::os::unix::fs::symlink("nowhere", bench.path("dir/dangling")).unwrap();
    std::os::unix::fs::symlink("..", bench.path("dir/up")).unwrap();
    let run = bench.run(["object", "cp", "-r", "dir", "swift://c"]);
    assert_eq!(run.status, 4);
    assert!(run.stderr.contains("dir/dangling") && run.stderr.contains("dir/up"), "{}", run.stderr);
    assert_eq!(bench.names("c"), ["good"]);
    let run = bench.run(["object", "cp", "dir/good", "absent", "swift://c/d/"]);
    assert_eq!(run.status, 4);
    assert!(run.stderr.contains("absent"), "{}", run.stderr);
}

#[test]
fn removal() {
    let bench = Bench::new();
    for name in ["a", "b", "p", "p/x", "p/y"] {
        put(&bench, name, "");
    }
    bench.ok("object rm swift://c/a swift://c/b");
    assert_eq!(bench.names("c"), ["p", "p/x", "p/y"]);
    assert!(bench.fails("object rm swift://c/a", 1).contains("404"));
    assert_eq!(bench.run(["object", "rm", "swift://c/a", "swift://c/p"]).status, 4);
    for line in ["object rm swift://c", "object rm swift://c/"] {
        assert!(bench.fails(line, 2).contains("-r"));
    }
    bench.fails("object rm -r swift://c/none", 1);
    bench.ok("object rm -r swift://c/");
    assert!(bench.names("c").is_empty());
    put(&bench, "x", "");
    assert!(bench.fails("container delete c", 1).contains("-r"));
    bench.ok("container delete -r c");
    assert!(bench.fails("object ls swift://c", 1).contains("404"));
}

#[test]
fn large_objects_by_their_manifests() {
    let bench = Bench::new();
    bench.ok("container create segments");
    for name in ["1", "2"] {
        bench.run_with(["object", "cp", "-", &format!("swift://segments/{name}")], name.repeat(10).as_bytes()).ok();
    }
    let manifest = serde_json::json!([{"path": "/segments/1"}, {"path": "/segments/2"}]);
    bench.ok("container create c");
    let upload = "api upload_object --param container=c --param object=large --param multipart-manifest=put --body -";
    bench.run_with(upload.split(' '), manifest.to_string().as_bytes()).ok();
    assert_eq!(bench.ok("object cat swift://c/large"), "11111111112222222222");
    bench.ok("object mv swift://c/large swift://c/moved");
    let shown = bench.run(["object", "stat", "-o", "json", "swift://c/moved"]).json();
    assert_eq!((&shown["static_large_object"], &shown["content_length"]), (&true.into(), &20.into()));
    assert_eq!(bench.names("segments").len(), 2);
    put(&bench, "small", "x");
    bench.ok("object rm --with-segments swift://c/moved swift://c/small");
    assert!(bench.names("c").is_empty() && bench.names("segments").is_empty());
}
