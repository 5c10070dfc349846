//! Servers that are changed: renamed, built anew, shelved; and what they tell of their password and flavor.

use super::servers::{FLAVORS, PATIENCE, cirros, running};
use super::volumes::NOBODY;
use k5::Cloud;
use k5::compute::{Compute, Server, ServerStatus};
use k5::ids::ServerId;
use k5_tests::Scope;
use std::time::Duration;

const STEP: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

fn status(error: &k5::Error) -> (Option<u16>, Option<&str>) {
    (error.status().map(|status| status.as_u16()), error.code())
}

async fn active(compute: &Compute, id: &ServerId) -> Server {
    compute.wait_server(id).active().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("runs")
}

/// A name and addresses for access change, each alone.
pub(crate) async fn are_updated(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let server = running(&cloud, &scope, "before").await;
    let name = scope.plain_name("after");
    let updated = compute.update_server(&server.id).name(&name).send().await.expect("renamed");
    assert_eq!((updated.id, updated.name.as_deref()), (server.id.clone(), Some(name.as_str())));
    let update = compute.update_server(&server.id).access_ipv4("192.0.2.1").access_ipv6("2001:db8::1");
    update.disk_config("AUTO").send().await.expect("changed");
    let shown = compute.show_server(&server.id).send().await.expect("shown");
    assert_eq!((shown.name.as_deref(), shown.access_ipv4.as_deref()), (Some(name.as_str()), Some("192.0.2.1")));
    assert_eq!(
        (shown.access_ipv6.as_deref(), shown.disk_config.as_ref().map(|config| config.as_str())),
        (Some("2001:db8::1"), Some("AUTO"))
    );
    let error = compute.update_server(&server.id).access_ipv4("somewhere").send().await.expect_err("no address");
    assert_eq!(status(&error), (Some(400), Some("badRequest")), "{error}");
    let error = compute.update_server(NOBODY).name("n").send().await.expect_err("no such server");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

/// From an image again: running servers run again, stopped ones stay stopped.
pub(crate) async fn are_rebuilt(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let image = cirros(&cloud).await;
    let server = running(&cloud, &scope, "old").await;
    compute.update_server_metadata(&server.id, [("old", "1")]).send().await.expect("set");
    let name = scope.plain_name("new");
    let rebuild = compute.rebuild_server(&server.id, &image).name(&name).metadata([("new", "2")]).admin_password("Secr3t!");
    let accepted = rebuild.send().await.expect("accepted");
    assert_eq!((accepted.id, accepted.status), (server.id.clone(), Some(ServerStatus::Rebuild)));
    assert_eq!(accepted.admin_password.as_ref().map(k5::Secret::expose), Some("Secr3t!"), "the password comes once");
    let rebuilt = active(&compute, &server.id).await;
    assert_eq!((rebuilt.name.as_deref(), rebuilt.addresses), (Some(name.as_str()), server.addresses));
    assert!(rebuilt.admin_password.is_none(), "and never again");
    let metadata = rebuilt.metadata.expect("metadata");
    assert_eq!((metadata.len(), metadata["new"].as_str()), (1, "2"), "in the place of the old ones");

    compute.stop_server(&server.id).send().await.expect("accepted");
    compute.wait_server(&server.id).stopped().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("stops");
    let accepted = compute.rebuild_server(&server.id, &image).send().await.expect("accepted");
    assert!(accepted.admin_password.is_some_and(|password| password != "Secr3t!".into()), "a new one");
    compute.wait_server(&server.id).stopped().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("stays stopped");
    for unknown in [NOBODY, "cirros"] {
        let error = compute.rebuild_server(&server.id, unknown).send().await.expect_err("no such image");
        assert_eq!(status(&error), (Some(400), Some("badRequest")), "{error}");
    }
    let error = compute.rebuild_server(NOBODY, &image).send().await.expect_err("no such server");
    assert!(error.is_not_found(), "{error}");
}

/// Off its host and back, with its volumes.
pub(crate) async fn are_shelved(cloud: Cloud, scope: Scope) {
    let (compute, storage) = (cloud.compute(), cloud.block_storage());
    let server = running(&cloud, &scope, "shelved").await;
    let id = &server.id;
    let volume = scope.volume(storage.create_volume(1)).await.id;
    super::volumes::available(&storage, &volume).await;
    compute.attach_volume(id, &volume).send().await.expect("attached");
    storage.wait_volume(&volume).in_use().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("in use");
    let error = compute.unshelve_server(id).send().await.expect_err("it is not shelved");
    assert_eq!(status(&error), (Some(409), Some("conflictingRequest")), "{error}");

    compute.shelve_server(id).send().await.expect("accepted");
    compute.wait_server(id).shelved().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("shelved");
    let offloaded = compute.wait_server(id).offloaded().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("offloaded");
    assert_eq!((offloaded.status, offloaded.host_id.as_deref()), (Some(ServerStatus::ShelvedOffloaded), Some("")));
    assert_eq!(
        (offloaded.vm_state.as_ref().map(|state| state.as_str()), offloaded.power_state),
        (Some("shelved_offloaded"), Some(4))
    );
    for error in [
        compute.shelve_server(id).send().await.expect_err("it is shelved"),
        compute.start_server(id).send().await.expect_err("it is shelved"),
        compute.create_interface(id).send().await.map(drop).expect_err("it is shelved"),
        compute.detach_volume(id, &volume).send().await.expect_err("it is shelved"),
    ] {
        assert_eq!(status(&error), (Some(409), Some("conflictingRequest")), "{error}");
    }
    let kept = compute.list_volume_attachments(id).send().await.expect("listed").items;
    assert_eq!(kept.iter().map(|attachment| &attachment.id).collect::<Vec<_>>(), [&volume]);

    compute.unshelve_server(id).send().await.expect("accepted");
    let back = active(&compute, id).await;
    assert_eq!((back.addresses, back.host_id.is_some_and(|host| !host.is_empty())), (server.addresses, true));
    storage.wait_volume(&volume).in_use().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("in use again");
    let error = compute.shelve_server(NOBODY).send().await.expect_err("no such server");
    assert!(error.is_not_found(), "{error}");
}

/// One without Windows sets none.
pub(crate) async fn have_no_password_of_their_own(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let server = running(&cloud, &scope, "password").await;
    assert!(!compute.show_server_password(&server.id).send().await.expect("shown").is_set());
    let error = compute.show_server_password(NOBODY).send().await.expect_err("no such server");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

/// The sizes of flavors.
pub(crate) async fn flavors(cloud: Cloud, _: Scope) {
    let compute = cloud.compute();
    let listed = compute.list_flavors_detail().limit(1).items().collect().await.expect("listed");
    for id in FLAVORS {
        let flavor = compute.show_flavor(id).send().await.expect("shown");
        assert_eq!((flavor.id.as_str(), flavor.is_public), (id, Some(true)));
        assert!(flavor.ram.is_some_and(|ram| ram >= 512) && flavor.vcpus.is_some() && flavor.disk.is_some());
        assert_eq!(listed.iter().find(|listed| listed.id == id).and_then(|listed| listed.ram), flavor.ram);
    }
    let large = compute.list_flavors_detail().min_ram(2048).items().collect().await.expect("listed");
    assert!(!large.is_empty() && large.len() < listed.len() && large.iter().all(|flavor| flavor.ram >= Some(2048)));
    let error = compute.show_flavor("none").send().await.expect_err("no such flavor");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

k5_tests::cases! {
    are_updated [compute.update_server]
    are_rebuilt [compute.rebuild_server]
    are_shelved [compute.shelve_server, compute.unshelve_server]
    have_no_password_of_their_own [compute.show_server_password]
    flavors [compute.show_flavor, compute.list_flavors_detail]
}
