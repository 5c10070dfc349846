//! Flavors, which never change.

use serde_json::{Value, json};

use super::Compute;
use crate::cloud::nova::{self, json_reply, links, no_marker};
use crate::cloud::{Call, Outcome, Page, bad_request, fields, not_found};
use crate::request::Request;

pub(super) struct Flavor {
    pub(super) id: &'static str,
    name: &'static str,
    /// In MB.
    pub(super) ram: u64,
    /// In GB.
    pub(super) disk: u64,
    vcpus: u64,
}

/// The flavors of small test clouds.
static FLAVORS: &[Flavor] = &[
    Flavor { id: "1", name: "m1.tiny", ram: 512, disk: 1, vcpus: 1 },
    Flavor { id: "2", name: "m1.small", ram: 2048, disk: 20, vcpus: 1 },
    Flavor { id: "3", name: "m1.medium", ram: 4096, disk: 40, vcpus: 2 },
    Flavor { id: "4", name: "m1.large", ram: 8192, disk: 80, vcpus: 4 },
];

pub(super) fn flavor(id: &str) -> Option<&'static Flavor> {
    FLAVORS.iter().find(|flavor| flavor.id == id)
}

impl Compute {
    /// With all members, as K5 shows them: stock Nova leaves out what only `/flavors/detail` has.
    pub(crate) async fn list_flavors(&self, call: &mut Call<'_>) -> Outcome {
        self.flavors(call, "flavors")
    }

    pub(crate) async fn list_flavors_detail(&self, call: &mut Call<'_>) -> Outcome {
        self.flavors(call, "flavors/detail")
    }

    pub(crate) async fn show_flavor(&self, call: &mut Call<'_>) -> Outcome {
        let id = call.parameter("flavor_id");
        let flavor = flavor(&id).ok_or_else(|| not_found(format!("Flavor {id} could not be found.")))?;
        Ok(json_reply(200, &json!({"flavor": view(flavor, call.request, &call.tenant())})))
    }

    fn flavors(&self, call: &Call<'_>, path: &str) -> Outcome {
        let tenant = call.tenant();
        let least = |name: &str| match call.query(name) {
            None => Ok(0),
            Some(text) => text.parse::<u64>().map_err(|_| bad_request(format!("Invalid {name} filter [{text}]"))),
        };
        let (disk, ram) = (least("minDisk")?, least("minRam")?);
        let limit = fields::limit(call.query("limit"), 1000)?;
        let skip = match call.query("marker") {
            None => 0,
            Some(marker) => {
                let at = FLAVORS.iter().position(|flavor| flavor.id == marker);
                at.ok_or_else(|| no_marker(marker))? + 1
            }
        };
        let fits = FLAVORS.iter().skip(skip).filter(|flavor| flavor.disk >= disk && flavor.ram >= ram);
        let items: Vec<&Flavor> = fits.take(limit).collect();
        let page = Page { is_full: items.len() == limit, items };
        let view = |flavor: &&Flavor| view(flavor, call.request, &tenant);
        Ok(nova::list(call, ("flavors", path), &page, |flavor| flavor.id, view))
    }
}

fn view(flavor: &Flavor, request: &Request, tenant: &str) -> Value {
    json!({
        "id": flavor.id, "name": flavor.name, "ram": flavor.ram, "disk": flavor.disk, "vcpus": flavor.vcpus,
        "swap": "", "rxtx_factor": 1.0, "OS-FLV-EXT-DATA:ephemeral": 0, "OS-FLV-DISABLED:disabled": false,
        "os-flavor-access:is_public": true, "links": links(request, tenant, &format!("flavors/{}", flavor.id)),
    })
}
