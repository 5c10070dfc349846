//! Objects in and out.

use k5::{ByteStream, Cloud};
use k5_tests::Scope;
use k5_tests::bytes::noise;
use std::time::{SystemTime, UNIX_EPOCH};

const EMPTY_MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// In, shown, out as memory, stream and reader, deleted, gone.
pub(crate) async fn round_trip(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "objects").await;
    let body = noise(300_000, 1);
    let stored =
        swift.upload(&container, "a/b.txt").from_bytes(body.clone()).metadata("colour", "red").send().await.expect("stored");
    assert_eq!(stored.bytes, 300_000);
    assert!(stored.answer.last_modified.is_some());
    let etag = stored.etag.expect("an ETag");
    assert_eq!(etag.len(), 32, "bare: {etag}");

    let info = swift.show_object(&container, "a/b.txt").newest(true).send().await.expect("shown");
    assert_eq!(info.content_length, Some(300_000));
    assert_eq!(info.etag.as_deref(), Some(etag.as_str()));
    assert_eq!(info.content_type.as_deref(), Some("text/plain"), "guessed from the name");
    assert_eq!(info.metadata["colour"], "red");
    assert!(info.last_modified.is_some() && info.timestamp.is_some());

    let download = swift.download_object(&container, "a/b.txt").send().await.expect("there");
    assert!(download.is_whole());
    assert_eq!((download.length(), download.expected_md5()), (Some(300_000), Some(etag.as_str())));
    assert_eq!(download.collect(300_000).await.expect("whole"), body);
    let mut stream = swift.download_object(&container, "a/b.txt").send().await.expect("there").into_stream();
    let mut seen = Vec::new();
    while let Some(chunk) = stream.next_chunk().await {
        seen.extend_from_slice(&chunk.expect("a chunk"));
    }
    assert_eq!(seen, body);
    let mut reader = swift.download_object(&container, "a/b.txt").send().await.expect("there").into_async_read();
    let mut seen = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut seen).await.expect("read");
    assert_eq!(seen, body);
    let error = swift.download_object(&container, "a/b.txt").send().await.expect("there").collect(299_999).await;
    assert!(error.is_err(), "nothing is collected beyond its limit");

    swift.upload(&container, "a/b.txt").from_bytes("new").send().await.expect("replaced");
    let info = swift.show_object(&container, "a/b.txt").send().await.expect("shown");
    assert_eq!(info.content_length, Some(3));
    assert!(info.metadata.is_empty(), "the old metadata went with the old content: {:?}", info.metadata);

    assert!(swift.delete_object(&container, "a/b.txt").send().await.expect("deleted").is_none(), "no report for one object");
    for error in [
        swift.delete_object(&container, "a/b.txt").send().await.map(drop).expect_err("gone"),
        swift.show_object(&container, "a/b.txt").send().await.map(drop).expect_err("gone"),
        swift.download_object(&container, "a/b.txt").send().await.map(drop).expect_err("gone"),
        swift.update_object(&container, "a/b.txt").send().await.expect_err("gone"),
    ] {
        assert!(error.is_not_found(), "{error}");
    }
}

/// Files, readers and streams, of known and of unknown length, on both sides of every threshold.
pub(crate) async fn from_every_source(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "sources").await;
    let folder = std::env::temp_dir().join(format!("{}files", scope.prefix()));
    std::fs::create_dir(&folder).expect("a folder");
    for (seed, length) in [0, 1, 65_535, 65_536, 65_537, 262_144, 1_048_579].into_iter().enumerate() {
        let body = noise(length, seed as u64);
        let file = folder.join("source");
        std::fs::write(&file, &body).expect("written");
        let known = Some(length as u64);
        let chunks: Vec<_> = body.chunks(10_007).map(<[u8]>::to_vec).collect();
        let stream =
            || ByteStream::from_stream(futures_util::stream::iter(chunks.clone().into_iter().map(|chunk| Ok(chunk.into()))));
        let uploads = [
            ("bytes", swift.upload(&container, "bytes").from_bytes(body.clone())),
            ("path", swift.upload(&container, "path").from_path(&file)),
            ("unverified", swift.upload(&container, "unverified").from_path(&file).verify(false)),
            ("reader", swift.upload(&container, "reader").from_reader(std::io::Cursor::new(body.clone()), known)),
            ("pipe", swift.upload(&container, "pipe").from_reader(std::io::Cursor::new(body.clone()), None)),
            ("stream", swift.upload(&container, "stream").from_stream(stream(), known)),
            ("chunked", swift.upload(&container, "chunked").from_stream(stream(), None)),
        ];
        for (name, upload) in uploads {
            let stored = upload.send().await.unwrap_or_else(|error| panic!("{name} of {length}: {error}"));
            assert_eq!(stored.bytes, length as u64, "{name}");
            let target = folder.join("target");
            let got = swift.download_object(&container, name).send().await.expect("there").to_path(&target).await;
            assert_eq!(got.unwrap_or_else(|error| panic!("{name} of {length}: {error}")), length as u64);
            assert_eq!(std::fs::read(&target).expect("read"), body, "{name} of {length}");
        }
    }
    let empty = swift.upload(&container, "none").send().await.expect("an empty object");
    assert_eq!(empty.etag.as_deref(), Some(EMPTY_MD5));
    assert_eq!(std::fs::read_dir(&folder).expect("listed").count(), 2, "no part is left over");
    std::fs::remove_dir_all(&folder).expect("removed");
}

/// A wrong checksum, a container that isn't there, a length that doesn't hold.
pub(crate) async fn refusals(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "refusals").await;
    let error = swift
        .upload_object(&container, "o", k5::Body::bytes("abc"))
        .etag(EMPTY_MD5)
        .send()
        .await
        .expect_err("the checksum is that of other bytes");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(422), "{error}");
    let error = swift.upload(&format!("{container}-missing"), "o").from_bytes("x").send().await.expect_err("no such container");
    assert!(error.is_not_found(), "{error}");
    for length in [Some(2), Some(4)] {
        let source = std::io::Cursor::new(b"abc".to_vec());
        let error = swift.upload(&container, "o").from_reader(source, length).send().await.expect_err("a length that doesn't hold");
        assert_eq!(error.kind(), k5::ErrorKind::Local, "{error}");
    }
    let error = swift.show_object(&container, "o").send().await.expect_err("nothing was stored");
    assert!(error.is_not_found(), "{error}");
}

/// Media type, encoding and disposition.
pub(crate) async fn stored_headers(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "headers").await;
    // Claims to be compressed, and comes back as it is: nothing is decoded on the way.
    let upload = swift.upload(&container, "o.json").from_bytes("not gzip").content_type("application/x-own; v=1");
    let upload = upload.configure(|put| put.content_encoding("gzip").content_disposition("attachment; filename=\"x y\""));
    upload.send().await.expect("stored");
    let download = swift.download_object(&container, "o.json").send().await.expect("there");
    assert_eq!(download.info().content_encoding.as_deref(), Some("gzip"));
    assert_eq!(download.info().content_disposition.as_deref(), Some("attachment; filename=\"x y\""));
    assert_eq!(download.info().content_type.as_deref(), Some("application/x-own; v=1"));
    assert_eq!(&download.collect(100).await.expect("whole")[..], b"not gzip");

    swift
        .upload_object(&container, "detected.html", k5::Body::bytes("x"))
        .content_type("application/x-own")
        .detect_content_type(true)
        .send()
        .await
        .expect("stored");
    let info = swift.show_object(&container, "detected.html").send().await.expect("shown");
    assert_eq!(info.content_type.as_deref(), Some("text/html"));
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}

/// An expiry is set in both ways, shown, taken away, and happens.
pub(crate) async fn expire(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "expiry").await;
    let at = now() + 1000;
    swift.upload(&container, "at").from_bytes("x").configure(move |put| put.delete_at(at)).send().await.expect("stored");
    let info = swift.show_object(&container, "at").send().await.expect("shown");
    assert_eq!(info.delete_at, Some(at));
    swift.update_object(&container, "at").remove_delete_at().send().await.expect("updated");
    assert_eq!(swift.show_object(&container, "at").send().await.expect("shown").delete_at, None);

    let before = now();
    swift.upload(&container, "after").from_bytes("x").configure(|put| put.delete_after(500)).send().await.expect("stored");
    let info = swift.show_object(&container, "after").send().await.expect("shown");
    assert!(info.delete_at.is_some_and(|at| (before + 500..=now() + 500).contains(&at)), "{:?}", info.delete_at);
    let error = swift
        .upload(&container, "past")
        .from_bytes("x")
        .configure(|put| put.delete_at(1_000_000_000))
        .send()
        .await
        .expect_err("in the past");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{error}");

    swift.update_object(&container, "after").delete_after(1).send().await.expect("updated");
    k5_tests::eventually("the object expired", async || swift.show_object(&container, "after").send().await.err())
        .await
        .is_not_found()
        .then_some(())
        .expect("it is not found");
}

k5_tests::cases! {
    round_trip [
        object_storage.upload_object, object_storage.download_object, object_storage.show_object, object_storage.delete_object,
    ]
    from_every_source [object_storage.upload_object, object_storage.download_object]
    refusals [object_storage.upload_object]
    stored_headers [object_storage.upload_object, object_storage.show_object]
    expire [object_storage.upload_object, object_storage.update_object, object_storage.show_object]
}
