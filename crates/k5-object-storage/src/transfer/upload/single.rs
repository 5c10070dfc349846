//! An upload in one request, checked both ways.

use super::builder::Upload;
use super::source::opening::{Summed, Whole};
use super::stored::Stored;
use super::wanted;
use crate::generated::{Uploaded, builder::UploadObject};
use crate::large::content_md5;
use crate::transfer::progress::{Meter, Phase};
use crate::transfer::segments::{known, look, release};
use crate::{ObjectStorage, etag};
use k5_core::{Error, ErrorKind, Result, Sent};

impl Upload {
    /// Stores it in one request.
    pub(super) async fn single(self, mut put: UploadObject, source: Whole, meter: &Meter) -> Result<Stored> {
        let replaced = match self.segments.replace {
            true => known::large_object(&self.storage, &self.container, &self.object).await?,
            false => None,
        };
        let (verify, progress) = (self.verify, meter.counter().clone());
        meter.expect_whole(source.length());
        let (body, sum) = match source.takes_time() {
            true => {
                meter.enter(Phase::Hashing);
                let hashed = tokio::task::spawn_blocking(move || source.into_body(verify, progress)).await;
                hashed.map_err(|_| Error::new(ErrorKind::Local, "the hashing of the source was interrupted"))??
            }
            false => source.into_body(verify, progress)?,
        };
        put.0.body(body);
        if let (true, Summed::Known(md5, _), false) = (self.verify, &sum, put.0.headers().contains_key("etag")) {
            put = put.etag(md5);
        }
        let wanted = put.0.headers().clone();
        meter.enter(Phase::Moving);
        let (outcome, (md5, bytes)) = (meter.during(put.send()).await, sum.finish().await);
        let answer = match outcome {
            Err(error) if error.may_have_been_done() && error.status().is_some_and(|status| status == 412) => {
                let place = (self.container.as_str(), self.object.as_str());
                judge(&self.storage, place, &wanted, (md5.as_deref(), bytes)).await?.ok_or(error)?
            }
            outcome => outcome?,
        };
        let is_large = answer.headers.contains_key("x-object-manifest");
        if let (true, Some(md5), Some(stored)) = (self.verify, &md5, content_md5(answer.etag.as_deref(), is_large))
            && !etag::same(md5, stored)
        {
            settle(&self.storage, (&self.container, &self.object), (md5, stored)).await?;
        }
        meter.whole(bytes);
        if let Some(replaced) = replaced {
            // Segments that can't be removed are not a failure of the upload: a collection of segments removes them later.
            let old = release::segments_of(&replaced);
            let _ = release::release(&self.storage, (&self.container, &self.object), old).await;
        }
        Ok(Stored { bytes, etag: md5.or_else(|| answer.etag.clone()), segments: 0, reused: 0, answer })
    }
}

/// The answer to a second attempt says that the object already exists: it may be the one that the first attempt stored.
async fn judge(
    storage: &ObjectStorage,
    (container, object): (&str, &str),
    headers: &http::HeaderMap,
    (md5, bytes): (Option<&str>, u64),
) -> Result<Option<Uploaded>> {
    let seen = look::head_of(storage, container, object, true).await?;
    let is_ours = |seen: &look::Seen| {
        let there = content_md5(seen.info.etag.as_deref(), seen.kind != look::Kind::Plain);
        let same = md5.zip(there).is_some_and(|(sent, stored)| etag::same(sent, stored));
        same && seen.info.content_length == Some(bytes) && wanted::has_all(headers, &seen.info)
    };
    Ok(seen.filter(is_ours).as_ref().and_then(look::Seen::answer))
}

/// The sums differ. Either the answer was wrong, which a second look shows, or the object is, and then it must not stay, unless it
/// has been replaced by now.
async fn settle(storage: &ObjectStorage, (container, object): (&str, &str), (sent, stored): (&str, &str)) -> Result<()> {
    let shown = look::head_of(storage, container, object, true).await;
    let there = shown.as_ref().ok().and_then(|seen| seen.as_ref()?.info.etag.as_deref());
    if there.is_some_and(|there| etag::same(there, sent)) {
        return Ok(());
    }
    let outcome = match there.is_none_or(|there| etag::same(there, stored)) {
        false => "another writer has replaced it, which stays".to_owned(),
        true => match storage.delete_object(container, object).send().await {
            Ok(_) => "it was deleted again".to_owned(),
            Err(error) => format!("it could not be deleted ({error}); delete it"),
        },
    };
    let message = format!("{container}/{object} was stored with MD5 {stored}, but {sent} was sent: {outcome}, then upload again");
    Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes))
}
