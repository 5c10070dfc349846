//! What can be set: limits, a clock, quotes around ETags.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;

use crate::client::{Client, noise};
use k5_emulator::Emulator;

#[tokio::test]
async fn limits_can_be_small() {
    let builder = Emulator::builder().max_object_size(1000).min_segment_size(100).max_manifest_segments(3);
    let emulator = builder.start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let info = client.at("GET", "/info", None).await.json();
    assert_eq!(info["swift"]["max_file_size"], 1000);
    assert_eq!((&info["slo"]["min_segment_size"], &info["slo"]["max_manifest_segments"]), (&json!(100), &json!(3)));

    assert_eq!(client.status("PUT", "/c").await, 201);
    assert_eq!(client.put("/c/1", &noise(1000)).await.status, 201);
    assert_eq!(client.put("/c/2", &noise(1001)).await.status, 413);
    let chunked = [("Transfer-Encoding", "chunked")];
    let body = [b"3e9\r\n".as_slice(), &noise(1001), b"\r\n0\r\n\r\n"].concat();
    assert_eq!(client.send("PUT", "/c/2", &chunked, &body).await.status, 413);
    assert_eq!(client.put("/c/small", b"x").await.status, 201);

    let put = async |paths: &[&str]| {
        let lines: Vec<_> = paths.iter().map(|path| json!({"path": path})).collect();
        client.put("/c/big?multipart-manifest=put", &serde_json::to_vec(&lines).unwrap()).await
    };
    let refused = put(&["/c/small", "/c/1"]).await;
    assert!(refused.status == 400 && refused.text().contains("at least 100 bytes"), "{}", refused.text());
    assert_eq!(put(&["/c/1", "/c/1", "/c/1", "/c/1"]).await.status, 413);
    assert_eq!(put(&["/c/1", "/c/1", "/c/small"]).await.status, 201);
    assert_eq!(client.get("/c/big").await.body.len(), 2001);
    // As a whole it is too large for one object.
    assert_eq!(client.send("COPY", "/c/big", &[("Destination", "c/copy")], b"").await.status, 413);
    let destination = [("Destination", "c/copy")];
    assert_eq!(client.send("COPY", "/c/big?multipart-manifest=get", &destination, b"").await.status, 201);
    assert_eq!(client.get("/c/copy").await.body.len(), 2001);
}

fn seconds(text: Option<&str>) -> i64 {
    let time = httpdate::parse_http_date(text.expect("a date")).expect("a date");
    time.duration_since(UNIX_EPOCH).map(|since| since.as_secs() as i64).expect("after 1970")
}

#[tokio::test]
async fn the_clock_of_object_storage_may_be_wrong() {
    const DAY: i64 = 86_400;
    let emulator = Emulator::builder().clock_offset(3 * DAY).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    assert_eq!(client.status("PUT", "/c").await, 201);
    for offset in [3 * DAY, -2 * DAY, 0] {
        emulator.set_clock_offset(offset);
        assert_eq!(client.put("/c/o", b"x").await.status, 201);
        let found = client.get("/c/o").await;
        for header in ["date", "last-modified"] {
            let told = seconds(found.header(header));
            assert!((told - now() - offset).abs() < 10, "{offset} {header} {found:?}");
        }
        let ticks: f64 = found.header("x-timestamp").unwrap().parse().unwrap();
        assert!((ticks as i64 - now() - offset).abs() < 10, "{offset} {found:?}");
    }
    // What expires does so by that clock.
    assert_eq!(client.send("PUT", "/c/o", &[("X-Delete-After", "1000")], b"x").await.status, 201);
    assert_eq!(client.get("/c/o").await.status, 200);
    emulator.set_clock_offset(DAY);
    assert_eq!(client.get("/c/o").await.status, 404);
    assert_eq!(client.get("/c").await.status, 204);
}

#[tokio::test]
async fn etags_get_quotes_where_they_are_wanted() {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let wanted = [("X-Container-Rfc-Compliant-Etags", "true")];
    assert_eq!(client.send("PUT", "/q", &wanted, b"").await.status, 201);
    assert_eq!(client.send("HEAD", "/q", &[], b"").await.header("x-container-rfc-compliant-etags"), Some("True"));
    assert_eq!(client.status("PUT", "/c").await, 201);
    let (bare, quoted) = ("5d41402abc4b2a76b9719d911017c592", "\"5d41402abc4b2a76b9719d911017c592\"");
    for (container, etag) in [("q", quoted), ("c", bare)] {
        let path = format!("/{container}/o");
        let sent = [("ETag", etag)];
        assert_eq!(client.send("PUT", &path, &sent, b"hello").await.header("etag"), Some(etag));
        for method in ["GET", "HEAD"] {
            assert_eq!(client.send(method, &path, &[], b"").await.header("etag"), Some(etag));
        }
        let same = client.send("GET", &path, &[("If-None-Match", etag)], b"").await;
        assert_eq!((same.status, same.header("etag")), (304, Some(etag)));
        let copied = client.send("COPY", &path, &[("Destination", "q/copy")], b"").await;
        assert_eq!(copied.header("etag"), Some(etag), "as the source's container wants it");
        assert_eq!(client.get(&format!("/{container}?format=json&prefix=o")).await.json()[0]["hash"], bare);
        let manifest = format!("[{{\"path\": \"{container}/o\"}}]");
        let large = client.put(&format!("{path}-large?multipart-manifest=put"), manifest.as_bytes()).await;
        assert_eq!(large.header("etag").map(|etag| etag.matches('"').count()), Some(2));
    }
    // An account's word holds where the container has none.
    assert_eq!(client.send("POST", "", &[("X-Account-Rfc-Compliant-Etags", "yes")], b"").await.status, 204);
    assert_eq!(client.get("/c/o").await.header("etag"), Some(quoted));
    assert_eq!(client.send("POST", "/c", &[("X-Container-Rfc-Compliant-Etags", "false")], b"").await.status, 204);
    assert_eq!(client.get("/c/o").await.header("etag"), Some(bare));
    assert_eq!(client.send("POST", "/q", &[("X-Remove-Container-Rfc-Compliant-Etags", "x")], b"").await.status, 204);
    assert_eq!(client.send("POST", "", &[("X-Remove-Account-Rfc-Compliant-Etags", "x")], b"").await.status, 204);
    assert_eq!(client.get("/q/o").await.header("etag"), Some(bare));
}
