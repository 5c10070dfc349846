//! One suite for every server: what a program may rely on, whoever answers. Each case takes a cloud and a [`Scope`](crate::Scope)
//! of its own; [`behaviour_suite!`](crate::behaviour_suite!) makes tests of all of them.

pub mod access;
pub mod conditions;
pub mod containers;
pub mod copies;
pub mod fetches;
pub mod identity;
pub mod info;
pub mod large;
pub mod listings;
pub mod metadata;
pub mod names;
pub mod objects;
pub mod segments;
pub mod temp_urls;
pub mod versions;

/// The whole suite as tests. `$on` runs one case on a cloud: it takes the operations that the case must have called, and the case.
#[macro_export]
macro_rules! behaviour_suite {
    ($on:path) => {
        use $crate::behaviour as suite;

        #[test]
        fn containers_come_and_go() {
            $on(&["create_container", "show_container", "delete_container"], suite::containers::come_and_go);
        }

        #[test]
        fn an_account_lists_its_containers() {
            $on(&["list_containers", "show_account"], suite::containers::are_listed);
        }

        #[test]
        fn containers_have_quotas() {
            $on(&["create_container", "upload_object"], suite::containers::keep_their_quota);
        }

        #[test]
        fn objects_come_back_as_they_went() {
            $on(&["upload_object", "download_object", "show_object", "delete_object"], suite::objects::round_trip);
        }

        #[test]
        fn objects_come_from_anywhere() {
            $on(&["upload_object", "download_object"], suite::objects::from_every_source);
        }

        #[test]
        fn uploads_are_checked() {
            $on(&["upload_object"], suite::objects::refusals);
        }

        #[test]
        fn what_is_stored_beside_the_bytes() {
            $on(&["upload_object", "show_object"], suite::objects::stored_headers);
        }

        #[test]
        fn objects_expire() {
            $on(&["upload_object", "update_object", "show_object"], suite::objects::expire);
        }

        #[test]
        fn listings_are_cut_and_rolled_up() {
            $on(&["list_objects"], suite::listings::cut_and_rolled_up);
        }

        #[test]
        fn listings_come_in_pages() {
            $on(&["list_objects", "list_containers"], suite::listings::pages);
        }

        #[test]
        fn listings_describe_objects() {
            $on(&["list_objects"], suite::listings::describe_objects);
        }

        #[test]
        fn metadata_of_accounts() {
            $on(&["update_account", "show_account"], suite::metadata::account);
        }

        #[test]
        fn metadata_of_containers() {
            $on(&["create_container", "update_container", "show_container"], suite::metadata::container);
        }

        #[test]
        fn metadata_of_objects() {
            $on(&["update_object", "show_object"], suite::metadata::object);
        }

        #[test]
        fn metadata_limits() {
            $on(&["update_object", "upload_object"], suite::metadata::limits);
        }

        #[test]
        fn strangers_need_a_grant() {
            $on(&["update_container", "download_object", "upload_object", "list_objects"], suite::access::other_users);
        }

        #[test]
        fn everyone_may_read_what_is_public() {
            $on(&["create_container", "download_object", "list_objects"], suite::access::everyone);
        }

        #[test]
        fn old_versions_are_kept() {
            $on(&["create_container", "update_container", "delete_object"], suite::versions::kept_and_brought_back);
        }

        #[test]
        fn copies_take_everything_along() {
            $on(&["copy_object", "show_object"], suite::copies::by_copy);
        }

        #[test]
        fn copies_by_put() {
            $on(&["upload_object"], suite::copies::by_put);
        }

        #[test]
        fn static_large_objects() {
            $on(&["upload_object", "download_object", "copy_object", "delete_object"], suite::large::static_ones);
        }

        #[test]
        fn manifests_that_do_not_fit() {
            $on(&["upload_object"], suite::large::wrong_manifests);
        }

        #[test]
        fn dynamic_large_objects() {
            $on(&["upload_object", "download_object", "update_object"], suite::large::dynamic_ones);
        }

        #[test]
        fn many_are_deleted_at_once() {
            $on(&["bulk_delete"], suite::large::many_deleted);
        }

        #[test]
        fn files_go_in_segments() {
            $on(&["upload_object", "list_objects", "show_info", "bulk_delete"], suite::segments::of_files);
        }

        #[test]
        fn streams_go_in_segments() {
            $on(&["upload_object", "create_container"], suite::segments::of_streams);
        }

        #[test]
        fn manifests_of_manifests() {
            $on(&["upload_object", "delete_object"], suite::segments::of_manifests);
        }

        #[test]
        fn dynamic_large_objects_by_upload() {
            $on(&["upload_object"], suite::segments::dynamic_ones);
        }

        #[test]
        fn an_upload_goes_on_where_it_stopped() {
            $on(&["upload_object", "show_object"], suite::segments::resumed);
        }

        #[test]
        fn segments_without_an_object_are_found() {
            $on(&["list_containers", "show_object", "bulk_delete"], suite::segments::orphaned);
        }

        #[test]
        fn segments_expire_with_their_object() {
            $on(&["upload_object", "show_object"], suite::segments::expiring);
        }

        #[test]
        fn an_upload_is_given_up() {
            $on(&["upload_object"], suite::segments::given_up);
        }

        #[test]
        fn downloads_come_in_parts() {
            $on(&["download_object"], suite::fetches::in_parts);
        }

        #[test]
        fn a_download_goes_on_where_it_stopped() {
            $on(&["download_object"], suite::fetches::resumed);
        }

        #[test]
        fn temporary_urls() {
            $on(&["update_container", "download_object", "upload_object", "show_object"], suite::temp_urls::work_for_a_while);
        }

        #[test]
        fn temporary_urls_of_the_account() {
            $on(&["update_account", "download_object"], suite::temp_urls::key_of_the_account);
        }

        #[test]
        fn conditions() {
            $on(&["download_object", "show_object", "upload_object"], suite::conditions::hold);
        }

        #[test]
        fn ranges() {
            $on(&["download_object"], suite::conditions::ranges);
        }

        #[test]
        fn names_are_taken_as_they_are() {
            $on(
                &["upload_object", "list_objects", "show_object", "download_object", "copy_object", "delete_object"],
                suite::names::round_trip,
            );
        }

        #[test]
        fn containers_with_odd_names() {
            $on(&["create_container", "list_containers", "delete_container"], suite::names::of_containers);
        }

        #[test]
        fn the_cluster_says_what_it_can() {
            $on(&["show_info"], suite::info::is_told);
        }

        #[test]
        fn tokens() {
            $on(&["show_version", "create_token", "show_token", "revoke_token"], suite::identity::tokens);
        }

        #[test]
        fn projects() {
            $on(&["list_auth_projects", "list_user_projects", "list_projects"], suite::identity::projects);
        }

        #[test]
        fn regions() {
            $on(&["list_regions", "show_region"], suite::identity::regions);
        }
    };
}
