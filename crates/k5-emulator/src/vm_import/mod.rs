//! Virtual server import: a disk in object storage becomes an image.

mod import;
mod register;

use std::sync::Arc;

use import::Import;
use serde_json::{Value, json};

use crate::cloud::nova::json_reply;
pub(crate) use crate::cloud::{Call, Outcome};
use crate::cloud::{Cloud, Cut, Dialect, Refusal, bad_request, request_id};
use crate::reply::Reply;
use crate::request::Request;

/// How many imports one answer lists.
const MAX_LISTED: usize = 100;

pub(crate) struct VmImport {
    cloud: Arc<Cloud>,
}

impl VmImport {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn show_import_status(&self, call: &mut Call<'_>) -> Outcome {
        Ok(json_reply(200, &self.cloud.load::<Import>(call, "import_id")?.status_document()))
    }

    /// Newest first.
    pub(crate) async fn list_imports(&self, call: &mut Call<'_>) -> Outcome {
        let number = |name: &str, least: usize, code| match call.query(name) {
            None => Ok(None),
            Some(text) => match text.parse::<usize>() {
                Ok(number) if number >= least => Ok(Some(number)),
                _ => Err(bad_request(format!("Query parameter {name} is invalid: {text}")).coded(code)),
            },
        };
        let skip = number("start", 0, "40035")?.unwrap_or_default();
        let limit = number("limit", 1, "40036")?.unwrap_or(MAX_LISTED).min(MAX_LISTED);
        let page = self.cloud.page(call, Cut::limit(limit).skip(skip), |_: &Import| true)?;
        let brief = |import: &Import| {
            let status = format!("/v1/imageimport/{}/status", import.import_id);
            json!({"import_id": import.import_id, "import_status": import.status(), "status": status})
        };
        let imports: Vec<Value> = page.items.iter().map(brief).collect();
        Ok(json_reply(200, &json!({"imports": imports})))
    }
}

impl Dialect for VmImport {
    fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// `{"error_code": "40035", "message": "..."}`: the first three digits are the status.
    fn finish(&self, outcome: Outcome, _: &Request) -> Reply {
        let shape = |refusal: Refusal| {
            let code = refusal.code.map_or_else(|| format!("{}00", refusal.status), str::to_owned);
            json_reply(refusal.status, &json!({"error_code": code, "message": refusal.message}))
        };
        outcome.unwrap_or_else(|fail| fail.shape(shape)).with("x-openstack-request-id", &request_id())
    }
}
