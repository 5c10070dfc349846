//! The containers' operations.

use super::{exchange, golden, json};
use serde_json::json;

#[test]
fn list_objects() {
    golden(
        "GET /v1/{account}/c%20%2525?format=json&limit=3&marker=a%2Bb&end_marker=%C3%A9&prefix=p%2F&delimiter=%2F&path=x%3D1",
        "200\n\
         X-Container-Object-Count: 3\n\
         X-Container-Bytes-Used: 26\n\
         X-Container-Meta-Book: Tom\n\
         X-Container-Read: .r:*\n\
         X-Timestamp: 1389727543.65372\n\
         \n\
         [{\"hash\": \"451e372e48e0f6b1114fa0724aa79fa1\", \"last_modified\": \"2014-01-15T16:41:49.390270\", \"bytes\": 14, \
         \"name\": \"goodbye\", \"content_type\": \"application/octet-stream\"}, \
         {\"hash\": \"\\\"ab-2\\\"\", \"last_modified\": \"2014-01-15T16:37:43\", \"bytes\": 0, \"name\": \"a b\\u0000\", \
         \"content_type\": \"text/x\", \"slo_etag\": \"z\"}, {\"subdir\": \"p/x/\"}]",
        json!({
            "items": [
                {
                    "name": "goodbye", "bytes": 14, "hash": "451e372e48e0f6b1114fa0724aa79fa1",
                    "last_modified": "2014-01-15T16:41:49.390270", "content_type": "application/octet-stream",
                },
                {"name": "a b\0", "bytes": 0, "hash": "\"ab-2\"", "last_modified": "2014-01-15T16:37:43", "slo_etag": "z"},
                {"subdir": "p/x/"},
            ],
            "info": {
                "object_count": 3, "bytes_used": 26, "read_acl": ".r:*", "write_acl": null, "metadata": {"book": "Tom"},
                "timestamp": "1389727543.65372",
            },
        }),
        async |swift| {
            let list = swift.list_objects("c %25").limit(3).marker("a+b").end_marker("é").prefix("p/").delimiter("/").path("x=1");
            let page = list.send().await?;
            json(json!({"items": page.items, "info": page.info}))
        },
    );
}

#[test]
fn list_objects_times_without_a_zone_are_utc() {
    for (text, seconds) in [
        ("2014-01-15T16:41:49.390270", 1_389_804_109),
        ("2014-01-15T16:41:49", 1_389_804_109),
        ("2014-01-15T16:41:49Z", 1_389_804_109),
        ("2014-01-15 16:41:49", 1_389_804_109),
    ] {
        let answer: &'static str = format!("200\n\n[{{\"name\": \"o\", \"bytes\": 1, \"last_modified\": \"{text}\"}}]").leak();
        let (_, outcome) = exchange(answer, async |swift| {
            let items = swift.list_objects("c").send().await?.items;
            let object = items.into_iter().next().expect("one object");
            assert_eq!((object.hash, object.content_type), (None, None), "what is optional may be missing");
            json(object.last_modified.map(|at| at.unix_seconds()))
        });
        assert_eq!(outcome.expect("decoded"), seconds, "{text}");
    }
}

#[test]
fn list_objects_guards_against_a_server_that_repeats_itself() {
    let answer = "200\n\n[{\"name\": \"a\", \"bytes\": 1}, {\"name\": \"b\", \"bytes\": 1}]";
    let (sent, outcome) = exchange(answer, async |swift| json(swift.list_objects("c").limit(2).items().collect().await?));
    let error = outcome.expect_err("it never ends").to_string();
    assert!(error.contains("list_objects") && error.contains("marker"), "{error}");
    assert_eq!(sent, ["GET /v1/{account}/c?format=json&limit=2", "GET /v1/{account}/c?format=json&limit=2&marker=b"]);
}

#[test]
fn list_objects_asks_for_less_where_the_page_is_too_large() {
    let (sent, outcome) =
        exchange("412\n\nMaximum limit is 100", async |swift| json(swift.list_objects("c").items().collect().await?));
    assert!(outcome.is_err());
    assert_eq!(sent, ["GET /v1/{account}/c?format=json&limit=10000", "GET /v1/{account}/c?format=json"]);
}

#[test]
fn create_container() {
    for answer in [
        "201\nContent-Length: 76\nContent-Type: text/html; charset=UTF-8\nX-Trans-Id: tx1\n\n<html><h1>Created</h1></html>",
        "202\nX-Trans-Id: tx1",
    ] {
        golden(
            "PUT /v1/{account}/c%3F\n\
             x-container-meta-access-control-allow-origin: *\n\
             x-container-meta-access-control-expose-headers: etag\n\
             x-container-meta-access-control-max-age: 60\n\
             x-container-meta-book: Tom\n\
             x-container-meta-quota-bytes: 10\n\
             x-container-meta-quota-count: 2\n\
             x-container-meta-web-error: error.html\n\
             x-container-meta-web-index: index.html\n\
             x-container-meta-web-listings: true\n\
             x-container-meta-web-listings-css: style.css\n\
             x-container-read: .r:*\n\
             x-container-sync-key: shared\n\
             x-container-sync-to: //r/c/AUTH_x/c\n\
             x-container-write: p:u\n\
             x-storage-policy: gold\n\
             x-versions-location: old%20ones",
            answer,
            json!({"trans_id": "tx1"}),
            async |swift| {
                let create = swift.create_container("c?").metadata("Book", "Tom").read_acl(".r:*").write_acl("p:u");
                let create = create.versions_location("old%20ones").storage_policy("gold").quota_bytes(10).quota_count(2);
                let create =
                    create.web_index("index.html").web_error("error.html").web_listings(true).web_listings_css("style.css");
                let create = create.sync_to("//r/c/AUTH_x/c").sync_key(&"shared".into()).access_control_allow_origin("*");
                json(create.access_control_max_age(60).access_control_expose_headers("etag").send().await?)
            },
        );
    }
}

#[test]
fn create_container_with_history() {
    golden("PUT /v1/{account}/c\nx-history-location: old", "201", json!({"trans_id": null}), async |swift| {
        json(swift.create_container("c").history_location("old").send().await?)
    });
}

#[test]
fn delete_container() {
    golden("DELETE /v1/{account}/..", "204\nContent-Length: 0", json!(null), async |swift| {
        json(swift.delete_container("..").send().await?)
    });
}

#[test]
fn update_container() {
    golden(
        "POST /v1/{account}/c\n\
         x-container-meta-author: Sam\n\
         x-container-read: .r:*,.rlistings\n\
         x-remove-container-meta-book: x\n\
         x-remove-container-write: x\n\
         x-remove-history-location: x\n\
         x-remove-versions-location: x",
        "204\nContent-Length: 0",
        json!(null),
        async |swift| {
            let acl = k5_object_storage::acl::Acl::new().anyone().listings().to_string();
            let update = swift.update_container("c").metadata("Author", "Sam").remove_metadata("Book").read_acl(&acl);
            json(update.remove_write_acl().remove_versions_location().remove_history_location().send().await?)
        },
    );
}

#[test]
fn show_container() {
    for (status, length) in [("204", "0"), ("200", "9")] {
        let answer = format!(
            "{status}\nContent-Length: {length}\nX-Container-Object-Count: 1\nX-Container-Bytes-Used: 14\nX-Versions-Location: old%20ones\n\
             X-Storage-Policy: gold\nX-Container-Meta-Quota-Bytes: 100\nX-Container-Sync-To: //r/c\nX-Container-Meta-Web-Index: i.html"
        );
        golden(
            "HEAD /v1/{account}/c",
            answer.leak(),
            json!({
                "object_count": 1, "bytes_used": 14, "versions_location": "old%20ones", "storage_policy": "gold", "quota_bytes": 100,
                "quota_count": null, "sync_to": "//r/c", "metadata": {"web-index": "i.html", "quota-bytes": "100"},
            }),
            async |swift| json(swift.show_container("c").send().await?),
        );
    }
}
