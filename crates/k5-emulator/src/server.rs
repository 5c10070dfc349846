//! Accepting connections, and the path of a request from the socket to its operation and back.

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

use crate::cloud::Dialect;
use crate::connection::{Control, Socket};
use crate::faults::Script;
use crate::generated::routes::{Operation, Service};
use crate::keystone::Keystone;
use crate::payload::Payload;
use crate::prefixes;
use crate::record::{Entry, Log};
use crate::reply::Reply;
use crate::request::{Query, Request, Upload, decode_path, merge};
use crate::routes::{Found, find, place};
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

/// Signals that the server is to stop.
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
        None => Box::pin(dispatch(&shared, &entry, &mut request)).await,
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

/// Serves an operation of a service beside Keystone and Swift.
macro_rules! served {
    ($service:expr, $operation:expr, $parameters:expr, $request:expr) => {{
        let outcome = match $service.call($parameters, $request) {
            Ok(mut call) => $operation.serve($service, &mut call).await,
            Err(fail) => Err(fail),
        };
        $service.finish(outcome, $request)
    }};
}

async fn dispatch(shared: &Shared, entry: &Entry, request: &mut Request) -> Reply {
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
    let (keystone, swift, services) = (&shared.keystone, &shared.swift, &shared.services);
    let found = match find(&request.method, &path) {
        // Any name may be an account's, so everything below `/v1` that is not another service's belongs to object storage.
        Found::Route(found) if found.service() == Some(Service::ObjectStorage) => match place(&path) {
            None | Some(Service::ObjectStorage) => found,
            Some(other) => return unrouted(shared, other, false, request).await,
        },
        Found::Route(found) => found,
        other => {
            let wrong_method = matches!(other, Found::WrongMethod);
            return match path.as_slice() {
                b"/" if request.method == "GET" => keystone.list_versions(request),
                b"/v3/auth/catalog" if request.method == "GET" => keystone.show_catalogue(request),
                _ => unrouted(shared, place(&path).unwrap_or(Service::ObjectStorage), wrong_method, request).await,
            };
        }
    };
    let (operation, parameters) = match found.by_query(&request.query) {
        Some(known) => known,
        None => match services.by_body(&found, request).await {
            Ok(known) => known,
            Err(reply) => return reply,
        },
    };
    entry.is_served_by(operation.name());
    match operation {
        Operation::Identity(operation) => keystone.serve(operation, parameters, request).await,
        Operation::ObjectStorage(operation) => swift.serve(operation, parameters, request).await,
        Operation::Compute(operation) => served!(&services.compute, operation, parameters, request),
        Operation::Image(operation) => served!(&services.images, operation, parameters, request),
        Operation::Network(operation) => served!(&services.networks, operation, parameters, request),
        Operation::BlockStorage(operation) => served!(&services.block_storage, operation, parameters, request),
        Operation::VolumeProxy(operation) => served!(&services.volume_proxy, operation, parameters, request),
        Operation::Autoscale(operation) => served!(&services.autoscale, operation, parameters, request),
        Operation::VmImport(operation) => served!(&services.vm_import, operation, parameters, request),
        Operation::Sap(operation) => served!(&services.sap, operation, parameters, request),
    }
}

/// The answer to a request that is not an operation, from the service whose path it might be.
async fn unrouted(shared: &Shared, service: Service, wrong_method: bool, request: &mut Request) -> Reply {
    match shared.services.unknown(service, wrong_method, request).await {
        Some(reply) => reply,
        None if service == Service::Identity => shared.keystone.unknown(wrong_method),
        None => shared.swift.unrouted(request).await,
    }
}
