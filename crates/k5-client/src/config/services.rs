//! Settings that are named after one service: `compute_interface`, `OS_IMAGE_REGION_NAME`.

use std::collections::BTreeMap;

use super::error::ConfigError;
use super::setting::{Entry, Layer, Layers};
use super::values::{self, service_type};
use super::{Interface, Key};

/// Settings for one service only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceConfig {
    /// Which of its endpoints is used.
    pub interface: Option<Interface>,
    /// The region whose endpoint is used.
    pub region: Option<String>,
}

/// The services that have a client, by every name that a catalogue may use for them, with the versions of their APIs. Settings
/// for other services are ignored here.
const KNOWN: &[(&[&str], &[&str])] = &[
    (&["identity", "identityv3"], &["2", "3"]),
    (&["compute"], &["2"]),
    (&["image"], &["2"]),
    (&["network", "networking"], &["2"]),
    (&["object-store", "objectstorage"], &["1"]),
    (&["block-storage", "block-store", "volumev3", "volumev2", "volume", "blockstoragev2", "blockstorage"], &["2", "3"]),
    (&["autoscale"], &[]),
    (&["vmimport", "import-export"], &[]),
    (&["compute-w"], &[]),
];

/// openstacksdk settings that are not used here.
const WITHOUT_EFFECT: [&str; 9] = [
    "service_type",
    "service_name",
    "default_microversion",
    "min_version",
    "max_version",
    "connect_retries",
    "connect_retry_delay",
    "status_code_retries",
    "status_code_retry_delay",
];

/// Which service setting a name means.
enum What {
    Interface,
    Region,
    Version(&'static [&'static str]),
    Nothing,
}

/// Splits a name such as `compute_interface`; `name` has `_` and lower-case letters.
fn read(name: &str) -> Option<(String, What)> {
    KNOWN.iter().find_map(|(names, versions)| {
        names.iter().find_map(|service| {
            let what = match name.strip_prefix(&service.replace('-', "_"))?.strip_prefix('_')? {
                "interface" | "endpoint_type" => What::Interface,
                "region_name" => What::Region,
                "api_version" => What::Version(versions),
                other if WITHOUT_EFFECT.contains(&other) => What::Nothing,
                _ => return None,
            };
            Some((service_type(service), what))
        })
    })
}

impl Layer {
    /// Takes in a setting that is named after a service. Settings that can't be honoured go to `unused`.
    pub(super) fn set_of_service(&mut self, name: &str, entry: Entry) {
        let Some((service, what)) = read(name) else { return };
        match what {
            What::Interface => drop(self.interfaces.insert(service, entry)),
            What::Region => drop(self.regions.insert(service, entry)),
            What::Version(spoken) => {
                let major = entry.text.trim().trim_start_matches('v').split('.').next().unwrap_or_default();
                if !spoken.contains(&major) && service != "identity" {
                    self.unused.push(entry);
                }
            }
            What::Nothing => self.unused.push(entry),
        }
    }
}

/// The settings of individual services. An option for all services wins over a file's setting for one.
pub(super) fn resolve(layers: &Layers, warnings: &mut Vec<String>) -> Result<BTreeMap<String, ServiceConfig>, ConfigError> {
    let mut services = BTreeMap::<String, ServiceConfig>::new();
    for layer in layers.strongest_first().into_iter().rev() {
        if layer.get(Key::Interface).is_some() && std::ptr::eq(layer, &layers.overrides) {
            services.values_mut().for_each(|service| service.interface = None);
        }
        if layer.get(Key::RegionName).is_some() && std::ptr::eq(layer, &layers.overrides) {
            services.values_mut().for_each(|service| service.region = None);
        }
        for (service, entry) in &layer.interfaces {
            services.entry(service.clone()).or_default().interface = Some(values::interface(entry)?);
        }
        for (service, entry) in &layer.regions {
            services.entry(service.clone()).or_default().region = Some(entry.text.clone());
        }
        warnings.extend(layer.unused.iter().map(|entry| format!("{} has no effect: it is not supported", entry.origin)));
    }
    Ok(services)
}
