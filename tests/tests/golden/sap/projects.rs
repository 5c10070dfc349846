//! Projects, whose changes are a list of tasks.

use super::FORM;
use crate::fake::golden;
use crate::fixtures::sap::{PROJECT, TASKS};
use k5::sap::Sap;

#[test]
fn enable_project() {
    let page = golden(&format!("POST /projects\n{FORM}\n\nproject_id=0F3e9b7c"), &format!("202\n\n{TASKS}"), async |session| {
        Sap::new(session).enable_project("0F3e9b7c").send().await
    });
    let zones: Vec<_> = page.items.iter().map(|task| (task.id.as_str(), task.availability_zone.as_deref())).collect();
    assert_eq!(zones, [("tsk-1", Some("jp-east-1a")), ("tsk-2", Some("jp-east-1b"))]);
    assert!(page.items.iter().all(|task| task.resource.is_none()));
    golden(
        &format!("POST /projects\n{FORM}\n\navailability_zone=jp-east-1b&project_id=0f3e9b7c"),
        "202\n\n<tasks/>",
        async |session| Sap::new(session).enable_project("0f3e9b7c").availability_zone("jp-east-1b").send().await,
    );
}

#[test]
fn disable_project() {
    let page = golden("DELETE /projects/0f3e9b7c?availability_zone=jp-east-1b", &format!("202\n\n{TASKS}"), async |session| {
        Sap::new(session).disable_project("0f3e9b7c").availability_zone("jp-east-1b").send().await
    });
    assert_eq!(page.items.len(), 2);
    let none =
        golden("DELETE /projects/0f3e9b7c", "204\n\n", async |session| Sap::new(session).disable_project("0f3e9b7c").send().await);
    assert_eq!(none.items.len(), 0);
}

#[test]
fn show_project() {
    let project = golden("GET /projects/0f3e9b7c", &format!("200\n\n{PROJECT}"), async |session| {
        Sap::new(session).show_project("0f3e9b7c").send().await
    });
    assert_eq!((project.name.as_str(), project.domain.as_deref()), ("0f3e9b7c", Some("contract")));
    assert_eq!(project.availability_zones.expect("zones"), ["jp-east-1a", "jp-east-1b"]);
    assert_eq!(project.dedicated_zones.expect("a zone"), ["jp-east-1b"], "one is a list, too");
    let bare = golden("GET /projects/a", "200\n\n<Project name=\"a\"><Dedicated/></Project>", async |session| {
        Sap::new(session).show_project("a").send().await
    });
    assert_eq!((bare.availability_zones, bare.dedicated_zones), (None, None));
}
