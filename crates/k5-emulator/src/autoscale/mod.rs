//! Auto scale: schedules that signal a scaling policy. They are kept and shown; none is ever run.

mod cron;

use std::sync::Arc;

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Cloud, Outcome, bad_request, conflict, fields, forbidden, no_such_path, not_found, request_id};
use crate::generated::routes::Operation;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::{Document, Order};

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

impl Autoscale {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn serve(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Reply {
        finish(self.operate(operation, parameters, request).await)
    }

    async fn operate(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Outcome {
        let caller = self.cloud.caller(request)?;
        let mut call = Call::new(caller, parameters, request);
        match operation {
            Operation::AutoscaleCreateSchedule => self.create_schedule(&mut call).await,
            Operation::AutoscaleListSchedules => self.list_schedules(&call),
            Operation::AutoscaleDeleteSchedule => self.delete_schedule(&call).await,
            _ => Err(no_such_path(false)),
        }
    }

    /// What no route leads to.
    pub(crate) fn unknown(&self, wrong_method: bool, request: &Request) -> Reply {
        finish(self.cloud.caller(request).and_then(|_| Err(no_such_path(wrong_method))))
    }

    async fn create_schedule(&self, call: &mut Call<'_>) -> Outcome {
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

    fn list_schedules(&self, call: &Call<'_>) -> Outcome {
        let project = call.tenant();
        let all: Vec<Schedule> = self.cloud.reader().documents.all(EVERYONE, Order::OldestFirst)?;
        let own: Vec<Value> = all.iter().filter(|schedule| schedule.project_id == project).map(view).collect();
        Ok(json_reply(200, &json!({"schedulers": own})))
    }

    async fn delete_schedule(&self, call: &Call<'_>) -> Outcome {
        let (project, name) = (call.tenant(), call.parameter(0));
        let deleted = self.cloud.change(move |documents| {
            let known: Option<Schedule> = documents.get(EVERYONE, &name)?;
            if known.is_none_or(|schedule| schedule.project_id != project) {
                return Err(not_found(format!("There is no schedule with the name {name}.")));
            }
            documents.remove::<Schedule>(EVERYONE, &name)?;
            Ok(())
        });
        deleted.await?;
        Ok(empty_reply(204))
    }
}

fn read(body: &Value) -> Outcome<Schedule> {
    let name = fields::required_text(body, "name")?;
    if !(1..=64).contains(&name.len()) || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(bad_request("name has to be 1 to 64 letters and digits."));
    }
    let method = fields::required_text(body, "method")?;
    if method != "POST" {
        return Err(bad_request("method has to be POST."));
    }
    let url = fields::required_text(body, "url")?;
    if !url.trim().starts_with("http://") {
        return Err(bad_request("url has to begin with http://."));
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

/// `{"error": {"code": 404, "message": "...", "title": "Not Found"}}`: the service's own shape is not documented.
fn finish(outcome: Outcome) -> Reply {
    let shape = |refusal: crate::cloud::Refusal| {
        let title = StatusCode::from_u16(refusal.status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
        let error = json!({"code": refusal.status, "message": refusal.message, "title": title});
        json_reply(refusal.status, &json!({"error": error}))
    };
    outcome.unwrap_or_else(|fail| fail.shape(shape)).with("x-openstack-request-id", &request_id())
}
