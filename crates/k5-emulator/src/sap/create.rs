//! `POST /l_servers`.

use super::server::{Disk, LServer, Nic, State};
use super::task::Task;
use super::{Sap, view, xml};
use crate::cloud::{Call, FAIL_PREFIX, Outcome, bad_request};
use crate::time::Ticks;
use xml::Element;

/// Where the numbers in ids begin.
const FIRST_ID: u64 = 13_700;
/// GB of a system disk that says nothing of its size.
const SYSTEM_DISK: &str = "80.0";

impl Sap {
    pub(crate) async fn create_server(&self, call: &mut Call<'_>) -> Outcome {
        let content_type = call.request.header("content-type").unwrap_or_default();
        if !content_type.split(';').next().is_some_and(|kind| kind.trim().ends_with("/xml")) {
            return Err(crate::cloud::refused(415, "The body has to be application/xml."));
        }
        let document = xml::parse(call.body().await?).ok_or_else(|| bad_request("The body is not an XML document."))?;
        let wanted = document.get("LServer").filter(|_| document.name == "Resources");
        let wanted = wanted.ok_or_else(|| bad_request("The body has to be Resources with an LServer."))?;
        let new = read(wanted, &self.cloud.zone)?;
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let task = self.cloud.change(move |documents| {
            let have: Vec<LServer> = documents.sweep(&tenant)?;
            let number = have.iter().map(|server| server.number + 1).max().unwrap_or(FIRST_ID);
            let server = finish(new, number, due);
            let fails = server.name.starts_with(FAIL_PREFIX).then(|| format!("{}: creating the L-Server failed", server.name));
            let task = Task::new(Some(server.id.clone()), due, fails);
            documents.put(&tenant, &server)?;
            documents.put(&tenant, &task)?;
            Ok(task)
        });
        Ok(xml::reply(202, &view::task(&task.await?)))
    }
}

/// Numbers, addresses and the first state of a server that is read.
fn finish(mut server: LServer, number: u64, due: Ticks) -> LServer {
    server.number = number;
    server.id = format!("ror-svror2_{number}");
    for disk in &mut server.disks {
        disk.id = format!("ror-svror2_{number}-disk{}", disk.index);
    }
    for nic in &mut server.nics {
        let bits = fastrand::u32(..).to_be_bytes();
        nic.mac = format!("02:00:00:{:02x}:{:02x}:{:02x}", bits[0], bits[1], bits[2]);
        if nic.auto {
            nic.address = format!("192.168.{}.{}", number % 250, nic.index + 11);
        }
    }
    let becomes = if server.name.starts_with(FAIL_PREFIX) { State::Failed } else { State::Stopped };
    server.step = Some((due, becomes));
    server
}

fn read(wanted: &Element, zone: &str) -> Outcome<LServer> {
    let name = wanted.attribute("name").unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.len() > 64 || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || !name.chars().all(fits) {
        return Err(bad_request("LServer name has to be 1 to 64 letters, digits, '-', '_' or '.', a letter or digit first."));
    }
    let link = |element: &str| {
        let name = wanted.get(element).and_then(|link| link.attribute("name")).filter(|name| !name.is_empty());
        name.map(str::to_owned).ok_or_else(|| bad_request(format!("LServer has to have a {element} with a name.")))
    };
    let mut disks = Vec::new();
    for disk in wanted.get("Disks").into_iter().flat_map(|disks| disks.all("Disk")) {
        let index = index(disk, "DiskIndex")?;
        let size = match disk.text_of("DiskSize") {
            Some(size) if size.parse::<f64>().is_ok_and(|size| size > 0.0) => size.to_owned(),
            Some(size) => return Err(bad_request(format!("DiskSize is not a size in GB: {size}"))),
            None if index == 0 => SYSTEM_DISK.to_owned(),
            None => return Err(bad_request("Only the system disk may lack a DiskSize.")),
        };
        disks.push(Disk { index, size, id: String::new() });
    }
    if disks.iter().all(|disk| disk.index != 0) {
        disks.insert(0, Disk { index: 0, size: SYSTEM_DISK.to_owned(), id: String::new() });
    }
    let mut nics = Vec::new();
    for nic in wanted.get("NICs").into_iter().flat_map(|nics| nics.all("NIC")) {
        nics.push(read_nic(nic)?);
    }
    let setting = wanted.get("OSSetting");
    Ok(LServer {
        id: String::new(),
        name: name.to_owned(),
        template: link("TemplateLink")?,
        image: link("ServerImageLink")?,
        disks,
        nics,
        // The older spelling is in use too.
        zone: wanted.text_of("AvailabilityZone").or_else(|| wanted.text_of("Availability_zone")).unwrap_or(zone).to_owned(),
        dedicated: wanted.text_of("Dedicated").unwrap_or("false").to_owned(),
        computer_name: setting.and_then(|setting| setting.text_of("ComputerName")).map(str::to_owned),
        state: State::Creating,
        step: None,
        number: 0,
    })
}

fn read_nic(nic: &Element) -> Outcome<Nic> {
    let index = index(nic, "NICIndex")?;
    let link = nic.get("NetworkLinks").and_then(|links| links.get("NetworkLink"));
    let network = link.and_then(|link| link.attribute("id")).filter(|id| !id.is_empty());
    let network = network.ok_or_else(|| bad_request(format!("NIC {index} has to have a NetworkLink with an id.")))?;
    let address = link.and_then(|link| link.get("IpAddress"));
    let auto = address.and_then(|address| address.attribute("auto")).is_none_or(|auto| auto == "true");
    let fixed = address.and_then(|address| address.attribute("address")).unwrap_or_default();
    if !auto && fixed.parse::<std::net::Ipv4Addr>().is_err() {
        return Err(bad_request(format!("NIC {index} has to have an IPv4 address where auto is false: {fixed}")));
    }
    let address = if auto { String::new() } else { fixed.to_owned() };
    Ok(Nic { index, mac: String::new(), network: network.to_owned(), auto, address })
}

fn index(element: &Element, name: &str) -> Outcome<u32> {
    let text = element.text_of(name).unwrap_or_default();
    text.parse().map_err(|_| bad_request(format!("{} has to have a {name}.", element.name)))
}
