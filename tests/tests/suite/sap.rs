//! Servers for SAP: tasks for everything, XML and forms.

use k5::ids::{ResourceId, TaskId};
use k5::sap::builder::CreateServer;
use k5::sap::{CloneImageScope, LServer, NewDisk, NewNic, PowerStatus, ResourceStatus, Sap, Task, TaskStatus};
use k5::{Cloud, Loose, Result};
use k5_tests::Scope;
use std::time::Duration;

const STEP: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(200));
const IMAGE: &str = "WindowsServer2012R2SE_64_en";
const ZONE: &str = "jp-east-1b";
const SUBNET: &str = "0b7a6b5c-1111-4222-8333-444455556666";

/// Waits for what was begun.
async fn done(sap: &Sap, begun: Result<Task>) -> Task {
    let task = begun.expect("accepted");
    assert_eq!(task.status, TaskStatus::Waiting);
    sap.wait_task(&task.id).completed().every(STEP.0, STEP.1).await.expect("completed")
}

/// The same for a deletion, whose task may be absent.
async fn gone(sap: &Sap, begun: Result<Option<Task>>) {
    if let Some(task) = begun.expect("accepted") {
        done(sap, Ok(task)).await;
    }
}

async fn network(sap: &Sap) -> ResourceId {
    let task = done(sap, sap.create_network(SUBNET, ZONE).send().await).await;
    task.resource.and_then(|resource| resource.id).expect("the network's id")
}

fn create(sap: &Sap, name: &str) -> CreateServer {
    sap.create_server(name, "WS-4", IMAGE).disks([NewDisk::new(0).size(80.5)]).availability_zone(ZONE)
}

async fn server(sap: &Sap, create: CreateServer) -> ResourceId {
    let task = done(sap, create.send().await).await;
    task.resource.and_then(|resource| resource.id).expect("the server's id")
}

async fn shown(sap: &Sap, id: &ResourceId) -> LServer {
    sap.show_server(id).send().await.expect("shown")
}

async fn power(sap: &Sap, id: &ResourceId) -> PowerStatus {
    shown(sap, id).await.status.and_then(|status| status.power_status).expect("a state")
}

fn status(error: &k5::Error) -> (Option<u16>, Option<&str>) {
    (error.status().map(|status| status.as_u16()), error.code())
}

/// A task makes a server, others start, stop, restart, change and delete it.
pub(crate) async fn servers(cloud: Cloud, scope: Scope) {
    let sap = cloud.sap();
    let templates = sap.list_server_templates().verbose(true).send().await.expect("listed").items;
    let template = templates.iter().find(|template| template.name == "WS-4").expect("there");
    assert_eq!(template.cpu.as_ref().and_then(|cpu| cpu.count.as_ref()).and_then(Loose::get), Some(4));
    let (network, name) = (network(&sap).await, scope.plain_name("erp"));
    let id = server(&sap, create(&sap, &name).nics([NewNic::on(0, &network)])).await;
    let listed = sap.list_servers().send().await.expect("listed").items;
    assert!(listed.iter().any(|server| server.id == id && server.name.as_deref() == Some(name.as_str())));
    let made = shown(&sap, &id).await;
    assert_eq!(made.template.map(|template| template.name).as_deref(), Some("WS-4"));
    let disks = made.disks.expect("a disk");
    assert_eq!(disks[0].size.as_ref().and_then(Loose::get), Some(80.5));
    let nic = &made.nics.expect("an interface")[0];
    let address = nic.networks.as_ref().and_then(|networks| networks[0].address.as_ref()).expect("an address");
    assert!(address.address.as_deref().is_some_and(|address| address.parse::<std::net::Ipv4Addr>().is_ok()), "{address:?}");
    assert_eq!(power(&sap, &id).await, PowerStatus::Off, "a new server is not started");
    let internal = sap.show_server(&id).internal(true).send().await.expect("shown");
    assert!(internal.status.is_some_and(|status| status.base_image_id.is_some()));

    let error = sap.stop_server(&id).send().await.expect_err("it does not run");
    assert!(error.is_conflict() && error.code().is_some(), "{error}");
    done(&sap, sap.start_server(&id).send().await).await;
    done(&sap, sap.restart_server(&id).force(true).send().await).await;
    assert_eq!(power(&sap, &id).await, PowerStatus::On);
    assert!(sap.change_server(&id, &name).template("WS-8").send().await.expect_err("it runs").is_conflict());
    done(&sap, sap.stop_server(&id).force(false).send().await).await;
    let other = format!("{}.2", &name[..20]);
    done(&sap, sap.change_server(&id, &other).template("WS-8").send().await).await;
    let changed = shown(&sap, &id).await;
    assert_eq!((changed.name, changed.template.map(|template| template.name)), (Some(other), Some("WS-8".to_owned())));
    gone(&sap, sap.delete_server(&id).send().await).await;
    assert!(sap.show_server(&id).send().await.expect_err("gone").is_not_found());

    let failing = create(&sap, &format!("fail-{}", &name[..20])).send().await.expect("accepted");
    let error = sap.wait_task(&failing.id).completed().every(STEP.0, STEP.1).await.expect_err("it fails");
    assert!(error.is_failed() && error.message().contains("the task went to error: fail-"), "{error}");
    assert!(error.message().contains("(67210)"), "with the service's number: {error}");
    let failed = shown(&sap, &failing.resource.and_then(|resource| resource.id).expect("an id")).await;
    assert_eq!(failed.status.and_then(|status| status.resource_status), Some(ResourceStatus::Error));
    let error = sap.show_server("ror-none").send().await.expect_err("none");
    assert!(error.is_not_found() && error.code().is_some(), "{error}");
    let error = create(&sap, &name).nics([NewNic::on(0, "ror-none")]).send().await.expect_err("no such network");
    assert_eq!(status(&error), (Some(400), Some("67154")), "{error}");
}

/// Attaching and detaching is one operation each, whatever it is that is attached.
pub(crate) async fn disks_and_interfaces(cloud: Cloud, scope: Scope) {
    let sap = cloud.sap();
    let network = network(&sap).await;
    let id = server(&sap, create(&sap, &scope.plain_name("parts"))).await;
    done(&sap, sap.attach_disk(&id, 3, 40.5).send().await).await;
    let disks = shown(&sap, &id).await.disks.expect("disks");
    let of = |disk: &k5::sap::Disk| (disk.index.as_ref().and_then(Loose::get), disk.size.as_ref().and_then(Loose::get));
    assert_eq!(disks.iter().map(of).collect::<Vec<_>>(), [(Some(0), Some(80.5)), (Some(3), Some(40.5))]);
    assert!(sap.attach_disk(&id, 3, 1.0).send().await.expect_err("there is one").is_conflict());
    done(&sap, sap.detach_disk(&id, 3).send().await).await;
    assert_eq!(shown(&sap, &id).await.disks.map(|disks| disks.len()), Some(1));

    done(&sap, sap.attach_nic(&id, 0, &network).ip_auto(true).send().await).await;
    let nics = shown(&sap, &id).await.nics.expect("interfaces");
    assert_eq!(nics[0].networks.as_ref().and_then(|networks| networks[0].id.clone()), Some(network.clone()));
    let error = sap.delete_network(&network).send().await.expect_err("it is in use");
    assert!(error.is_conflict() && error.code().is_some(), "{error}");
    done(&sap, sap.detach_nic(&id, 0).send().await).await;
    assert_eq!(shown(&sap, &id).await.nics, None);
    // What the emulator does not know, it says.
    let form = sap.send_form(&k5::sap::meta::ATTACH_DISK, &[id.as_str()], [("index", "4"), ("size", "40")]);
    let error = form.send().await.expect_err("other names");
    assert!(error.message().contains("index, size"), "{error}");
    let form = sap.send_form(&k5::sap::meta::ATTACH_DISK, &[id.as_str()], [("disk_size", "40"), ("disk_index", "4")]);
    done(&sap, form.send().await).await;
}

/// A server's clone is an image that servers are made of, and its snapshots are what it goes back to.
pub(crate) async fn clones_and_snapshots(cloud: Cloud, scope: Scope) {
    let sap = cloud.sap();
    let id = server(&sap, create(&sap, &scope.plain_name("source"))).await;
    done(&sap, sap.start_server(&id).send().await).await;
    let error = sap.create_clone_image("golden_1", &id).send().await.expect_err("it runs");
    assert!(error.is_conflict(), "{error}");
    done(&sap, sap.stop_server(&id).send().await).await;
    let task = sap.create_clone_image("golden_1", &id).comment("全 before").send().await.expect("accepted");
    assert_eq!(task.resource, None);
    done(&sap, Ok(task)).await;
    let list =
        async |cloud: &Cloud| cloud.sap().list_clone_images().verbose(true).disk_size(true).send().await.expect("listed").items;
    let images = list(&cloud).await;
    let image = images.iter().find(|image| image.name == "golden_1").expect("listed");
    assert_eq!((image.comment.as_deref(), &image.scope), (Some("全 before"), &Some(CloneImageScope::Project)));
    assert!(image.created_at.as_ref().and_then(Loose::get).is_some());
    assert_eq!(image.disks.as_ref().expect("disks")[0].size.as_ref().and_then(Loose::get), Some(80.5));
    assert!(images.iter().any(|image| image.name == IMAGE), "the provider's too");
    let plain = sap.list_clone_images().availability_zone(ZONE).send().await.expect("listed").items;
    assert!(plain.iter().any(|image| image.name == "golden_1" && image.comment.is_none() && image.disks.is_none()));

    let theirs = |images: Vec<k5::sap::CloneImage>| images.iter().any(|image| image.name == "golden_1");
    assert!(!theirs(list(scope.other()).await));
    done(&sap, sap.move_clone_image("golden_1", CloneImageScope::Domain).send().await).await;
    assert!(theirs(list(scope.other()).await));
    let copy = server(&sap, sap.create_server(scope.plain_name("copy"), "WS-4", "golden_1").availability_zone(ZONE)).await;
    assert_eq!(shown(&sap, &copy).await.disks.expect("a disk")[0].size.as_ref().and_then(Loose::get), Some(80.5));
    gone(&sap, sap.delete_clone_image("golden_1").send().await).await;
    assert!(!theirs(list(&cloud).await));
    assert!(sap.delete_clone_image("golden_1").send().await.expect_err("gone").is_not_found());

    let task = done(&sap, sap.create_snapshot(&id).send().await).await;
    assert_eq!(task.resource.and_then(|resource| resource.id), Some(id.clone()), "the server's, not the snapshot's");
    let snapshots = async || shown(&sap, &id).await.snapshots.unwrap_or_default();
    let snapshot = snapshots().await.remove(0);
    let snapshot_id = snapshot.id.expect("an id");
    assert_eq!(snapshot.version.as_deref(), Some("1"));
    done(&sap, sap.restore_snapshot(&snapshot_id).send().await).await;
    gone(&sap, sap.delete_snapshot(&snapshot_id).send().await).await;
    assert!(snapshots().await.is_empty());
    assert!(sap.restore_snapshot(&snapshot_id).send().await.expect_err("gone").is_not_found());
}

/// Each availability zone has a task of its own; what is not empty stays.
pub(crate) async fn projects_and_networks(cloud: Cloud, _: Scope) {
    let sap = cloud.sap();
    let project = cloud.token().await.expect("a login").and_then(|token| token.project_id().map(str::to_owned)).expect("a project");
    let all = async |tasks: Vec<Task>| {
        let ids: Vec<TaskId> = tasks.into_iter().map(|task| task.id).collect();
        sap.wait_tasks(&ids).every(STEP.0, STEP.1).await.expect("completed")
    };
    assert!(sap.show_project(&*project).send().await.expect_err("never enabled").is_not_found());
    let error = sap.enable_project("00000000000000000000000000000000").send().await.expect_err("another's");
    assert_eq!(status(&error), (Some(403), None), "{error}");
    let tasks = sap.enable_project(&*project).availability_zone(ZONE).send().await.expect("accepted").items;
    assert_eq!(tasks.iter().map(|task| task.availability_zone.as_deref()).collect::<Vec<_>>(), [Some(ZONE)]);
    assert!(all(tasks).await.iter().all(|task| task.status == TaskStatus::Completed && task.resource.is_none()));
    all(sap.enable_project(&*project).send().await.expect("again, and elsewhere").items).await;
    let shown = sap.show_project(&*project.to_uppercase()).send().await.expect("shown");
    assert_eq!(shown.name, project);
    assert!(shown.availability_zones.expect("zones").contains(&ZONE.to_owned()));

    let network = network(&sap).await;
    let listed = sap.list_networks().verbose(true).availability_zone(ZONE).send().await.expect("listed").items;
    assert_eq!(listed[0].id, network);
    assert!(listed[0].gateway().is_some() && listed[0].reserved_addresses().is_empty() && !listed[0].excluded().is_empty());
    let error = sap.create_network(SUBNET, ZONE).send().await.expect_err("there is one");
    assert!(error.is_conflict(), "{error}");
    let error = sap.disable_project(&*project).send().await.expect_err("it has a network");
    assert!(error.is_conflict() && error.message().contains("has resources"), "{error}");
    gone(&sap, sap.delete_network(&network).send().await).await;
    assert!(sap.list_networks().send().await.expect("listed").items.is_empty());
    assert!(sap.delete_network(&network).send().await.expect_err("gone").is_not_found());

    let tasks = sap.disable_project(&*project).availability_zone(ZONE).send().await.expect("accepted").items;
    all(tasks).await;
    let error = sap.create_network(SUBNET, ZONE).send().await.expect_err("disabled");
    assert!(error.is_conflict(), "{error}");
    all(sap.disable_project(&*project).send().await.expect("accepted").items).await;
    assert!(sap.show_project(&*project).send().await.expect_err("nowhere").is_not_found());
}

k5_tests::cases! {
    servers [
        sap.create_server, sap.list_servers, sap.show_server, sap.start_server, sap.stop_server, sap.restart_server, sap.change_server,
        sap.delete_server, sap.show_task, sap.list_server_templates,
    ]
    disks_and_interfaces [sap.attach_disk, sap.detach_disk, sap.attach_nic, sap.detach_nic]
    clones_and_snapshots [
        sap.create_clone_image, sap.list_clone_images, sap.move_clone_image, sap.delete_server_image, sap.create_snapshot,
        sap.restore_snapshot,
    ]
    projects_and_networks [
        sap.enable_project, sap.disable_project, sap.show_project, sap.create_network, sap.list_networks, sap.delete_network,
    ]
}
