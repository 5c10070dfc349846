//! What the cluster says of itself.

use k5::Cloud;
use k5_tests::Scope;

/// Limits and features, without a login.
pub(crate) async fn is_told(cloud: Cloud, _: Scope) {
    let info = cloud.object_storage().show_info().send().await.expect("told");
    assert_eq!(info["swift"]["max_object_name_length"], k5::object_storage::limits::OBJECT_NAME);
    assert_eq!(info["swift"]["max_container_name_length"], k5::object_storage::limits::CONTAINER_NAME);
    assert_eq!(info["swift"]["max_file_size"], k5::object_storage::limits::OBJECT_SIZE);
    assert_eq!(info["swift"]["max_meta_count"], k5::object_storage::limits::METADATA_ITEMS);
    assert!(info["swift"]["container_listing_limit"].as_u64().is_some_and(|limit| limit >= 10_000));
    for feature in ["slo", "bulk_delete", "tempurl"] {
        assert!(info.get(feature).is_some(), "{feature} in {info}");
    }
}

k5_tests::cases! {
    is_told [object_storage.show_info]
}
