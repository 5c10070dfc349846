//! Nova v2.

mod actions;
mod attachments;
mod create;
mod devices;
mod flavors;
mod groups;
mod images;
mod interfaces;
mod keypairs;
mod list;
mod metadata;
pub(crate) mod networks;
mod password;
mod rebuild;
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
use crate::routes::Sent;

pub(crate) struct Compute {
    cloud: Arc<Cloud>,
}

impl Compute {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
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
