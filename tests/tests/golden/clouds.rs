//! What takes a whole cloud goes through one transport, whatever service it asks.

use crate::fake::{block_on, cloud};
use k5::{Cloud, Result};

/// How much a project has.
async fn count(cloud: &Cloud) -> Result<(usize, usize, usize)> {
    let servers = cloud.compute().list_servers().items().collect().await?.len();
    let volumes = cloud.block_storage().list_volumes_detail().items().collect().await?.len();
    Ok((servers, volumes, cloud.object_storage().list_containers().items().collect().await?.len()))
}

#[test]
fn all_services_share_the_transport() {
    let (cloud, seen) = cloud(&[
        "200\n\n{\"servers\": [{\"id\": \"s\", \"name\": \"a\"}]}",
        "200\n\n{\"volumes\": []}",
        "200\n\n[{\"name\": \"c\", \"count\": 0, \"bytes\": 0}]",
        "200\n\n[]",
    ]);
    assert_eq!(block_on(count(&cloud)).expect("counted"), (1, 0, 1));
    let methods: Vec<String> = seen.lines().iter().map(|line| line.split('?').next().unwrap_or_default().to_owned()).collect();
    assert_eq!(
        methods,
        ["GET /v2/{tenant_id}/servers", "GET /v2/{tenant_id}/volumes/detail", "GET /v1/{account}", "GET /v1/{account}"]
    );
}
