//! Auto scale: schedules that signal a scaling policy. They are kept and shown; none is ever run.

mod cron;

use std::sync::Arc;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cloud::nova::{empty_reply, json_reply};
pub(crate) use crate::cloud::{Call, Outcome};
use crate::cloud::{Caller, Cloud, Dialect, Fail, Kept, Refusal, bad_request, conflict, fields, forbidden, not_found, request_id};
use crate::reply::Reply;
use crate::request::Request;
use crate::store::Document;

/// Schedules are kept under one tenant: their names are unique in the region.
const EVERYONE: &str = "";

pub(crate) struct Autoscale {
    cloud: Arc<Cloud>,
}

#[derive(Serialize, Deserialize)]
struct Schedule {
    name: String,
    method: String,
    url: String,
    time: String,
    project_id: String,
}

impl Document for Schedule {
    const SERVICE: &'static str = "autoscale";
    const KIND: &'static str = "schedule";

    fn id(&self) -> &str {
        &self.name
    }
}

impl Kept for Schedule {
    fn tenant(_: &Caller) -> &str {
        EVERYONE
    }

    fn is_there_for(&self, caller: &Caller) -> bool {
        self.project_id == caller.project.id
    }

    fn unknown(id: &str, _: &Caller) -> Fail {
        not_found(format!("There is no schedule with the name {id}."))
    }
}

impl Autoscale {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn create_schedule(&self, call: &mut Call<'_>) -> Outcome {
        let schedule = read(&call.json().await?)?;
        if schedule.project_id != call.tenant() {
            return Err(forbidden("The schedule is for another project than the token."));
        }
        let view = view(&schedule);
        let created = self.cloud.change(move |documents| {
            if documents.get::<Schedule>(EVERYONE, &schedule.name)?.is_some() {
                return Err(conflict(format!("A schedule with the name {} exists already.", schedule.name)));
            }
            documents.put(EVERYONE, &schedule)?;
            Ok(())
        });
        created.await?;
        Ok(json_reply(200, &view))
    }

    pub(crate) async fn list_schedules(&self, call: &mut Call<'_>) -> Outcome {
        let own: Vec<Value> = self.cloud.all(call)?.iter().map(view).collect();
        Ok(json_reply(200, &json!({"schedulers": own})))
    }

    pub(crate) async fn delete_schedule(&self, call: &mut Call<'_>) -> Outcome {
        self.cloud.remove(call, "name", |_: &Schedule| Ok(())).await?;
        Ok(empty_reply(204))
    }
}

fn read(body: &Value) -> Outcome<Schedule> {
    let name = fields::required_text(body, "name")?;
    if !(1..=64).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(bad_request("name must be 1 to 64 letters and digits."));
    }
    let method = fields::required_text(body, "method")?;
    if method != "POST" {
        return Err(bad_request("method must be POST."));
    }
    let url = fields::required_text(body, "url")?;
    if !url.trim().starts_with("http://") {
        return Err(bad_request("url must begin with http://."));
    }
    let time = fields::required_text(body, "time")?;
    cron::check(&time).map_err(bad_request)?;
    Ok(Schedule { name, method, url, time, project_id: fields::required_text(body, "project_id")? })
}

fn view(schedule: &Schedule) -> Value {
    json!({
        "name": schedule.name, "method": schedule.method, "url": schedule.url, "time": schedule.time,
        "project_id": schedule.project_id,
    })
}

impl Dialect for Autoscale {
    fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// `{"error": {"code": 404, "message": "...", "title": "Not Found"}}`: the service's own shape is not documented.
    fn finish(&self, outcome: Outcome, _: &Request) -> Reply {
        let shape = |refusal: Refusal| {
            let title = StatusCode::from_u16(refusal.status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
            let error = json!({"code": refusal.status, "message": refusal.message, "title": title});
            json_reply(refusal.status, &json!({"error": error}))
        };
        outcome.unwrap_or_else(|fail| fail.shape(shape)).with("x-openstack-request-id", &request_id())
    }
}
