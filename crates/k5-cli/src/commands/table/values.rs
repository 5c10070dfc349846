//! The values that were given for a command's arguments, as JSON.

use super::data::{Argument, Command, Reads};
use crate::failure::{Failure, Outcome};
use crate::input;
use clap::ArgMatches;
use k5::Timestamp;
use serde_json::{Map, Value};

/// What was given for an argument.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) argument: &'static Argument,
    /// As JSON; names are not looked up yet.
    pub(super) value: Value,
    /// Whether the user gave it; it is the default otherwise.
    pub(super) by_user: bool,
    /// Where each of its values is among the arguments.
    pub(super) places: Vec<usize>,
}

/// What was given for all arguments of a command.
///
/// # Errors
/// If a value is not what its argument takes; the error names the argument.
pub(super) fn read(command: &'static Command, matches: &ArgMatches) -> Outcome<Vec<Given>> {
    let mut all = Vec::new();
    for argument in command.arguments {
        let places: Vec<usize> = matches.indices_of(argument.name).into_iter().flatten().collect();
        let given = |value, by_user| Given { argument, value, by_user, places: places.clone() };
        let default = || Some(given(constant(argument.default?), false));
        if let Some(flag) = argument.flag {
            match matches.get_flag(argument.name) {
                true => all.push(given(constant(flag), true)),
                false => all.extend(default()),
            }
            continue;
        }
        let texts: Vec<String> = matches.get_many::<String>(argument.name).into_iter().flatten().cloned().collect();
        if texts.is_empty() {
            all.extend(default());
            continue;
        }
        let value = value(argument, &texts).map_err(|why| match why {
            Wrong::Value(why) => Failure::usage(format!("{}: {why}", argument.shown())),
            Wrong::Told(failure) => failure,
        })?;
        all.push(given(value, true));
    }
    Ok(all)
}

/// A value that the table has as JSON, which was checked when it was rendered.
fn constant(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_default()
}

enum Wrong {
    Value(String),
    Told(Failure),
}

fn value(argument: &'static Argument, texts: &[String]) -> Result<Value, Wrong> {
    match argument.reads {
        Reads::By(reader) => (reader.read)(texts).map_err(Wrong::Told),
        Reads::Map => {
            let mut map = Map::new();
            for text in texts {
                let (name, value) = input::pair(text).map_err(Wrong::Value)?;
                map.insert(name, value.into());
            }
            Ok(Value::Object(map))
        }
        _ => {
            let one = |text: &String| {
                let value = scalar(&argument.reads, text).map_err(Wrong::Value)?;
                Ok(match argument.wrap {
                    Some(field) => Value::Object([(field.to_owned(), value)].into_iter().collect()),
                    None => value,
                })
            };
            match argument.several {
                true => texts.iter().map(one).collect::<Result<_, _>>().map(Value::Array),
                false => texts.last().map_or(Ok(Value::Null), one),
            }
        }
    }
}

fn scalar(reads: &Reads, text: &str) -> Result<Value, String> {
    Ok(match reads {
        Reads::Number => match text.parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => return Err(format!("{text:?} is not a whole number")),
        },
        Reads::Float => match text.parse::<f64>().ok().and_then(serde_json::Number::from_f64) {
            Some(number) => Value::Number(number),
            None => return Err(format!("{text:?} is not a number")),
        },
        Reads::Truth => input::truth(text)?.into(),
        Reads::Time => match text.parse::<Timestamp>() {
            Ok(_) => text.into(),
            Err(error) => return Err(error.to_string()),
        },
        Reads::Text | Reads::Secret | Reads::Map | Reads::By(_) => text.into(),
    })
}
