//! The integration tests of `object_store` itself, of both releases, each on a container of its own.

use k5::Cloud;
use k5_object_store::SwiftStore;
use k5_tests::Scope;

/// An empty store of a container, the one for its segments included.
async fn store(cloud: &Cloud, scope: &Scope) -> SwiftStore {
    let container = scope.container(cloud, "store").await;
    scope.name("store_segments");
    SwiftStore::new(cloud.object_storage(), &container).expect("a store")
}

/// The tests that both releases have.
macro_rules! of_a_release {
    ($release:ident) => {
        use super::store;
        use k5::Cloud;
        use k5_tests::Scope;
        use $release::integration;

        async fn put_get_delete_list(cloud: Cloud, scope: Scope) {
            integration::put_get_delete_list(&store(&cloud, &scope).await).await;
        }

        async fn put_get_delete_list_below_a_prefix(cloud: Cloud, scope: Scope) {
            let container = scope.container(&cloud, "store").await;
            let swift = cloud.object_storage();
            for beside in ["a/b", "a/bc", "a/b.c/d", "test_dir/test_file.json"] {
                swift.upload(&container, beside).from_bytes("beside").send().await.expect("stored");
            }
            let builder = k5_object_store::SwiftStore::builder(swift.clone(), &container);
            let below =
                builder.prefix("/a/b/").limits(k5_object_store::Limits::default().page(2).deletions(3)).build().expect("a store");
            integration::put_get_delete_list(&below).await;
            integration::list_uses_directories_correctly(&below).await;
            integration::list_with_delimiter(&below).await;
            integration::list_with_offset_exclusivity(&below).await;
            integration::list_paginated(&below, &below).await;
            let all = swift.list_objects(&container).items().collect().await.expect("listed");
            let names: Vec<_> = all.into_iter().map(|object| object.name).collect();
            let beside: Vec<_> = names.iter().filter(|name| !name.starts_with("a/b/")).collect();
            assert_eq!(beside, ["a/b", "a/b.c/d", "a/bc", "test_dir/test_file.json"]);
        }

        async fn put_get_attributes(cloud: Cloud, scope: Scope) {
            integration::put_get_attributes(&store(&cloud, &scope).await).await;
        }

        async fn get_opts(cloud: Cloud, scope: Scope) {
            integration::get_opts(&store(&cloud, &scope).await).await;
        }

        async fn get_opts_of_versions(cloud: Cloud, scope: Scope) {
            let store = store(&cloud, &scope).await;
            let keep = cloud.object_storage().update_container(store.container()).versions_enabled(true);
            keep.send().await.expect("keeps versions");
            integration::get_opts(&store).await;
        }

        async fn put_opts(cloud: Cloud, scope: Scope) {
            integration::put_opts(&store(&cloud, &scope).await, false).await;
        }

        async fn stream_get(cloud: Cloud, scope: Scope) {
            integration::stream_get(&store(&cloud, &scope).await).await;
        }

        async fn list_uses_directories_correctly(cloud: Cloud, scope: Scope) {
            integration::list_uses_directories_correctly(&store(&cloud, &scope).await).await;
        }

        async fn list_with_delimiter(cloud: Cloud, scope: Scope) {
            integration::list_with_delimiter(&store(&cloud, &scope).await).await;
        }

        async fn list_with_offset_exclusivity(cloud: Cloud, scope: Scope) {
            integration::list_with_offset_exclusivity(&store(&cloud, &scope).await).await;
        }

        async fn list_paginated(cloud: Cloud, scope: Scope) {
            let store = store(&cloud, &scope).await;
            integration::list_paginated(&store, &store).await;
        }

        async fn get_nonexistent_object(cloud: Cloud, scope: Scope) {
            let store = store(&cloud, &scope).await;
            let error = integration::get_nonexistent_object(&store, None).await.expect_err("there is no such object");
            assert!(matches!(error, $release::Error::NotFound { .. }), "{error}");
        }

        async fn rename_and_copy(cloud: Cloud, scope: Scope) {
            integration::rename_and_copy(&store(&cloud, &scope).await).await;
        }

        async fn copy_if_not_exists(cloud: Cloud, scope: Scope) {
            integration::copy_if_not_exists(&store(&cloud, &scope).await).await;
        }

        async fn copy_rename_nonexistent_object(cloud: Cloud, scope: Scope) {
            integration::copy_rename_nonexistent_object(&store(&cloud, &scope).await).await;
        }

        async fn multipart(cloud: Cloud, scope: Scope) {
            let store = store(&cloud, &scope).await;
            integration::multipart(&store, &store).await;
        }

        async fn multipart_race_condition(cloud: Cloud, scope: Scope) {
            integration::multipart_race_condition(&store(&cloud, &scope).await, true).await;
        }

        async fn multipart_out_of_order(cloud: Cloud, scope: Scope) {
            integration::multipart_out_of_order(&store(&cloud, &scope).await).await;
        }
    };
}

mod v0_13 {
    of_a_release!(object_store);

    k5_tests::cases! {
        put_get_delete_list [object_storage.copy_object, object_storage.list_objects]
        put_get_delete_list_below_a_prefix [object_storage.list_objects]
        put_get_attributes [object_storage.upload_object]
        get_opts [object_storage.download_object]
        get_opts_of_versions [object_storage.update_container, object_storage.download_object]
        put_opts [object_storage.upload_object]
        stream_get [object_storage.upload_object, object_storage.download_object]
        list_uses_directories_correctly [object_storage.list_objects]
        list_with_delimiter [object_storage.list_objects]
        list_with_offset_exclusivity [object_storage.list_objects]
        list_paginated [object_storage.list_objects]
        get_nonexistent_object [object_storage.show_object]
        rename_and_copy [object_storage.copy_object]
        copy_if_not_exists [object_storage.upload_object]
        copy_rename_nonexistent_object [object_storage.show_object]
        multipart [object_storage.upload_object]
        multipart_race_condition [object_storage.upload_object]
        multipart_out_of_order [object_storage.upload_object]
    }
}

mod v0_14 {
    of_a_release!(object_store_0_14);

    async fn multipart_with_opts(cloud: Cloud, scope: Scope) {
        let store = store(&cloud, &scope).await;
        integration::multipart_with_opts(&store, &store).await;
    }

    async fn multipart_put_part_out_of_order(cloud: Cloud, scope: Scope) {
        let store = store(&cloud, &scope).await;
        integration::multipart_put_part_out_of_order(&store, &store).await;
    }

    k5_tests::cases! {
        put_get_delete_list [object_storage.copy_object, object_storage.list_objects]
        put_get_delete_list_below_a_prefix [object_storage.list_objects]
        put_get_attributes [object_storage.upload_object]
        get_opts [object_storage.download_object]
        get_opts_of_versions [object_storage.update_container, object_storage.download_object]
        put_opts [object_storage.upload_object]
        stream_get [object_storage.upload_object, object_storage.download_object]
        list_uses_directories_correctly [object_storage.list_objects]
        list_with_delimiter [object_storage.list_objects]
        list_with_offset_exclusivity [object_storage.list_objects]
        list_paginated [object_storage.list_objects]
        get_nonexistent_object [object_storage.show_object]
        rename_and_copy [object_storage.copy_object]
        copy_if_not_exists [object_storage.upload_object]
        copy_rename_nonexistent_object [object_storage.show_object]
        multipart [object_storage.upload_object]
        multipart_with_opts [object_storage.upload_object]
        multipart_put_part_out_of_order [object_storage.upload_object]
        multipart_race_condition [object_storage.upload_object]
        multipart_out_of_order [object_storage.upload_object]
    }
}
