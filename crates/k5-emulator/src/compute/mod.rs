//! Nova v2.

mod actions;
mod create;
mod devices;
mod flavors;
mod images;
mod keypairs;
mod list;
mod metadata;
mod networks;
mod server;
mod ssh;
mod view;

use std::sync::Arc;

use serde_json::json;
use server::Server;

use crate::cloud::nova::{self, check_tenant, empty_reply, json_reply};
use crate::cloud::{Call, Cloud, Outcome, not_found};
use crate::generated::routes::Operation;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::{Documents, Rows};

pub(crate) struct Compute {
    cloud: Arc<Cloud>,
}

impl Compute {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn serve(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Reply {
        nova::finish(self.operate(operation, parameters, request).await)
    }

    async fn operate(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Outcome {
        let caller = self.cloud.caller(request)?;
        let mut call = Call::new(caller, parameters, request);
        check_tenant(&call.parameter(0), &call.tenant())?;
        match operation {
            Operation::ComputeListServers => self.list_servers(&call),
            Operation::ComputeListServersDetail => self.list_servers_detail(&call),
            Operation::ComputeShowServer => self.show_server(&call),
            Operation::ComputeCreateServer => self.create_server(&mut call).await,
            Operation::ComputeDeleteServer => self.delete_server(&call).await,
            Operation::ComputeRebootServer => self.reboot_server(&mut call).await,
            Operation::ComputeResizeServer => self.resize_server(&mut call).await,
            Operation::ComputeConfirmResize => self.confirm_resize(&call).await,
            Operation::ComputeRevertResize => self.revert_resize(&call).await,
            Operation::ComputeStartServer => self.start_server(&call).await,
            Operation::ComputeStopServer => self.stop_server(&call).await,
            Operation::ComputeShowConsoleOutput => self.show_console_output(&mut call).await,
            Operation::ComputeUpdateServerMetadata => self.update_server_metadata(&mut call).await,
            Operation::ComputeListFlavors => self.list_flavors(&call),
            Operation::ComputeShowImageMetadataItem => self.show_image_metadata_item(&call),
            Operation::ComputeSetImageMetadataItem => self.set_image_metadata_item(&mut call).await,
            Operation::ComputeDeleteImageMetadataItem => self.delete_image_metadata_item(&call).await,
            Operation::ComputeListKeypairs => self.list_keypairs(&call),
            Operation::ComputeCreateKeypair => self.create_keypair(&mut call).await,
            Operation::ComputeDeleteKeypair => self.delete_keypair(&call).await,
            Operation::ComputeShowKeypair => self.show_keypair(&call),
            _ => Err(not_found("The resource could not be found.")),
        }
    }

    /// What no route leads to, here and in Cinder.
    pub(crate) fn unknown(&self, path: &[u8], request: &mut Request) -> Reply {
        nova::finish(self.unrouted(path, request))
    }

    fn unrouted(&self, path: &[u8], request: &mut Request) -> Outcome {
        let caller = self.cloud.caller(request)?;
        // Not documented, but what OpenStack's own client asks for.
        let is_detail = path == format!("/v2/{}/flavors/detail", caller.project.id).as_bytes();
        if is_detail && request.method == "GET" {
            return self.list_flavors(&Call::new(caller, &[], request));
        }
        Err(nova::no_such_path(request))
    }

    fn show_server(&self, call: &Call<'_>) -> Outcome {
        let server = server_of(&self.cloud.reader().documents, &call.tenant(), &call.parameter(1))?;
        Ok(json_reply(200, &json!({"server": view::server(&server, call.request, view::Form::Single)})))
    }

    async fn delete_server(&self, call: &Call<'_>) -> Outcome {
        let (tenant, id, due) = (call.tenant(), call.parameter(1), self.cloud.due());
        let deleted = self.cloud.change(move |documents| {
            let mut server = server_of(documents, &tenant, &id)?;
            server.begin(server::Task::Deleting, due);
            devices::release(documents, &tenant, &id, due)?;
            documents.put(&tenant, &server)?;
            Ok(())
        });
        deleted.await?;
        Ok(empty_reply(204))
    }
}

/// A server that has not been deleted.
fn server_of(documents: &Documents<impl Rows>, tenant: &str, id: &str) -> Outcome<Server> {
    let server: Option<Server> = documents.get(tenant, id)?;
    server.filter(|server| !server.is_deleted()).ok_or_else(|| not_found(format!("Instance {id} could not be found.")))
}
