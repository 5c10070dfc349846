//! The account's operations, and those beyond the documented list.

use super::{exchange, golden, json};
use serde_json::json;

#[test]
fn list_containers() {
    golden(
        "GET /v1/{account}?format=json&limit=2&marker=a%20b&end_marker=z%2F&prefix=%C3%BC%26&delimiter=%2F&reverse=true\nx-newest: true",
        "200\n\
         Content-Type: application/json; charset=utf-8\n\
         X-Account-Container-Count: 3\n\
         X-Account-Object-Count: 5\n\
         X-Account-Bytes-Used: 14\n\
         X-Account-Meta-Subject: books\n\
         X-Timestamp: 1389453423.35964\n\
         X-Account-Storage-Policy-Gold-Bytes-Used: 14\n\
         X-Trans-Id: tx01\n\
         \n\
         [{\"bytes\": 0, \"count\": 0, \"name\": \"é\", \"tier\": 1}, {\"subdir\": \"x/\"}]",
        json!({
            "items": [{"name": "é", "count": 0, "bytes": 0, "tier": 1}, {"subdir": "x/"}],
            "info": {
                "container_count": 3, "object_count": 5, "bytes_used": 14, "timestamp": "1389453423.35964",
                "metadata": {"subject": "books"}, "trans_id": "tx01",
                "headers": {"x-account-storage-policy-gold-bytes-used": "14"},
            },
        }),
        async |swift| {
            let list = swift.list_containers().limit(2).marker("a b").end_marker("z/").prefix("ü&").delimiter("/");
            let page = list.reverse(true).newest(true).send().await?;
            json(json!({"items": page.items, "info": page.info}))
        },
    );
}

#[test]
fn list_containers_of_an_empty_account() {
    for answer in ["200\nContent-Type: application/json\n\n[]", "204\nContent-Length: 0", "200\n\n\n"] {
        golden("GET /v1/{account}?format=json", answer, json!([]), async |swift| json(swift.list_containers().send().await?.items));
    }
}

#[test]
fn update_account() {
    golden(
        "POST /v1/{account}\n\
         x-account-meta-subject: über\n\
         x-account-meta-temp-url-key: first\n\
         x-account-meta-temp-url-key-2: second\n\
         x-remove-account-meta-old: x",
        "204\nContent-Length: 0\nX-Trans-Id: tx02",
        json!(null),
        async |swift| {
            let update = swift.update_account().metadata("Subject", "über").remove_metadata("old");
            json(update.temp_url_key(&"first".into()).temp_url_key_2(&"second".into()).send().await?)
        },
    );
}

#[test]
fn show_account() {
    golden(
        "HEAD /v1/{account}\nx-newest: true",
        "204\nContent-Type: text/plain; charset=utf-8\nX-Account-Container-Count: 0\nX-Account-Meta-Orig-Name: N\nX-Timestamp: 1389453423",
        json!({"container_count": 0, "object_count": null, "bytes_used": null, "timestamp": "1389453423", "metadata": {"orig-name": "N"}}),
        async |swift| json(swift.show_account().newest(true).send().await?),
    );
}

#[test]
fn bulk_delete() {
    golden(
        "POST /v1/{account}?bulk-delete=true\naccept: application/json\ncontent-type: text/plain\n\nc%20/a/b%25\nc/%0A\n",
        "200\nContent-Type: application/json\n\n\
         {\"Number Not Found\": 1, \"Response Status\": \"200 OK\", \"Response Body\": \"\", \"Errors\": [], \"Number Deleted\": 1}",
        json!({"Number Deleted": 1, "Number Not Found": 1, "Response Status": "200 OK", "Errors": []}),
        async |swift| json(swift.delete_many([("c ", "a/b%"), ("c", "\n")]).await?),
    );
}

#[test]
fn bulk_delete_that_failed_in_part_is_an_error() {
    let answer = "200\n\n{\"Number Not Found\": 0, \"Response Status\": \"400 Bad Request\", \"Response Body\": \"\", \
                  \"Errors\": [[\"c/o\", \"403 Forbidden\"]], \"Number Deleted\": 1}";
    let (_, outcome) = exchange(answer, async |swift| json(swift.delete_many([("c", "o"), ("c", "p")]).await?));
    let error = outcome.expect_err("one is left").to_string();
    assert!(error.contains("c/o") && error.contains("403"), "{error}");
}

#[test]
fn bulk_delete_of_names_too_long_for_its_list() {
    let long = "%".repeat(1024);
    let (sent, outcome) = exchange("204", async |swift| json(swift.delete_many([("c", long.as_str())]).await?));
    assert_eq!(outcome.expect("deleted")["Number Deleted"], 1);
    assert_eq!(sent, [format!("DELETE /v1/{{account}}/c/{}\naccept: application/json", "%25".repeat(1024))]);
}

#[test]
fn show_info() {
    golden(
        "GET /info",
        "200\nContent-Type: application/json\n\n{\"swift\": {\"max_file_size\": 5368709122}, \"new\": {}}",
        json!({"swift": {"max_file_size": 5368709122_u64}, "new": {}}),
        async |swift| json(swift.show_info().send().await?),
    );
}
