//! Nova v2.

mod actions;
mod create;
mod devices;
mod flavors;
mod images;
mod keypairs;
mod list;
mod metadata;
mod networks;
mod server;
mod ssh;
mod view;

use std::sync::Arc;

use serde_json::json;
use server::Server;

use crate::cloud::nova::{self, check_tenant, empty_reply, json_reply};
pub(crate) use crate::cloud::{Call, Outcome};
use crate::cloud::{Cloud, Dialect, Fail};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::{Parameters, Sent};

pub(crate) struct Compute {
    cloud: Arc<Cloud>,
}

impl Compute {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    /// What is not documented, but asked for by OpenStack's own client.
    pub(crate) async fn undocumented(&self, request: &mut Request) -> Option<Reply> {
        let path = str::from_utf8(&request.path).ok()?;
        if request.method != "GET" || !path.starts_with("/v2/") || !path.ends_with("/flavors/detail") {
            return None;
        }
        let caller = self.cloud.caller(request).ok()?;
        if path != format!("/v2/{}/flavors/detail", caller.project.id) {
            return None;
        }
        let mut call = self.cloud.call(Parameters::default(), request).ok()?;
        let outcome = self.list_flavors(&mut call).await;
        Some(nova::finish(outcome))
    }

    pub(crate) async fn show_server(&self, call: &mut Call<'_>) -> Outcome {
        let server = self.cloud.load(call, "server_id")?;
        Ok(json_reply(200, &json!({"server": view::server(&server, call.request, view::Form::Single)})))
    }

    pub(crate) async fn delete_server(&self, call: &mut Call<'_>) -> Outcome {
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let deleted = self.cloud.update(call, "server_id", move |server: &mut Server, documents| {
            server.begin(server::Task::Deleting, due);
            devices::release(documents, &tenant, &server.id, due)
        });
        deleted.await?;
        Ok(empty_reply(204))
    }
}

impl Dialect for Compute {
    fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    fn finish(&self, outcome: Outcome, _: &Request) -> Reply {
        nova::finish(outcome)
    }

    fn check(&self, call: &Call<'_>) -> Outcome<()> {
        check_tenant(call)
    }

    fn no_such_path(&self, _: bool, request: &Request) -> Fail {
        nova::no_such_path(request)
    }

    fn no_such_body(&self, sent: &Sent, _: &Request) -> Fail {
        nova::no_such_action(sent.key(), "")
    }
}
