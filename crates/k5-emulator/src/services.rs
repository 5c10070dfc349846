//! The services beside Keystone and Swift.

use std::sync::Arc;

use crate::autoscale::Autoscale;
use crate::block_storage::{BlockStorage, VolumeProxy};
use crate::cloud::{Cloud, Dialect};
use crate::compute::Compute;
use crate::generated::routes::{Operation, Service};
use crate::image::Images;
use crate::network::Networks;
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::{Match, Parameters};
use crate::sap::Sap;
use crate::vm_import::VmImport;

pub(crate) struct Services {
    cloud: Arc<Cloud>,
    pub(crate) compute: Compute,
    pub(crate) images: Images,
    pub(crate) networks: Networks,
    pub(crate) block_storage: BlockStorage,
    pub(crate) volume_proxy: VolumeProxy,
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
            networks: Networks::new(Arc::clone(&cloud)),
            block_storage: BlockStorage::new(Arc::clone(&cloud)),
            volume_proxy: VolumeProxy::new(Arc::clone(&cloud)),
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

    /// The dialect of a service; Keystone and Swift have their own.
    fn dialect(&self, service: Service) -> Option<&dyn Dialect> {
        match service {
            Service::Identity | Service::ObjectStorage => None,
            Service::Compute => Some(&self.compute),
            Service::Image => Some(&self.images),
            Service::Network => Some(&self.networks),
            Service::BlockStorage => Some(&self.block_storage),
            Service::VolumeProxy => Some(&self.volume_proxy),
            Service::Autoscale => Some(&self.autoscale),
            Service::VmImport => Some(&self.vm_import),
            Service::Sap => Some(&self.sap),
        }
    }

    /// The operation that the request's body names, or the answer if it names none.
    pub(crate) async fn by_body<'p>(&self, found: &Match<'p>, request: &mut Request) -> Result<(Operation, Parameters<'p>), Reply> {
        let dialect = found.service().and_then(|service| self.dialect(service)).unwrap_or(&self.compute);
        let refused = match found.by_body(&self.cloud, request).await {
            Ok(Ok(known)) => return Ok(known),
            Ok(Err(sent)) => dialect.no_such_body(&sent, request),
            Err(fail) => fail,
        };
        Err(dialect.finish(Err(refused), request))
    }

    /// The answer to a path below one of these services that is not an operation.
    pub(crate) async fn unknown(&self, service: Service, wrong_method: bool, request: &mut Request) -> Option<Reply> {
        let dialect = self.dialect(service)?;
        Some(dialect.unknown(wrong_method, request))
    }
}
