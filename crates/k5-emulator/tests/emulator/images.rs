//! Glance's images, and Nova's view of their metadata.

use crate::client::{Answer, Client, exchange, noise};
use crate::compute::cirros;
use crate::imports::imported;
use k5_emulator::Emulator;
use serde_json::{Value, json};

const PATCH: &str = "application/openstack-images-v2.1-json-patch";

async fn patch(client: &Client, image: &str, content_type: &str, body: Value) -> Answer {
    let headers = [("X-Auth-Token", client.token.as_str()), ("Content-Type", content_type), ("Accept", "application/json")];
    exchange(client.address, "PATCH", &format!("/v2/images/{image}"), &headers, body.to_string().as_bytes()).await.unwrap()
}

#[tokio::test]
async fn a_patch_changes_what_it_may() {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let own = imported(&client, "disk.vmdk").await;
    let changed = patch(
        &client,
        &own,
        PATCH,
        json!([
            {"op": "replace", "path": "/name", "value": "golden"},
            {"op": "replace", "path": "/tags", "value": ["b", "a", "b"]},
            {"op": "add", "path": "/login-user", "value": "k5user"},
            {"op": "add", "path": "/a~1b", "value": "slash"},
            {"op": "add", "path": "/min_disk", "value": 7},
        ]),
    )
    .await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let path = format!("/v2/images/{own}");
    let shown = client.at("GET", &path, None).await.json();
    assert_eq!(shown, changed.json());
    assert_eq!((&shown["name"], &shown["tags"], &shown["min_disk"]), (&json!("golden"), &json!(["a", "b"]), &json!(7)));
    assert_eq!((&shown["login-user"], &shown["a/b"]), (&json!("k5user"), &json!("slash")));
    assert_eq!((&shown["checksum"], &shown["visibility"]), (&json!(null), &json!("private")));

    let one = |op: &str, path: &str, value: Value| json!([{"op": op, "path": path, "value": value}]);
    assert_eq!(patch(&client, &own, PATCH, json!([{"op": "remove", "path": "/login-user"}])).await.status, 200);
    assert!(client.at("GET", &path, None).await.json().get("login-user").is_none());
    for (body, status) in [
        (json!([{"op": "remove", "path": "/login-user"}]), 409),
        (one("replace", "/nothing", json!("x")), 409),
        (one("replace", "/status", json!("active")), 403),
        (one("replace", "/id", json!("x")), 403),
        (json!([{"op": "remove", "path": "/name"}]), 403),
        (one("replace", "/visibility", json!("public")), 403),
        (one("add", "/x", json!(5)), 400),
        (one("add", "x", json!("5")), 400),
        (one("move", "/x", json!("5")), 400),
        (one("replace", "/min_disk", json!("seven")), 400),
        (json!({"op": "add"}), 400),
    ] {
        let refused = patch(&client, &own, PATCH, body.clone()).await;
        assert_eq!(refused.status, status, "{body}: {}", refused.text());
    }
    assert_eq!(patch(&client, &own, "application/json", json!([])).await.status, 415);
    let half = json!([{"op": "replace", "path": "/name", "value": "half"}, {"op": "replace", "path": "/nothing", "value": "x"}]);
    assert_eq!(patch(&client, &own, PATCH, half).await.status, 409);
    assert_eq!(client.at("GET", &path, None).await.json()["name"], "golden", "all or nothing");

    let public = patch(&client, &cirros(&client).await, PATCH, one("replace", "/name", json!("mine"))).await;
    assert_eq!((public.status, public.json()["code"].clone()), (403, json!("403 Forbidden")));
    let alt = Client::of(&emulator, "alt_demo").await;
    let hidden = alt.at("GET", &path, None).await;
    assert_eq!(hidden.status, 404);
    assert_eq!(hidden.text(), format!("404 Not Found\n\nNo image found with ID {own}\n\n   "));
    let headers = [("X-Auth-Token", alt.token.as_str()), ("Accept", "*/*")];
    let page = exchange(alt.address, "GET", &path, &headers, b"").await.unwrap();
    assert!(page.header("content-type").unwrap().starts_with("text/html"), "{}", page.text());
    assert!(page.text().contains("<title>404 Not Found</title>"), "{}", page.text());
}

#[tokio::test]
async fn lists_have_pages_with_relative_links() {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let mut own = Vec::new();
    for index in 0..3 {
        own.push(imported(&client, &format!("{index}.vmdk")).await);
    }
    let mut path = "/v2/images?limit=2&visibility=private".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = client.at("GET", &path, None).await.json();
        assert_eq!(page["first"], "/v2/images?limit=2&visibility=private");
        seen.extend(page["images"].as_array().unwrap().iter().map(|image| image["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    own.reverse();
    assert_eq!(seen, own, "newest first");
    let ascending = client.at("GET", "/v2/images?visibility=private&sort_key=created_at&sort_dir=asc&limit=2", None).await.json();
    assert_eq!((&ascending["images"][0]["id"], &ascending["images"][1]["id"]), (&json!(own[2]), &json!(own[1])));
    let rest = client.at("GET", ascending["next"].as_str().unwrap(), None).await.json();
    assert_eq!((&rest["images"][0]["id"], rest["images"].as_array().unwrap().len()), (&json!(own[0]), 1));
    assert_eq!(client.at("GET", "/v2/images?sort_key=colour", None).await.status, 400);
    let some = client.at("GET", &format!("/v2/images?id=in:{},{}", own[0], own[2]), None).await.json();
    assert_eq!(some["images"].as_array().unwrap().len(), 2);
    let alt = Client::of(&emulator, "alt_demo").await;
    let public = alt.at("GET", "/v2/images", None).await.json();
    assert_eq!(public["images"].as_array().unwrap().len(), 1);
    assert_eq!(public["images"][0]["checksum"].as_str().unwrap().len(), 32);
    assert_eq!(client.at("GET", "/v2/images?limit=x", None).await.status, 400);
    assert_eq!(client.at("GET", "/v2/images?marker=x", None).await.status, 400);
    assert_eq!(client.at("GET", "/v2/images/x/nothing", None).await.status, 404);
}

#[tokio::test]
async fn nova_sets_single_items_where_there_is_a_checksum() {
    let emulator = k5_emulator::start().await.unwrap();
    let (client, admin) = (Client::of(&emulator, "demo").await, Client::of(&emulator, "admin").await);
    let image = cirros(&client).await;
    let item = |client: &Client, key: &str| client.v2(&format!("/images/{image}/metadata/{key}"));
    let path = item(&admin, "os%20label");
    let set = admin.at("PUT", &path, Some(&json!({"meta": {"os label": "small"}}))).await;
    assert_eq!((set.status, set.json()), (200, json!({"meta": {"os label": "small"}})));
    assert_eq!(client.at("GET", &item(&client, "os%20label"), None).await.json()["meta"]["os label"], "small");
    assert_eq!(client.at("GET", &format!("/v2/images/{image}"), None).await.json()["os label"], "small");
    for body in [json!({"meta": {"other": "x"}}), json!({"meta": {"os label": "x", "b": "y"}}), json!({})] {
        assert_eq!(admin.at("PUT", &path, Some(&body)).await.status, 400, "{body}");
    }
    assert_eq!(client.at("DELETE", &item(&client, "os%20label"), None).await.status, 403, "not the owner");
    assert_eq!(admin.at("DELETE", &path, None).await.status, 204);
    assert_eq!(admin.at("DELETE", &path, None).await.status, 404);
    assert_eq!(client.at("GET", &item(&client, "os%20label"), None).await.status, 404);

    let own = imported(&client, "disk.vmdk").await;
    let path = client.v2(&format!("/images/{own}/metadata/k"));
    assert_eq!(client.at("PUT", &path, Some(&json!({"meta": {"k": "v"}}))).await.status, 400, "it has no checksum");
    assert_eq!(
        client.at("GET", &client.v2(&format!("/images/{own}/metadata/os_type")), None).await.json()["meta"]["os_type"],
        "centos"
    );
}

async fn upload(client: &Client, image: &str, data: &[u8]) -> u16 {
    let headers = [("X-Auth-Token", client.token.as_str()), ("Content-Type", "application/octet-stream")];
    exchange(client.address, "PUT", &format!("/v2/images/{image}/file"), &headers, data).await.unwrap().status
}

/// The files with larger bodies.
fn stored(emulator: &Emulator) -> usize {
    let folders = std::fs::read_dir(emulator.directory().join("bodies")).unwrap();
    folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
}

#[tokio::test]
async fn data_is_kept_until_the_image_goes() {
    let path = std::env::temp_dir().join(format!("k5-emulator-test-images-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    let emulator = Emulator::builder().directory(&path).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let mut made = Vec::new();
    for data in [noise(1_000_000), noise(1_000), Vec::new()] {
        let body = json!({"name": "data", "disk_format": "raw", "container_format": "bare"});
        let id = client.at("POST", "/v2/images", Some(&body)).await.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(client.at("GET", &format!("/v2/images/{id}/file"), None).await.status, 204);
        assert_eq!(upload(&client, &id, &data).await, 204);
        assert_eq!(upload(&client, &id, &data).await, 409);
        made.push((id, data));
    }
    assert_eq!(stored(&emulator), 1, "short ones are in the database");
    emulator.stop().await;

    let emulator = Emulator::builder().directory(&path).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    for (id, data) in &made {
        let shown = client.at("GET", &format!("/v2/images/{id}"), None).await.json();
        assert_eq!((&shown["size"], &shown["os_hash_algo"]), (&json!(data.len()), &json!("sha512")));
        let file = client.at("GET", &format!("/v2/images/{id}/file"), None).await;
        assert_eq!((file.status, file.header("content-md5")), (200, shown["checksum"].as_str()));
        assert!(file.whole && file.body == *data);
    }
    assert_eq!(client.at("DELETE", &format!("/v2/images/{}", made[0].0), None).await.status, 204);
    assert_eq!(client.at("DELETE", &client.v2(&format!("/images/{}", made[1].0)), None).await.status, 204);
    for (id, _) in &made[..2] {
        assert_eq!(client.at("GET", &format!("/v2/images/{id}/file"), None).await.status, 404);
    }
    for _ in 0..500 {
        if stored(&emulator) == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(stored(&emulator), 0, "the data goes with the image");
    emulator.stop().await;
    std::fs::remove_dir_all(&path).unwrap();
}

#[tokio::test]
async fn images_without_an_upload() {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let first = client.at("GET", &format!("/v2/images/{}/file", cirros(&client).await), None).await;
    assert_eq!((first.status, first.header("content-length")), (200, Some("1048576")));
    assert!(first.whole && first.body.iter().all(|byte| *byte == 0));
    let own = imported(&client, "disk.vmdk").await;
    let file = client.at("GET", &format!("/v2/images/{own}/file"), None).await;
    assert_eq!((file.status, file.body.len()), (204, 0));
    let body = json!({"name": "no formats", "disk_format": "raw"});
    let id = client.at("POST", "/v2/images", Some(&body)).await.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(upload(&client, &id, b"data").await, 400);
    let shown = client.at("GET", &format!("/v2/images/{id}"), None).await.json();
    assert_eq!((&shown["status"], &shown["os_hash_value"]), (&json!("queued"), &json!(null)));
}
