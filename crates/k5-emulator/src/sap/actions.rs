//! Actions on existing servers. The states that allow an action are documented for cloning only; the rest follows the product
//! behind the service: starting needs a stopped server and the reverse, the template and the interfaces are changed while it is
//! stopped.

use super::create::server_name;
use super::errors::{exists, unknown_in_body};
use super::networks::Addresses;
use super::server::{Act, Disk, LServer, Nic, State};
use super::task::Task;
use super::{Sap, form, templates, view, xml};
use crate::cloud::{Call, Outcome, bad_request};
use crate::store::OpenDocuments;
use crate::time::Ticks;

const STOPPED: &[State] = &[State::Stopped];
const RUNNING: &[State] = &[State::Running];
const MADE: &[State] = &[State::Stopped, State::Running];

impl Sap {
    pub(crate) async fn start_server(&self, call: &mut Call<'_>) -> Outcome {
        form::read(call).await?;
        self.begin(call, |server, _, due| server.begin(due, STOPPED, Act::Start)).await
    }

    pub(crate) async fn stop_server(&self, call: &mut Call<'_>) -> Outcome {
        form::flag(form::read(call).await?.get("force"), "force")?;
        self.begin(call, |server, _, due| server.begin(due, RUNNING, Act::Stop)).await
    }

    pub(crate) async fn restart_server(&self, call: &mut Call<'_>) -> Outcome {
        form::flag(form::read(call).await?.get("force"), "force")?;
        self.begin(call, |server, _, due| server.begin(due, RUNNING, Act::Restart)).await
    }

    pub(crate) async fn delete_server(&self, call: &mut Call<'_>) -> Outcome {
        self.begin(call, |server, _, due| server.begin(due, &[State::Stopped, State::Failed], Act::Delete)).await
    }

    pub(crate) async fn change_server(&self, call: &mut Call<'_>) -> Outcome {
        let document = xml::read(call, "Resources").await?;
        let wanted = document.get("LServer").ok_or_else(|| bad_request("The body must be Resources with an LServer."))?;
        let name = server_name(wanted)?.to_owned();
        let template = match wanted.get("TemplateLink") {
            None => None,
            Some(link) => Some(templates::known(link.attribute("name").unwrap_or_default())?),
        };
        let change = |server: &mut LServer, _: &mut OpenDocuments<'_>, due| {
            let other = template.filter(|template| *template != server.template);
            let allowed = if other.is_some() { STOPPED } else { MADE };
            let template = other.unwrap_or_else(|| server.template.clone());
            server.begin(due, allowed, Act::Change { name, template })
        };
        self.begin(call, change).await
    }

    pub(crate) async fn attach_disk(&self, call: &mut Call<'_>) -> Outcome {
        let form = form::read(call).await?;
        let index = form::number(&form, "disk_index")?;
        let size = form::size(form::needed(&form, "disk_size")?)?;
        let attach = move |server: &mut LServer, _: &mut OpenDocuments<'_>, due| {
            if server.disks.iter().any(|disk| disk.index == index) {
                return Err(exists("disk", &index.to_string()));
            }
            let id = format!("{}-disk{index}", server.id);
            server.begin(due, MADE, Act::AttachDisk(Disk { index, size, id }))
        };
        self.begin(call, attach).await
    }

    pub(crate) async fn detach_disk(&self, call: &mut Call<'_>) -> Outcome {
        let index = form::number(&form::read(call).await?, "disk_index")?;
        if index == 0 {
            return Err(bad_request("The system disk can't be detached."));
        }
        let detach = move |server: &mut LServer, _: &mut OpenDocuments<'_>, due| {
            if server.disks.iter().all(|disk| disk.index != index) {
                return Err(unknown_in_body("disk", &index.to_string()));
            }
            server.begin(due, MADE, Act::DetachDisk(index))
        };
        self.begin(call, detach).await
    }

    pub(crate) async fn attach_nic(&self, call: &mut Call<'_>) -> Outcome {
        let form = form::read(call).await?;
        let index = form::number(&form, "nic_index")?;
        let network = form::needed(&form, "network_id")?.to_owned();
        let fixed = form.get("ip_address").filter(|address| !address.is_empty()).map(str::to_owned);
        let auto = match form.get("ip_auto") {
            None => fixed.is_none(),
            given => form::flag(given, "ip_auto")?,
        };
        let nic = match (auto, fixed) {
            (true, None) => Nic::new(index, network, None),
            (false, Some(fixed)) => Nic::new(index, network, Some(fixed)),
            _ => return Err(bad_request("Either ip_auto must be true or ip_address must be present.")),
        };
        let tenant = call.tenant();
        let attach = move |server: &mut LServer, documents: &mut OpenDocuments<'_>, due| {
            if server.nics.iter().any(|nic| nic.index == index) {
                return Err(exists("NIC", &index.to_string()));
            }
            let nic = Addresses::of(documents, &tenant)?.give(nic)?;
            server.begin(due, STOPPED, Act::AttachNic(nic))
        };
        self.begin(call, attach).await
    }

    pub(crate) async fn detach_nic(&self, call: &mut Call<'_>) -> Outcome {
        let index = form::number(&form::read(call).await?, "nic_index")?;
        let detach = move |server: &mut LServer, _: &mut OpenDocuments<'_>, due| {
            if server.nics.iter().all(|nic| nic.index != index) {
                return Err(unknown_in_body("NIC", &index.to_string()));
            }
            server.begin(due, STOPPED, Act::DetachNic(index))
        };
        self.begin(call, detach).await
    }

    /// Begins something with the server that the path names; the answer is the task that will do it.
    async fn begin<F>(&self, call: &Call<'_>, act: F) -> Outcome
    where
        F: FnOnce(&mut LServer, &mut OpenDocuments<'_>, Ticks) -> Outcome<()> + Send + 'static,
    {
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let task = Task::new(Some(call.parameter("resource_id")), due, None);
        let answer = view::task(&task);
        let begun = self.cloud.update(call, "resource_id", move |server: &mut LServer, documents| {
            act(server, documents, due)?;
            Ok(documents.put(&tenant, &task)?)
        });
        begun.await?;
        Ok(xml::reply(202, &answer))
    }
}
