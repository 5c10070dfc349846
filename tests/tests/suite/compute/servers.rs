//! Servers: made, seen from every side, stopped, started, rebooted, resized, gone.

use k5::compute::{Compute, RebootType, Server, ServerStatus};
use k5::ids::{ImageId, ServerId};
use k5::{Cloud, Loose};
use k5_tests::Scope;
use std::time::Duration;

/// A real cloud on a busy machine takes its time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// The smallest flavor and the one after it.
pub(crate) const FLAVORS: [&str; 2] = ["1", "2"];

/// The image that every cloud of the suite has.
pub(crate) async fn cirros(cloud: &Cloud) -> ImageId {
    let mut images = cloud.image().list_images().name("cirros").items();
    images.try_next().await.expect("listed").expect("the image").id
}

/// A server that runs.
pub(crate) async fn running(cloud: &Cloud, scope: &Scope, name: &str) -> Server {
    let create = cloud.compute().create_server(scope.plain_name(name), FLAVORS[0], cirros(cloud).await);
    let created = scope.server(create).await;
    waited(&cloud.compute(), &created.id).await
}

async fn waited(compute: &Compute, id: &ServerId) -> Server {
    compute
        .wait_server(id)
        .active()
        .timeout(PATIENCE)
        .every(Duration::from_millis(100), Duration::from_secs(1))
        .await
        .expect("runs")
}

/// From a request to a server that runs, with every view of it, and to 404.
pub(crate) async fn come_and_go(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let name = scope.plain_name("web");
    let create = compute.create_server(&name, FLAVORS[0], cirros(&cloud).await).metadata([("role", "web"), ("city", "Zürich")]);
    let created = scope.server(create.user_data_bytes("#!/bin/sh\ntrue\n")).await;
    assert!(created.admin_password.is_some(), "the password comes once");
    let server = waited(&compute, &created.id).await;
    assert_eq!((server.status, server.name.as_deref()), (Some(ServerStatus::Active), Some(name.as_str())));
    assert_eq!(server.metadata.as_ref().and_then(|metadata| metadata.get("city")).map(String::as_str), Some("Zürich"));
    assert!(server.admin_password.is_none(), "and never again");

    let shown = compute.show_server(&created.id).send().await.expect("shown");
    let status = shown.extended_status();
    assert_eq!((status.task_state.as_deref(), *status.power_state), (None, Some(1)));
    assert_eq!(status.vm_state.as_ref().map(|state| state.as_str()), Some("active"));
    assert!(shown.availability_zone.as_deref().is_some_and(|zone| !zone.is_empty()));
    assert!(matches!(shown.disk_config.as_ref().map(|config| config.as_str()), Some("AUTO" | "MANUAL")));
    assert!(shown.config_drive.is_some());
    let addresses = shown.addresses.as_ref().expect("networks");
    let address = addresses.values().flatten().next().expect("an address");
    assert!(address.mac_address.as_deref().is_some_and(|mac| mac.len() == 17), "{address:?}");
    assert_eq!(address.address_type.as_ref().map(|kind| kind.as_str()), Some("fixed"));
    assert!(matches!(shown.image, Some(Loose::Value(_))) && shown.created.is_some() && shown.launched_at.is_some());

    compute.delete_server(&created.id).send().await.expect("accepted");
    compute.wait_server(&created.id).deleted().timeout(PATIENCE).await.expect("gone");
    let error = compute.show_server(&created.id).send().await.expect_err("gone");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound") && error.request_id().is_some(), "{error}");
}

/// The short list and the long one, filtered and in pages.
pub(crate) async fn are_listed(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let image = cirros(&cloud).await;
    let prefix = scope.plain_name("list");
    let mut made = Vec::new();
    for number in 0..3 {
        made.push(scope.server(compute.create_server(format!("{prefix}-{number}"), FLAVORS[0], &image)).await);
    }
    // While one is being built, a real cloud's pages may miss it.
    for server in &made {
        waited(&compute, &server.id).await;
    }
    let expected: Vec<String> = (0..3).map(|number| format!("{prefix}-{number}")).collect();
    let sorted = |mut names: Vec<Option<String>>| {
        names.sort();
        names.into_iter().flatten().collect::<Vec<_>>()
    };
    let all = compute.list_servers().name(&prefix).items().collect().await.expect("listed");
    assert_eq!(sorted(all.into_iter().map(|server| server.name).collect()), expected);
    // One a page: the marker and the links carry it on.
    let all = compute.list_servers_detail().name(&prefix).limit(1).items().collect().await.expect("listed");
    assert!(all.iter().all(|server| server.status.is_some() && server.flavor.is_some()));
    assert_eq!(sorted(all.into_iter().map(|server| server.name).collect()), expected);
    let page = compute.list_servers().name(&prefix).limit(2).send().await.expect("a page");
    assert_eq!((page.items.len(), page.more), (2, Some(true)));
    let none = compute.list_servers().name(&prefix).status("SHUTOFF").send().await.expect("filtered");
    assert!(none.items.is_empty());
}

/// Several by one request.
pub(crate) async fn are_made_in_numbers(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let prefix = scope.plain_name("many");
    let create = compute.create_server(&prefix, FLAVORS[0], cirros(&cloud).await).min_count(2).max_count(2);
    let reservation = create.send_reserved().await.expect("reserved");
    assert!(reservation.starts_with("r-"), "{reservation}");
    let made = compute.list_servers().name(&prefix).items().collect().await.expect("listed");
    assert_eq!(made.len(), 2);
    for server in &made {
        scope.owns_server(&server.id);
    }
}

/// What can be done with one, and when it can't.
pub(crate) async fn are_stopped_and_started(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let server = running(&cloud, &scope, "actions").await;
    let id = &server.id;
    compute.stop_server(id).send().await.expect("accepted");
    compute.wait_server(id).stopped().timeout(PATIENCE).await.expect("stops");
    let error = compute.stop_server(id).send().await.expect_err("it is stopped");
    assert!(error.is_conflict() && error.code() == Some("conflictingRequest"), "{error}");
    compute.start_server(id).send().await.expect("accepted");
    waited(&compute, id).await;
    compute.reboot_server(id, RebootType::Hard).send().await.expect("accepted");
    waited(&compute, id).await;
    let error = compute.reboot_server(id, "WARM").send().await.expect_err("no such kind");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    let output = compute.show_console_output(id).length(10).send().await.expect("shown");
    assert!(!output.is_empty());
    let whole = compute.show_console_output(id).send().await.expect("shown");
    assert!(whole.len() >= output.len());
}

/// To another flavor and back, and to stay.
pub(crate) async fn change_their_flavor(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let server = running(&cloud, &scope, "resize").await;
    let id = &server.id;
    let error = compute.confirm_resize(id).send().await.expect_err("there is nothing to confirm");
    assert!(error.is_conflict(), "{error}");
    let flavor = |server: &Server| server.flavor.as_ref().and_then(|flavor| flavor.id.clone()).expect("a flavor").to_string();
    for (confirmed, expected) in [(false, FLAVORS[0]), (true, FLAVORS[1])] {
        compute.resize_server(id, FLAVORS[1]).send().await.expect("accepted");
        let server = compute.wait_server(id).resized().timeout(PATIENCE).await.expect("resized");
        assert_eq!(flavor(&server), FLAVORS[1]);
        match confirmed {
            true => compute.confirm_resize(id).send().await.expect("confirmed"),
            false => compute.revert_resize(id).send().await.expect("reverted"),
        }
        assert_eq!(flavor(&waited(&compute, id).await), expected);
    }
}

/// Metadata is added to what is there.
pub(crate) async fn have_metadata(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let server = running(&cloud, &scope, "metadata").await;
    compute.update_server_metadata(&server.id, [("one", "1"), ("two", "2")]).send().await.expect("set");
    let all = compute.update_server_metadata(&server.id, [("two", "zwei")]).send().await.expect("set");
    assert_eq!((all.get("one").map(String::as_str), all.get("two").map(String::as_str)), (Some("1"), Some("zwei")));
    let shown = compute.show_server(&server.id).send().await.expect("shown");
    assert_eq!(shown.metadata, Some(all));
    compute.delete_server_metadata_item(&server.id, "two").send().await.expect("deleted");
    let shown = compute.show_server(&server.id).send().await.expect("shown").metadata.expect("metadata");
    assert!(shown.contains_key("one") && !shown.contains_key("two"), "{shown:?}");
    for error in [
        compute.delete_server_metadata_item(&server.id, "two").send().await.expect_err("it is gone"),
        compute
            .delete_server_metadata_item("00000000-0000-0000-0000-000000000000", "one")
            .send()
            .await
            .expect_err("no such server"),
    ] {
        assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
    }
}

/// What is refused before or by the server.
pub(crate) async fn are_refused(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let nobody = "00000000-0000-0000-0000-000000000000";
    let create = |flavor: &str, image: &str| compute.create_server(scope.plain_name("refused"), flavor, image);
    for refused in [create("no-such-flavor", cirros(&cloud).await.as_str()), create(FLAVORS[0], nobody)] {
        let error = refused.send().await.expect_err("there is no such thing");
        assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    }
    let error = compute.start_server(nobody).send().await.expect_err("there is no such server");
    assert!(error.is_not_found(), "{error}");
    let error = create(FLAVORS[0], nobody).metadata([("k", "v".repeat(256))]).send().await.expect_err("too long");
    assert_eq!((error.kind(), error.sent()), (k5::ErrorKind::InvalidInput, k5::Sent::No), "{error}");
}

/// The flavors that there are.
pub(crate) async fn flavors(cloud: Cloud, _: Scope) {
    let flavors = cloud.compute().list_flavors().items().collect().await.expect("listed");
    for id in FLAVORS {
        let flavor = flavors.iter().find(|flavor| flavor.id == id).expect("a flavor of the suite");
        assert!(flavor.name.as_deref().is_some_and(|name| name.starts_with("m1.")), "{flavor:?}");
    }
    let paged = cloud.compute().list_flavors().limit(1).items().collect().await.expect("listed");
    assert_eq!(paged.len(), flavors.len());
}

k5_tests::cases! {
    come_and_go [compute.create_server, compute.show_server, compute.delete_server, image.list_images]
    are_listed [compute.list_servers, compute.list_servers_detail]
    are_made_in_numbers [compute.create_server, compute.list_servers]
    are_stopped_and_started [compute.stop_server, compute.start_server, compute.reboot_server, compute.show_console_output]
    change_their_flavor [compute.resize_server, compute.confirm_resize, compute.revert_resize]
    have_metadata [compute.update_server_metadata, compute.delete_server_metadata_item, compute.show_server]
    are_refused [compute.create_server, compute.start_server]
    flavors [compute.list_flavors]
}
