//! Images: Glance's view and Nova's, properties and metadata.

use super::servers::cirros;
use super::volumes::NOBODY;
use k5::image::{ImageMemberStatus, ImageStatus, PatchOperation};
use k5::{Body, Cloud};
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

/// What was uploaded comes back, with its hashes.
pub(crate) async fn have_data(cloud: Cloud, scope: Scope) {
    let images = cloud.image();
    let created = images.create_image(scope.plain_name("data")).visibility("private").send().await.expect("created");
    let id = &created.id;
    scope.owns_image(id);
    let nothing = images.download_image(id).send().await.expect("queued");
    assert!(!nothing.has_data() && nothing.collect(0).await.expect("nothing").is_empty());
    let data: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    let error = images.upload_image(id, Body::bytes(data.clone())).send().await.expect_err("no formats");
    assert_eq!(status(&error), Some(400), "{error}");
    let formats = [PatchOperation::set("disk_format", "raw"), PatchOperation::set("container_format", "bare")];
    images.update_image(id, &formats).send().await.expect("changed");
    images.upload_image(id, Body::bytes(data.clone())).send().await.expect("uploaded");
    let image = images.wait_image(id).active().await.expect("active");
    assert_eq!((image.size, image.os_hash_algo.as_deref()), (Some(300_000), Some("sha512")));
    let hash = "34fadf2975834e9a357ec41d3e6df067";
    assert_eq!((image.checksum.as_deref(), image.os_hash_value.as_ref().map(String::len)), (Some(hash), Some(128)));

    let download = images.download_image(id).send().await.expect("found");
    assert_eq!((download.has_data(), download.length()), (true, Some(300_000)));
    assert_eq!(download.expected_md5().as_deref(), Some(hash));
    assert!(download.collect(300_000).await.expect("whole") == data);
    let error = images.upload_image(id, Body::bytes(data)).send().await.expect_err("it has data");
    assert!(error.is_conflict(), "{error}");
    let error = scope.other().image().download_image(id).send().await.expect_err("not shared");
    assert!(error.is_not_found(), "{error}");
    images.delete_image(id).send().await.expect("deleted");
    for gone in [id.as_str(), NOBODY] {
        let error = images.download_image(gone).send().await.expect_err("gone");
        assert!(error.is_not_found(), "{error}");
    }
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

/// An image is shared by its owner, and accepted or rejected by the other project alone.
pub(crate) async fn are_shared(cloud: Cloud, scope: Scope) {
    let (mine, theirs) = (cloud.image(), scope.other().image());
    let (owner, other) = (project(&cloud).await, project(scope.other()).await);
    let image = scope.image(&cloud).await;
    mine.update_image(&image, &[PatchOperation::replace("visibility", "shared")]).send().await.expect("to be shared");
    let theirs_lists = async |status: Option<&str>| {
        let list = theirs.list_images();
        let list = if let Some(status) = status { list.member_status(status) } else { list };
        list.items().collect().await.expect("listed").into_iter().any(|listed| listed.id == image)
    };
    assert!(theirs.show_image(&image).send().await.expect_err("not shared yet").is_not_found());
    assert!(theirs.list_image_members(&image).send().await.expect_err("not shared yet").is_not_found());
    assert_eq!(mine.list_image_members(&image).send().await.expect("listed").items.len(), 0);

    let member = mine.create_image_member(&image, &*other).send().await.expect("shared");
    assert_eq!((&member.image_id, member.member_id.as_str()), (&image, other.as_str()));
    assert_eq!(member.status, Some(ImageMemberStatus::Pending));
    let error = mine.create_image_member(&image, &*other).send().await.expect_err("already");
    assert!(error.is_conflict() && !error.message().contains('<'), "{error}");
    assert_eq!(theirs.show_image(&image).send().await.expect("shown, but not listed").id, image);
    assert!(!theirs_lists(None).await && theirs_lists(Some("pending")).await && theirs_lists(Some("all")).await);
    let error = mine.update_image_member(&image, &*other, "accepted").send().await.expect_err("not the owner's to say");
    assert_eq!(status(&error), Some(403), "{error}");

    let accepted = theirs.update_image_member(&image, &*other, "accepted").send().await.expect("accepted");
    assert_eq!(accepted.status, Some(ImageMemberStatus::Accepted));
    assert!(theirs_lists(None).await && !theirs_lists(Some("pending")).await);
    let error = theirs.update_image_member(&image, &*other, "odd").send().await.expect_err("no such status");
    assert_eq!(status(&error), Some(400), "{error}");
    for error in [
        theirs.create_image_member(&image, "third").send().await.map(drop).expect_err("not the owner"),
        theirs.delete_image_member(&image, &*other).send().await.expect_err("not the owner"),
        theirs.update_image(&image, &[PatchOperation::set("k", "v")]).send().await.map(drop).expect_err("not the owner"),
    ] {
        assert_eq!(status(&error), Some(403), "{error}");
    }

    // Another member sees only itself.
    mine.create_image_member(&image, "third").send().await.expect("shared");
    let all = mine.list_image_members(&image).send().await.expect("listed").items;
    assert_eq!(all.len(), 2);
    let seen = theirs.list_image_members(&image).send().await.expect("listed").items;
    assert_eq!(seen.iter().map(|member| member.member_id.as_str()).collect::<Vec<_>>(), [&other]);
    assert_eq!(mine.show_image_member(&image, "third").send().await.expect("shown").status, Some(ImageMemberStatus::Pending));
    for error in [
        theirs.show_image_member(&image, "third").send().await.expect_err("another's"),
        mine.show_image_member(&image, &*owner).send().await.expect_err("the owner is no member"),
    ] {
        assert!(error.is_not_found(), "{error}");
    }

    theirs.update_image_member(&image, &*other, "rejected").send().await.expect("rejected");
    assert!(!theirs_lists(None).await && theirs_lists(Some("rejected")).await);
    mine.delete_image_member(&image, &*other).send().await.expect("no longer shared");
    assert!(mine.delete_image_member(&image, &*other).send().await.expect_err("gone").is_not_found());
    assert!(theirs.show_image(&image).send().await.expect_err("no longer shared").is_not_found());
}

/// The same images in Nova's shape.
pub(crate) async fn are_novas_too(cloud: Cloud, scope: Scope) {
    let (compute, images) = (cloud.compute(), cloud.image());
    let image = scope.image(&cloud).await;
    let changes = [PatchOperation::set("auto_disk_config", "False"), PatchOperation::set("min_disk", 3)];
    images.update_image(&image, &changes).send().await.expect("changed");
    let shown = compute.show_image(&image).send().await.expect("shown");
    let by_glance = images.show_image(&image).send().await.expect("shown");
    assert_eq!((&shown.id, shown.name, shown.created), (&image, by_glance.name.clone(), by_glance.created_at));
    assert_eq!((shown.status, shown.progress), (Some(k5::compute::ImageStatus::Active), Some(100)));
    assert_eq!((shown.min_disk, shown.disk_config), (Some(3), Some(k5::compute::DiskConfig::Manual)));
    assert_eq!(shown.size.as_ref().and_then(k5::Loose::get), Some(1024));
    let kinds: Vec<_> = shown.links.iter().flatten().filter_map(|link| link.rel.as_deref()).collect();
    assert_eq!(kinds, ["self", "bookmark", "alternate"]);

    let name = by_glance.name.expect("a name");
    let other = scope.image(&cloud).await;
    let listed = compute.list_images_detail().limit(1).items().collect().await.expect("listed");
    assert!([&image, &other].iter().all(|id| listed.iter().filter(|listed| listed.id == **id).count() == 1));
    let ids = async |list: k5::compute::builder::ListImagesDetail| {
        list.name(&name).items().collect().await.expect("listed").into_iter().map(|image| image.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(compute.list_images_detail().min_disk(3)).await, std::slice::from_ref(&image));
    assert_eq!(ids(compute.list_images_detail().status("ACTIVE")).await.len(), 2);
    assert_eq!(ids(compute.list_images_detail().status("SAVING")).await.len(), 0);
    assert_eq!(ids(compute.list_images_detail().min_ram(7)).await.len(), 0);
    assert_eq!(ids(scope.other().compute().list_images_detail()).await.len(), 0, "another project sees none of them");
    assert!(scope.other().compute().show_image(&image).send().await.expect_err("another's").is_not_found());
    let error = compute.list_images_detail().marker(NOBODY).send().await.expect_err("no such image");
    assert_eq!(status(&error), Some(400), "{error}");

    compute.delete_image(&image).send().await.expect("deleted");
    for error in [
        compute.show_image(&image).send().await.map(drop).expect_err("gone"),
        compute.delete_image(&image).send().await.expect_err("gone"),
        compute.show_image_metadata(&image).send().await.map(drop).expect_err("gone"),
        images.show_image(&image).send().await.map(drop).expect_err("gone there too"),
    ] {
        assert!(error.is_not_found(), "{error}");
    }
    let error = compute.delete_image(cirros(&cloud).await).send().await.expect_err("not ours");
    assert_eq!((status(&error), error.code()), (Some(403), Some("forbidden")), "{error}");
}

/// Metadata as a whole: set beside what is there, or in its place.
pub(crate) async fn have_metadata(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let image = scope.image(&cloud).await;
    let texts = |metadata: k5::Pairs<Option<String>>| {
        metadata.into_iter().filter_map(|(key, value)| Some(format!("{key}={}", value?))).collect::<Vec<_>>()
    };
    let merged = compute.update_image_metadata(&image, [("label", "Web 1"), ("tier", "a")]).send().await.expect("set");
    assert_eq!(texts(merged), ["label=Web 1", "tier=a"]);
    let merged = compute.update_image_metadata(&image, [("tier", "b")]).send().await.expect("set");
    assert_eq!(texts(merged), ["label=Web 1", "tier=b"]);
    let replaced = compute.replace_image_metadata(&image, [("only", "one")]).send().await.expect("replaced");
    assert_eq!(texts(replaced), ["only=one"]);
    assert_eq!(texts(compute.show_image_metadata(&image).send().await.expect("shown")), ["only=one"]);
    let shown = cloud.image().show_image(&image).send().await.expect("shown");
    assert!(shown.extra["only"] == "one" && !shown.extra.contains_key("label"));
    // The public image is somebody else's.
    let public = cirros(&cloud).await;
    for error in [
        compute.update_image_metadata(&public, [("k", "v")]).send().await.expect_err("not ours"),
        compute.replace_image_metadata(&public, [("k", "v")]).send().await.expect_err("not ours"),
    ] {
        assert_eq!((status(&error), error.code()), (Some(403), Some("forbidden")), "{error}");
    }
    let error = compute.update_image_metadata(NOBODY, [("k", "v")]).send().await.expect_err("no such image");
    assert!(error.is_not_found() && error.code() == Some("itemNotFound"), "{error}");
}

/// The project that a cloud's user works in.
async fn project(cloud: &Cloud) -> String {
    cloud.token().await.expect("a login").and_then(|token| token.project_id().map(str::to_owned)).expect("a project")
}

fn status(error: &k5::Error) -> Option<u16> {
    error.status().map(|status| status.as_u16())
}

k5_tests::cases! {
    have_properties [image.update_image, image.show_image, image.create_image, image.upload_image]
    have_data [image.download_image, image.upload_image, image.create_image]
    come_in_pages [image.list_images, image.delete_image]
    are_shared [
        image.create_image_member, image.list_image_members, image.show_image_member, image.delete_image_member,
        image.update_image_member,
    ]
    are_novas_too [compute.list_images_detail, compute.show_image, compute.delete_image]
    have_metadata [compute.show_image_metadata, compute.replace_image_metadata, compute.update_image_metadata]
    have_metadata_items [compute.show_image_metadata_item, compute.set_image_metadata_item, compute.delete_image_metadata_item]
}
