//! Servers: what they go through, what is refused, how they are listed.

use std::time::Duration;

use crate::client::{Answer, Client, exchange};
use k5_emulator::Emulator;
use serde_json::{Value, json};

/// The image that every cloud has.
pub(crate) async fn cirros(client: &Client) -> String {
    let images = client.at("GET", "/v2/images?name=cirros", None).await.json();
    images["images"][0]["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn create(client: &Client, more: Value) -> Answer {
    let mut server = json!({"name": "web-1", "imageRef": cirros(client).await, "flavorRef": "1"});
    server.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.at("POST", &client.v2("/servers"), Some(&json!({"server": server}))).await
}

pub(crate) fn status_is(status: &str) -> impl Fn(&Answer) -> bool {
    move |answer| answer.json()["server"]["status"] == status
}

fn server_path(client: &Client, created: &Answer) -> String {
    assert_eq!(created.status, 202, "{}", created.text());
    client.v2(&format!("/servers/{}", created.json()["server"]["id"].as_str().unwrap()))
}

async fn act(client: &Client, path: &str, action: Value) -> Answer {
    client.at("POST", &format!("{path}/action"), Some(&action)).await
}

#[tokio::test]
async fn a_server_lives_and_dies() {
    let emulator = Emulator::builder().transition_time(Duration::from_secs(1)).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let created = create(&client, json!({"metadata": {"role": "front"}, "availability_zone": "uk-1a"})).await;
    let path = server_path(&client, &created);
    assert!(created.header("location").unwrap().ends_with(&path));
    assert!(created.header("x-compute-request-id").unwrap().starts_with("req-"));
    assert_eq!(created.json()["server"]["adminPass"].as_str().unwrap().len(), 12);

    let young = client.at("GET", &path, None).await.json();
    assert_eq!(young["server"]["status"], "BUILD");
    assert_eq!(young["server"]["OS-EXT-STS:task_state"], "spawning");
    assert_eq!(young["server"]["addresses"], json!({}));
    let busy = act(&client, &path, json!({"os-stop": null})).await;
    assert_eq!(busy.status, 409, "it is being built");

    let active = client.until(&path, status_is("ACTIVE")).await.json()["server"].clone();
    assert_eq!(active["OS-EXT-STS:vm_state"], "active");
    assert_eq!(active["OS-EXT-STS:power_state"], 1);
    assert_eq!(active["OS-EXT-AZ:availability_zone"], "uk-1a");
    assert_eq!(active["metadata"], json!({"role": "front"}));
    assert_eq!(active["config_drive"], "");
    assert_eq!(active["security_groups"], json!([{"name": "default"}]));
    assert_eq!(active["hostId"].as_str().unwrap().len(), 56);
    let address = &active["addresses"]["private"][0];
    assert_eq!(address["OS-EXT-IPS:type"], "fixed");
    assert!(address["OS-EXT-IPS-MAC:mac_addr"].as_str().unwrap().starts_with("fa:16:3e:"));
    assert!(active["OS-SRV-USG:launched_at"].as_str().unwrap().contains('.'));
    assert!(active.get("fault").is_none());

    assert_eq!(client.at("DELETE", &path, None).await.status, 204);
    let going = client.at("GET", &path, None).await.json();
    assert_eq!(going["server"]["OS-EXT-STS:task_state"], "deleting");
    let gone = client.until(&path, |answer| answer.status == 404).await.json();
    assert_eq!(gone["itemNotFound"]["code"], 404);
}

#[tokio::test]
async fn actions_need_their_states() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let path = server_path(&client, &create(&client, json!({})).await);
    let status = async || client.at("GET", &path, None).await.json()["server"]["status"].as_str().unwrap().to_owned();
    assert_eq!(status().await, "ACTIVE");
    let console = |answer: &Answer| answer.json()["output"].as_str().unwrap().matches("Linux version").count();
    let whole = json!({"os-getConsoleOutput": {}});
    assert_eq!(console(&act(&client, &path, whole.clone()).await), 1);

    let refused = act(&client, &path, json!({"os-start": null})).await;
    assert_eq!(refused.status, 409);
    assert!(refused.json()["conflictingRequest"]["message"].as_str().unwrap().contains("vm_state active"));
    assert_eq!(act(&client, &path, json!({"os-stop": null})).await.status, 202);
    assert_eq!(status().await, "SHUTOFF");
    assert_eq!(act(&client, &path, json!({"os-stop": null})).await.status, 409);
    assert_eq!(act(&client, &path, json!({"reboot": {"type": "SOFT"}})).await.status, 409);
    assert_eq!(act(&client, &path, json!({"os-start": null})).await.status, 202);
    assert_eq!(status().await, "ACTIVE");
    assert_eq!(act(&client, &path, json!({"reboot": {"type": "HARD"}})).await.status, 202);
    assert_eq!(console(&act(&client, &path, whole).await), 3, "switched on three times");
    let last = act(&client, &path, json!({"os-getConsoleOutput": {"length": "1"}})).await;
    assert_eq!(last.json()["output"], "web-1 login:");

    assert_eq!(act(&client, &path, json!({"confirmResize": null})).await.status, 409);
    assert_eq!(act(&client, &path, json!({"resize": {"flavorRef": "9"}})).await.status, 400);
    assert_eq!(act(&client, &path, json!({"resize": {"flavorRef": "1"}})).await.status, 400);
    let flavor = async || client.at("GET", &path, None).await.json()["server"]["flavor"]["id"].clone();
    assert_eq!(act(&client, &path, json!({"resize": {"flavorRef": "2"}})).await.status, 202);
    assert_eq!(status().await, "VERIFY_RESIZE");
    assert_eq!(flavor().await, "2");
    assert_eq!(act(&client, &path, json!({"revertResize": null})).await.status, 202);
    assert_eq!((status().await.as_str(), flavor().await), ("ACTIVE", json!("1")));
    act(&client, &path, json!({"resize": {"flavorRef": "3"}})).await;
    assert_eq!(act(&client, &path, json!({"confirmResize": null})).await.status, 204);
    assert_eq!((status().await.as_str(), flavor().await), ("ACTIVE", json!("3")));

    for (body, said) in [
        (json!({"os-fly": null}), "There is no such action: os-fly"),
        (json!({"os-stop": null, "os-start": null}), "Malformed request body"),
    ] {
        let refused = act(&client, &path, body).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["badRequest"]["message"], said);
    }
}

#[tokio::test]
async fn states_on_the_way_are_seen() {
    let emulator = Emulator::builder().transition_time(Duration::from_secs(1)).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let path = server_path(&client, &create(&client, json!({})).await);
    client.until(&path, status_is("ACTIVE")).await;
    for (action, on_the_way, after) in [
        (json!({"reboot": {"type": "SOFT"}}), "REBOOT", "ACTIVE"),
        (json!({"reboot": {"type": "HARD"}}), "HARD_REBOOT", "ACTIVE"),
        (json!({"resize": {"flavorRef": "2"}}), "RESIZE", "VERIFY_RESIZE"),
        (json!({"revertResize": null}), "REVERT_RESIZE", "ACTIVE"),
    ] {
        assert_eq!(act(&client, &path, action).await.status, 202);
        assert_eq!(client.at("GET", &path, None).await.json()["server"]["status"], on_the_way);
        client.until(&path, status_is(after)).await;
    }
}

#[tokio::test]
async fn a_server_can_be_told_to_fail() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let created = create(&client, json!({"metadata": {"k5.emulator.fail": "No valid host was found."}})).await;
    let failed = client.at("GET", &server_path(&client, &created), None).await.json();
    assert_eq!(failed["server"]["status"], "ERROR");
    assert_eq!(failed["server"]["fault"]["message"], "No valid host was found.");
    assert!(failed["server"].get("progress").is_none());
}

#[tokio::test]
async fn what_is_not_there_is_refused_before_anything_is_made() {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let long = "x".repeat(256);
    for (more, said) in [
        (json!({"imageRef": "00000000-0000-0000-0000-000000000000"}), "Can not find requested image"),
        (json!({"flavorRef": "77"}), "Flavor 77 could not be found."),
        (json!({"key_name": "nobody"}), "Invalid key_name provided."),
        (json!({"name": ""}), "too short"),
        (json!({"metadata": {"k": long}}), "is too long"),
        (json!({"min_count": 3, "max_count": 2}), "min_count must be <= max_count"),
        (json!({"user_data": "abcde"}), "base64"),
        (json!({"imageRef": ""}), "Missing imageRef attribute"),
    ] {
        let refused = create(&client, more).await;
        assert_eq!(refused.status, 400, "{said}");
        assert!(refused.json()["badRequest"]["message"].as_str().unwrap().contains(said), "{said}: {}", refused.text());
    }
    let many = create(&client, json!({"min_count": 1_000_000_000})).await;
    assert_eq!((many.status, many.header("retry-after")), (413, Some("0")));
    assert!(many.json()["overLimit"]["message"].as_str().unwrap().contains("instances"));
    assert_eq!(client.at("GET", &client.v2("/servers"), None).await.json(), json!({"servers": []}));
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let reserved = create(&client, json!({"name": "batch", "max_count": 3, "return_reservation_id": true})).await;
    assert!(reserved.json()["reservation_id"].as_str().unwrap().starts_with("r-"));
    let lone = create(&client, json!({"name": "db", "flavorRef": "2"})).await;
    act(&client, &server_path(&client, &lone), json!({"os-stop": null})).await;
    let list = async |query: &str| client.at("GET", &client.v2(&format!("/servers/detail?{query}")), None).await;
    let names = |answer: &Answer| -> Vec<String> {
        let document = answer.json();
        let servers = document["servers"].as_array().unwrap_or_else(|| panic!("{}", answer.text()));
        servers.iter().map(|server| server["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&list("").await), ["db", "batch-3", "batch-2", "batch-1"], "newest first");
    assert_eq!(names(&list("name=%5Ebatch").await).len(), 3);
    assert_eq!(names(&list("status=SHUTOFF").await), ["db"]);
    assert_eq!(names(&list("flavor=2").await), ["db"]);
    let reservation = reserved.json()["reservation_id"].as_str().unwrap().to_owned();
    assert_eq!(names(&list(&format!("reservation_id={reservation}")).await).len(), 3);

    let first = list("limit=3&name=").await;
    assert_eq!(names(&first), ["db", "batch-3", "batch-2"]);
    let next = first.json()["servers_links"][0]["href"].as_str().unwrap().to_owned();
    let next = next.strip_prefix(&format!("http://{}", emulator.address())).unwrap().to_owned();
    let second = client.at("GET", &next, None).await;
    assert_eq!(names(&second), ["batch-1"]);
    assert!(second.json().get("servers_links").is_none());
    assert_eq!(list("marker=nothing").await.status, 400);
    assert_eq!(list("limit=x").await.status, 400);
    assert_eq!(list("changes-since=then").await.status, 400);

    let before = "2020-01-01T00:00:00Z";
    client.at("DELETE", &server_path(&client, &lone), None).await;
    assert_eq!(names(&list("").await).len(), 3);
    let changed = list(&format!("changes-since={before}")).await;
    assert!(changed.json()["servers"].as_array().unwrap().iter().any(|server| server["status"] == "DELETED"));
    assert_eq!(names(&list("changes-since=2999-01-01T00:00:00").await), [""; 0]);
}

#[tokio::test]
async fn hints_metadata_and_flavors() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let body = json!({
        "server": {"name": "alone", "imageRef": cirros(&client).await, "flavorRef": 1, "config_drive": true},
        "os:scheduler_hints": {"fcx.dedicated": true},
    });
    let path = server_path(&client, &client.at("POST", &client.v2("/servers"), Some(&body)).await);
    let shown = client.at("GET", &path, None).await.json();
    assert_eq!(shown["server"]["OS-SCH-HNT:Scheduler_hints"], json!({"fcx.dedicated": "True"}));
    assert_eq!(shown["server"]["config_drive"], "True");
    let listed = client.at("GET", &client.v2("/servers/detail"), None).await.json();
    assert_eq!(listed["servers"][0]["OS-SCH-HNT:scheduler_hints"], json!({"fcx.dedicated": "True"}));

    let metadata = format!("{path}/metadata");
    let set = async |metadata_body: Value| client.at("POST", &metadata, Some(&json!({"metadata": metadata_body}))).await;
    assert_eq!(set(json!({"a": "1", "b": "2"})).await.json()["metadata"], json!({"a": "1", "b": "2"}));
    assert_eq!(set(json!({"b": "3"})).await.json()["metadata"], json!({"a": "1", "b": "3"}));
    assert_eq!(set(json!({"b": 3})).await.status, 400);
    let many: serde_json::Map<String, Value> = (0..130).map(|index| (format!("k{index}"), json!("v"))).collect();
    assert_eq!(set(Value::Object(many)).await.status, 413);
    assert_eq!(client.at("GET", &path, None).await.json()["server"]["metadata"], json!({"a": "1", "b": "3"}));

    let flavors = client.at("GET", &client.v2("/flavors?minRam=4096"), None).await.json();
    let names: Vec<_> = flavors["flavors"].as_array().unwrap().iter().map(|flavor| flavor["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["m1.medium", "m1.large"]);
}

#[tokio::test]
async fn who_may_not_is_told_so_in_novas_words() {
    let emulator = k5_emulator::start().await.unwrap();
    let (demo, alt, reader) =
        (Client::of(&emulator, "demo").await, Client::of(&emulator, "alt_demo").await, Client::of(&emulator, "reader").await);
    let nobody = exchange(demo.address, "GET", &demo.v2("/servers"), &[], b"").await.unwrap();
    assert_eq!((nobody.status, nobody.text().as_str()), (401, "Authentication required"));
    let challenge = nobody.header("www-authenticate").unwrap();
    assert_eq!(challenge, format!("Keystone uri='http://{}/v3'", emulator.address()));
    let stranger = alt.at("GET", &demo.v2("/servers"), None).await;
    assert_eq!(stranger.status, 400);
    assert_eq!(stranger.json(), json!({"badRequest": {"code": 400, "message": "Malformed request url"}}));
    assert_eq!(reader.at("GET", &reader.v2("/servers"), None).await.status, 200);
    let refused = create(&reader, json!({})).await;
    assert_eq!((refused.status, refused.json()["forbidden"]["code"].clone()), (403, json!(403)));
    assert_eq!(demo.at("GET", &demo.v2("/nothing"), None).await.status, 404);
    assert_eq!(demo.at("PATCH", &demo.v2("/servers"), None).await.status, 404);
    assert_eq!(demo.at("GET", &demo.v2("/servers/none"), None).await.json()["itemNotFound"]["code"], 404);
}
