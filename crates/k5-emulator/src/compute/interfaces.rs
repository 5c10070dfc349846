//! The network interfaces of an existing server. Every network and port that a request names exists.

use serde_json::{Value, json};

use super::actions::check;
use super::server::{Interface, Plugging, Server, VmState};
use super::{Compute, networks};
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Outcome, bad_request, conflict, fields, is_uuid, not_found};
use crate::store::Order;
use crate::time::Ticks;

const STATES: &[VmState] = &[VmState::Active, VmState::Stopped];

impl Compute {
    pub(crate) async fn list_interfaces(&self, call: &mut Call<'_>) -> Outcome {
        let server: Server = self.cloud.load(call, "server_id")?;
        let shown: Vec<Value> = server.interfaces.iter().map(view).collect();
        Ok(json_reply(200, &json!({"interfaceAttachments": shown})))
    }

    pub(crate) async fn show_interface(&self, call: &mut Call<'_>) -> Outcome {
        let (server, port): (Server, _) = (self.cloud.load(call, "server_id")?, call.parameter("port_id"));
        let card = server.interfaces.iter().find(|card| card.port == port);
        let card = card.ok_or_else(|| not_found(format!("Instance {} does not have a port with id {port}", server.id)))?;
        Ok(json_reply(200, &json!({"interfaceAttachment": view(card)})))
    }

    pub(crate) async fn create_interface(&self, call: &mut Call<'_>) -> Outcome {
        let document = call.json().await?;
        // An empty request means an interface in the only network.
        let body = document.get("interfaceAttachment").cloned().unwrap_or_else(|| json!({}));
        let (port, network, fixed) = (id(&body, "port_id")?, id(&body, "net_id")?, fields::list(&body, "fixed_ips")?);
        if port.is_some() && network.is_some() {
            return Err(bad_request("Must not input both network_id and port_id"));
        }
        let fixed = match fixed {
            [] => None,
            [_] if network.is_none() => return Err(bad_request("Must input network_id when request IP address")),
            [one] => Some(networks::fixed_ip(&fields::required_text(one, "ip_address")?)?),
            _ => {
                let value = &body["fixed_ips"];
                return Err(bad_request(format!(
                    "Invalid input for field/attribute fixed_ips. Value: {value}. {value} is too long"
                )));
            }
        };
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let plugged = self.cloud.update(call, "server_id", move |server: &mut Server, documents| {
            check(server, "attach_interface", STATES)?;
            let others: Vec<Server> = documents.all(&tenant, Order::OldestFirst)?;
            let mut cards = others.iter().filter(|other| !other.is_deleted()).flat_map(|other| &other.interfaces);
            if let Some(port) = port.as_ref().filter(|port| cards.any(|card| card.port == **port)) {
                return Err(conflict(format!("Port {port} is still in use.")));
            }
            let mut taken = networks::taken(documents, &tenant)?;
            server.interfaces.push(networks::plugged(network, port, fixed, &mut taken, due)?);
            server.updated = Ticks::now();
            Ok(())
        });
        let server = plugged.await?;
        let card = server.interfaces.last().map(view);
        Ok(json_reply(200, &json!({"interfaceAttachment": card})))
    }

    /// A port that the server doesn't have is accepted too: Nova only finds out in the background.
    pub(crate) async fn detach_interface(&self, call: &mut Call<'_>) -> Outcome {
        let (port, due) = (call.parameter("port_id"), self.cloud.due());
        let unplugged = self.cloud.update(call, "server_id", move |server: &mut Server, _| {
            check(server, "detach_interface", STATES)?;
            for card in server.interfaces.iter_mut().filter(|card| card.port == port) {
                card.step = Some((due, Plugging::Out));
            }
            server.updated = Ticks::now();
            Ok(())
        });
        unplugged.await?;
        Ok(empty_reply(202))
    }
}

fn id(body: &Value, name: &str) -> Outcome<Option<String>> {
    let id = fields::text(body, name)?;
    match id.as_deref().filter(|id| !is_uuid(id)) {
        None => Ok(id),
        Some(id) => Err(bad_request(format!("Invalid input for field/attribute {name}. Value: {id}. '{id}' is not a 'uuid'"))),
    }
}

fn view(card: &Interface) -> Value {
    let network = card.network_id.clone().unwrap_or_else(networks::private);
    let state = if matches!(card.step, Some((_, Plugging::In))) { "BUILD" } else { "ACTIVE" };
    json!({
        "port_id": card.port, "net_id": network, "mac_addr": card.mac, "port_state": state,
        "fixed_ips": [{"subnet_id": networks::subnet_of(&network), "ip_address": card.address}],
    })
}
