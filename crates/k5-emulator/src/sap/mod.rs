//! Virtual servers for SAP: XML and forms, and a task for everything that takes time.

mod actions;
mod create;
mod errors;
mod folder;
mod form;
mod images;
mod networks;
mod numbers;
mod projects;
mod server;
mod snapshots;
mod task;
mod templates;
mod view;
pub(crate) mod xml;

use std::sync::Arc;

use server::LServer;

pub(crate) use crate::cloud::{Call, Outcome};
use crate::cloud::{Cloud, Dialect, Fail};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::Sent;

pub(crate) struct Sap {
    cloud: Arc<Cloud>,
}

impl Sap {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    /// The availability zones that are meant where none is named: both of a region of K5, the only one of a plain cloud.
    fn zones(&self) -> Vec<String> {
        let own = self.cloud.zone.clone();
        match own.strip_suffix('a').filter(|region| region.ends_with(|c: char| c.is_ascii_digit())) {
            Some(region) => vec![own.clone(), format!("{region}b")],
            None => vec![own],
        }
    }

    pub(crate) async fn list_servers(&self, call: &mut Call<'_>) -> Outcome {
        let servers: Vec<LServer> = self.cloud.all(call)?;
        let zone = call.query("availability_zone");
        let servers = servers.iter().filter(|server| zone.is_none_or(|zone| server.zone == zone));
        Ok(xml::reply(200, &view::list(servers)))
    }

    pub(crate) async fn show_server(&self, call: &mut Call<'_>) -> Outcome {
        let internal = form::flag(call.query("internal"), "internal")?;
        Ok(xml::reply(200, &view::server(&self.cloud.load(call, "resource_id")?, internal)))
    }

    pub(crate) async fn show_task(&self, call: &mut Call<'_>) -> Outcome {
        Ok(xml::reply(200, &view::task(&self.cloud.load(call, "task_id")?)))
    }
}

impl Dialect for Sap {
    fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    fn finish(&self, outcome: Outcome, _: &Request) -> Reply {
        errors::finish(outcome)
    }

    fn no_such_path(&self, wrong_method: bool, _: &Request) -> Fail {
        errors::no_such_path(wrong_method)
    }

    fn no_such_body(&self, sent: &Sent, request: &Request) -> Fail {
        errors::no_such_body(sent, request)
    }
}
