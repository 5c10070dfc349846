//! Servers imported by one call: uploaded, registered, waited for.

use k5::import::{ImportProgress, ImportServer, ImportedDisk};
use k5::vm_import::ImportState;
use k5::{Cloud, ErrorKind};
use k5_tests::Scope;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A file of this name with these bytes.
fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    path
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// An import that looks often.
fn import(cloud: &Cloud, path: &Path, container: &str) -> ImportServer {
    let (first, longest) = (Duration::from_millis(20), Duration::from_millis(100));
    cloud.import_server(path, "centos").container(container).every(first, longest)
}

async fn content(cloud: &Cloud, container: &str, object: &str) -> Option<Vec<u8>> {
    match cloud.object_storage().download_object(container, object).send().await {
        Ok(download) => Some(download.collect(1 << 20).await.expect("whole").to_vec()),
        Err(error) if error.is_not_found() => None,
        Err(error) => panic!("{error}"),
    }
}

/// From a file to an image, with every step told, and nothing left in object storage.
pub(crate) async fn one_call(cloud: Cloud, scope: Scope) {
    let (folder, container) = (folder(), scope.name("disks"));
    scope.name("disks_segments");
    let path = file(&folder, "web 1.vmdk", &vec![7; 10_000]);
    let steps = Arc::new(Mutex::new(Vec::new()));
    let told = steps.clone();
    let import = import(&cloud, &path, &container).register(|image| image.min_disk(30)).upload(|upload| upload.segment_size(4000));
    let import = import.object("2026/web 1.vmdk").remove_object(true);
    let import = import.on_progress(move |step| told.lock().expect("unpoisoned").push(step));
    let imported = import.send().await.expect("imported");
    assert_eq!(imported.status.import_status, ImportState::Succeeded);
    assert_eq!((imported.stored.bytes, imported.stored.segments), (10_000, 3));
    assert!(matches!(imported.disk, ImportedDisk::Removed), "{:?}", imported.disk);
    let image = cloud.image().show_image(imported.image_id.as_ref().expect("an image")).send().await.expect("shown");
    scope.owns_image(&image.id);
    assert_eq!((image.name.as_deref(), image.min_disk, image.size), (Some("web 1"), Some(30), Some(10_000)));
    let swift = cloud.object_storage();
    for container in [container.clone(), format!("{container}_segments")] {
        let left = swift.list_objects(&container).items().collect().await.expect("the container stays");
        assert!(left.is_empty(), "{left:?}");
    }

    let steps = std::mem::take(&mut *steps.lock().expect("unpoisoned"));
    let at = |wanted: fn(&ImportProgress) -> bool| steps.iter().position(wanted).expect("told");
    let uploaded =
        at(|step| matches!(step, ImportProgress::Uploading(now) if now.committed == 10_000 && now.total == Some(10_000)));
    let registered = at(|step| matches!(step, ImportProgress::Registered { .. }));
    let last =
        ImportProgress::Importing { import_id: imported.import_id.clone(), state: ImportState::Succeeded, percent: Some(100) };
    assert!(uploaded < registered && steps.last() == Some(&last), "{steps:?}");
    assert!(steps.len() > registered + 2, "more than one look at the import: {steps:?}");
}

/// The service's own words, and the disk where it was.
pub(crate) async fn failures_keep_the_disk(cloud: Cloud, scope: Scope) {
    let (folder, container) = (folder(), scope.name("disks"));
    let path = file(&folder, "fail-web.vmdk", b"disk");
    let error = import(&cloud, &path, &container).remove_object(true).send().await.expect_err("it fails");
    assert!(error.is_failed() && error.operation().is_some(), "{error}");
    for words in [
        "the import went to failed: The virtual disk /v1/AUTH_",
        "could not be converted",
        &format!("swift://{container}/fail-web.vmdk"),
    ] {
        assert!(error.message().contains(words), "{words}: {error}");
    }
    assert_eq!(content(&cloud, &container, "fail-web.vmdk").await.as_deref(), Some(&b"disk"[..]));

    // Refused at once, and it says where the disk is, too.
    let path = file(&folder, "web.vmdk", b"disk");
    let import = import(&cloud, &path, &container).register(|image| image.id("no-uuid")).remove_object(true);
    let error = import.send().await.expect_err("no id of an image");
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Status, Some(400)), "{error}");
    assert!(error.message().contains(&format!("the disk is in swift://{container}/web.vmdk")), "{error}");
    assert!(content(&cloud, &container, "web.vmdk").await.is_some());
}

/// An object that is there stays as it is, unless it may be replaced; what this disk is already is not sent again, and not removed.
pub(crate) async fn what_is_there(cloud: Cloud, scope: Scope) {
    let (folder, container) = (folder(), scope.container(&cloud, "disks").await);
    scope.name("disks_segments");
    let swift = cloud.object_storage();
    swift.upload(&container, "web.vmdk").from_bytes("another").send().await.expect("stored");
    let path = file(&folder, "web.vmdk", &vec![1; 9000]);
    let error = import(&cloud, &path, &container).remove_object(true).send().await.expect_err("it is there");
    assert!(error.is_conflict() && error.target() == Some(&*format!("swift://{container}/web.vmdk")), "{error}");
    assert_eq!(content(&cloud, &container, "web.vmdk").await.as_deref(), Some(&b"another"[..]));
    let imports = cloud.vm_import().list_imports().send().await.expect("listed").items;
    assert!(imports.is_empty(), "nothing was registered: {imports:?}");

    let again = || import(&cloud, &path, &container).overwrite(true).upload(|upload| upload.segment_size(4000));
    let kept = again().send().await.expect("replaced");
    scope.owns_image(kept.image_id.as_ref().expect("an image"));
    assert!(matches!(kept.disk, ImportedDisk::Kept), "{:?}", kept.disk);
    let found = again().remove_object(true).send().await.expect("found");
    scope.owns_image(found.image_id.as_ref().expect("an image"));
    let ImportedDisk::Left(why) = &found.disk else { panic!("{:?}", found.disk) };
    assert!(why.message().contains("existed before the import"), "{why}");
    assert_eq!(found.stored.reused, 9000, "nothing was sent again");
    assert_eq!(content(&cloud, &container, "web.vmdk").await.expect("it stays").len(), 9000);

    std::fs::write(&path, "a small one").expect("written");
    let replaced = again().remove_object(true).send().await.expect("replaced");
    scope.owns_image(replaced.image_id.as_ref().expect("an image"));
    assert!(matches!(replaced.disk, ImportedDisk::Removed), "{:?}", replaced.disk);
    assert_eq!(content(&cloud, &container, "web.vmdk").await, None);
    let left = swift.list_objects(&format!("{container}_segments")).items().collect().await.expect("listed");
    assert!(left.is_empty(), "the segments of what was replaced: {left:?}");
}

/// What somebody else has stored there meanwhile is not removed.
pub(crate) async fn another_writer(cloud: Cloud, scope: Scope) {
    let (folder, container) = (folder(), scope.name("disks"));
    let path = file(&folder, "web.vmdk", b"disk");
    let (writer, place) = (cloud.clone(), container.clone());
    let import = import(&cloud, &path, &container).remove_object(true).on_progress(move |step| {
        if matches!(step, ImportProgress::Registered { .. }) {
            let store = async { writer.object_storage().upload(&place, "web.vmdk").from_bytes("theirs").send().await };
            let runtime = tokio::runtime::Handle::current();
            tokio::task::block_in_place(|| runtime.block_on(store)).expect("stored");
        }
    });
    let imported = import.send().await.expect("imported");
    scope.owns_image(imported.image_id.as_ref().expect("an image"));
    let ImportedDisk::Left(why) = &imported.disk else { panic!("{:?}", imported.disk) };
    assert!(why.message().contains("was replaced meanwhile"), "{why}");
    assert_eq!(content(&cloud, &container, "web.vmdk").await.as_deref(), Some(&b"theirs"[..]));
}

/// The login that a conversion needs goes along, and no error shows it.
pub(crate) async fn conversion(cloud: Cloud, scope: Scope) {
    let (folder, container) = (folder(), scope.name("disks"));
    let path = file(&folder, "web.vmdk", b"disk");
    let converted = |import: ImportServer| import.register(|image| image.convert("ops", "Wq3dSecret", "contract"));
    let imported = converted(import(&cloud, &path, &container)).send().await.expect("imported");
    scope.owns_image(imported.image_id.as_ref().expect("an image"));
    let status = &imported.status;
    assert_eq!(
        (status.conversion, status.user_name.as_deref(), status.domain_name.as_deref()),
        (Some(true), Some("ops"), Some("contract"))
    );
    assert_eq!(status.password.as_ref().map(|password| password.expose()), Some("V3EzZFNlY3JldA=="));
    assert!(!format!("{imported:?}").contains("V3EzZFNlY3JldA"));
}

/// Uploaded and registered by one call, and waited for by another.
pub(crate) async fn submitted(cloud: Cloud, scope: Scope) {
    let (folder, container) = (folder(), scope.name("disks"));
    let path = file(&folder, "web.vmdk", b"disk");
    let error = import(&cloud, &path, &container).remove_object(true).submit().await.expect_err("nobody would remove it");
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert_eq!(content(&cloud, &container, "web.vmdk").await, None);

    let import_id = import(&cloud, &path, &container).submit().await.expect("registered");
    let (first, longest) = (Duration::from_millis(20), Duration::from_millis(100));
    let status = cloud.vm_import().wait_import(&import_id).succeeded().every(first, longest).await.expect("imported");
    scope.owns_image(status.id.as_ref().expect("an image"));
    let location = cloud.import_location(&container, "web.vmdk").await.expect("a location");
    assert_eq!(status.location.as_deref(), Some(location.as_str()));
    assert_eq!(content(&cloud, &container, "web.vmdk").await.as_deref(), Some(&b"disk"[..]));
}

k5_tests::cases! {
    one_call [object_storage.upload_object, vm_import.register_image, vm_import.show_import_status]
    failures_keep_the_disk [vm_import.register_image, vm_import.show_import_status]
    what_is_there [object_storage.show_object, vm_import.register_image, object_storage.delete_object]
    another_writer [vm_import.register_image, vm_import.show_import_status]
    submitted [vm_import.register_image, vm_import.show_import_status]
    conversion [vm_import.register_image, vm_import.show_import_status]
}
