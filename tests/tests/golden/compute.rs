//! Compute: what each method sends and reads.

use crate::fake::{block_on, golden, session};
use crate::fixtures::compute::*;
use k5::compute::user_data::UserData;
use k5::compute::{
    AddressType, BlockDevice, BlockDeviceSource, Compute, DiskConfig, ImageStatus, NamedGroup, NewNetwork, PersonalityFile,
    RebootType, Server, ServerStatus, VmState,
};
use k5::{Loose, Timestamp};
use serde_json::{Value, json};

pub(crate) const ROOT: &str = "/v2/{tenant_id}";
pub(crate) const ACTION: &str = "POST /v2/{tenant_id}/servers/s-1/action\ncontent-type: application/json\n\n";

/// What `show_server` makes of this server.
fn shown(server: &str) -> Server {
    let answer = format!("200\nX-Compute-Request-Id: req-1\n\n{{\"server\": {server}}}");
    golden(&format!("GET {ROOT}/servers/s%2F1"), &answer, async |session| Compute::new(session).show_server("s/1").send().await)
}

/// The only server that `list_servers_detail` gives.
fn listed(server: &str) -> Server {
    let answer = format!("203\n\n{{\"servers\": [{server}]}}");
    let page = golden(&format!("GET {ROOT}/servers/detail"), &answer, async |session| {
        Compute::new(session).list_servers_detail().send().await
    });
    page.items.into_iter().next().expect("a server")
}

#[test]
fn list_servers() {
    let since: Timestamp = "2017-01-02T03:04:05Z".parse().expect("a time");
    let page = golden(
        &format!(
            "GET {ROOT}/servers?changes-since=2017-01-02T03%3A04%3A05Z&image=http%3A%2F%2Fh%2Fimages%2F1&flavor=1101&name=%5Eweb.%2A%24&\
             status=ACTIVE&host=n%201&limit=2&marker=s-0"
        ),
        "200\n\n{\"servers\": [{\"id\": \"s-1\", \"name\": \"web\", \"links\": [{\"href\": \"http://h/ x\", \"rel\": \"self\"}]}, {\"id\": \"s-2\"}], \
         \"servers_links\": [{\"href\": \"http://10.19.0.9/x\", \"rel\": \"next\"}]}",
        async |session| {
            let list = Compute::new(session).list_servers().changes_since(&since).image("http://h/images/1").flavor("1101");
            list.name("^web.*$").status("ACTIVE").host("n 1").limit(2).marker("s-0").send().await
        },
    );
    assert_eq!((page.items[0].id.as_str(), page.items[0].name.as_deref(), page.more), ("s-1", Some("web"), Some(true)));
    assert_eq!(page.items[0].links.as_ref().expect("links")[0].href.as_deref(), Some("http://h/ x"));
    assert_eq!((page.items[1].name.as_ref(), page.items[1].links.as_ref()), (None, None));
}

#[test]
fn list_servers_detail() {
    let since: Timestamp = "2017-01-02T03:04:05".parse().expect("a time");
    let page = golden(
        &format!(
            "GET {ROOT}/servers/detail?changes-since=2017-01-02T03%3A04%3A05&image=i&flavor=f&name=n&status=ERROR&host=h&limit=1&marker=m"
        ),
        &format!("200\n\n{{\"servers\": [{REAL}, {NEWER}], \"servers_links\": []}}"),
        async |session| {
            let list = Compute::new(session).list_servers_detail().changes_since(&since).image("i").flavor("f").name("n");
            list.status("ERROR").host("h").limit(1).marker("m").send().await
        },
    );
    assert_eq!((page.items.len(), page.more), (2, Some(false)));
    assert_eq!(page.items[0].extra["new-extension:of"]["deep"][1], "x");
    assert_eq!(page.items[1].status, Some(ServerStatus::from("SHELVED_AND_SOLD")));
    assert_eq!(page.items[1].extra["tags"], json!(["a"]));
}

#[test]
fn show_server_with_all_that_a_server_has() {
    let server = shown(REAL);
    assert_eq!(
        (server.id.as_str(), server.name.as_deref(), server.status.clone()),
        ("a1f0c2d4-0001", Some("web-1"), Some(ServerStatus::Active))
    );
    assert_eq!(server.created.as_ref().expect("a time").unix_seconds(), 1_496_304_722);
    assert_eq!(server.launched_at.as_ref().expect("a time").as_str(), "2017-06-01T08:13:25.000000");
    assert_eq!(server.launched_at.as_ref().expect("a time").unix_seconds(), 1_496_304_805);
    assert_eq!((server.terminated_at.as_ref(), &server.extra["OS-SRV-USG:terminated_at"]), (None, &Value::Null));
    assert_eq!(
        (server.user_id.as_ref().expect("a user").as_str(), server.tenant_id.as_ref().expect("a project").as_str()),
        ("77aa55cc", "0f3e9b7c")
    );
    assert_eq!(server.metadata.as_ref().expect("metadata")["tier"], "");
    assert_eq!(
        server.image.as_ref().and_then(Loose::value).and_then(|image| image.id.as_ref()).expect("an image").as_str(),
        "img-7"
    );
    assert_eq!(server.flavor.as_ref().and_then(|flavor| flavor.id.as_ref()).expect("a flavor").as_str(), "1101");
    assert_eq!(server.security_groups.as_ref().expect("groups")[1].name, "web");
    assert_eq!(server.volumes_attached.as_ref().expect("volumes")[0].id.as_str(), "vol-1");
    assert_eq!((server.access_ipv4.as_deref(), server.progress, server.key_name.as_deref()), (Some(""), Some(0), Some("ops")));
    assert_eq!(server.links.as_ref().expect("links")[0].href.as_deref(), Some("http://10.19.0.9/v2/0f3e/ servers/a1f0c2d4- 0001"));
    assert_eq!(server.extra["new-extension:of"], json!({"deep": [1, "x", null]}));
}

#[test]
fn show_server_of_each_row() {
    // Location service 1, Virtual servers 3 among them: what is empty is told from what is absent.
    let located = shown(LOCATED);
    assert_eq!(located.availability_zone.as_deref(), Some(""));
    assert_eq!((located.host_id.as_deref(), located.created.as_ref(), located.addresses.as_ref()), (Some(""), None, None));
    assert_eq!(shown(REAL).availability_zone.as_deref(), Some("uk-1a"));
    let stated = shown(STATED);
    let status = stated.extended_status();
    assert_eq!(
        (status.task_state.as_deref(), status.vm_state.as_ref(), *status.power_state),
        (Some("powering-on"), Some(&VmState::Stopped), Some(4))
    );
    let placed = shown(PLACED);
    let host = placed.extended_attributes();
    let host = [host.host, host.hypervisor_hostname, host.instance_name].map(|name| name.as_deref());
    assert_eq!(host, [Some("n1"), Some("n1.example"), Some("instance-0007")]);
    let partitioned = shown(PARTITIONED);
    assert_eq!(partitioned.disk_config, Some(DiskConfig::Manual));
    // One that was booted from a volume has an empty text in the image's place.
    assert_eq!(partitioned.image, Some(Loose::Text(String::new())));
    let driven = shown(DRIVEN);
    assert_eq!(driven.config_drive.as_ref().and_then(Loose::get), None);
    assert_eq!(shown(REAL).config_drive.as_ref().and_then(Loose::get), Some(true));
    assert_eq!(driven.image.as_ref().and_then(Loose::value).and_then(|image| image.name.as_deref()), Some("centos"));
    let addressed = shown(ADDRESSED);
    let address = &addressed.addresses.as_ref().expect("addresses")["private"][0];
    assert_eq!(
        (address.addr.as_deref(), address.version, address.mac_address.as_deref()),
        (Some("192.168.9.4"), Some(4), Some("fa:16:3e:00:00:09"))
    );
    let dedicated = shown(DEDICATED);
    assert_eq!(dedicated.dedication().scheduler_hints_capital.as_ref().expect("hints")["fcx.dedicated"], "True");
    assert_eq!((dedicated.name.as_ref(), dedicated.status.as_ref(), dedicated.updated.as_ref()), (None, None, None));
    let failed = shown(FAILED);
    let fault = failed.fault.as_ref().expect("a fault");
    assert_eq!((failed.status.as_ref(), fault.code, fault.details.as_ref()), (Some(&ServerStatus::Error), Some(500), None));
    assert!(fault.message.as_deref().is_some_and(|message| message.starts_with("Block Device Mapping is Invalid: Volume 7")));
}

#[test]
fn list_servers_detail_of_each_row() {
    assert_eq!(listed(LOCATED).availability_zone.as_deref(), Some(""));
    assert_eq!(listed(STATED).extended_status().vm_state, &Some(VmState::Stopped));
    let addressed = listed(ADDRESSED);
    let address = &addressed.addresses.as_ref().expect("addresses")["private"][0];
    assert_eq!(
        (address.address_type.as_ref(), address.mac_address.as_deref()),
        (Some(&AddressType::Fixed), Some("fa:16:3e:00:00:09"))
    );
    assert_eq!(listed(PARTITIONED).disk_config, Some(DiskConfig::Manual));
    assert_eq!(listed(DRIVEN).config_drive, Some(Loose::Text(String::new())));
    let dedicated = listed(DEDICATED_LISTED);
    assert_eq!(dedicated.dedication().scheduler_hints.as_ref().expect("hints")["fcx.dedicated"], "True");
    assert_eq!(dedicated.dedication().scheduler_hints_capital, &None);
}

#[test]
fn create_server_with_every_field() {
    let created = golden(
        &format!("POST {ROOT}/servers\ncontent-type: application/json\n\n{CREATE_FULL}"),
        "202\nLocation: http://10.19.0.9/v2/p/servers/s-1\n\n{\"server\": {\"id\": \"s-1\", \"adminPass\": \"Wq3d\", \"OS-DCF:diskConfig\": \"AUTO\", \
         \"security_groups\": [{\"name\": \"default\"}], \"links\": []}}",
        async |session| {
            let boot = BlockDevice::from_image("img-7", 30).boot_index(0).device_name("/dev/vda").delete_on_termination(true);
            let data = BlockDevice::from_volume("vol-1").boot_index(-1).delete_on_termination(false);
            let create =
                Compute::new(session).create_server("web-1", "1101", "img-7").key_name("ops").availability_zone("jp-east-1a");
            let create =
                create.networks(vec![NewNetwork::new().uuid("net-1").fixed_ip("10.1.2.9"), NewNetwork::new().port("port-2")]);
            let create =
                create.security_groups([NamedGroup::new("default")]).user_data("I2Nsb3VkLWNvbmZpZw==").admin_password("Secr3t!");
            let create = create.metadata([("admin_pass", "Secr3t!"), ("fcx.autofailover", "true")]).min_count(2).max_count(3);
            let create = create.block_device_mapping_v2([boot, data, BlockDevice::from_snapshot("snap-1", 5).boot_index(2)]);
            let create = create.return_reservation_id(false).config_drive(true).disk_config(DiskConfig::Auto);
            let create =
                create.personality([PersonalityFile::new("/etc/motd", "aGk=")]).access_ipv4("192.0.2.1").access_ipv6("2001:db8::1");
            create.scheduler_hints([("group", "grp-1"), ("fcx.dedicated", "true")]).send().await
        },
    );
    assert_eq!((created.id.as_str(), created.admin_password.as_ref().expect("a password").expose()), ("s-1", "Wq3d"));
    assert_eq!(
        (created.disk_config, created.security_groups.expect("groups")[0].name.as_str()),
        (Some(DiskConfig::Auto), "default")
    );
}

#[test]
fn create_server_piece_by_piece() {
    let created = golden(
        &format!(
            "POST {ROOT}/servers\ncontent-type: application/json\n\n{}",
            json!({"server": {
                "name": "web-2", "flavorRef": "1101", "imageRef": "img-7", "networks": [{"uuid": "net-1"}, {"port": "port-2"}],
                "security_groups": [{"name": "a"}, {"name": "b"}], "user_data": "IyEvYmluL3No", "locked": true,
                "block_device_mapping_v2": [{"boot_index": "0", "uuid": "img-7", "source_type": "image", "destination_type": "volume", "volume_size": "30"}],
            }})
        ),
        "202\n\n{\"server\": {\"id\": \"s-2\"}}",
        async |session| {
            let create =
                Compute::new(session).create_server("web-2", "1101", "img-7").network("net-1").port("port-2").security_group("a");
            let mut create =
                create.security_group("b").user_data_bytes("#!/bin/sh").disk(BlockDevice::from_image("img-7", 30).boot_index(0));
            create.document_mut().server.extra.insert("locked".to_owned(), json!(true));
            create.send().await
        },
    );
    assert_eq!((created.id.as_str(), created.admin_password), ("s-2", None));
}

#[test]
fn create_server_with_user_data() {
    let data = UserData::cloud_config("a: 1\n");
    let golden = |data: UserData, encoded: &str| {
        golden(
            &format!(
                "POST {ROOT}/servers\ncontent-type: application/json\n\n{}",
                json!({"server": {"name": "web", "flavorRef": "1101", "imageRef": "img-7", "user_data": encoded}})
            ),
            "202\n\n{\"server\": {\"id\": \"s-2\"}}",
            async |session| Compute::new(session).create_server("web", "1101", "img-7").user_data(data).send().await,
        )
    };
    golden(data.clone(), "I2Nsb3VkLWNvbmZpZwphOiAxCg==");
    let packed = data.gzip();
    assert!(packed.encoded().expose().starts_with("H4sI"), "gzip");
    let encoded = packed.encoded();
    golden(packed, encoded.expose());
}

#[test]
fn create_server_from_volume() {
    golden(
        &format!(
            "POST {ROOT}/servers\ncontent-type: application/json\n\n{}",
            json!({"server": {"name": "db", "flavorRef": "1102", "block_device_mapping_v2": [
                {"boot_index": "0", "uuid": "vol-1", "source_type": "volume", "destination_type": "volume"}]}})
        ),
        "200\n\n{\"server\": {\"id\": \"s-3\"}}",
        async |session| Compute::new(session).create_server_from_volume("db", "1102", "vol-1").send().await,
    );
    assert_eq!(BlockDevice::from_volume("v").source_type, Some(BlockDeviceSource::Volume));
}

#[test]
fn create_server_reserved() {
    let sent = json!({"server": {"name": "n", "flavorRef": "1", "imageRef": "i", "min_count": 2, "return_reservation_id": true}});
    let reservation = golden(
        &format!("POST {ROOT}/servers\ncontent-type: application/json\n\n{sent}"),
        "202\n\n{\"reservation_id\": \"r-41fxzq0c\"}",
        async |session| Compute::new(session).create_server("n", "1", "i").min_count(2).send_reserved().await,
    );
    assert_eq!(reservation, "r-41fxzq0c");
    let (session, _) = session(&["202\n\n{\"reservation_id\": \"r-1\"}"]);
    let error = block_on(Compute::new(session).create_server("n", "1", "i").send()).expect_err("no server");
    assert!(error.message().contains("missing field `server`"), "{error}");
}

#[test]
fn delete_server() {
    golden(&format!("DELETE {ROOT}/servers/..%2F"), "204\nContent-Length: 0", async |session| {
        Compute::new(session).delete_server("../").send().await
    });
}

#[test]
fn reboot_server() {
    for (kind, text) in [(RebootType::Soft, "SOFT"), (RebootType::Hard, "HARD"), ("LATER".into(), "LATER")] {
        golden(
            &format!("{ACTION}{{\"reboot\": {{\"type\": \"{text}\"}}}}"),
            "202\nContent-Type: text/html\n\n<html/>",
            async |session| Compute::new(session).reboot_server("s-1", kind).send().await,
        );
    }
}

#[test]
fn resize_server() {
    golden(
        &format!("{ACTION}{{\"resize\": {{\"flavorRef\": \"1102\", \"OS-DCF:diskConfig\": \"MANUAL\"}}}}"),
        "202",
        async |session| Compute::new(session).resize_server("s-1", "1102").disk_config("MANUAL").send().await,
    );
}

#[test]
fn confirm_resize() {
    golden(&format!("{ACTION}{{\"confirmResize\": null}}"), "204", async |session| {
        Compute::new(session).confirm_resize("s-1").send().await
    });
}

#[test]
fn revert_resize() {
    golden(&format!("{ACTION}{{\"revertResize\": null}}"), "202", async |session| {
        Compute::new(session).revert_resize("s-1").send().await
    });
}

#[test]
fn start_server() {
    golden(&format!("{ACTION}{{\"os-start\": null}}"), "202", async |session| {
        Compute::new(session).start_server("s-1").send().await
    });
}

#[test]
fn stop_server() {
    golden(&format!("{ACTION}{{\"os-stop\": null}}"), "202", async |session| Compute::new(session).stop_server("s-1").send().await);
}

#[test]
fn show_console_output() {
    let output = golden(
        &format!("{ACTION}{{\"os-getConsoleOutput\": {{\"length\": 50}}}}"),
        "200\n\n{\"output\": \"a\\nb\\u0000\"}",
        async |session| Compute::new(session).show_console_output("s-1").length(50).send().await,
    );
    assert_eq!(output, "a\nb\0");
    golden(&format!("{ACTION}{{\"os-getConsoleOutput\": {{}}}}"), "200\n\n{\"output\": \"\"}", async |session| {
        Compute::new(session).show_console_output("s-1").send().await
    });
}

#[test]
fn update_server_metadata() {
    let metadata = golden(
        &format!(
            "POST {ROOT}/servers/s-1/metadata\ncontent-type: application/json\n\n{{\"metadata\": {{\"a b\": \"ü\", \"note\": \"\"}}}}"
        ),
        "200\n\n{\"metadata\": {\"a b\": \"ü\", \"note\": \"\", \"old\": \"x\"}}",
        async |session| Compute::new(session).update_server_metadata("s-1", [("a b", "ü"), ("note", "")]).send().await,
    );
    assert_eq!((metadata.len(), metadata["old"].as_str()), (3, "x"));
    golden(&format!("DELETE {ROOT}/servers/s-1/metadata/a%2Fb%20%C3%BC"), "204", async |session| {
        Compute::new(session).delete_server_metadata_item("s-1", "a/b ü").send().await
    });
}

#[test]
fn list_flavors() {
    let page = golden(
        &format!("GET {ROOT}/flavors?minDisk=20&minRam=512&is_public=None&limit=2&marker=1100"),
        "200\n\n{\"flavors\": [{\"id\": \"1101\", \"name\": \"S-1\", \"ram\": 2048, \"vcpus\": 1, \"disk\": 20, \"swap\": \"\", \"rxtx_factor\": 1.5, \
         \"os-flavor-access:is_public\": true, \"OS-FLV-EXT-DATA:ephemeral\": 5, \"OS-FLV-DISABLED:disabled\": false}, {\"id\": \"1102\", \"swap\": 512}]}",
        async |session| {
            Compute::new(session).list_flavors().min_disk(20).min_ram(512).is_public("None").limit(2).marker("1100").send().await
        },
    );
    let [large, small] = &page.items[..] else { panic!("two flavors") };
    assert_eq!(
        (large.id.as_str(), large.name.as_deref(), large.ram, large.vcpus, large.disk),
        ("1101", Some("S-1"), Some(2048), Some(1), Some(20))
    );
    assert_eq!((large.swap.as_ref().and_then(Loose::get), large.rxtx_factor, large.is_public), (None, Some(1.5), Some(true)));
    assert_eq!((large.ephemeral, large.disabled), (Some(5), Some(false)));
    assert_eq!((small.swap.as_ref().and_then(Loose::get), small.ram, page.more), (Some(512), None, None));
}

#[test]
fn list_images_detail() {
    let since: Timestamp = "2011-01-01T00:00:00Z".parse().expect("a time");
    let page = golden(
        &format!(
            "GET {ROOT}/images/detail?changes-since=2011-01-01T00%3A00%3A00Z&server=s-1&name=a%26b&status=ACTIVE&type=snapshot&minDisk=20&\
             minRam=512&limit=3&marker=img-0"
        ),
        &format!("203\n\n{{\"images\": [{IMAGE}, {PLAIN_IMAGE}], \"images_links\": [{{\"rel\": \"next\", \"href\": \"x\"}}]}}"),
        async |session| {
            let list = Compute::new(session).list_images_detail().changes_since(&since);
            let list = list.server("s-1").name("a&b").status("ACTIVE").image_type("snapshot").min_disk(20).min_ram(512);
            list.limit(3).marker("img-0").send().await
        },
    );
    let [image, plain] = &page.items[..] else { panic!("two images") };
    assert_eq!((image.disk_config.as_ref(), plain.disk_config.as_ref(), page.more), (Some(&DiskConfig::Auto), None, Some(true)));
    // The size is a text on K5 and a number elsewhere.
    assert_eq!([image, plain].map(|image| image.size.as_ref().and_then(Loose::get)), [Some(74_185_822), Some(13_167_616)]);
    assert_eq!((plain.name.as_deref(), &plain.metadata.as_ref().expect("metadata")["ramdisk_id"]), (None, &None));
}

#[test]
fn show_image() {
    let image = golden(&format!("GET {ROOT}/images/img%2F7"), &format!("200\n\n{{\"image\": {IMAGE}}}"), async |session| {
        Compute::new(session).show_image("img/7").send().await
    });
    assert_eq!((image.id.as_str(), image.status, image.progress), ("img-7", Some(ImageStatus::Active), Some(100)));
    assert_eq!((image.min_disk, image.min_ram, image.server.expect("a server").id.as_str()), (Some(20), Some(512), "s-1"));
    assert_eq!(image.metadata.expect("metadata")["auto_disk_config"].as_deref(), Some("True"));
    assert_eq!(image.updated.expect("a time").unix_seconds(), 1_293_843_723);
    let links = image.links.expect("links");
    assert_eq!(links[0].href.as_deref(), Some("http://h/v2/openstack/ images/img-7"), "nobody follows it");
    assert_eq!(
        (links[1].rel.as_deref(), links[1].media_type.as_deref()),
        (Some("alternate"), Some("application/vnd.openstack.image"))
    );
}

#[test]
fn delete_image() {
    golden(&format!("DELETE {ROOT}/images/img%207"), "204", async |session| {
        Compute::new(session).delete_image("img 7").send().await
    });
}

#[test]
fn show_image_metadata() {
    let metadata = golden(
        &format!("GET {ROOT}/images/img-7/metadata"),
        "203\n\n{\"metadata\": {\"architecture\": \"x86_64\", \"ramdisk_id\": null}}",
        async |session| Compute::new(session).show_image_metadata("img-7").send().await,
    );
    assert_eq!((metadata["architecture"].as_deref(), metadata["ramdisk_id"].as_deref()), (Some("x86_64"), None));
}

#[test]
fn replace_image_metadata() {
    let sent = json!({"metadata": {"Label": "Changed", "auto_disk_config": "True"}});
    let metadata = golden(
        &format!("PUT {ROOT}/images/img-7/metadata\ncontent-type: application/json\n\n{sent}"),
        &format!("200\n\n{sent}"),
        async |session| {
            let items = [("auto_disk_config", "True"), ("Label", "Changed")];
            Compute::new(session).replace_image_metadata("img-7", items).send().await
        },
    );
    assert_eq!((metadata.len(), metadata["Label"].as_deref()), (2, Some("Changed")));
}

#[test]
fn update_image_metadata() {
    let metadata = golden(
        &format!(
            "POST {ROOT}/images/img-7/metadata\ncontent-type: application/json\n\n{{\"metadata\": {{\"kernel_id\": \"False\"}}}}"
        ),
        "200\n\n{\"metadata\": {\"kernel_id\": \"False\", \"ramdisk_id\": null, \"architecture\": \"x86_64\"}}",
        async |session| Compute::new(session).update_image_metadata("img-7", [("kernel_id", "False")]).send().await,
    );
    assert_eq!((metadata.len(), metadata["kernel_id"].as_deref(), &metadata["ramdisk_id"]), (3, Some("False"), &None));
}

#[test]
fn show_image_metadata_item() {
    let meta = golden(
        &format!("GET {ROOT}/images/img-7/metadata/os%2Fversion%20%C3%BC"),
        "203\n\n{\"meta\": {\"os/version ü\": \"7\", \"ramdisk_id\": null}}",
        async |session| Compute::new(session).show_image_metadata_item("img-7", "os/version ü").send().await,
    );
    assert_eq!((meta["os/version ü"].as_deref(), meta["ramdisk_id"].as_deref()), (Some("7"), None));
}

#[test]
fn set_image_metadata_item() {
    let meta = golden(
        &format!("PUT {ROOT}/images/img-7/metadata/a%20b\ncontent-type: application/json\n\n{{\"meta\": {{\"a b\": \"c\"}}}}"),
        "200\n\n{\"meta\": {\"a b\": \"c\", \"Label\": \"x\"}}",
        async |session| Compute::new(session).set_image_metadata_item("img-7", "a b", "c").send().await,
    );
    assert_eq!(meta["Label"].as_deref(), Some("x"));
}

#[test]
fn delete_image_metadata_item() {
    golden(&format!("DELETE {ROOT}/images/img-7/metadata/%3F%23%25"), "204", async |session| {
        Compute::new(session).delete_image_metadata_item("img-7", "?#%").send().await
    });
}

#[test]
fn list_keypairs() {
    let page = golden(
        &format!("GET {ROOT}/os-keypairs"),
        "200\n\n{\"keypairs\": [{\"keypair\": {\"name\": \"a\", \"public_key\": \"ssh-rsa A\\n\"}}]}",
        async |session| Compute::new(session).list_keypairs().send().await,
    );
    assert_eq!((page.items[0].keypair.name.as_str(), page.items[0].keypair.public_key.as_deref()), ("a", Some("ssh-rsa A\n")));
}

#[test]
fn create_keypair() {
    let pair = golden(
        &format!(
            "POST {ROOT}/os-keypairs\ncontent-type: application/json\n\n{}",
            json!({"keypair": {"name": "ops key", "public_key": "ssh-rsa AAAA", "availability_zone": "uk-1b"}})
        ),
        &format!("200\n\n{{\"keypair\": {KEY_PAIR}}}"),
        async |session| {
            Compute::new(session).create_keypair("ops key").public_key("ssh-rsa AAAA").availability_zone("uk-1b").send().await
        },
    );
    assert_eq!((pair.name.as_str(), pair.fingerprint.as_deref()), ("ops key", Some("1e:2c:9b")));
    assert!(pair.private_key.expect("a key").expose().starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
    assert_eq!(pair.public_key.as_deref(), Some("ssh-rsa AAAAB3Nz aC1yc2E Generated\n"));
    golden(
        &format!("POST {ROOT}/os-keypairs\ncontent-type: application/json\n\n{{\"keypair\": {{\"name\": \"made\"}}}}"),
        "201\n\n{\"keypair\": {\"name\": \"made\"}}",
        async |session| Compute::new(session).create_keypair("made").send().await,
    );
}

#[test]
fn delete_keypair() {
    golden(&format!("DELETE {ROOT}/os-keypairs/ops%20key%2F%C3%BC"), "202", async |session| {
        Compute::new(session).delete_keypair("ops key/ü").send().await
    });
}

#[test]
fn show_keypair() {
    let pair = golden(
        &format!("GET {ROOT}/os-keypairs/a%20b"),
        "200\n\n{\"keypair\": {\"name\": \"a b\", \"availability_zone\": \"uk-1b\", \"id\": 7, \"deleted\": false, \"created_at\": \"2017-01-02T03:04:05.000000\", \
         \"updated_at\": null, \"user_id\": \"77aa\"}}",
        async |session| Compute::new(session).show_keypair("a b").send().await,
    );
    assert_eq!((pair.availability_zone.as_deref(), pair.deleted, pair.extra["id"].as_u64()), (Some("uk-1b"), Some(false), Some(7)));
    assert_eq!(pair.created_at.expect("a time").unix_seconds(), 1_483_326_245);
    assert_eq!((pair.updated_at, pair.user_id.expect("a user").as_str()), (None, "77aa"));
}
