//! Accepting connections, and the way of a request from the socket to its operation and back.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use http::{HeaderValue, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::connection::{Control, Socket};
use crate::faults::Script;
use crate::generated::routes::Operation;
use crate::keystone::Keystone;
use crate::payload::Payload;
use crate::prefixes;
use crate::record::Log;
use crate::reply::Reply;
use crate::request::{Query, Request, Upload, decode_path, merge};
use crate::routes::{Found, find};
use crate::services::Services;
use crate::swift::Swift;

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) keystone: Keystone,
    pub(crate) swift: Swift,
    pub(crate) services: Services,
    pub(crate) script: Script,
    pub(crate) log: Log,
    /// `http://address:port`, unless the server listens on all addresses.
    pub(crate) base: Option<String>,
    pub(crate) stopping: Stop,
}

/// Says once and for all that the server is to end.
#[derive(Default)]
pub(crate) struct Stop {
    said: AtomicBool,
    notify: Notify,
}

impl Stop {
    pub(crate) fn say(&self) {
        self.said.store(true, Ordering::Relaxed);
        self.notify.notify_one();
    }
}

/// Accepts until told to stop, then cuts all connections.
pub(crate) async fn run(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    let reaper = tokio::spawn(reap(Arc::clone(&shared)));
    {
        let mut stop = pin!(shared.stopping.notify.notified());
        while !shared.stopping.said.load(Ordering::Relaxed) {
            let accepted = std::future::poll_fn(|context| {
                if stop.as_mut().poll(context).is_ready() {
                    return Poll::Ready(None);
                }
                listener.poll_accept(context).map(Some)
            });
            match accepted.await {
                None => break,
                Some(Ok((stream, _))) => {
                    connections.spawn(connection(stream, Arc::clone(&shared)));
                }
                Some(Err(error)) => {
                    // Out of file descriptors, most likely: give the others time to finish.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    }
    drop(listener);
    connections.shutdown().await;
    reaper.abort();
    let _ = reaper.await;
}

/// Takes expired objects out of the listings' counts.
async fn reap(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if let Err(error) = shared.swift.reap().await {
            tracing::warn!(%error, "expired objects could not be removed");
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    // Answers are written whole; waiting for more only adds latency.
    let _ = stream.set_nodelay(true);
    let control = Arc::new(Control::default());
    let socket = Socket::new(stream, Arc::clone(&control));
    let service = service_fn(|request| answer(Arc::clone(&shared), Arc::clone(&control), request));
    let mut served = pin!(http1::Builder::new().title_case_headers(true).max_headers(256).serve_connection(socket, service));
    let mut ended = pin!(control.ended());
    std::future::poll_fn(|context| {
        if ended.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        served.as_mut().poll(context).map(|outcome| {
            if let Err(error) = outcome {
                tracing::debug!(%error, "a connection ended early");
            }
        })
    })
    .await;
}

async fn answer(
    shared: Arc<Shared>,
    control: Arc<Control>,
    request: http::Request<Incoming>,
) -> Result<Response<Payload>, Infallible> {
    let (head, body) = request.into_parts();
    let entry = shared.log.begin(&head.method, &head.uri, &head.headers);
    let mut plan = shared.script.plan(head.method.as_str(), head.uri.path(), &head.headers).unwrap_or_default();
    let mut upload = Upload::new(body, &head.headers, Arc::clone(&entry.received));
    if !plan.delay.is_zero() {
        tokio::time::sleep(plan.delay).await;
    }
    for gate in &plan.before {
        gate.pass().await;
    }
    if plan.close {
        control.close();
        std::future::pending::<()>().await;
    }
    if let Some(faults) = plan.upload.take() {
        upload.set_faults(faults, Arc::clone(&control));
    }
    let head_only = head.method == http::Method::HEAD;
    let base = match &shared.base {
        Some(base) => base.clone(),
        None => {
            let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
            format!("http://{}", host.unwrap_or("localhost"))
        }
    };
    let mut request = Request {
        method: head.method.as_str().to_owned(),
        path: decode_path(&head.uri),
        query: Query::parse(head.uri.query().unwrap_or_default()),
        headers: merge(head.headers),
        upload,
        base,
        body: None,
        root: None,
        page_limit: plan.page_limit,
    };
    let mut reply = match plan.status {
        Some(status) => status.reply(),
        None => Box::pin(dispatch(&shared, &mut request)).await,
    };
    for gate in &plan.after {
        gate.pass().await;
    }
    if plan.lose_answer {
        control.close();
        std::future::pending::<()>().await;
    }
    for (name, value) in &plan.headers {
        match value {
            Some(value) => drop(reply.header(name, value)),
            None => drop(reply.headers.remove(name)),
        }
    }
    if plan.wrong_etag && reply.headers.contains_key(header::ETAG) {
        reply.headers.insert(header::ETAG, HeaderValue::from_static("00000000000000000000000000000bad"));
    }
    if head_only {
        reply.payload = Payload::default();
    }
    entry.answered(reply.status.as_u16());
    let payload = match plan.answer {
        Some(faults) => reply.payload.with_faults(faults, control),
        None => reply.payload,
    };
    let mut response = Response::new(payload);
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

async fn dispatch(shared: &Arc<Shared>, request: &mut Request) -> Reply {
    if let Ok(path) = str::from_utf8(&request.path) {
        if request.method == "GET"
            && let Some(versions) = prefixes::versions(path, &request.base)
        {
            return versions;
        }
        let project = shared.services.project_of(request);
        if let Some((path, root)) = prefixes::documented(path, project.as_deref()) {
            (request.path, request.root) = (path.into_bytes(), Some(root));
        }
    }
    let path = request.path.clone();
    let method = request.method.clone();
    let (keystone, swift, services) = (&shared.keystone, &shared.swift, &shared.services);
    let (routes, parameters) = match find(&method, &path) {
        Found::Routes(routes, parameters) => (routes, parameters),
        other => {
            let wrong_method = other == Found::WrongMethod;
            if let Some(reply) = services.unknown(&path, wrong_method, request) {
                return reply;
            }
            return match path.as_slice() {
                b"/" if method == "GET" => keystone.list_versions(request),
                b"/v3/auth/catalog" if method == "GET" => keystone.show_catalogue(request),
                path if path == b"/v3" || path.starts_with(b"/v3/") => keystone.unknown(wrong_method),
                _ => swift.unrouted(request).await,
            };
        }
    };
    let operation = match services.pick(&routes, request).await {
        Ok(operation) => operation,
        Err(refused) => return *refused,
    };
    let text = |index: usize| String::from_utf8_lossy(parameters[index]);
    match operation {
        Operation::IdentityShowVersion => keystone.show_version(request),
        Operation::IdentityCreateToken => keystone.create_token(request).await,
        Operation::IdentityShowToken => keystone.show_token(request),
        Operation::IdentityRevokeToken => keystone.revoke_token(request),
        Operation::IdentityListAuthProjects => keystone.list_auth_projects(request),
        Operation::IdentityListUserProjects => keystone.list_user_projects(request, &text(0)),
        Operation::IdentityListProjects => keystone.list_projects(request),
        Operation::IdentityListRegions => keystone.list_regions(request),
        Operation::IdentityShowRegion => keystone.show_region(request, &text(0)),
        Operation::ObjectStorageShowInfo => swift.show_info(),
        Operation::ObjectStorageListContainers
        | Operation::ObjectStorageUpdateAccount
        | Operation::ObjectStorageShowAccount
        | Operation::ObjectStorageBulkDelete
        | Operation::ObjectStorageListObjects
        | Operation::ObjectStorageCreateContainer
        | Operation::ObjectStorageDeleteContainer
        | Operation::ObjectStorageUpdateContainer
        | Operation::ObjectStorageShowContainer
        | Operation::ObjectStorageDownloadObject
        | Operation::ObjectStorageUploadObject
        | Operation::ObjectStorageCopyObject
        | Operation::ObjectStorageDeleteObject
        | Operation::ObjectStorageShowObject
        | Operation::ObjectStorageUpdateObject => match services.unknown(&path, false, request) {
            // It would be an account's path if another service had not its paths below `/v1` too.
            Some(reply) => reply,
            None => swift.serve(operation, &parameters, request).await,
        },
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
        | Operation::ComputeDeleteImageMetadataItem => services.compute.serve(operation, &parameters, request).await,
        Operation::ImageListImages
        | Operation::ImageShowImage
        | Operation::ImageUpdateImage
        | Operation::ImageCreateImage
        | Operation::ImageUploadImage
        | Operation::ImageDeleteImage => services.images.serve(operation, &parameters, request).await,
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
        | Operation::VolumeProxyCreateVolumeV1 => services.block_storage.serve(operation, &parameters, request).await,
        Operation::AutoscaleCreateSchedule | Operation::AutoscaleListSchedules | Operation::AutoscaleDeleteSchedule => {
            services.autoscale.serve(operation, &parameters, request).await
        }
        Operation::VmImportRegisterImage | Operation::VmImportListImports | Operation::VmImportShowImportStatus => {
            services.vm_import.serve(operation, &parameters, request).await
        }
        Operation::SapSapCreateServer
        | Operation::SapSapListServers
        | Operation::SapSapShowTask
        | Operation::SapSapStartServer
        | Operation::SapSapShowServer => services.sap.serve(operation, &parameters, request).await,
    }
}
