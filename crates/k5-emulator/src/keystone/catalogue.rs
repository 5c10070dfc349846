//! The service catalogue in a token.

use serde_json::{Value, json};

use crate::generated::routes::Service;
use crate::prefixes::plain_root;
use crate::store::bodies::md5_hex;

/// The style of the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatalogueStyle {
    /// OpenStack's: types such as `object-store`, three interfaces per service, prefixes such as `/compute/v2.1`.
    #[default]
    OpenStack,
    /// K5's: the type is the service's name, endpoints have names, and all are public.
    K5,
}

pub(crate) fn catalogue(style: CatalogueStyle, base: &str, region: &str, project: &str) -> Value {
    let id = |of: &str| md5_hex(of.as_bytes());
    let identity = format!("{base}/v3");
    let objects = format!("{base}/v1/AUTH_{project}");
    match style {
        CatalogueStyle::OpenStack => {
            let service = |kind: &str, name: &str, url: &str| {
                let endpoint = |interface: &str| {
                    json!({
                        "id": id(&format!("endpoint:{name}:{interface}")), "interface": interface,
                        "region_id": region, "url": url, "region": region,
                    })
                };
                json!({
                    "endpoints": [endpoint("public"), endpoint("internal"), endpoint("admin")],
                    "id": id(&format!("service:{name}")), "type": kind, "name": name,
                })
            };
            let plain = |service| format!("{base}{}", plain_root(service, project));
            json!([
                service("identity", "keystone", &identity),
                service("object-store", "swift", &objects),
                service("compute", "nova", &plain(Service::Compute)),
                service("image", "glance", &plain(Service::Image)),
                service("network", "neutron", &plain(Service::Network)),
                service("volumev3", "cinder", &plain(Service::BlockStorage)),
                service("autoscale", "autoscale", &plain(Service::Autoscale)),
                service("vmimport", "vmimport", &plain(Service::VmImport)),
                service("compute-w", "compute-w", &plain(Service::Sap)),
            ])
        }
        CatalogueStyle::K5 => {
            let service = |name: &str, url: &str| {
                json!({
                    "endpoints": [{
                        "id": id(&format!("endpoint:{name}")), "interface": "public", "name": name,
                        "region_id": region, "url": url, "region": region,
                    }],
                    "id": id(&format!("service:{name}")), "type": name, "name": name,
                })
            };
            json!([
                service("identity", &format!("{base}/v2.0")),
                service("identityv3", &identity),
                service("objectstorage", &objects),
                service("compute", &format!("{base}/v2/{project}")),
                // As in K5's catalogue: without a version.
                service("image", base),
                service("networking", base),
                service("blockstorage", &format!("{base}/v1/{project}")),
                service("blockstoragev2", &format!("{base}/v2/{project}")),
                // As in K5's catalogue: with the path of its only resource.
                service("autoscale", &format!("{base}/autoscale_schedulers")),
                service("vmimport", base),
                service("import-export", base),
                service("compute-w", base),
            ])
        }
    }
}
