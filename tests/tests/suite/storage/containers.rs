//! Containers.

use k5::Cloud;
use k5::model::Entry;
use k5_tests::{Scope, eventually};

/// Created twice, shown, refused while full, deleted, gone.
pub(crate) async fn come_and_go(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let name = scope.name("c");
    let error = swift.show_container(&name).send().await.expect_err("not there yet");
    assert!(error.is_not_found() && error.request_id().is_some_and(|id| id.starts_with("tx")), "{error}");

    let created = swift.create_container(&name).send().await.expect("created");
    assert!(created.trans_id.is_some());
    swift.create_container(&name).send().await.expect("creating it again changes nothing");
    let info = swift.show_container(&name).newest(true).send().await.expect("shown");
    assert_eq!((info.object_count, info.bytes_used), (Some(0), Some(0)));
    assert!(info.timestamp.is_some());
    assert!(info.headers.contains_key("x-trans-id"), "headers without a field are kept");

    swift.upload(&name, "o").from_bytes("x").send().await.expect("stored");
    let error = swift.delete_container(&name).send().await.expect_err("not empty");
    assert!(error.is_conflict(), "{error}");
    swift.delete_object(&name, "o").send().await.expect("deleted");
    swift.delete_container(&name).send().await.expect("deleted");
    let error = swift.delete_container(&name).send().await.expect_err("gone");
    assert!(error.is_not_found(), "{error}");
}

/// The account's listing, cut by prefix, markers and limit, and its counts.
pub(crate) async fn are_listed(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let mut names = Vec::new();
    for n in 0..4 {
        names.push(scope.container(&cloud, &format!("list-{n}")).await);
    }
    let prefix = format!("{}list-", scope.prefix());
    let listed = eventually("the listing has all four", async || {
        let page = swift.list_containers().prefix(&prefix).send().await.expect("listed");
        let names: Vec<_> = page.items.into_iter().map(|container| container.name).collect();
        (names.len() == 4).then_some(names)
    })
    .await;
    assert_eq!(listed, names);

    let page = swift.list_containers().prefix(&prefix).marker(&names[0]).end_marker(&names[3]).send().await.expect("listed");
    let between: Vec<_> = page.items.into_iter().map(|container| container.name).collect();
    assert_eq!(between, names[1..3]);
    assert!(page.info.container_count.is_some_and(|count| count >= 4));

    let rolled_up = swift.list_containers().prefix(scope.prefix()).delimiter("-").send().await.expect("listed").items;
    assert_eq!(rolled_up.len(), 1);
    assert!(matches!(&rolled_up[0], Entry::Subdir(subdir) if *subdir == prefix), "{rolled_up:?}");

    swift.upload(&names[0], "o").from_bytes("12345").send().await.expect("stored");
    eventually("the account's listing counts the object", async || {
        let page = swift.list_containers().prefix(&names[0]).send().await.expect("listed");
        page.items.into_iter().find(|container| container.count == 1 && container.bytes == 5)
    })
    .await;
    let account = swift.show_account().newest(true).send().await.expect("shown");
    assert!(account.container_count.is_some() && account.object_count.is_some() && account.bytes_used.is_some());
}

/// A container takes no more than its quota.
pub(crate) async fn keep_their_quota(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let name = scope.name("quota");
    swift.create_container(&name).quota_bytes(10).quota_count(2).send().await.expect("created");
    let info = swift.show_container(&name).send().await.expect("shown");
    assert_eq!((info.quota_bytes, info.quota_count), (Some(10), Some(2)));
    swift.upload(&name, "fits").from_bytes("12345").send().await.expect("stored");
    let error = swift.upload(&name, "too-big").from_bytes("12345678901").send().await.expect_err("over the quota");
    assert!(error.is_quota(), "{error}");
    let error = swift.show_object(&name, "too-big").send().await.expect_err("nothing was stored");
    assert!(error.is_not_found(), "{error}");
}

k5_tests::cases! {
    come_and_go [object_storage.create_container, object_storage.show_container, object_storage.delete_container]
    are_listed [object_storage.list_containers, object_storage.show_account]
    keep_their_quota [object_storage.create_container, object_storage.upload_object]
}
