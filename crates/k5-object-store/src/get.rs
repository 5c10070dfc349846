//! Reading: an object, a range of it, several ranges, or what the server says about it.

use crate::attributes::Attributes;
use crate::etags;
use crate::failure::{Failure, Result};
use crate::store::SwiftStore;
use crate::times::{self, Time};
use bytes::Bytes;
use k5_object_storage::ObjectInfo;
use k5_object_storage::k5_core::ByteStream;
use std::ops::Range;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Get {
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
    pub(crate) modified_since: Option<Time>,
    pub(crate) unmodified_since: Option<Time>,
    pub(crate) range: Option<Wanted>,
    pub(crate) version: Option<String>,
    pub(crate) head: bool,
}

/// Which bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Bounded(Range<u64>),
    Offset(u64),
    Suffix(u64),
}

/// An object, without its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub(crate) path: String,
    pub(crate) modified: Time,
    pub(crate) size: u64,
    pub(crate) e_tag: Option<String>,
    pub(crate) version: Option<String>,
}

/// An answer.
pub(crate) struct Got {
    pub(crate) meta: Meta,
    pub(crate) range: Range<u64>,
    pub(crate) attributes: Attributes,
    pub(crate) body: ByteStream,
}

/// The conditions of a request, as HTTP writes them. A server that counts in whole seconds must never refuse what is right, so times
/// are rounded to the side that lets more through, and the exact ones are compared with the answer ([`Get::check`]).
struct Conditions {
    if_match: Option<String>,
    if_none_match: Option<String>,
    modified_since: Option<String>,
    unmodified_since: Option<String>,
}

impl Get {
    fn conditions(&self) -> Conditions {
        let (if_match, if_none_match) =
            (self.if_match.as_deref().map(etags::condition), self.if_none_match.as_deref().map(etags::condition));
        // Where an ETag decides, the time does not count (RFC 9110, 13.2.2), which servers see differently.
        let unmodified = self.unmodified_since.filter(|_| if_match.is_none()).map(times::ceil);
        let modified = self.modified_since.filter(|_| if_none_match.is_none()).map(times::floor);
        Conditions {
            if_match,
            if_none_match,
            modified_since: modified.and_then(times::http),
            unmodified_since: unmodified.and_then(times::http),
        }
    }

    /// The conditions on times, exactly.
    fn check(&self, meta: &Meta) -> Result<()> {
        if let Some(date) = self.unmodified_since.filter(|date| self.if_match.is_none() && meta.modified > *date) {
            let source = format!("it was stored at {}, after {date}", meta.modified).into();
            return Err(Failure::Precondition { path: meta.path.clone(), source });
        }
        if let Some(date) = self.modified_since.filter(|date| self.if_none_match.is_none() && meta.modified <= *date) {
            let source = format!("it was stored at {}, not after {date}", meta.modified).into();
            return Err(Failure::NotModified { path: meta.path.clone(), source });
        }
        Ok(())
    }
}

impl Wanted {
    /// The header; `None` for no bytes at all, which no header can ask for.
    fn header(&self) -> Result<Option<String>> {
        match self {
            Self::Bounded(range) if range.start >= range.end => {
                Err(Failure::generic(format!("a range that starts at {} can't end at {}", range.start, range.end)))
            }
            Self::Bounded(range) => Ok(Some(format!("bytes={}-{}", range.start, range.end - 1))),
            Self::Offset(start) => Ok(Some(format!("bytes={start}-"))),
            Self::Suffix(0) => Ok(None),
            Self::Suffix(last) => Ok(Some(format!("bytes=-{last}"))),
        }
    }

    /// The bytes of an object of this size; `None` if it has none of them.
    fn of(&self, size: u64) -> Option<Range<u64>> {
        match self {
            Self::Bounded(range) => (range.start < size).then(|| range.start..range.end.min(size)),
            Self::Offset(start) => (*start < size).then_some(*start..size),
            Self::Suffix(last) => Some(size.saturating_sub(*last)..size),
        }
    }
}

/// First byte, and total size, from `Content-Range`.
fn content_range(info: &ObjectInfo) -> Option<(u64, u64)> {
    let (range, total) = info.content_range.as_deref()?.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, total.trim().parse().ok()?))
}

impl SwiftStore {
    pub(crate) async fn get(&self, path: &str, get: Get) -> Result<Got> {
        let header = match &get.range {
            Some(wanted) if !get.head => match wanted.header()? {
                None => return self.nothing_of(path, get).await,
                header => header,
            },
            _ => None,
        };
        if get.head {
            return self.head(path, &get).await;
        }
        let (container, name) = (self.0.container.as_str(), self.name(path));
        let Conditions { if_match, if_none_match, modified_since, unmodified_since } = get.conditions();
        let mut call = self.0.storage.download_object(container, &name);
        call = header.iter().fold(call, |call, range| call.range(range));
        call = if_match.iter().fold(call, |call, tags| call.if_match(tags));
        call = if_none_match.iter().fold(call, |call, tags| call.if_none_match(tags));
        call = modified_since.iter().fold(call, |call, date| call.if_modified_since(date));
        call = unmodified_since.iter().fold(call, |call, date| call.if_unmodified_since(date));
        call = get.version.iter().fold(call, |call, version| call.version_id(version));
        let download = match call.send().await {
            // The last bytes of an object without bytes are none, which no answer can say.
            Err(error) if error.status().is_some_and(|status| status == 416) && matches!(get.range, Some(Wanted::Suffix(_))) => {
                return self.nothing_of(path, get).await;
            }
            Err(error) => return Err(Failure::of(path, error)),
            Ok(download) => download,
        };
        let info = download.info();
        let strange = |what: &str| Failure::generic(format!("the answer for {path} {what}"));
        let length = info.content_length.ok_or_else(|| strange("does not tell its length"))?;
        let (start, size) = match download.is_whole() {
            true => (0, length),
            false => content_range(info).ok_or_else(|| strange("does not tell which range it is"))?,
        };
        let range = start..start.saturating_add(length);
        let wanted = get.range.as_ref().map_or(Some(0..size), |wanted| wanted.of(size));
        if wanted.as_ref() != Some(&range) {
            let what = format!("has the bytes {} to {} of {size} instead of those that were asked for", range.start, range.end);
            return Err(strange(&what));
        }
        let meta = self.meta(path, info, size)?;
        get.check(&meta)?;
        let attributes = Attributes::of(info);
        let body = self.0.storage.resumed((container, &name), get.version.as_deref(), download, self.0.retry.clone());
        Ok(Got { meta, range, attributes, body })
    }

    async fn head(&self, path: &str, get: &Get) -> Result<Got> {
        let Conditions { if_match, if_none_match, modified_since, unmodified_since } = get.conditions();
        let mut call = self.0.storage.show_object(&self.0.container, &self.name(path));
        call = if_match.iter().fold(call, |call, tags| call.if_match(tags));
        call = if_none_match.iter().fold(call, |call, tags| call.if_none_match(tags));
        call = modified_since.iter().fold(call, |call, date| call.if_modified_since(date));
        call = unmodified_since.iter().fold(call, |call, date| call.if_unmodified_since(date));
        call = get.version.iter().fold(call, |call, version| call.version_id(version));
        let info = call.send().await.map_err(|error| Failure::of(path, error))?;
        let size = info.content_length.ok_or_else(|| Failure::generic(format!("the answer for {path} does not tell its size")))?;
        let meta = self.meta(path, &info, size)?;
        get.check(&meta)?;
        Ok(Got { meta, range: 0..size, attributes: Attributes::of(&info), body: ByteStream::empty() })
    }

    /// No bytes, from the end of an object: all its headers can still be asked for.
    async fn nothing_of(&self, path: &str, get: Get) -> Result<Got> {
        let got = self.head(path, &get).await?;
        let size = got.meta.size;
        match get.range {
            Some(Wanted::Suffix(last)) if last > 0 && size > 0 => {
                Err(Failure::generic(format!("the server has none of the last {last} bytes of {path}, which has {size}")))
            }
            _ => Ok(Got { range: size..size, ..got }),
        }
    }

    fn meta(&self, path: &str, info: &ObjectInfo, size: u64) -> Result<Meta> {
        let modified = times::modified(info);
        Ok(Meta {
            path: path.to_owned(),
            modified: modified
                .ok_or_else(|| Failure::generic(format!("the answer for {path} does not tell when it was stored")))?,
            size,
            e_tag: info.etag.as_deref().map(etags::quoted),
            version: info.version_id.clone(),
        })
    }

    /// The bytes of one range, and the ETag of what they are from.
    pub(crate) async fn get_range(&self, path: &str, range: Range<u64>) -> Result<(Bytes, Option<String>)> {
        let got = self.get(path, Get { range: Some(Wanted::Bounded(range)), ..Get::default() }).await?;
        let limit = usize::try_from(got.range.end - got.range.start).unwrap_or(usize::MAX);
        let bytes = got.body.collect(limit).await.map_err(|error| Failure::of(path, error))?;
        Ok((bytes, got.meta.e_tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_become_headers() {
        let header = |wanted: Wanted| wanted.header().ok();
        assert_eq!(header(Wanted::Bounded(2..5)), Some(Some("bytes=2-4".to_owned())));
        assert_eq!(header(Wanted::Offset(3)), Some(Some("bytes=3-".to_owned())));
        assert_eq!(header(Wanted::Suffix(2)), Some(Some("bytes=-2".to_owned())));
        assert_eq!(header(Wanted::Suffix(0)), Some(None));
        assert_eq!(header(Wanted::Bounded(5..5)), None);
        assert_eq!(Wanted::Bounded(2..100).of(14), Some(2..14));
        assert_eq!(Wanted::Bounded(14..20).of(14), None);
        assert_eq!(Wanted::Suffix(100).of(14), Some(0..14));
    }

    #[test]
    fn a_time_does_not_count_beside_an_etag() {
        let date: Time = "2026-01-01T00:00:00Z".parse().expect("a time");
        let get = Get { if_match: Some("\"a\",\"b\"".to_owned()), unmodified_since: Some(date), ..Get::default() };
        let conditions = get.conditions();
        assert_eq!((conditions.if_match.as_deref(), conditions.unmodified_since), (Some("\"a\", \"b\""), None));
        let later = Meta { path: String::new(), modified: Time::MAX_UTC, size: 0, e_tag: None, version: None };
        assert!(get.check(&later).is_ok());
        assert!(Get { if_match: None, ..get }.check(&later).is_err());
    }
}
