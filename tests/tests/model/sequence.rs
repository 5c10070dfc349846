//! What a sequence is made of: operations on a handful of names, and what befalls them.

use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::ReferenceStateMachine;
use std::collections::BTreeSet;

/// The containers: two that all operations use, one for what a sync keeps, and one for old versions of the second.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Container {
    A,
    B,
    Kept,
    Archive,
}

/// Few names, so that operations meet. Links live at `l` alone and lead to the others, so that there are no circles.
pub(crate) const NAMES: [&str; 4] = ["d/o", "l", "o", "p"];
pub(crate) type Name = &'static str;
const LINK: Name = "l";

/// A place for content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    Object(Container, Name),
    /// A file in the folder that is synchronized.
    File(Name),
    /// A file where a sync keeps what it replaces or deletes.
    KeptFile(Name),
}

/// How an upload is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct How {
    /// Segments have so many bytes; without this it goes by one request.
    pub(crate) segment: Option<u64>,
    pub(crate) dynamic: bool,
    /// From a stream, which can't be read twice.
    pub(crate) stream: bool,
    /// An item of metadata.
    pub(crate) tag: Option<u8>,
}

/// One side of a sync.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Folder,
    Objects(Container),
}

/// What one client does.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Op {
    Upload {
        to: Place,
        body: usize,
        how: How,
    },
    Copy {
        from: Place,
        to: Place,
    },
    Move {
        from: Place,
        to: Place,
    },
    Remove(Place),
    RemoveMany(Container, Vec<Name>),
    Link {
        at: Place,
        to: Place,
    },
    Tag(Place, u8),
    Sync {
        from: Side,
        to: Side,
        delete: bool,
        backup: bool,
    },
    /// A file here gets other content, or goes.
    Edit(Name, Option<usize>),
    /// Segments that nothing refers to are collected, whatever their age.
    Collect,
    /// The first container begins to keep versions, or ends it.
    Versions(bool),
    /// The same with the second, in a container of its own.
    Archive(bool),
}

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// It is carried out, and the answer is lost.
    LoseAnswer,
    /// The connection closes before it is carried out.
    Close,
    /// The server says that it is busy, once.
    Busy,
    /// It is carried out, and the server answers nothing after that.
    Outage,
    /// The same, and its answer is lost, too.
    LostOutage,
    /// The client goes away before it is carried out.
    GoneBefore,
    /// The client goes away before the answer.
    GoneAfter,
}

/// One step of a sequence.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Step {
    One(Op),
    /// This befalls the request of this number.
    Mishap(Op, u64, Mishap),
    /// The first stands still at its request of this number, before or after it is carried out, while the second does all of its own.
    Two {
        slow: Op,
        fast: Op,
        nth: u64,
        after: bool,
    },
}

/// Sizes and kinds of content, by number. Some have the same size, and the files of those are of the same time, too.
pub(crate) const SIZES: [usize; 6] = [0, 90, 1000, 1000, 2500, 2500];

pub(crate) fn is_twin(one: usize, other: usize) -> bool {
    one != other && SIZES[one] == SIZES[other]
}

/// What is supposed of a sequence while it is made up: no more than which names are worth an operation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guess {
    /// Whether manifests hold few segments and objects few bytes, so that there are manifests of manifests and copies by segments.
    pub(crate) tight: bool,
    /// Whether the first container keeps versions from the beginning, or the second keeps old ones elsewhere.
    pub(crate) versions: bool,
    pub(crate) archive: bool,
    full: BTreeSet<Place>,
}

/// The sequences.
pub(crate) struct Sequences;

impl ReferenceStateMachine for Sequences {
    type State = Guess;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Guess> {
        let (versions, archive) = (proptest::bool::weighted(0.25), proptest::bool::weighted(0.15));
        let guess = (any::<bool>(), versions, archive);
        guess.prop_map(|(tight, versions, archive)| Guess { tight, versions, archive, full: BTreeSet::new() }).boxed()
    }

    fn transitions(guess: &Guess) -> BoxedStrategy<Step> {
        // Most operations make few requests, and some many.
        let nth = || prop_oneof![3 => 1u64..12, 1 => 1u64..45];
        let mishap = select(vec![
            Mishap::LoseAnswer,
            Mishap::Close,
            Mishap::Busy,
            Mishap::Outage,
            Mishap::LostOutage,
            Mishap::GoneBefore,
            Mishap::GoneAfter,
        ]);
        if guess.full.len() < 2 {
            return upload(place().boxed()).prop_map(Step::One).boxed();
        }
        // Two at once are of interest where they meet.
        let (all, met) = (guess.clone(), guess.clone());
        let two = source(guess).prop_flat_map(move |place| {
            let (slow, fast) = (work(&met, Some(place)), work(&met, Some(place)));
            (slow, fast)
        });
        prop_oneof![
            8 => prop_oneof![8 => work(&all, None), 3 => care()].prop_map(Step::One),
            6 => (prop_oneof![8 => work(&all, None), 1 => Just(Op::Collect)], nth(), mishap)
                .prop_map(|(op, nth, mishap)| Step::Mishap(op, nth, mishap)),
            5 => (two, nth(), any::<bool>())
                .prop_map(|((slow, fast), nth, after)| Step::Two { slow, fast, nth, after }),
        ]
        .boxed()
    }

    fn apply(mut guess: Guess, step: &Step) -> Guess {
        let ops: Vec<&Op> = match step {
            Step::One(op) | Step::Mishap(op, ..) => vec![op],
            Step::Two { slow, fast, .. } => vec![slow, fast],
        };
        for op in ops {
            match op {
                Op::Upload { to, .. } | Op::Copy { to, .. } => drop(guess.full.insert(*to)),
                Op::Link { at, .. } => drop(guess.full.insert(*at)),
                Op::Move { from, to } => {
                    guess.full.remove(from);
                    guess.full.insert(*to);
                }
                Op::Remove(place) => drop(guess.full.remove(place)),
                Op::RemoveMany(container, names) => {
                    guess.full.retain(|place| !names.iter().any(|name| *place == Place::Object(*container, name)));
                }
                Op::Sync { from: Side::Objects(from), to: Side::Objects(to), delete, .. } => {
                    let of = |container: Container, full: &BTreeSet<Place>| {
                        let names = NAMES.into_iter().filter(|name| full.contains(&Place::Object(container, name)));
                        names.collect::<Vec<_>>()
                    };
                    if *delete {
                        guess.full.retain(|place| !matches!(place, Place::Object(container, _) if container == to));
                    }
                    guess.full.extend(of(*from, &guess.full).into_iter().map(|name| Place::Object(*to, name)));
                }
                _ => {}
            }
        }
        guess
    }
}

fn is_link_place(place: &Place) -> bool {
    matches!(place, Place::Object(_, LINK))
}

/// An object's place, of one of the two containers.
fn place() -> impl Strategy<Value = Place> + Clone {
    (select(vec![Container::A, Container::B]), select(NAMES.to_vec())).prop_map(|(container, name)| Place::Object(container, name))
}

/// A place that probably holds something.
fn source(guess: &Guess) -> BoxedStrategy<Place> {
    match guess.full.is_empty() {
        true => place().boxed(),
        false => prop_oneof![6 => select(guess.full.iter().copied().collect::<Vec<_>>()), 1 => place()].boxed(),
    }
}

fn upload(to: BoxedStrategy<Place>) -> BoxedStrategy<Op> {
    let segment = prop_oneof![1 => Just(None), 2 => Just(Some(500)), 2 => Just(Some(250))];
    let tag = prop_oneof![2 => Just(None), 1 => (0u8..2).prop_map(Some)];
    let how = (segment, proptest::bool::weighted(0.3), proptest::bool::weighted(0.2), tag)
        .prop_map(|(segment, dynamic, stream, tag)| How { segment, dynamic, stream, tag });
    // Large ones are what most of this is about.
    let body = prop_oneof![1 => 0..SIZES.len(), 3 => 2..SIZES.len()];
    (to, body, how).prop_map(|(to, body, how)| Op::Upload { to, body, how }).boxed()
}

/// Whatever changes objects or files; mostly of one place, where one is given.
fn work(guess: &Guess, focus: Option<Place>) -> BoxedStrategy<Op> {
    let near = |other: BoxedStrategy<Place>| match focus {
        Some(place) => prop_oneof![2 => Just(place), 1 => other].boxed(),
        None => other,
    };
    let (source, to) = (near(source(guess)), near(place().boxed()));
    let pair = (source.clone(), to.clone()).prop_filter("two places", |(from, to)| from != to);
    let side =
        || prop_oneof![1 => Just(Side::Folder), 2 => Just(Side::Objects(Container::A)), 2 => Just(Side::Objects(Container::B))];
    let sides = (side(), side()).prop_filter("two sides, one in the cloud", |(from, to)| from != to);
    let link = (select(vec![Container::A, Container::B]), place()).prop_filter("no link to a link", |(_, to)| !is_link_place(to));
    prop_oneof![
        8 => upload(to),
        3 => pair.clone().prop_map(|(from, to)| Op::Copy { from, to }),
        // A link that moved elsewhere could come to lead to itself.
        4 => pair.prop_filter("links stay where they may", |(from, to)| !is_link_place(from) || is_link_place(to))
            .prop_map(|(from, to)| Op::Move { from, to }),
        3 => source.clone().prop_map(Op::Remove),
        1 => (select(vec![Container::A, Container::B]), proptest::sample::subsequence(NAMES.to_vec(), 1..=NAMES.len()))
            .prop_map(|(container, names)| Op::RemoveMany(container, names)),
        1 => link.prop_map(|(container, to)| Op::Link { at: Place::Object(container, LINK), to }),
        1 => (source, 0u8..2).prop_map(|(place, tag)| Op::Tag(place, tag)),
        4 => (sides, any::<bool>(), proptest::bool::weighted(0.3))
            .prop_map(|((from, to), delete, backup)| Op::Sync { from, to, delete, backup }),
    ]
    .boxed()
}

/// What lies between.
fn care() -> BoxedStrategy<Op> {
    prop_oneof![
        3 => (select(NAMES.to_vec()), proptest::option::weighted(0.8, 0..SIZES.len())).prop_map(|(name, body)| Op::Edit(name, body)),
        2 => Just(Op::Collect),
        1 => any::<bool>().prop_map(Op::Versions),
        1 => any::<bool>().prop_map(Op::Archive),
    ]
    .boxed()
}

// As short as can be: a failure prints a whole sequence.

impl std::fmt::Debug for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.letter())
    }
}

impl Container {
    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::Kept => "kept",
            Self::Archive => "archive",
        }
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Object(container, name) => write!(f, "{container:?}/{name}"),
            Self::File(name) => write!(f, "./{name}"),
            Self::KeptFile(name) => write!(f, "./kept/{name}"),
        }
    }
}

impl std::fmt::Debug for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder => f.write_str("."),
            Self::Objects(container) => write!(f, "{container:?}"),
        }
    }
}

impl std::fmt::Debug for How {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(segment) = self.segment {
            write!(f, " in segments of {segment}")?;
        }
        if self.dynamic {
            f.write_str(", dynamic")?;
        }
        if self.stream {
            f.write_str(" from a stream")?;
        }
        if let Some(tag) = self.tag {
            write!(f, " with tag {tag}")?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Upload { to, body, how } => write!(f, "upload #{body} ({} bytes) to {to:?}{how:?}", SIZES[*body]),
            Self::Copy { from, to } => write!(f, "copy {from:?} to {to:?}"),
            Self::Move { from, to } => write!(f, "move {from:?} to {to:?}"),
            Self::Remove(place) => write!(f, "remove {place:?}"),
            Self::RemoveMany(container, names) => write!(f, "remove of {container:?} {names:?}"),
            Self::Link { at, to } => write!(f, "link {at:?} to {to:?}"),
            Self::Tag(place, tag) => write!(f, "set tag {tag} of {place:?}"),
            Self::Sync { from, to, delete, backup } => {
                let (delete, backup) = (if *delete { ", delete" } else { "" }, if *backup { ", backup" } else { "" });
                write!(f, "sync {from:?} to {to:?}{delete}{backup}")
            }
            Self::Edit(name, Some(body)) => write!(f, "write #{body} ({} bytes) to ./{name}", SIZES[*body]),
            Self::Edit(name, None) => write!(f, "delete ./{name}"),
            Self::Collect => f.write_str("collect segments"),
            Self::Versions(on) => write!(f, "versions of a {}", if *on { "on" } else { "off" }),
            Self::Archive(on) => write!(f, "archive of b {}", if *on { "on" } else { "off" }),
        }
    }
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::One(op) => write!(f, "{op:?}"),
            Self::Mishap(op, nth, mishap) => write!(f, "{op:?}; {mishap:?} at request {nth}"),
            Self::Two { slow, fast, nth, after } => {
                let when = if *after { "after" } else { "before" };
                write!(f, "{slow:?}, held {when} request {nth}, while another does: {fast:?}")
            }
        }
    }
}
