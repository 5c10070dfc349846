//! The guide's program on backups, on a server that was provisioned as the guide says.

#[path = "../../../../crates/k5/examples/backup.rs"]
#[allow(dead_code, unreachable_pub, missing_docs, reason = "a program: its `main` is not called here")]
mod program;

use super::servers::{FLAVORS, PATIENCE, cirros};
use super::volumes::available;
use k5::Cloud;
use k5::compute::BlockDevice;
use k5::compute::user_data::{Part, UserData};
use k5_tests::Scope;
use program::{back_up, restore, rotate, sets};

/// Two sets of snapshots of a server with two volumes: one is deleted again, and the other restored.
pub(crate) async fn of_a_server(cloud: Cloud, scope: Scope) {
    let (compute, storage) = (cloud.compute(), cloud.block_storage());
    let image = cirros(&cloud).await;
    let data = scope.volume(storage.create_volume(1).name(scope.plain_name("data"))).await.id;
    available(&storage, &data).await;
    let system = scope.volume(storage.create_volume(1).image_ref(&image).name(scope.plain_name("system"))).await.id;
    available(&storage, &system).await;
    let script = Part::script("#!/bin/sh\necho 'grüezi' >/dev/console\n").name("greet.sh");
    let user_data = UserData::multipart([Part::cloud_config("ssh_pwauth: false\n"), script]).expect("two parts").gzip();
    let create = compute.create_server_from_volume(scope.plain_name("backed-up"), FLAVORS[0], &system);
    let create = create.disk(BlockDevice::from_volume(&data).boot_index(-1)).user_data(user_data);
    let server = scope.server(create).await.id;
    compute.wait_server(&server).active().timeout(PATIENCE).await.expect("runs");

    back_up(&cloud, &server).await.expect("backed up");
    // Some clouds count time in seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    back_up(&cloud, &server).await.expect("backed up");
    let made = sets(&cloud, &server).await.expect("listed");
    for part in made.iter().flat_map(|set| set.parts.values()) {
        scope.owns_snapshot(&part.id);
    }
    assert!(made.len() == 2 && made.iter().all(|set| set.is_whole() && set.count == 2), "{made:?}");
    let deleted = rotate(&cloud, &server, 1).await.expect("rotated");
    let older: Vec<_> = made[1].parts.values().map(|part| part.id.clone()).collect();
    assert_eq!(deleted, older);
    let left = sets(&cloud, &server).await.expect("listed");
    assert!(left.len() == 1 && left[0].is_whole(), "{left:?}");

    let volumes = restore(&cloud, &left[0]).await.expect("restored");
    for volume in &volumes {
        scope.owns_volume(volume);
    }
    let sources: Vec<_> = left[0].parts.values().map(|part| Some(part.id.clone())).collect();
    for (volume, (source, is_bootable)) in volumes.iter().zip(sources.iter().zip([true, false])) {
        let volume = storage.show_volume(volume).send().await.expect("shown");
        assert_eq!((&volume.snapshot_id, volume.bootable.as_ref().and_then(k5::Loose::get)), (source, Some(is_bootable)));
    }
}

k5_tests::cases! {
    of_a_server [compute.create_server, compute.show_server, block_storage.create_snapshot, block_storage.list_snapshots_detail, block_storage.delete_snapshot]
}
