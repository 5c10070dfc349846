//! Volumes and network interfaces of servers that run: added, seen from both sides, taken away.

use super::servers::{PATIENCE, running};
use super::volumes::{NOBODY, available};
use k5::Cloud;
use k5::block_storage::VolumeStatus;
use k5_tests::{Scope, eventually};
use std::time::Duration;

const STEP: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

fn status(error: &k5::Error) -> (Option<u16>, Option<&str>) {
    (error.status().map(|status| status.as_u16()), error.code())
}

/// A volume is in use by the server that has it, and available before and after.
pub(crate) async fn volumes(cloud: Cloud, scope: Scope) {
    let (compute, storage) = (cloud.compute(), cloud.block_storage());
    let server = running(&cloud, &scope, "volumes").await.id;
    let (first, second) = (scope.volume(storage.create_volume(1)).await.id, scope.volume(storage.create_volume(1)).await.id);
    for volume in [&first, &second] {
        available(&storage, volume).await;
    }
    let list = async || compute.list_volume_attachments(&server).send().await.expect("listed").items;
    assert_eq!(list().await.len(), 0);

    let attached = compute.attach_volume(&server, &first).send().await.expect("attached");
    assert_eq!((&attached.id, attached.volume_id.as_ref(), attached.server_id.as_ref()), (&first, Some(&first), Some(&server)));
    let device = attached.device.expect("a device");
    assert!(device.starts_with("/dev/") && device.ends_with('b'), "{device} comes after the system disk");
    let used = storage.wait_volume(&first).in_use().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("in use");
    let holder = used.attachments.expect("a holder").remove(0);
    assert_eq!((holder.server_id.as_ref(), holder.device), (Some(&server), Some(device.clone())));
    let shown = compute.show_volume_attachment(&server, &first).send().await.expect("shown");
    assert_eq!((shown.id, shown.device), (first.clone(), Some(device)));
    let of_server = compute.show_server(&server).send().await.expect("shown").volumes_attached.expect("volumes");
    assert_eq!(of_server.iter().map(|volume| &volume.id).collect::<Vec<_>>(), [&first]);

    // Real servers may choose another bus, but keep the letter.
    let error = compute.attach_volume(&server, &second).device("/dev/vdb").send().await.expect_err("the device is taken");
    assert_eq!(status(&error), (Some(409), Some("conflictingRequest")), "{error}");
    let attached = compute.attach_volume(&server, &second).device("/dev/vdx").send().await.expect("attached");
    assert!(attached.device.is_some_and(|device| device.ends_with('x')));
    storage.wait_volume(&second).in_use().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("in use");
    assert_eq!(list().await.len(), 2);

    for error in [
        compute.attach_volume(&server, &first).send().await.map(drop).expect_err("a server has it"),
        storage.delete_volume(&first).send().await.expect_err("a server has it"),
    ] {
        assert_eq!(status(&error), (Some(400), Some("badRequest")), "{error}");
    }
    for error in [
        compute.attach_volume(&server, NOBODY).send().await.map(drop).expect_err("no such volume"),
        compute.attach_volume(NOBODY, &first).send().await.map(drop).expect_err("no such server"),
        compute.show_volume_attachment(&server, NOBODY).send().await.map(drop).expect_err("no such volume"),
        compute.detach_volume(&server, NOBODY).send().await.expect_err("no such volume"),
        compute.list_volume_attachments(NOBODY).send().await.map(drop).expect_err("no such server"),
    ] {
        assert_eq!(status(&error), (Some(404), Some("itemNotFound")), "{error}");
    }

    for volume in [&first, &second] {
        compute.detach_volume(&server, volume).send().await.expect("accepted");
        let volume = available(&storage, volume).await;
        assert_eq!((volume.status, volume.attachments.map(|left| left.len())), (Some(VolumeStatus::Available), Some(0)));
    }
    eventually("no volume is left", async || list().await.is_empty().then_some(())).await;
    let error = compute.detach_volume(&server, &first).send().await.expect_err("it is detached");
    assert_eq!(status(&error), (Some(404), Some("itemNotFound")), "{error}");
}

/// A server gets one more interface in its network, and gives it back.
pub(crate) async fn interfaces(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let server = running(&cloud, &scope, "interfaces").await.id;
    let list = async || compute.list_interfaces(&server).send().await.expect("listed").items;
    let before = list().await;
    let [first] = &before[..] else { panic!("one interface: {before:?}") };
    let network = first.net_id.clone().expect("a network");
    let made = compute.create_interface(&server).net_id(&network).send().await.expect("made");
    assert_eq!(made.net_id.as_ref(), Some(&network));
    assert!(made.mac_address.as_deref().is_some_and(|mac| mac.len() == 17), "{made:?}");
    let address = made.fixed_ips.expect("addresses").remove(0);
    assert!(address.subnet_id.is_some(), "{address:?}");
    let port = made.port_id;
    let up = compute.wait_interface(&server, &port).active().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("up");
    assert_eq!((up.port_id, up.fixed_ips.expect("addresses").remove(0)), (port.clone(), address.clone()));
    assert!(list().await.iter().any(|interface| interface.port_id == port) && list().await.len() == 2);
    let wanted = address.ip_address.expect("an address");
    eventually("the server shows the address", async || {
        let addresses = compute.show_server(&server).send().await.expect("shown").addresses.expect("addresses");
        addresses.values().flatten().any(|address| address.addr.as_ref() == Some(&wanted)).then_some(())
    })
    .await;

    let error = compute.create_interface(&server).port_id(&port).send().await.expect_err("the port is in use");
    assert_eq!(status(&error), (Some(409), Some("conflictingRequest")), "{error}");
    let error = compute.create_interface(&server).port_id("no-uuid").send().await.expect_err("no port");
    assert_eq!(status(&error), (Some(400), Some("badRequest")), "{error}");
    for error in [
        compute.show_interface(&server, NOBODY).send().await.map(drop).expect_err("no such port"),
        compute.create_interface(NOBODY).send().await.map(drop).expect_err("no such server"),
        compute.detach_interface(NOBODY, &port).send().await.expect_err("no such server"),
        compute.list_interfaces(NOBODY).send().await.map(drop).expect_err("no such server"),
    ] {
        assert_eq!(status(&error), (Some(404), Some("itemNotFound")), "{error}");
    }

    compute.detach_interface(&server, &port).send().await.expect("accepted");
    compute.wait_interface(&server, &port).detached().timeout(PATIENCE).every(STEP.0, STEP.1).await.expect("gone");
    eventually("one interface is left", async || (list().await.len() == 1).then_some(())).await;
}

k5_tests::cases! {
    volumes [compute.list_volume_attachments, compute.attach_volume, compute.show_volume_attachment, compute.detach_volume]
    interfaces [compute.list_interfaces, compute.create_interface, compute.show_interface, compute.detach_interface]
}
