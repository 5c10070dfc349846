//! Clone images.

use super::{
    FORM, IMAGE, XML, assert_bad, assert_refused, create, document, done, fast, finished, resource, send, server, slow, text,
};
use crate::client::{Answer, Client};

async fn list(client: &Client, more: &str) -> String {
    client.at("GET", &format!("/server_images?mode=cloning{more}"), None).await.text()
}

async fn clone(client: &Client, name: &str, of: &str) -> Answer {
    send(client, "POST", "/server_images", FORM, &format!("type=cloning&name={name}&l_server_rid={of}")).await
}

#[tokio::test]
async fn they_are_made_listed_and_deleted() {
    let (_emulator, client) = slow().await;
    let id = server(&client, "source").await;
    let provided = list(&client, "").await;
    assert!(provided.contains(&format!(r#"<ServerImage name="{IMAGE}"><Scope>domain</Scope><Project>"#)), "{provided}");
    assert!(!provided.contains("Comment") && !provided.contains("Disks"), "{provided}");
    let form = format!("type=cloning&name=erp_1&l_server_rid={id}&comment=%E5%85%A8%20%26");
    let begun = send(&client, "POST", "/server_images", FORM, &form).await;
    assert!(!begun.text().contains("<resource"), "there is none for an image");
    assert!(!list(&client, "").await.contains("erp_1"), "until it is done");
    assert_refused(&send(&client, "PUT", &format!("/l_servers/{id}/start"), FORM, "").await, 409, "67178");
    assert_refused(&send(&client, "DELETE", "/server_images/erp_1", FORM, "").await, 409, "67178");
    finished(&client, &begun).await;

    let whole = list(&client, "&verbose=true&disksize=true&availability_zone=uk-1b").await;
    assert!(!whole.contains(IMAGE), "the provider's are in the zones of the region: {whole}");
    let own = format!(r#"<ServerImage name="erp_1"><Scope>project</Scope><Project>{}</Project>"#, client.project);
    assert!(
        whole.contains(&format!("{own}<AvailabilityZone>uk-1b</AvailabilityZone><Comment>全 &amp;</Comment><CreateTime>")),
        "{whole}"
    );
    assert!(whole.contains("<Disks><Disk><DiskIndex>0</DiskIndex><DiskSize>80.0</DiskSize></Disk><Disk><DiskIndex>1"), "{whole}");
    assert_refused(&clone(&client, "erp_1", &id).await, 409, "67153");
    assert_refused(&clone(&client, IMAGE, &id).await, 409, "67153");

    done(&client, "DELETE", "/server_images/erp_1?availability_zone=uk-1b", "").await;
    assert!(!list(&client, "").await.contains("erp_1"));
    assert_refused(&send(&client, "DELETE", "/server_images/erp_1", FORM, "").await, 404, "67154");
    assert_refused(&send(&client, "DELETE", &format!("/server_images/{IMAGE}"), FORM, "").await, 404, "67154");
    finished(&client, &clone(&client, "erp_1", &id).await).await;
    assert_refused(&send(&client, "DELETE", "/server_images/erp_1?availability_zone=uk-1a", FORM, "").await, 404, "67154");
    done(&client, "PUT", &format!("/l_servers/{id}/start"), "").await;
    assert_refused(&clone(&client, "erp_2", &id).await, 409, "67178");
}

#[tokio::test]
async fn what_is_wrong_with_a_clone() {
    let (_emulator, client) = fast().await;
    let id = server(&client, "source").await;
    for name in ["", "9a", "_a", "a-b", "a.b", &"a".repeat(33)] {
        assert_bad(&clone(&client, name, &id).await, 400);
    }
    for comment in ["100%25", "a%5Cb", "%22", "a%0Ab", &"a".repeat(97)] {
        assert_bad(&clone(&client, &format!("a&comment={comment}"), &id).await, 400);
    }
    assert_bad(&send(&client, "POST", "/server_images", FORM, "type=cloning&name=a").await, 400);
    assert_bad(&send(&client, "POST", "/server_images", XML, "<ServerImage/>").await, 400);
    assert_refused(&clone(&client, "a", "ror-1").await, 400, "67154");
    for path in ["/server_images", "/server_images?mode=template", "/server_images?mode=cloning&verbose=1"] {
        assert_bad(&client.at("GET", path, None).await, 400);
    }
    // One whose name says so fails, and leaves nothing.
    let failing = clone(&client, "fail_1", &id).await;
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    let task = client.at("GET", &format!("/tasks/{}", text(&failing, "id")), None).await;
    assert_eq!((text(&task, "status").as_str(), text(&task, "arg").as_str()), ("error", "fail_1"));
    assert!(!list(&client, "").await.contains("fail_1"));
}

#[tokio::test]
async fn a_clone_works_if_its_server_had_been_started() {
    let (_emulator, client) = fast().await;
    let id = server(&client, "source").await;
    finished(&client, &clone(&client, "never_ran", &id).await).await;
    let dead = send(&client, "POST", "/l_servers", XML, &document("dead", "never_ran", "")).await;
    assert_eq!(dead.status, 202, "it is accepted");
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    let task = client.at("GET", &format!("/tasks/{}", text(&dead, "id")), None).await;
    assert_eq!(text(&task, "status"), "error");
    assert!(text(&task, "message").contains("never started"), "{}", task.text());
    let failed = client.at("GET", &format!("/l_servers/{}", resource(&dead)), None).await;
    assert_eq!(text(&failed, "ResourceStatus"), "error");
    done(&client, "DELETE", &format!("/l_servers/{}", resource(&dead)), "").await;

    done(&client, "PUT", &format!("/l_servers/{id}/start"), "").await;
    done(&client, "PUT", &format!("/l_servers/{id}/attach"), "disk_index=3&disk_size=12.5").await;
    done(&client, "PUT", &format!("/l_servers/{id}/stop"), "").await;
    finished(&client, &clone(&client, "has_run", &id).await).await;
    let alive = send(&client, "POST", "/l_servers", XML, &document("alive", "has_run", "")).await;
    finished(&client, &alive).await;
    assert!(list(&client, "&disksize=true").await.contains("<DiskIndex>3</DiskIndex><DiskSize>12.5</DiskSize>"));
}

#[tokio::test]
async fn the_scope_decides_who_may_use_them() {
    let (emulator, client) = slow().await;
    let alt = Client::of(&emulator, "alt_demo").await;
    let id = server(&client, "source").await;
    done(&client, "PUT", &format!("/l_servers/{id}/start"), "").await;
    done(&client, "PUT", &format!("/l_servers/{id}/stop"), "").await;
    finished(&client, &clone(&client, "shared", &id).await).await;
    let of_shared = document("theirs", "shared", "");
    assert!(!list(&alt, "").await.contains("shared"));
    assert_refused(&send(&alt, "POST", "/l_servers", XML, &of_shared).await, 400, "67154");
    assert_refused(&send(&alt, "PUT", "/server_images/shared/move", FORM, "scope=domain").await, 404, "67154");
    let moving = send(&client, "PUT", "/server_images/shared/move", FORM, "scope=domain").await;
    assert!(!list(&alt, "").await.contains("shared"), "until it is done");
    finished(&client, &moving).await;
    assert!(list(&alt, "").await.contains(r#"<ServerImage name="shared"><Scope>domain</Scope>"#));
    finished(&alt, &send(&alt, "POST", "/l_servers", XML, &of_shared).await).await;
    assert_refused(&send(&alt, "DELETE", "/server_images/shared", FORM, "").await, 404, "67154");

    // A name of two projects needs the project.
    let theirs = resource(&create(&alt, "other").await);
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    finished(&alt, &clone(&alt, "shared", &theirs).await).await;
    assert_bad(&send(&alt, "POST", "/l_servers", XML, &of_shared).await, 400);
    let link = |project: &str| format!(r#"<ServerImageLink name="shared"/><ServerImageProject name="{project}"/>"#);
    let with = |project: &str| of_shared.replace(r#"<ServerImageLink name="shared"/>"#, &link(project));
    finished(&alt, &send(&alt, "POST", "/l_servers", XML, &with(&client.project)).await).await;
    assert_refused(&send(&alt, "POST", "/l_servers", XML, &with("nobody")).await, 400, "67154");

    done(&client, "PUT", "/server_images/shared/move", "scope=project").await;
    assert!(!list(&alt, "").await.contains(&client.project));
    for bad in ["", "scope=", "scope=world", "to=domain"] {
        assert_bad(&send(&client, "PUT", "/server_images/shared/move", FORM, bad).await, 400);
    }
}
