//! Where each operation goes: with a catalogue as K5 writes it, whose endpoints have names, and with one of a plain OpenStack cloud, whose
//! URLs have prefixes.

use k5::dynamic::{ApiOperation, Arguments};
use k5::{Body, BodyKind, Cloud, ErrorKind, Sent};
use k5_tests::operation;
use k5_tests::raw_server::{RawRequest, RawServer};
use serde_json::{Value, json};

/// The token's project, as its catalogue names it.
const PROJECT: &str = "0f3e9b7c2d1a4e5f8899aabbccddeeff";

/// The catalogue of a project in K5's region uk-1; `{host}` of `https://name.uk-1...` is what `host` makes of the name.
fn k5_catalogue(host: impl Fn(&str) -> String) -> Value {
    let entries = [
        ("identity", "identity", "/v2.0"),
        ("identityv3", "identity", "/v3"),
        ("compute", "compute", "/v2/{p}"),
        ("image", "image", ""),
        ("blockstorage", "blockstorage", "/v1/{p}"),
        ("blockstoragev2", "blockstorage", "/v2/{p}"),
        ("objectstorage", "objectstorage", "/v1/AUTH_{p}"),
        ("networking", "networking", ""),
        ("orchestration", "orchestration", "/v1/{p}"),
        // This one ends in the resource's own path.
        ("autoscale", "autoscale", "/autoscale_schedulers"),
        ("vmimport", "vmimport", ""),
        ("import-export", "import-export", ""),
        ("compute-w", "compute-w", ""),
        ("compute-b", "compute-b", ""),
        ("keymanagement", "keymanagement", "/v1"),
    ];
    let entry = |(name, label, path): &(&str, &str, &str)| {
        let url = format!("{}{}", host(label), path.replace("{p}", PROJECT));
        let endpoint = json!({"id": name, "interface": "public", "region": "uk-1", "region_id": "uk-1", "name": name, "url": url});
        json!({"id": name, "type": name, "name": name, "endpoints": [endpoint]})
    };
    let mut all: Vec<Value> = entries.iter().map(entry).collect();
    // Some services have no endpoint at all.
    all.push(json!({"id": "mail", "type": "mail", "endpoints": []}));
    json!(all)
}

/// The catalogue of a plain cloud, as its installers make it today.
fn plain_catalogue(origin: &str) -> Value {
    let entries = [
        ("identity", "keystone", "/identity"),
        ("compute", "nova", "/compute/v2.1"),
        ("compute_legacy", "nova_legacy", "/compute/v2/{p}"),
        ("volumev3", "cinderv3", "/volume/v3/{p}"),
        ("image", "glance", "/image"),
        ("network", "neutron", "/networking"),
    ];
    let entry = |(kind, name, path): &(&str, &str, &str)| {
        let url = format!("{origin}{}", path.replace("{p}", PROJECT));
        let endpoint = |interface: &str| json!({"id": kind, "interface": interface, "region": "RegionOne", "region_id": "RegionOne", "url": url});
        json!({"id": kind, "type": kind, "name": name, "endpoints": [endpoint("admin"), endpoint("public")]})
    };
    json!(entries.iter().map(entry).collect::<Vec<_>>())
}

/// A server that logs in with the catalogue that `catalogue` makes of its URL, and answers all else with an empty document.
async fn server(catalogue: impl Fn(&str) -> Value + Send + Sync + 'static) -> RawServer {
    RawServer::start(move |request: &RawRequest| {
        if request.line() != "POST /v3/auth/tokens" {
            return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}".to_vec();
        }
        let host = request.head.lines().find_map(|line| line.strip_prefix("host: ").or_else(|| line.strip_prefix("Host: ")));
        let named = |name: &str| json!({"id": name, "name": name, "domain": {"id": "d", "name": "contract"}});
        let mut project = named("p");
        project["id"] = PROJECT.into();
        let token = json!({"token": {
            "methods": ["password"], "issued_at": "2026-01-01T00:00:00.000000Z", "expires_at": "2096-01-01T00:00:00.000000Z", "user": named("ops"),
            "roles": [{"id": "r", "name": "member"}], "project": project, "catalog": catalogue(&format!("http://{}", host.expect("a host"))),
        }});
        let body = token.to_string();
        let head = "HTTP/1.1 201 Created\r\nX-Subject-Token: the-token\r\nContent-Type: application/json\r\nContent-Length:";
        format!("{head} {}\r\n\r\n{body}", body.len()).into_bytes()
    })
    .await
}

fn cloud(server: &RawServer, region: &str) -> Cloud {
    let variables = [
        ("OS_AUTH_URL", format!("{}/v3", server.url())),
        ("OS_USERNAME", "ops".to_owned()),
        ("OS_PASSWORD", "pw".to_owned()),
        ("OS_USER_DOMAIN_NAME", "contract".to_owned()),
        ("OS_PROJECT_ID", PROJECT.to_owned()),
        ("OS_REGION_NAME", region.to_owned()),
    ];
    Cloud::builder().variables(variables).build().expect("configured")
}

/// Each operation: its id, the first label of its host on K5, and its method and path there and on a plain cloud, which lacks some. The
/// paths' parameters are all `a b`, but for the schedule's name, in which there are no blanks.
const PLACES: &[(&str, &str, &str, Option<&str>)] = &[
    ("compute.list_servers", "compute", "GET /v2/{p}/servers", Some("/compute/v2.1/servers")),
    ("compute.list_servers_detail", "compute", "GET /v2/{p}/servers/detail", Some("/compute/v2.1/servers/detail")),
    ("compute.show_server", "compute", "GET /v2/{p}/servers/a%20b", Some("/compute/v2.1/servers/a%20b")),
    ("compute.create_server", "compute", "POST /v2/{p}/servers", Some("/compute/v2.1/servers")),
    ("compute.delete_server", "compute", "DELETE /v2/{p}/servers/a%20b", Some("/compute/v2.1/servers/a%20b")),
    ("compute.reboot_server", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    ("compute.resize_server", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    ("compute.confirm_resize", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    ("compute.revert_resize", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    ("compute.start_server", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    ("compute.stop_server", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    ("compute.show_console_output", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    (
        "compute.update_server_metadata",
        "compute",
        "POST /v2/{p}/servers/a%20b/metadata",
        Some("/compute/v2.1/servers/a%20b/metadata"),
    ),
    (
        "compute.delete_server_metadata_item",
        "compute",
        "DELETE /v2/{p}/servers/a%20b/metadata/a%20b",
        Some("/compute/v2.1/servers/a%20b/metadata/a%20b"),
    ),
    ("compute.list_flavors", "compute", "GET /v2/{p}/flavors", Some("/compute/v2.1/flavors")),
    ("compute.update_server", "compute", "PUT /v2/{p}/servers/a%20b", Some("/compute/v2.1/servers/a%20b")),
    ("compute.rebuild_server", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    ("compute.shelve_server", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    ("compute.unshelve_server", "compute", "POST /v2/{p}/servers/a%20b/action", Some("/compute/v2.1/servers/a%20b/action")),
    (
        "compute.show_server_password",
        "compute",
        "GET /v2/{p}/servers/a%20b/os-server-password",
        Some("/compute/v2.1/servers/a%20b/os-server-password"),
    ),
    (
        "compute.list_volume_attachments",
        "compute",
        "GET /v2/{p}/servers/a%20b/os-volume_attachments",
        Some("/compute/v2.1/servers/a%20b/os-volume_attachments"),
    ),
    (
        "compute.attach_volume",
        "compute",
        "POST /v2/{p}/servers/a%20b/os-volume_attachments",
        Some("/compute/v2.1/servers/a%20b/os-volume_attachments"),
    ),
    (
        "compute.show_volume_attachment",
        "compute",
        "GET /v2/{p}/servers/a%20b/os-volume_attachments/a%20b",
        Some("/compute/v2.1/servers/a%20b/os-volume_attachments/a%20b"),
    ),
    (
        "compute.detach_volume",
        "compute",
        "DELETE /v2/{p}/servers/a%20b/os-volume_attachments/a%20b",
        Some("/compute/v2.1/servers/a%20b/os-volume_attachments/a%20b"),
    ),
    (
        "compute.list_interfaces",
        "compute",
        "GET /v2/{p}/servers/a%20b/os-interface",
        Some("/compute/v2.1/servers/a%20b/os-interface"),
    ),
    (
        "compute.create_interface",
        "compute",
        "POST /v2/{p}/servers/a%20b/os-interface",
        Some("/compute/v2.1/servers/a%20b/os-interface"),
    ),
    (
        "compute.show_interface",
        "compute",
        "GET /v2/{p}/servers/a%20b/os-interface/a%20b",
        Some("/compute/v2.1/servers/a%20b/os-interface/a%20b"),
    ),
    (
        "compute.detach_interface",
        "compute",
        "DELETE /v2/{p}/servers/a%20b/os-interface/a%20b",
        Some("/compute/v2.1/servers/a%20b/os-interface/a%20b"),
    ),
    ("compute.list_server_groups", "compute", "GET /v2/{p}/os-server-groups", Some("/compute/v2.1/os-server-groups")),
    ("compute.create_server_group", "compute", "POST /v2/{p}/os-server-groups", Some("/compute/v2.1/os-server-groups")),
    ("compute.show_server_group", "compute", "GET /v2/{p}/os-server-groups/a%20b", Some("/compute/v2.1/os-server-groups/a%20b")),
    (
        "compute.delete_server_group",
        "compute",
        "DELETE /v2/{p}/os-server-groups/a%20b",
        Some("/compute/v2.1/os-server-groups/a%20b"),
    ),
    ("compute.list_flavors_detail", "compute", "GET /v2/{p}/flavors/detail", Some("/compute/v2.1/flavors/detail")),
    ("compute.show_flavor", "compute", "GET /v2/{p}/flavors/a%20b", Some("/compute/v2.1/flavors/a%20b")),
    ("compute.list_images_detail", "compute", "GET /v2/{p}/images/detail", Some("/compute/v2.1/images/detail")),
    ("compute.show_image", "compute", "GET /v2/{p}/images/a%20b", Some("/compute/v2.1/images/a%20b")),
    ("compute.delete_image", "compute", "DELETE /v2/{p}/images/a%20b", Some("/compute/v2.1/images/a%20b")),
    ("compute.show_image_metadata", "compute", "GET /v2/{p}/images/a%20b/metadata", Some("/compute/v2.1/images/a%20b/metadata")),
    ("compute.replace_image_metadata", "compute", "PUT /v2/{p}/images/a%20b/metadata", Some("/compute/v2.1/images/a%20b/metadata")),
    ("compute.update_image_metadata", "compute", "POST /v2/{p}/images/a%20b/metadata", Some("/compute/v2.1/images/a%20b/metadata")),
    (
        "compute.show_image_metadata_item",
        "compute",
        "GET /v2/{p}/images/a%20b/metadata/a%20b",
        Some("/compute/v2.1/images/a%20b/metadata/a%20b"),
    ),
    (
        "compute.set_image_metadata_item",
        "compute",
        "PUT /v2/{p}/images/a%20b/metadata/a%20b",
        Some("/compute/v2.1/images/a%20b/metadata/a%20b"),
    ),
    (
        "compute.delete_image_metadata_item",
        "compute",
        "DELETE /v2/{p}/images/a%20b/metadata/a%20b",
        Some("/compute/v2.1/images/a%20b/metadata/a%20b"),
    ),
    ("compute.list_keypairs", "compute", "GET /v2/{p}/os-keypairs", Some("/compute/v2.1/os-keypairs")),
    ("compute.create_keypair", "compute", "POST /v2/{p}/os-keypairs", Some("/compute/v2.1/os-keypairs")),
    ("compute.delete_keypair", "compute", "DELETE /v2/{p}/os-keypairs/a%20b", Some("/compute/v2.1/os-keypairs/a%20b")),
    ("compute.show_keypair", "compute", "GET /v2/{p}/os-keypairs/a%20b", Some("/compute/v2.1/os-keypairs/a%20b")),
    ("image.update_image", "image", "PATCH /v2/images/a%20b", Some("/image/v2/images/a%20b")),
    ("image.list_images", "image", "GET /v2/images", Some("/image/v2/images")),
    ("image.show_image", "image", "GET /v2/images/a%20b", Some("/image/v2/images/a%20b")),
    ("image.delete_image", "image", "DELETE /v2/images/a%20b", Some("/image/v2/images/a%20b")),
    ("image.create_image_member", "image", "POST /v2/images/a%20b/members", Some("/image/v2/images/a%20b/members")),
    ("image.list_image_members", "image", "GET /v2/images/a%20b/members", Some("/image/v2/images/a%20b/members")),
    ("image.show_image_member", "image", "GET /v2/images/a%20b/members/a%20b", Some("/image/v2/images/a%20b/members/a%20b")),
    ("image.delete_image_member", "image", "DELETE /v2/images/a%20b/members/a%20b", Some("/image/v2/images/a%20b/members/a%20b")),
    ("image.update_image_member", "image", "PUT /v2/images/a%20b/members/a%20b", Some("/image/v2/images/a%20b/members/a%20b")),
    ("image.update_image_v1", "image", "PUT /v1/images/a%20b", Some("/image/v1/images/a%20b")),
    ("image.create_image", "image", "POST /v2/images", Some("/image/v2/images")),
    ("image.upload_image", "image", "PUT /v2/images/a%20b/file", Some("/image/v2/images/a%20b/file")),
    ("image.download_image", "image", "GET /v2/images/a%20b/file", Some("/image/v2/images/a%20b/file")),
    ("network.list_networks", "networking", "GET /v2.0/networks", Some("/networking/v2.0/networks")),
    ("network.show_network", "networking", "GET /v2.0/networks/a%20b", Some("/networking/v2.0/networks/a%20b")),
    ("network.list_subnets", "networking", "GET /v2.0/subnets", Some("/networking/v2.0/subnets")),
    ("network.list_ports", "networking", "GET /v2.0/ports", Some("/networking/v2.0/ports")),
    ("network.show_port", "networking", "GET /v2.0/ports/a%20b", Some("/networking/v2.0/ports/a%20b")),
    ("block_storage.list_volumes_detail", "blockstorage", "GET /v2/{p}/volumes/detail", Some("/volume/v3/{p}/volumes/detail")),
    ("block_storage.show_volume", "blockstorage", "GET /v2/{p}/volumes/a%20b", Some("/volume/v3/{p}/volumes/a%20b")),
    ("block_storage.delete_volume", "blockstorage", "DELETE /v2/{p}/volumes/a%20b", Some("/volume/v3/{p}/volumes/a%20b")),
    ("block_storage.create_volume", "blockstorage", "POST /v2/{p}/volumes", Some("/volume/v3/{p}/volumes")),
    (
        "block_storage.extend_volume",
        "blockstorage",
        "POST /v2/{p}/volumes/a%20b/action",
        Some("/volume/v3/{p}/volumes/a%20b/action"),
    ),
    ("block_storage.show_snapshot", "blockstorage", "GET /v2/{p}/snapshots/a%20b", Some("/volume/v3/{p}/snapshots/a%20b")),
    ("block_storage.delete_snapshot", "blockstorage", "DELETE /v2/{p}/snapshots/a%20b", Some("/volume/v3/{p}/snapshots/a%20b")),
    ("block_storage.create_snapshot", "blockstorage", "POST /v2/{p}/snapshots", Some("/volume/v3/{p}/snapshots")),
    (
        "block_storage.restore_snapshot",
        "blockstorage",
        "POST /v2/{p}/snapshots/a%20b/action",
        Some("/volume/v3/{p}/snapshots/a%20b/action"),
    ),
    ("block_storage.list_volume_types", "blockstorage", "GET /v2/{p}/types", Some("/volume/v3/{p}/types")),
    ("block_storage.show_volume_type", "blockstorage", "GET /v2/{p}/types/a%20b", Some("/volume/v3/{p}/types/a%20b")),
    ("block_storage.list_volumes", "blockstorage", "GET /v2/{p}/volumes", Some("/volume/v3/{p}/volumes")),
    ("block_storage.update_volume", "blockstorage", "PUT /v2/{p}/volumes/a%20b", Some("/volume/v3/{p}/volumes/a%20b")),
    (
        "block_storage.update_volume_metadata",
        "blockstorage",
        "POST /v2/{p}/volumes/a%20b/metadata",
        Some("/volume/v3/{p}/volumes/a%20b/metadata"),
    ),
    (
        "block_storage.delete_volume_metadata_item",
        "blockstorage",
        "DELETE /v2/{p}/volumes/a%20b/metadata/a%20b",
        Some("/volume/v3/{p}/volumes/a%20b/metadata/a%20b"),
    ),
    (
        "block_storage.update_snapshot_metadata",
        "blockstorage",
        "POST /v2/{p}/snapshots/a%20b/metadata",
        Some("/volume/v3/{p}/snapshots/a%20b/metadata"),
    ),
    (
        "block_storage.delete_snapshot_metadata_item",
        "blockstorage",
        "DELETE /v2/{p}/snapshots/a%20b/metadata/a%20b",
        Some("/volume/v3/{p}/snapshots/a%20b/metadata/a%20b"),
    ),
    (
        "block_storage.upload_volume_to_image",
        "blockstorage",
        "POST /v2/{p}/volumes/a%20b/action",
        Some("/volume/v3/{p}/volumes/a%20b/action"),
    ),
    ("block_storage.list_snapshots", "blockstorage", "GET /v2/{p}/snapshots", Some("/volume/v3/{p}/snapshots")),
    (
        "block_storage.list_snapshots_detail",
        "blockstorage",
        "GET /v2/{p}/snapshots/detail",
        Some("/volume/v3/{p}/snapshots/detail"),
    ),
    ("block_storage.update_snapshot", "blockstorage", "PUT /v2/{p}/snapshots/a%20b", Some("/volume/v3/{p}/snapshots/a%20b")),
    // The proxy has no entry of its own: it is on compute's host, under another version.
    ("volume_proxy.list_volumes_detail", "compute", "GET /v1.1/{p}/os-volumes/detail", Some("/compute/v2.1/os-volumes/detail")),
    ("volume_proxy.create_volume", "compute", "POST /v1.1/{p}/os-volumes", Some("/compute/v2.1/os-volumes")),
    ("volume_proxy.list_volumes", "compute", "GET /v1.1/{p}/os-volumes", Some("/compute/v2.1/os-volumes")),
    ("volume_proxy.show_volume", "compute", "GET /v1.1/{p}/os-volumes/a%20b", Some("/compute/v2.1/os-volumes/a%20b")),
    ("volume_proxy.delete_volume", "compute", "DELETE /v1.1/{p}/os-volumes/a%20b", Some("/compute/v2.1/os-volumes/a%20b")),
    ("volume_proxy.create_snapshot", "compute", "POST /v1.1/{p}/os-snapshots", Some("/compute/v2.1/os-snapshots")),
    ("volume_proxy.list_snapshots", "compute", "GET /v1.1/{p}/os-snapshots", Some("/compute/v2.1/os-snapshots")),
    (
        "volume_proxy.list_snapshots_detail",
        "compute",
        "GET /v1.1/{p}/os-snapshots/detail",
        Some("/compute/v2.1/os-snapshots/detail"),
    ),
    ("volume_proxy.show_snapshot", "compute", "GET /v1.1/{p}/os-snapshots/a%20b", Some("/compute/v2.1/os-snapshots/a%20b")),
    ("volume_proxy.delete_snapshot", "compute", "DELETE /v1.1/{p}/os-snapshots/a%20b", Some("/compute/v2.1/os-snapshots/a%20b")),
    ("autoscale.create_schedule", "autoscale", "POST /autoscale_schedulers", None),
    ("autoscale.delete_schedule", "autoscale", "DELETE /autoscale_schedulers/nightly1", None),
    ("autoscale.list_schedules", "autoscale", "GET /autoscale_schedulers", None),
    ("vm_import.register_image", "vmimport", "POST /v1/imageimport", None),
    ("vm_import.show_import_status", "vmimport", "GET /v1/imageimport/a%20b/status", None),
    ("vm_import.list_imports", "vmimport", "GET /v1/imageimport", None),
    ("sap.list_server_templates", "compute-w", "GET /templates/l_servers", None),
    ("sap.create_server", "compute-w", "POST /l_servers", None),
    ("sap.list_servers", "compute-w", "GET /l_servers", None),
    ("sap.show_server", "compute-w", "GET /l_servers/a%20b", None),
    ("sap.start_server", "compute-w", "PUT /l_servers/a%20b/start", None),
    ("sap.stop_server", "compute-w", "PUT /l_servers/a%20b/stop", None),
    ("sap.restart_server", "compute-w", "PUT /l_servers/a%20b/restart", None),
    ("sap.delete_server", "compute-w", "DELETE /l_servers/a%20b", None),
    ("sap.change_server", "compute-w", "PUT /l_servers/a%20b", None),
    ("sap.attach_disk", "compute-w", "PUT /l_servers/a%20b/attach", None),
    ("sap.detach_disk", "compute-w", "PUT /l_servers/a%20b/detach", None),
    ("sap.attach_nic", "compute-w", "PUT /l_servers/a%20b/attach", None),
    ("sap.detach_nic", "compute-w", "PUT /l_servers/a%20b/detach", None),
    ("sap.create_clone_image", "compute-w", "POST /server_images", None),
    ("sap.delete_server_image", "compute-w", "DELETE /server_images/a%20b", None),
    ("sap.list_clone_images", "compute-w", "GET /server_images?mode=cloning", None),
    ("sap.move_clone_image", "compute-w", "PUT /server_images/a%20b/move", None),
    ("sap.create_snapshot", "compute-w", "POST /server_images", None),
    ("sap.restore_snapshot", "compute-w", "PUT /server_images/a%20b/restore", None),
    ("sap.show_task", "compute-w", "GET /tasks/a%20b", None),
    ("sap.enable_project", "compute-w", "POST /projects", None),
    ("sap.disable_project", "compute-w", "DELETE /projects/a%20b", None),
    ("sap.show_project", "compute-w", "GET /projects/a%20b", None),
    ("sap.create_network", "compute-w", "POST /networks", None),
    ("sap.delete_network", "compute-w", "DELETE /networks/a%20b", None),
    ("sap.list_networks", "compute-w", "GET /networks", None),
];

fn value(name: &str) -> &'static str {
    if name == "name" { "nightly1" } else { "a b" }
}

/// Sends the operation with its parameters, and an empty document where it takes one.
async fn send(cloud: &Cloud, operation: &ApiOperation) -> k5::Result<()> {
    let params = operation.meta.params.iter().filter(|param| param.place.name() == "path");
    let params = params.map(|param| (param.name.to_owned(), value(param.name).to_owned())).collect();
    let body = operation.request.is_some().then(|| Body::bytes("{}"));
    operation.call(&cloud.session(), Arguments::default().params(params).body(body))?.send().await.map(drop)
}

#[test]
fn every_operation_has_its_place() {
    let elsewhere = ["identity", "object_storage"];
    let all = k5::operations().filter(|operation| !elsewhere.contains(&operation.meta.service.name));
    let mut names: Vec<_> = all.map(|operation| operation.meta.full_name()).collect();
    let mut placed: Vec<_> = PLACES.iter().map(|place| place.0).collect();
    names.sort_unstable();
    placed.sort_unstable();
    assert_eq!(placed, names);
}

#[tokio::test]
async fn k5s_hosts_and_paths() {
    let server = server(|_| k5_catalogue(|label| format!("https://{label}.uk-1.cloud.global.fujitsu.com"))).await;
    let cloud = cloud(&server, "uk-1");
    for (id, label, line, _) in PLACES {
        let meta = operation(id).meta;
        let (method, path) = line.split_once(' ').expect("a method");
        let path = path.split('?').next().unwrap_or_default();
        let below = meta.params.iter().fold(meta.path.to_owned(), |path, param| {
            path.replace(&format!("{{{}}}", param.name), &k5_core::path::segment(value(param.name)))
        });
        let endpoint = cloud.endpoint(meta.service).await.expect("an endpoint");
        let expected = format!("https://{label}.uk-1.cloud.global.fujitsu.com{}", path.replace("{p}", PROJECT));
        assert_eq!((format!("{endpoint}{below}"), meta.method), (expected, method), "{id}");
    }
    assert_eq!(server.requests().len(), 1, "one login and no call");
}

#[tokio::test]
async fn a_catalogue_of_k5_that_lacks_the_entry_falls_back_to_the_naming_scheme() {
    let server = server(|_| {
        let all = k5_catalogue(|label| format!("https://{label}.uk-1.cloud.global.fujitsu.com"));
        let gone = ["compute-w", "autoscale", "blockstoragev2", "vmimport"];
        json!(
            all.as_array()
                .expect("a list")
                .iter()
                .filter(|entry| !gone.contains(&entry["type"].as_str().expect("a type")))
                .collect::<Vec<_>>()
        )
    })
    .await;
    let cloud = cloud(&server, "uk-1");
    for (id, expected) in [
        ("sap.list_servers", "https://compute-w.uk-1.cloud.global.fujitsu.com".to_owned()),
        ("autoscale.list_schedules", "https://autoscale.uk-1.cloud.global.fujitsu.com".to_owned()),
        // The first version's entry has the same host.
        ("block_storage.show_volume", format!("https://blockstorage.uk-1.cloud.global.fujitsu.com/v2/{PROJECT}")),
        // Imports have the same paths under the newer name.
        ("vm_import.list_imports", "https://import-export.uk-1.cloud.global.fujitsu.com".to_owned()),
    ] {
        assert_eq!(cloud.endpoint(operation(id).meta.service).await.expect("an endpoint"), expected, "{id}");
    }
}

#[tokio::test]
async fn what_a_k5_cloud_is_asked() {
    let server = server(|origin| k5_catalogue(|_| origin.to_owned())).await;
    let cloud = cloud(&server, "uk-1");
    for (id, _, line, _) in PLACES {
        send(&cloud, operation(id)).await.unwrap_or_else(|error| panic!("{id}: {error}"));
        let request = server.requests().pop().expect("a request");
        assert_eq!(request.line(), line.replace("{p}", PROJECT), "{id}");
        assert!(request.head.to_ascii_lowercase().contains("x-auth-token: the-token\r\n"), "{}", request.head);
        let accept = match operation(id).meta.response_body {
            BodyKind::None | BodyKind::Bytes => continue,
            BodyKind::Xml => "application/xml",
            _ => "application/json",
        };
        assert!(request.head.to_ascii_lowercase().contains(&format!("accept: {accept}\r\n")), "{id}: {}", request.head);
    }
    assert_eq!(server.requests().len(), PLACES.len() + 1, "one login for all");
}

#[tokio::test]
async fn what_a_plain_cloud_is_asked() {
    let server = server(plain_catalogue).await;
    let cloud = cloud(&server, "RegionOne");
    for (id, _, line, plain) in PLACES {
        let asked = server.requests().len();
        match plain {
            Some(path) => {
                send(&cloud, operation(id)).await.unwrap_or_else(|error| panic!("{id}: {error}"));
                let method = line.split(' ').next().expect("a method");
                assert_eq!(
                    server.requests().pop().expect("a request").line(),
                    format!("{method} {}", path.replace("{p}", PROJECT)),
                    "{id}"
                );
            }
            None => {
                let error = send(&cloud, operation(id)).await.expect_err("such a cloud has none");
                assert_eq!((error.kind(), error.sent()), (ErrorKind::NoEndpoint, Sent::No), "{error}");
                assert!(error.message().contains("in the catalogue") && error.message().contains("_ENDPOINT_OVERRIDE"), "{error}");
                assert_eq!(server.requests().len(), asked, "{id}");
            }
        }
    }
}

/// A disk is not uploaded to a cloud that could not import it.
#[tokio::test]
async fn an_import_looks_for_its_service_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("web.vmdk");
    std::fs::write(&path, "disk").expect("written");
    let server = server(|origin| {
        let endpoint = json!({"interface": "public", "region_id": "RegionOne", "url": format!("{origin}/swift/v1/AUTH_other")});
        let mut all = plain_catalogue(origin).as_array().expect("a list").clone();
        all.push(json!({"type": "object-store", "name": "swift", "endpoints": [endpoint]}));
        json!(all)
    })
    .await;
    let error = cloud(&server, "RegionOne").import_server(&path, "rhel7").send().await.expect_err("there is no such service");
    assert!(error.kind() == ErrorKind::NoEndpoint && error.message().contains("vmimport"), "{error}");
    assert_eq!(server.requests().len(), 1, "one login and no call");
}

#[tokio::test]
async fn a_plain_clouds_image_service_may_have_its_version_in_the_url() {
    let server = server(|origin| {
        let endpoint = json!({"interface": "public", "region_id": "RegionOne", "url": format!("{origin}/image/v2/")});
        json!([{"type": "image", "name": "glance", "endpoints": [endpoint]}])
    })
    .await;
    cloud(&server, "RegionOne").image().show_image("i").send().await.expect_err("an empty document");
    assert_eq!(server.requests().pop().expect("a request").line(), "GET /image/v2/images/i");
}

#[tokio::test]
async fn a_plain_clouds_networking_service_may_have_its_version_in_the_url() {
    for path in ["", "/", "/v2.0", "/v2.0/"] {
        let server = server(move |origin| {
            let endpoint = json!({"interface": "public", "region_id": "RegionOne", "url": format!("{origin}{path}")});
            json!([{"type": "network", "name": "neutron", "endpoints": [endpoint]}])
        })
        .await;
        cloud(&server, "RegionOne").network().show_network("n").send().await.expect_err("an empty document");
        assert_eq!(server.requests().pop().expect("a request").line(), "GET /v2.0/networks/n", "{path}");
    }
}
