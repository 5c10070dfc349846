//! Virtual servers for SAP: XML and forms out, XML in.

use crate::fake::golden;
use crate::fixtures::sap::{CREATE, DECLARATION, TASK, TASK_FAILED};
use k5::Loose;
use k5::sap::{DnsServer, NewDisk, NewNic, OsSetting, PowerStatus, ResourceStatus, Sap, TaskStatus};
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
    assert_eq!((server.dedicated.as_deref(), page.items.len()), (Some("true"), 1));
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
