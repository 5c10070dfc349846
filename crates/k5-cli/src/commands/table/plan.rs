//! A command with its arguments, checked as far as that is possible before anything is sent.

use super::data::{Argument, Command, Goes, OWN_PROJECT, Prints, Reads};
use super::values::{self, Given};
use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use crate::output::{Column, List, RecordShape};
use clap::ArgMatches;
use k5::dynamic::ApiOperation;
use serde_json::{Map, Value};
use std::time::Duration;

/// A command that is ready to be carried out.
pub(crate) struct Plan {
    /// Noun and verb, for messages.
    pub(super) line: String,
    pub(super) command: &'static Command,
    pub(super) given: Vec<Given>,
    /// The calls that the arguments ask for, each with its place in the table.
    pub(super) calls: Vec<(usize, &'static ApiOperation)>,
    pub(super) output: Output,
    /// Whether names have to be looked up for the output's ids.
    pub(super) looks_up: bool,
    pub(super) limit: Option<usize>,
    pub(super) sort: Option<Sort>,
    /// Whether to wait, and how long at most.
    pub(super) wait: Option<Option<Duration>>,
    pub(super) dry_run: bool,
    pub(super) yes: bool,
    pub(super) progress: bool,
}

/// What is printed, and how.
pub(super) enum Output {
    Nothing,
    List(Box<List>),
    Record(RecordShape),
    Only(&'static str, Format),
}

/// Elements of a list, each with its place among the arguments.
type Elements = Vec<(usize, Value)>;

/// How a list is sorted.
pub(super) struct Sort {
    pub(super) columns: Vec<&'static Column>,
    pub(super) descending: bool,
}

/// What stands for an id that is not looked up yet.
const ANY_ID: &str = "00000000000000000000000000000000";

impl Plan {
    /// Reads the arguments and checks everything that needs no cloud.
    pub(super) fn new(globals: &Globals, line: String, command: &'static Command, matches: &ArgMatches) -> Outcome<Self> {
        let given = values::read(command, matches)?;
        let calls = calls(command, &given)?;
        let flag = |name: &str| matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false);
        let output = output(globals, command, flag("long"))?;
        let is_text = matches!(globals.output.unwrap_or(Format::Table), Format::Table | Format::Value);
        let sort = sort(command, matches, flag("sort-descending"))?;
        let limit = matches.try_get_one::<i64>("limit").ok().flatten().copied();
        let wait_limit = matches.try_get_one::<Duration>("wait-timeout").ok().flatten().copied();
        let plan = Self {
            line,
            command,
            given,
            calls,
            output,
            looks_up: is_text && !command.names.is_empty() && !flag("no-name-lookup"),
            limit: limit.and_then(|limit| usize::try_from(limit).ok()).filter(|limit| *limit > 0),
            sort,
            wait: flag("wait").then_some(wait_limit),
            dry_run: flag("dry-run"),
            yes: flag("yes"),
            progress: !globals.no_progress,
        };
        // The documents have to fit their types, whatever the ids in them turn out to be.
        for (index, operation) in &plan.calls {
            plan.document(*index, operation, &|argument, value| placeholder(argument, value))?;
        }
        Ok(plan)
    }

    /// The document of a call, if it takes one. `known` gives the ids for names that were given.
    pub(super) fn document(
        &self,
        index: usize,
        operation: &'static ApiOperation,
        known: &dyn Fn(&'static Argument, &Value) -> Value,
    ) -> Outcome<Option<Vec<u8>>> {
        if operation.request.is_none() {
            return Ok(None);
        }
        let mut document = Value::Object(Map::new());
        let mut is_empty = true;
        let mut hooked = Map::new();
        // Elements of one list may come from several options; they keep the order in which they were given.
        let mut lists: Vec<(&'static [&'static str], Elements)> = Vec::new();
        for given in self.given.iter().filter(|given| given.argument.goes.call() == Some(index)) {
            let value = known(given.argument, &given.value);
            match (&given.argument.goes, value) {
                (Goes::Field(_, path), Value::Array(items)) => {
                    is_empty = false;
                    let places = given.places.iter().copied().chain(std::iter::repeat(usize::MAX));
                    let items = places.zip(items);
                    match lists.iter_mut().find(|(known, _)| known == path) {
                        Some((_, list)) => list.extend(items),
                        None => lists.push((path, items.collect())),
                    }
                }
                (Goes::Field(_, path), value) => {
                    is_empty = false;
                    put(&mut document, path, value);
                }
                (Goes::Hook, value) => {
                    hooked.insert(given.argument.name.to_owned(), value);
                }
                _ => {}
            }
        }
        for (path, mut items) in lists {
            items.sort_by_key(|(place, _)| *place);
            put(&mut document, path, items.into_iter().map(|(_, item)| item).collect());
        }
        if let Some(hook) = self.command.hook {
            is_empty = false;
            hook(&mut document, &hooked)?;
        }
        if is_empty {
            if operation.meta.null_body || operation.meta.optional_body {
                return Ok(None);
            }
            let path: Vec<&str> = operation.meta.body_key.iter().flat_map(|key| key.split('/')).collect();
            put(&mut document, &path, Value::Object(Map::new()));
        }
        let bytes = serde_json::to_vec(&document).map_err(|error| Failure::usage(format!("{}: {error}", self.line)))?;
        operation.document(&bytes, false).map(Some).map_err(|error| Failure::cloud(&self.line, &error))
    }
}

/// Puts a value into a document, with what it is in. Objects are joined.
fn put(document: &mut Value, path: &[&str], value: Value) {
    match path.split_first() {
        Some((first, rest)) => {
            if !document.is_object() {
                *document = Value::Object(Map::new());
            }
            put(&mut document[*first], rest, value);
        }
        None => match (document, value) {
            (Value::Object(into), Value::Object(from)) => into.extend(from),
            (document, value) => *document = value,
        },
    }
}

/// The value with an id in place of each name.
fn placeholder(argument: &'static Argument, value: &Value) -> Value {
    let stand_in = |value: &Value| match (argument.find, value) {
        (Some(_), Value::String(_)) => ANY_ID.into(),
        (None, Value::String(text)) if text == OWN_PROJECT => ANY_ID.into(),
        _ => value.clone(),
    };
    let mut value = match value {
        Value::Array(items) => Value::Array(items.iter().map(stand_in).collect()),
        value => stand_in(value),
    };
    if let Reads::By(reader) = argument.reads {
        for (field, _) in reader.finds {
            for place in places(&mut value, field) {
                *place = ANY_ID.into();
            }
        }
    }
    value
}

/// Where a field is in a value: in itself, or in each element of an array.
pub(super) fn places<'a>(value: &'a mut Value, field: &str) -> Vec<&'a mut Value> {
    match value {
        Value::Array(items) => items.iter_mut().filter_map(|item| item.get_mut(field)).collect(),
        value => value.get_mut(field).into_iter().collect(),
    }
}

/// The operations that the given arguments ask for: the only one, or those of several that have an option of their own.
fn calls(command: &'static Command, given: &[Given]) -> Outcome<Vec<(usize, &'static ApiOperation)>> {
    let asked = |index: usize| {
        given.iter().any(|given| {
            let repeats = given.argument.is_option
                && matches!(given.argument.goes, Goes::Path(param) if has_param(command.calls[index], param));
            given.by_user && (given.argument.goes.call() == Some(index) || repeats)
        })
    };
    let own: Vec<&'static Argument> = command.arguments.iter().filter(|argument| argument.is_option).collect();
    let changes = matches!(command.verb, "set" | "unset");
    let mut calls = Vec::new();
    for (index, name) in command.calls.iter().enumerate() {
        if asked(index) || command.calls.len() == 1 && !changes {
            calls.push((index, operation(name)?));
        }
    }
    match calls.is_empty() {
        true => {
            let names: Vec<String> = own.iter().map(|argument| argument.shown()).collect();
            Err(Failure::usage(format!("there is nothing to change: give one of {}", names.join(", "))))
        }
        false => Ok(calls),
    }
}

fn has_param(operation: &str, param: &str) -> bool {
    self::operation(operation).is_ok_and(|operation| operation.meta.params.iter().any(|known| known.name == param))
}

/// The operation of this full name; the tables' checks have seen that there is one.
pub(super) fn operation(name: &str) -> Outcome<&'static ApiOperation> {
    k5::operations()
        .find(|operation| {
            name.split_once('.').is_some_and(|(service, id)| operation.meta.service.name == service && operation.meta.id == id)
        })
        .ok_or_else(|| Failure::usage(format!("there is no operation {name}")))
}

fn output(globals: &Globals, command: &'static Command, long: bool) -> Outcome<Output> {
    let shown = if long { command.long } else { command.shown };
    Ok(match command.prints {
        Prints::Nothing => {
            globals.no_output("the command prints nothing")?;
            Output::Nothing
        }
        Prints::List => Output::List(Box::new(List::new(globals, Format::Table, command.columns, shown, true)?)),
        Prints::Record => {
            let shape = match command.columns.is_empty() || command.open {
                true => RecordShape::new(globals, command.columns)?,
                false => RecordShape::complete(globals, command.columns)?,
            };
            Output::Record(command.reveals.iter().fold(shape, |shape, name| shape.reveal(name)))
        }
        Prints::Only(field) => {
            if !globals.column.is_empty() {
                return Err(Failure::usage("--column has no effect here: one value is printed"));
            }
            Output::Only(field, globals.output.unwrap_or(Format::Value))
        }
    })
}

fn sort(command: &'static Command, matches: &ArgMatches, descending: bool) -> Outcome<Option<Sort>> {
    let Ok(Some(names)) = matches.try_get_many::<String>("sort-column") else { return Ok(None) };
    let mut columns = Vec::new();
    for name in names {
        let fits = |column: &&Column| column.title.eq_ignore_ascii_case(name) || column.name.eq_ignore_ascii_case(name);
        match command.columns.iter().find(fits) {
            Some(column) => columns.push(column),
            None => {
                let known: Vec<&str> = command.columns.iter().map(|column| column.title).collect();
                return Err(Failure::usage(format!(
                    "--sort-column: there is no column {name:?}; the columns are {}",
                    known.join(", ")
                )));
            }
        }
    }
    Ok(Some(Sort { columns, descending }))
}
