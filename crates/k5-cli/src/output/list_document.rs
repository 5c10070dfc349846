//! A document that is mostly one list, printed as JSON while its items come.

use super::json::json;
use super::out::Out;
use crate::failure::Outcome;
use crate::globals::Format;
use serde_json::Value;

/// Prints `items` below the keys of `around`, each with an object of the fields beside it. The text is the one that
/// [`document`](super::document()) prints of the whole: names in their order, indented by two blanks each level.
pub(crate) fn list_document(format: Format, around: &[(&str, Value)], items: impl Iterator<Item = Outcome<Value>>) -> Outcome {
    let mut items = items.peekable();
    // What fails at once prints nothing.
    if let Some(Err(_)) = items.peek() {
        return items.next().map_or(Ok(()), |item| item.map(drop));
    }
    let mut out = Out::new();
    write(&mut |text| out.raw(text), format == Format::Json, around, items)?;
    out.raw("\n")?;
    out.finish()
}

fn write(
    out: &mut dyn FnMut(&str) -> Outcome,
    pretty: bool,
    around: &[(&str, Value)],
    items: impl Iterator<Item = Outcome<Value>>,
) -> Outcome {
    let line = |depth: usize| if pretty { format!("\n{}", "  ".repeat(depth)) } else { String::new() };
    let colon = if pretty { ": " } else { ":" };
    let text = |value: &Value, depth: usize| -> Outcome<String> {
        let text = json(value, pretty)?;
        Ok(if pretty { text.replace('\n', &line(depth)) } else { text })
    };
    // What comes after the list, from the inside out.
    let mut after = Vec::new();
    for (level, (key, beside)) in around.iter().enumerate() {
        let depth = level + 1;
        let (mut before, mut behind) = (String::new(), String::new());
        for (name, value) in beside.as_object().into_iter().flatten() {
            let field = format!("{}{colon}{}", json(name, false)?, text(value, depth)?);
            match name.as_str() < *key {
                true => before += &format!("{}{field},", line(depth)),
                false => behind += &format!(",{}{field}", line(depth)),
            }
        }
        out(&format!("{{{before}{}{}{colon}", line(depth), json(key, false)?))?;
        after.push(format!("{behind}{}}}", line(level)));
    }
    let depth = around.len() + 1;
    out("[")?;
    let mut is_empty = true;
    for item in items {
        let comma = if is_empty { "" } else { "," };
        is_empty = false;
        out(&format!("{comma}{}{}", line(depth), text(&item?, depth)?))?;
    }
    out(&if is_empty { "]".to_owned() } else { format!("{}]", line(depth - 1)) })?;
    after.iter().rev().try_for_each(|text| out(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_text_is_that_of_the_whole_document() {
        let items = [json!({"id": "a", "list": [], "text": "two\nlines"}), json!(1), json!([[], {}])];
        for count in 0..=items.len() {
            let items = &items[..count];
            for (around, whole) in [
                (vec![], json!(items)),
                (vec![("m", json!({}))], json!({"m": items})),
                (vec![("m", json!({"z": [{"rel": "next"}], "a": null}))], json!({"m": items, "z": [{"rel": "next"}], "a": null})),
                (
                    vec![("outer", json!({"k": {}})), ("inner", json!({"q": 1, "z": []}))],
                    json!({"k": {}, "outer": {"q": 1, "z": [], "inner": items}}),
                ),
            ] {
                for pretty in [true, false] {
                    let mut text = String::new();
                    let mut out = |more: &str| {
                        text.push_str(more);
                        Ok(())
                    };
                    write(&mut out, pretty, &around, items.iter().cloned().map(Ok)).expect("writes");
                    assert_eq!(text, super::json(&whole, pretty).expect("JSON"));
                }
            }
        }
    }
}
