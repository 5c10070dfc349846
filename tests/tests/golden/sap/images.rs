//! Clone images and snapshots: one path for both, where the form's `type` or the value in the path decides.

use super::{FORM, is_the_task};
use crate::fake::golden;
use crate::fixtures::sap::{IMAGES, TASK};
use k5::Loose;
use k5::sap::{CloneImageScope, Sap};

#[test]
fn create_clone_image() {
    let task = golden(
        &format!("POST /server_images\n{FORM}\n\ntype=cloning&comment=before%20the%20update&l_server_rid=ror-1&name=erp_1"),
        "202\n\n<task><id>tsk-1</id><status>waiting</status><progress>0</progress></task>",
        async |session| Sap::new(session).create_clone_image("erp_1", "ror-1").comment("before the update").send().await,
    );
    is_the_task(&task);
    assert_eq!(task.resource, None, "there is none for an image");
}

#[test]
fn create_and_restore_snapshot() {
    let answer = format!("202\n\n{TASK}");
    let task = golden(&format!("POST /server_images\n{FORM}\n\ntype=snapshot&l_server_rid=ror-9"), &answer, async |session| {
        Sap::new(session).create_snapshot("ror-9").send().await
    });
    assert_eq!(task.resource.and_then(|resource| resource.id).expect("the server").as_str(), "ror-9");
    golden(&format!("PUT /server_images/ror-11/restore\n{FORM}"), &answer, async |session| {
        Sap::new(session).restore_snapshot("ror-11").send().await
    });
    golden(&format!("PUT /server_images/ror-11/restore\n{FORM}\n\nl_server_rid=ror-9"), &answer, async |session| {
        Sap::new(session).restore_snapshot("ror-11").server("ror-9").send().await
    });
}

#[test]
fn delete_server_image() {
    let answer = format!("202\n\n{TASK}");
    let task =
        golden("DELETE /server_images/erp_1", &answer, async |session| Sap::new(session).delete_server_image("erp_1").send().await);
    is_the_task(&task.expect("a task"));
    golden("DELETE /server_images/erp_1?availability_zone=jp-east-1b", &answer, async |session| {
        Sap::new(session).delete_clone_image("erp_1").availability_zone("jp-east-1b").send().await
    });
    golden("DELETE /server_images/ror%2F11", "204\n\n", async |session| Sap::new(session).delete_snapshot("ror/11").send().await);
}

#[test]
fn list_clone_images() {
    let page = golden(
        "GET /server_images?mode=cloning&verbose=true&disksize=true&availability_zone=jp-east-1a",
        &format!("200\n\n{IMAGES}"),
        async |session| {
            let list = Sap::new(session).list_clone_images().verbose(true).disk_size(true);
            list.availability_zone("jp-east-1a").send().await
        },
    );
    let [first, second, bare] = page.items.as_slice() else { panic!("{page:?}") };
    assert_eq!((first.name.as_str(), &first.scope), ("erp_1", &Some(CloneImageScope::Project)));
    assert_eq!(first.comment.as_deref(), Some(""));
    assert_eq!(first.created_at.as_ref().and_then(Loose::get).map(|at| at.unix_seconds()), Some(1_462_298_521));
    let disks = first.disks.as_ref().expect("disks");
    assert_eq!((disks.len(), disks[0].size.as_ref().and_then(Loose::get), &disks[1].size), (2, Some(60.5), &None));
    // The same name in another project and zone, and values that nobody has seen.
    assert_eq!((second.name.as_str(), second.project.as_ref().map(|id| id.as_str())), ("erp_1", Some("77")));
    assert_eq!(second.scope.as_ref().map(CloneImageScope::as_str), Some("imageDisclosureScope"));
    assert_eq!((second.created_at.as_ref().and_then(Loose::get), &second.disks), (None, &None));
    assert_eq!((bare.scope.as_ref(), bare.project.as_ref(), bare.created_at.as_ref()), (None, None, None));
    golden("GET /server_images?mode=cloning", "200\n\n<ServerImages/>", async |session| {
        Sap::new(session).list_clone_images().send().await
    });
}

#[test]
fn move_clone_image() {
    golden(&format!("PUT /server_images/erp_1/move\n{FORM}\n\nscope=domain"), &format!("202\n\n{TASK}"), async |session| {
        Sap::new(session).move_clone_image("erp_1", CloneImageScope::Domain).send().await
    });
}
