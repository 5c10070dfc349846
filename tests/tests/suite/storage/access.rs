//! Who may do what.

use k5::object_storage::acl::Acl;
use k5::{Cloud, WithOptions};
use k5_tests::Scope;

async fn account_of(cloud: &Cloud) -> (String, String) {
    let token = cloud.token().await.expect("a login").expect("a token");
    let project = token.project_id().expect("a project").to_owned();
    (project, token.details.user.id.clone())
}

/// A user of another project is refused, then let in to read, then to write, and shut out again.
pub(crate) async fn other_users(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "acl").await;
    swift.upload(&container, "o").from_bytes("shared").send().await.expect("stored");
    let (project, _) = account_of(&cloud).await;
    let account = format!("AUTH_{project}");
    let (other_project, other_user) = account_of(scope.other()).await;
    let theirs = scope.other().object_storage();
    let get = || {
        let mut get = theirs.download_object(&container, "o");
        get.call_mut().options_mut().account = Some(account.as_str().into());
        get.send()
    };
    let put = || {
        let mut put = theirs.upload_object(&container, "theirs", k5::Body::bytes("written"));
        put.call_mut().options_mut().account = Some(account.as_str().into());
        put.send()
    };
    let list = || {
        let mut list = theirs.list_objects(&container);
        list.call_mut().options_mut().account = Some(account.as_str().into());
        list.send()
    };
    let error = get().await.expect_err("no grant");
    assert!(error.is_auth() && error.status().is_some_and(|status| status == 403), "{error}");

    let reader = Acl::new().user(&other_project, &other_user).to_string();
    swift.update_container(&container).read_acl(&reader).send().await.expect("updated");
    assert_eq!(&get().await.expect("readable").collect(100).await.expect("whole")[..], b"shared");
    assert_eq!(list().await.expect("a reader may list").items.len(), 1);
    assert!(put().await.expect_err("not writable").is_auth());
    assert!(list().await.expect("listed").info.read_acl.is_none(), "the lists are the owner's to see");

    swift.update_container(&container).write_acl(&Acl::new().user("*", &other_user).to_string()).send().await.expect("updated");
    put().await.expect("writable");
    assert_eq!(swift.show_object(&container, "theirs").send().await.expect("the owner sees it").content_length, Some(7));

    swift.update_container(&container).remove_read_acl().remove_write_acl().send().await.expect("updated");
    assert!(get().await.expect_err("shut out").is_auth());
    assert!(put().await.expect_err("shut out").is_auth());
}

/// Without a token: what is public can be read, listed only when that is said as well, and never written.
pub(crate) async fn everyone(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.name("public");
    swift.create_container(&container).read_acl(&Acl::new().anyone().to_string()).send().await.expect("created");
    swift.upload(&container, "o").from_bytes("for all").send().await.expect("stored");
    let download = swift.download_object(&container, "o").with_no_token().send().await.expect("public");
    assert_eq!(&download.collect(100).await.expect("whole")[..], b"for all");
    assert!(swift.list_objects(&container).with_no_token().send().await.expect_err("not listed").is_auth());
    let put = swift.upload_object(&container, "o", k5::Body::bytes("x")).with_no_token();
    assert!(put.send().await.expect_err("not writable").is_auth());

    swift.update_container(&container).read_acl(&Acl::new().anyone().listings().to_string()).send().await.expect("updated");
    assert_eq!(swift.list_objects(&container).with_no_token().send().await.expect("listed").items.len(), 1);
    assert!(Acl::parse(&swift.show_container(&container).send().await.expect("shown").read_acl.expect("a list")).is_public());

    let acl = Acl::new().referrer("good.example").to_string();
    swift.update_container(&container).read_acl(&acl).send().await.expect("updated");
    assert!(swift.download_object(&container, "o").with_no_token().send().await.expect_err("no referrer").is_auth());
    let from_there = swift.download_object(&container, "o").with_no_token().with_header("referer", "http://good.example/page");
    from_there.send().await.expect("the page's host is good");
}

k5_tests::cases! {
    other_users [
        object_storage.update_container, object_storage.download_object, object_storage.upload_object, object_storage.list_objects,
    ]
    everyone [object_storage.create_container, object_storage.download_object, object_storage.list_objects]
}
