//! Addresses of servers. There is no Neutron: every network that is named exists, `private` if none is.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use serde_json::Value;

use super::server::{Interface, Server};
use crate::cloud::{Outcome, bad_request, derived_uuid, fields, uuid};
use crate::store::{Documents, Order, Rows};

/// `10.0.0.0/20`, of which the first addresses are the router's and the like.
const NETWORK: u32 = 0x0a00_0000;
const FIRST: u32 = NETWORK + 10;
const LAST: u32 = NETWORK + (1 << 12) - 2;

/// The addresses that servers have.
pub(super) fn taken(documents: &Documents<impl Rows>, tenant: &str) -> Outcome<BTreeSet<IpAddr>> {
    let servers: Vec<Server> = documents.all(tenant, Order::OldestFirst)?;
    let living = servers.into_iter().filter(|server| !server.is_deleted());
    Ok(living.flat_map(|server| server.interfaces).filter_map(|interface| interface.address.parse().ok()).collect())
}

/// The network cards that the body of a request for a server asks for.
pub(super) fn interfaces(body: &Value, taken: &mut BTreeSet<IpAddr>) -> Outcome<Vec<Interface>> {
    let wanted = match body.get("networks") {
        None | Some(Value::Null) => return Ok(vec![interface("private".to_owned(), uuid(), None, taken)?]),
        Some(Value::String(all)) if all == "none" => return Ok(Vec::new()),
        Some(Value::String(all)) if all == "auto" => return Ok(vec![interface("private".to_owned(), uuid(), None, taken)?]),
        Some(_) => fields::list(body, "networks")?,
    };
    if wanted.is_empty() {
        return Ok(vec![interface("private".to_owned(), uuid(), None, taken)?]);
    }
    let mut interfaces = Vec::new();
    for entry in wanted {
        let fixed = match fields::text(entry, "fixed_ip")? {
            None => None,
            Some(text) => {
                let parsed = text.parse::<IpAddr>();
                Some(parsed.map_err(|_| bad_request(format!("Invalid fixed IP address ({text})")))?)
            }
        };
        let (network, port) = match (fields::text(entry, "port")?, fields::text(entry, "uuid")?) {
            (Some(port), _) => ("private".to_owned(), port),
            (None, Some(network)) => (name_of(&network), uuid()),
            (None, None) => return Err(bad_request("Bad networks format: network uuid is not in proper format (None)")),
        };
        interfaces.push(interface(network, port, fixed, taken)?);
    }
    Ok(interfaces)
}

/// What a network is called that was made elsewhere.
fn name_of(network: &str) -> String {
    if network == derived_uuid("network:private") {
        return "private".to_owned();
    }
    format!("network-{}", network.split('-').next().unwrap_or(network))
}

fn interface(network: String, port: String, fixed: Option<IpAddr>, taken: &mut BTreeSet<IpAddr>) -> Outcome<Interface> {
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
    Ok(Interface { network, address: address.to_string(), mac, port })
}
