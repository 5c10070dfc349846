//! The services beside Keystone and Swift, and which of them a request is for.

use std::sync::Arc;

use crate::autoscale::Autoscale;
use crate::block_storage::BlockStorage;
use crate::cloud::{Cloud, Outcome, bad_request, collect, nova};
use crate::compute::Compute;
use crate::image::Images;
use crate::interim::{Found, Operation, Route, find};
use crate::reply::Reply;
use crate::request::Request;
use crate::sap::Sap;
use crate::vm_import::VmImport;

pub(crate) struct Services {
    cloud: Arc<Cloud>,
    compute: Compute,
    images: Images,
    block_storage: BlockStorage,
    autoscale: Autoscale,
    vm_import: VmImport,
    sap: Sap,
}

impl Services {
    pub(crate) fn new(cloud: Cloud) -> Self {
        let cloud = Arc::new(cloud);
        Self {
            compute: Compute::new(Arc::clone(&cloud)),
            images: Images::new(Arc::clone(&cloud)),
            block_storage: BlockStorage::new(Arc::clone(&cloud)),
            autoscale: Autoscale::new(Arc::clone(&cloud)),
            vm_import: VmImport::new(Arc::clone(&cloud)),
            sap: Sap::new(Arc::clone(&cloud)),
            cloud,
        }
    }

    /// The project of the request's token.
    pub(crate) fn project_of(&self, request: &Request) -> Option<String> {
        self.cloud.project_of(&request.header("x-auth-token")?)
    }

    /// Answers what is for one of these services; `None` leaves it to Keystone and Swift.
    pub(crate) async fn answer(&self, request: &mut Request) -> Option<Reply> {
        let (method, path) = (request.method.clone(), request.path.clone());
        Some(match find(&method, &path) {
            Found::Routes(routes, parameters) => match self.pick(&routes, request).await {
                Ok(operation) => self.serve(operation, &parameters, request).await,
                // Only Nova and Cinder have operations that the body tells apart.
                Err(fail) => nova::finish(Err(fail)),
            },
            Found::WrongMethod => self.unknown(&path, true, request)?,
            Found::Nothing => self.unknown(&path, false, request)?,
        })
    }

    /// Several operations on one path are told apart by the only key of the body.
    async fn pick(&self, routes: &[&Route], request: &mut Request) -> Outcome<Operation> {
        if let [Route { operation, key: None, .. }, ..] = routes {
            return Ok(*operation);
        }
        // Nobody's body is read before it is known who sends it.
        self.cloud.caller(request)?;
        let body: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(collect(request).await?).map_err(|_| bad_request("Malformed request body"))?;
        let mut keys = body.keys();
        let (Some(key), None) = (keys.next(), keys.next()) else { return Err(bad_request("Malformed request body")) };
        let route = routes.iter().find(|route| route.key == Some(key));
        route.map(|route| route.operation).ok_or_else(|| bad_request(format!("There is no such action: {key}")))
    }

    async fn serve(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Reply {
        match operation {
            Operation::ComputeListServersDetail
            | Operation::ComputeListServers
            | Operation::ComputeCreateServer
            | Operation::ComputeListFlavors
            | Operation::ComputeListKeypairs
            | Operation::ComputeCreateKeypair
            | Operation::ComputeRebootServer
            | Operation::ComputeResizeServer
            | Operation::ComputeConfirmResize
            | Operation::ComputeRevertResize
            | Operation::ComputeStartServer
            | Operation::ComputeStopServer
            | Operation::ComputeShowConsoleOutput
            | Operation::ComputeUpdateServerMetadata
            | Operation::ComputeShowServer
            | Operation::ComputeDeleteServer
            | Operation::ComputeShowKeypair
            | Operation::ComputeDeleteKeypair
            | Operation::ComputeShowImageMetadataItem
            | Operation::ComputeSetImageMetadataItem
            | Operation::ComputeDeleteImageMetadataItem => self.compute.serve(operation, parameters, request).await,
            Operation::ImageListImages | Operation::ImageShowImage | Operation::ImageUpdateImage => {
                self.images.serve(operation, parameters, request).await
            }
            Operation::BlockStorageListVolumesDetail
            | Operation::BlockStorageCreateVolume
            | Operation::BlockStorageCreateSnapshot
            | Operation::BlockStorageExtendVolume
            | Operation::BlockStorageRestoreSnapshot
            | Operation::BlockStorageShowVolume
            | Operation::BlockStorageDeleteVolume
            | Operation::BlockStorageShowSnapshot
            | Operation::BlockStorageDeleteSnapshot
            | Operation::VolumeProxyListVolumesDetailV1
            | Operation::VolumeProxyCreateVolumeV1 => self.block_storage.serve(operation, parameters, request).await,
            Operation::AutoscaleCreateSchedule | Operation::AutoscaleListSchedules | Operation::AutoscaleDeleteSchedule => {
                self.autoscale.serve(operation, parameters, request).await
            }
            Operation::VmImportRegisterImage | Operation::VmImportListImports | Operation::VmImportShowImportStatus => {
                self.vm_import.serve(operation, parameters, request).await
            }
            Operation::SapSapCreateServer
            | Operation::SapSapListServers
            | Operation::SapSapShowTask
            | Operation::SapSapStartServer
            | Operation::SapSapShowServer => self.sap.serve(operation, parameters, request).await,
        }
    }

    /// The answer to a path below one of the services that is no operation.
    fn unknown(&self, path: &[u8], wrong_method: bool, request: &Request) -> Option<Reply> {
        let below = |roots: &[&str]| {
            roots.iter().any(|root| path.strip_prefix(root.as_bytes()).is_some_and(|rest| rest.is_empty() || rest[0] == b'/'))
        };
        if below(&["/v2/images", "/v1/images"]) {
            Some(self.images.unknown(wrong_method, request))
        } else if below(&["/v2", "/v1.1"]) {
            Some(self.compute.unknown(wrong_method, request))
        } else if below(&["/autoscale_schedulers"]) {
            Some(self.autoscale.unknown(wrong_method, request))
        } else if below(&["/v1/imageimport"]) {
            Some(self.vm_import.unknown(wrong_method, request))
        } else if below(&["/l_servers", "/templates", "/server_images", "/tasks", "/projects", "/networks"]) {
            Some(self.sap.unknown(wrong_method, request))
        } else {
            None
        }
    }
}
