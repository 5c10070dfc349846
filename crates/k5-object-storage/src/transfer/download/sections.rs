//! What a download is divided into: the segments of a large object, or equal parts of a plain one.

use super::resume::Remote;
use crate::etag;
use crate::large::StoredSegment;
use crate::transfer::again;
use k5_core::retry::Outcome;
use k5_core::{Error, ErrorKind, Reason, Result, Sent};
use std::ops::Range;

/// Bytes that are checked together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) range: Range<u64>,
    /// Their MD5, if known.
    pub(crate) md5: Option<String>,
    /// The object that consists of exactly these bytes, if there is one.
    pub(crate) origin: Option<Origin>,
}

/// A segment of a large object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) container: String,
    pub(crate) object: String,
}

/// Equal parts.
pub(crate) fn equal(size: u64, part: u64) -> Vec<Section> {
    let part = part.max(1);
    let starts = (0..size.div_ceil(part)).map(|n| n * part);
    starts.map(|start| Section { range: start..(start + part).min(size), md5: None, origin: None }).collect()
}

/// Neighbouring sections for one request, up to `part` bytes together.
pub(crate) fn grouped(sections: Vec<Section>, part: u64) -> Vec<Vec<Section>> {
    let mut groups: Vec<Vec<Section>> = Vec::new();
    for section in sections {
        let fits = groups.last().and_then(|group| group.first()).is_some_and(|first| section.range.end - first.range.start <= part);
        match groups.last_mut().filter(|_| fits) {
            Some(group) => group.push(section),
            None => groups.push(vec![section]),
        }
    }
    groups
}

/// The segments of a static large object, according to its manifests; `None` if those can't be read or don't add up, so that
/// the object can be downloaded but not checked.
///
/// # Errors
/// If the manifest belongs to another version of the object.
pub(crate) async fn segments(remote: &Remote, size: u64) -> Result<Option<Vec<Section>>> {
    let manifest = match read(remote, &remote.container, &remote.object).await {
        Ok(manifest) => manifest,
        // A caller who may read an object may not be allowed to read its manifest.
        Err(error) if error.status().is_some() && !error.is_retryable() => return Ok(None),
        Err(error) => return Err(error),
    };
    let etags: Option<Vec<String>> = manifest.iter().map(StoredSegment::etag_text).collect();
    let etag = etags.map(|etags| crate::transfer::segments::manifest::etag_of_etags(etags.iter().map(String::as_str)));
    // A weak ETag may belong to other text.
    if let (Some(etag), Some(said)) = (etag, remote.version.condition())
        && !etag::same(&etag, said)
    {
        let message = format!(
            "the manifest of {}/{} has changed: the object was replaced, so download it again",
            remote.container, remote.object
        );
        return Err(Error::new(ErrorKind::Integrity, message).with_reason(Reason::Replaced).with_sent(Sent::Yes));
    }
    let mut sections = Vec::new();
    let mut at = 0;
    if !flatten(remote, manifest, &mut sections, &mut at, 0).await? {
        return Ok(None);
    }
    Ok((at == size).then_some(sections))
}

/// Reads a manifest, again if the answer is interrupted.
async fn read(remote: &Remote, container: &str, object: &str) -> Result<Vec<StoredSegment>> {
    for made in 1.. {
        let error = match remote.storage.get_manifest(container, object).await {
            Ok(manifest) => return Ok(manifest),
            Err(error) => error,
        };
        // A refusal has already been through its call's retries.
        let outcome = Outcome::new(None, error.sent());
        let wait = match error.is_retryable() && error.status().is_none() {
            true => remote.retry.delay(outcome, true, made, fastrand::f64()),
            false => None,
        };
        let Some(wait) = wait else { return Err(error) };
        again::tell(None, made, wait, &error);
        tokio::time::sleep(wait).await;
    }
    Err(Error::new(ErrorKind::Transport, "the manifest can't be read"))
}

/// Manifests of manifests, at most as deep as Swift allows.
fn flatten<'a>(
    remote: &'a Remote,
    manifest: Vec<StoredSegment>,
    sections: &'a mut Vec<Section>,
    at: &'a mut u64,
    depth: usize,
) -> std::pin::Pin<Box<dyn Future<Output = Result<bool>> + Send + 'a>> {
    Box::pin(async move {
        for segment in manifest {
            if segment.sub_slo == Some(true) && segment.range.is_none() {
                let Some((container, name)) = segment.place() else { return Ok(false) };
                if depth >= 10 {
                    return Ok(false);
                }
                match read(remote, container, name).await {
                    Ok(lower) => {
                        if !flatten(remote, lower, sections, at, depth + 1).await? {
                            return Ok(false);
                        }
                    }
                    Err(error) if error.status().is_some() && !error.is_retryable() => return Ok(false),
                    Err(error) => return Err(error),
                }
                continue;
            }
            let Some(bytes) = segment.length() else { return Ok(false) };
            let Some(end) = at.checked_add(bytes) else { return Ok(false) };
            let md5 = segment.md5();
            // A part of a segment has no sum, and is requested through the object itself.
            let place = segment.place().filter(|_| md5.is_some());
            let origin = place.map(|(container, object)| Origin { container: container.to_owned(), object: object.to_owned() });
            sections.push(Section { range: *at..end, md5, origin });
            *at = end;
        }
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_cover_the_object_exactly(size in 0u64..100_000, part in 1u64..20_000, group in 1u64..50_000) {
            let sections = equal(size, part);
            let groups = grouped(sections.clone(), group);
            let joined: Vec<_> = groups.concat();
            prop_assert_eq!(&joined, &sections);
            let mut at = 0;
            for group_of in &groups {
                let length = group_of[group_of.len() - 1].range.end - group_of[0].range.start;
                prop_assert!(length <= group || group_of.len() == 1);
                for section in group_of {
                    prop_assert!(section.range.start == at && !section.range.is_empty());
                    at = section.range.end;
                }
            }
            prop_assert_eq!(at, size);
        }
    }
}
