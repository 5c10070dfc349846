//! What a table cannot say about a document: rules about several options together.

use super::readers::local_disk;
use crate::failure::{Failure, Outcome};
use serde_json::{Map, Value, json};

/// Finishes a document. It is called with the document that the table's fields make and with what was given for the arguments that
/// go to the hook, once with stand-ins for the ids that are looked up, before anything is sent, and once with the ids.
pub(crate) type Hook = fn(&mut Value, &Map<String, Value>) -> Outcome;

/// The disks of a new server: `--boot-from-volume`, `--volume` and `--snapshot` say what it boots from; further disks follow.
pub(crate) fn server_create(document: &mut Value, given: &Map<String, Value>) -> Outcome {
    let server = &mut document["server"];
    let image = server["imageRef"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    let boot = match (given.get("boot-from-volume"), given.get("volume"), given.get("snapshot")) {
        (Some(size), None, None) => {
            let Some(image) = &image else {
                return Err(Failure::usage("--boot-from-volume is the size of a disk made from an image: give --image too"));
            };
            Some(json!({"uuid": image, "source_type": "image", "destination_type": "volume", "volume_size": size}))
        }
        (None, Some(volume), _) => Some(json!({"uuid": volume, "source_type": "volume", "destination_type": "volume"})),
        (None, None, Some(snapshot)) => Some(json!({"uuid": snapshot, "source_type": "snapshot", "destination_type": "volume"})),
        _ => None,
    };
    let mut disks: Vec<Value> = boot.into_iter().collect();
    if let Some(disk) = disks.first_mut() {
        disk["boot_index"] = 0.into();
        // Only a disk that the server's creation makes may go with the server, and it stays unless somebody says otherwise.
        disk["delete_on_termination"] = false.into();
    }
    let boots_already = !disks.is_empty();
    for option in ["block-device", "block-device-mapping", "ephemeral"] {
        for disk in given.get(option).and_then(Value::as_array).into_iter().flatten() {
            if boots_already && disk["boot_index"] == 0 {
                return Err(Failure::usage(format!("--{option}: another option already says what the server boots from")));
            }
            disks.push(disk.clone());
        }
    }
    if let Some(size) = given.get("swap") {
        let size = size.as_u64().and_then(|size| u32::try_from(size).ok()).filter(|size| *size > 0);
        let mut disk = local_disk(size.ok_or_else(|| Failure::usage("--swap is a number of MiB, from 1"))?);
        disk["guest_format"] = "swap".into();
        disks.push(disk);
    }
    let boots = disks.iter().any(|disk| disk["boot_index"] == 0 || disk["boot_index"] == "0");
    match image {
        None if !boots => {
            return Err(Failure::usage(
                "the server needs something to boot from: --image, --volume, --snapshot or a --block-device with boot_index=0",
            ));
        }
        // A list of disks has to say which one to boot from, even beside an image.
        Some(image) if !boots && !disks.is_empty() => disks.insert(
            0,
            json!({
                "uuid": image, "source_type": "image", "destination_type": "local", "boot_index": 0, "delete_on_termination": true,
            }),
        ),
        _ => {}
    }
    if !disks.is_empty() {
        server["block_device_mapping_v2"] = disks.into();
    }
    // The one value is a text and not a list.
    for word in ["auto", "none"] {
        if server["networks"].as_array().is_some_and(|networks| networks.iter().any(|network| network == word)) {
            if server["networks"].as_array().is_some_and(|networks| networks.len() > 1) {
                return Err(Failure::usage(format!("--nic {word} leaves no room for other networks")));
            }
            server["networks"] = word.into();
        }
    }
    if let Some(server) = server.as_object_mut() {
        server.retain(|_, value| !value.is_null());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disks(server: Value, given: Value) -> Result<Value, String> {
        let mut document = json!({ "server": server });
        let given = given.as_object().cloned().unwrap_or_default();
        server_create(&mut document, &given).map_err(|failure| format!("{failure:?}"))?;
        Ok(document["server"]["block_device_mapping_v2"].take())
    }

    #[test]
    fn further_disks_beside_an_image_need_one_to_boot_from() {
        let swap = disks(json!({"imageRef": "i"}), json!({"swap": 64})).expect("fine");
        let local = |source: &str| json!({"source_type": source, "destination_type": "local", "delete_on_termination": true});
        let mut expected = [local("image"), local("blank")];
        expected[0]["uuid"] = "i".into();
        expected[0]["boot_index"] = 0.into();
        for (name, value) in [("boot_index", json!(-1)), ("volume_size", json!(64)), ("guest_format", json!("swap"))] {
            expected[1][name] = value;
        }
        assert_eq!(swap, json!(expected));
        let blank = json!({"source_type": "blank", "boot_index": -1});
        let listed = disks(json!({"imageRef": "i"}), json!({"block-device": [blank]})).expect("fine");
        assert_eq!((listed.as_array().map(Vec::len), &listed[0]["uuid"], &listed[1]), (Some(2), &json!("i"), &blank));
        // One that names its own boot disk is left as it is.
        let own = json!([{"uuid": "v", "source_type": "volume", "boot_index": 0}]);
        assert_eq!(disks(json!({"imageRef": "i"}), json!({"block-device": own})), Ok(own.clone()));
        let volume = disks(json!({}), json!({"volume": "v", "swap": 64})).expect("fine");
        assert_eq!((volume.as_array().map(Vec::len), &volume[0]["uuid"]), (Some(2), &json!("v")));
        assert_eq!(disks(json!({"imageRef": "i"}), json!({})), Ok(Value::Null));
        for (server, given, said) in
            [(json!({}), json!({"swap": 64}), "something to boot from"), (json!({"imageRef": "i"}), json!({"swap": 0}), "--swap")]
        {
            let error = disks(server, given).expect_err("wrong");
            assert!(error.contains(said), "{error}");
        }
    }
}
