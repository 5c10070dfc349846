//! Addresses of servers. Every network that a request names exists, and `private` is the default.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use super::server::{Interface, Plugging, Server};
use crate::cloud::{Outcome, bad_request, derived_uuid, fields, uuid};
use crate::store::{Documents, Order, Rows};
use crate::time::Ticks;

/// `private`, in CIDR notation.
pub(crate) const CIDR: &str = "10.0.0.0/20";
/// The first address of [`CIDR`], of which the first addresses are the router's and the like.
const NETWORK: u32 = 0x0a00_0000;
const FIRST: u32 = NETWORK + 10;
const LAST: u32 = NETWORK + (1 << 12) - 2;

/// The addresses that servers have.
pub(super) fn taken(documents: &Documents<impl Rows>, tenant: &str) -> Outcome<BTreeSet<IpAddr>> {
    let servers: Vec<Server> = documents.all(tenant, Order::OldestFirst)?;
    let living = servers.into_iter().filter(|server| !server.is_deleted());
    Ok(living.flat_map(|server| server.interfaces).filter_map(|interface| interface.address.parse().ok()).collect())
}

/// The network interfaces that a request for a server specifies.
pub(super) fn interfaces(body: &Value, taken: &mut BTreeSet<IpAddr>) -> Outcome<Vec<Interface>> {
    let wanted = match body.get("networks") {
        None | Some(Value::Null) => return Ok(vec![interface(&private(), uuid(), None, taken)?]),
        Some(Value::String(all)) if all == "none" => return Ok(Vec::new()),
        Some(Value::String(all)) if all == "auto" => return Ok(vec![interface(&private(), uuid(), None, taken)?]),
        Some(_) => fields::list(body, "networks")?,
    };
    if wanted.is_empty() {
        return Ok(vec![interface(&private(), uuid(), None, taken)?]);
    }
    let mut interfaces = Vec::new();
    for entry in wanted {
        let fixed = match fields::text(entry, "fixed_ip")? {
            None => None,
            Some(text) => Some(fixed_ip(&text)?),
        };
        let (network, port) = match (fields::text(entry, "port")?, fields::text(entry, "uuid")?) {
            (Some(port), _) => (private(), port),
            (None, Some(network)) => (network, uuid()),
            (None, None) => return Err(bad_request("Bad networks format: network uuid is not in proper format (None)")),
        };
        interfaces.push(interface(&network, port, fixed, taken)?);
    }
    Ok(interfaces)
}

/// An interface that a server gets later: in a network, or on a port.
pub(super) fn plugged(
    network: Option<String>,
    port: Option<String>,
    fixed: Option<IpAddr>,
    taken: &mut BTreeSet<IpAddr>,
    due: Ticks,
) -> Outcome<Interface> {
    let card = interface(&network.unwrap_or_else(private), port.unwrap_or_else(uuid), fixed, taken)?;
    Ok(Interface { step: Some((due, Plugging::In)), ..card })
}

pub(super) fn fixed_ip(text: &str) -> Outcome<IpAddr> {
    text.parse().map_err(|_| bad_request(format!("Invalid fixed IP address ({text})")))
}

/// A network interface of a server, as the networking service knows it.
pub(crate) struct Port {
    pub(crate) id: String,
    pub(crate) network: String,
    pub(crate) address: String,
    pub(crate) mac: String,
    pub(crate) server: String,
    pub(crate) zone: String,
    /// Whether it is still being plugged in.
    pub(crate) is_new: bool,
}

/// The ports of a project's servers.
pub(crate) fn ports(documents: &Documents<impl Rows>, tenant: &str) -> Outcome<Vec<Port>> {
    let servers: Vec<Server> = documents.all(tenant, Order::OldestFirst)?;
    let living = servers.into_iter().filter(|server| !server.is_deleted());
    let ports = living.flat_map(|server| {
        let (id, zone) = (server.id, server.zone);
        server.interfaces.into_iter().map(move |card| Port {
            is_new: matches!(card.step, Some((_, Plugging::In))),
            id: card.port,
            network: card.network_id.unwrap_or_else(private),
            address: card.address,
            mac: card.mac,
            server: id.clone(),
            zone: zone.clone(),
        })
    });
    Ok(ports.collect())
}

/// The id of the default network.
pub(crate) fn private() -> String {
    derived_uuid("network:private")
}

/// The id of a network's only subnet.
pub(crate) fn subnet_of(network: &str) -> String {
    derived_uuid(&format!("subnet:{network}"))
}

/// The name of a network.
pub(crate) fn name_of(network: &str) -> String {
    if network == private() {
        return "private".to_owned();
    }
    format!("network-{}", network.split('-').next().unwrap_or(network))
}

fn interface(network: &str, port: String, fixed: Option<IpAddr>, taken: &mut BTreeSet<IpAddr>) -> Outcome<Interface> {
    let address = match fixed {
        Some(address) if taken.contains(&address) => {
            return Err(bad_request(format!("Fixed IP address {address} is already in use on instance.")));
        }
        Some(address) => address,
        None => {
            let free = (FIRST..LAST).map(|bits| IpAddr::V4(Ipv4Addr::from(bits))).find(|address| !taken.contains(address));
            free.ok_or_else(|| bad_request("No more IP addresses available on network."))?
        }
    };
    taken.insert(address);
    let bits = fastrand::u32(..).to_be_bytes();
    let mac = format!("fa:16:3e:{:02x}:{:02x}:{:02x}", bits[0], bits[1], bits[2]);
    let (name, id) = (name_of(network), Some(network.to_owned()));
    Ok(Interface { network: name, network_id: id, address: address.to_string(), mac, port, step: None })
}
