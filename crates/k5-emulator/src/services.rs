//! The services beside Keystone and Swift, and which of them a request is for.

use std::sync::Arc;

use crate::autoscale::Autoscale;
use crate::block_storage::BlockStorage;
use crate::cloud::{Cloud, Outcome, bad_request, collect, nova};
use crate::compute::Compute;
use crate::generated::routes::Operation;
use crate::image::Images;
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::Route;
use crate::sap::Sap;
use crate::vm_import::VmImport;

pub(crate) struct Services {
    cloud: Arc<Cloud>,
    pub(crate) compute: Compute,
    pub(crate) images: Images,
    pub(crate) block_storage: BlockStorage,
    pub(crate) autoscale: Autoscale,
    pub(crate) vm_import: VmImport,
    pub(crate) sap: Sap,
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

    /// Several operations on one path are told apart by the only key of the body.
    pub(crate) async fn pick(&self, routes: &[&Route], request: &mut Request) -> Result<Operation, Box<Reply>> {
        // Only Nova and Cinder have such.
        self.keyed(routes, request).await.map_err(|fail| Box::new(nova::finish(Err(fail))))
    }

    async fn keyed(&self, routes: &[&Route], request: &mut Request) -> Outcome<Operation> {
        if let [Route { operation, key: None, .. }, ..] = routes {
            return Ok(*operation);
        }
        // Nobody's body is read before it is known who sends it.
        self.cloud.caller(request)?;
        let body: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(collect(request).await?).map_err(|_| bad_request("Malformed request body"))?;
        let mut keys = body.keys();
        let (Some(key), None) = (keys.next(), keys.next()) else { return Err(bad_request("Malformed request body")) };
        if let Some(route) = routes.iter().find(|route| route.key == Some(key)) {
            return Ok(route.operation);
        }
        let hint = match routes {
            [route, ..] if route.path.contains("/servers/") => "",
            // Cinder's words.
            _ => ". Verify the request body and Content-Type header and try again.",
        };
        Err(bad_request(format!("There is no such action: {key}{hint}")))
    }

    /// The answer to a path below one of the services that is no operation.
    pub(crate) fn unknown(&self, path: &[u8], wrong_method: bool, request: &mut Request) -> Option<Reply> {
        let below = |roots: &[&str]| {
            roots.iter().any(|root| path.strip_prefix(root.as_bytes()).is_some_and(|rest| rest.is_empty() || rest[0] == b'/'))
        };
        if below(&["/v2/images", "/v1/images"]) {
            Some(self.images.unknown(wrong_method, request))
        } else if below(&["/v2", "/v1.1"]) {
            Some(self.compute.unknown(path, request))
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
