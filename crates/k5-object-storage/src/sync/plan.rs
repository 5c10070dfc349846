//! The planner: two sorted streams of names in, actions out. It does nothing itself and has no access to the network.

use super::Mtime;
use std::cmp::Ordering;
use std::time::Duration;

/// From this size on an object is probably a large object, and what its listing calls a hash is not the hash of its content.
const MAYBE_LARGE: u64 = 64 << 20;

/// What is known about one property of a file or object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact<T> {
    /// Not looked up yet.
    #[default]
    Unknown,
    /// A listing says so. Listings describe manifests as objects of their own, so a large object may differ.
    Listed(T),
    /// It is certain.
    Known(T),
    /// It doesn't have the property: a large object has no MD5, for example.
    Absent,
}

impl<T> Fact<T> {
    pub(crate) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn value(&self) -> Option<&T> {
        match self {
            Self::Known(value) | Self::Listed(value) => Some(value),
            _ => None,
        }
    }

    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// A file or object, identified by its name below the root of its side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its name; parts are separated by `/`.
    pub name: String,
    /// Its size in bytes.
    pub size: Fact<u64>,
    /// When it was last changed.
    pub modified: Fact<Mtime>,
    /// The MD5 of its content in lower-case hexadecimal.
    pub md5: Fact<String>,
}

impl Entry {
    /// Something of this name, about which nothing else is known yet.
    pub const fn new(name: String) -> Self {
        Self { name, size: Fact::Unknown, modified: Fact::Unknown, md5: Fact::Unknown }
    }

    /// With this size in bytes.
    pub const fn size(mut self, size: Fact<u64>) -> Self {
        self.size = size;
        self
    }

    /// With this time of change.
    pub const fn modified(mut self, modified: Fact<Mtime>) -> Self {
        self.modified = modified;
        self
    }

    /// With this MD5, in lower-case hexadecimal.
    pub fn md5(mut self, md5: Fact<String>) -> Self {
        self.md5 = md5;
        self
    }
}

/// How two of the same name are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compare {
    /// By size and time of change. If only the time differs and the MD5s are known to be equal, only the time is set.
    #[default]
    SizeAndTime,
    /// By size and MD5, whatever the times. Large objects have no MD5, and are compared by size and time.
    Checksum,
}

/// Why something is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The destination has nothing of this name.
    New,
    /// The sizes differ.
    Size,
    /// The times differ, and the contents are not known to be the same.
    Time,
    /// The MD5s differ.
    Content,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// Copy the source to the destination.
    Copy(Reason),
    /// Set the destination's time to the source's; the content is the same.
    SetTime,
    /// Delete what the source doesn't have.
    Delete,
}

/// An action on a name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// The name below both roots.
    pub name: String,
    /// What to do.
    pub action: Action,
    /// The source's item; `None` for a deletion.
    pub source: Option<Entry>,
    /// The destination's item; `None` if it is new there.
    pub target: Option<Entry>,
}

impl Planned {
    /// The item is new at the destination.
    pub(crate) fn new_at_target(source: Entry) -> Self {
        Self { name: source.name.clone(), action: Action::Copy(Reason::New), source: Some(source), target: None }
    }

    /// The item is only at the destination.
    pub(crate) fn deletion(target: Entry) -> Self {
        Self { name: target.name.clone(), action: Action::Delete, source: None, target: Some(target) }
    }

    /// Bytes to copy, as far as known.
    pub fn bytes(&self) -> u64 {
        if matches!(self.action, Action::Copy(_)) { self.source_bytes() } else { 0 }
    }

    /// The size of the source's item, as far as known.
    pub(crate) fn source_bytes(&self) -> u64 {
        self.source.as_ref().and_then(|source| source.size.value().copied()).unwrap_or(0)
    }
}

/// The result of comparing two of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing needs to be done.
    Same,
    /// This needs to be done.
    Do(Action),
    /// More has to be known: examine the source, the destination, or both. To examine a file means to hash it, to examine an object
    /// means to request its headers; afterwards everything about it is known.
    LookAt {
        /// The source.
        source: bool,
        /// The destination.
        target: bool,
    },
}

/// Compares two of the same name by what is known about them. Times are equal if [`Mtime::agrees`] says so, with a `window`.
pub fn compare(how: Compare, window: Duration, source: &Entry, target: &Entry) -> Verdict {
    let (Some(from), Some(to)) = (source.size.known(), target.size.known()) else {
        return Verdict::LookAt { source: source.size.known().is_none(), target: target.size.known().is_none() };
    };
    if from != to {
        return Verdict::Do(Action::Copy(Reason::Size));
    }
    let no_md5 = source.md5.is_absent() || target.md5.is_absent();
    match how {
        Compare::Checksum if !no_md5 => by_md5(*from, source, target, Verdict::Same),
        Compare::Checksum | Compare::SizeAndTime => match times(window, source, target) {
            Err(look) => look,
            Ok(true) => Verdict::Same,
            Ok(false) if no_md5 => Verdict::Do(Action::Copy(Reason::Time)),
            Ok(false) => by_md5(*from, source, target, Verdict::Do(Action::SetTime)),
        },
    }
}

/// Whether the times are equal, or what has to be examined to find out.
fn times(window: Duration, source: &Entry, target: &Entry) -> Result<bool, Verdict> {
    match (&source.modified, &target.modified) {
        (Fact::Known(from), Fact::Known(to)) => Ok(from.agrees(*to, window)),
        (from, to) => {
            let open = |fact: &Fact<Mtime>| matches!(fact, Fact::Unknown | Fact::Listed(_));
            match (open(from), open(to)) {
                // One of them has no time.
                (false, false) => Ok(false),
                (source, target) => Err(Verdict::LookAt { source, target }),
            }
        }
    }
}

fn by_md5(size: u64, source: &Entry, target: &Entry, same: Verdict) -> Verdict {
    let listed = |entry: &Entry| matches!(entry.md5, Fact::Listed(_));
    let ask = Verdict::LookAt { source: listed(source), target: listed(target) };
    let unsure = listed(source) || listed(target);
    let (Some(from), Some(to)) = (source.md5.value(), target.md5.value()) else {
        // A request is cheaper than hashing a lot only to compare it with something that is not an MD5.
        return match unsure && size >= MAYBE_LARGE {
            true => ask,
            false => Verdict::LookAt { source: source.md5.value().is_none(), target: target.md5.value().is_none() },
        };
    };
    match from.eq_ignore_ascii_case(to) {
        true => same,
        false if unsure => ask,
        false => Verdict::Do(Action::Copy(Reason::Content)),
    }
}

/// Which of two sorted streams is ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The source's name is only at the source.
    Source,
    /// The destination's name is only at the destination.
    Target,
    /// They have the same name.
    Both,
    /// Both streams have ended.
    End,
}

/// Merges two streams by the byte order of their names: decides what to take next, given the first name of each.
pub fn step(source: Option<&str>, target: Option<&str>) -> Step {
    match (source, target) {
        (None, None) => Step::End,
        (Some(_), None) => Step::Source,
        (None, Some(_)) => Step::Target,
        (Some(source), Some(target)) => match source.as_bytes().cmp(target.as_bytes()) {
            Ordering::Less => Step::Source,
            Ordering::Greater => Step::Target,
            Ordering::Equal => Step::Both,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::Shard;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A file or object of the model.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Thing {
        content: String,
        modified: i64,
        large: bool,
    }

    type Model = BTreeMap<String, Thing>;

    fn md5(thing: &Thing) -> String {
        crate::transfer::md5_hex(thing.content.as_bytes())
    }

    fn known(name: &str, thing: &Thing, is_file: bool) -> Entry {
        Entry {
            name: name.to_owned(),
            size: Fact::Known(thing.content.len() as u64),
            modified: Fact::Known(thing.modified.to_string().parse().expect("a time")),
            md5: if thing.large && !is_file { Fact::Absent } else { Fact::Known(md5(thing)) },
        }
    }

    /// What a listing, or a walk, says about it.
    fn listed(name: &str, thing: &Thing, is_file: bool) -> Entry {
        let whole = known(name, thing, is_file);
        if is_file {
            return Entry { md5: Fact::Unknown, ..whole };
        }
        let hash = if thing.large { format!("{:032}", 7) } else { md5(thing) };
        let size = if thing.large { 0 } else { thing.content.len() as u64 };
        let size = if size == 0 { Fact::Listed(0) } else { Fact::Known(size) };
        Entry { size, modified: Fact::Unknown, md5: Fact::Listed(hash), ..whole }
    }

    struct Rules {
        how: Compare,
        delete: bool,
        up: bool,
        shard: Option<Shard>,
        takes: fn(&str) -> bool,
    }

    /// What a run does, without the network: streams, merge, examinations.
    fn plan(source: &Model, target: &Model, rules: &Rules) -> Vec<Planned> {
        let takes = |name: &&String| (rules.takes)(name) && rules.shard.is_none_or(|shard| shard.takes(name));
        let mut from = source.iter().filter(|(name, _)| takes(name)).peekable();
        let mut to = target.iter().filter(|(name, _)| takes(name)).peekable();
        let mut planned = Vec::new();
        loop {
            match step(from.peek().map(|(name, _)| name.as_str()), to.peek().map(|(name, _)| name.as_str())) {
                Step::End => return planned,
                Step::Source => {
                    let (name, thing) = from.next().expect("peeked");
                    planned.push(Planned::new_at_target(listed(name, thing, rules.up)));
                }
                Step::Target => {
                    let (name, thing) = to.next().expect("peeked");
                    if rules.delete {
                        planned.push(Planned::deletion(listed(name, thing, !rules.up)));
                    }
                }
                Step::Both => {
                    let ((name, here), (_, there)) = (from.next().expect("peeked"), to.next().expect("peeked"));
                    let (mut a, mut b) = (listed(name, here, rules.up), listed(name, there, !rules.up));
                    let mut looks = 0;
                    let action = loop {
                        match compare(rules.how, Duration::ZERO, &a, &b) {
                            Verdict::Same => break None,
                            Verdict::Do(action) => break Some(action),
                            Verdict::LookAt { source, target } => {
                                let (all, of_all) = (known(name, here, rules.up), known(name, there, !rules.up));
                                assert!(source && a != all || target && b != of_all, "a look that tells nothing");
                                a = if source { all } else { a };
                                b = if target { of_all } else { b };
                            }
                        }
                        looks += 1;
                        assert!(looks <= 2, "no end of looks");
                    };
                    if let Some(action) = action {
                        planned.push(Planned { name: name.clone(), action, source: Some(a), target: Some(b) });
                    }
                }
            }
        }
    }

    fn apply(source: &Model, target: &mut Model, planned: &[Planned]) {
        for planned in planned {
            match planned.action {
                // A copy has the content and the time; how it is stored is up to the destination.
                Action::Copy(_) => drop(target.insert(planned.name.clone(), source[&planned.name].clone())),
                Action::SetTime => {
                    let modified = source[&planned.name].modified;
                    let thing = target.get_mut(&planned.name).expect("there");
                    assert_eq!(thing.content, source[&planned.name].content, "only the time differs");
                    thing.modified = modified;
                }
                Action::Delete => drop(target.remove(&planned.name).expect("there")),
            }
        }
    }

    /// Few names, contents and times, so that the sides have much in common.
    fn models() -> impl Strategy<Value = Model> {
        let name = prop::sample::select(vec!["a", "a-b", "a.txt", "a/b", "a/c", "a0", "b", "b/x", "é", "z/é/🦀", "z/ü"]);
        let content = prop::sample::select(vec!["", "x", "y", "xy", "yx"]);
        let thing = (content, 0i64..3, any::<bool>());
        prop::collection::btree_map(name.prop_map(str::to_owned), thing, 0..9).prop_map(|model| {
            let thing = |(content, modified, large): (&str, i64, bool)| Thing { content: content.to_owned(), modified, large };
            model.into_iter().map(|(name, parts)| (name, thing(parts))).collect()
        })
    }

    fn without_form(model: &Model, how: Compare) -> BTreeMap<&str, (&str, i64)> {
        let time = |thing: &Thing| if how == Compare::Checksum { 0 } else { thing.modified };
        model.iter().map(|(name, thing)| (name.as_str(), (thing.content.as_str(), time(thing)))).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_plan_makes_both_sides_equal(source in models(), target in models(), up: bool, delete: bool, checksum: bool) {
            let how = if checksum { Compare::Checksum } else { Compare::SizeAndTime };
            let rules = Rules { how, delete, up, shard: None, takes: |_| true };
            let planned = plan(&source, &target, &rules);
            let mut after = target.clone();
            apply(&source, &mut after, &planned);
            // Items of the same size and time with different content are equal if compared by size and time.
            let told_apart = |name: &str| {
                let (Some(a), Some(b)) = (source.get(name), target.get(name)) else { return true };
                let by_time = how == Compare::SizeAndTime || (a.large && !up) || (b.large && up);
                !(by_time && a.content.len() == b.content.len() && a.modified == b.modified)
            };
            let now = without_form(&after, how);
            for (name, thing) in without_form(&source, how) {
                if told_apart(name) {
                    prop_assert_eq!(now.get(name), Some(&thing), "{}", name);
                }
            }
            for name in target.keys().filter(|name| !source.contains_key(*name)) {
                prop_assert_eq!(after.contains_key(name), !delete);
            }
            prop_assert!(planned.is_sorted_by(|a, b| a.name.as_bytes() < b.name.as_bytes()));
            prop_assert_eq!(plan(&source, &after, &rules), vec![]);
        }

        #[test]
        fn shards_cover_the_plan_once(source in models(), target in models(), of in 1u32..6, delete: bool) {
            let rules = |shard| Rules { how: Compare::SizeAndTime, delete, up: true, shard, takes: |_| true };
            let whole = plan(&source, &target, &rules(None));
            let mut parts: Vec<_> = (1..=of).flat_map(|n| plan(&source, &target, &rules(Shard::new(n, of).ok()))).collect();
            parts.sort_by(|a, b| a.name.cmp(&b.name));
            prop_assert_eq!(parts, whole);
        }

        #[test]
        fn what_a_filter_leaves_out_is_left_alone(source in models(), target in models(), delete: bool) {
            let takes: fn(&str) -> bool = |name| !name.starts_with("a/");
            let rules = Rules { how: Compare::SizeAndTime, delete, up: true, shard: None, takes };
            let planned = plan(&source, &target, &rules);
            prop_assert!(planned.iter().all(|planned| takes(&planned.name)));
            let whole = plan(&source, &target, &Rules { takes: |_| true, ..rules });
            let left: Vec<_> = whole.into_iter().filter(|planned| takes(&planned.name)).collect();
            prop_assert_eq!(planned, left);
        }
    }
}
