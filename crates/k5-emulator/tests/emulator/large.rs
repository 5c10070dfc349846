//! Static and dynamic large objects.

use serde_json::json;

use crate::client::{Client, noise};

async fn with_segments() -> (k5_emulator::Emulator, Client, Vec<u8>) {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    client.status("PUT", "/c").await;
    client.status("PUT", "/s").await;
    let whole = noise(250_000);
    for (index, segment) in whole.chunks(100_000).enumerate() {
        assert_eq!(client.put(&format!("/s/o/{index}"), segment).await.status, 201);
    }
    (emulator, client, whole)
}

fn manifest(segments: usize) -> Vec<u8> {
    let lines: Vec<_> = (0..segments).map(|index| json!({"path": format!("/s/o/{index}")})).collect();
    serde_json::to_vec(&lines).unwrap()
}

#[tokio::test]
async fn a_static_large_object() {
    let (_emulator, client, whole) = with_segments().await;
    let put = client.put("/c/o?multipart-manifest=put", &manifest(3)).await;
    assert_eq!(put.status, 201);
    let etag = put.header("etag").unwrap();
    assert!(etag.starts_with('"') && etag.len() == 34);
    let found = client.get("/c/o").await;
    assert_eq!((found.header("x-static-large-object"), found.header("etag")), (Some("True"), Some(etag)));
    assert_eq!(found.body, whole);
    let head = client.send("HEAD", "/c/o", &[], b"").await;
    assert_eq!(head.header("content-length"), Some("250000"));
    let part = client.send("GET", "/c/o", &[("Range", "bytes=99990-200009")], b"").await;
    assert_eq!((part.status, part.body.as_slice()), (206, &whole[99_990..200_010]));
    assert_eq!(client.send("GET", "/c/o", &[("If-None-Match", etag)], b"").await.status, 304);
    assert_eq!(client.get("/c?format=json").await.json()[0]["bytes"], 250_000);

    let lines = client.get("/c/o?multipart-manifest=get").await.json();
    assert_eq!((lines[0]["name"].as_str(), lines[2]["bytes"].as_u64()), (Some("/s/o/0"), Some(50_000)));
    let raw = client.get("/c/o?multipart-manifest=get&format=raw").await;
    assert_eq!(client.put("/c/again?multipart-manifest=put", &raw.body).await.status, 201);
    assert_eq!(client.get("/c/again").await.body, whole);

    client.send("COPY", "/c/o", &[("Destination", "c/plain")], b"").await;
    let plain = client.get("/c/plain").await;
    assert_eq!((plain.header("x-static-large-object"), plain.body.as_slice()), (None, whole.as_slice()));
    client.send("COPY", "/c/o?multipart-manifest=get", &[("Destination", "c/copy")], b"").await;
    assert_eq!(client.get("/c/copy").await.header("etag"), Some(etag));

    client.send("POST", "/c/o", &[("X-Object-Meta-A", "1")], b"").await;
    assert_eq!(client.get("/c/o").await.body, whole);

    let report = client.send("DELETE", "/c/o?multipart-manifest=delete", &[("Accept", "application/json")], b"").await;
    assert_eq!(report.json()["Number Deleted"], 4);
    assert_eq!(client.get("/s").await.status, 204);
    assert_eq!(client.get("/c/copy").await.status, 409, "its segments are gone");
}

#[tokio::test]
async fn manifests_of_manifests_and_pieces() {
    let (_emulator, client, whole) = with_segments().await;
    client.put("/c/inner?multipart-manifest=put", &manifest(2)).await;
    let outer = json!([
        {"path": "/c/inner", "range": "50000-149999"},
        {"data": "aGVsbG8="},
        {"path": "/s/o/2", "size_bytes": 50_000},
    ]);
    assert_eq!(client.put("/c/outer?multipart-manifest=put", outer.to_string().as_bytes()).await.status, 201);
    let expected = [&whole[50_000..150_000], b"hello", &whole[200_000..]].concat();
    assert_eq!(client.get("/c/outer").await.body, expected);
    let part = client.send("GET", "/c/outer", &[("Range", "bytes=49999-100006")], b"").await;
    assert_eq!(part.body, expected[49_999..=100_006]);
}

#[tokio::test]
async fn bad_manifests_are_explained() {
    let (_emulator, client, _) = with_segments().await;
    let put = async |body: serde_json::Value| {
        let accept = [("Accept", "application/json")];
        client.send("PUT", "/c/o?multipart-manifest=put", &accept, body.to_string().as_bytes()).await
    };
    let wrong = put(json!([
        {"path": "/s/nope"},
        {"path": "/s/o/1", "size_bytes": 7, "etag": "beef"},
        {"path": "/s/o/2", "range": "60000-70000"},
    ]))
    .await;
    assert_eq!(wrong.status, 400);
    assert_eq!(
        wrong.json()["Errors"],
        json!([
            ["/s/nope", "404 Not Found"],
            ["/s/o/1", "Size Mismatch"],
            ["/s/o/1", "Etag Mismatch"],
            ["/s/o/2", "Unsatisfiable Range"],
        ])
    );
    assert_eq!(put(json!({})).await.status, 400);
    assert_eq!(put(json!([{"path": "/s/o/0", "extra": 1}])).await.status, 400);
    let many: Vec<_> = (0..1001).map(|_| json!({"path": "/s/o/0"})).collect();
    assert_eq!(put(json!(many)).await.status, 413);
    let etag = [("ETag", "0123")];
    assert_eq!(client.send("PUT", "/c/o?multipart-manifest=put", &etag, &manifest(1)).await.status, 422);
    assert_eq!(client.get("/c/o").await.status, 404);
}

#[tokio::test]
async fn a_segment_that_changed_breaks_the_answer_off() {
    let (_emulator, client, whole) = with_segments().await;
    client.put("/c/o?multipart-manifest=put", &manifest(3)).await;
    client.put("/s/o/1", b"changed").await;
    let broken = client.get("/c/o").await;
    assert_eq!((broken.status, broken.whole), (200, false));
    assert!(whole.starts_with(&broken.body));
    client.put("/s/o/0", b"changed").await;
    assert_eq!(client.get("/c/o").await.status, 409);
}

#[tokio::test]
async fn a_dynamic_large_object() {
    let (_emulator, client, whole) = with_segments().await;
    client.send("PUT", "/c/o", &[("X-Object-Manifest", "s/o%2F")], b"").await;
    let found = client.get("/c/o").await;
    assert_eq!((found.header("x-object-manifest"), found.body.as_slice()), (Some("s/o%2F"), whole.as_slice()));
    assert!(found.header("etag").unwrap().starts_with('"'));
    let part = client.send("GET", "/c/o", &[("Range", "bytes=-150001")], b"").await;
    assert_eq!((part.status, part.body.as_slice()), (206, &whole[99_999..]));
    assert_eq!(client.get("/c/o?multipart-manifest=get").await.body, b"");
    client.send("COPY", "/c/o", &[("Destination", "c/plain")], b"").await;
    assert_eq!(client.get("/c/plain").await.body, whole);
    client.send("COPY", "/c/o?multipart-manifest=get", &[("Destination", "c/copy")], b"").await;
    assert_eq!(client.get("/c/copy").await.body, whole);
    client.put("/s/o/3", b"more").await;
    assert_eq!(client.get("/c/o").await.body.len(), whole.len() + 4);
    // As in Swift, a POST without the header makes it a plain, empty object.
    client.send("POST", "/c/o", &[], b"").await;
    assert_eq!(client.get("/c/o").await.body, b"");
}
