//! `application/x-www-form-urlencoded` documents.

use crate::path;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::{Map, Value};

/// Writes `fixed` and a document's fields as pairs. Every value must be a scalar.
pub(crate) fn encode<T: Serialize + ?Sized>(document: &T, fixed: &[(&str, &str)]) -> Result<Vec<u8>, String> {
    let mut out = String::new();
    let Value::Object(fields) = serde_json::to_value(document).map_err(|error| error.to_string())? else {
        return Err("a form is an object of names and values".to_owned());
    };
    for (name, value) in fixed {
        push(&mut out, name, value);
    }
    for (name, value) in fields {
        let text = match value {
            Value::String(text) => text,
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => return Err(format!("{name}: a form holds no lists or objects")),
        };
        match fixed.iter().find(|(known, _)| *known == name) {
            None => push(&mut out, &name, &text),
            Some((_, value)) if *value == text => {}
            Some((_, value)) => return Err(format!("{name} is always {value:?} here, not {text:?}")),
        }
    }
    Ok(out.into_bytes())
}

fn push(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    path::push_segment(out, name);
    out.push('=');
    path::push_segment(out, value);
}

/// The JSON that stands for a form's pairs; its values are texts.
pub(crate) fn to_json(form: &[u8]) -> Result<Vec<u8>, String> {
    let no_form = || "neither a JSON document nor a form, which has NAME=VALUE pairs with `&` between them".to_owned();
    let text = std::str::from_utf8(form).map_err(|_| no_form())?;
    let plain = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(String::from).map_err(|_| no_form())
    };
    let mut fields = Map::new();
    for pair in text.trim().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(no_form)?;
        let (name, value) = (plain(name)?, plain(value)?);
        if fields.contains_key(&name) {
            return Err(format!("the form has {name} twice"));
        }
        fields.insert(name, Value::String(value));
    }
    serde_json::to_vec(&fields).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_become_pairs() {
        let text = |value| encode(&value, &[]).map(|bytes| String::from_utf8(bytes).expect("ASCII"));
        assert_eq!(text(json!({})).expect("empty"), "");
        assert_eq!(
            text(json!({"force": true, "name": "a b&c=é", "size": 7, "zone": null})).expect("written"),
            "force=true&name=a%20b%26c%3D%C3%A9&size=7"
        );
        assert!(text(json!({"disks": [1]})).expect_err("a list").contains("disks"));
        assert!(encode(&json!(7), &[]).is_err());
    }

    #[test]
    fn pairs_become_fields() {
        let json = |text: &str| to_json(text.as_bytes()).map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        assert_eq!(json(" \n").as_deref(), Ok("{}"));
        assert_eq!(json("a=1&b=x+y%26%3D%C3%A9&c=&&d=e=f\n").as_deref(), Ok(r#"{"a":"1","b":"x y&=é","c":"","d":"e=f"}"#));
        assert_eq!(json("a=1&%61=2").expect_err("twice"), "the form has a twice");
        for text in ["a", "a=1&b", "<a/>", "a=%FF"] {
            assert!(json(text).expect_err(text).contains("NAME=VALUE"));
        }
        assert!(to_json(b"a=\xff").is_err());
    }

    #[test]
    fn what_is_fixed_comes_first_and_stays() {
        let fixed = &[("type", "cloning")];
        let text = |value| encode(&value, fixed).map(|bytes| String::from_utf8(bytes).expect("ASCII"));
        assert_eq!(text(json!({})).expect("written"), "type=cloning");
        assert_eq!(text(json!({"name": "a", "type": "cloning"})).expect("written"), "type=cloning&name=a");
        assert_eq!(text(json!({"type": "snapshot"})).expect_err("another"), "type is always \"cloning\" here, not \"snapshot\"");
    }
}
