//! Links that work without a token.

use k5::object_storage::{TempUrl, TempUrlDigest, meta::SERVICE};
use k5::{Cloud, Secret, WithOptions};
use k5_tests::Scope;
use std::time::{SystemTime, UNIX_EPOCH};

fn in_seconds(seconds: i64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    now.saturating_add_signed(seconds)
}

/// Signature and expiry of a link.
fn parts(link: &Secret) -> (Secret, String) {
    let query = link.expose().split_once('?').expect("a query").1;
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).expect("there").to_owned();
    (Secret::new(value("temp_url_sig")), value("temp_url_expires"))
}

/// With each digest, for each method; not for another, not with another key, not later.
pub(crate) async fn work_for_a_while(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "links ü").await;
    let object = "dir/a b%?";
    swift.upload(&container, object).from_bytes("linked").send().await.expect("stored");
    let key = Secret::new("the key of the container");
    swift.update_container(&container).metadata("temp-url-key", key.expose()).send().await.expect("updated");
    let base = cloud.endpoint(&SERVICE).await.expect("the account's URL");
    let link = |method: &str, digest| TempUrl::new(method, &base, &container, object).digest(digest);
    let get = |link: &Secret| {
        let (signature, expires) = parts(link);
        swift.download_object(&container, object).with_no_token().temp_url_sig(&signature).temp_url_expires(&expires).send()
    };
    for digest in [TempUrlDigest::Sha1, TempUrlDigest::Sha256, TempUrlDigest::Sha512] {
        let good = link("GET", digest).sign(&key, in_seconds(100)).expect("signed");
        let download = get(&good).await.unwrap_or_else(|error| panic!("{digest:?}: {error}"));
        assert!(download.info().content_disposition.is_some(), "a browser is told to save it");
        assert_eq!(&download.collect(10).await.expect("whole")[..], b"linked");
        for bad in [
            link("GET", digest).sign(&key, in_seconds(-10)).expect("signed"),
            link("GET", digest).sign(&Secret::new("another key"), in_seconds(100)).expect("signed"),
            link("PUT", digest).sign(&key, in_seconds(100)).expect("signed").expose().replace("sig=", "sig=0").as_str().into(),
        ] {
            let error = get(&bad).await.expect_err("not with this link");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(401), "{error}");
            assert!(!format!("{error} {error:?}").contains("temp_url_sig"), "{error:?}");
        }
    }
    let (signature, expires) = parts(&link("PUT", TempUrlDigest::Sha256).sign(&key, in_seconds(100)).expect("signed"));
    let put = swift.upload_object(&container, object, k5::Body::bytes("by a stranger"));
    put.with_no_token().temp_url_sig(&signature).temp_url_expires(&expires).send().await.expect("stored");
    // A link to put shows that it is there, too.
    let head = swift.show_object(&container, object).with_no_token().temp_url_sig(&signature).temp_url_expires(&expires);
    assert_eq!(head.send().await.expect("shown").content_length, Some(13));
}

/// One signature for all that begins alike, and for nothing else.
pub(crate) async fn of_a_prefix(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "links %").await;
    for object in ["dir ü/a b%?", "dir ü/deep/x", "dir", "other"] {
        swift.upload(&container, object).from_bytes(object).send().await.expect("stored");
    }
    let key = Secret::new("the key of the container");
    swift.update_container(&container).metadata("temp-url-key", key.expose()).send().await.expect("updated");
    let base = cloud.endpoint(&SERVICE).await.expect("the account's URL");
    for digest in [TempUrlDigest::Sha1, TempUrlDigest::Sha256, TempUrlDigest::Sha512] {
        for (prefix, reached) in [("dir ü/", 2), ("dir", 3), ("", 4)] {
            let link =
                TempUrl::prefix("GET", &base, &container, prefix).digest(digest).sign(&key, in_seconds(100)).expect("signed");
            let (signature, expires) = parts(&link);
            let mut read = 0;
            for object in ["dir ü/a b%?", "dir ü/deep/x", "dir", "other"] {
                let get = swift.download_object(&container, object).with_no_token();
                let get = get.temp_url_sig(&signature).temp_url_expires(&expires).temp_url_prefix(prefix);
                match get.send().await {
                    Ok(download) => {
                        assert!(object.starts_with(prefix), "{prefix} {object}");
                        assert_eq!(&download.collect(99).await.expect("whole")[..], object.as_bytes());
                        read += 1;
                    }
                    Err(error) => {
                        assert!(!object.starts_with(prefix), "{prefix} {object}: {error}");
                        assert_eq!(error.status().map(|status| status.as_u16()), Some(401), "{error}");
                    }
                }
            }
            assert_eq!(read, reached, "{prefix}");
        }
    }
    // The signature of a prefix is none of an object, and the other way round.
    let (signature, expires) =
        parts(&TempUrl::prefix("GET", &base, &container, "dir").sign(&key, in_seconds(100)).expect("signed"));
    let get = swift.download_object(&container, "dir").with_no_token().temp_url_sig(&signature).temp_url_expires(&expires);
    assert_eq!(get.send().await.expect_err("not so").status().map(|status| status.as_u16()), Some(401));
}

/// The account's second key, while the first may be in use by others.
pub(crate) async fn key_of_the_account(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "links").await;
    swift.upload(&container, "o").from_bytes("linked").send().await.expect("stored");
    let key = Secret::new("k5-suite-second-key");
    swift.update_account().temp_url_key_2(&key).send().await.expect("updated");
    let base = cloud.endpoint(&SERVICE).await.expect("the account's URL");
    let link = TempUrl::new("GET", &base, &container, "o").sign(&key, in_seconds(100)).expect("signed");
    let (signature, expires) = parts(&link);
    let name = "näme \"x\".txt";
    let get =
        swift.download_object(&container, "o").with_no_token().temp_url_sig(&signature).temp_url_expires(&expires).filename(name);
    let download = get.send().await.expect("linked");
    assert!(download.info().content_disposition.as_deref().is_some_and(|text| text.starts_with("attachment")));
    assert_eq!(&download.collect(10).await.expect("whole")[..], b"linked");
    swift.update_account().remove_metadata("temp-url-key-2").send().await.expect("updated");
    assert!(!swift.show_account().send().await.expect("shown").metadata.contains_key("temp-url-key-2"));
}

k5_tests::cases! {
    work_for_a_while [
        object_storage.update_container, object_storage.download_object, object_storage.upload_object, object_storage.show_object,
    ]
    of_a_prefix [object_storage.download_object]
    key_of_the_account [object_storage.update_account, object_storage.download_object]
}
