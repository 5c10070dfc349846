//! One suite for every server: what a program may rely on, whoever answers. Each case takes a cloud and a [`Scope`](crate::Scope)
//! of its own; [`behaviour_suite!`](crate::behaviour_suite!) makes tests of those of object storage and identity,
//! [`compute_suite!`](crate::compute_suite!) of servers, images and volumes, [`fujitsu_suite!`](crate::fujitsu_suite!) of what K5 alone has.

pub mod access;
pub mod conditions;
pub mod containers;
pub mod copies;
pub mod fetches;
pub mod fujitsu;
pub mod identity;
pub mod images;
pub mod info;
pub mod keypairs;
pub mod large;
pub mod links;
pub mod listings;
pub mod metadata;
pub mod names;
pub mod objects;
pub mod owners;
pub mod segments;
pub mod servers;
pub mod stored_headers;
pub mod syncs;
pub mod temp_urls;
pub mod versions;
pub mod volumes;

/// Object storage and identity as tests. `$on` runs one case on a cloud: it takes the operations that the case must have called, and the case.
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
        fn listings_of_versions_come_in_pages() {
            $on(&["list_objects"], suite::listings::versions_over_pages);
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
        fn metadata_of_objects_is_kept() {
            $on(&["update_object", "show_object"], suite::metadata::stored_headers_stay);
        }

        #[test]
        fn metadata_of_links() {
            $on(&["show_object"], suite::metadata::of_links);
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
        fn versions_are_kept_by_the_container() {
            $on(
                &["update_container", "list_objects", "download_object", "delete_object", "show_container"],
                suite::versions::kept_by_the_container,
            );
        }

        #[test]
        fn versions_are_listed() {
            $on(&["list_objects", "create_container"], suite::versions::listed);
        }

        #[test]
        fn versions_of_large_objects() {
            $on(&["upload_object", "download_object", "copy_object", "delete_object"], suite::versions::of_large_objects);
        }

        #[test]
        fn versions_with_a_history() {
            $on(&["create_container", "delete_object"], suite::versions::with_a_history);
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
        fn static_large_objects_with_inline_data() {
            $on(&["upload_object", "download_object", "copy_object"], suite::large::inline_data_and_ranges);
        }

        #[test]
        fn headers_are_stored_copied_and_replaced() {
            $on(&["upload_object", "copy_object", "update_object", "show_object"], suite::stored_headers::stored_copied_replaced);
        }

        #[test]
        fn dynamic_large_objects() {
            $on(&["upload_object", "download_object", "copy_object"], suite::large::dynamic_ones);
        }

        #[test]
        fn links_are_followed() {
            $on(
                &["upload_object", "download_object", "show_object", "update_object", "delete_object", "list_objects"],
                suite::links::followed,
            );
        }

        #[test]
        fn links_are_copied() {
            $on(&["copy_object", "upload_object"], suite::links::copied);
        }

        #[test]
        fn links_are_moved() {
            $on(&["copy_object", "delete_object"], suite::links::moved);
        }

        #[test]
        fn links_that_lead_astray() {
            $on(&["upload_object", "download_object"], suite::links::astray);
        }

        #[test]
        fn links_that_hold_their_target() {
            $on(&["upload_object", "download_object"], suite::links::fixed);
        }

        #[test]
        fn links_and_large_objects() {
            $on(&["upload_object", "download_object", "delete_object"], suite::links::of_large_objects);
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
        fn links_go_alone() {
            $on(&["upload_object", "copy_object", "delete_object"], suite::owners::of_links);
        }

        #[test]
        fn copies_take_old_segments_away() {
            $on(&["copy_object", "delete_object"], suite::owners::of_copies);
        }

        #[test]
        fn copied_manifests_share() {
            $on(&["copy_object", "delete_object"], suite::owners::of_copied_manifests);
        }

        #[test]
        fn segments_of_other_clients_go() {
            $on(&["upload_object", "bulk_delete"], suite::owners::of_other_clients);
        }

        #[test]
        fn old_versions_stay_whole() {
            $on(&["list_objects", "delete_object"], suite::owners::of_versions);
        }

        #[test]
        fn old_versions_elsewhere_stay_whole() {
            $on(&["create_container", "delete_object"], suite::owners::of_versions_elsewhere);
        }

        #[test]
        fn no_segment_expires_before_its_object() {
            $on(&["update_object", "copy_object"], suite::owners::of_expiring_objects);
        }

        #[test]
        fn old_versions_of_before_stay_whole() {
            $on(&["upload_object", "delete_object"], suite::owners::of_versions_of_before);
        }

        #[test]
        fn only_segments_go() {
            $on(&["delete_object"], suite::owners::of_prefixes);
        }

        #[test]
        fn huge_objects_are_copied() {
            $on(&["copy_object", "upload_object"], suite::owners::of_huge_objects);
        }

        #[test]
        fn manifests_with_bytes() {
            $on(&["upload_object", "copy_object"], suite::owners::of_inline_bytes);
        }

        #[test]
        fn quoted_etags() {
            $on(&["upload_object"], suite::owners::of_quoted_etags);
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
        fn manifests_of_other_tools_are_downloaded() {
            $on(&["upload_object", "download_object"], suite::fetches::odd_manifests);
        }

        #[test]
        fn a_download_goes_on_where_it_stopped() {
            $on(&["download_object"], suite::fetches::resumed);
        }

        #[test]
        fn folders_are_synchronized() {
            $on(&["list_objects", "upload_object", "show_object", "download_object", "bulk_delete"], suite::syncs::up_and_down);
        }

        #[test]
        fn times_of_a_sync_are_as_exact_as_the_coarser() {
            $on(&["list_objects", "upload_object", "show_object", "download_object"], suite::syncs::times);
        }

        #[test]
        fn a_sync_leaves_out_what_is_gone() {
            $on(&["list_objects", "upload_object", "show_object", "download_object", "copy_object"], suite::syncs::gone_and_marks);
        }

        #[test]
        fn a_sync_keeps_what_it_replaces() {
            $on(&["list_objects", "upload_object", "copy_object", "show_object", "download_object"], suite::syncs::backups);
        }

        #[test]
        fn links_are_synchronized_as_objects() {
            $on(&["list_objects", "upload_object", "download_object"], suite::syncs::stored_links);
        }

        #[test]
        fn containers_are_synchronized() {
            $on(&["list_objects", "copy_object"], suite::syncs::between_containers);
        }

        #[test]
        fn a_sync_goes_on_where_it_stopped() {
            $on(&["list_objects", "upload_object", "download_object"], suite::syncs::interrupted);
        }

        #[test]
        fn temporary_urls() {
            $on(&["update_container", "download_object", "upload_object", "show_object"], suite::temp_urls::work_for_a_while);
        }

        #[test]
        fn temporary_urls_of_a_prefix() {
            $on(&["download_object"], suite::temp_urls::of_a_prefix);
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

/// Servers, images and volumes as tests; see [`behaviour_suite!`](crate::behaviour_suite!).
#[macro_export]
macro_rules! compute_suite {
    ($on:path) => {
        use $crate::behaviour as compute_suite;

        #[test]
        fn servers_come_and_go() {
            $on(&["create_server", "show_server", "delete_server", "list_images"], compute_suite::servers::come_and_go);
        }

        #[test]
        fn servers_are_listed() {
            $on(&["list_servers", "list_servers_detail"], compute_suite::servers::are_listed);
        }

        #[test]
        fn servers_are_made_in_numbers() {
            $on(&["create_server", "list_servers"], compute_suite::servers::are_made_in_numbers);
        }

        #[test]
        fn servers_are_stopped_and_started() {
            $on(
                &["stop_server", "start_server", "reboot_server", "show_console_output"],
                compute_suite::servers::are_stopped_and_started,
            );
        }

        #[test]
        fn servers_change_their_flavor() {
            $on(&["resize_server", "confirm_resize", "revert_resize"], compute_suite::servers::change_their_flavor);
        }

        #[test]
        fn servers_have_metadata() {
            $on(&["update_server_metadata", "show_server"], compute_suite::servers::have_metadata);
        }

        #[test]
        fn servers_are_refused() {
            $on(&["create_server", "start_server"], compute_suite::servers::are_refused);
        }

        #[test]
        fn flavors_are_listed() {
            $on(&["list_flavors"], compute_suite::servers::flavors);
        }

        #[test]
        fn key_pairs_come_and_go() {
            $on(&["create_keypair", "show_keypair", "list_keypairs", "delete_keypair"], compute_suite::keypairs::come_and_go);
        }

        #[test]
        fn images_have_properties() {
            $on(&["update_image", "show_image", "create_image", "upload_image"], compute_suite::images::have_properties);
        }

        #[test]
        fn images_come_in_pages() {
            $on(&["list_images", "delete_image"], compute_suite::images::come_in_pages);
        }

        #[test]
        fn images_have_metadata_items() {
            $on(
                &["show_image_metadata_item", "set_image_metadata_item", "delete_image_metadata_item"],
                compute_suite::images::have_metadata_items,
            );
        }

        #[test]
        fn volumes_come_and_go() {
            $on(&["create_volume", "show_volume", "extend_volume", "delete_volume"], compute_suite::volumes::come_and_go);
        }

        #[test]
        fn volumes_are_listed() {
            $on(&["list_volumes_detail"], compute_suite::volumes::are_listed);
        }

        #[test]
        fn volumes_by_the_proxy() {
            $on(&["create_volume_v1", "list_volumes_detail_v1"], compute_suite::volumes::by_the_proxy);
        }

        #[test]
        fn volumes_have_snapshots() {
            $on(&["create_snapshot", "show_snapshot", "delete_snapshot"], compute_suite::volumes::have_snapshots);
        }

        #[test]
        fn volumes_boot_servers() {
            $on(&["create_server", "show_volume"], compute_suite::volumes::boot_servers);
        }
    };
}

/// What K5 alone has as tests; see [`behaviour_suite!`](crate::behaviour_suite!).
#[macro_export]
macro_rules! fujitsu_suite {
    ($on:path) => {
        use $crate::behaviour::fujitsu;

        #[test]
        fn snapshots_are_restored() {
            $on(&["restore_snapshot", "create_snapshot"], fujitsu::snapshots_are_restored);
        }

        #[test]
        fn schedules_come_and_go() {
            $on(&["create_schedule", "list_schedules", "delete_schedule"], fujitsu::schedules);
        }

        #[test]
        fn disks_become_images() {
            $on(&["register_image", "show_import_status", "list_imports"], fujitsu::imports);
        }

        #[test]
        fn sap_servers_come_and_start() {
            $on(
                &["sap_create_server", "sap_list_servers", "sap_show_server", "sap_start_server", "sap_show_task"],
                fujitsu::sap_servers,
            );
        }

        #[test]
        fn failures_are_told() {
            $on(&["create_server", "create_volume"], fujitsu::failures_are_told);
        }
    };
}
