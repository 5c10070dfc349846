//! Objects: bodies, names, conditions, ranges, metadata, copies, expiry.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{Client, noise, read_answer};

async fn client() -> (k5_emulator::Emulator, Client) {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    assert_eq!(client.status("PUT", "/c").await, 201);
    (emulator, client)
}

#[tokio::test]
async fn bodies_of_every_size_come_back() {
    let (_emulator, client) = client().await;
    for size in [0, 1, 16 << 10, (16 << 10) + 1, 256 << 10, 3_000_001] {
        let body = noise(size);
        let stored = client.put("/c/o", &body).await;
        let found = client.get("/c/o").await;
        assert_eq!(found.body, body, "{size}");
        assert_eq!(found.header("etag"), stored.header("etag"));
        let head = client.send("HEAD", "/c/o", &[], b"").await;
        assert_eq!(head.header("content-length"), Some(size.to_string().as_str()));
    }
}

#[tokio::test]
async fn names_are_kept_as_they_are() {
    let (_emulator, client) = client().await;
    let names = ["a//b", "../../AUTH_x/c/o", "/lead", "trail/", "100%", "q?x#y", "😀", " sp ", "."];
    for (index, name) in names.iter().enumerate() {
        let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let raw = encoded.replace("%2F", "/");
        assert_eq!(client.put(&format!("/c/{raw}"), &[index as u8]).await.status, 201);
        assert_eq!(client.get(&format!("/c/{encoded}")).await.body, [index as u8], "{name}");
    }
    let mut sorted: Vec<&str> = names.to_vec();
    sorted.sort_unstable();
    let listed = client.get("/c?format=json").await.json();
    let listed: Vec<&str> = listed.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(listed, sorted);
    assert_eq!(client.put(&format!("/c/{}", "n".repeat(1024)), b"").await.status, 201);
    assert_eq!(client.put(&format!("/c/{}", "n".repeat(1025)), b"").await.status, 400);
    assert_eq!(client.put("/c/%FF", b"").await.status, 412);
    assert_eq!(client.put("/c/a%00b", b"").await.status, 412);
}

#[tokio::test]
async fn refused_uploads_store_nothing() {
    let (_emulator, client) = client().await;
    client.put("/c/o", b"old").await;
    let put = async |headers: crate::client::Headers<'_>| client.send("PUT", "/c/o", headers, b"new").await.status;
    assert_eq!(put(&[("ETag", "00000000000000000000000000000000")]).await, 422);
    assert_eq!(put(&[("If-None-Match", "*")]).await, 412);
    assert_eq!(put(&[("If-None-Match", "abc")]).await, 400);
    assert_eq!(put(&[("X-Delete-At", "1")]).await, 400);
    assert_eq!(put(&[("X-Delete-After", "soon")]).await, 400);
    assert_eq!(put(&[("X-Object-Manifest", "nothing")]).await, 400);
    assert_eq!(put(&[("X-Object-Meta-A", &"v".repeat(257))]).await, 400);
    assert_eq!(put(&[(&format!("X-Object-Meta-{}", "n".repeat(129)), "v")]).await, 400);
    assert_eq!(put(&[("Content-Length", "5368709123")]).await, 413);
    assert_eq!(client.put("/missing/o", b"new").await.status, 404);
    assert_eq!(client.get("/c/o").await.text(), "old");
}

#[tokio::test]
async fn short_bodies_store_nothing() {
    let (emulator, client) = client().await;
    client.put("/c/o", b"old").await;
    for body in [noise(100), noise(100_000)] {
        let mut stream = TcpStream::connect(client.address).await.unwrap();
        let head = format!(
            "PUT {}/c/o HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\nContent-Length: 200000\r\n\r\n",
            client.account, client.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        drop(stream);
    }
    let incoming = emulator.directory().join("incoming");
    for _ in 0..200 {
        if std::fs::read_dir(&incoming).unwrap().next().is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(std::fs::read_dir(&incoming).unwrap().next().is_none(), "a half body stays");
    assert_eq!(client.get("/c/o").await.text(), "old");
}

#[tokio::test]
async fn chunks_and_missing_lengths() {
    let (_emulator, client) = client().await;
    let chunked = [("Transfer-Encoding", "chunked")];
    let stored = client.send("PUT", "/c/o", &chunked, b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n").await;
    assert_eq!(stored.status, 201);
    assert_eq!(client.get("/c/o").await.text(), "hello!");
    let mut stream = TcpStream::connect(client.address).await.unwrap();
    let head = format!("PUT {}/c/o HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\n\r\n", client.account, client.token);
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(read_answer(&mut stream, false).await.unwrap().status, 411);
}

#[tokio::test]
async fn conditions_and_ranges() {
    let (_emulator, client) = client().await;
    let etag = client.put("/c/o", b"0123456789").await.header("etag").unwrap().to_owned();
    let get = async |name: &str, value: &str| client.send("GET", "/c/o", &[(name, value)], b"").await;
    let quoted = format!("\"{etag}\"");
    for (name, value, status) in [
        ("If-Match", quoted.as_str(), 200),
        ("If-Match", "\"other\"", 412),
        ("If-None-Match", etag.as_str(), 304),
        ("If-None-Match", "*", 304),
        ("If-None-Match", "other", 200),
        ("If-Modified-Since", "Sat, 01 Jan 2050 00:00:00 GMT", 304),
        ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 200),
        ("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT", 412),
        ("Range", "bytes=9-3", 200),
        ("Range", "bytes=10-", 416),
    ] {
        assert_eq!(get(name, value).await.status, status, "{name}: {value}");
    }
    for (range, body, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=5-99", "56789", "bytes 5-9/10"),
    ] {
        let part = get("Range", range).await;
        assert_eq!((part.status, part.text().as_str()), (206, body));
        assert_eq!(part.header("content-range"), Some(content_range));
    }
    let several = get("Range", "bytes=0-1,8-9").await;
    assert_eq!(several.status, 206);
    let boundary = several.header("content-type").unwrap().split_once("boundary=").unwrap().1.to_owned();
    let expected = format!(
        "--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n\
         --{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n--{boundary}--"
    );
    assert_eq!(several.text(), expected);
}

#[tokio::test]
async fn ranges_of_large_bodies() {
    let (_emulator, client) = client().await;
    let body = noise(1_000_000);
    client.put("/c/o", &body).await;
    for (start, end) in [(0, 0), (262_143, 262_144), (999_999, 999_999), (1, 900_000)] {
        let part = client.send("GET", "/c/o", &[("Range", &format!("bytes={start}-{end}"))], b"").await;
        assert_eq!(part.body, body[start..=end]);
    }
}

#[tokio::test]
async fn a_post_replaces_metadata() {
    let (_emulator, client) = client().await;
    let headers =
        [("X-Object-Meta-A", "1"), ("Content-Encoding", "gzip"), ("Content-Type", "a/b"), ("X-Object-Meta-Bytes", "\u{e9}")];
    client.send("PUT", "/c/o", &headers, b"x").await;
    let before = client.send("HEAD", "/c/o", &[], b"").await;
    assert_eq!(before.header("x-object-meta-bytes"), Some("\u{e9}"));
    assert_eq!(client.send("POST", "/c/o", &[("X-Object-Meta-B", "2")], b"").await.status, 202);
    let after = client.send("HEAD", "/c/o", &[], b"").await;
    assert_eq!(after.header("x-object-meta-a"), None);
    assert_eq!(after.header("x-object-meta-b"), Some("2"));
    assert_eq!(after.header("content-encoding"), None);
    assert_eq!(after.header("content-type"), Some("a/b"));
    assert_eq!(after.header("etag"), before.header("etag"));
}

#[tokio::test]
async fn types_are_given_or_guessed() {
    let (_emulator, client) = client().await;
    client.put("/c/a.png", b"x").await;
    client.send("PUT", "/c/b.png", &[("Content-Type", "a/b"), ("X-Detect-Content-Type", "true")], b"x").await;
    client.put("/c/none", b"x").await;
    for (path, expected) in [("/c/a.png", "image/png"), ("/c/b.png", "image/png"), ("/c/none", "application/octet-stream")] {
        assert_eq!(client.get(path).await.header("content-type"), Some(expected));
    }
}

#[tokio::test]
async fn copies() {
    let (_emulator, client) = client().await;
    for body in [noise(10), noise(100_000)] {
        client.send("PUT", "/c/o", &[("X-Object-Meta-A", "1"), ("Content-Type", "a/b")], &body).await;
        let copied = client.send("COPY", "/c/o", &[("Destination", "c/p%20q"), ("X-Object-Meta-B", "2")], b"").await;
        assert_eq!((copied.status, copied.header("x-copied-from")), (201, Some("c/o")));
        let copy = client.get("/c/p%20q").await;
        assert_eq!((copy.header("x-object-meta-a"), copy.header("x-object-meta-b")), (Some("1"), Some("2")));
        assert_eq!(copy.header("content-type"), Some("a/b"));
        assert_eq!(copy.body, body);
        let part = [("X-Copy-From", "/c/o"), ("Range", "bytes=2-5"), ("X-Fresh-Metadata", "true")];
        assert_eq!(client.send("PUT", "/c/part", &part, b"").await.status, 201);
        let part = client.get("/c/part").await;
        assert_eq!((part.header("x-object-meta-a"), part.body.as_slice()), (None, &body[2..6]));
        client.status("DELETE", "/c/o").await;
        assert_eq!(client.get("/c/p%20q").await.body, body);
    }
    assert_eq!(client.send("COPY", "/c/p%20q", &[("Destination", "missing/x")], b"").await.status, 404);
    assert_eq!(client.send("COPY", "/c/p%20q", &[("Destination", "x")], b"").await.status, 412);
    assert_eq!(client.status("COPY", "/c/p%20q").await, 412);
    assert_eq!(client.send("COPY", "/c/nope", &[("Destination", "c/x")], b"").await.status, 404);
}

#[tokio::test]
async fn expiry_is_immediate_and_final() {
    let (_emulator, client) = client().await;
    client.send("PUT", "/c/o", &[("X-Delete-After", "1")], b"x").await;
    assert!(client.get("/c/o").await.header("x-delete-at").is_some());
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(client.get("/c/o").await.status, 404);
    assert_eq!(client.get("/c").await.text(), "");
    assert_eq!(client.status("DELETE", "/c").await, 204);
}

#[tokio::test]
async fn writers_and_readers_at_once() {
    let emulator = std::sync::Arc::new(k5_emulator::start().await.unwrap());
    let client = std::sync::Arc::new(Client::of(&emulator, "demo").await);
    client.status("PUT", "/c").await;
    client.put("/c/o", &vec![0; 50_000]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8_u8 {
        let client = std::sync::Arc::clone(&client);
        tasks.spawn(async move {
            for _ in 0..20 {
                if task % 2 == 0 {
                    assert_eq!(client.put("/c/o", &vec![task; 50_000]).await.status, 201);
                } else {
                    let found = client.get("/c/o").await;
                    assert_eq!(found.status, 200);
                    assert_eq!(found.body, vec![found.body[0]; 50_000]);
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let listed = client.send("HEAD", "/c", &[], b"").await;
    assert_eq!(listed.header("x-container-bytes-used"), Some("50000"));
}
