//! How tables show what is more than a text.

use crate::output::bare_text;
use serde_json::Value;

/// The servers that have a volume: `Attached to ID on /dev/vdb`.
pub(crate) fn attachments(value: &Value) -> String {
    let text = |name: &str, attachment: &Value| attachment[name].as_str().unwrap_or_default().to_owned();
    items(value).iter().map(|one| format!("Attached to {} on {} ", text("server_id", one), text("device", one))).collect()
}

/// `a='1', b='2'`.
pub(crate) fn properties(value: &Value) -> String {
    let Some(fields) = value.as_object() else { return String::new() };
    let mut pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}='{}'", text_of(value))).collect();
    pairs.sort();
    pairs.join(", ")
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The addresses of a server, by network: `private=10.0.0.2, 203.0.113.7; backup=10.1.0.2`.
pub(crate) fn networks(value: &Value) -> String {
    let Some(networks) = value.as_object() else { return String::new() };
    let addresses = |list: &Value| items(list).iter().filter_map(|one| one["addr"].as_str()).collect::<Vec<_>>().join(", ");
    networks.iter().map(|(name, list)| format!("{name}={}", addresses(list))).collect::<Vec<_>>().join("; ")
}

/// The same as openstackclient prints it for a program: `{'private': ['10.0.0.2']}`.
pub(crate) fn networks_value(value: &Value) -> String {
    let Some(networks) = value.as_object() else { return String::new() };
    let addresses = |list: &Value| items(list).iter().map(|one| one["addr"].clone()).collect::<Value>();
    bare_text(&networks.iter().map(|(name, list)| (name.clone(), addresses(list))).collect())
}

/// The image of a server, which one that was booted from a volume does not have.
pub(crate) fn server_image(value: &Value) -> String {
    match value["name"].as_str().or_else(|| value["id"].as_str()) {
        Some(text) => text.to_owned(),
        None => "N/A (booted from volume)".to_owned(),
    }
}

/// The flavor of a server.
pub(crate) fn server_flavor(value: &Value) -> String {
    let name = ["name", "original_name", "id"].iter().find_map(|field| value[*field].as_str());
    name.unwrap_or_default().to_owned()
}

/// Nova's numbers of power states.
pub(crate) fn power_state(value: &Value) -> String {
    match value.as_i64() {
        Some(0) => "NOSTATE".to_owned(),
        Some(1) => "Running".to_owned(),
        Some(3) => "Paused".to_owned(),
        Some(4) => "Shutdown".to_owned(),
        Some(6) => "Crashed".to_owned(),
        Some(7) => "Suspended".to_owned(),
        _ => text_of(value),
    }
}

/// Words, with commas between them.
pub(crate) fn words(value: &Value) -> String {
    items(value).iter().map(text_of).collect::<Vec<_>>().join(", ")
}

/// The states of a server for SAP.
pub(crate) fn sap_status(value: &Value) -> String {
    let states = ["ResourceStatus", "PowerStatus"].iter().filter_map(|name| value[*name].as_str());
    states.collect::<Vec<_>>().join(", ")
}

/// The disks of a server for SAP: `0=30, 1=100`, in GB.
pub(crate) fn sap_disks(value: &Value) -> String {
    let disk = |disk: &Value| format!("{}={}", text_of(&disk["DiskIndex"]), text_of(&disk["DiskSize"]));
    items(&value["Disk"]).iter().map(disk).collect::<Vec<_>>().join(", ")
}

/// The network interfaces of a server for SAP: `0=net (10.0.0.5)`.
pub(crate) fn sap_nics(value: &Value) -> String {
    let nic = |nic: &Value| {
        let networks = items(&nic["NetworkLinks"]["NetworkLink"]).iter().map(|network| {
            let address = network["IpAddress"]["@address"].as_str().map(|address| format!(" ({address})")).unwrap_or_default();
            format!("{}{address}", text_of(&network["@name"]))
        });
        format!("{}={}", text_of(&nic["NICIndex"]), networks.collect::<Vec<_>>().join("+"))
    };
    items(&value["NIC"]).iter().map(nic).collect::<Vec<_>>().join(", ")
}

/// The addresses of a port: `ip_address='10.0.0.2', subnet_id='ID'`.
pub(crate) fn fixed_ips(value: &Value) -> String {
    items(value).iter().map(properties).collect::<Vec<_>>().join("; ")
}
