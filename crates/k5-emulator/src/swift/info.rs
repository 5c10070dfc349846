//! `GET /info`: what clients ask before they use more than the basics.

use http::StatusCode;
use serde_json::json;

use super::metadata::{MAX_COUNT, MAX_HEADER, MAX_NAME, MAX_OVERALL, MAX_VALUE};
use super::{Limits, MAX_CONTAINER_NAME, MAX_LISTING, MAX_OBJECT_NAME, bulk, container, large, links};
use crate::reply::Reply;

pub(crate) fn info(limits: &Limits) -> Reply {
    let document = json!({
        "swift": {
            "version": "2.30.1",
            "strict_cors_mode": true,
            "policies": container::POLICIES.iter().map(|policy| {
                if *policy == container::DEFAULT_POLICY {
                    json!({"name": policy, "aliases": policy, "default": true})
                } else {
                    json!({"name": policy, "aliases": policy})
                }
            }).collect::<Vec<_>>(),
            "allow_account_management": true,
            "account_autocreate": true,
            "max_file_size": limits.object,
            "max_meta_name_length": MAX_NAME,
            "max_meta_value_length": MAX_VALUE,
            "max_meta_count": MAX_COUNT,
            "max_meta_overall_size": MAX_OVERALL,
            "max_header_size": MAX_HEADER,
            "max_object_name_length": MAX_OBJECT_NAME,
            "container_listing_limit": MAX_LISTING,
            "account_listing_limit": MAX_LISTING,
            "max_account_name_length": 256,
            "max_container_name_length": MAX_CONTAINER_NAME,
            "extra_header_count": 0,
        },
        "symlink": {"symloop_max": links::MOST, "static_links": true},
        "versioned_writes": {"allowed_flags": ["x-versions-location", "x-history-location"]},
        "object_versioning": {},
        "slo": {
            "max_manifest_segments": limits.segments,
            "max_manifest_size": large::MAX_MANIFEST,
            "yield_frequency": 10,
            "min_segment_size": limits.segment,
            "allow_async_delete": false,
        },
        "etag_quoter": {"enable_by_default": false},
        "account_quotas": {},
        "container_quotas": {},
        "tempurl": {
            "methods": super::temp_url::METHODS,
            "incoming_remove_headers": ["x-timestamp"],
            "incoming_allow_headers": [],
            "outgoing_remove_headers": ["x-object-meta-*"],
            "outgoing_allow_headers": ["x-object-meta-public-*"],
            "allowed_digests": ["sha1", "sha256", "sha512"],
            "deprecated_digests": ["sha1"],
        },
        "bulk_delete": {"max_deletes_per_request": bulk::MAX_DELETES, "max_failed_deletes": bulk::MAX_FAILED},
    });
    let body = super::python::to_json(&document).unwrap_or_default();
    Reply::with_body(StatusCode::OK, "application/json; charset=UTF-8", body)
}
