//! Changing a server's own document, and rebuilding a server.

use serde_json::json;

use super::actions::check;
use super::create::{MAX_METADATA, access, check_image, disk_config};
use super::server::{Server, Task, VmState};
use super::{Compute, flavors, password, view};
use crate::cloud::nova::{json_reply, reference, root};
use crate::cloud::{Call, FAIL, Outcome, bad_request, fields, is_uuid, over_limit};
use crate::time::Ticks;

impl Compute {
    pub(crate) async fn update_server(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("server").await?;
        let name = body.get("name").map(|_| fields::name(&body, "name")).transpose()?;
        let ((v4, v6), disk_config) = (access(&body)?, disk_config(&body)?);
        let updated = self.cloud.update(call, "server_id", move |server: &mut Server, _| {
            server.name = name.unwrap_or_else(|| std::mem::take(&mut server.name));
            server.take_settings(v4, v6, disk_config);
            server.updated = Ticks::now();
            Ok(())
        });
        let server = updated.await?;
        Ok(json_reply(200, &json!({"server": view::server(&server, call.request, view::Form::Single)})))
    }

    pub(crate) async fn rebuild_server(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("rebuild").await?;
        let image = reference(&fields::required_text(&body, "imageRef")?);
        if !is_uuid(&image) {
            return Err(bad_request(format!(
                "Invalid input for field/attribute imageRef. Value: {image}. '{image}' is not a 'uuid'"
            )));
        }
        let name = body.get("name").map(|_| fields::name(&body, "name")).transpose()?;
        let ((v4, v6), disk_config) = (access(&body)?, disk_config(&body)?);
        let metadata = fields::metadata(&body, "metadata")?;
        if metadata.as_ref().is_some_and(|metadata| metadata.len() > MAX_METADATA) {
            return Err(over_limit(format!("Maximum number of metadata items exceeds {MAX_METADATA}")));
        }
        let password = password::wanted(&body)?;
        let before: Server = self.cloud.load(call, "server_id")?;
        let sealed = self.sealed(&before.user, before.key_name.as_deref(), &password)?;
        let (tenant, is_admin, due) = (call.tenant(), call.caller.is_admin(), self.cloud.due());
        let rebuilt = self.cloud.update(call, "server_id", move |server: &mut Server, documents| {
            check(server, "rebuild", &[VmState::Active, VmState::Stopped, VmState::Error])?;
            let Some(flavor) = flavors::flavor(&server.flavor) else { return Err(bad_request("The server's flavor is gone.")) };
            let from_volume = server.boots_from_volume();
            check_image(documents, (&tenant, is_admin), &image, flavor, !from_volume, "Cannot find image for rebuild")?;
            if from_volume && server.image.as_ref() != Some(&image) {
                return Err(bad_request("Unable to rebuild with a different image for a volume-backed server."));
            }
            server.image = Some(image);
            server.name = name.unwrap_or_else(|| std::mem::take(&mut server.name));
            server.metadata = metadata.unwrap_or_else(|| std::mem::take(&mut server.metadata));
            server.fails = server.metadata.get(FAIL).cloned();
            server.password = sealed;
            server.take_settings(v4, v6, disk_config);
            server.begin(Task::Rebuilding, due);
            Ok(())
        });
        let server = rebuilt.await?;
        let mut document = view::server(&server, call.request, view::Form::Single);
        document["adminPass"] = json!(password);
        let location = format!("{}/servers/{}", root(call.request, "v2", &server.tenant), server.id);
        Ok(json_reply(202, &json!({"server": document})).with("location", &location))
    }
}

impl Server {
    /// The fields that the request has.
    fn take_settings(&mut self, v4: Option<String>, v6: Option<String>, disk_config: Option<String>) {
        self.access.0 = v4.unwrap_or_else(|| std::mem::take(&mut self.access.0));
        self.access.1 = v6.unwrap_or_else(|| std::mem::take(&mut self.access.1));
        self.disk_config = disk_config.unwrap_or_else(|| std::mem::take(&mut self.disk_config));
    }
}
