//! What there should be: each place's content, and what an operation may make of it.

use super::sequence::{Container, NAMES, Name, Op, Place, Side, is_twin};
use std::collections::{BTreeMap, BTreeSet};

/// Content of an object or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Content {
    pub(crate) body: usize,
    pub(crate) tag: Option<u8>,
}

/// What is at a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Content(Content),
    Link(Place),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Content(Content { body, tag: None }) => write!(f, "#{body}"),
            Self::Content(Content { body, tag: Some(tag) }) => write!(f, "#{body} with tag {tag}"),
            Self::Link(to) => write!(f, "a link to {to:?}"),
        }
    }
}

/// What may be at a place; `None` for nothing.
pub(crate) type Maybe = BTreeSet<Option<Value>>;

/// What is known of all places, and of the containers.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) places: BTreeMap<Place, Value>,
    /// Whether the first container keeps versions. None if it never did.
    pub(crate) versions: Option<bool>,
    /// Whether the second keeps old versions elsewhere.
    pub(crate) archive: bool,
    /// What was replaced there, oldest first.
    pub(crate) archived: BTreeMap<Name, Vec<Value>>,
}

/// What may be, place by place.
#[derive(Clone, Debug)]
pub(crate) struct Worlds {
    world: World,
    places: BTreeMap<Place, Maybe>,
}

/// What an operation does.
#[derive(Debug, Default)]
pub(crate) struct Effect {
    /// What a place may have once it succeeded. All others are as they were.
    pub(crate) done: BTreeMap<Place, Maybe>,
    /// What a place may have, beside that and what it had, where it broke off.
    pub(crate) way: BTreeMap<Place, Maybe>,
    /// Whether it can't succeed, or need not.
    pub(crate) must_fail: bool,
    pub(crate) may_fail: bool,
    /// Content that leaves one place only for the other.
    pub(crate) moves: Vec<(Place, Place)>,
}

impl World {
    pub(crate) fn get(&self, place: Place) -> Option<Value> {
        self.places.get(&place).copied()
    }
}

impl Worlds {
    pub(crate) fn of(world: &World) -> Self {
        let places = world.places.iter().map(|(place, value)| (*place, Maybe::from([Some(*value)]))).collect();
        Self { world: world.clone(), places }
    }

    pub(crate) fn get(&self, place: Place) -> Maybe {
        self.places.get(&place).cloned().unwrap_or_else(|| Maybe::from([None]))
    }

    /// Adds what an operation may do or leave half done.
    pub(crate) fn add(&mut self, effect: &Effect) {
        for (place, values) in effect.done.iter().chain(&effect.way) {
            let known = self.places.entry(*place).or_insert_with(|| Maybe::from([None]));
            known.extend(values.iter().copied());
        }
    }

    /// What one may read there; `None` for nothing, or a link that leads nowhere.
    fn read(&self, place: Place) -> BTreeSet<Option<Content>> {
        let values = self.get(place);
        let read = |value: &Option<Value>| match value {
            None => BTreeSet::from([None]),
            Some(Value::Content(content)) => BTreeSet::from([Some(*content)]),
            Some(Value::Link(to)) => self.read(*to),
        };
        values.iter().flat_map(read).collect()
    }

    /// What a deletion leaves.
    fn deleted(&self, place: Place) -> Maybe {
        match place {
            Place::Object(Container::B, name) if self.world.archive => {
                let archived = self.world.archived.get(name).and_then(|values| values.last().copied());
                // What is there now may have been archived in between.
                let mut left = Maybe::from([archived]);
                if self.get(place).len() > 1 {
                    left.extend(self.archived(place));
                }
                left
            }
            _ => Maybe::from([None]),
        }
    }

    /// All that a deletion may bring back.
    fn archived(&self, place: Place) -> Maybe {
        let mut values = Maybe::from([None]);
        if let Place::Object(Container::B, name) = place
            && self.world.archive
        {
            values.extend(self.world.archived.get(name).into_iter().flatten().copied().map(Some));
            values.extend(self.get(place));
        }
        values
    }

    /// Whether a deletion of what is not there may be told as done: it leaves a mark, or brings something back.
    fn takes_any_deletion(&self, place: Place) -> bool {
        match place {
            Place::Object(Container::A, _) => self.world.versions.is_some(),
            Place::Object(Container::B, _) => self.world.archive,
            _ => false,
        }
    }

    fn remove(&self, place: Place, effect: &mut Effect, is_asked_for: bool) {
        let there = self.get(place);
        if !there.contains(&None) {
            effect.done.insert(place, self.deleted(place));
        } else {
            let mut done = self.deleted(place);
            done.extend(there.iter().copied());
            if there.len() > 1 || self.takes_any_deletion(place) {
                effect.may_fail |= is_asked_for;
            } else {
                effect.must_fail |= is_asked_for;
            }
            effect.done.insert(place, done);
        }
        effect.way.insert(place, self.archived(place));
    }

    pub(crate) fn effect(&self, op: &Op) -> Effect {
        let mut effect = Effect::default();
        match op {
            Op::Upload { to, body, how } => {
                effect.done.insert(*to, Maybe::from([Some(Value::Content(Content { body: *body, tag: how.tag }))]));
            }
            Op::Copy { from, to } => {
                let there = self.read(*from);
                effect.may_fail = there.contains(&None);
                let values: Maybe = there.into_iter().flatten().map(|content| Some(Value::Content(content))).collect();
                effect.must_fail = values.is_empty();
                effect.done.insert(*to, values);
            }
            Op::Move { from, to } => {
                let there = self.get(*from);
                effect.may_fail = there.contains(&None);
                let values: Maybe = there.into_iter().filter(Option::is_some).collect();
                effect.must_fail = values.is_empty();
                // A move that finds its source replaced deletes what it has put there.
                effect.way.insert(*to, self.archived(*to));
                effect.done.insert(*to, values);
                effect.done.insert(*from, self.deleted(*from));
                effect.way.insert(*from, self.archived(*from));
                effect.moves.push((*from, *to));
            }
            Op::Remove(place) => self.remove(*place, &mut effect, true),
            Op::RemoveMany(container, names) => {
                for name in names {
                    self.remove(Place::Object(*container, name), &mut effect, false);
                }
            }
            Op::Link { at, to } => {
                effect.done.insert(*at, Maybe::from([Some(Value::Link(*to))]));
            }
            Op::Tag(place, tag) => {
                let mut values = Maybe::new();
                for value in self.get(*place) {
                    let changed = match value {
                        Some(Value::Content(content)) => Some(Value::Content(Content { tag: Some(*tag), ..content })),
                        // A link has no metadata that one could see.
                        other => {
                            effect.may_fail = true;
                            other
                        }
                    };
                    values.insert(changed);
                }
                effect.must_fail = values.iter().all(|value| !matches!(value, Some(Value::Content(_))));
                effect.done.insert(*place, values);
            }
            Op::Sync { from, to, delete, backup } => {
                for name in NAMES {
                    self.sync(name, (*from, *to), *delete, *backup, &mut effect);
                }
            }
            Op::Edit(name, body) => {
                let value = body.map(|body| Value::Content(Content { body, tag: None }));
                effect.done.insert(Place::File(name), Maybe::from([value]));
            }
            Op::Collect | Op::Versions(_) | Op::Archive(_) => {}
        }
        effect
    }

    fn sync(&self, name: Name, (from, to): (Side, Side), delete: bool, backup: bool, effect: &mut Effect) {
        let place = |side| match side {
            Side::Folder => Place::File(name),
            Side::Objects(container) => Place::Object(container, name),
        };
        let kept = match to {
            Side::Folder => Place::KeptFile(name),
            Side::Objects(_) => Place::Object(Container::Kept, name),
        };
        let (source, target) = (place(from), place(to));
        let old = self.get(target);
        let mut done = Maybe::new();
        let mut changes = false;
        if self.get(source).len() > 1 {
            // The source has it at one look and not at the other, and so it is neither copied nor deleted.
            done.extend(&old);
        }
        for value in self.get(source) {
            let Some(value) = value else {
                match delete {
                    true => {
                        changes = true;
                        done.extend(self.deleted(target));
                        // What is not there needs no deletion.
                        done.extend(old.iter().filter(|value| value.is_none()));
                    }
                    false => done.extend(&old),
                }
                continue;
            };
            let mut contents = match value {
                Value::Content(content) => BTreeSet::from([Some(content)]),
                Value::Link(to) => self.read(to),
            };
            // Where a link leads, the same sync may be at work.
            if let Value::Link(Place::Object(container, name)) = value
                && Side::Objects(container) == to
            {
                contents.extend(self.after_sync(name, from, delete));
            }
            for content in contents {
                let Some(content) = content else {
                    // A link that leads nowhere is left out.
                    done.extend(&old);
                    continue;
                };
                changes = true;
                let tag = if from == Side::Folder || to == Side::Folder { None } else { content.tag };
                done.insert(Some(Value::Content(Content { tag, ..content })));
                for kept in old.iter().flatten() {
                    let read = match kept {
                        Value::Content(content) => BTreeSet::from([Some(*content)]),
                        Value::Link(to) => self.read(*to),
                    };
                    // What has the content already keeps the rest. So does what has its size and time, to the second.
                    let stays = |old: Content| old.body == content.body || is_twin(old.body, content.body);
                    if read.into_iter().flatten().any(stays) {
                        done.insert(Some(*kept));
                    }
                }
            }
        }
        if backup && changes {
            let mut keeps = self.get(kept);
            keeps.extend(old.iter().filter(|value| value.is_some()));
            effect.done.insert(kept, keeps);
            effect.way.insert(target, self.archived(target));
            effect.moves.push((target, kept));
        }
        if delete {
            effect.way.entry(target).or_default().extend(self.archived(target));
        }
        effect.done.insert(target, done);
    }

    /// What a sync makes of a name, as far as a link to it may read it meanwhile.
    fn after_sync(&self, name: Name, from: Side, delete: bool) -> BTreeSet<Option<Content>> {
        let source = match from {
            Side::Folder => Place::File(name),
            Side::Objects(container) => Place::Object(container, name),
        };
        self.read(source).into_iter().filter(|content| content.is_some() || delete).collect()
    }
}
