//! Actions on a server.

use serde_json::{Value, json};

use super::server::{Server, Task, VmState};
use super::{Compute, flavors};
use crate::cloud::nova::{empty_reply, json_reply, reference};
use crate::cloud::{Call, Outcome, bad_request, conflict, fields};

impl Compute {
    pub(crate) async fn reboot_server(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("reboot").await?;
        let task = match fields::required_text(&body, "type")?.to_ascii_uppercase().as_str() {
            "SOFT" => Task::Rebooting,
            "HARD" => Task::RebootingHard,
            other => {
                let why = format!("'{other}' is not one of ['HARD', 'SOFT']");
                return Err(bad_request(format!("Invalid input for field/attribute type. Value: {other}. {why}")));
            }
        };
        let states: &[VmState] = match task {
            Task::Rebooting => &[VmState::Active],
            _ => &[VmState::Active, VmState::Stopped, VmState::Error],
        };
        self.begin(call, "reboot", states, task, |_| Ok(())).await
    }

    pub(crate) async fn resize_server(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("resize").await?;
        let wanted = match body.get("flavorRef") {
            Some(Value::Number(id)) => id.to_string(),
            _ => reference(&fields::required_text(&body, "flavorRef")?),
        };
        let Some(flavor) = flavors::flavor(&wanted) else {
            return Err(bad_request(format!("Flavor {wanted} could not be found.")));
        };
        let prepare = move |server: &mut Server| {
            if server.flavor == flavor.id {
                return Err(bad_request("When resizing, instances must change flavor!"));
            }
            if flavors::flavor(&server.flavor).is_some_and(|old| old.disk > flavor.disk) {
                return Err(bad_request("The disk of the new flavor is smaller than that of the server's flavor."));
            }
            server.resize = Some((flavor.id.to_owned(), server.state));
            Ok(())
        };
        self.begin(call, "resize", &[VmState::Active, VmState::Stopped], Task::Resizing, prepare).await
    }

    pub(crate) async fn confirm_resize(&self, call: &mut Call<'_>) -> Outcome {
        let confirmed = self.cloud.update(call, "server_id", |server: &mut Server, _| {
            check(server, "confirmResize", &[VmState::Resized])?;
            server.updated = crate::time::Ticks::now();
            server.state = server.resize.take().map_or(VmState::Active, |(_, before)| before);
            Ok(())
        });
        confirmed.await?;
        Ok(empty_reply(204))
    }

    pub(crate) async fn revert_resize(&self, call: &mut Call<'_>) -> Outcome {
        self.begin(call, "revertResize", &[VmState::Resized], Task::ResizeReverting, |_| Ok(())).await
    }

    pub(crate) async fn start_server(&self, call: &mut Call<'_>) -> Outcome {
        self.begin(call, "start", &[VmState::Stopped], Task::PoweringOn, |_| Ok(())).await
    }

    pub(crate) async fn stop_server(&self, call: &mut Call<'_>) -> Outcome {
        self.begin(call, "stop", &[VmState::Active, VmState::Error], Task::PoweringOff, |_| Ok(())).await
    }

    pub(crate) async fn shelve_server(&self, call: &mut Call<'_>) -> Outcome {
        // It leaves its host some time after it is shelved.
        let offload = self.cloud.due().after(self.cloud.pace);
        let prepare = move |server: &mut Server| {
            server.offload = Some(offload);
            Ok(())
        };
        self.begin(call, "shelve", &[VmState::Active, VmState::Stopped], Task::Shelving, prepare).await
    }

    pub(crate) async fn unshelve_server(&self, call: &mut Call<'_>) -> Outcome {
        self.begin(call, "unshelve", &[VmState::Shelved, VmState::ShelvedOffloaded], Task::Unshelving, |_| Ok(())).await
    }

    /// Begins a task that is allowed in these states, and only while no other is running.
    async fn begin<F>(&self, call: &Call<'_>, action: &'static str, states: &'static [VmState], task: Task, prepare: F) -> Outcome
    where
        F: FnOnce(&mut Server) -> Outcome<()> + Send + 'static,
    {
        let due = self.cloud.due();
        let begun = self.cloud.update(call, "server_id", move |server: &mut Server, _| {
            check(server, action, states)?;
            prepare(server)?;
            server.begin(task, due);
            Ok(())
        });
        begun.await?;
        Ok(empty_reply(202))
    }

    pub(crate) async fn show_console_output(&self, call: &mut Call<'_>) -> Outcome {
        let body = match &call.json().await?["os-getConsoleOutput"] {
            Value::Null => json!({}),
            options @ Value::Object(_) => options.clone(),
            other => return Err(fields::wrong_type("os-getConsoleOutput", other, "object")),
        };
        let lines = match fields::integer(&body, "length")? {
            None | Some(-1) => usize::MAX,
            Some(lines) => usize::try_from(lines).map_err(|_| bad_request(format!("{lines} is less than the minimum of -1")))?,
        };
        let server: Server = self.cloud.load(call, "server_id")?;
        if server.launched.is_none() {
            return Err(conflict(format!("Instance {} is not ready", server.id)));
        }
        let log = console(&server);
        let kept: Vec<&str> = log.lines().skip(log.lines().count().saturating_sub(lines)).collect();
        Ok(json_reply(200, &json!({"output": kept.join("\n")})))
    }
}

/// What a guest would have printed: a few lines for every boot.
fn console(server: &Server) -> String {
    let mut log = String::new();
    for (index, at) in server.boots.iter().enumerate() {
        let at = at.zulu();
        log += &format!("[    0.000000] Linux version 5.15.0 (boot {} at {at})\n", index + 1);
        for interface in &server.interfaces {
            log += &format!("[    0.412345] eth: {} {}\n", interface.mac, interface.address);
        }
        if let Some(key) = &server.key_name {
            log += &format!("[    1.034567] cloud-init: authorized key pair {key}\n");
        }
        log += &format!("{} login:\n", server.name);
    }
    log
}

/// The refusal if the server is in another state or already has a task.
pub(super) fn check(server: &Server, action: &str, states: &[VmState]) -> Outcome<()> {
    let id = &server.id;
    if !states.contains(&server.state) {
        let state = server.state.name();
        return Err(conflict(format!("Cannot '{action}' instance {id} while it is in vm_state {state}")));
    }
    match server.task {
        None => Ok(()),
        Some((_, task)) => Err(conflict(format!("Cannot '{action}' instance {id} while it is in task_state {}", task.name()))),
    }
}
