//! How Nova shows servers: everything that any of its extensions adds.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha224};

use super::server::{Server, VmState};
use crate::cloud::nova::{bookmark, links};
use crate::request::Request;

/// Where in an answer a server is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Alone.
    Single,
    /// In a list with details.
    Listed,
}

pub(super) fn brief(server: &Server, request: &Request) -> Value {
    json!({
        "id": server.id, "name": server.name,
        "links": links(request, &server.tenant, &format!("servers/{}", server.id)),
    })
}

pub(super) fn server(server: &Server, request: &Request, form: Form) -> Value {
    let tenant = &server.tenant;
    let placed = server.launched.is_some() && server.state != VmState::ShelvedOffloaded;
    let host = placed.then(|| format!("host-{:02}", server.host() + 1));
    let volumes: Vec<Value> = server.devices.iter().map(|device| json!({"id": device.volume})).collect();
    let part = |kind: &str, id: &str| json!({"id": id, "links": [bookmark(request, tenant, &format!("{kind}/{id}"))]});
    let image = server.image.as_ref().map_or_else(|| json!(""), |image| part("images", image));
    let mut document = json!({
        "id": server.id, "name": server.name, "status": server.status(), "tenant_id": tenant, "user_id": server.user,
        "created": server.created.zulu(), "updated": server.updated.zulu(),
        "hostId": host.as_ref().map(|host| host_id(tenant, host)).unwrap_or_default(),
        "links": links(request, tenant, &format!("servers/{}", server.id)),
        "image": image, "flavor": part("flavors", &server.flavor),
        "addresses": addresses(server), "metadata": server.metadata, "key_name": server.key_name,
        "accessIPv4": server.access.0, "accessIPv6": server.access.1,
        "config_drive": if server.config_drive { "True" } else { "" },
        "OS-DCF:diskConfig": server.disk_config,
        "OS-EXT-AZ:availability_zone": if placed { server.zone.as_str() } else { "" },
        "OS-EXT-STS:task_state": server.task.map(|(_, task)| task.name()),
        "OS-EXT-STS:vm_state": server.state.name(),
        "OS-EXT-STS:power_state": server.power_state(),
        "OS-EXT-SRV-ATTR:host": host, "OS-EXT-SRV-ATTR:hypervisor_hostname": host,
        "OS-EXT-SRV-ATTR:instance_name": format!("instance-{:08x}", server.number),
        "OS-SRV-USG:launched_at": server.launched.map(|at| at.iso()),
        "OS-SRV-USG:terminated_at": server.terminated.map(|at| at.iso()),
        "os-extended-volumes:volumes_attached": volumes,
    });
    if !server.security_groups.is_empty() {
        document["security_groups"] = server.security_groups.iter().map(|name| json!({"name": name})).collect();
    }
    if !server.hints.is_empty() {
        // Fujitsu's own spelling differs between the two.
        let name = if form == Form::Single { "OS-SCH-HNT:Scheduler_hints" } else { "OS-SCH-HNT:scheduler_hints" };
        document[name] = json!(server.hints);
    }
    match &server.fault {
        Some(fault) => {
            document["fault"] = json!({"code": 500, "message": fault.message, "created": fault.at.zulu()});
        }
        None => document["progress"] = json!(0),
    }
    document
}

fn addresses(server: &Server) -> Value {
    let mut networks = Map::new();
    // A server has its interfaces once it is built.
    if server.launched.is_some() {
        for interface in &server.interfaces {
            let address = json!({
                "version": if interface.address.contains(':') { 6 } else { 4 }, "addr": interface.address,
                "OS-EXT-IPS:type": "fixed", "OS-EXT-IPS-MAC:mac_addr": interface.mac,
            });
            if let Value::Array(list) = networks.entry(interface.network.clone()).or_insert_with(|| json!([])) {
                list.push(address);
            }
        }
    }
    Value::Object(networks)
}

/// The same for all servers of a project on a host, without revealing either.
fn host_id(tenant: &str, host: &str) -> String {
    Sha224::digest(format!("{tenant}{host}")).iter().map(|byte| format!("{byte:02x}")).collect()
}
