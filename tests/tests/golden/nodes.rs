//! The places in a JSON document, and what it is with another value there.

use serde_json::Value;

/// A step from a value to one inside it.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Field(String),
    Item(usize),
}

/// The way to every value below the root, as errors write it and as steps.
pub(crate) fn places(document: &Value) -> Vec<(String, Vec<Step>)> {
    let mut found = Vec::new();
    walk(document, "", &[], &mut found);
    found
}

fn walk(value: &Value, name: &str, steps: &[Step], found: &mut Vec<(String, Vec<Step>)>) {
    let inside: Vec<(String, Step, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (k5::model::join(name, key), Step::Field(key.clone()), value)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(n, value)| (format!("{name}[{n}]"), Step::Item(n), value)).collect(),
        _ => Vec::new(),
    };
    for (name, step, value) in inside {
        let steps = [steps, &[step]].concat();
        found.push((name.clone(), steps.clone()));
        walk(value, &name, &steps, found);
    }
}

/// What stands there.
pub(crate) fn at<'a>(document: &'a mut Value, steps: &[Step]) -> &'a mut Value {
    steps.iter().fold(document, |value, step| match step {
        Step::Field(name) => value.get_mut(name).expect("a field"),
        Step::Item(n) => value.get_mut(*n).expect("an item"),
    })
}

/// The document with this value there.
pub(crate) fn with(document: &Value, steps: &[Step], value: Value) -> Value {
    let mut changed = document.clone();
    *at(&mut changed, steps) = value;
    changed
}
