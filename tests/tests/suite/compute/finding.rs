//! Whatever has an id and a name is found by either.

use super::servers::{FLAVORS, cirros, running};
use super::volumes::{NOBODY, available};
use k5::{Cloud, ErrorKind, Reason};
use k5_tests::Scope;

/// Servers, and what they are made of.
pub(crate) async fn servers(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let server = running(&cloud, &scope, "found").await;
    let name = server.name.as_deref().expect("a name");
    for wanted in [server.id.as_str(), name] {
        assert_eq!(compute.find_server(wanted).await.expect(wanted).id, server.id);
    }
    // The filter of a name is a pattern on real servers, so it finds this one as well.
    let error = compute.find_server(&name[..name.len() - 1]).await.expect_err("only a part of the name");
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    for nothing in [NOBODY, "a name that (nobody) has*"] {
        assert!(compute.find_server(nothing).await.expect_err(nothing).is_not_found());
    }
    let flavor = compute.find_flavor(FLAVORS[0]).await.expect("by id");
    let same = compute.find_flavor(flavor.name.as_deref().expect("a name")).await.expect("by name");
    assert_eq!(same.id, flavor.id);
    let image = cirros(&cloud).await;
    for wanted in ["cirros", image.as_str()] {
        assert_eq!(cloud.image().find_image(wanted).await.expect(wanted).id, image);
    }
    assert!(cloud.image().find_image("cirro").await.expect_err("no such image").is_not_found());
}

/// Volumes and snapshots, of which several may have one name.
pub(crate) async fn volumes(cloud: Cloud, scope: Scope) {
    let storage = cloud.block_storage();
    let name = scope.plain_name("found (1)");
    let first = scope.volume(storage.create_volume(1).name(&name)).await;
    available(&storage, &first.id).await;
    assert_eq!(storage.find_volume(&name).await.expect("one").id, first.id);
    assert_eq!(storage.find_volume(first.id.as_str()).await.expect("by id").id, first.id);

    let second = scope.volume(storage.create_volume(1).name(&name)).await;
    available(&storage, &second.id).await;
    let error = storage.find_volume(&name).await.expect_err("two");
    assert_eq!(error.kind(), ErrorKind::Ambiguous, "{error}");
    let mut ids = vec![first.id.to_string(), second.id.to_string()];
    ids.sort();
    assert_eq!(error.reason(), Some(&Reason::Candidates(ids)));

    let volume = storage.find_volume(second.id.as_str()).await.expect("by id");
    let snapshot = scope.snapshot(storage.create_snapshot(volume).name(&name)).await;
    storage.wait_snapshot(&snapshot).available().await.expect("available");
    for wanted in [snapshot.id.as_str(), name.as_str()] {
        assert_eq!(storage.find_snapshot(wanted).await.expect(wanted).id, snapshot.id);
    }
    assert!(storage.find_snapshot(NOBODY).await.expect_err("none").is_not_found());
}

k5_tests::cases! {
    servers [compute.list_servers_detail, compute.show_server, compute.list_flavors_detail, image.list_images, image.show_image]
    volumes [block_storage.list_volumes_detail, block_storage.show_volume, block_storage.list_snapshots_detail, block_storage.show_snapshot]
}
