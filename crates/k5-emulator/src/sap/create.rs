//! `POST /l_servers`.

use super::images::{self, Source};
use super::networks::Addresses;
use super::server::{Act, Disk, LServer, Nic, State};
use super::task::Task;
use super::{Sap, folder, form, numbers, templates, view, xml};
use crate::cloud::{Call, FAIL_PREFIX, Outcome, bad_request};
use crate::time::Ticks;
use xml::Element;

/// The server that a request specifies.
struct New {
    name: String,
    template: String,
    image: String,
    image_project: Option<String>,
    disks: Vec<NewDisk>,
    nics: Vec<Nic>,
    zone: String,
    dedicated: String,
    computer_name: Option<String>,
}

struct NewDisk {
    index: u32,
    /// The image's, if it is not specified.
    size: Option<String>,
}

impl Sap {
    pub(crate) async fn create_server(&self, call: &mut Call<'_>) -> Outcome {
        let document = xml::read(call, "Resources").await?;
        let wanted = document.get("LServer").ok_or_else(|| bad_request("The body must be Resources with an LServer."))?;
        let new = read(wanted, &self.cloud.zone)?;
        let (caller, due) = (call.caller.clone(), self.cloud.due());
        let task = self.cloud.change(move |documents| {
            let tenant = &caller.project.id;
            folder::check(documents, tenant, &new.zone)?;
            let source = images::source(documents, &caller.project, &new.image, new.image_project.as_deref())?;
            let mut addresses = Addresses::of(documents, tenant)?;
            let nics = new.nics.iter().map(|nic| addresses.give(nic.clone())).collect::<Outcome<Vec<Nic>>>()?;
            let (id, _) = numbers::new_id(documents)?;
            let fails = match (new.name.starts_with(FAIL_PREFIX), source.works) {
                (true, _) => Some(format!("{}: creating the L-Server failed", new.name)),
                (false, false) => Some(format!("{}: the image is of an L-Server that was never started", new.image)),
                (false, true) => None,
            };
            let server = LServer { nics, ..finish(new, id, &source, due, fails.is_some()) };
            let task = Task::new(Some(server.id.clone()), due, fails);
            documents.put(tenant, &server)?;
            documents.put(tenant, &task)?;
            Ok(task)
        });
        Ok(xml::reply(202, &view::task(&task.await?)))
    }
}

fn finish(new: New, id: String, source: &Source, due: Ticks, fails: bool) -> LServer {
    let disk = |disk: NewDisk| {
        let of_image = || source.disks.iter().find(|other| other.index == disk.index).map(|other| other.size.clone());
        let size = disk.size.clone().or_else(of_image).unwrap_or_else(|| images::SYSTEM_DISK.to_owned());
        Disk { index: disk.index, size, id: format!("{id}-disk{}", disk.index) }
    };
    LServer {
        disks: new.disks.into_iter().map(disk).collect(),
        name: new.name,
        template: new.template,
        image: new.image,
        nics: Vec::new(),
        zone: new.zone,
        dedicated: new.dedicated,
        computer_name: new.computer_name,
        state: State::New,
        step: Some((due, Act::Create(if fails { State::Failed } else { State::Stopped }))),
        has_run: false,
        snapshots: Vec::new(),
        last_version: 0,
        id,
    }
}

/// The name of a server that is created or changed.
pub(super) fn server_name(wanted: &Element) -> Outcome<&str> {
    let name = wanted.attribute("name").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.len() > 64 || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(fits) {
        return Err(bad_request("LServer name must be 1 to 64 letters, digits, '-', '_' or '.', a letter or digit first."));
    }
    Ok(name)
}

fn read(wanted: &Element, zone: &str) -> Outcome<New> {
    let link = |element: &str| {
        let name = wanted.get(element).and_then(|link| link.attribute("name")).filter(|name| !name.is_empty());
        name.map(str::to_owned).ok_or_else(|| bad_request(format!("LServer must have a {element} with a name.")))
    };
    let mut disks = Vec::new();
    for disk in wanted.get("Disks").into_iter().flat_map(|disks| disks.all("Disk")) {
        let index = index(disk, "DiskIndex")?;
        let size = disk.text_of("DiskSize").map(form::size).transpose()?;
        if size.is_none() && index != 0 {
            return Err(bad_request("Only the system disk may lack a DiskSize."));
        }
        disks.push(NewDisk { index, size });
    }
    if disks.iter().all(|disk| disk.index != 0) {
        disks.insert(0, NewDisk { index: 0, size: None });
    }
    let nics = wanted.get("NICs").into_iter().flat_map(|nics| nics.all("NIC"));
    let nics = nics.map(read_nic).collect::<Outcome<Vec<Nic>>>()?;
    once("DiskIndex", disks.iter().map(|disk| disk.index))?;
    once("NICIndex", nics.iter().map(|nic| nic.index))?;
    let setting = wanted.get("OSSetting");
    for server in setting.and_then(|setting| setting.get("DNSServers")).into_iter().flat_map(|servers| servers.all("DNSServer")) {
        let ip = server.attribute("ip").unwrap_or_default();
        if ip.parse::<std::net::Ipv4Addr>().is_err() {
            return Err(bad_request(format!("DNSServer must have an IPv4 address: {ip}")));
        }
    }
    Ok(New {
        name: server_name(wanted)?.to_owned(),
        template: templates::known(&link("TemplateLink")?)?,
        image: link("ServerImageLink")?,
        image_project: wanted.get("ServerImageProject").and_then(|link| link.attribute("name")).map(str::to_owned),
        disks,
        nics,
        // The older spelling is in use too.
        zone: wanted.text_of("AvailabilityZone").or_else(|| wanted.text_of("Availability_zone")).unwrap_or(zone).to_owned(),
        dedicated: wanted.text_of("Dedicated").unwrap_or("false").to_owned(),
        computer_name: setting.and_then(|setting| setting.text_of("ComputerName")).map(str::to_owned),
    })
}

fn read_nic(nic: &Element) -> Outcome<Nic> {
    let index = index(nic, "NICIndex")?;
    let link = nic.get("NetworkLinks").and_then(|links| links.get("NetworkLink"));
    let network = link.and_then(|link| link.attribute("id")).filter(|id| !id.is_empty());
    let network = network.ok_or_else(|| bad_request(format!("NIC {index} must have a NetworkLink with an id.")))?;
    let address = link.and_then(|link| link.get("IpAddress"));
    let auto = address.and_then(|address| address.attribute("auto")).is_none_or(|auto| auto == "true");
    let fixed = address.and_then(|address| address.attribute("address")).unwrap_or_default();
    Ok(Nic::new(index, network.to_owned(), (!auto).then(|| fixed.to_owned())))
}

fn index(element: &Element, name: &str) -> Outcome<u32> {
    let text = element.text_of(name).unwrap_or_default();
    text.parse().map_err(|_| bad_request(format!("{} must have a {name}.", element.name)))
}

/// Refuses duplicate numbers.
fn once(name: &str, numbers: impl Iterator<Item = u32>) -> Outcome<()> {
    let mut seen = std::collections::HashSet::new();
    for number in numbers {
        if !seen.insert(number) {
            return Err(bad_request(format!("{name} {number} appears twice.")));
        }
    }
    Ok(())
}
