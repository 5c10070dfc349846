//! Object storage: what each operation sends and reads, and what was made of it, as JSON.

mod accounts;
mod containers;
mod errors;
mod objects;

use crate::fake;
use k5::Result;
use k5_object_storage::ObjectStorage;
use serde_json::Value;

/// Makes the calls over a transport that gives `answer` to each. Returns what was sent and what came of it.
fn exchange(answer: &str, call: impl AsyncFnOnce(ObjectStorage) -> Result<Value>) -> (Vec<String>, Result<Value>) {
    let (session, seen) = fake::session(&[answer]);
    let outcome = fake::block_on(call(ObjectStorage::new(session)));
    (seen.sent(), outcome)
}

/// One call: what must be sent, what is answered, and what must come of it, where only the named fields count.
fn golden(sent: &str, answer: &str, expected: Value, call: impl AsyncFnOnce(ObjectStorage) -> Result<Value>) {
    let outcome = fake::golden(sent, answer, async |session| call(ObjectStorage::new(session)).await);
    assert_holds(&outcome, &expected, "");
}

fn assert_holds(seen: &Value, expected: &Value, path: &str) {
    match (seen, expected) {
        (Value::Object(seen), Value::Object(expected)) => {
            for (key, expected) in expected {
                let path = format!("{path}.{key}");
                assert_holds(seen.get(key).unwrap_or_else(|| panic!("no {path} in {seen:?}")), expected, &path);
            }
        }
        (Value::Array(seen), Value::Array(expected)) => {
            assert_eq!(seen.len(), expected.len(), "{path}: {seen:?}");
            for (n, (seen, expected)) in seen.iter().zip(expected).enumerate() {
                assert_holds(seen, expected, &format!("{path}[{n}]"));
            }
        }
        _ => assert_eq!(seen, expected, "{path}"),
    }
}

/// A value as the command line prints it.
fn json(value: impl serde::Serialize) -> Result<Value> {
    Ok(serde_json::to_value(value).expect("JSON"))
}
