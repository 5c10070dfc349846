//! What K5 alone has: restoring snapshots, schedules, imports, dedicated hosts, failures on the server's side.

use super::compute::servers::{FLAVORS, cirros};
use k5::Cloud;
use k5::compute::{PrivateKey, ServerGroupPolicy};
use k5::vm_import::ImportState;
use k5_tests::Scope;
use std::process::Command;
use std::time::Duration;

const STEP: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(200));

/// A volume goes back to what it was.
pub(crate) async fn snapshots_are_restored(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let volume = scope.volume(storage.create_volume(1).name(scope.plain_name("restored"))).await;
    storage.wait_volume(&volume.id).available().every(STEP.0, STEP.1).await.expect("available");
    let snapshot = scope.snapshot(storage.create_snapshot(&volume.id)).await;
    storage.wait_snapshot(&snapshot.id).available().every(STEP.0, STEP.1).await.expect("made");
    storage.extend_volume(&volume.id, 3).send().await.expect("accepted");
    storage.wait_volume(&volume.id).available().every(STEP.0, STEP.1).await.expect("larger");
    storage.restore_snapshot(&snapshot.id).send().await.expect("accepted");
    let restored = storage.wait_volume(&volume.id).available().every(STEP.0, STEP.1).await.expect("restored");
    assert_eq!(restored.size, Some(1), "as it was when the snapshot was made");
    let error = storage.restore_snapshot("00000000-0000-0000-0000-000000000000").send().await.expect_err("no such snapshot");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

/// The zones that K5 adds, and what an image tells that did not reach the other one.
pub(crate) async fn zones_of_storage(cloud: Cloud, scope: Scope) {
    let (storage, proxy) = (cloud.block_storage(), cloud.volume_proxy());
    let kind = storage.list_volume_types().send().await.expect("listed").items.remove(0);
    let zone = storage.show_volume_type(&kind.id).send().await.expect("shown").availability_zone;
    assert!(kind.availability_zone.is_none() && zone.is_some(), "only a single type has its zone");
    let volume = scope.volume(storage.create_volume(1)).await;
    storage.wait_volume(&volume.id).available().every(STEP.0, STEP.1).await.expect("available");
    let snapshot = scope.snapshot(storage.create_snapshot(&volume.id)).await;
    storage.wait_snapshot(&snapshot.id).available().every(STEP.0, STEP.1).await.expect("made");
    let short = storage.list_snapshots().send().await.expect("listed").items.remove(0);
    let full = storage.list_snapshots_detail().send().await.expect("listed").items.remove(0);
    assert_eq!((&short.availability_zone, &full.availability_zone), (&None, &zone));
    let short = proxy.list_snapshots().send().await.expect("listed").items.remove(0);
    let full = proxy.list_snapshots_detail().send().await.expect("listed").items.remove(0);
    assert_eq!((&short.availability_zone, &full.availability_zone), (&None, &zone));
    assert_eq!(proxy.show_snapshot(&snapshot.id).send().await.expect("shown").availability_zone, zone);

    let upload = storage.upload_volume_to_image(&volume.id, "fail-golden").send().await.expect("accepted");
    scope.owns_image(&upload.image_id);
    let image = cloud.image().wait_image(&upload.image_id).active().every(STEP.0, STEP.1).await.expect("active all the same");
    assert!(image.sync_status_reason.is_some_and(|reason| reason.starts_with("ERROR")));
}

/// A volume that a server has becomes an image or a snapshot only by force, and stays in use.
pub(crate) async fn volumes_in_use(cloud: Cloud, scope: Scope) {
    let (compute, storage, proxy) = (cloud.compute(), cloud.block_storage(), cloud.volume_proxy());
    let volume = scope.volume(storage.create_volume(1).image_ref(cirros(&cloud).await).volume_type("M1")).await.id;
    storage.wait_volume(&volume).available().every(STEP.0, STEP.1).await.expect("available");
    let created = scope.server(compute.create_server_from_volume(scope.plain_name("user"), FLAVORS[0], &volume)).await;
    compute.wait_server(&created.id).active().every(STEP.0, STEP.1).await.expect("runs");
    let used = storage.wait_volume(&volume).in_use().every(STEP.0, STEP.1).await.expect("in use");
    assert_eq!(used.volume_type, Some(k5::Loose::Text("M1".to_owned())));

    let name = scope.plain_name("forced");
    for error in [
        storage.upload_volume_to_image(&volume, &name).send().await.map(drop).expect_err("it is in use"),
        proxy.create_snapshot(&volume).display_name(&name).send().await.map(drop).expect_err("it is in use"),
    ] {
        assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    }
    let snapshot = proxy.create_snapshot(&volume).force(k5::Loose::Text("True".to_owned())).send().await.expect("forced");
    scope.owns_snapshot(&snapshot.id);
    let upload = storage.upload_volume_to_image(&volume, &name).force(true).send().await.expect("forced");
    scope.owns_image(&upload.image_id);
    let kind = upload.volume_type.as_ref().and_then(k5::Loose::value).expect("an object");
    assert_eq!((kind.name.as_deref(), upload.disk_format.as_deref()), (Some("M1"), Some("raw")));
    cloud.image().wait_image(&upload.image_id).active().every(STEP.0, STEP.1).await.expect("uploaded");
    storage.wait_volume(&volume).in_use().every(STEP.0, STEP.1).await.expect("in use again");
    let attached = proxy.show_volume(&volume).send().await.expect("shown").attachments.expect("a server");
    assert_eq!(attached[0].server_id.as_ref(), Some(&created.id));
}

/// The older version of the image service keeps what it is not told to remove.
pub(crate) async fn images_by_version_1(cloud: Cloud, scope: Scope) {
    let images = cloud.image();
    let image = scope.image(&cloud).await;
    let name = scope.plain_name("v1");
    let update = images.update_image_v1(&image).name(&name).min_ram(64).property("os-type", "linux");
    let updated = update.send().await.expect("updated");
    assert_eq!((updated.name.as_ref(), updated.min_ram, updated.size), (Some(&name), Some(64), Some(1024)));
    assert_eq!((updated.is_public, updated.deleted, updated.deleted_at), (Some(false), Some(false), None));
    let updated = images.update_image_v1(&image).property("tier", "web").protected(true).send().await.expect("updated");
    let properties = updated.properties.expect("properties");
    assert_eq!((properties["os_type"].as_deref(), properties["tier"].as_deref()), (Some("linux"), Some("web")));
    let shown = images.show_image(&image).send().await.expect("shown");
    assert_eq!((shown.name, shown.protected, &shown.extra["os_type"]), (Some(name), Some(true), &"linux".into()));

    let status = |error: &k5::Error| error.status().map(|status| status.as_u16());
    for error in [
        images.update_image_v1(&image).id("another").send().await.expect_err("the id stays"),
        images.update_image_v1(&image).checksum("8d2f").send().await.expect_err("and the checksum"),
        images.update_image_v1(&image).is_public(true).send().await.expect_err("for administrators"),
        images.update_image_v1(cirros(&cloud).await).name("mine").send().await.expect_err("not ours"),
    ] {
        assert_eq!(status(&error), Some(403), "{error}");
    }
    let error = images.update_image_v1(&image).location("http://h/x").send().await.expect_err("it has its data");
    assert_eq!(status(&error), Some(400), "{error}");
    assert!(images.update_image_v1("none").send().await.expect_err("none").is_not_found());
    let purged = images.update_image_v1(&image).protected(false).purge_properties(true).send().await.expect("purged");
    assert_eq!((purged.properties.map(|left| left.len()), purged.protected), (Some(0), Some(false)));
}

/// Images that are private can be shared, and K5 shows a size as text; what has no checksum refuses Nova's metadata.
pub(crate) async fn images_of_k5(cloud: Cloud, scope: Scope) {
    let (images, compute, theirs) = (cloud.image(), cloud.compute(), scope.other().image());
    let project = scope.other().token().await.expect("a login").and_then(|token| token.project_id().map(str::to_owned));
    let project = project.expect("a project");
    let image = scope.image(&cloud).await;
    images.create_image_member(&image, &*project).send().await.expect("shared");
    theirs.update_image_member(&image, &*project, "accepted").send().await.expect("accepted");
    let listed = scope.other().compute().list_images_detail().items().collect().await.expect("listed");
    let shown = listed.iter().find(|listed| listed.id == image).expect("by the compute service, too");
    assert_eq!(shown.size, Some(k5::Loose::Text("1024".to_owned())));
    let error = images.create_image_member(cirros(&cloud).await, &*project).send().await.expect_err("it is public");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403), "{error}");

    let bare = images.create_image(scope.plain_name("bare")).send().await.expect("created");
    scope.owns_image(&bare.id);
    let error = compute.replace_image_metadata(&bare.id, [("k", "v")]).send().await.expect_err("no checksum");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    let many = (0..200).map(|n| (format!("k{n}"), "v"));
    let error = compute.update_image_metadata(&image, many).send().await.expect_err("too many");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(413), Some("overLimit")), "{error}");
}

/// Schedules: unique names, and gone when deleted.
pub(crate) async fn schedules(cloud: Cloud, scope: Scope) {
    let autoscale = cloud.autoscale();
    let project = cloud.token().await.expect("a login").and_then(|token| token.project_id().map(str::to_owned)).expect("a project");
    let name: String = scope.plain_name("scale").chars().filter(char::is_ascii_alphanumeric).collect();
    let url = "http://orchestration.example.com/v1/p/stacks/s/1/resources/up/signal";
    let create = || autoscale.create_schedule(&name, url, "*/5 8-18 * * mon-fri", &*project, "POST");
    let made = create().send().await.expect("registered");
    assert_eq!((made.name.as_str(), made.time.as_deref()), (name.as_str(), Some("*/5 8-18 * * mon-fri")));
    let error = create().send().await.expect_err("the name is taken");
    assert!(error.is_conflict(), "{error}");
    let listed = autoscale.list_schedules().send().await.expect("listed").items;
    assert_eq!(listed.iter().filter(|schedule| schedule.name == name).count(), 1);
    autoscale.delete_schedule(&name).send().await.expect("deleted");
    assert!(autoscale.delete_schedule(&name).send().await.expect_err("gone").is_not_found());
}

/// A disk in object storage becomes an image, or not.
pub(crate) async fn imports(cloud: Cloud, scope: Scope) {
    let (import, swift) = (cloud.vm_import(), cloud.object_storage());
    let container = scope.container(&cloud, "disks").await;
    for object in ["web.vmdk", "fail-web.vmdk"] {
        swift.upload(&container, object).from_bytes("disk").send().await.expect("stored");
    }
    let project = cloud.token().await.expect("a login").and_then(|token| token.project_id().map(str::to_owned)).expect("a project");
    let place = |object: &str| format!("/v1/AUTH_{project}/{container}/{object}");
    let name = scope.plain_name("imported");
    let id = import.register_image(&name, place("web.vmdk"), "centos").min_disk(30).send().await.expect("registered");
    let done = import.wait_import(&id).succeeded().every(STEP.0, STEP.1).await.expect("imported");
    assert_eq!((done.import_status, done.name.as_deref()), (ImportState::Succeeded, Some(name.as_str())));
    let image = cloud.image().show_image(done.id.expect("an image")).send().await.expect("shown");
    assert_eq!((image.checksum, image.min_disk), (None, Some(30)), "imported images have no checksum");
    let error = cloud.compute().set_image_metadata_item(&image.id, "k", "v").send().await.expect_err("and no metadata items");
    assert!((400..500).contains(&error.status().expect("a status").as_u16()), "{error}");

    let failing = import.register_image(&name, place("fail-web.vmdk"), "centos").send().await.expect("registered");
    let error = import.wait_import(&failing).succeeded().every(STEP.0, STEP.1).await.expect_err("it fails");
    assert!(error.is_failed() && error.message().contains("failed"), "{error}");
    let error = import.register_image(&name, place("nowhere.vmdk"), "centos").send().await.expect_err("there is no such object");
    assert!(error.status().is_some_and(|status| status == 400) && error.code().is_some(), "{error}");
    assert!(import.show_import_status("no-such-import").send().await.expect_err("none").is_not_found());

    // The newest first, one a page.
    let listed = import.list_imports().limit(1).items().collect().await.expect("listed");
    let ids: Vec<_> = listed.iter().map(|import| &import.import_id).collect();
    let at = |id| ids.iter().position(|listed| *listed == id).expect("listed");
    assert!(at(&failing) < at(&id));
}

/// The server's own words for what went wrong on its side, and what K5 adds to a server.
pub(crate) async fn failures_are_told(cloud: Cloud, scope: Scope) {
    let (compute, storage) = (cloud.compute(), cloud.block_storage());
    let image = cirros(&cloud).await;
    let reason = "No valid host was found.";
    let create = compute.create_server(scope.plain_name("fails"), FLAVORS[0], &image).metadata([("k5.emulator.fail", reason)]);
    let created = scope.server(create).await;
    let error = compute.wait_server(&created.id).active().every(STEP.0, STEP.1).await.expect_err("it fails");
    assert!(error.is_failed(), "{error}");
    assert_eq!(error.message(), format!("the server went to ERROR: {reason}"));
    let volume = scope.volume(storage.create_volume(1).metadata([("k5.emulator.fail", "full")])).await;
    let error = storage.wait_volume(&volume.id).available().every(STEP.0, STEP.1).await.expect_err("it fails");
    assert!(error.is_failed() && error.message().contains("went to error"), "{error}");

    let create = compute.create_server(scope.plain_name("own"), FLAVORS[0], &image).scheduler_hints([("fcx.dedicated", "true")]);
    let created = scope.server(create).await;
    let server = compute.wait_server(&created.id).active().every(STEP.0, STEP.1).await.expect("runs");
    let hints = server.scheduler_hints.as_ref().or(server.scheduler_hints_capital.as_ref()).expect("hints");
    assert!(hints.contains_key("fcx.dedicated"), "{hints:?}");
    assert!(server.extended_attributes().host.is_some());
}

/// The zones that K5 adds to what belongs to servers.
pub(crate) async fn zones_of_servers(cloud: Cloud, scope: Scope) {
    let (compute, storage) = (cloud.compute(), cloud.block_storage());
    let policy = || vec![ServerGroupPolicy::AntiAffinity];
    let group = compute.create_server_group(scope.plain_name("here"), policy()).availability_zone("jp-east-1b").send().await;
    let group = group.expect("created");
    scope.owns_server_group(&group.id);
    let shown = compute.show_server_group(&group.id).send().await.expect("shown");
    assert_eq!((group.availability_zone, shown.availability_zone.as_deref()), (None, Some("jp-east-1b")));

    let create = compute.create_server(scope.plain_name("here"), FLAVORS[0], cirros(&cloud).await).availability_zone("jp-east-1b");
    let server = scope.server(create).await.id;
    compute.wait_server(&server).active().every(STEP.0, STEP.1).await.expect("runs");
    let volume = scope.volume(storage.create_volume(1).availability_zone("jp-east-1b")).await.id;
    storage.wait_volume(&volume).available().every(STEP.0, STEP.1).await.expect("available");
    let attached = compute.attach_volume(&server, &volume).send().await.expect("attached");
    let shown = compute.show_volume_attachment(&server, &volume).send().await.expect("shown");
    assert_eq!((attached.availability_zone, shown.availability_zone.as_deref()), (None, Some("jp-east-1b")));
    let elsewhere = scope.volume(storage.create_volume(1)).await.id;
    storage.wait_volume(&elsewhere).available().every(STEP.0, STEP.1).await.expect("available");
    let error = compute.attach_volume(&server, &elsewhere).send().await.expect_err("in another zone");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    assert!(error.message().contains("not in the same availability_zone"), "{error}");
    let address = "10.0.9.9";
    let network = compute.list_interfaces(&server).send().await.expect("listed").items.remove(0).net_id.expect("a network");
    let made = compute.create_interface(&server).net_id(network).fixed_ip(address).send().await.expect("made");
    assert_eq!(made.fixed_ips.expect("addresses")[0].ip_address.as_deref(), Some(address));
}

/// A server encrypts its password for its key pair, whose private key opens it.
pub(crate) async fn passwords_of_servers(cloud: Cloud, scope: Scope) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("key");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "rsa", "-b", "2048", "-N", "open sesame", "-f"]).arg(&file).status();
    let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    let compute = cloud.compute();
    let name = scope.keypair("windows");
    // Without the tool there is no key of RSA, and so no password.
    let key = made.is_ok_and(|status| status.success()).then(|| (text("key"), text("key.pub")));
    let pair = compute.create_keypair(&name);
    let pair = if let Some((_, public)) = &key { pair.public_key(public) } else { pair };
    pair.send().await.expect("a key pair");
    let image = cirros(&cloud).await;
    let create = compute.create_server(scope.plain_name("windows"), FLAVORS[0], &image).key_name(&*name).admin_password("Gehe1m-ü");
    let server = scope.server(create).await.id;
    let early = compute.show_server_password(&server).send().await.expect("shown");
    assert!(!early.is_set(), "not before it runs");
    compute.wait_server(&server).active().every(STEP.0, STEP.1).await.expect("runs");
    let password = compute.show_server_password(&server).send().await.expect("shown");
    let Some((private, _)) = key else { return assert!(!password.is_set()) };
    let private = PrivateKey::read(&private, || Ok(Some("open sesame".into()))).expect("a private key");
    assert_eq!(password.decrypt(&private).expect("decrypted").expose(), "Gehe1m-ü");
    let error = early.decrypt(&private).expect_err("too early");
    assert!(error.message().contains("has not set a password yet"), "{error}");
    let rebuilt = compute.rebuild_server(&server, &image).send().await.expect("accepted").admin_password.expect("a new password");
    compute.wait_server(&server).active().every(STEP.0, STEP.1).await.expect("runs again");
    let password = compute.show_server_password(&server).send().await.expect("shown");
    assert_eq!(password.decrypt(&private).expect("decrypted"), rebuilt);
}

k5_tests::cases! {
    zones_of_servers [compute.create_server_group, compute.show_volume_attachment, compute.create_interface]
    passwords_of_servers [compute.show_server_password, compute.rebuild_server]
    snapshots_are_restored [block_storage.restore_snapshot, block_storage.create_snapshot]
    zones_of_storage [block_storage.show_volume_type, volume_proxy.show_snapshot, block_storage.upload_volume_to_image]
    volumes_in_use [block_storage.upload_volume_to_image, volume_proxy.create_snapshot, volume_proxy.show_volume]
    images_by_version_1 [image.update_image_v1]
    images_of_k5 [image.create_image_member, image.update_image_member, compute.list_images_detail, compute.update_image_metadata]
    schedules [autoscale.create_schedule, autoscale.list_schedules, autoscale.delete_schedule]
    imports [vm_import.register_image, vm_import.show_import_status, vm_import.list_imports]
    failures_are_told [compute.create_server, block_storage.create_volume]
}
