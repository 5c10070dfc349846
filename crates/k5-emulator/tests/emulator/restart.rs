//! What outlives an emulator.

use std::path::Path;

use crate::client::{Client, noise};
use k5_emulator::{Emulator, Error};

fn directory(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("k5-emulator-test-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

async fn on(path: &Path) -> Emulator {
    Emulator::builder().directory(path).start().await.unwrap()
}

#[tokio::test]
async fn a_stopped_emulator_comes_back() {
    let path = directory("restart");
    let (small, large) = (noise(1_000), noise(1_000_000));
    let emulator = on(&path).await;
    let client = Client::of(&emulator, "demo").await;
    client.status("PUT", "/c").await;
    client.send("PUT", "/c/small", &[("X-Object-Meta-A", "b")], &small).await;
    client.put("/c/large", &large).await;
    emulator.stop().await;

    let emulator = on(&path).await;
    let stale = Client { address: emulator.address(), ..client };
    assert_eq!(stale.status("HEAD", "/c").await, 401, "tokens do not outlive it");
    let client = Client::of(&emulator, "demo").await;
    let found = client.get("/c/small").await;
    assert_eq!((found.header("x-object-meta-a"), found.body.as_slice()), (Some("b"), small.as_slice()));
    assert_eq!(client.get("/c/large").await.body, large);
    let container = client.send("HEAD", "/c", &[], b"").await;
    assert_eq!(container.header("x-container-bytes-used"), Some("1001000"));
    emulator.stop().await;
    std::fs::remove_dir_all(&path).unwrap();
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_with_the_process() {
    let path = directory("kill");
    let emulator = on(&path).await;
    let client = Client::of(&emulator, "demo").await;
    client.status("PUT", "/c").await;
    for index in 0..100 {
        assert_eq!(client.put(&format!("/c/{index}"), &noise(index * 300)).await.status, 201);
    }
    client.status("DELETE", "/c/7").await;
    // What a killed process leaves behind is what its files hold at that moment.
    let copy = directory("killed");
    copy_all(&path, &copy);
    std::fs::write(copy.join("incoming/half"), b"not finished").unwrap();
    emulator.stop().await;

    let emulator = on(&copy).await;
    let client = Client::of(&emulator, "demo").await;
    for index in 0..100 {
        let found = client.get(&format!("/c/{index}")).await;
        match index {
            7 => assert_eq!(found.status, 404),
            _ => assert_eq!(found.body, noise(index * 300), "{index}"),
        }
    }
    assert!(!copy.join("incoming/half").exists());
    emulator.stop().await;
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::remove_dir_all(&copy).unwrap();
}

pub(crate) fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[tokio::test]
async fn a_directory_has_one_owner() {
    let path = directory("busy");
    let emulator = on(&path).await;
    let refused = Emulator::builder().directory(&path).start().await.unwrap_err();
    assert!(matches!(&refused, Error::Busy { directory } if *directory == path));
    assert!(refused.to_string().contains(path.to_str().unwrap()));
    emulator.stop().await;
    on(&path).await.stop().await;
    std::fs::remove_dir_all(&path).unwrap();
}

#[tokio::test]
async fn a_temporary_directory_goes_with_it() {
    let emulator = k5_emulator::start().await.unwrap();
    let path = emulator.directory().to_owned();
    assert!(path.join("names.redb").exists());
    emulator.stop().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn overwritten_and_deleted_bodies_are_removed() {
    let path = directory("sweep");
    let emulator = on(&path).await;
    let client = Client::of(&emulator, "demo").await;
    client.status("PUT", "/c").await;
    for _ in 0..3 {
        client.put("/c/o", &noise(100_000)).await;
    }
    client.send("COPY", "/c/o", &[("Destination", "c/p")], b"").await;
    client.status("DELETE", "/c/o").await;
    assert_eq!(client.get("/c/p").await.body, noise(100_000));
    let files = || -> usize {
        std::fs::read_dir(path.join("bodies"))
            .unwrap()
            .map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count())
            .sum()
    };
    for _ in 0..200 {
        if files() == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(files(), 1);
    emulator.stop().await;
    std::fs::remove_dir_all(&path).unwrap();
}

#[tokio::test]
async fn dropping_it_releases_the_directory() {
    let path = directory("drop");
    for _ in 0..3 {
        drop(on(&path).await);
        let mut waited = 0;
        while let Err(error) = Emulator::builder().directory(&path).start().await {
            assert!(matches!(error, Error::Busy { .. }) && waited < 500, "{error}");
            waited += 1;
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    std::fs::remove_dir_all(&path).unwrap();
}
