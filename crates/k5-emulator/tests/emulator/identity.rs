//! Logging in, tokens and the catalogue.

use std::time::Duration;

use crate::client::{Client, exchange, post_json};
use k5_emulator::{CatalogueStyle, Emulator};
use serde_json::json;

fn password(user: &str, password: &str) -> serde_json::Value {
    json!({"methods": ["password"], "password": {"user": {"name": user, "password": password, "domain": {"id": "default"}}}})
}

#[tokio::test]
async fn the_three_ways_in_and_the_four_scopes() {
    let emulator = k5_emulator::start().await.unwrap();
    let login = async |auth: serde_json::Value| post_json(emulator.address(), "/v3/auth/tokens", &json!({"auth": auth}), &[]).await;
    let demo = Client::of(&emulator, "demo").await;

    let default = login(json!({"identity": password("demo", "demopw")})).await;
    assert_eq!(default.json()["token"]["project"]["id"], demo.project.as_str());
    assert!(default.json()["token"]["catalog"].as_array().unwrap().iter().any(|service| service["type"] == "object-store"));

    let unscoped = login(json!({"identity": password("demo", "demopw"), "scope": "unscoped"})).await;
    assert_eq!(unscoped.status, 201);
    assert!(unscoped.json()["token"].get("project").is_none());

    let token = unscoped.header("x-subject-token").unwrap();
    let rescoped = login(json!({
        "identity": {"methods": ["token"], "token": {"id": token}},
        "scope": {"project": {"id": demo.project}},
    }))
    .await;
    assert_eq!(rescoped.json()["token"]["methods"], json!(["token", "password"]));
    assert_eq!(rescoped.json()["token"]["expires_at"], unscoped.json()["token"]["expires_at"]);

    let credential = login(json!({"identity": {
        "methods": ["application_credential"],
        "application_credential": {"id": "c0ffee00c0ffee00c0ffee00c0ffee00", "secret": "demo-app-secret"},
    }}))
    .await;
    assert_eq!(credential.json()["token"]["project"]["name"], "demo");

    for (auth, status) in [
        (json!({"identity": password("demo", "wrong")}), 401),
        (json!({"identity": password("nobody", "demopw")}), 401),
        (
            json!({"identity": password("demo", "demopw"), "scope": {"project": {"name": "admin", "domain": {"name": "Default"}}}}),
            401,
        ),
        (json!({"identity": {"methods": ["token"], "token": {"id": "stale"}}}), 401),
        (json!({}), 400),
    ] {
        let refused = login(auth).await;
        assert_eq!(refused.status, status);
        assert_eq!(refused.json()["error"]["code"], status);
    }
}

#[tokio::test]
async fn tokens_end() {
    let emulator = Emulator::builder().token_lifetime(Duration::from_secs(1)).start().await.unwrap();
    let demo = Client::of(&emulator, "demo").await;
    assert_eq!(demo.status("PUT", "/c").await, 201);
    tokio::time::sleep(Duration::from_millis(2_050)).await;
    assert_eq!(demo.status("PUT", "/c").await, 401);
    emulator.stop().await;

    let emulator = k5_emulator::start().await.unwrap();
    let demo = Client::of(&emulator, "demo").await;
    let again = Client::of(&emulator, "demo").await;
    let headers = [("X-Auth-Token", demo.token.as_str()), ("X-Subject-Token", again.token.as_str())];
    let shown = exchange(emulator.address(), "GET", "/v3/auth/tokens", &headers[..1], b"").await.unwrap();
    assert_eq!(shown.status, 403, "without a subject");
    let revoked = exchange(emulator.address(), "DELETE", "/v3/auth/tokens", &headers, b"").await.unwrap();
    assert_eq!(revoked.status, 204);
    assert_eq!(again.status("HEAD", "").await, 401);
    assert_eq!(demo.status("HEAD", "").await, 200);
    emulator.revoke_tokens();
    assert_eq!(demo.status("HEAD", "").await, 401);
    assert_eq!(Client::of(&emulator, "demo").await.status("HEAD", "").await, 200);
}

#[tokio::test]
async fn projects_and_regions() {
    let emulator = k5_emulator::start().await.unwrap();
    let (demo, admin) = (Client::of(&emulator, "demo").await, Client::of(&emulator, "admin").await);
    let get = async |client: &Client, path: &str| {
        exchange(client.address, "GET", path, &[("X-Auth-Token", &client.token)], b"").await.unwrap()
    };
    let own = get(&demo, "/v3/auth/projects").await.json();
    assert_eq!(own["projects"].as_array().unwrap().len(), 1);
    assert_eq!(get(&demo, "/v3/projects").await.status, 403);
    assert_eq!(get(&admin, "/v3/projects").await.json()["projects"].as_array().unwrap().len(), 4);
    assert_eq!(get(&demo, "/v3/users/somebody/projects").await.status, 403);
    assert_eq!(get(&demo, "/v3/regions/RegionOne").await.json()["region"]["id"], "RegionOne");
    assert_eq!(get(&demo, "/v3/regions/nowhere").await.status, 404);
    assert_eq!(get(&demo, "/v3").await.json()["version"]["status"], "stable");
    assert_eq!(get(&demo, "/").await.status, 300);
    assert_eq!(get(&demo, "/v3/nothing").await.status, 404);
}

#[tokio::test]
async fn k5_names_its_endpoints() {
    let emulator = Emulator::builder().catalogue_style(CatalogueStyle::K5).start().await.unwrap();
    let login = json!({"auth": {"identity": password("demo", "demopw")}});
    let token = post_json(emulator.address(), "/v3/auth/tokens", &login, &[]).await.json();
    let catalogue = token["token"]["catalog"].as_array().unwrap();
    let objects = catalogue.iter().find(|service| service["type"] == "objectstorage").unwrap();
    assert_eq!(objects["endpoints"].as_array().unwrap().len(), 1);
    assert_eq!(objects["endpoints"][0]["name"], "objectstorage");
    let project = token["token"]["project"]["id"].as_str().unwrap();
    let url = format!("http://{}/v1/AUTH_{project}", emulator.address());
    assert_eq!(objects["endpoints"][0]["url"], url.as_str());
}

#[tokio::test]
async fn the_environment_is_that_of_a_real_cloud() {
    let emulator = k5_emulator::start().await.unwrap();
    let names: Vec<_> = emulator.environment().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "OS_AUTH_URL",
            "OS_IDENTITY_API_VERSION",
            "OS_AUTH_TYPE",
            "OS_USERNAME",
            "OS_PASSWORD",
            "OS_PROJECT_NAME",
            "OS_USER_DOMAIN_NAME",
            "OS_PROJECT_DOMAIN_NAME",
            "OS_REGION_NAME",
        ]
    );
    assert_eq!(emulator.environment()[0].1, emulator.auth_url());
    assert!(emulator.environment_of("nobody").is_none());
}
