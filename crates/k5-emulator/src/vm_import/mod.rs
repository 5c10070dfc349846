//! Virtual server import: a disk image in the object storage becomes an image.

mod import;
mod register;

use std::ops::ControlFlow;
use std::sync::Arc;

use import::Import;
use serde_json::{Value, json};

use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Cloud, Outcome, Refusal, bad_request, no_such_path, not_found, request_id};
use crate::generated::routes::Operation;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::Order;

/// How many imports one answer lists.
const MAX_LISTED: usize = 100;

pub(crate) struct VmImport {
    cloud: Arc<Cloud>,
}

impl VmImport {
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
            Operation::VmImportRegisterImage => self.register_image(&mut call).await,
            Operation::VmImportShowImportStatus => self.show_import_status(&call),
            Operation::VmImportListImports => self.list_imports(&call),
            _ => Err(no_such_path(false)),
        }
    }

    /// What no route leads to.
    pub(crate) fn unknown(&self, wrong_method: bool, request: &Request) -> Reply {
        finish(self.cloud.caller(request).and_then(|_| Err(no_such_path(wrong_method))))
    }

    fn show_import_status(&self, call: &Call<'_>) -> Outcome {
        let id = call.parameter(0);
        let import: Option<Import> = self.cloud.reader().documents.get(&call.tenant(), &id)?;
        let import = import.ok_or_else(|| not_found(format!("The import {id} could not be found.")))?;
        Ok(json_reply(200, &import.status_document()))
    }

    /// Newest first.
    fn list_imports(&self, call: &Call<'_>) -> Outcome {
        let number = |name: &str, least: usize, code| match call.query(name) {
            None => Ok(None),
            Some(text) => match text.parse::<usize>() {
                Ok(number) if number >= least => Ok(Some(number)),
                _ => Err(bad_request(format!("Query parameter {name} is invalid: {text}")).coded(code)),
            },
        };
        let mut skip = number("start", 0, "40035")?.unwrap_or_default();
        let limit = number("limit", 1, "40036")?.unwrap_or(MAX_LISTED).min(MAX_LISTED);
        let mut imports: Vec<Value> = Vec::new();
        self.cloud.reader().documents.visit(&call.tenant(), Order::NewestFirst, None, |import: Import| {
            if skip > 0 {
                skip -= 1;
            } else {
                let status = format!("/v1/imageimport/{}/status", import.import_id);
                imports.push(json!({"import_id": import.import_id, "import_status": import.status(), "status": status}));
            }
            if imports.len() == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        Ok(json_reply(200, &json!({"imports": imports})))
    }
}

/// `{"error_code": "40035", "message": "..."}`: the first three digits are the status.
fn finish(outcome: Outcome) -> Reply {
    let shape = |refusal: Refusal| {
        let code = refusal.code.map_or_else(|| format!("{}00", refusal.status), str::to_owned);
        json_reply(refusal.status, &json!({"error_code": code, "message": refusal.message}))
    };
    outcome.unwrap_or_else(|fail| fail.shape(shape)).with("x-openstack-request-id", &request_id())
}
