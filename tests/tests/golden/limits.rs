//! What the API refuses is refused before anything is sent, by the typed methods and by documents alike.

use crate::fake::{block_on, silent};
use crate::fixtures;
use k5::autoscale::Autoscale;
use k5::block_storage::BlockStorage;
use k5::compute::user_data::UserData;
use k5::compute::{BlockDevice, Compute};
use k5::dynamic::Arguments;
use k5::image::{Images, PatchOp, PatchOperation};
use k5::sap::{DnsServer, NewNic, OsSetting, Sap};
use k5::vm_import::VmImport;
use k5::{Cloud, ErrorKind, Result, Sent, WithOptions};
use serde_json::json;
use std::path::Path;

/// The call must end with a refusal that says this; that nothing was sent, the transport sees to.
fn refused(expected: &str, operation: &str, call: impl Future<Output = Result<()>>) {
    let error = block_on(call).expect_err(expected);
    assert_eq!((error.kind(), error.sent(), error.attempts()), (ErrorKind::InvalidInput, Sent::No, 0), "{error}");
    assert_eq!(error.operation().map(k5_core::OpMeta::full_name), Some(operation.to_owned()), "{error}");
    assert!(error.message().contains(expected), "{expected:?}: {error}");
}

#[test]
fn names_and_metadata_of_servers() {
    let compute = || Compute::new(silent());
    let create = |name: &str| compute().create_server(name, "1", "i");
    for (name, expected) in [
        ("", "can't be empty"),
        (" a", "begins or ends with a space"),
        (&"é".repeat(256), "at most 255 characters, this one has 256"),
    ] {
        refused(expected, "compute.create_server", async { create(name).send().await.map(drop) });
        refused(expected, "compute.create_server", async { create(name).send_reserved().await.map(drop) });
    }
    let long = "v".repeat(256);
    refused("server.metadata: the value of \"k\" has 256 bytes", "compute.create_server", async {
        create("a").metadata([("k", &long)]).send().await.map(drop)
    });
    refused("the name of an item of metadata has at most 255 bytes", "compute.create_server", async {
        create("a").metadata([(&long, "v")]).send().await.map(drop)
    });
    refused("the name of an item of metadata can't be empty", "compute.create_server", async {
        create("a").metadata([("", "v")]).send().await.map(drop)
    });
    refused("the value of \"k\" has 256 bytes", "compute.update_server_metadata", async {
        compute().update_server_metadata("s-1", [("k", long.as_str())]).send().await.map(drop)
    });
    refused("the name of an item of metadata can't be empty", "compute.update_server_metadata", async {
        compute().update_server_metadata("s-1", [("", "v")]).send().await.map(drop)
    });
    refused("at most 255 bytes, this one has 256", "compute.show_image_metadata_item", async {
        compute().show_image_metadata_item("i", &long).send().await.map(drop)
    });
    refused("at most 255 bytes", "compute.delete_image_metadata_item", async {
        compute().delete_image_metadata_item("i", &long).send().await
    });
    refused("at most 255 bytes", "compute.set_image_metadata_item", async {
        compute().set_image_metadata_item("i", &long, "v").send().await.map(drop)
    });
    refused("the value of \"k\" has 256 bytes", "compute.set_image_metadata_item", async {
        compute().set_image_metadata_item("i", "k", long.as_str()).send().await.map(drop)
    });
}

#[test]
fn user_data() {
    let create = || Compute::new(silent()).create_server("a", "1", "i");
    refused("server.user_data: the user data has 65536 characters of Base64", "compute.create_server", async {
        create().user_data("A".repeat(65_536)).send().await.map(drop)
    });
    refused("is not Base64", "compute.create_server", async { create().user_data("#!/bin/sh\n").send().await.map(drop) });
    refused("room for 65535", "compute.create_server", async { create().user_data_bytes([0; 49_150]).send().await.map(drop) });
    refused("65536 characters", "compute.create_server", async {
        create().user_data(UserData::raw([0; 49_150])).send().await.map(drop)
    });
}

#[test]
fn devices_interfaces_and_groups_of_servers() {
    let compute = || Compute::new(silent());
    for device in ["vdb", "/dev/vd", "/dev/sdb", "/dev/vdB", "/dev/vdb1", ""] {
        refused("device: the device", "compute.attach_volume", async {
            compute().attach_volume("s", "v").device(device).send().await.map(drop)
        });
    }
    refused("a network interface can have a port_id or a net_id, not both", "compute.create_interface", async {
        compute().create_interface("s").port_id("p").net_id("n").send().await.map(drop)
    });
    for create in [compute().create_interface("s"), compute().create_interface("s").port_id("p")] {
        refused("fixed_ips need a net_id", "compute.create_interface", async {
            create.fixed_ip("10.0.0.9").send().await.map(drop)
        });
    }
    let group = |name: &str| compute().create_server_group(name, vec!["affinity".into()]);
    for (name, expected) in [
        ("", "can't be empty"),
        ("a ", "begins or ends with a space"),
        (&"é".repeat(256), "at most 255 characters, this one has 256"),
    ] {
        refused(expected, "compute.create_server_group", async { group(name).send().await.map(drop) });
    }
    refused("policies: a server group needs a policy", "compute.create_server_group", async {
        compute().create_server_group("a", vec![]).send().await.map(drop)
    });
    refused("name: the server's name", "compute.update_server", async {
        compute().update_server("s").name(" a").send().await.map(drop)
    });
    refused("name: a server's name", "compute.rebuild_server", async {
        compute().rebuild_server("s", "i").name("").send().await.map(drop)
    });
    refused("metadata: the value of \"k\"", "compute.rebuild_server", async {
        compute().rebuild_server("s", "i").metadata([("k", "v".repeat(256))]).send().await.map(drop)
    });
}

#[test]
fn schedules() {
    let create =
        |name: &str, url: &str, time: &str, method: &str| Autoscale::new(silent()).create_schedule(name, url, time, "p", method);
    let (url, time) = ("http://h/v1", "* * * * *");
    for name in ["", "a-b", "ü", &"a".repeat(65)] {
        refused("name: ", "autoscale.create_schedule", async { create(name, url, time, "POST").send().await.map(drop) });
    }
    for url in ["https://h/v1", "h/v1", "http://", ""] {
        refused("url: ", "autoscale.create_schedule", async { create("a", url, time, "POST").send().await.map(drop) });
    }
    for (time, field) in [
        ("* * * *", "five fields"),
        ("60 * * * *", "minute"),
        ("* * * * 8", "day of the week"),
        ("*  * * * *", "five fields"),
        ("@daily", "five fields"),
    ] {
        refused(field, "autoscale.create_schedule", async { create("a", url, time, "POST").send().await.map(drop) });
    }
    refused("there is only POST", "autoscale.create_schedule", async { create("a", url, time, "GET").send().await.map(drop) });
    // Several faults are told at once.
    refused("name: ", "autoscale.create_schedule", async { create("-", "https://h", "x", "GET").send().await.map(drop) });
    refused("; time: ", "autoscale.create_schedule", async { create("-", "https://h", "x", "GET").send().await.map(drop) });
}

#[test]
fn places_of_disks() {
    for location in
        ["", "/v1/AUTH_p/c/o.qcow2", "/v1/AUTH_p/c/", "/v1/p/c/o.vmdk", "https://h/v1/AUTH_p/c/o.vmdk", "swift://c/o.vmdk"]
    {
        refused("location: ", "vm_import.register_image", async {
            VmImport::new(silent()).register_image("a", location, "rhel7").send().await.map(drop)
        });
    }
    let register = |name: &str, os_type: &str| VmImport::new(silent()).register_image(name, "/v1/AUTH_p/c/o.vmdk", os_type);
    refused("name: can't be empty", "vm_import.register_image", async { register("", "rhel7").send().await.map(drop) });
    refused("os_type: can't be empty", "vm_import.register_image", async { register("a", "").send().await.map(drop) });
    refused("also needs user_name, domain_name", "vm_import.register_image", async {
        register("a", "rhel7").conversion(true).disk_format("raw").password("cHc=").send().await.map(drop)
    });
    refused("checksum: \"5f36\" is not a SHA-1", "vm_import.register_image", async {
        register("a", "rhel7").checksum("5f36").send().await.map(drop)
    });
}

/// An import that can't succeed sends nothing, let alone its disk.
#[test]
fn imports_by_one_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    let (disk, empty, other) = (path("web.vmdk", b"disk"), path("empty.vmdk", b""), path("web.qcow2", b"disk"));
    let import = |path: &Path| Cloud::from_session(silent()).import_server(path, "rhel7").account("AUTH_p");
    for (call, expected) in [
        (import(&empty), "empty.vmdk is empty"),
        (import(folder.path()), "is not a file"),
        (import(&other), "location: \"/v1/AUTH_p/vm-imports/web.qcow2\""),
        (import(&disk).object("web"), "names end in `.vmdk`"),
        (import(&disk).object(""), "the object's name is empty"),
        (import(&disk).object("a".repeat(1020) + ".vmdk"), "has 1025 bytes"),
        (import(&disk).container("a/b"), "holds a '/'"),
        (import(&disk).object("a/.vmdk"), "name: can't be empty"),
        (import(&disk).account("p"), "is not the location of a disk"),
        (import(&disk).register(|image| image.checksum("5f36")), "40 hexadecimal digits"),
        (import(&disk).register(|image| image.conversion(true)), "also needs disk_format, user_name, password, domain_name"),
        (Cloud::from_session(silent()).import_server(&disk, ""), "os_type: can't be empty"),
        (Cloud::from_session(silent()).import_server(&disk, "rhel7"), "the account of the disk is not known"),
    ] {
        let error = block_on(call.send()).expect_err(expected);
        assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidInput, Sent::No), "{error}");
        assert!(error.message().contains(expected), "{expected:?}: {error}");
    }
    let error = block_on(import(&folder.path().join("gone.vmdk")).send()).expect_err("no such file");
    assert!(error.kind() == ErrorKind::Local && error.message().contains("gone.vmdk: "), "{error}");
}

#[test]
fn properties_of_images() {
    for path in ["", "/", "name", "/a~b", "/a~"] {
        let change = [PatchOperation::set("fine", 1), PatchOperation::new(PatchOp::Remove, path)];
        refused("[1].path: ", "image.update_image", async {
            Images::new(silent()).update_image("i", &change).send().await.map(drop)
        });
    }
}

#[test]
fn names_of_sap_servers() {
    for name in ["", "-a", "a b", "ü", &"a".repeat(65)] {
        refused("@name: ", "sap.create_server", async { Sap::new(silent()).create_server(name, "t", "i").send().await.map(drop) });
        refused("@name: ", "sap.change_server", async { Sap::new(silent()).change_server("s", name).send().await.map(drop) });
    }
    for address in ["", "here", "10.1.2"] {
        refused("NICs.NIC[0].NetworkLinks.NetworkLink[0].IpAddress: ", "sap.create_server", async {
            let create = Sap::new(silent()).create_server("a", "t", "i").nics([NewNic::at(0, "ror-1", address)]);
            create.send().await.map(drop)
        });
    }
    refused("@ip: \"dns\" is not an IPv4 address", "sap.create_server", async {
        let setting = OsSetting::new().dns_servers([DnsServer::new().ip("dns")]);
        Sap::new(silent()).create_server("a", "t", "i").os_setting(setting).send().await.map(drop)
    });
    for name in ["", "9a", "a-b", "ü", &"a".repeat(33)] {
        refused("name: ", "sap.create_clone_image", async {
            Sap::new(silent()).create_clone_image(name, "s").send().await.map(drop)
        });
    }
    for comment in ["", "100%", "a\\b", "\"", "a\nb", &"é".repeat(97)] {
        refused("comment: a comment ", "sap.create_clone_image", async {
            Sap::new(silent()).create_clone_image("a", "s").comment(comment).send().await.map(drop)
        });
    }
    refused("project_id: ", "sap.enable_project", async {
        Sap::new(silent()).enable_project("0f3e9b7c-2d1a-4e5f-8899-aabbccddeeff").send().await.map(drop)
    });
}

#[test]
fn an_empty_segment_is_never_sent() {
    let compute = || Compute::new(silent());
    refused("server_id is empty", "compute.delete_server", async { compute().delete_server("").send().await });
    refused("server_id is empty", "compute.start_server", async { compute().start_server("").send().await });
    refused("keypair_name is empty", "compute.delete_keypair", async { compute().delete_keypair("").send().await });
    refused("key is empty", "compute.delete_image_metadata_item", async {
        compute().delete_image_metadata_item("i", "").send().await
    });
    refused("volume_id is empty", "block_storage.delete_volume", async {
        BlockStorage::new(silent()).delete_volume("").send().await
    });
    refused("name is empty", "autoscale.delete_schedule", async { Autoscale::new(silent()).delete_schedule("").send().await });
    refused("server_id is empty", "compute.show_server", async { compute().wait_server("").active().await.map(drop) });
    every_path_refuses("", "is empty");
}

#[test]
fn dots_are_not_sent_as_ids() {
    for dots in [".", ".."] {
        let expected = format!("the image_id \"{dots}\" is not a valid name");
        refused(&expected, "image.delete_image", async { k5::image::Images::new(silent()).delete_image(dots).send().await });
        every_path_refuses(dots, "is not a valid name: a proxy may take it for a step in the path");
    }
    // Other dots are names like any other.
    let (session, seen) = crate::fake::session(&["204\n\n"]);
    block_on(k5::image::Images::new(session).delete_image("...").send()).expect("deleted");
    assert_eq!(seen.lines(), ["DELETE /v2/images/..."]);
}

/// Every operation with a parameter in its path, called by name, refuses `value` in it.
fn every_path_refuses(value: &str, expected: &str) {
    for fixture in fixtures::all().iter().filter(|fixture| !fixture.params.is_empty()) {
        let meta = fixture.operation.meta;
        if !value.is_empty() && meta.service.name == "object_storage" {
            continue;
        }
        let params = fixture.params.iter().map(|(name, _)| ((*name).to_owned(), value.to_owned())).collect();
        let body = fixture.requests.first().map(|request| k5::Body::bytes(request.wire.clone()));
        let call = fixture.operation.call(&silent(), Arguments::default().params(params).body(body)).expect("a call");
        refused(expected, &meta.full_name(), async { call.send().await.map(drop) });
    }
}

#[test]
fn documents_keep_the_same_limits() {
    let long = "v".repeat(256);
    for (id, document, expected) in [
        ("compute.create_server", json!({"server": {"name": " a", "flavorRef": "1"}}).to_string(), "server.name: "),
        (
            "compute.create_server",
            json!({"server": {"name": "a", "flavorRef": "1", "metadata": {"k": long}}}).to_string(),
            "server.metadata: ",
        ),
        (
            "compute.create_server",
            json!({"server": {"name": "a", "flavorRef": "1", "user_data": "#!"}}).to_string(),
            "server.user_data: ",
        ),
        (
            "compute.create_interface",
            json!({"interfaceAttachment": {"port_id": "p", "fixed_ips": [{"ip_address": "10.0.0.9"}]}}).to_string(),
            "interfaceAttachment: fixed_ips need a net_id",
        ),
        (
            "compute.attach_volume",
            json!({"volumeAttachment": {"volumeId": "v", "device": "b"}}).to_string(),
            "volumeAttachment.device: ",
        ),
        (
            "compute.create_server_group",
            json!({"server_group": {"name": "a", "policies": []}}).to_string(),
            "server_group.policies: ",
        ),
        ("compute.update_server_metadata", json!({"metadata": {"k": long}}).to_string(), "the value of \"k\" has 256 bytes"),
        ("compute.set_image_metadata_item", json!({"meta": {"k": long}}).to_string(), "the value of \"k\" has 256 bytes"),
        (
            "autoscale.create_schedule",
            json!({"name": "a b", "url": "http://h", "time": "* * * * *", "project_id": "p"}).to_string(),
            "name: ",
        ),
        (
            "vm_import.register_image",
            json!({"name": "a", "location": "/v1/AUTH_p/c/o.iso", "os_type": "x"}).to_string(),
            "location: ",
        ),
        ("image.update_image", json!([{"op": "remove", "path": "a"}]).to_string(), "[0].path: "),
        (
            "sap.create_server",
            r#"<Resources><LServer name="a b"><TemplateLink name="t"/><ServerImageLink name="i"/></LServer></Resources>"#
                .to_owned(),
            "Resources.LServer.@name: ",
        ),
        ("sap.create_clone_image", json!({"name": "9", "l_server_rid": "s"}).to_string(), "name: "),
        ("sap.create_clone_image", json!({"name": "a", "l_server_rid": "s", "type": "snapshot"}).to_string(), "type is always"),
        ("sap.enable_project", json!({"project_id": "a-b"}).to_string(), "project_id: "),
    ] {
        let operation = k5_tests::operation(id);
        for allow_unknown in [false, true] {
            let error = operation.document(document.as_bytes(), allow_unknown).expect_err(id);
            assert_eq!(
                (error.kind(), error.operation().map(k5_core::OpMeta::full_name)),
                (ErrorKind::InvalidInput, Some(id.to_owned()))
            );
            assert!(error.message().contains(expected), "{error}");
        }
    }
}

#[test]
fn what_a_setter_refused_is_told_before_anything_is_sent() {
    let compute = || Compute::new(silent());
    refused("control character", "compute.list_servers", async {
        compute().list_servers().with_header("x-a", "b\r\nc: d").send().await.map(drop)
    });
    refused("is not a header's name", "compute.start_server", async {
        compute().start_server("s").with_header("a b", "c").send().await
    });
    refused("needs a token", "compute.list_flavors", async { compute().list_flavors().with_no_token().send().await.map(drop) });
    assert_eq!(BlockDevice::from_image("i", 1).volume_size.and_then(|size| size.get()), Some(1));
}
