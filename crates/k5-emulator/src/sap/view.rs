//! How servers and tasks are written.

use super::server::{Disk, LServer, Nic, Snapshot, State};
use super::task::Task;
use super::xml::Element;
use crate::time::Ticks;

pub(super) fn list<'s>(servers: impl Iterator<Item = &'s LServer>) -> Element {
    Element::new("LServers").children(servers.map(|server| {
        let element = Element::new("LServer").with("name", &server.name).with("id", &server.id);
        element.leaf("AvailabilityZone", &server.zone).leaf("Dedicated", &server.dedicated)
    }))
}

/// `internal`: with the id of the image it was made from.
pub(super) fn server(server: &LServer, internal: bool) -> Element {
    let mut status =
        Element::new("Status").leaf("ResourceStatus", server.resource_status()).leaf("PowerStatus", server.power_status());
    if internal {
        status = status.leaf("BaseImageId", &server.image);
    }
    let built = server.state != State::New;
    let mut element = Element::new("LServer")
        .with("name", &server.name)
        .with("id", &server.id)
        .child(Element::new("TemplateLink").with("name", &server.template))
        .child(Element::new("Disks").children(server.disks.iter().map(|part| disk(server, part))))
        .child(Element::new("NICs").children(server.nics.iter().map(|part| nic(part, built))))
        .child(status);
    if !server.snapshots.is_empty() {
        element = element.child(Element::new("Snapshots").children(server.snapshots.iter().map(snapshot)));
    }
    let element = element.leaf("AvailabilityZone", &server.zone).leaf("Dedicated", &server.dedicated);
    Element::new("Resources").child(element)
}

fn snapshot(snapshot: &Snapshot) -> Element {
    let (version, date) = (snapshot.version.to_string(), time(snapshot.taken));
    Element::new("Snapshot").with("version", &version).with("date", &date).with("id", &snapshot.id)
}

fn disk(server: &LServer, disk: &Disk) -> Element {
    let name = format!("{}-disk{}", server.name, disk.index);
    Element::new("Disk")
        .with("name", &name)
        .child(Element::new("DiskLink").with("name", &name).with("id", &disk.id))
        .leaf("DiskIndex", &disk.index.to_string())
        .leaf("DiskSize", &disk.size)
}

fn nic(nic: &Nic, built: bool) -> Element {
    let mut element = Element::new("NIC").leaf("NICIndex", &nic.index.to_string());
    if built {
        element = element.leaf("MacAddress", &nic.mac);
    }
    let address = Element::new("IpAddress").with("auto", &nic.auto.to_string()).with("address", &nic.address);
    let link = Element::new("NetworkLink").with("name", &nic.network).with("id", &nic.network).child(address);
    element.child(Element::new("NetworkLinks").child(link))
}

pub(super) fn tasks(tasks: &[Task]) -> Element {
    Element::new("tasks").children(tasks.iter().map(task))
}

pub(super) fn task(task: &Task) -> Element {
    let mut element = Element::new("task")
        .leaf("id", &task.id)
        .leaf("status", task.status())
        .leaf("progress", &task.progress().to_string())
        .leaf("starttime", &time(task.begun));
    if task.is_over() {
        element = element.leaf("endtime", &time(task.due));
    }
    if let Some(resource) = &task.resource {
        element = element.child(Element::new("resource").with("id", resource));
    }
    if let Some(zone) = &task.zone {
        element = element.leaf("AvailabilityZone", zone);
    }
    if let Some(reason) = task.fails.as_ref().filter(|_| task.is_over()) {
        let arg = reason.split(':').next().unwrap_or_default();
        let cause = Element::new("cause").leaf("product", "k5-emulator").leaf("message", "it is to fail");
        element = element.child(Element::new("error").leaf("code", "67210").leaf("message", reason).leaf("arg", arg).child(cause));
    }
    element
}

/// `2026-11-24 02:35:17+00:00`.
pub(super) fn time(at: Ticks) -> String {
    at.zulu().replace('T', " ").replace('Z', "+00:00")
}
