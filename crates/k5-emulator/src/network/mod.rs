//! Neutron v2.0, read only: the network `private`, those that servers were put in, their subnets, and the ports of servers.

mod list;
mod view;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::cloud::nova::{self, json_reply};
pub(crate) use crate::cloud::{Call, Outcome};
use crate::cloud::{Cloud, Dialect, Fail, Refusal, not_found, request_id};
use crate::compute::networks::{self, Port};
use crate::reply::Reply;
use crate::request::Request;

pub(crate) struct Networks {
    cloud: Arc<Cloud>,
}

impl Networks {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn list_networks(&self, call: &mut Call<'_>) -> Outcome {
        list::answer(call, "networks", self.networks(call)?)
    }

    pub(crate) async fn show_network(&self, call: &mut Call<'_>) -> Outcome {
        let network = one(self.networks(call)?, &call.parameter("network_id"), "Network")?;
        Ok(json_reply(200, &json!({"network": network})))
    }

    pub(crate) async fn list_subnets(&self, call: &mut Call<'_>) -> Outcome {
        let ids = self.network_ids(call)?;
        let subnets = ids.iter().map(|id| view::subnet(id, &call.tenant(), &self.cloud.zone)).collect();
        list::answer(call, "subnets", subnets)
    }

    pub(crate) async fn list_ports(&self, call: &mut Call<'_>) -> Outcome {
        list::answer(call, "ports", self.ports(call)?)
    }

    pub(crate) async fn show_port(&self, call: &mut Call<'_>) -> Outcome {
        let port = one(self.ports(call)?, &call.parameter("port_id"), "Port")?;
        Ok(json_reply(200, &json!({"port": port})))
    }

    /// `private`, and the networks of this project's servers.
    fn network_ids(&self, call: &Call<'_>) -> Outcome<BTreeSet<String>> {
        let ports = networks::ports(&self.cloud.reader().documents, &call.tenant())?;
        Ok(ports.into_iter().map(|port| port.network).chain([networks::private()]).collect())
    }

    fn networks(&self, call: &Call<'_>) -> Outcome<Vec<Value>> {
        let ids = self.network_ids(call)?;
        Ok(ids.iter().map(|id| view::network(id, &call.tenant(), &self.cloud.zone)).collect())
    }

    fn ports(&self, call: &Call<'_>) -> Outcome<Vec<Value>> {
        let tenant = call.tenant();
        let ports: Vec<Port> = networks::ports(&self.cloud.reader().documents, &tenant)?;
        Ok(ports.iter().map(|port| view::port(port, &tenant)).collect())
    }
}

fn one(all: Vec<Value>, id: &str, kind: &'static str) -> Outcome<Value> {
    let code = if kind == "Network" { "NetworkNotFound" } else { "PortNotFound" };
    let found = all.into_iter().find(|document| document["id"] == id);
    found.ok_or_else(|| not_found(format!("{kind} {id} could not be found.")).coded(code))
}

impl Dialect for Networks {
    fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// `{"NeutronError": {"type": "NetworkNotFound", "message": "...", "detail": ""}}`.
    fn finish(&self, outcome: Outcome, _: &Request) -> Reply {
        let shape = |refusal: Refusal| {
            let kind = refusal.code.unwrap_or(match refusal.status {
                400 => "HTTPBadRequest",
                403 => "PolicyNotAuthorized",
                404 => "HTTPNotFound",
                _ => "HTTPInternalServerError",
            });
            let error = json!({"type": kind, "message": refusal.message, "detail": ""});
            json_reply(refusal.status, &json!({"NeutronError": error}))
        };
        outcome.unwrap_or_else(|fail| fail.shape(shape)).with("x-openstack-request-id", &request_id())
    }

    fn no_such_path(&self, _: bool, request: &Request) -> Fail {
        nova::no_such_path(request)
    }
}
