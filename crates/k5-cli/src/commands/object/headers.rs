//! `--header`: what is stored with an object beside its content.

use k5::object_storage::Upload;

/// A header, its name in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Those that object storage keeps, beside the media type, the metadata and the expiry.
const KEPT: [&str; 6] = ["cache-control", "content-disposition", "content-encoding", "content-language", "expires", "x-robots-tag"];

/// Reads `NAME=VALUE`.
pub(crate) fn parse(text: &str) -> Result<Header, String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    if value.is_empty() || value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(format!("{name}: the value is empty, or holds a line break or another control character"));
    }
    let header = Header { name, value: value.to_owned() };
    let is_item = header.metadata().is_some_and(|item| !item.is_empty());
    match header.name.as_str() {
        "content-type" => Ok(header),
        "x-delete-at" | "x-delete-after" => match header.value.parse::<u64>() {
            Ok(_) => Ok(header),
            Err(_) => Err(format!("{}: expected a number of seconds", header.name)),
        },
        name if is_item || KEPT.contains(&name) => Ok(header),
        "content-length" | "etag" | "transfer-encoding" | "connection" | "host" | "expect" | "te" | "trailer" | "upgrade"
        | "keep-alive" | "date" | "content-md5" | "range" | "if-match" | "if-none-match" => {
            Err(format!("{}: the transfer sets this itself", header.name))
        }
        name if name.starts_with("x-auth-") || ["authorization", "cookie", "x-service-token"].contains(&name) => {
            Err(format!("{name}: credentials are given by the options of the cloud, not by a header"))
        }
        name => Err(format!(
            "object storage does not keep a header {name:?}: it keeps Content-Type, X-Object-Meta-NAME, X-Delete-At, X-Delete-After, {}",
            KEPT.join(", ")
        )),
    }
}

impl Header {
    /// The name of the item of metadata that it sets.
    pub(crate) fn metadata(&self) -> Option<&str> {
        self.name.strip_prefix("x-object-meta-")
    }

    /// The upload with this header.
    pub(crate) fn on(&self, upload: Upload) -> Upload {
        let value = self.value.clone();
        match (self.name.as_str(), self.metadata()) {
            (_, Some(item)) => upload.metadata(item, &value),
            ("content-type", _) => upload.content_type(&value),
            ("x-delete-at", _) => value.parse().ok().into_iter().fold(upload, Upload::delete_at),
            ("x-delete-after", _) => value.parse().ok().into_iter().fold(upload, Upload::delete_after),
            ("cache-control", _) => upload.configure(move |put| put.cache_control(&value)),
            ("content-disposition", _) => upload.configure(move |put| put.content_disposition(&value)),
            ("content-encoding", _) => upload.configure(move |put| put.content_encoding(&value)),
            ("content-language", _) => upload.configure(move |put| put.content_language(&value)),
            ("expires", _) => upload.configure(move |put| put.fresh_until(&value)),
            ("x-robots-tag", _) => upload.configure(move |put| put.robots_tag(&value)),
            _ => upload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_and_what_is_not() {
        for text in [
            "Cache-Control=max-age=60, public",
            "content-type=text/plain; charset=utf-8",
            "X-Object-Meta-Colour=red",
            "X-Delete-At=4000000000",
            "Expires=Thu, 01 Jan 2032 00:00:00 GMT",
        ] {
            assert!(parse(text).is_ok(), "{text}");
        }
        assert_eq!(parse("Cache-Control=a=b").expect("kept"), Header { name: "cache-control".to_owned(), value: "a=b".to_owned() });
        for text in [
            "Cache-Control",
            "Cache-Control=",
            "Cache-Control=a\r\nX-Auth-Token: b",
            "=x",
            "X-Object-Meta-=x",
            "X-Delete-At=soon",
            "Content-Length=1",
            "ETag=x",
            "X-Auth-Token=x",
            "Authorization=x",
            "Connection=close",
            "X-Copy-From=/c/o",
            "X-Anything=x",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
