//! The objects' operations.

use super::{exchange, golden, json};
use k5_core::{Body, ByteStream, WithOptions};
use k5_object_storage::MetadataChange;
use k5_object_storage::large::Segment;
use serde_json::json;

const HELLO_MD5: &str = "5d41402abc4b2a76b9719d911017c592";

#[test]
fn download_object() {
    golden(
        "GET /v1/{account}/c/a%20b//../%3F%23%25?multipart-manifest=get\n\
         if-match: e1\n\
         if-modified-since: Wed, 15 Jan 2014 16:41:49 GMT\n\
         if-none-match: e2\n\
         if-unmodified-since: Wed, 15 Jan 2014 16:41:49 GMT\n\
         range: bytes=0-4\n\
         x-newest: false",
        "206\n\
         Content-Length: 5\n\
         Content-Range: bytes 0-4/14\n\
         Last-Modified: Wed, 15 Jan 2014 16:41:49 GMT\n\
         Etag: 451e372e48e0f6b1114fa0724aa79fa1\n\
         X-Timestamp: 1389804109.39027\n\
         X-Object-Meta-Orig-Filename: goodbye ü.txt\n\
         Content-Type: application/octet-stream\n\
         Content-Encoding: gzip\n\
         Content-Disposition: inline\n\
         X-Delete-At: 1400000000\n\
         X-Openstack-Request-Id: tx1\n\
         \n\
         hello",
        json!({
            "info": {
                "content_length": 5, "content_range": "bytes 0-4/14", "last_modified": "Wed, 15 Jan 2014 16:41:49 GMT",
                "etag": "451e372e48e0f6b1114fa0724aa79fa1", "timestamp": "1389804109.39027", "content_type": "application/octet-stream",
                "content_encoding": "gzip", "content_disposition": "inline", "delete_at": 1_400_000_000, "static_large_object": null,
                "metadata": {"orig-filename": "goodbye ü.txt"}, "headers": {"x-openstack-request-id": "tx1"},
            },
            "whole": false, "expected": null, "body": "hello",
        }),
        async |swift| {
            let get = swift.download_object("c", "a b//../?#%").multipart_manifest("get").range("bytes=0-4").newest(false);
            let get = get.if_match("e1").if_none_match("e2").if_modified_since("Wed, 15 Jan 2014 16:41:49 GMT");
            let download = get.if_unmodified_since("Wed, 15 Jan 2014 16:41:49 GMT").send().await?;
            let (info, whole) = (serde_json::to_value(download.info()).expect("JSON"), download.is_whole());
            let expected = download.expected_md5().map(str::to_owned);
            let object = download.object_info();
            assert_eq!((download.length(), download.size(), object.content_length), (Some(5), Some(14), Some(14)));
            assert_eq!((object.content_range, object.headers.get("content-length")), (None, Some(&http::HeaderValue::from(14))));
            let body = String::from_utf8(download.collect(5).await?.to_vec()).expect("text");
            json(json!({"info": info, "whole": whole, "expected": expected, "body": body}))
        },
    );
}

#[test]
fn download_object_by_a_link() {
    golden(
        "GET /v1/{account}/c/o?temp_url_sig=abc&temp_url_expires=1400000000&filename=a%20b&signature=s&expires=7",
        "200\nEtag: 5d41402abc4b2a76b9719d911017c592\n\nhello",
        json!(5),
        async |swift| {
            let get = swift.download_object("c", "o").temp_url_sig(&"abc".into()).temp_url_expires("1400000000").filename("a b");
            let download = get.signature(&"s".into()).expires("7").with_no_token().send().await?;
            json(download.collect(10).await?.len())
        },
    );
}

/// The ETag of a plain object is the MD5 of its bytes, in quotes too; that of a large one is not, nor is a weak one.
#[test]
fn download_object_is_checked_where_it_can_be() {
    let plain = "200\nEtag: 5d41402abc4b2a76b9719d911017c592\n\nhello";
    let upper = "200\nEtag: 5D41402ABC4B2A76B9719D911017C592\n\nhello";
    let damaged = "200\nEtag: 5d41402abc4b2a76b9719d911017c592\n\nhallo";
    let quoted = "200\nEtag: \"5d41402abc4b2a76b9719d911017c592\"\n\nhello";
    let quoted_damaged = "200\nEtag: \"5d41402abc4b2a76b9719d911017c592\"\n\nhallo";
    let weak = "200\nEtag: W/\"5d41402abc4b2a76b9719d911017c592\"\n\nhallo";
    let segmented = "200\nEtag: 5d41402abc4b2a76b9719d911017c592\nX-Static-Large-Object: True\n\nhallo";
    let dynamic = "200\nEtag: 5d41402abc4b2a76b9719d911017c592\nX-Object-Manifest: c/p\n\nhallo";
    let proxy = "200\nContent-Type: text/html\n\n<html>";
    for (answer, good) in [
        (plain, true),
        (upper, true),
        (damaged, false),
        (quoted, true),
        (quoted_damaged, false),
        (weak, true),
        (segmented, true),
        (dynamic, true),
        (proxy, false),
    ] {
        let (_, outcome) =
            exchange(answer, async |swift| json(swift.download_object("c", "o").send().await?.collect(10).await?.len()));
        assert_eq!(outcome.is_ok(), good, "{answer}: {outcome:?}");
        let (_, outcome) = exchange(answer, async |swift| {
            json(swift.download_object("c", "o").send().await?.verify(false).collect(10).await?.len())
        });
        outcome.expect("who asks for no check gets none");
    }
}

#[test]
fn upload_object() {
    golden(
        "PUT /v1/{account}/c/%C3%A9/?multipart-manifest=put\n\
         content-disposition: inline\n\
         content-encoding: gzip\n\
         content-type: text/x\n\
         etag: e1\n\
         if-none-match: *\n\
         x-copy-from: /c/o\n\
         x-delete-after: 60\n\
         x-delete-at: 1400000000\n\
         x-detect-content-type: true\n\
         x-object-manifest: c/p\n\
         x-object-meta-movie: Pie\n\
         \n\
         hello",
        // The body of a 201 is a page about it, and its Content-Type is the page's.
        "201\n\
         Last-Modified: Fri, 17 Jan 2014 17:28:35 GMT\n\
         Content-Length: 116\n\
         Etag: d41d8cd98f00b204e9800998ecf8427e\n\
         Content-Type: text/html; charset=UTF-8\n\
         X-Trans-Id: tx4\n\
         \n\
         <html><h1>Created</h1><p>It is there.</p></html>",
        json!({"etag": "d41d8cd98f00b204e9800998ecf8427e", "last_modified": "Fri, 17 Jan 2014 17:28:35 GMT", "trans_id": "tx4"}),
        async |swift| {
            let put = swift.upload_object("c", "é/", Body::bytes("hello")).multipart_manifest("put").content_type("text/x");
            let put = put.detect_content_type(true).copy_from("/c/o").object_manifest("c/p").etag("e1").content_encoding("gzip");
            let put = put.content_disposition("inline").delete_at(1_400_000_000).delete_after(60).metadata("Movie", "Pie");
            json(put.if_none_match("*").send().await?)
        },
    );
}

#[test]
fn upload_object_from_each_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("o.txt");
    std::fs::write(&file, "hello").expect("written");
    let answer = "201\nEtag: 5d41402abc4b2a76b9719d911017c592";
    let checked = format!("PUT /v1/{{account}}/c/o.txt\ncontent-type: text/plain\netag: {HELLO_MD5}\nx-object-meta-a: b\n\nhello");
    let streamed = "PUT /v1/{account}/c/o.txt\ncontent-type: text/plain\nx-object-meta-a: b\n\nhello";
    for (source, sent) in [("bytes", checked.as_str()), ("path", &checked), ("reader", &checked), ("stream", streamed)] {
        golden(sent, answer, json!({"bytes": 5, "etag": HELLO_MD5}), async |swift| {
            let upload = swift.upload("c", "o.txt").metadata("A", "b");
            let upload = match source {
                "bytes" => upload.from_bytes("hello"),
                "path" => upload.from_path(&file),
                "reader" => upload.from_reader(&b"hello"[..], None),
                _ => upload.from_stream(ByteStream::from_bytes("hello"), Some(5)),
            };
            let stored = upload.send().await?;
            json(json!({"bytes": stored.bytes, "etag": stored.etag}))
        });
    }
}

#[test]
fn upload_object_as_a_manifest() {
    golden(
        "PUT /v1/{account}/c/big?multipart-manifest=put\ncontent-type: application/json\n\n\
         [{\"path\":\"/s/a b\",\"etag\":\"e1\",\"size_bytes\":7}]",
        "201\nEtag: \"x\"",
        json!({"etag": "\"x\""}),
        async |swift| json(swift.put_manifest("c", "big", &[Segment::new("s", "a b", "e1", 7)]).send().await?),
    );
    golden("PUT /v1/{account}/c/big\nx-object-manifest: s%20%C3%BC/p%3F/", "201", json!({"etag": null}), async |swift| {
        json(swift.put_dynamic_manifest("c", "big", "s ü", "p?/").send().await?)
    });
}

#[test]
fn download_object_as_a_manifest() {
    golden(
        "GET /v1/{account}/c/big?multipart-manifest=get",
        "200\nX-Static-Large-Object: True\nEtag: x\nContent-Type: application/json\n\n\
         [{\"hash\": \"e1\", \"last_modified\": \"2014-01-15T16:41:49.000000\", \"bytes\": 7, \"name\": \"/s/a b\", \"content_type\": \"t\", \"new\": 1}]",
        json!([{"name": "/s/a b", "hash": "e1", "bytes": 7, "new": 1}]),
        async |swift| json(swift.get_manifest("c", "big").await?),
    );
}

#[test]
fn copy_object() {
    // `X-Copied-From` has no slash in front, `Destination` has one.
    let answer = "201\n\
                  Content-Length: 0\n\
                  X-Copied-From-Last-Modified: Thu, 16 Jan 2014 21:19:45 GMT\n\
                  X-Copied-From: c/a%20b\n\
                  Last-Modified: Fri, 17 Jan 2014 18:22:57 GMT\n\
                  Etag: 451e372e48e0f6b1114fa0724aa79fa1\n\
                  X-Object-Meta-Movie: Pie\n\
                  X-Copied-From-Account: AUTH_x";
    golden(
        "COPY /v1/{account}/c/a%20b?multipart-manifest=get\n\
         content-disposition: inline\n\
         content-encoding: gzip\n\
         content-type: text/x\n\
         destination: /d%20%C3%A9/x%25/y\n\
         destination-account: AUTH_y\n\
         x-delete-after: 9\n\
         x-delete-at: 8\n\
         x-fresh-metadata: true\n\
         x-object-meta-movie: Pie",
        answer,
        json!({
            "etag": "451e372e48e0f6b1114fa0724aa79fa1", "copied_from": "c/a%20b",
            "copied_from_last_modified": "Thu, 16 Jan 2014 21:19:45 GMT", "last_modified": "Fri, 17 Jan 2014 18:22:57 GMT",
            "metadata": {"movie": "Pie"}, "headers": {"x-copied-from-account": "AUTH_x"},
        }),
        async |swift| {
            let copy = swift
                .copy(("c", "a b"), ("d é", "x%/y"))
                .multipart_manifest("get")
                .destination_account("AUTH_y")
                .content_type("text/x");
            let copy = copy.content_encoding("gzip").content_disposition("inline").metadata("Movie", "Pie").fresh_metadata(true);
            json(copy.delete_at(8).delete_after(9).send().await?)
        },
    );
    golden("COPY /v1/{account}/c/o\ndestination: d/o", answer, json!({"copied_from": "c/a%20b"}), async |swift| {
        json(swift.copy_object("c", "o", "d/o").send().await?)
    });
}

#[test]
fn copy_object_by_put() {
    golden("PUT /v1/{account}/d/x\nx-copy-from: /c%20/a%20b", "201\nEtag: e1", json!({"etag": "e1"}), async |swift| {
        json(swift.copy_by_put(("c ", "a b"), ("d", "x")).send().await?)
    });
}

#[test]
fn delete_object() {
    golden("DELETE /v1/{account}/c//o\naccept: application/json", "204\nContent-Length: 0", json!(null), async |swift| {
        json(swift.delete_object("c", "/o").send().await?)
    });
    golden(
        "DELETE /v1/{account}/c/big?multipart-manifest=delete\naccept: application/json",
        "200\nContent-Type: application/json\n\n\
         {\"Number Deleted\": 3, \"Number Not Found\": 0, \"Response Body\": \"\", \"Response Status\": \"200 OK\", \"Errors\": []}",
        json!({"Number Deleted": 3}),
        async |swift| json(swift.delete_with_segments("c", "big").await?),
    );
    let half = "200\n\n{\"Number Deleted\": 2, \"Number Not Found\": 0, \"Response Body\": \"\", \"Response Status\": \"400 Bad Request\", \
                \"Errors\": [[\"/s/1\", \"409 Conflict\"]]}";
    let (_, outcome) = exchange(half, async |swift| json(swift.delete_with_segments("c", "big").await?));
    assert!(outcome.expect_err("one is left").to_string().contains("/s/1"), "a success that is none");
}

#[test]
fn show_object() {
    golden(
        "HEAD /v1/{account}/c/o?multipart-manifest=get&temp_url_sig=s&temp_url_expires=7\n\
         if-match: e1\n\
         if-modified-since: d1\n\
         if-none-match: e2\n\
         if-unmodified-since: d2\n\
         x-newest: true",
        "200\nContent-Length: 14\nEtag: \"e1\"\nX-Static-Large-Object: True\nX-Object-Manifest: s%20/p\nX-Object-Meta-A: \nX-Delete-At: 9",
        json!({
            "content_length": 14, "etag": "\"e1\"", "static_large_object": true, "object_manifest": "s%20/p", "metadata": {"a": ""},
            "delete_at": 9, "last_modified": null, "content_type": null,
        }),
        async |swift| {
            let head =
                swift.show_object("c", "o").multipart_manifest("get").temp_url_sig(&"s".into()).temp_url_expires("7").newest(true);
            let head = head.if_match("e1").if_none_match("e2").if_modified_since("d1").if_unmodified_since("d2");
            json(head.send().await?)
        },
    );
}

#[test]
fn update_object() {
    golden(
        "POST /v1/{account}/c/o\n\
         content-disposition: inline\n\
         content-encoding: gzip\n\
         content-type: text/x\n\
         x-delete-after: 9\n\
         x-delete-at: 8\n\
         x-detect-content-type: false\n\
         x-object-manifest: s/p\n\
         x-object-meta-movie: Pie\n\
         x-remove-delete-at: x",
        "202\nContent-Length: 76\nContent-Type: text/html; charset=UTF-8\n\n<html><h1>Accepted</h1><p>Later.</p></html>",
        json!(null),
        async |swift| {
            let post = swift.update_object("c", "o").metadata("Movie", "Pie").delete_at(8).delete_after(9).remove_delete_at();
            let post =
                post.content_disposition("inline").content_encoding("gzip").content_type("text/x").detect_content_type(false);
            json(post.object_manifest("s/p").send().await?)
        },
    );
}

/// A POST replaces the set, so a change reads it first and writes all of it.
#[test]
fn update_object_keeps_what_a_change_does_not_name() {
    let answer = "200\nX-Object-Meta-A: 1\nX-Object-Meta-B: 2\nX-Delete-At: 9\nContent-Disposition: inline\nContent-Encoding: gzip\n\
                  Cache-Control: max-age=5\nContent-Language: de\nExpires: Thu, 01 Jan 2099 00:00:00 GMT\nX-Robots-Tag: noindex\n\
                  X-Object-Manifest: s/p";
    let (sent, _) = exchange(answer, async |swift| {
        let change = MetadataChange::new().set("C", "3").remove("B");
        json(swift.change_object_metadata("c", "o", &change).await?)
    });
    assert_eq!(
        sent,
        [
            "HEAD /v1/{account}/c/o?symlink=get",
            "COPY /v1/{account}/c/o?multipart-manifest=get\n\
             cache-control: max-age=5\n\
             content-disposition: inline\n\
             content-encoding: gzip\n\
             content-language: de\n\
             destination: /c/o\n\
             expires: Thu, 01 Jan 2099 00:00:00 GMT\n\
             x-delete-at: 9\n\
             x-fresh-metadata: true\n\
             x-object-meta-a: 1\n\
             x-object-meta-c: 3\n\
             x-robots-tag: noindex",
        ]
    );
    // A large object's segments would be asked for.
    let answer = answer.replace("\nX-Object-Manifest: s/p", "").leak();
    let (sent, _) = exchange(answer, async |swift| {
        let change = MetadataChange::new()
            .remove("a")
            .remove("b")
            .keep_for_ever()
            .cache_control("no-store")
            .content_language("")
            .content_disposition("")
            .content_encoding("")
            .fresh_until("")
            .robots_tag("none");
        json(swift.change_object_metadata("c", "o", &change).await?)
    });
    let post = "POST /v1/{account}/c/o\n\
                cache-control: no-store\n\
                x-remove-delete-at: x\n\
                x-robots-tag: none";
    assert_eq!(sent[1], post);
}

/// An expiry that nobody can read is kept as it came; a link is refused before anything is changed.
#[test]
fn update_object_loses_nothing_and_changes_no_link() {
    let change = MetadataChange::new().set("a", "1");
    let (sent, _) = exchange("200\nX-Delete-At: 9.5", async |swift| json(swift.change_object_metadata("c", "o", &change).await?));
    assert_eq!(sent[1], "POST /v1/{account}/c/o\nx-delete-at: 9.5\nx-object-meta-a: 1");
    let (sent, outcome) =
        exchange("200\nX-Symlink-Target: d/a%20b", async |swift| json(swift.change_object_metadata("c", "o", &change).await?));
    let error = outcome.expect_err("a link");
    assert_eq!((error.kind(), sent.len()), (k5_core::ErrorKind::InvalidInput, 1));
    assert!(error.message().contains("change the metadata of d/a b"), "{error}");
    // What a container that keeps versions shows is not a link.
    let answer = "200\nX-Symlink-Target: c/o?version-id=1.5\nX-Object-Version-Id: 1.5";
    let (sent, outcome) = exchange(answer, async |swift| json(swift.show_object_itself("c", "o").await?.symlink_target));
    assert_eq!(outcome.expect("shown"), json!(null));
    assert_eq!(sent, ["HEAD /v1/{account}/c/o?symlink=get", "HEAD /v1/{account}/c/o?version-id=1.5&symlink=get"]);
}
