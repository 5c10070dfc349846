//! Where the services are: both catalogues, prefixes, faults, the log, and what a restart keeps.

use std::time::Duration;

use crate::client::{Client, exchange, post_json};
use crate::compute::{cirros, create};
use crate::restart::copy_all;
use k5_emulator::{CatalogueStyle, Emulator, Fault, Faults, Rule};
use serde_json::{Value, json};

async fn catalogue(emulator: &Emulator) -> (Value, String) {
    let user = json!({"name": "demo", "password": "demopw", "domain": {"id": "default"}});
    let login = json!({"auth": {"identity": {"methods": ["password"], "password": {"user": user}}}});
    let token = post_json(emulator.address(), "/v3/auth/tokens", &login, &[]).await.json();
    (token["token"]["catalog"].clone(), token["token"]["project"]["id"].as_str().unwrap().to_owned())
}

fn url(catalogue: &Value, kind: &str) -> String {
    let service = catalogue.as_array().unwrap().iter().find(|service| service["type"] == kind);
    service.unwrap_or_else(|| panic!("no {kind}"))["endpoints"][0]["url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn k5s_catalogue_has_k5s_urls() {
    let emulator = Emulator::builder().catalogue_style(CatalogueStyle::K5).start().await.unwrap();
    let (catalogue, project) = catalogue(&emulator).await;
    let base = format!("http://{}", emulator.address());
    for (kind, path) in [
        ("compute", format!("/v2/{project}")),
        ("image", String::new()),
        ("networking", String::new()),
        ("blockstorage", format!("/v1/{project}")),
        ("blockstoragev2", format!("/v2/{project}")),
        ("autoscale", "/autoscale_schedulers".to_owned()),
        ("vmimport", String::new()),
        ("compute-w", String::new()),
    ] {
        assert_eq!(url(&catalogue, kind), format!("{base}{path}"), "{kind}");
    }
}

#[tokio::test]
async fn a_plain_clouds_prefixes_lead_to_the_same_things() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let (catalogue, _) = catalogue(&emulator).await;
    let base = format!("http://{}", emulator.address());
    let place = |kind: &str| url(&catalogue, kind).strip_prefix(&base).unwrap().to_owned();
    let (compute, image, volume) = (place("compute"), place("image"), place("volumev3"));
    assert_eq!(compute, "/compute/v2.1");
    let server = json!({"server": {"name": "web", "imageRef": cirros(&client).await, "flavorRef": "1"}});
    let created = client.at("POST", &format!("{compute}/servers"), Some(&server)).await;
    let id = created.json()["server"]["id"].as_str().unwrap().to_owned();
    assert_eq!(created.header("location"), Some(format!("{base}{compute}/servers/{id}").as_str()));
    assert_eq!(client.at("GET", &client.v2(&format!("/servers/{id}")), None).await.json()["server"]["status"], "ACTIVE");
    create(&client, json!({})).await;
    let page = client.at("GET", &format!("{compute}/servers?limit=1"), None).await.json();
    let next = page["servers_links"][0]["href"].as_str().unwrap().strip_prefix(&base).unwrap().to_owned();
    assert!(next.starts_with("/compute/v2.1/servers?"), "{next}");
    assert_eq!(client.at("GET", &next, None).await.json()["servers"][0]["id"], json!(id));
    let stopped = client.at("POST", &format!("{compute}/servers/{id}/action"), Some(&json!({"os-stop": null}))).await;
    assert_eq!(stopped.status, 202);

    let made = client.at("POST", &format!("{volume}/volumes"), Some(&json!({"volume": {"size": 1, "name": "v"}}))).await;
    assert_eq!(made.status, 202);
    let old = client.at("GET", &format!("{compute}/os-volumes/detail"), None).await.json();
    assert_eq!(old["volumes"][0]["displayName"], "v");
    assert_eq!(client.at("GET", &format!("{image}/v2/images"), None).await.json()["images"][0]["name"], "cirros");
    let autoscale = format!("{}/autoscale_schedulers", place("autoscale"));
    assert_eq!(client.at("GET", &autoscale, None).await.json(), json!({"schedulers": []}));
    let imports = format!("{}/v1/imageimport", place("vmimport"));
    assert_eq!(client.at("GET", &imports, None).await.json(), json!({"imports": []}));
    assert!(client.at("GET", &format!("{}/l_servers", place("compute-w")), None).await.text().ends_with("<LServers/>"));

    let nobody = exchange(client.address, "GET", &format!("{compute}/servers"), &[], b"").await.unwrap();
    assert_eq!(nobody.status, 401);
    let version = exchange(client.address, "GET", "/compute/v2.1/", &[], b"").await.unwrap().json();
    assert_eq!(version["version"]["id"], "v2.1");
}

#[tokio::test]
async fn faults_and_the_log_know_these_services_too() {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    emulator
        .faults(Faults::new().rule(Rule::on("POST", "/v2/*/servers").first(1).then(Fault::status(503).header("Retry-After", "1"))));
    assert_eq!(create(&client, json!({})).await.status, 503);
    assert_eq!(create(&client, json!({})).await.status, 202);
    let seen: Vec<_> = emulator.requests().into_iter().filter(|request| request.path.ends_with("/servers")).collect();
    assert_eq!(seen.iter().map(|request| request.status).collect::<Vec<_>>(), [Some(503), Some(202)]);
    assert_eq!(seen[1].header("x-auth-token"), Some("***"));
    assert!(seen[1].body_bytes > 0);
}

#[tokio::test]
async fn states_go_on_while_nobody_serves_them() {
    let directory = |name: &str| {
        let path = std::env::temp_dir().join(format!("k5-emulator-test-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        path
    };
    let (path, killed) = (directory("states"), directory("states-killed"));
    let emulator = Emulator::builder().directory(&path).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let id = create(&client, json!({"name": "survivor"})).await.json()["server"]["id"].as_str().unwrap().to_owned();
    client.at("POST", &client.v2("/volumes"), Some(&json!({"volume": {"size": 1}}))).await;
    let image = cirros(&client).await;
    // What a killed process leaves behind is what its files hold at that moment.
    copy_all(&path, &killed);
    emulator.stop().await;
    tokio::time::sleep(Duration::from_millis(350)).await;

    let emulator = Emulator::builder().directory(&killed).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let server = client.at("GET", &client.v2(&format!("/servers/{id}")), None).await.json();
    assert_eq!((&server["server"]["name"], &server["server"]["status"]), (&json!("survivor"), &json!("ACTIVE")));
    let volumes = client.at("GET", &client.v2("/volumes/detail"), None).await.json();
    assert_eq!(volumes["volumes"][0]["status"], "available");
    let images = client.at("GET", "/v2/images", None).await.json();
    assert_eq!(images["images"].as_array().unwrap().len(), 1, "no second first image");
    assert_eq!(images["images"][0]["id"], json!(image));
    create(&client, json!({"name": "younger"})).await;
    let names = client.at("GET", &client.v2("/servers"), None).await.json();
    assert_eq!((&names["servers"][0]["name"], &names["servers"][1]["name"]), (&json!("younger"), &json!("survivor")));
    emulator.stop().await;
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::remove_dir_all(&killed).unwrap();
}
