//! How much a deletion would destroy, for the question before it.

use crate::commands::report::number;
use crate::failure::{Failure, Outcome};
use crate::progress::bytes_for_people;
use crate::url::SwiftUrl;
use k5::object_storage::ObjectStorage;
use std::fmt;

/// How many objects are counted before a question; nobody waits for the count of a million.
const COUNTED: u64 = 10_000;

/// A number of objects, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
    /// Whether there are more than were counted.
    pub(crate) is_more: bool,
}

impl Extent {
    pub(crate) fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.is_more |= other.is_more;
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.is_more { "more than " } else { "" };
        write!(f, "{more}{} ({more}{})", number(self.objects, "object"), bytes_for_people(self.bytes))
    }
}

/// What is in a container, or in a folder of it, by the listing: the totals in a container's headers may be minutes old.
pub(crate) async fn extent(swift: &ObjectStorage, url: &SwiftUrl) -> Outcome<Extent> {
    let mut extent = Extent::default();
    let mut items = swift.list_objects(&url.container).prefix(&url.folder_prefix()).items();
    while let Some(object) = items.try_next().await.map_err(|error| Failure::cloud(url, &error))? {
        if extent.objects == COUNTED {
            extent.is_more = true;
            break;
        }
        extent.add(Extent { objects: 1, bytes: object.bytes, is_more: false });
    }
    Ok(extent)
}

/// Hands on the name and size of each object in a container, or in a folder of it, and says how many there are.
pub(crate) async fn each(swift: &ObjectStorage, url: &SwiftUrl, mut found: impl FnMut(String, u64) -> Outcome) -> Outcome<u64> {
    let mut number = 0;
    let mut items = swift.list_objects(&url.container).prefix(&url.folder_prefix()).items();
    while let Some(object) = items.try_next().await.map_err(|error| Failure::cloud(url, &error))? {
        number += 1;
        found(SwiftUrl::new(&url.container, object.name).full(), object.bytes)?;
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_are_told_in_words() {
        let mut extent = Extent { objects: 1, bytes: 3, is_more: false };
        assert_eq!(extent.to_string(), "1 object (3 B)");
        extent.add(Extent { objects: 10_000, bytes: 1 << 30, is_more: true });
        assert_eq!(extent.to_string(), "more than 10001 objects (more than 1.0 GiB)");
    }
}
