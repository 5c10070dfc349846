//! Server groups: which servers share a host, and which never do.

use super::servers::{FLAVORS, PATIENCE, cirros};
use super::volumes::NOBODY;
use k5::compute::{Server, ServerGroup, ServerGroupPolicy};
use k5::{Cloud, Result};
use k5_tests::Scope;
use std::time::Duration;

async fn group(cloud: &Cloud, scope: &Scope, policy: ServerGroupPolicy) -> ServerGroup {
    let create = cloud.compute().create_server_group(scope.plain_name(policy.as_str()), vec![policy]);
    let group = create.send().await.expect("created");
    scope.owns_server_group(&group.id);
    group
}

/// A server of this group that runs, or why it does not.
async fn member(cloud: &Cloud, scope: &Scope, group: &ServerGroup) -> Result<Server> {
    let compute = cloud.compute();
    let create = compute.create_server(scope.plain_name("member"), FLAVORS[0], cirros(cloud).await);
    let created = scope.server(create.scheduler_hints([("group", group.id.as_str())])).await;
    compute.wait_server(&created.id).active().timeout(PATIENCE).every(Duration::from_millis(100), Duration::from_secs(1)).await
}

/// From a request to a group with servers, and to 404.
pub(crate) async fn come_and_go(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let made = group(&cloud, &scope, ServerGroupPolicy::AntiAffinity).await;
    assert_eq!(made.policies, Some(vec![ServerGroupPolicy::AntiAffinity]));
    assert_eq!((made.members.as_ref().map(Vec::len), made.metadata.as_ref().map(|all| all.len())), (Some(0), Some(0)));
    let first = member(&cloud, &scope, &made).await.expect("runs");
    let shown = compute.show_server_group(&made.id).send().await.expect("shown");
    assert_eq!((&shown.name, shown.members), (&made.name, Some(vec![first.id.clone()])));
    let listed = compute.list_server_groups().send().await.expect("listed").items;
    let listed = listed.into_iter().find(|group| group.id == made.id).expect("it is listed");
    assert_eq!(listed.members, Some(vec![first.id.clone()]));
    let found = compute.find_server_group(made.name.as_deref().expect("a name")).await.expect("found");
    assert_eq!(found.id, made.id);
    for error in [
        scope.other().compute().show_server_group(&made.id).send().await.expect_err("another project's"),
        compute.show_server_group(NOBODY).send().await.expect_err("no such group"),
    ] {
        assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
    }
    let error = compute.create_server_group("odd", vec!["odd".into()]).send().await.expect_err("no such policy");
    assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    for unknown in [NOBODY, "web"] {
        let create = compute.create_server(scope.plain_name("lost"), FLAVORS[0], cirros(&cloud).await);
        let error = create.scheduler_hints([("group", unknown)]).send().await.expect_err("no such group");
        assert_eq!((error.status().map(|status| status.as_u16()), error.code()), (Some(400), Some("badRequest")), "{error}");
    }

    compute.delete_server_group(&made.id).send().await.expect("deleted");
    for error in [
        compute.show_server_group(&made.id).send().await.map(drop).expect_err("gone"),
        compute.delete_server_group(&made.id).send().await.expect_err("gone"),
    ] {
        assert!(error.is_not_found(), "{error}");
    }
    compute.show_server(&first.id).send().await.expect("its servers stay");
}

/// One host for all, or another one for each, if there is one.
pub(crate) async fn place_servers(cloud: Cloud, scope: Scope) {
    let together = group(&cloud, &scope, ServerGroupPolicy::Affinity).await;
    let (a, b) = (member(&cloud, &scope, &together).await.expect("runs"), member(&cloud, &scope, &together).await.expect("runs"));
    assert_eq!(a.host_id, b.host_id);
    let apart = group(&cloud, &scope, ServerGroupPolicy::AntiAffinity).await;
    let a = member(&cloud, &scope, &apart).await.expect("runs");
    match member(&cloud, &scope, &apart).await {
        Ok(b) => assert_ne!(a.host_id, b.host_id),
        // A cloud with a single host.
        Err(error) => assert!(error.is_failed() && error.message().contains("No valid host was found"), "{error}"),
    }
}

k5_tests::cases! {
    come_and_go [
        compute.create_server_group, compute.show_server_group, compute.list_server_groups, compute.delete_server_group,
    ]
    place_servers [compute.create_server_group, compute.create_server]
}
