//! Metadata headers: which are kept, how long they may be, and the ones with a meaning.

use http::HeaderMap;

use super::errors::{Outcome, plain};
use crate::request::{Request, latin1};
use crate::store::rows::Headers;
use crate::time::unix_now;

pub(crate) const MAX_NAME: usize = 128;
pub(crate) const MAX_VALUE: usize = 256;
pub(crate) const MAX_COUNT: usize = 90;
pub(crate) const MAX_OVERALL: usize = 4096;
pub(crate) const MAX_HEADER: usize = 8192;

/// Headers an object keeps besides its metadata; `X-Delete-At` is kept as a number.
const KEPT: &[&str] = &[
    "content-disposition",
    "content-encoding",
    "x-object-manifest",
    "cache-control",
    "content-language",
    "expires",
    "x-robots-tag",
];

/// Rejects metadata that is too long, too much, or not text. `kind` is `account`, `container` or `object`.
pub(crate) fn check(headers: &HeaderMap, kind: &str) -> Outcome<()> {
    let prefix = format!("x-{kind}-meta-");
    let (mut count, mut size) = (0, 0);
    for (name, value) in headers {
        if value.len() > MAX_HEADER {
            return plain(400, &format!("Header value too long: {}", title(&name.as_str()[..name.as_str().len().min(MAX_NAME)])));
        }
        let Some(key) = name.as_str().strip_prefix(&prefix) else { continue };
        if key.is_empty() {
            return plain(400, "Metadata name cannot be empty");
        }
        if kind != "object" && std::str::from_utf8(value.as_bytes()).is_err() {
            return plain(400, "Metadata must be valid UTF-8");
        }
        count += 1;
        size += key.len() + value.len();
        if key.len() > MAX_NAME {
            return plain(400, &format!("Metadata name too long: {prefix}{}", title(key)));
        }
        if value.len() > MAX_VALUE {
            return plain(400, &format!("Metadata value longer than {MAX_VALUE}: {prefix}{}", title(key)));
        }
        if count > MAX_COUNT {
            return plain(400, &format!("Too many metadata items; max {MAX_COUNT}"));
        }
        if size > MAX_OVERALL {
            return plain(400, &format!("Total metadata too large; max {MAX_OVERALL}"));
        }
    }
    Ok(())
}

/// The same limits for what an account or container contains after an update.
pub(crate) fn check_total(headers: &Headers, kind: &str) -> Outcome<()> {
    let prefix = format!("x-{kind}-meta-");
    let (mut count, mut size) = (0, 0);
    for (name, value) in headers {
        if let Some(key) = name.strip_prefix(&prefix) {
            count += 1;
            size += key.len() + value.chars().count();
        }
    }
    if count > MAX_COUNT {
        return plain(400, &format!("Too many metadata items; max {MAX_COUNT}"));
    }
    if size > MAX_OVERALL {
        return plain(400, &format!("Total metadata too large; max {MAX_OVERALL}"));
    }
    Ok(())
}

/// `foo-bar` as `Foo-Bar`.
fn title(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|character| {
            let titled = if start { character.to_ascii_uppercase() } else { character };
            start = !character.is_ascii_alphanumeric();
            titled
        })
        .collect()
}

/// What an object keeps from the headers of a PUT or POST.
pub(crate) fn of_object(headers: &HeaderMap) -> Headers {
    let mut kept = Headers::new();
    for (name, value) in headers {
        let name = name.as_str();
        let is_metadata = name.strip_prefix("x-object-meta-").is_some_and(|key| !key.is_empty());
        if is_metadata || KEPT.contains(&name) {
            kept.insert(name.to_owned(), latin1(value.as_bytes()));
        }
    }
    kept
}

/// Applies the headers of a PUT or POST to what an account or container has: `X-...-Meta-*` and `named` are set, an empty value or
/// `X-Remove-...` removes them.
pub(crate) fn update(kept: &mut Headers, headers: &HeaderMap, kind: &str, named: &[&str]) {
    let prefix = format!("x-{kind}-meta-");
    let takes = |name: &str| name.strip_prefix(&prefix).is_some_and(|key| !key.is_empty()) || named.contains(&name);
    for (name, value) in headers {
        let name = name.as_str();
        if takes(name) {
            if value.is_empty() {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), latin1(value.as_bytes()));
            }
        }
    }
    for name in headers.keys() {
        if let Some(removed) = name.as_str().strip_prefix("x-remove-") {
            let removed = format!("x-{removed}");
            let given = headers.get(&removed).is_some_and(|value| !value.is_empty());
            if takes(&removed) && !given {
                kept.remove(&removed);
            }
        }
    }
}

/// When the object is to expire, from `X-Delete-After` or `X-Delete-At`.
pub(crate) fn delete_at(request: &Request) -> Outcome<Option<u64>> {
    let now = unix_now();
    if let Some(after) = request.header("x-delete-after") {
        let Ok(after) = after.trim().parse::<i64>() else { return plain(400, "Non-integer X-Delete-After") };
        return match u64::try_from(after) {
            Ok(after) if after > 0 => Ok(Some((now + after).min(9_999_999_999))),
            _ => plain(400, "X-Delete-After in past"),
        };
    }
    match request.header("x-delete-at") {
        None => Ok(None),
        Some(at) if at.is_empty() => Ok(None),
        Some(at) => match at.trim().parse::<i64>() {
            Err(_) => plain(400, "Non-integer X-Delete-At"),
            Ok(at) => match u64::try_from(at) {
                Ok(at) if at > now => Ok(Some(at.min(9_999_999_999))),
                _ => plain(400, "X-Delete-At in past"),
            },
        },
    }
}

/// The type for an object that came without one, from the name's extension as Python's `mimetypes` has it.
pub(crate) fn guess_type(object: &str) -> &'static str {
    let name = object.rsplit('/').next().unwrap_or_default();
    let Some((mut stem, mut extension)) = name.rsplit_once('.') else { return DEFAULT_TYPE };
    let mut lower = extension.to_ascii_lowercase();
    match lower.as_str() {
        "tgz" | "taz" | "tz" | "tbz2" | "txz" => return "application/x-tar",
        "svgz" => return "image/svg+xml",
        // These describe how it is packed, not what it is.
        "gz" | "z" | "bz2" | "xz" | "br" => match stem.rsplit_once('.') {
            Some(inner) => {
                (stem, extension) = inner;
                lower = extension.to_ascii_lowercase();
            }
            None => return DEFAULT_TYPE,
        },
        _ => {}
    }
    if stem.is_empty() {
        return DEFAULT_TYPE;
    }
    TYPES
        .iter()
        .find(|(extensions, _)| extensions.split(' ').any(|known| known == lower))
        .map_or(DEFAULT_TYPE, |(_, content_type)| content_type)
}

const DEFAULT_TYPE: &str = "application/octet-stream";

const TYPES: &[(&str, &str)] = &[
    ("txt c h pl ksh bat", "text/plain"),
    ("htm html", "text/html"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("tsv", "text/tab-separated-values"),
    ("py", "text/x-python"),
    ("vcf", "text/x-vcard"),
    ("xml xsl rdf wsdl xpdl", "text/xml"),
    ("sgm sgml", "text/x-sgml"),
    ("etx", "text/x-setext"),
    ("rtx", "text/richtext"),
    ("js mjs", "application/javascript"),
    ("json", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("wasm", "application/wasm"),
    ("pdf", "application/pdf"),
    ("ps ai eps", "application/postscript"),
    ("doc dot wiz", "application/msword"),
    ("xls xlb", "application/vnd.ms-excel"),
    ("ppt pot ppa pps pwz", "application/vnd.ms-powerpoint"),
    ("m3u m3u8", "application/vnd.apple.mpegurl"),
    ("zip", "application/zip"),
    ("tar", "application/x-tar"),
    ("sh", "application/x-sh"),
    ("csh", "application/x-csh"),
    ("tex", "application/x-tex"),
    ("latex", "application/x-latex"),
    ("texi texinfo", "application/x-texinfo"),
    ("tcl", "application/x-tcl"),
    ("swf", "application/x-shockwave-flash"),
    ("hdf", "application/x-hdf"),
    ("cdf nc", "application/x-netcdf"),
    ("cpio", "application/x-cpio"),
    ("pyc pyo", "application/x-python-code"),
    ("p12 pfx", "application/x-pkcs12"),
    ("p7c", "application/pkcs7-mime"),
    ("oda", "application/oda"),
    ("bmp", "image/bmp"),
    ("gif", "image/gif"),
    ("ief", "image/ief"),
    ("jpg jpe jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("tif tiff", "image/tiff"),
    ("ico", "image/vnd.microsoft.icon"),
    ("xpm", "image/x-xpixmap"),
    ("heic", "image/heic"),
    ("au snd", "audio/basic"),
    ("mp3 mp2", "audio/mpeg"),
    ("aac adts ass loas", "audio/aac"),
    ("opus", "audio/opus"),
    ("aif aifc aiff", "audio/x-aiff"),
    ("ra", "audio/x-pn-realaudio"),
    ("wav", "audio/x-wav"),
    ("mp4", "video/mp4"),
    ("mpeg m1v mpa mpe mpg", "video/mpeg"),
    ("mov qt", "video/quicktime"),
    ("webm", "video/webm"),
    ("avi", "video/x-msvideo"),
    ("movie", "video/x-sgi-movie"),
    ("eml mht mhtml nws", "message/rfc822"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_come_from_extensions() {
        for (name, expected) in [
            ("a/b.txt", "text/plain"),
            ("B.JPG", "image/jpeg"),
            ("x.tar.gz", "application/x-tar"),
            ("x.gz", "application/octet-stream"),
            ("x.tgz", "application/x-tar"),
            (".txt", "application/octet-stream"),
            ("a.txt/b", "application/octet-stream"),
            ("none", "application/octet-stream"),
        ] {
            assert_eq!(guess_type(name), expected, "{name}");
        }
    }

    #[test]
    fn updates_merge_and_remove() {
        let mut kept = Headers::from([("x-container-meta-a".into(), "1".into()), ("x-container-read".into(), "r".into())]);
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("x-container-meta-b", "2"), ("x-remove-container-meta-a", "x"), ("x-container-read", ""), ("content-type", "x")]
        {
            headers.insert(name, http::HeaderValue::from_static(value));
        }
        update(&mut kept, &headers, "container", &["x-container-read"]);
        assert_eq!(kept, Headers::from([("x-container-meta-b".into(), "2".into())]));
    }
}
