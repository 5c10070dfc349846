//! A cloud with its services.

use k5_client::Client;
use k5_client::config::{CloudConfig, Overrides, Sources};
use k5_core::retry::RetryPolicy;
use k5_core::token::Token;
use k5_core::{Error, ErrorKind, Result, Secret, ServiceMeta, Session, Transport};
use std::sync::Arc;

/// A cloud: one login, and a method for each service. Cloning it is cheap; nothing is sent before the first call.
#[derive(Clone, Debug)]
pub struct Cloud {
    session: Session,
    /// The client that the session belongs to, unless the caller supplied the session.
    client: Option<Client>,
}

impl From<Client> for Cloud {
    fn from(client: Client) -> Self {
        Self { session: client.session(), client: Some(client) }
    }
}

impl Cloud {
    /// The cloud that the `OS_*` variables and `clouds.yaml` describe, as openstackclient reads them.
    ///
    /// # Errors
    /// If the configuration is missing or contradictory; the error says what to set.
    pub async fn from_env() -> Result<Self> {
        Client::from_env().await.map(Self::from)
    }

    /// The cloud of this name in `clouds.yaml`.
    ///
    /// # Errors
    /// As [`Cloud::from_env`].
    pub async fn from_clouds_yaml(name: &str) -> Result<Self> {
        Client::from_clouds_yaml(name).await.map(Self::from)
    }

    /// A cloud described by the program, on top of the environment and files.
    pub fn builder() -> CloudBuilder {
        CloudBuilder(Client::builder())
    }

    /// A cloud whose calls go through `transport`: one that plays the cloud in a test, or one around another cloud's session. Then
    /// there is no client, and so neither a login nor a configuration. See [`crate::transport`].
    pub fn from_transport(transport: impl Transport) -> Self {
        Self::from_session(Session::from_transport(transport))
    }

    /// A cloud whose calls go through `session`, like [`Cloud::from_transport`].
    pub fn from_session(session: Session) -> Self {
        Self { session, client: None }
    }

    /// What services are built from.
    pub fn session(&self) -> Session {
        self.session.clone()
    }

    /// The client underneath; `None` over a caller-supplied transport.
    pub fn client(&self) -> Option<&Client> {
        self.client.as_ref()
    }

    /// The current token, after a login if there is none yet; `None` if the user supplied one to be used as is, and over a
    /// caller-supplied transport, which handles tokens itself.
    ///
    /// # Errors
    /// If the login fails.
    pub async fn token(&self) -> Result<Option<Arc<Token>>> {
        match &self.client {
            Some(client) => client.token().await,
            None => Ok(None),
        }
    }

    /// The URL below which a service's paths begin.
    ///
    /// # Errors
    /// If the login fails or the catalogue has no such service, region or interface; and, with kind [`ErrorKind::Config`], over a
    /// caller-supplied transport, because only that knows where its calls go.
    pub async fn endpoint(&self, service: &ServiceMeta) -> Result<String> {
        match &self.client {
            Some(client) => client.endpoint(service).await,
            None => Err(Error::new(
                ErrorKind::Config,
                format!("the endpoint of {} is not known: this cloud's calls go through the program's own transport", service.name),
            )),
        }
    }

    /// The configuration; `None` over a caller-supplied transport. Its `Debug` shows no secrets.
    pub fn config(&self) -> Option<&CloudConfig> {
        self.client.as_ref().map(Client::config)
    }

    /// Identity (Keystone v3).
    pub fn identity(&self) -> k5_client::keystone::Identity {
        k5_client::keystone::Identity::new(self.session())
    }

    /// Object storage (Swift v1).
    #[cfg(feature = "object-storage")]
    pub fn object_storage(&self) -> k5_object_storage::ObjectStorage {
        k5_object_storage::ObjectStorage::new(self.session())
    }

    /// Auto scale: schedules.
    #[cfg(feature = "autoscale")]
    pub fn autoscale(&self) -> k5_autoscale::Autoscale {
        k5_autoscale::Autoscale::new(self.session())
    }

    /// Block storage (Cinder v2).
    #[cfg(feature = "block-storage")]
    pub fn block_storage(&self) -> k5_block_storage::BlockStorage {
        k5_block_storage::BlockStorage::new(self.session())
    }

    /// Volumes through the compute service's older proxy (v1.1).
    #[cfg(feature = "block-storage")]
    pub fn volume_proxy(&self) -> k5_block_storage::v1::VolumeProxy {
        k5_block_storage::v1::VolumeProxy::new(self.session())
    }

    /// Compute (Nova v2).
    #[cfg(feature = "compute")]
    pub fn compute(&self) -> k5_compute::Compute {
        k5_compute::Compute::new(self.session())
    }

    /// Images (Glance v2).
    #[cfg(feature = "image")]
    pub fn image(&self) -> k5_image::Images {
        k5_image::Images::new(self.session())
    }

    /// Networking (Neutron v2.0), read only.
    #[cfg(feature = "network")]
    pub fn network(&self) -> k5_network::Networks {
        k5_network::Networks::new(self.session())
    }

    /// Virtual servers for SAP.
    #[cfg(feature = "sap")]
    pub fn sap(&self) -> k5_sap::Sap {
        k5_sap::Sap::new(self.session())
    }

    /// Import of virtual servers.
    #[cfg(feature = "vm-import")]
    pub fn vm_import(&self) -> k5_vm_import::VmImport {
        k5_vm_import::VmImport::new(self.session())
    }
}

/// Describes a cloud; settings here win over environment and files. See [`k5_client::CloudBuilder`].
#[derive(Clone, Debug)]
pub struct CloudBuilder(k5_client::CloudBuilder);

impl From<k5_client::CloudBuilder> for CloudBuilder {
    fn from(builder: k5_client::CloudBuilder) -> Self {
        Self(builder)
    }
}

macro_rules! forward {
    ($($(#[$meta:meta])* $name:ident($($argument:ident : $ty:ty),*);)*) => {
        impl CloudBuilder {
            $($(#[$meta])*
            pub fn $name(self, $($argument: $ty),*) -> Self {
                Self(self.0.$name($($argument),*))
            })*

            /// Builds the cloud. Nothing is sent.
            ///
            /// # Errors
            /// If the configuration is missing or contradictory, or names a file that can't be read.
            pub fn build(self) -> Result<Cloud> {
                self.0.build().map(Cloud::from)
            }
        }
    };
}

forward! {
    /// The cloud's name in `clouds.yaml`.
    cloud(name: impl Into<String>);
    /// Keystone's URL, with or without `/v3`.
    auth_url(url: impl Into<String>);
    /// A user by name, with the domain's name, which on K5 is the contract's number, and the password.
    password(user: impl Into<String>, domain: impl Into<String>, password: impl Into<Secret>);
    /// An application credential, which brings its own project.
    application_credential(id: impl Into<String>, secret: impl Into<Secret>);
    /// A token instead of a password.
    token(token: impl Into<Secret>);
    /// The project by id.
    project_id(id: impl Into<String>);
    /// The project by name, with its domain's name.
    project(name: impl Into<String>, domain: impl Into<String>);
    /// The region.
    region(region: impl Into<String>);
    /// A service's URL instead of the catalogue's, by the service's type, such as `object-store`.
    endpoint(service_type: impl Into<String>, url: impl Into<String>);
    /// Every setting that the command line knows.
    overrides(overrides: Overrides);
    /// The environment and files to read instead of the process's own.
    sources(sources: Sources);
    /// These `OS_*` variables instead of the process's own environment and files, such as an emulator's.
    variables(variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>);
    /// The time limits.
    timeouts(timeouts: k5_client::Timeouts);
    /// How often a call is tried.
    retry(policy: RetryPolicy);
    /// Calls `tell` with each warning that comes up during calls, once per warning; otherwise they go to the log.
    on_warning(tell: impl Fn(&str) + Send + Sync + 'static);
    /// Limits a call whose body is a document, across all attempts.
    timeout(limit: std::time::Duration);
}
