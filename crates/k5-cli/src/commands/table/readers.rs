//! Readers of values whose form a table cannot say.

use crate::failure::{Failure, Outcome};
use crate::input::{self, truth};
use crate::stdio;
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::Read;

/// Reads the values of an option.
pub(crate) struct Reader {
    /// Its name, for messages.
    pub(crate) name: &'static str,
    /// Makes JSON of all values of the option.
    pub(crate) read: fn(&[String]) -> Outcome<Value>,
    /// Fields of what was read, or of its elements, that hold a name or an id, each with the listing in which it is looked up.
    pub(crate) finds: &'static [(&'static str, &'static str)],
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A file for cloud-init, in Base64.
pub(crate) static USER_DATA: Reader = Reader {
    name: "user_data",
    finds: &[],
    read: |texts| {
        let path = texts.last().map(String::as_str).unwrap_or_default();
        let encoded = k5::compute::user_data::UserData::raw(file(path)?).encoded();
        Ok(encoded.expose().into())
    },
};

/// `net-id=NETWORK,v4-fixed-ip=ADDRESS`, `port-id=PORT`, `auto` or `none`; networks and ports by name or id.
pub(crate) static NIC: Reader = Reader {
    name: "nic",
    finds: &[("uuid", NETWORKS), ("port", PORTS)],
    read: |texts| {
        each(texts, |text| match text {
            "auto" | "none" => Ok(text.into()),
            _ => {
                let network = keyed(
                    text,
                    &[
                        ("net-id", "uuid"),
                        ("net-name", "uuid"),
                        ("port-id", "port"),
                        ("v4-fixed-ip", "fixed_ip"),
                        ("v6-fixed-ip", "fixed_ip"),
                    ],
                )?;
                match network.get("uuid").is_some() == network.get("port").is_some() {
                    true => Err("expected either net-id=NETWORK or port-id=PORT".to_owned()),
                    false => Ok(network),
                }
            }
        })
    },
};

/// A network by name or id.
pub(crate) static NETWORK: Reader =
    Reader { name: "network", finds: &[("uuid", NETWORKS)], read: |texts| each(texts, |text| Ok(json!({ "uuid": text }))) };

/// A port by name or id.
pub(crate) static PORT: Reader =
    Reader { name: "port", finds: &[("port", PORTS)], read: |texts| each(texts, |text| Ok(json!({ "port": text }))) };

/// Networks and ports by name.
const NETWORKS: &str = "network.list_networks";
const PORTS: &str = "network.list_ports";

/// `uuid=ID,source_type=volume,boot_index=0`, or the same as a JSON object.
pub(crate) static BLOCK_DEVICE: Reader = Reader {
    name: "block_device",
    finds: &[],
    read: |texts| {
        const FIELDS: &[(&str, &str)] = &[
            ("uuid", "uuid"),
            ("source_type", "source_type"),
            ("destination_type", "destination_type"),
            ("boot_index", "boot_index"),
            ("volume_size", "volume_size"),
            ("device_name", "device_name"),
            ("guest_format", "guest_format"),
            ("disk_bus", "disk_bus"),
            ("device_type", "device_type"),
            ("delete_on_termination", "delete_on_termination"),
        ];
        each(texts, |text| match text.starts_with('{') {
            true => serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}")),
            false => {
                let mut disk = keyed(text, FIELDS)?;
                for number in ["boot_index", "volume_size"] {
                    if let Some(text) = disk[number].as_str() {
                        disk[number] = text.parse::<i64>().map_err(|_| format!("{number}: {text:?} is not a whole number"))?.into();
                    }
                }
                if let Some(text) = disk["delete_on_termination"].as_str() {
                    disk["delete_on_termination"] = truth(text)?.into();
                }
                if let Some(disk) = disk.as_object_mut() {
                    disk.retain(|_, value| !value.is_null());
                }
                Ok(disk)
            }
        })
    },
};

/// `size=GIB[,format=FILE-SYSTEM]`: a disk of the server's host.
pub(crate) static EPHEMERAL: Reader = Reader {
    name: "ephemeral",
    finds: &[],
    read: |texts| {
        each(texts, |text| {
            let given = keyed(text, &[("size", "volume_size"), ("format", "guest_format")])?;
            let size =
                given["volume_size"].as_str().ok_or("expected size=GIB[,format=FILE-SYSTEM], such as size=10,format=ext4")?;
            let size: u32 = size.parse().map_err(|_| format!("size: {size:?} is not a number of GiB"))?;
            let mut disk = local_disk(size);
            if let Some(format) = given["guest_format"].as_str() {
                disk["guest_format"] = format.into();
            }
            Ok(disk)
        })
    },
};

/// A further disk of the server's host, in GiB, or MiB if it is for swap. It goes with the server.
pub(super) fn local_disk(size: u32) -> Value {
    json!({
        "source_type": "blank", "destination_type": "local", "boot_index": -1, "volume_size": size, "delete_on_termination": true,
    })
}

/// `vdb=ID:TYPE:SIZE:DELETE`, where the type is `volume` (the default), `snapshot` or `image`.
pub(crate) static BLOCK_DEVICE_MAPPING: Reader = Reader {
    name: "block_device_mapping",
    finds: &[],
    read: |texts| {
        each(texts, |text| {
            let (device, rest) = text.split_once('=').ok_or("expected DEVICE=ID:TYPE:SIZE:DELETE, such as vdb=ID:volume::true")?;
            let mut parts = rest.split(':');
            let mut next = || parts.next().filter(|part| !part.is_empty());
            let (id, kind, size, delete) = (next(), next(), next(), next());
            let id = id.filter(|_| !device.is_empty()).ok_or("expected DEVICE=ID:TYPE:SIZE:DELETE, such as vdb=ID:volume::true")?;
            let kind = kind.unwrap_or("volume");
            if !["volume", "snapshot", "image"].contains(&kind) {
                return Err(format!("{kind:?} is not one of volume, snapshot and image"));
            }
            let mut disk = json!({ "uuid": id, "source_type": kind, "destination_type": "volume", "device_name": device });
            if matches!(device.rsplit('/').next(), Some("vda" | "sda" | "xvda" | "hda")) {
                disk["boot_index"] = 0.into();
            } else {
                disk["boot_index"] = (-1).into();
            }
            if let Some(size) = size {
                disk["volume_size"] = size.parse::<u32>().map_err(|_| format!("{size:?} is not a number of GiB"))?.into();
            }
            disk["delete_on_termination"] = delete.map_or(Ok(false), truth)?.into();
            Ok(disk)
        })
    },
};

/// `NAME=VALUE`s whose values may be JSON; a name that is given twice makes a list.
pub(crate) static HINTS: Reader = Reader {
    name: "hints",
    finds: &[],
    read: |texts| {
        let mut hints = Map::new();
        for text in texts {
            let (name, value) = input::pair(text).map_err(Failure::usage)?;
            match hints.get_mut(&name) {
                None => {
                    hints.insert(name, value.into());
                }
                Some(Value::Array(values)) => values.push(value.into()),
                Some(known) => *known = json!([known.take(), value]),
            }
        }
        Ok(hints.into())
    },
};

/// `PATH=FILE`: a file to put into a server.
pub(crate) static PERSONALITY: Reader = Reader {
    name: "personality",
    finds: &[],
    read: |texts| {
        let mut files = Vec::new();
        for text in texts {
            let (path, source) = input::pair(text).map_err(|_| Failure::usage("--file: expected PATH=FILE"))?;
            let contents = k5::compute::user_data::UserData::raw(file(&source)?).encoded();
            files.push(json!({ "path": path, "contents": contents.expose() }));
        }
        Ok(files.into())
    },
};

/// `INDEX=GIB`: a disk of a server for SAP.
pub(crate) static SAP_DISK: Reader = Reader {
    name: "sap_disk",
    finds: &[],
    read: |texts| {
        each(texts, |text| {
            let parsed =
                text.split_once('=').and_then(|(index, size)| Some((index.parse::<u32>().ok()?, size.parse::<f64>().ok()?)));
            let (index, size) = parsed.ok_or("expected INDEX=GIB, such as 1=100")?;
            Ok(json!({ "DiskIndex": index, "DiskSize": size }))
        })
    },
};

/// `NETWORK` or `NETWORK=ADDRESS`: the network interfaces of a server for SAP, numbered in their order.
pub(crate) static SAP_NIC: Reader = Reader {
    name: "sap_nic",
    finds: &[],
    read: |texts| {
        let nic = |(index, text): (usize, &String)| {
            let (network, address) =
                text.split_once('=').map_or((text.as_str(), None), |(network, address)| (network, Some(address)));
            let address = match address {
                Some(address) => json!({ "@auto": false, "@address": address }),
                None => json!({ "@auto": true }),
            };
            json!({ "NICIndex": index, "NetworkLinks": { "NetworkLink": [{ "@id": network, "IpAddress": address }] } })
        };
        Ok(texts.iter().enumerate().map(nic).collect())
    },
};

/// Reads each of the values.
fn each(texts: &[String], read: impl Fn(&str) -> Result<Value, String>) -> Outcome<Value> {
    texts.iter().map(|text| read(text).map_err(|why| Failure::usage(format!("{text:?}: {why}")))).collect()
}

/// `NAME=VALUE,NAME=VALUE`, with the fields that the names stand for.
fn keyed(text: &str, names: &[(&str, &str)]) -> Result<Value, String> {
    let mut fields = Map::new();
    for pair in text.split(',') {
        let known = pair.split_once('=').and_then(|(name, value)| {
            let name = name.trim();
            names.iter().find(|(known, _)| *known == name).map(|(_, field)| (*field, value.trim()))
        });
        let Some((field, value)) = known.filter(|(_, value)| !value.is_empty()) else {
            let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
            return Err(format!("expected NAME=VALUE with {}, separated by commas", known.join(", ")));
        };
        if fields.insert(field.to_owned(), value.into()).is_some() {
            return Err(format!("{field} is given twice"));
        }
    }
    Ok(fields.into())
}

/// What a file of an option may be long, at most; more than any field of the API takes.
const FILE: u64 = 1024 * 1024;

/// A file, or stdin for `-`.
fn file(path: &str) -> Outcome<Vec<u8>> {
    let unreadable = |error: std::io::Error| Failure::file(path, &error);
    let file = if path == "-" { stdio::stdin_file()? } else { File::open(path).map_err(unreadable)? };
    let mut bytes = Vec::new();
    file.take(FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    match bytes.len() as u64 > FILE {
        true => Err(Failure::usage(format!("{path}: longer than 1 MiB"))),
        false => Ok(bytes),
    }
}
