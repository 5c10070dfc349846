//! Network resources, and the addresses that servers get from them. Subnets belong to another service, so any id is accepted here,
//! and the addresses follow from the network's number.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::errors::{exists, in_use, unknown, unknown_in_body, wrong_state};
use super::server::{LServer, Nic};
use super::task::Task;
use super::xml::{self, Element};
use super::{Sap, folder, form, numbers, view};
use crate::cloud::{Call, Caller, Fail, Kept, Outcome, bad_request, is_uuid};
use crate::store::{Document, Documents, OpenDocuments, Order, Rows};
use crate::time::Ticks;

/// The last part of the first address that is given to servers; those before it are excluded.
const FIRST_FREE: u8 = 11;
const LAST: u8 = 254;

#[derive(Serialize, Deserialize)]
pub(super) struct Network {
    pub(super) id: String,
    subnet: String,
    pub(super) zone: String,
    /// The third part of its addresses.
    block: u8,
    /// When the current state ends; then it exists, or is gone.
    step: Option<(Ticks, bool)>,
}

impl Document for Network {
    const SERVICE: &'static str = "sap";
    const KIND: &'static str = "network";

    fn id(&self) -> &str {
        &self.id
    }

    fn settle(&mut self, now: Ticks) {
        self.step.take_if(|(at, stays)| *at <= now && *stays);
    }

    fn gone_at(&self) -> Option<Ticks> {
        self.step.filter(|(_, stays)| !stays).map(|(at, _)| at)
    }
}

impl Kept for Network {
    fn unknown(id: &str, _: &Caller) -> Fail {
        unknown("network", id)
    }
}

impl Network {
    fn address(&self, last: u8) -> Ipv4Addr {
        Ipv4Addr::new(192, 168, self.block, last)
    }

    fn is_ready(&self) -> Outcome<()> {
        match self.step {
            None => Ok(()),
            Some((_, stays)) => {
                let how = if stays { "created" } else { "deleted" };
                Err(wrong_state(format!("{}: the network is being {how}", self.id)))
            }
        }
    }

    fn view(&self, used: Option<&BTreeSet<Ipv4Addr>>) -> Element {
        let address = |last| self.address(last).to_string();
        let mut set = Element::new("AddressSet")
            .with("name", &self.subnet)
            .with("subnet", &address(0))
            .with("mask", "255.255.255.0")
            .with("start", &address(1))
            .with("end", &address(LAST));
        if let Some(used) = used {
            let excluded = Element::new("AddressRange").with("start", &address(1)).with("end", &address(FIRST_FREE - 1));
            let used: Vec<String> = used.iter().map(Ipv4Addr::to_string).collect();
            set = set.child(Element::new("Exclude").child(excluded)).leaf("Reserve", &used.join(","));
        }
        let set = set.child(Element::new("DefaultGateway").with("address", &address(1)));
        let network = Element::new("Network").with("name", &self.subnet).with("id", &self.id);
        network.child(set).leaf("AvailabilityZone", &self.zone)
    }
}

/// The networks of a project, and which of their addresses are in use.
pub(super) struct Addresses {
    networks: Vec<Network>,
    used: BTreeSet<(String, Ipv4Addr)>,
}

impl Addresses {
    pub(super) fn of(documents: &Documents<impl Rows>, tenant: &str) -> Outcome<Self> {
        let networks = documents.all(tenant, Order::OldestFirst)?;
        let servers: Vec<LServer> = documents.all(tenant, Order::OldestFirst)?;
        let nics = servers.iter().flat_map(LServer::all_nics);
        let used = nics.filter_map(|nic| Some((nic.network.clone(), nic.address.parse().ok()?))).collect();
        Ok(Self { networks, used })
    }

    fn of_network(&self, id: &str) -> BTreeSet<Ipv4Addr> {
        self.used.iter().filter(|(network, _)| network == id).map(|(_, address)| *address).collect()
    }

    /// Gives an interface its address: the one that it asks for, or the next that is free.
    pub(super) fn give(&mut self, mut nic: Nic) -> Outcome<Nic> {
        let network = self.networks.iter().find(|network| network.id == nic.network);
        let network = network.ok_or_else(|| unknown_in_body("network", &nic.network))?;
        network.is_ready()?;
        let is_free = |address: Ipv4Addr| !self.used.contains(&(network.id.clone(), address));
        let address = match nic.auto {
            true => {
                let free = (FIRST_FREE..=LAST).map(|last| network.address(last)).find(|address| is_free(*address));
                free.ok_or_else(|| in_use(format!("{}: the network has no free address", network.id)))?
            }
            false => {
                let asked = &nic.address;
                let wrong = |why: &str| bad_request(format!("The address of NIC {} {why}: {asked}", nic.index));
                let address: Ipv4Addr = asked.parse().map_err(|_| wrong("is not an IPv4 address"))?;
                let (first, last) = (network.address(2), network.address(LAST));
                if address < first || address > last {
                    return Err(wrong(&format!("is not between {first} and {last}")));
                }
                if !is_free(address) {
                    return Err(in_use(format!("{address}: the address is in use")));
                }
                address
            }
        };
        nic.address = address.to_string();
        self.used.insert((nic.network.clone(), address));
        Ok(nic)
    }
}

impl Sap {
    pub(crate) async fn create_network(&self, call: &mut Call<'_>) -> Outcome {
        let wanted = xml::read(call, "Network").await?;
        let subnet = wanted.get("Subnet").and_then(|subnet| subnet.attribute("id")).unwrap_or_default().to_owned();
        if !is_uuid(&subnet) {
            return Err(bad_request(format!("Network must have a Subnet with the id of a subnet: {subnet}")));
        }
        let zone = wanted.text_of("AvailabilityZone").or_else(|| wanted.text_of("Availability_zone"));
        let zone = zone.ok_or_else(|| bad_request("Network must have an AvailabilityZone."))?.to_owned();
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let task = self.cloud.change(move |documents| {
            folder::check(documents, &tenant, &zone)?;
            let networks: Vec<Network> = documents.sweep(&tenant)?;
            if networks.iter().any(|network| network.subnet == subnet) {
                return Err(exists("network of the subnet", &subnet));
            }
            let (id, number) = numbers::new_id(documents)?;
            let block = u8::try_from(number % 250).unwrap_or_default();
            let network = Network { id, subnet, zone, block, step: Some((due, true)) };
            let task = Task::new(Some(network.id.clone()), due, None);
            documents.put(&tenant, &network)?;
            documents.put(&tenant, &task)?;
            Ok(task)
        });
        Ok(xml::reply(202, &view::task(&task.await?)))
    }

    pub(crate) async fn delete_network(&self, call: &mut Call<'_>) -> Outcome {
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let task = Task::new(Some(call.parameter("network_id")), due, None);
        let answer = view::task(&task);
        let begun = self.cloud.update(call, "network_id", move |network: &mut Network, documents| {
            network.is_ready()?;
            let servers: Vec<LServer> = documents.all(&tenant, Order::OldestFirst)?;
            let user = servers.iter().find(|server| server.all_nics().any(|nic| nic.network == network.id));
            if let Some(user) = user {
                return Err(in_use(format!("{}: the L-Server {} uses the network", network.id, user.id)));
            }
            network.step = Some((due, false));
            Ok(documents.put(&tenant, &task)?)
        });
        begun.await?;
        Ok(xml::reply(202, &answer))
    }

    pub(crate) async fn list_networks(&self, call: &mut Call<'_>) -> Outcome {
        let verbose = form::flag(call.query("verbose"), "verbose")?;
        let zone = call.query("availability_zone");
        let addresses = Addresses::of(&self.cloud.reader().documents, &call.tenant())?;
        let made = addresses.networks.iter().filter(|network| !matches!(network.step, Some((_, true))));
        let networks = made.filter(|network| zone.is_none_or(|zone| network.zone == zone));
        let view = |network: &Network| network.view(verbose.then(|| addresses.of_network(&network.id)).as_ref());
        Ok(xml::reply(200, &Element::new("Networks").children(networks.map(view))))
    }
}

/// Whether a project has a network in one of these zones.
pub(super) fn any(documents: &mut OpenDocuments<'_>, tenant: &str, in_zones: impl Fn(&str) -> bool) -> Outcome<bool> {
    let networks: Vec<Network> = documents.sweep(tenant)?;
    Ok(networks.iter().any(|network| in_zones(&network.zone)))
}
