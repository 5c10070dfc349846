//! Settings that are named after one service: `compute_interface`, `OS_IMAGE_REGION_NAME`.

use std::collections::BTreeMap;

use super::error::ConfigError;
use super::setting::{Entry, Layer, Layers};
use super::values::{self, service_type};
use super::{Interface, Key};

/// What holds for one service alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceConfig {
    /// Which of its endpoints is used.
    pub interface: Option<Interface>,
    /// The region whose endpoint is used.
    pub region: Option<String>,
}

/// The services that there is a client for, by every name that a catalogue may have for them, with the versions of their APIs. A setting
/// for another one is nobody's business here.
const KNOWN: &[(&[&str], &[&str])] = &[
    (&["identity", "identityv3"], &["2", "3"]),
    (&["compute"], &["2"]),
    (&["image"], &["2"]),
    (&["object-store", "objectstorage"], &["1"]),
    (&["block-storage", "block-store", "volumev3", "volumev2", "volume", "blockstoragev2", "blockstorage"], &["2", "3"]),
    (&["autoscale"], &[]),
    (&["vmimport", "import-export"], &[]),
    (&["compute-w"], &[]),
];

/// Settings of openstacksdk that nothing here goes by.
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

/// Which setting of a service a name means.
enum What {
    Interface,
    Region,
    Version(&'static [&'static str]),
    Nothing,
}

/// Takes `compute_interface` apart; `name` has `_` and small letters.
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
    /// Takes in a setting that is named after a service. What can't be obeyed is in `unused`.
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

/// What each service has of its own. An option that is for all services wins over a file's word for one.
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
