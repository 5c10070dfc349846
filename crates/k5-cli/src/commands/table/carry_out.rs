//! Carries out a command: looks names up, calls the operations, waits, prints.

use super::data::{Argument, Fill, Follow, Goes, OWN_PROJECT, Reads, Wait};
use super::plan::{Output, Plan, Sort, operation, places};
use crate::ask::confirm;
use crate::cloud::Connection;
use crate::commands::hand::PAUSE;
use crate::failure::{Failure, Outcome, say};
use crate::globals::Format;
use crate::output::{Column, List, Out, RecordShape};
use crate::progress::Waiting;
use crate::tally::Tally;
use k5::Session;
use k5::dynamic::{ApiOperation, Arguments, WaitOptions};
use serde_json::Value;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::IsTerminal;
use std::time::Duration;
use tokio::task::JoinHandle;

impl Plan {
    /// Carries the command out.
    pub(crate) async fn carry_out(mut self, connection: &Connection) -> Outcome {
        let session = connection.session();
        let output = std::mem::replace(&mut self.output, Output::Nothing);
        let wants_project = self.given.iter().any(|given| !given.by_user && given.value == OWN_PROJECT);
        let mut project = None;
        if wants_project {
            project = connection.token(&self.line).await?.and_then(|token| Some(token.details.project.as_ref()?.id.clone()));
            if project.is_none() {
                return Err(Failure::usage(format!("{}: the login is not to a project: give --project", self.line)));
            }
        }
        let run = Run { plan: &self, session, project, ids: RefCell::default() };
        match output {
            Output::List(list) if self.calls.iter().all(|(_, operation)| operation.items.is_some()) => {
                Box::pin(run.list(*list)).await
            }
            output => Box::pin(run.each_target(output)).await,
        }
    }
}

/// A command being carried out.
struct Run<'a> {
    plan: &'a Plan,
    session: Session,
    /// The project that is logged in to, if the command needs it.
    project: Option<String>,
    /// What names were found to be, by listing and name.
    ids: RefCell<HashMap<(&'static str, String), String>>,
}

/// One of the things that a command is about, and what became of it.
struct Target {
    /// As the user named it; empty if the command has no such argument.
    name: String,
    id: String,
    answer: Value,
}

impl Run<'_> {
    async fn each_target(&self, output: Output) -> Outcome {
        let command = self.plan.command;
        self.find_all().await?;
        let mut tally = Tally::default();
        let mut targets = Vec::new();
        match command.targets() {
            None => targets.push(Target { name: String::new(), id: String::new(), answer: Value::Null }),
            Some(argument) => {
                let mut seen = HashSet::new();
                for name in self.texts(argument) {
                    let found = match argument.find {
                        Some(listing) => self.find(argument, listing, &name).await,
                        None => Ok(name.clone()),
                    };
                    match found {
                        // Two names of one thing are one.
                        Ok(id) if seen.insert(id.clone()) => targets.push(Target { name, id, answer: Value::Null }),
                        Ok(_) => {}
                        Err(failure) => tally.count(Err(failure))?,
                    }
                }
            }
        }
        if self.plan.dry_run {
            for target in &targets {
                say(format!("would do: {} {} ({})", self.plan.line, target.name, target.id));
            }
            return tally.outcome();
        }
        if command.destroys && targets.len() > 1 && !confirm(&self.question(&targets), self.plan.yes).await? {
            return Err(Failure::usage("nothing was done"));
        }
        let mut done = Vec::new();
        for mut target in targets {
            match self.call_all(&target).await {
                Ok(answer) => {
                    target.answer = answer;
                    done.push(target);
                }
                Err(failure) => tally.count(Err(failure))?,
            }
        }
        let mut unprinted = Unprinted { output: Some(output), done };
        for at in 0..unprinted.done.len() {
            let finished = self.finish(&unprinted.done[at]).await;
            let outcome = finished.map(|answer| unprinted.done[at].answer = answer);
            tally.count(outcome)?;
        }
        let count = unprinted.done.len();
        unprinted.print()?;
        if command.destroys && std::io::stderr().is_terminal() {
            self.tell(count);
        }
        tally.outcome()
    }

    fn question(&self, targets: &[Target]) -> String {
        let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        format!("{} {}", self.plan.line, names.join(" "))
    }

    fn tell(&self, count: usize) {
        let (noun, verb) = self.plan.line.rsplit_once(' ').unwrap_or((&self.plan.line, ""));
        let plural = if count == 1 { "" } else { "s" };
        let state = if self.plan.wait.is_some() { "done" } else { "accepted" };
        say(format!("{verb} of {count} {noun}{plural} {state}"));
    }

    /// Makes the command's own calls; returns the answer of the last.
    async fn call_all(&self, target: &Target) -> Outcome<Value> {
        let mut answer = Value::Null;
        for (index, operation) in &self.plan.calls {
            let repeated = self.plan.given.iter().find(|given| {
                let argument = given.argument;
                let in_path = |param: &str| operation.meta.params.iter().any(|known| known.name == param);
                argument.is_option && argument.several && matches!(argument.goes, Goes::Path(param) if in_path(param))
            });
            match repeated {
                None => answer = self.call(target, *index, operation, None).await?,
                Some(given) => {
                    for value in self.texts(given.argument) {
                        answer = self.call(target, *index, operation, Some((given.argument, value))).await?;
                    }
                }
            }
        }
        Ok(answer)
    }

    async fn call(
        &self,
        target: &Target,
        index: usize,
        operation: &'static ApiOperation,
        repeated: Option<(&'static Argument, String)>,
    ) -> Outcome<Value> {
        let mut arguments = Arguments::default().params(self.params(target, index, operation, repeated));
        let present = self.present(target, index).await?;
        let document = self.plan.document(index, operation, &|argument, value| {
            let value = self.with_ids(argument, value);
            match present.iter().find(|(known, _)| std::ptr::eq(*known, argument)) {
                Some((_, present)) => joined(value, present.clone()),
                None => value,
            }
        })?;
        if let Some(document) = document {
            arguments = arguments.body(k5::Body::bytes(document));
        }
        self.send(target, operation, arguments).await
    }

    /// The present items of maps that the call writes as a whole, and to which only some are added.
    async fn present(&self, target: &Target, index: usize) -> Outcome<Vec<(&'static Argument, Value)>> {
        let mut present = Vec::new();
        for given in &self.plan.given {
            if let (Goes::Field(call, path), Some(shows)) = (&given.argument.goes, given.argument.onto)
                && *call == index
            {
                let shows = operation(shows)?;
                let arguments = Arguments::default().params(self.params(target, usize::MAX, shows, None));
                let shown = self.send(target, shows, arguments).await?;
                present.push((given.argument, path.last().map(|name| shown[*name].clone()).unwrap_or_default()));
            }
        }
        Ok(present)
    }

    async fn send(&self, target: &Target, operation: &'static ApiOperation, arguments: Arguments) -> Outcome<Value> {
        let failed = |error: k5::Error| Failure::cloud(self.what(target), &error);
        let answer = operation.call(&self.session, arguments).map_err(failed)?.send().await.map_err(failed)?;
        let mut document = operation.decode(answer.into_response()).await.map_err(failed)?.unwrap_or_default();
        for key in operation.meta.answer_key.into_iter().flat_map(|key| key.split('/')) {
            if document.get(key).is_some() {
                document = document[key].take();
            }
        }
        Ok(document)
    }

    /// What a message is about.
    fn what(&self, target: &Target) -> String {
        match target.name.is_empty() {
            true => self.plan.line.clone(),
            false => format!("{} {}", self.plan.line, target.name),
        }
    }

    /// Path, query and headers of a call.
    fn params(
        &self,
        target: &Target,
        index: usize,
        operation: &'static ApiOperation,
        repeated: Option<(&'static Argument, String)>,
    ) -> Vec<(String, String)> {
        let mut params = Vec::new();
        for given in &self.plan.given {
            match given.argument.goes {
                Goes::Path(param) if operation.meta.params.iter().any(|known| known.name == param) => {
                    params.push((param.to_owned(), self.id_of(target, given.argument, repeated.as_ref())));
                }
                Goes::Query(call, name) | Goes::Header(call, name) if call == index => {
                    let value = self.with_ids(given.argument, &given.value);
                    params.push((name.to_owned(), text(&value)));
                }
                _ => {}
            }
        }
        params
    }

    /// The text of an argument for a path: the id of what it names.
    fn id_of(&self, target: &Target, argument: &'static Argument, repeated: Option<&(&'static Argument, String)>) -> String {
        match repeated {
            Some((known, value)) if std::ptr::eq(*known, argument) => value.clone(),
            _ if self.plan.command.targets().is_some_and(|known| std::ptr::eq(known, argument)) => target.id.clone(),
            _ => {
                let given = self.plan.given.iter().find(|given| std::ptr::eq(given.argument, argument));
                given.map(|given| text(&self.with_ids(argument, &given.value))).unwrap_or_default()
            }
        }
    }

    /// What was given for an argument, as texts.
    fn texts(&self, argument: &'static Argument) -> Vec<String> {
        let given = self.plan.given.iter().filter(|given| std::ptr::eq(given.argument, argument));
        given
            .flat_map(|given| {
                given.value.as_array().map_or_else(|| vec![text(&given.value)], |items| items.iter().map(text).collect())
            })
            .collect()
    }

    /// Looks up all names but those of the targets.
    async fn find_all(&self) -> Outcome {
        for given in &self.plan.given {
            if self.plan.command.targets().is_some_and(|known| std::ptr::eq(known, given.argument)) {
                continue;
            }
            if let Some(listing) = given.argument.find {
                for name in self.texts(given.argument) {
                    self.find(given.argument, listing, &name).await?;
                }
            }
            if let Reads::By(reader) = given.argument.reads {
                for (field, listing) in reader.finds {
                    let mut value = given.value.clone();
                    let names: Vec<String> = places(&mut value, field).into_iter().map(|place| text(place)).collect();
                    for name in names {
                        self.find(given.argument, listing, &name).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn find(&self, argument: &'static Argument, listing: &'static str, name: &str) -> Outcome<String> {
        let key = (listing, name.to_owned());
        if let Some(id) = self.ids.borrow().get(&key) {
            return Ok(id.clone());
        }
        let about = match argument.is_option {
            true => format!("{} {}", self.plan.line, argument.shown()),
            false => self.plan.line.clone(),
        };
        let found = operation(listing)?.find(&self.session, name).await.map_err(|error| Failure::cloud(about, &error))?;
        let id = ["id", "@id"].iter().find_map(|field| found[*field].as_str()).unwrap_or(name).to_owned();
        self.ids.borrow_mut().insert(key, id.clone());
        Ok(id)
    }

    /// The value with the ids of what was looked up.
    fn with_ids(&self, argument: &'static Argument, value: &Value) -> Value {
        let id = |listing: &'static str, value: &Value| match value {
            Value::String(name) => {
                self.ids.borrow().get(&(listing, name.clone())).map_or_else(|| value.clone(), |id| id.clone().into())
            }
            _ => value.clone(),
        };
        let mut value = match (argument.find, value) {
            (Some(listing), Value::Array(items)) => Value::Array(items.iter().map(|item| id(listing, item)).collect()),
            (Some(listing), value) => id(listing, value),
            (None, Value::String(text)) if text == OWN_PROJECT => self.project.clone().into(),
            (None, value) => value.clone(),
        };
        if let Reads::By(reader) = argument.reads {
            for (field, listing) in reader.finds {
                for place in places(&mut value, field) {
                    *place = id(listing, place);
                }
            }
        }
        value
    }

    /// Waits where that was asked for, and shows the result.
    async fn finish(&self, target: &Target) -> Outcome<Value> {
        let command = self.plan.command;
        let mut answer = target.answer.clone();
        // A change may answer with several tasks.
        if let (Value::Array(parts), Some(limit), Some(wait)) = (&target.answer, self.plan.wait, &command.wait) {
            let mut finished = Vec::new();
            for part in parts {
                let one = Target { name: target.name.clone(), id: target.id.clone(), answer: part.clone() };
                finished.push(self.wait(&one, wait, limit).await?.unwrap_or_default());
            }
            return Ok(finished.into());
        }
        let mut waited = None;
        if let (Some(limit), Some(wait)) = (self.plan.wait, &command.wait) {
            waited = self.wait(target, wait, limit).await?;
            if let (Some(shown), None) = (&waited, &command.then) {
                answer = joined(shown.clone(), answer);
            }
        }
        if let Some(then) = &command.then {
            let same = command.wait.as_ref().is_some_and(|wait| wait.polls.call == then.call);
            let shown = match waited.filter(|_| same) {
                Some(shown) => shown,
                None => self.send(target, operation(then.call)?, self.follow(target, then)).await?,
            };
            answer = joined(shown, answer);
        }
        Ok(answer)
    }

    /// Waits until what the answer or the target names is in the wanted state.
    async fn wait(&self, target: &Target, wait: &Wait, limit: Option<Duration>) -> Outcome<Option<Value>> {
        let goal = wait.goal.replace('_', " ");
        let line = Waiting::new(self.plan.progress, &format!("{}: waiting until {goal}", self.what(target)));
        let options = WaitOptions::default().limit(limit).every(PAUSE, PAUSE).each(line.teller());
        let arguments = self.follow(target, &wait.polls);
        let shown = operation(wait.polls.call)?.wait(&self.session, arguments, wait.goal, options).await;
        drop(line);
        shown.map_err(|error| Failure::cloud(self.what(target), &error))
    }

    fn follow(&self, target: &Target, follow: &Follow) -> Arguments {
        let fill = |fill: &Fill| match fill {
            Fill::Argument(name) => self.plan.command.argument(name).map(|argument| self.id_of(target, argument, None)),
            Fill::Answer(path) => Some(text(field(&target.answer, path))),
        };
        Arguments::default()
            .params(follow.fills.iter().map(|(param, by)| ((*param).to_owned(), fill(by).unwrap_or_default())).collect())
    }

    async fn list(&self, mut list: List) -> Outcome {
        self.find_all().await?;
        let nobody = Target { name: String::new(), id: String::new(), answer: Value::Null };
        let failed = |error: k5::Error| Failure::cloud(&self.plan.line, &error);
        let Some((index, operation)) = self.plan.calls.first() else { return Ok(()) };
        let mut params = self.params(&nobody, *index, operation, None);
        if let Some(limit) = self.plan.limit.filter(|limit| *limit < 1000 && self.plan.sort.is_none())
            && operation.meta.params.iter().any(|param| param.name == "limit")
            && !params.iter().any(|(name, _)| name == "limit")
        {
            params.push(("limit".to_owned(), limit.to_string()));
        }
        let names = self.names();
        let mut items = operation.items(&self.session, Arguments::default().params(params)).map_err(failed)?;
        let mut first = items.try_next().await.map_err(failed)?;
        let names = match first {
            Some(_) => names.gather().await,
            None => BTreeMap::new(),
        };
        let cells = |column: &Column, item: &Value| {
            let known = names.get(column.name)?;
            let value = field(item, column.name);
            let id = value.as_str().or_else(|| value["id"].as_str()).filter(|id| !id.is_empty())?;
            Some(known.get(id).cloned().unwrap_or_else(|| id.to_owned()))
        };
        let mut kept = Vec::new();
        let mut count = 0;
        while let Some(mut item) = first.take() {
            if let Some(inner) = self.plan.command.item {
                item = item[inner].take();
            }
            match &self.plan.sort {
                Some(_) => kept.push(item),
                None => list.push_with(&item, &cells)?,
            }
            count += 1;
            if self.plan.limit.is_some_and(|limit| count >= limit) && self.plan.sort.is_none() {
                break;
            }
            first = items.try_next().await.map_err(failed)?;
        }
        if let Some(sort) = &self.plan.sort {
            kept.sort_by(|a, b| compare(sort, a, b));
            for item in kept.iter().take(self.plan.limit.unwrap_or(usize::MAX)) {
                list.push_with(item, &cells)?;
            }
        }
        list.finish()
    }

    /// The names for the ids in columns, fetched while the list itself is. Who may not list them sees ids.
    fn names(&self) -> Lookups {
        let mut lookups = Lookups(Vec::new());
        for (column, listing) in self.plan.command.names.iter().filter(|_| self.plan.looks_up) {
            lookups.0.push((*column, tokio::spawn(names(self.session.clone(), listing))));
        }
        lookups
    }
}

/// Names by id.
type Names = HashMap<String, String>;

/// Listings on their way, by column.
struct Lookups(Vec<(&'static str, JoinHandle<Names>)>);

impl Lookups {
    async fn gather(self) -> BTreeMap<&'static str, Names> {
        let mut all = BTreeMap::new();
        for (column, task) in self.0 {
            all.insert(column, task.await.unwrap_or_default());
        }
        all
    }
}

/// The names that a listing has; those that came before a failure.
async fn names(session: Session, listing: &'static str) -> Names {
    let mut names = Names::new();
    let items = operation(listing).ok().and_then(|operation| operation.items(&session, Arguments::default()).ok());
    let Some(mut items) = items else { return names };
    while let Ok(Some(item)) = items.try_next().await {
        if let (Some(id), Some(name)) = (item["id"].as_str(), item["name"].as_str()) {
            names.insert(id.to_owned(), name.to_owned());
        }
    }
    names
}

/// What was done and is not printed yet. It is printed even if the command is interrupted: what was created may be told only once.
struct Unprinted {
    output: Option<Output>,
    done: Vec<Target>,
}

impl Unprinted {
    fn print(mut self) -> Outcome {
        self.print_once()
    }

    fn print_once(&mut self) -> Outcome {
        let Some(output) = self.output.take() else { return Ok(()) };
        let answers = self.done.drain(..).map(|target| target.answer);
        match output {
            Output::Nothing => Ok(()),
            Output::List(mut list) => {
                for answer in answers {
                    match answer {
                        // A change whose answer is a list.
                        Value::Array(items) => items.iter().try_for_each(|item| list.push_with(item, &|_, _| None))?,
                        answer => list.push_with(&answer, &|_, _| None)?,
                    }
                }
                list.finish()
            }
            Output::Record(shape) => answers.into_iter().next().map_or(Ok(()), |answer| print_record(shape, answer)),
            Output::Only(path, format) => {
                answers.into_iter().next().map_or(Ok(()), |answer| print_value(field(&answer, path), format))
            }
        }
    }
}

impl Drop for Unprinted {
    fn drop(&mut self) {
        if !self.done.is_empty() {
            // There is nobody to tell that nobody can be told.
            let _ = self.print_once();
        }
    }
}

fn print_record(shape: RecordShape, answer: Value) -> Outcome {
    shape.print(answer)
}

/// Prints one value alone: a text as it is, but without control characters where a terminal would obey them.
fn print_value(value: &Value, format: Format) -> Outcome {
    let mut out = Out::new();
    match format {
        Format::Table | Format::Value => {
            let text = text(value);
            let shown = match std::io::stdout().is_terminal() {
                true => text.split('\n').map(|line| k5_core::text::visible(line).to_string()).collect::<Vec<_>>().join("\n"),
                false => text,
            };
            out.raw(shown.strip_suffix('\n').unwrap_or(&shown))?;
            out.raw("\n")?;
        }
        Format::Json | Format::Jsonl | Format::Yaml => out.raw(&format!("{value}\n"))?,
    }
    out.finish()
}

/// The text of a value in a path or a query.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A field of a document; dots lead into documents.
fn field<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').filter(|name| !name.is_empty()).fold(value, |value, name| &value[name])
}

/// A resource as it is shown, and what only the answer to its creation has.
fn joined(mut shown: Value, created: Value) -> Value {
    if let (Some(shown), Value::Object(created)) = (shown.as_object_mut(), created) {
        for (name, value) in created {
            if name != "headers" {
                shown.entry(name).or_insert(value);
            }
        }
    }
    shown
}

fn compare(sort: &Sort, a: &Value, b: &Value) -> Ordering {
    for column in &sort.columns {
        let (a, b) = (field(a, column.name), field(b, column.name));
        let order = match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => text(a).cmp(&text(b)),
        };
        let order = if sort.descending { order.reverse() } else { order };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}
