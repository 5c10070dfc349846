//! Virtual servers for SAP: XML, and a task for everything that takes time.

mod create;
mod errors;
mod server;
mod task;
mod view;
mod xml;

use std::sync::Arc;

use server::LServer;
use task::Task;

use crate::cloud::{Call, Cloud, Outcome};
use crate::generated::routes::Operation;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::{Documents, Order, Rows};

pub(crate) struct Sap {
    cloud: Arc<Cloud>,
}

impl Sap {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn serve(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Reply {
        errors::finish(self.operate(operation, parameters, request).await)
    }

    async fn operate(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Outcome {
        let caller = self.cloud.caller(request)?;
        let mut call = Call::new(caller, parameters, request);
        match operation {
            Operation::SapSapCreateServer => self.sap_create_server(&mut call).await,
            Operation::SapSapListServers => self.sap_list_servers(&call),
            Operation::SapSapShowServer => self.sap_show_server(&call),
            Operation::SapSapStartServer => self.sap_start_server(&call).await,
            Operation::SapSapShowTask => self.sap_show_task(&call),
            _ => Err(errors::no_such_path(false)),
        }
    }

    /// What no route leads to.
    pub(crate) fn unknown(&self, wrong_method: bool, request: &Request) -> Reply {
        errors::finish(self.cloud.caller(request).and_then(|_| Err(errors::no_such_path(wrong_method))))
    }

    fn sap_list_servers(&self, call: &Call<'_>) -> Outcome {
        let servers: Vec<LServer> = self.cloud.reader().documents.all(&call.tenant(), Order::OldestFirst)?;
        let zone = call.query("availability_zone");
        let servers = servers.iter().filter(|server| zone.is_none_or(|zone| server.zone == zone));
        Ok(xml::reply(200, &view::list(servers)))
    }

    fn sap_show_server(&self, call: &Call<'_>) -> Outcome {
        let internal = call.query("internal").is_some_and(|flag| flag == "true");
        let server = server_of(&self.cloud.reader().documents, &call.tenant(), &call.parameter(0))?;
        Ok(xml::reply(200, &view::server(&server, internal)))
    }

    async fn sap_start_server(&self, call: &Call<'_>) -> Outcome {
        let (tenant, id, due) = (call.tenant(), call.parameter(0), self.cloud.due());
        let task = self.cloud.change(move |documents| {
            let mut server = server_of(documents, &tenant, &id)?;
            server.start(due)?;
            let task = Task::new(Some(id), due, None);
            documents.put(&tenant, &server)?;
            documents.put(&tenant, &task)?;
            Ok(task)
        });
        Ok(xml::reply(202, &view::task(&task.await?)))
    }

    fn sap_show_task(&self, call: &Call<'_>) -> Outcome {
        let id = call.parameter(0);
        let task: Option<Task> = self.cloud.reader().documents.get(&call.tenant(), &id)?;
        let task = task.ok_or_else(|| errors::unknown("task", &id))?;
        Ok(xml::reply(200, &view::task(&task)))
    }
}

fn server_of(documents: &Documents<impl Rows>, tenant: &str, id: &str) -> Outcome<LServer> {
    documents.get(tenant, id)?.ok_or_else(|| errors::unknown("L-Server", id))
}
