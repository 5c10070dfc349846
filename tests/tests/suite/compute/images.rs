//! Images: Glance's view and Nova's, properties and metadata.

use super::servers::cirros;
use k5::Cloud;
use k5::image::{ImageStatus, PatchOperation};
use k5_tests::Scope;

/// Properties of an image that is the project's own.
pub(crate) async fn have_properties(cloud: Cloud, scope: Scope) {
    let images = cloud.image();
    let image = scope.image(&cloud).await;
    let change = |changes: Vec<PatchOperation>| {
        let update = images.update_image(&image, &changes);
        async move { update.send().await }
    };
    let renamed = scope.plain_name("renamed");
    let set = vec![
        PatchOperation::replace("name", renamed.as_str()),
        PatchOperation::set("login-user", "k5user"),
        PatchOperation::set("a/b~c", "slash"),
        PatchOperation::set("min_disk", 1),
        PatchOperation::replace("tags", vec!["one", "two"]),
    ];
    let changed = change(set).await.expect("changed");
    assert_eq!((changed.name.as_deref(), changed.min_disk), (Some(renamed.as_str()), Some(1)));
    assert_eq!((&changed.extra["login-user"], &changed.extra["a/b~c"]), (&"k5user".into(), &"slash".into()));
    let mut tags = changed.tags.clone().expect("tags");
    tags.sort();
    assert_eq!(tags, ["one", "two"]);
    let removed = change(vec![PatchOperation::remove("login-user")]).await.expect("removed");
    assert!(!removed.extra.contains_key("login-user") && removed.extra.contains_key("a/b~c"));
    assert_eq!(images.show_image(&image).send().await.expect("shown").extra, removed.extra);

    let error = change(vec![PatchOperation::remove("login-user")]).await.expect_err("it is gone");
    assert!(error.is_conflict(), "{error}");
    let error = change(vec![PatchOperation::replace("id", "x")]).await.expect_err("read only");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403), "{error}");
    let error = images.show_image("00000000-0000-0000-0000-000000000000").send().await.expect_err("none");
    assert!(error.is_not_found() && !error.message().contains('<'), "{error}");
}

/// All pages of the list, by the link that each has to the next.
pub(crate) async fn come_in_pages(cloud: Cloud, scope: Scope) {
    let images = cloud.image();
    let name = scope.plain_name("page");
    let mut expected = Vec::new();
    for _ in 0..3 {
        let id = scope.image(&cloud).await;
        images.update_image(&id, &[PatchOperation::replace("name", name.as_str())]).send().await.expect("renamed");
        expected.push(id);
    }
    let listed = images.list_images().name(&name).limit(1).items().collect().await.expect("listed");
    let mut ids: Vec<_> = listed.into_iter().map(|image| image.id).collect();
    ids.sort();
    expected.sort();
    assert_eq!(ids, expected);
    let all = images.list_images().items().collect().await.expect("listed");
    let cirros = all.iter().find(|image| image.name.as_deref() == Some("cirros")).expect("the suite's image");
    assert_eq!(cirros.status, Some(ImageStatus::Active));
    images.wait_image(&cirros.id).active().await.expect("it is already");
}

/// Nova's metadata items are the properties of Glance.
pub(crate) async fn have_metadata_items(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let image = scope.image(&cloud).await;
    let set = compute.set_image_metadata_item(&image, "label", "Web 1").send().await.expect("set");
    assert_eq!(set.get("label").cloned().flatten().as_deref(), Some("Web 1"));
    let shown = compute.show_image_metadata_item(&image, "label").send().await.expect("shown");
    assert_eq!(shown.get("label").cloned().flatten().as_deref(), Some("Web 1"));
    assert_eq!(cloud.image().show_image(&image).send().await.expect("shown").extra["label"], "Web 1");
    compute.delete_image_metadata_item(&image, "label").send().await.expect("deleted");
    let error = compute.show_image_metadata_item(&image, "label").send().await.expect_err("gone");
    assert!(error.is_not_found(), "{error}");
    // The public image is somebody else's.
    let error = compute.set_image_metadata_item(cirros(&cloud).await, "label", "x").send().await.expect_err("not ours");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(403), "{error}");
}

k5_tests::cases! {
    have_properties [image.update_image, image.show_image, image.create_image, image.upload_image]
    come_in_pages [image.list_images, image.delete_image]
    have_metadata_items [compute.show_image_metadata_item, compute.set_image_metadata_item, compute.delete_image_metadata_item]
}
