//! Accounts, containers and listings.

use crate::client::Client;

async fn with(names: &[&str]) -> (k5_emulator::Emulator, Client) {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    assert_eq!(client.status("PUT", "/c").await, 201);
    for name in names {
        assert_eq!(client.put(&format!("/c/{name}"), b"x").await.status, 201, "{name}");
    }
    (emulator, client)
}

#[tokio::test]
async fn a_container_from_birth_to_death() {
    let (_emulator, client) = with(&[]).await;
    assert_eq!(client.status("PUT", "/c").await, 202);
    let meta = [("X-Container-Meta-one_two", "1"), ("X-Container-Meta-B", "2")];
    assert_eq!(client.send("POST", "/c", &meta, b"").await.status, 204);
    assert_eq!(client.send("POST", "/c", &[("X-Remove-Container-Meta-B", "x")], b"").await.status, 204);
    let shown = client.send("HEAD", "/c", &[], b"").await;
    assert_eq!(shown.status, 204);
    assert_eq!(shown.header("X-Container-Meta-One-Two"), Some("1"));
    assert_eq!(shown.header("X-Container-Meta-B"), None);
    assert_eq!(shown.header("X-Storage-Policy"), Some("gold"));
    client.put("/c/o", b"x").await;
    assert_eq!(client.status("DELETE", "/c").await, 409);
    assert_eq!(client.status("DELETE", "/c/o").await, 204);
    assert_eq!(client.status("DELETE", "/c").await, 204);
    assert_eq!(client.status("DELETE", "/c").await, 404);
    assert_eq!(client.status("POST", "/c").await, 404);
    assert_eq!(client.send("PUT", "/c", &[("X-Storage-Policy", "bronze")], b"").await.status, 400);
}

#[tokio::test]
async fn listings_in_three_formats() {
    let (_emulator, client) = with(&["a", "b/1", "b/2", "%C3%A9%22%26"]).await;
    assert_eq!(client.get("/c").await.text(), "a\nb/1\nb/2\né\"&\n");
    let json = client.get("/c?format=json&delimiter=/").await;
    assert!(
        json.text().starts_with(r#"[{"bytes": 1, "hash": "9dd4e461268c8034f5c8564e155c67a6", "name": "a", "#),
        "{}",
        json.text()
    );
    let json = json.json();
    assert_eq!(json[1]["subdir"], "b/");
    assert_eq!(json[2]["name"], "é\"&");
    let xml = client.get("/c?format=xml&prefix=%C3%A9").await.text();
    assert!(xml.contains("<container name=\"c\"><object><name>é&quot;&amp;</name><hash>"), "{xml}");
    assert_eq!(client.get("/c?prefix=zzz").await.status, 204);
    assert_eq!(client.get("/c?prefix=zzz&format=json").await.text(), "[]");
    assert_eq!(client.get("/c?limit=10001").await.status, 412);
    assert_eq!(client.send("GET", "/c", &[("Accept", "image/png")], b"").await.status, 406);
}

#[tokio::test]
async fn paging_sees_every_name_once() {
    let names: Vec<String> = (0..25).map(|index| format!("{}/{index:02}", index % 3)).collect();
    let (_emulator, client) = with(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for (reverse, delimiter) in [("", ""), ("&reverse=true", ""), ("", "&delimiter=/"), ("&reverse=true", "&delimiter=/")] {
        let whole = client.get(&format!("/c?{reverse}{delimiter}")).await.text();
        let (mut paged, mut marker) = (String::new(), String::new());
        loop {
            let page = client.get(&format!("/c?limit=4&marker={marker}{reverse}{delimiter}")).await.text();
            let Some(last) = page.lines().last() else { break };
            marker = last.to_owned();
            paged += &page;
        }
        assert_eq!(paged, whole, "{reverse}{delimiter}");
    }
}

#[tokio::test]
async fn totals_follow_what_is_stored() {
    let (_emulator, client) = with(&["a", "b"]).await;
    client.put("/c/a", b"12345").await;
    client.status("DELETE", "/c/b").await;
    let container = client.send("HEAD", "/c", &[], b"").await;
    let account = client.send("HEAD", "", &[], b"").await;
    for (answer, level) in [(&container, "container"), (&account, "account")] {
        assert_eq!(answer.header(&format!("x-{level}-object-count")), Some("1"));
        assert_eq!(answer.header(&format!("x-{level}-bytes-used")), Some("5"));
    }
    assert_eq!(account.header("x-account-container-count"), Some("1"));
    let listing = client.get("?format=json").await.json();
    assert_eq!((listing[0]["name"].as_str(), listing[0]["count"].as_u64()), (Some("c"), Some(1)));
}

#[tokio::test]
async fn quotas_are_kept() {
    let (_emulator, client) = with(&[]).await;
    let quotas = [("X-Container-Meta-Quota-Bytes", "10"), ("X-Container-Meta-Quota-Count", "2")];
    client.send("POST", "/c", &quotas, b"").await;
    assert_eq!(client.put("/c/a", b"12345").await.status, 201);
    assert_eq!(client.put("/c/b", b"123456").await.status, 413);
    assert_eq!(client.put("/c/b", b"1").await.status, 201);
    assert_eq!(client.put("/c/c", b"1").await.status, 413);
    assert_eq!(client.send("POST", "/c", &[("X-Container-Meta-Quota-Bytes", "many")], b"").await.status, 400);
}

#[tokio::test]
async fn old_versions_come_back() {
    let (_emulator, client) = with(&[]).await;
    client.status("PUT", "/old").await;
    client.send("POST", "/c", &[("X-Versions-Location", "old")], b"").await;
    for body in ["1", "22", "333"] {
        assert_eq!(client.put("/c/o", body.as_bytes()).await.status, 201);
    }
    assert_eq!(client.get("/old").await.text().lines().filter(|name| name.starts_with("001o/")).count(), 2);
    for body in ["22", "1"] {
        assert_eq!(client.status("DELETE", "/c/o").await, 204);
        assert_eq!(client.get("/c/o").await.text(), body);
    }
    assert_eq!(client.status("DELETE", "/c/o").await, 204);
    assert_eq!(client.status("DELETE", "/c/o").await, 404);

    client.send("POST", "/c", &[("X-History-Location", "old")], b"").await;
    client.put("/c/o", b"1").await;
    assert_eq!(client.status("DELETE", "/c/o").await, 204);
    let history = client.get("/old?format=json").await.json();
    let types: Vec<_> = history.as_array().unwrap().iter().map(|entry| entry["content_type"].as_str().unwrap()).collect();
    assert_eq!(types, ["application/octet-stream", "application/x-deleted;swift_versions_deleted=1"]);

    client.send("POST", "/c", &[("X-Versions-Location", "missing")], b"").await;
    client.put("/c/p", b"1").await;
    assert_eq!(client.put("/c/p", b"2").await.status, 412);
    assert_eq!(client.get("/c/p").await.text(), "1");
}

#[tokio::test]
async fn many_deletes_at_once() {
    let (_emulator, client) = with(&["a", "b%2F1", "c"]).await;
    let text = [("Content-Type", "text/plain"), ("Accept", "application/json")];
    let report = client.send("POST", "?bulk-delete", &text, b"c/a\n/c/b%2F1\nc/nope\nc\n").await;
    assert_eq!(report.status, 200);
    let report = report.json();
    assert_eq!((report["Number Deleted"].as_u64(), report["Number Not Found"].as_u64()), (Some(2), Some(1)));
    assert_eq!(report["Errors"], serde_json::json!([["c", "409 Conflict"]]));
    assert_eq!(report["Response Status"], "400 Bad Request");
    assert_eq!(client.get("/c").await.text(), "c\n");
}

#[tokio::test]
async fn what_clients_ask_first() {
    let (_emulator, client) = with(&[]).await;
    let get = async |path: &str| crate::client::exchange(client.address, "GET", path, &[], b"").await.unwrap();
    let info = get("/info").await.json();
    assert_eq!(info["swift"]["max_file_size"], 5_368_709_122_u64);
    assert_eq!(info["slo"]["max_manifest_segments"], 1000);
    assert_eq!(get("/healthcheck").await.text(), "OK");
    assert_eq!(get("/v1").await.status, 412);
    assert_eq!(client.status("PATCH", "/c").await, 405);
}
