//! A sequence played: each step done, looked at, and judged.

use super::command;
use super::hands::{self, Doing};
use super::look::{self, Seen};
use super::sequence::{Container, Mishap, Name, Op, Place, Step};
use super::stage::{Grounds, Stage};
use super::world::{Content, Effect, Maybe, Value, World, Worlds};
use k5_emulator::{Emulator, Fault, Faults, Gate, Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long an operation may take, whatever befalls it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A sequence being played.
pub(crate) struct Play {
    grounds: Rc<Grounds>,
    stage: Stage,
    world: World,
    versions: BTreeMap<(Name, String), Content>,
    archived: BTreeMap<Name, Vec<(String, Value)>>,
    /// Whether there may be segments that nothing refers to: after an interruption, and wherever old versions were kept.
    is_dirty: bool,
    /// Whether a second client stored something that the first doesn't know of.
    is_foreign: bool,
}

/// How a step ended.
enum Ended {
    One { op: Op, effect: Effect, outcome: Result<(), String>, hit: Option<Mishap> },
    Two { ops: [Op; 2], outcomes: [Result<(), String>; 2] },
}

/// What may be where, what may have gone only with its content there, and which places may have changed.
type Allowed = (BTreeMap<Place, Maybe>, Vec<(Place, Place)>, BTreeSet<Place>);

impl Play {
    pub(crate) fn new(grounds: Rc<Grounds>, tight: bool) -> Self {
        let stage = grounds.block_on(grounds.stage(tight));
        Self {
            grounds,
            stage,
            world: World::default(),
            versions: BTreeMap::new(),
            archived: BTreeMap::new(),
            is_dirty: false,
            is_foreign: false,
        }
    }

    /// Plays one step.
    ///
    /// # Panics
    /// When anything is not as it should be.
    pub(crate) fn step(&mut self, step: &Step) {
        let grounds = self.grounds.clone();
        let troubles = grounds.block_on(self.played(step));
        assert!(troubles.is_empty(), "{step:?}:\n    {}", troubles.join("\n    "));
    }

    /// Ends it: collected, everything is there still; removed, nothing is left.
    ///
    /// # Panics
    /// When anything is not as it should be.
    pub(crate) fn end(mut self) {
        self.step(&Step::One(Op::Collect));
        let grounds = self.grounds.clone();
        let troubles = grounds.block_on(async {
            let objects: Vec<_> = self.world.places.keys().copied().collect();
            for place in objects {
                if let Place::Object(..) = place
                    && let Err(error) = self.begin(0, &Op::Remove(place)).await
                {
                    return vec![format!("{place:?} can't be removed: {error}")];
                }
            }
            if self.is_foreign
                && let Err(error) = self.begin(0, &Op::Collect).await
            {
                return vec![format!("segments can't be collected: {error}")];
            }
            if self.world.versions.is_some() || !self.archived.is_empty() || self.world.archive {
                return Vec::new();
            }
            let seen = look::look(&grounds, &self.stage, false).await;
            match look::segments(&self.stage, &seen).await {
                Ok(left) if left.count > 0 => vec![format!("all is removed, and there is left: {}", left.garbage.join(", "))],
                Ok(_) => Vec::new(),
                Err(error) => vec![format!("what is left can't be looked at: {error}")],
            }
        });
        assert!(troubles.is_empty(), "at the end:\n    {}", troubles.join("\n    "));
    }

    fn begin(&self, client: usize, op: &Op) -> Doing {
        match (&self.grounds.program, command::line(&self.grounds, &self.stage, op)) {
            (Some(program), Some(line)) => command::begin(program, &self.stage, line),
            _ => hands::begin(&self.grounds, &self.stage, client, op),
        }
    }

    async fn played(&mut self, step: &Step) -> Vec<String> {
        let worlds = Worlds::of(&self.world);
        let ended = match step {
            Step::One(op) => {
                let outcome = patient(self.begin(0, op)).await;
                Ended::One { op: op.clone(), effect: worlds.effect(op), outcome, hit: None }
            }
            Step::Mishap(op, nth, mishap) => {
                let (outcome, hit) = self.mishap(op, *nth, *mishap).await;
                Ended::One { op: op.clone(), effect: worlds.effect(op), outcome, hit: hit.then_some(*mishap) }
            }
            Step::Two { slow, fast, nth, after } => {
                let outcomes = self.two(slow, fast, *nth, *after).await;
                Ended::Two { ops: [slow.clone(), fast.clone()], outcomes }
            }
        };
        if let Some(emulator) = &self.stage.emulator {
            emulator.faults(Faults::new());
        }
        let troubles = self.judge(&ended).await;
        if std::env::var_os("K5_MODEL_TRACE").is_some() {
            eprintln!("{step:?}: {}\n    {:?}", ended.told(), self.world);
            for request in self.stage.emulator.iter().flat_map(|emulator| emulator.requests()) {
                eprintln!("    {} {}?{} {:?}", request.method, request.path, request.query.unwrap_or_default(), request.status);
            }
        }
        troubles
    }

    /// Does an operation of which one request goes wrong; whether it came to that.
    async fn mishap(&self, op: &Op, nth: u64, mishap: Mishap) -> (Result<(), String>, bool) {
        let Some(emulator) = &self.stage.emulator else { return self.killed(op, nth).await };
        let gate = Gate::new();
        let rule = || Rule::any().nth(nth);
        let faults = match mishap {
            Mishap::LoseAnswer => Faults::new().rule(rule().then(Fault::lose_answer())),
            Mishap::Close => Faults::new().rule(rule().then(Fault::close())),
            Mishap::Busy => Faults::new().rule(rule().then(Fault::status(503))),
            Mishap::Outage | Mishap::GoneBefore => Faults::new().rule(rule().then(Fault::hold_before(&gate))),
            Mishap::LostOutage => {
                Faults::new().rule(rule().then(Fault::hold_before(&gate))).rule(rule().then(Fault::lose_answer()))
            }
            Mishap::GoneAfter => Faults::new().rule(rule().then(Fault::hold_after(&gate))),
        };
        emulator.clear_requests();
        emulator.faults(faults);
        let doing = self.begin(0, op);
        if matches!(mishap, Mishap::LoseAnswer | Mishap::Close | Mishap::Busy) {
            let outcome = patient(doing).await;
            return (outcome, emulator.requests().len() as u64 >= nth);
        }
        let running = tokio::task::spawn_local(patient(doing));
        if !stands(&gate, &running).await {
            return (ended(running).await, false);
        }
        if matches!(mishap, Mishap::GoneBefore | Mishap::GoneAfter) {
            running.abort();
            let _ = running.await;
            self.settle(emulator, &gate).await;
            return (Err("the client went away".to_owned()), true);
        }
        // It gives up at once where it is told to come back so late.
        let busy = Fault::status(503).header("Retry-After", "3600");
        emulator.faults(Faults::new().rule(Rule::any().then(busy)));
        gate.open();
        let outcome = ended(running).await;
        // What it had sent at the same time may be under way still.
        self.settle(emulator, &gate).await;
        (outcome, true)
    }

    /// Waits until nothing of a client that went away is under way at the server.
    async fn settle(&self, emulator: &Emulator, gate: &Gate) {
        tokio::time::sleep(Duration::from_millis(3)).await;
        gate.open();
        emulator.faults(Faults::new());
        let mut last = None;
        loop {
            let seen = look::look(&self.grounds, &self.stage, self.world.versions.is_some()).await;
            let segments = format!("{:?}", look::segments(&self.stage, &seen).await);
            if last.as_ref() == Some(&(seen.clone(), segments.clone())) {
                return;
            }
            last = Some((seen, segments));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The same on a real cloud: the command ends after a while.
    async fn killed(&self, op: &Op, nth: u64) -> (Result<(), String>, bool) {
        let running = tokio::task::spawn_local(patient(self.begin(0, op)));
        tokio::time::sleep(Duration::from_millis(20 + 15 * nth)).await;
        if running.is_finished() {
            return (ended(running).await, false);
        }
        running.abort();
        let _ = running.await;
        // Its last request may be under way.
        tokio::time::sleep(Duration::from_millis(500)).await;
        (Err("the client went away".to_owned()), true)
    }

    /// Two at once, the one held while the other does all of its own.
    async fn two(&self, slow: &Op, fast: &Op, nth: u64, after: bool) -> [Result<(), String>; 2] {
        let (slow, fast) = (self.begin(0, slow), self.begin(1, fast));
        let Some(emulator) = &self.stage.emulator else {
            let slow = tokio::task::spawn_local(patient(slow));
            tokio::time::sleep(Duration::from_millis(20 + 15 * nth)).await;
            let fast = patient(fast).await;
            return [ended(slow).await, fast];
        };
        let gate = Gate::new();
        let fault = if after { Fault::hold_after(&gate) } else { Fault::hold_before(&gate) };
        emulator.faults(Faults::new().rule(Rule::any().nth(nth).then(fault)));
        let slow = tokio::task::spawn_local(patient(slow));
        if !stands(&gate, &slow).await {
            // It had no such request, and nothing is to stand at the gate.
            emulator.faults(Faults::new());
        }
        let fast = patient(fast).await;
        gate.open();
        [ended(slow).await, fast]
    }

    async fn judge(&mut self, ended: &Ended) -> Vec<String> {
        let mut troubles = Vec::new();
        let (allowed, moves, touched) = self.allowed(ended, &mut troubles);
        if !troubles.is_empty() {
            return troubles;
        }
        let is_collected = matches!(ended, Ended::One { op: Op::Collect, outcome: Ok(()), .. });
        self.remember(ended);
        let is_clean = is_collected || !self.is_dirty;
        let tries = if self.stage.emulator.is_some() { 3 } else { 30 };
        for tried in 1.. {
            // Listings of a real cloud lag behind.
            let seen = look::look(&self.grounds, &self.stage, self.world.versions.is_some()).await;
            let mut troubles = seen.troubles.clone();
            self.compare(&seen, &allowed, &moves, &touched, ended, &mut troubles);
            if troubles.is_empty() && is_clean {
                match look::segments(&self.stage, &seen).await {
                    Ok(judged) => {
                        troubles.extend(judged.missing.into_iter().map(|name| format!("missing: {name}")));
                        troubles.extend(judged.garbage.into_iter().map(|name| format!("nothing refers to {name}")));
                    }
                    Err(error) => troubles.push(format!("segments can't be looked at: {error}")),
                }
            }
            if troubles.is_empty() {
                self.world.places = seen.places;
                self.versions = seen.versions;
                let values = |kept: &Vec<(String, Value)>| kept.iter().map(|(_, value)| *value).collect();
                self.world.archived = seen.archived.iter().map(|(name, kept)| (*name, values(kept))).collect();
                self.archived = seen.archived;
                return troubles;
            }
            if tried == tries {
                troubles.push(ended.told());
                troubles.push(format!("it was: {:?}", self.world.places));
                return troubles;
            }
            tokio::time::sleep(Duration::from_millis(if self.stage.emulator.is_some() { 20 } else { 300 })).await;
        }
        troubles
    }

    /// What may be where, what may have gone only with its content there, and which places may have changed.
    fn allowed(&self, ended: &Ended, troubles: &mut Vec<String>) -> Allowed {
        let mut worlds = Worlds::of(&self.world);
        match ended {
            Ended::One {
                op: Op::Versions(_) | Op::Archive(_) | Op::Edit(..) | Op::Collect,
                outcome: Err(error),
                hit: None,
                ..
            } => {
                troubles.push(error.clone());
                (BTreeMap::new(), Vec::new(), BTreeSet::new())
            }
            Ended::One { effect, outcome, hit, .. } => {
                let touched: BTreeSet<Place> = effect.done.keys().chain(effect.way.keys()).copied().collect();
                let mut allowed: BTreeMap<Place, Maybe> = BTreeMap::new();
                match outcome {
                    Ok(()) if effect.must_fail => troubles.push("it can't have succeeded, and says so".to_owned()),
                    Ok(()) => allowed.clone_from(&effect.done),
                    Err(error) if hit.is_none() && !effect.must_fail && !effect.may_fail => {
                        troubles.push(format!("it failed: {error}"));
                    }
                    Err(_) if hit.is_none() && effect.must_fail => {}
                    Err(_) => {
                        worlds.add(effect);
                        for place in &touched {
                            allowed.insert(*place, worlds.get(*place));
                        }
                    }
                }
                (allowed, effect.moves.clone(), touched)
            }
            Ended::Two { ops, outcomes } => {
                for _ in 0..3 {
                    let effects = ops.each_ref().map(|op| worlds.effect(op));
                    effects.iter().for_each(|effect| worlds.add(effect));
                }
                let effects = ops.each_ref().map(|op| worlds.effect(op));
                let touches = |effect: &Effect, place: &Place| effect.done.contains_key(place) || effect.way.contains_key(place);
                let touched: BTreeSet<_> =
                    effects.iter().flat_map(|effect| effect.done.keys().chain(effect.way.keys())).copied().collect();
                let allowed = touched
                    .iter()
                    .map(|place| {
                        let all_well =
                            effects.iter().zip(outcomes).all(|(effect, outcome)| outcome.is_ok() || !touches(effect, place));
                        let mut values = Maybe::new();
                        if all_well {
                            effects.iter().filter_map(|effect| effect.done.get(place)).for_each(|done| values.extend(done));
                        } else {
                            values = worlds.get(*place);
                        }
                        (*place, values)
                    })
                    .collect();
                let mut moves = Vec::new();
                for (effect, other) in effects.iter().zip(effects.iter().rev()) {
                    let alone = |(from, to): &&(Place, Place)| !touches(other, from) && !touches(other, to);
                    moves.extend(effect.moves.iter().filter(alone).copied());
                }
                (allowed, moves, touched)
            }
        }
    }

    fn remember(&mut self, ended: &Ended) {
        match ended {
            Ended::One { op, effect, outcome, hit } => {
                match op {
                    Op::Versions(on) if outcome.is_ok() => self.world.versions = Some(*on),
                    Op::Archive(on) if outcome.is_ok() => self.world.archive = *on,
                    Op::Collect if outcome.is_ok() && hit.is_none() => self.is_dirty = false,
                    _ => {}
                }
                let is_odd = outcome.is_err() && !effect.must_fail;
                self.is_dirty |= hit.is_some() || is_odd || self.is_foreign;
            }
            Ended::Two { .. } => (self.is_dirty, self.is_foreign) = (true, true),
        }
        // What an old version consists of is for a collection alone, also once no more of them are kept.
        self.is_foreign |= self.world.archive || self.world.versions.is_some();
        // What is not the newest any more keeps its segments there.
        self.is_dirty |= self.world.archive || !self.archived.is_empty() || self.world.versions == Some(false);
    }

    fn compare(
        &self,
        seen: &Seen,
        allowed: &BTreeMap<Place, Maybe>,
        moves: &[(Place, Place)],
        touched: &BTreeSet<Place>,
        ended: &Ended,
        troubles: &mut Vec<String>,
    ) {
        let places: BTreeSet<_> = self.world.places.keys().chain(seen.places.keys()).chain(allowed.keys()).copied().collect();
        for place in places {
            let now = seen.places.get(&place).copied();
            let may = allowed.get(&place).cloned().unwrap_or_else(|| Maybe::from([self.world.get(place)]));
            if !may.contains(&now) {
                troubles.push(format!("{place:?} holds {now:?}, and may hold {may:?}"));
            }
        }
        let body = |value: Option<Value>| match value {
            Some(Value::Content(content)) => Some(Ok(content.body)),
            Some(Value::Link(to)) => Some(Err(to)),
            None => None,
        };
        for (from, to) in moves {
            let (old, now) = (self.world.get(*from), seen.places.get(from).copied());
            let kept = seen.places.get(to).copied();
            if old.is_some() && body(old) != body(now) && body(kept) != body(old) {
                troubles.push(format!("{from:?} held {old:?} and holds {now:?}, but {to:?} has {kept:?}"));
            }
        }
        self.compare_versions(seen, ended, troubles);
        self.compare_archive(seen, touched, ended, troubles);
    }

    fn compare_versions(&self, seen: &Seen, ended: &Ended, troubles: &mut Vec<String>) {
        for ((name, version), content) in &self.versions {
            let now = seen.versions.get(&(name, version.clone()));
            // What was stored before versions were kept gets another name when it is replaced.
            if version != "null" && now.is_none_or(|now| now.body != content.body) {
                troubles.push(format!("a/{name}, version {version}, was #{} and is {:?}", content.body, now.map(|now| now.body)));
            }
        }
        let is_switch = matches!(ended, Ended::One { op: Op::Versions(_), .. });
        if self.world.versions != Some(true) || is_switch {
            return;
        }
        for (place, value) in &self.world.places {
            if let (Place::Object(Container::A, name), Value::Content(content)) = (place, value)
                && !seen.versions.iter().any(|((known, _), version)| known == name && version.body == content.body)
            {
                troubles.push(format!("a/{name} was #{}, and no version of it is that", content.body));
            }
        }
    }

    fn compare_archive(&self, seen: &Seen, touched: &BTreeSet<Place>, ended: &Ended, troubles: &mut Vec<String>) {
        for (name, kept) in &self.archived {
            let place = Place::Object(Container::B, name);
            let now = seen.archived.get(name).map(Vec::as_slice).unwrap_or_default();
            let lost = kept.iter().filter(|known| !now.contains(known)).count();
            let most = match ended {
                _ if !touched.contains(&place) => 0,
                Ended::One { op: Op::Remove(_) | Op::RemoveMany(..), .. } => 1,
                _ => kept.len(),
            };
            if lost > most {
                troubles.push(format!("archived of {place:?} were {kept:?}, and are {now:?}"));
            }
        }
        let Ended::One { op, .. } = ended else { return };
        let replaces = matches!(op, Op::Upload { .. } | Op::Copy { .. } | Op::Link { .. });
        for place in touched.iter().filter(|_| replaces && self.world.archive) {
            if let Place::Object(Container::B, name) = place
                && let Some(old) = self.world.get(*place)
                && seen.places.get(place) != Some(&old)
                && !seen.archived.get(name).is_some_and(|kept| kept.iter().any(|(_, value)| *value == old))
            {
                troubles.push(format!("{place:?} was {old:?}, and the archive has {:?}", seen.archived.get(name)));
            }
        }
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.grounds.block_on(self.stage.clean());
    }
}

impl Ended {
    fn told(&self) -> String {
        let one = |outcome: &Result<(), String>| match outcome {
            Ok(()) => "it said that all is well".to_owned(),
            Err(error) => format!("it said: {error}"),
        };
        match self {
            Self::One { outcome, hit, .. } => {
                let hit = hit.map_or("nothing befell it".to_owned(), |mishap| format!("{mishap:?} befell it"));
                format!("{hit}, and {}", one(outcome))
            }
            Self::Two { outcomes: [slow, fast], .. } => format!("of the slow one {}; of the fast one {}", one(slow), one(fast)),
        }
    }
}

async fn patient(doing: Doing) -> Result<(), String> {
    tokio::time::timeout(PATIENCE, doing).await.unwrap_or_else(|_| panic!("it hangs"))
}

/// Whether an operation stands at the gate; if not, it has ended.
async fn stands(gate: &Gate, running: &JoinHandle<Result<(), String>>) -> bool {
    let ended = async {
        while !running.is_finished() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = gate.reached() => true,
        () = ended => false,
    }
}

async fn ended(running: JoinHandle<Result<(), String>>) -> Result<(), String> {
    running.await.unwrap_or_else(|error| panic!("{error}"))
}
