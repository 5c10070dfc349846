//! Earlier content, kept in a second container.

use crate::Scope;
use k5::Cloud;

/// Replaced content goes to the other container; a deletion brings it back; switched off, it is lost as usual.
pub async fn kept_and_brought_back(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (old, container) = (scope.container(&cloud, "old ü").await, scope.name("new"));
    let place = percent_encoding::utf8_percent_encode(&old, percent_encoding::NON_ALPHANUMERIC).to_string();
    swift.create_container(&container).versions_location(&place).send().await.expect("created");
    let info = swift.show_container(&container).send().await.expect("shown");
    let shown = info.versions_location.map(|text| percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned());
    assert_eq!(shown.as_deref(), Some(old.as_str()));

    let read = async || {
        let download = swift.download_object(&container, "o").send().await.expect("there");
        String::from_utf8(download.collect(10).await.expect("whole").to_vec()).expect("text")
    };
    let kept = async |count: usize| {
        crate::eventually("the old versions are listed", async || {
            (swift.list_objects(&old).send().await.expect("listed").items.len() == count).then_some(())
        })
        .await;
    };
    for content in ["one", "two", "three"] {
        swift.upload(&container, "o").from_bytes(content).send().await.expect("stored");
    }
    kept(2).await;
    assert_eq!(read().await, "three");
    for (content, left) in [("two", 1), ("one", 0)] {
        swift.delete_object(&container, "o").send().await.expect("deleted");
        assert_eq!(read().await, content);
        kept(left).await;
    }
    swift.update_container(&container).remove_versions_location().send().await.expect("updated");
    swift.upload(&container, "o").from_bytes("four").send().await.expect("stored");
    kept(0).await;
    swift.delete_object(&container, "o").send().await.expect("deleted");
    assert!(swift.show_object(&container, "o").send().await.expect_err("gone").is_not_found());
}
