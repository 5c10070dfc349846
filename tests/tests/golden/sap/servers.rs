//! Servers, their disks and interfaces, and tasks.

use super::{FORM, is_the_task};
use crate::fake::{block_on, golden, session, silent};
use crate::fixtures::sap::{CREATE, DECLARATION, TASK, TASK_FAILED};
use k5::sap::{DnsServer, NewDisk, NewNic, OsSetting, PowerStatus, ResourceStatus, Sap, TaskStatus, meta};
use k5::{ErrorKind, Loose, Sent};
use serde_json::json;

#[test]
fn create_server() {
    let task = golden(
        &format!("POST /l_servers\ncontent-type: application/xml\n\n{DECLARATION}{CREATE}"),
        &format!("202\nContent-Type: application/xml\n\n{TASK}"),
        async |session| {
            let create = Sap::new(session).create_server("erp-1", "WS-4", "Windows_64").image_project("0f3e9b7c");
            let create = create
                .disks([NewDisk::new(0), NewDisk::new(1).size(60.5)])
                .nics([NewNic::on(0, "ror-1"), NewNic::at(1, "ror-2", "10.1.2.3")]);
            let guest = OsSetting::new()
                .computer_name("ERP<1>")
                .admin_password("Secr3t&!")
                .dns_servers([DnsServer::new().nic(0).ip("10.1.2.2")]);
            create.os_setting(guest).availability_zone("jp-east-1b").dedicated("true").send().await
        },
    );
    assert_eq!(
        (task.id.as_str(), task.status, task.progress.as_ref().and_then(Loose::get)),
        ("tsk-1", TaskStatus::Waiting, Some(0))
    );
    let start = task.start_time.as_ref().and_then(Loose::get).expect("a time");
    assert_eq!((start.as_str(), start.unix_seconds()), ("2016-05-04 03:02:01+09:00", 1_462_298_521));
    assert_eq!(task.resource.and_then(|resource| resource.id).expect("a resource").as_str(), "ror-9");
    let least = r#"<Resources><LServer name="a"><TemplateLink name="t"/><ServerImageLink name="i &amp; j"/></LServer></Resources>"#;
    golden(
        &format!("POST /l_servers\ncontent-type: application/xml\n\n{DECLARATION}{least}"),
        &format!("202\n\n{TASK}"),
        async |session| Sap::new(session).create_server("a", "t", "i & j").send().await,
    );
}

#[test]
fn list_servers() {
    let page = golden(
        "GET /l_servers?availability_zone=jp-east-1a",
        "200\n\n<LServers><LServer name=\"a\" id=\"ror-1\"><AvailabilityZone>jp-east-1a</AvailabilityZone><Dedicated>true</Dedicated></LServer></LServers>",
        async |session| Sap::new(session).list_servers().availability_zone("jp-east-1a").send().await,
    );
    let server = &page.items[0];
    assert_eq!(
        (server.name.as_deref(), server.id.as_str(), server.availability_zone.as_deref()),
        (Some("a"), "ror-1", Some("jp-east-1a"))
    );
    assert_eq!((server.is_dedicated(), page.items.len()), (Some(true), 1));
    for (text, expected) in [("False", Some(false)), ("", None), ("deployedToDedicatedInstance", None)] {
        let answer = format!("200\n\n<LServers><LServer id=\"a\"><Dedicated>{text}</Dedicated></LServer></LServers>");
        let page = golden("GET /l_servers", &answer, async |session| Sap::new(session).list_servers().send().await);
        assert_eq!((page.items[0].is_dedicated(), page.items[0].dedicated.as_deref()), (expected, Some(text)));
    }
    let none = golden("GET /l_servers", "200\n\n<LServers/>", async |session| Sap::new(session).list_servers().send().await);
    assert_eq!(none.items.len(), 0);
}

#[test]
fn show_server() {
    let server = golden(
        "GET /l_servers/ror%20svr%2F1?internal=true",
        "200\n\n<Resources><LServer name=\"a\" id=\"ror-1\"><TemplateLink name=\"WS-4\"/><Disks><Disk name=\"d\"><DiskLink name=\"d\" id=\"dsk\"/>\
         <DiskIndex>0</DiskIndex><DiskSize>60.5</DiskSize></Disk></Disks><NICs><NIC><NICIndex>0</NICIndex><NetworkLinks><NetworkLink name=\"n\" id=\"ror-7\">\
         <IpAddress auto=\"true\" address=\"10.1.2.3\"/></NetworkLink></NetworkLinks></NIC></NICs><Status><ResourceStatus>stop</ResourceStatus>\
         <PowerStatus>off</PowerStatus><BaseImageId>img</BaseImageId></Status><Snapshots><Snapshot version=\"1\" date=\"d\" id=\"ror-11\"/></Snapshots>\
         <Kept><b>1</b><b>2</b></Kept></LServer></Resources>",
        async |session| Sap::new(session).show_server("ror svr/1").internal(true).send().await,
    );
    assert_eq!((server.name.as_deref(), server.template.expect("a template").name.as_str()), (Some("a"), "WS-4"));
    let disk = &server.disks.as_ref().expect("disks")[0];
    assert_eq!((disk.index.as_ref().and_then(Loose::get), disk.size.as_ref().and_then(Loose::get)), (Some(0), Some(60.5)));
    assert_eq!(disk.link.as_ref().and_then(|link| link.id.as_ref()).expect("a link").as_str(), "dsk");
    let network = &server.nics.as_ref().expect("interfaces")[0].networks.as_ref().expect("a network")[0];
    let address = network.address.as_ref().expect("an address");
    assert_eq!((address.auto.as_ref().and_then(Loose::get), address.address.as_deref()), (Some(true), Some("10.1.2.3")));
    let status = server.status.expect("a status");
    assert_eq!(
        (status.resource_status, status.power_status, status.base_image_id.as_deref()),
        (Some(ResourceStatus::Stop), Some(PowerStatus::Off), Some("img"))
    );
    assert_eq!(server.snapshots.expect("snapshots")[0].version.as_deref(), Some("1"));
    assert_eq!(server.extra["Kept"], json!({"b": ["1", "2"]}));
}

#[test]
fn start_server() {
    golden(
        "PUT /l_servers/ror-1/start\ncontent-type: application/x-www-form-urlencoded",
        &format!("202\n\n{TASK}"),
        async |session| Sap::new(session).start_server("ror-1").send().await,
    );
}

#[test]
fn stop_and_restart() {
    let answer = format!("202\n\n{TASK}");
    golden(&format!("PUT /l_servers/ror-1/stop\n{FORM}"), &answer, async |session| {
        Sap::new(session).stop_server("ror-1").send().await
    });
    golden(&format!("PUT /l_servers/ror-1/stop\n{FORM}\n\nforce=true"), &answer, async |session| {
        Sap::new(session).stop_server("ror-1").force(true).send().await
    });
    golden(&format!("PUT /l_servers/ror-1/restart\n{FORM}\n\nforce=false"), &answer, async |session| {
        Sap::new(session).restart_server("ror-1").force(false).send().await
    });
}

#[test]
fn delete_server() {
    let task = golden("DELETE /l_servers/ror-1", &format!("202\n\n{TASK}"), async |session| {
        Sap::new(session).delete_server("ror-1").send().await
    });
    is_the_task(&task.expect("a task"));
    for nothing in ["204\n\n", "202\n\n", "200\n\n \n"] {
        let none =
            golden("DELETE /l_servers/ror-1", nothing, async |session| Sap::new(session).delete_server("ror-1").send().await);
        assert_eq!(none, None);
    }
}

#[test]
fn change_server() {
    let change = |document: &str| format!("PUT /l_servers/ror-1\ncontent-type: application/xml\n\n{DECLARATION}{document}");
    let answer = format!("202\n\n{TASK}");
    golden(
        &change(r#"<Resources><LServer name="erp-2"><TemplateLink name="WS-8"/></LServer></Resources>"#),
        &answer,
        async |session| Sap::new(session).change_server("ror-1", "erp-2").template("WS-8").send().await,
    );
    golden(&change(r#"<Resources><LServer name="erp-2"/></Resources>"#), &answer, async |session| {
        Sap::new(session).change_server("ror-1", "erp-2").send().await
    });
}

/// One path and method for disks and interfaces: the fields decide.
#[test]
fn attach_and_detach() {
    let answer = format!("202\n\n{TASK}");
    let sent = |action: &str, form: &str| format!("PUT /l_servers/ror-1/{action}\n{FORM}\n\n{form}");
    golden(&sent("attach", "disk_index=1&disk_size=60.5"), &answer, async |session| {
        Sap::new(session).attach_disk("ror-1", 1, 60.5).send().await
    });
    golden(&sent("detach", "disk_index=1"), &answer, async |session| Sap::new(session).detach_disk("ror-1", 1).send().await);
    golden(&sent("attach", "ip_auto=true&network_id=ror-7&nic_index=1"), &answer, async |session| {
        Sap::new(session).attach_nic("ror-1", 1, "ror-7").ip_auto(true).send().await
    });
    golden(&sent("attach", "ip_address=10.1.2.3&ip_auto=false&network_id=ror-7&nic_index=1"), &answer, async |session| {
        Sap::new(session).attach_nic("ror-1", 1, "ror-7").ip_auto(false).ip_address("10.1.2.3").send().await
    });
    golden(&sent("detach", "nic_index=1"), &answer, async |session| Sap::new(session).detach_nic("ror-1", 1).send().await);
    // A field beside those that are known.
    golden(&sent("detach", "disk_index=1&keep=true"), &answer, async |session| {
        let mut detach = Sap::new(session).detach_disk("ror-1", 1);
        detach.document_mut().extra.insert("keep".to_owned(), "true".into());
        detach.send().await
    });
}

/// The caller's own fields, in the caller's order, in place of those that are unverified.
#[test]
fn forms_in_the_callers_words() {
    let task = golden(
        &format!("PUT /l_servers/ror%2F1/attach\n{FORM}\n\nsize=40&index=1&index=2&note=a%20%26%20b"),
        &format!("202\n\n{TASK}"),
        async |session| {
            let fields = [("size", "40"), ("index", "1"), ("index", "2"), ("note", "a & b")];
            Sap::new(session).send_form(&meta::ATTACH_DISK, &["ror/1"], fields).send().await
        },
    );
    is_the_task(&task);
    golden(&format!("PUT /server_images/erp_1/move\n{FORM}\n\ndisclosure=9"), &format!("202\n\n{TASK}"), async |session| {
        Sap::new(session).send_form(&meta::MOVE_CLONE_IMAGE, &["erp_1"], [("disclosure", "9")]).send().await
    });
    for operation in [&meta::CREATE_SERVER, &meta::SHOW_TASK, &meta::ENABLE_PROJECT, &k5::autoscale::meta::CREATE_SCHEDULE] {
        let path = vec!["a"; operation.params.iter().filter(|param| param.place.name() == "path").count()];
        let error = block_on(Sap::new(silent()).send_form(operation, &path, [("a", "b")]).send()).expect_err("no such form");
        assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidInput, Sent::No), "{error}");
        assert!(error.message().contains("does not take a form and answer with a task"), "{error}");
    }
    let error = block_on(Sap::new(silent()).send_form(&meta::ATTACH_DISK, &[], [("a", "b")]).send()).expect_err("no id");
    assert!(error.message().contains("resource_id is missing"), "{error}");
}

/// What must not be done twice is not sent twice; enabling and deleting may be.
#[test]
fn what_may_be_repeated() {
    for (operation, expected) in [
        (&meta::STOP_SERVER, false),
        (&meta::CHANGE_SERVER, false),
        (&meta::ATTACH_DISK, false),
        (&meta::CREATE_CLONE_IMAGE, false),
        (&meta::CREATE_SNAPSHOT, false),
        (&meta::RESTORE_SNAPSHOT, false),
        (&meta::CREATE_NETWORK, false),
        (&meta::ENABLE_PROJECT, true),
        (&meta::DELETE_SERVER, true),
        (&meta::LIST_NETWORKS, true),
    ] {
        assert_eq!(operation.idempotent, expected, "{}", operation.full_name());
    }
}

#[test]
fn list_server_templates() {
    let (session, seen) = session(&["200\n\n<LServerTemplates><LServerTemplate name=\"WS-4\"><CPU><CPUPerf>2.6</CPUPerf>\
         <NumOfCPU>4</NumOfCPU></CPU><Memory><MemorySize>16</MemorySize></Memory></LServerTemplate></LServerTemplates>"]);
    let sap = Sap::new(session);
    let one = block_on(sap.list_server_templates().verbose(true).send()).expect("listed").items.remove(0);
    let cpu = one.cpu.expect("processors");
    assert_eq!((one.name.as_str(), cpu.count.as_ref().and_then(Loose::get)), ("WS-4", Some(4)));
    assert_eq!(cpu.performance.as_ref().and_then(Loose::get), Some(2.6));
    assert_eq!(one.memory.expect("memory").size.as_ref().and_then(Loose::get), Some(16.0));
    block_on(sap.list_server_templates().send()).expect("listed");
    assert_eq!(seen.lines(), ["GET /templates/l_servers?verbose=true", "GET /templates/l_servers"]);
}

#[test]
fn show_task() {
    let task = golden("GET /tasks/tsk-2", &format!("200\n\n{TASK_FAILED}"), async |session| {
        Sap::new(session).show_task("tsk-2").send().await
    });
    assert_eq!(
        (task.status, task.start_time.as_ref().and_then(Loose::get), task.end_time),
        (TaskStatus::Error, None, Some(Loose::Text(String::new())))
    );
    let error = task.error.expect("an error");
    assert_eq!((error.code.as_deref(), error.message.as_deref()), (Some("67210"), Some("No room for the disk.")));
    assert_eq!(error.args.expect("arguments"), ["disk-1", "60 & more"]);
    let cause = &error.causes.expect("causes")[0];
    assert_eq!(
        (cause.product.as_deref(), cause.resource_name.as_deref(), cause.message.as_deref()),
        (Some("storage"), Some("pool-1"), Some("pool is full"))
    );
    assert_eq!((task.extra["control"]["level"].as_str(), task.resource), (Some("3"), None));
}
