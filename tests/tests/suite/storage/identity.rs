//! Keystone.

use k5::identity::AuthRequest;
use k5::{Cloud, Secret};
use k5_tests::Scope;
use serde_json::json;

/// The version; a second token out of the first; what it says; revoked, and then worth nothing.
pub(crate) async fn tokens(cloud: Cloud, _: Scope) {
    let keystone = cloud.identity();
    let version = keystone.show_version().send().await.expect("the version").version;
    assert!(version.id.starts_with("v3") && version.status == "stable", "{version:?}");

    let own = cloud.token().await.expect("a login").expect("a token");
    assert!(own.details.catalog.as_ref().is_some_and(|catalog| !catalog.is_empty()));
    assert!(own.details.roles.as_ref().is_some_and(|roles| !roles.is_empty()));
    let project = own.project_id().expect("a project");
    let login: AuthRequest = serde_json::from_value(json!({"auth": {
        "identity": {"methods": ["token"], "token": {"id": own.secret.expose()}},
        "scope": {"project": {"id": project}},
    }}))
    .expect("a login");
    let (document, headers) = keystone.create_token(&login).send().await.expect("a second token");
    let second = headers.subject_token.expect("the token");
    assert_eq!(document.token.user.id, own.details.user.id);
    assert_eq!(document.token.project.as_ref().map(|project| project.id.as_str()), Some(project));
    assert!(document.token.expires_at <= own.details.expires_at, "it lives no longer than the first");

    let (shown, _) = keystone.show_token(&second).send().await.expect("valid");
    assert_eq!(shown.token.user.id, own.details.user.id);
    assert_eq!(shown.token.expires_at, document.token.expires_at);
    keystone.revoke_token(&second).send().await.expect("revoked");
    assert!(keystone.show_token(&second).send().await.expect_err("no longer valid").is_not_found());
    assert!(keystone.show_token(&Secret::new("nonsense")).send().await.expect_err("never valid").is_not_found());
}

/// What the token may be scoped to.
pub(crate) async fn projects(cloud: Cloud, _: Scope) {
    let keystone = cloud.identity();
    let token = cloud.token().await.expect("a login").expect("a token");
    let project = token.project_id().expect("a project");
    let mine = keystone.list_auth_projects().send().await.expect("listed").items;
    let own = mine.iter().find(|seen| seen.id == project).expect("the project of the token");
    assert!(own.enabled == Some(true) && own.domain_id.is_some(), "{own:?}");
    let same = keystone.list_user_projects(&token.details.user.id).send().await.expect("listed").items;
    assert_eq!(same.iter().map(|seen| &seen.id).collect::<Vec<_>>(), mine.iter().map(|seen| &seen.id).collect::<Vec<_>>());
    let error = keystone.list_projects().domain_id("default").send().await.expect_err("the list of all is the administrator's");
    assert!(error.is_auth() && error.status().is_some_and(|status| status == 403), "{error}");
}

/// Regions.
pub(crate) async fn regions(cloud: Cloud, _: Scope) {
    let keystone = cloud.identity();
    let all = keystone.list_regions().send().await.expect("listed").items;
    let region = all.iter().find(|region| region.parent_region_id.is_none()).expect("a region that is not an availability zone");
    let one = keystone.show_region(&region.id).send().await.expect("shown");
    assert_eq!(one.id, region.id);
    assert!(keystone.show_region("no/such region").send().await.expect_err("no such region").is_not_found());
}

k5_tests::cases! {
    tokens [identity.show_version, identity.create_token, identity.show_token, identity.revoke_token]
    projects [identity.list_auth_projects, identity.list_user_projects, identity.list_projects]
    regions [identity.list_regions, identity.show_region]
}
