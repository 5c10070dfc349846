//! How Neutron shows networks, subnets and ports, with the availability zone that K5 adds.

use serde_json::{Value, json};

use crate::cloud::derived_uuid;
use crate::compute::networks::{self, CIDR, Port};

/// The project that owns a network: the administrator's owns `private`, which is shared.
fn owner(network: &str, tenant: &str) -> String {
    match network == networks::private() {
        true => derived_uuid("project:Default:admin").replace('-', ""),
        false => tenant.to_owned(),
    }
}

pub(super) fn network(id: &str, tenant: &str, zone: &str) -> Value {
    let owner = owner(id, tenant);
    json!({
        "id": id, "name": networks::name_of(id), "status": "ACTIVE", "subnets": [networks::subnet_of(id)],
        "tenant_id": owner, "project_id": owner, "admin_state_up": true, "shared": id == networks::private(),
        "router:external": false, "mtu": 1450, "description": "", "availability_zone": zone, "availability_zones": [zone],
        "availability_zone_hints": [], "port_security_enabled": true, "tags": [],
    })
}

pub(super) fn subnet(network: &str, tenant: &str, zone: &str) -> Value {
    let owner = owner(network, tenant);
    json!({
        "id": networks::subnet_of(network), "name": format!("{}-subnet", networks::name_of(network)), "network_id": network,
        "tenant_id": owner, "project_id": owner, "ip_version": 4, "cidr": CIDR, "gateway_ip": "10.0.0.1", "enable_dhcp": true,
        "allocation_pools": [{"start": "10.0.0.10", "end": "10.0.15.253"}], "dns_nameservers": [], "host_routes": [],
        "description": "", "availability_zone": zone, "tags": [],
    })
}

pub(super) fn port(port: &Port, tenant: &str) -> Value {
    json!({
        "id": port.id, "name": "", "status": if port.is_new { "BUILD" } else { "ACTIVE" }, "network_id": port.network,
        "mac_address": port.mac, "fixed_ips": [{"subnet_id": networks::subnet_of(&port.network), "ip_address": port.address}],
        "device_id": port.server, "device_owner": format!("compute:{}", port.zone), "admin_state_up": true,
        "tenant_id": tenant, "project_id": tenant, "security_groups": [], "description": "", "availability_zone": port.zone,
        "tags": [],
    })
}
