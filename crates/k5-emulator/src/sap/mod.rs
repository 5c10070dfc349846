//! Virtual servers for SAP: XML, and a task for everything that takes time.

mod create;
mod errors;
mod server;
mod task;
mod view;
pub(crate) mod xml;

use std::sync::Arc;

use server::LServer;
use task::Task;

pub(crate) use crate::cloud::{Call, Outcome};
use crate::cloud::{Cloud, Dialect, Fail};
use crate::reply::Reply;
use crate::request::Request;
use crate::time::Ticks;

pub(crate) struct Sap {
    cloud: Arc<Cloud>,
}

impl Sap {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn list_servers(&self, call: &mut Call<'_>) -> Outcome {
        let servers: Vec<LServer> = self.cloud.all(call)?;
        let zone = call.query("availability_zone");
        let servers = servers.iter().filter(|server| zone.is_none_or(|zone| server.zone == zone));
        Ok(xml::reply(200, &view::list(servers)))
    }

    pub(crate) async fn show_server(&self, call: &mut Call<'_>) -> Outcome {
        let internal = call.query("internal").is_some_and(|flag| flag == "true");
        Ok(xml::reply(200, &view::server(&self.cloud.load(call, "resource_id")?, internal)))
    }

    pub(crate) async fn start_server(&self, call: &mut Call<'_>) -> Outcome {
        self.begin(call, LServer::start).await
    }

    pub(crate) async fn show_task(&self, call: &mut Call<'_>) -> Outcome {
        Ok(xml::reply(200, &view::task(&self.cloud.load(call, "task_id")?)))
    }

    /// Begins something with a server; the answer is the task that will do it.
    async fn begin<F>(&self, call: &Call<'_>, act: F) -> Outcome
    where
        F: FnOnce(&mut LServer, Ticks) -> Outcome<()> + Send + 'static,
    {
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let task = Task::new(Some(call.parameter("resource_id")), due, None);
        let answer = view::task(&task);
        let begun = self.cloud.update(call, "resource_id", move |server: &mut LServer, documents| {
            act(server, due)?;
            Ok(documents.put(&tenant, &task)?)
        });
        begun.await?;
        Ok(xml::reply(202, &answer))
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
}
