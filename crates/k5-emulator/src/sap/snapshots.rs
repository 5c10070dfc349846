//! Snapshots, which a server lists. Only a server that is stopped can be restored, as in the product behind the service.

use super::errors::{unknown, unknown_in_body};
use super::server::{Act, LServer, Snapshot, State};
use super::task::Task;
use super::{Sap, form, numbers, view, xml};
use crate::cloud::{Call, Outcome, bad_request};
use crate::store::{Documents, Order, Rows};
use crate::time::Ticks;

/// Snapshots of any server may be changed unless it is being made or has failed.
const MADE: &[State] = &[State::Stopped, State::Running];

/// The server that a form names.
pub(super) fn server(documents: &Documents<impl Rows>, tenant: &str, id: &str) -> Outcome<LServer> {
    documents.get(tenant, id)?.ok_or_else(|| unknown_in_body("L-Server", id))
}

impl Sap {
    pub(crate) async fn create_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        let form = form::read(call).await?;
        let id = form::needed(&form, "l_server_rid")?.to_owned();
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let task = self.cloud.change(move |documents| {
            let mut server = server(documents, &tenant, &id)?;
            let snapshot = Snapshot { id: String::new(), version: server.last_version + 1, taken: Ticks::now() };
            server.begin(due, MADE, Act::TakeSnapshot(snapshot.clone()))?;
            let (id, _) = numbers::new_id(documents)?;
            server.last_version = snapshot.version;
            server.step = Some((due, Act::TakeSnapshot(Snapshot { id, ..snapshot })));
            // The server's id, and not the snapshot's.
            let task = Task::new(Some(server.id.clone()), due, None);
            documents.put(&tenant, &server)?;
            documents.put(&tenant, &task)?;
            Ok(task)
        });
        Ok(xml::reply(202, &view::task(&task.await?)))
    }

    pub(crate) async fn restore_snapshot(&self, call: &mut Call<'_>) -> Outcome {
        let form = form::read(call).await?;
        let of = form.get("l_server_rid").filter(|id| !id.is_empty()).map(str::to_owned);
        let id = call.parameter("snapshot_id");
        self.with_snapshot(call, id, move |server, due| {
            if of.is_some_and(|of| of != server.id) {
                return Err(bad_request(format!("The snapshot is of another L-Server: {}", server.id)));
            }
            server.begin(due, &[State::Stopped], Act::Restore)
        })
        .await
    }

    pub(super) async fn delete_snapshot(&self, call: &Call<'_>, id: String) -> Outcome {
        let snapshot = id.clone();
        self.with_snapshot(call, id, move |server, due| server.begin(due, MADE, Act::DeleteSnapshot(snapshot))).await
    }

    /// Begins something with the server that a snapshot belongs to.
    async fn with_snapshot<F>(&self, call: &Call<'_>, id: String, act: F) -> Outcome
    where
        F: FnOnce(&mut LServer, Ticks) -> Outcome<()> + Send + 'static,
    {
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let task = self.cloud.change(move |documents| {
            let servers: Vec<LServer> = documents.all(&tenant, Order::OldestFirst)?;
            let mut servers = servers.into_iter();
            let server = servers.find(|server| server.snapshots.iter().any(|snapshot| snapshot.id == id));
            let mut server = server.ok_or_else(|| unknown("snapshot", &id))?;
            act(&mut server, due)?;
            let task = Task::new(Some(server.id.clone()), due, None);
            documents.put(&tenant, &server)?;
            documents.put(&tenant, &task)?;
            Ok(task)
        });
        Ok(xml::reply(202, &view::task(&task.await?)))
    }
}
