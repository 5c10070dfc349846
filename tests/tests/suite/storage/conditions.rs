//! Conditional calls and ranges.

use k5::{Cloud, Error};
use k5_tests::Scope;

fn status(error: &Error) -> u16 {
    error.status().map_or(0, |status| status.as_u16())
}

const LONG_AGO: &str = "Sat, 01 Jan 2000 00:00:00 GMT";
const FAR_AHEAD: &str = "Thu, 01 Jan 2099 00:00:00 GMT";

/// By ETag, by time, and only where there is nothing yet.
pub(crate) async fn hold(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "conditions").await;
    let etag = swift.upload(&container, "o").from_bytes("abc").send().await.expect("stored").etag.expect("an ETag");
    let get = || swift.download_object(&container, "o");
    let head = || swift.show_object(&container, "o");
    let wrong = "0123456789abcdef0123456789abcdef";

    get().if_match(&etag).send().await.expect("it matches");
    assert_eq!(status(&get().if_match(wrong).send().await.expect_err("it doesn't")), 412);
    assert_eq!(status(&get().if_none_match(&etag).send().await.expect_err("not modified")), 304);
    get().if_none_match(wrong).send().await.expect("another one");
    get().if_modified_since(LONG_AGO).send().await.expect("modified");
    assert_eq!(status(&get().if_modified_since(FAR_AHEAD).send().await.expect_err("not modified")), 304);
    get().if_unmodified_since(FAR_AHEAD).send().await.expect("unmodified");
    assert_eq!(status(&get().if_unmodified_since(LONG_AGO).send().await.expect_err("modified")), 412);
    head().if_match(&etag).send().await.expect("it matches");
    assert_eq!(status(&head().if_match(wrong).send().await.expect_err("it doesn't")), 412);
    assert_eq!(status(&head().if_none_match(&etag).send().await.expect_err("not modified")), 304);

    let put = |name: &'static str| swift.upload(&container, name).from_bytes("new").configure(|put| put.if_none_match("*")).send();
    let error = put("o").await.expect_err("there is one");
    assert!(error.is_conflict() && status(&error) == 412, "{error}");
    assert_eq!(&get().send().await.expect("there").collect(9).await.expect("whole")[..], b"abc", "and it stays");
    put("fresh").await.expect("there is none");
}

/// First, middle, last, several, none.
pub(crate) async fn ranges(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "ranges").await;
    swift.upload(&container, "o").from_bytes("0123456789").send().await.expect("stored");
    let get = |range: &str| swift.download_object(&container, "o").range(range).send();
    for (range, bytes, content_range) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-5", "2345", "bytes 2-5/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=5-500", "56789", "bytes 5-9/10"),
    ] {
        let download = get(range).await.expect("a range");
        assert!(!download.is_whole() && download.expected_md5().is_none(), "{range}");
        assert_eq!(download.info().content_range.as_deref(), Some(content_range), "{range}");
        assert_eq!(download.length(), Some(bytes.len() as u64), "{range}");
        assert_eq!(download.collect(10).await.expect("whole"), bytes, "{range}");
    }
    assert_eq!(status(&get("bytes=10-").await.expect_err("behind the end")), 416);
    let several = get("bytes=0-1,8-9").await.expect("several ranges");
    assert!(several.info().content_type.as_deref().is_some_and(|kind| kind.starts_with("multipart/byteranges")));
    let text = String::from_utf8(several.collect(10_000).await.expect("whole").to_vec()).expect("text");
    for part in ["bytes 0-1/10", "\r\n01\r\n", "bytes 8-9/10", "\r\n89\r\n"] {
        assert!(text.contains(part), "{part:?} in {text:?}");
    }
    let download = get("bytes=nonsense").await.expect("what is not a range is ignored");
    assert!(download.is_whole());
}

k5_tests::cases! {
    hold [object_storage.download_object, object_storage.show_object, object_storage.upload_object]
    ranges [object_storage.download_object]
}
