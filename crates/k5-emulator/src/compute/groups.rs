//! Server groups: which hosts the servers in them may be on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Compute;
use super::server::{HOSTS, Server, VmState};
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Caller, Fail, Kept, Outcome, bad_request, fields, forbidden, is_uuid, named, not_found, uuid};
use crate::store::{Document, Documents, Order, Rows};

/// The maximum number of groups in a project, and of servers in a group.
const QUOTA: usize = 10;
const MEMBERS: usize = 10;

named! {
    enum Policy {
        Affinity = "affinity",
        AntiAffinity = "anti-affinity",
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct ServerGroup {
    id: String,
    name: String,
    policy: Policy,
    zone: String,
}

impl Document for ServerGroup {
    const SERVICE: &'static str = "compute";
    const KIND: &'static str = "server_group";

    fn id(&self) -> &str {
        &self.id
    }
}

impl Kept for ServerGroup {
    fn unknown(id: &str, _: &Caller) -> Fail {
        not_found(format!("Instance group {id} could not be found."))
    }
}

impl Compute {
    pub(crate) async fn list_server_groups(&self, call: &mut Call<'_>) -> Outcome {
        let (groups, servers): (Vec<ServerGroup>, Vec<Server>) = (self.cloud.all(call)?, self.cloud.all(call)?);
        let shown: Vec<Value> = groups.iter().map(|group| view(group, &servers)).collect();
        Ok(json_reply(200, &json!({"server_groups": shown})))
    }

    /// With its availability zone, which only this answer of K5 has.
    pub(crate) async fn show_server_group(&self, call: &mut Call<'_>) -> Outcome {
        let (group, servers): (ServerGroup, Vec<Server>) = (self.cloud.load(call, "server_group_id")?, self.cloud.all(call)?);
        let mut shown = view(&group, &servers);
        shown["availability_zone"] = json!(group.zone);
        Ok(json_reply(200, &json!({"server_group": shown})))
    }

    pub(crate) async fn create_server_group(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("server_group").await?;
        let name = fields::required_text(&body, "name")?;
        if name.trim() != name || name.is_empty() || name.chars().any(char::is_control) {
            return Err(bad_request(
                "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
            ));
        }
        fields::name(&body, "name")?;
        let policy = policy(&body)?;
        let zone = fields::text(&body, "availability_zone")?.unwrap_or_else(|| self.cloud.zone.clone());
        let tenant = call.tenant();
        let made = self.cloud.change(move |documents| {
            if documents.sweep::<ServerGroup>(&tenant)?.len() >= QUOTA {
                return Err(forbidden("Quota exceeded, too many server groups."));
            }
            let group = ServerGroup { id: uuid(), name, policy, zone };
            documents.put(&tenant, &group)?;
            Ok(group)
        });
        Ok(json_reply(200, &json!({"server_group": view(&made.await?, &[])})))
    }

    pub(crate) async fn delete_server_group(&self, call: &mut Call<'_>) -> Outcome {
        self.cloud.remove::<ServerGroup, _>(call, "server_group_id", |_| Ok(())).await?;
        Ok(empty_reply(204))
    }
}

fn policy(body: &Value) -> Outcome<Policy> {
    if body.get("policies").is_none() {
        return Err(fields::missing("policies"));
    }
    let wrong = |what: String| Err(bad_request(format!("Invalid input for field/attribute policies. {what}")));
    match fields::list(body, "policies")? {
        [Value::String(name)] => match [Policy::Affinity, Policy::AntiAffinity].into_iter().find(|policy| policy.name() == name) {
            Some(policy) => Ok(policy),
            None => wrong(format!("Value: {name}. '{name}' is not one of ['anti-affinity', 'affinity']")),
        },
        [other] => Err(fields::wrong_type("policies", other, "string")),
        [] => wrong("Value: []. [] is too short".to_owned()),
        _ => wrong(format!("Value: {0}. {0} is too long", body["policies"])),
    }
}

fn view(group: &ServerGroup, servers: &[Server]) -> Value {
    let members: Vec<&str> = members(&group.id, servers).map(|server| server.id.as_str()).collect();
    json!({"id": group.id, "name": group.name, "policies": [group.policy.name()], "members": members, "metadata": {}})
}

fn members<'s>(group: &str, servers: &'s [Server]) -> impl Iterator<Item = &'s Server> {
    servers.iter().filter(move |server| !server.is_deleted() && server.group() == Some(group))
}

/// The group that new servers join, and the hosts that its servers are on.
pub(super) struct Joined {
    policy: Policy,
    hosts: Vec<u64>,
}

/// The group that the hints name, if it takes `count` more servers.
pub(super) fn joined(
    documents: &Documents<impl Rows>,
    tenant: &str,
    hints: &BTreeMap<String, String>,
    count: usize,
) -> Outcome<Option<Joined>> {
    let Some(id) = hints.get("group") else { return Ok(None) };
    if !is_uuid(id) {
        return Err(bad_request(format!("Invalid input for field/attribute group. Value: {id}. '{id}' is not a 'uuid'")));
    }
    let group: Option<ServerGroup> = documents.get(tenant, id)?;
    let Some(group) = group else { return Err(bad_request(format!("Instance group {id} could not be found."))) };
    let servers: Vec<Server> = documents.all(tenant, Order::OldestFirst)?;
    if members(id, &servers).count() + count > MEMBERS {
        return Err(forbidden("Quota exceeded, too many servers in group"));
    }
    let placed = members(id, &servers).filter(|server| !matches!(server.state, VmState::Error | VmState::ShelvedOffloaded));
    Ok(Some(Joined { policy: group.policy, hosts: placed.map(Server::host).collect() }))
}

impl Joined {
    /// The host of the next server, which is the `number`th of the project; nothing if there is none.
    pub(super) fn place(&mut self, number: u64) -> Option<u64> {
        let anywhere = number % HOSTS;
        let host = match self.policy {
            Policy::Affinity => self.hosts.first().copied().or(Some(anywhere)),
            Policy::AntiAffinity => (0..HOSTS).map(|step| (anywhere + step) % HOSTS).find(|host| !self.hosts.contains(host)),
        };
        self.hosts.extend(host);
        host
    }
}
