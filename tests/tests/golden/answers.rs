//! Every operation's answers: whole ones come out as they came, broken ones are errors that say where.

use crate::fake::{block_on, session};
use crate::fixtures::{self, Fixture};
use crate::nodes::{at, places, with};
use k5::dynamic::Arguments;
use k5::{Body, BodyKind, ErrorKind, Result, Sent};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Calls the operation by name over a transport that gives `answer`, and decodes what came.
fn outcome(fixture: &Fixture, answer: impl AsRef<[u8]>) -> Result<Value> {
    let params = fixture.params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body = fixture.requests.first().map(|request| Body::bytes(request.wire.clone()));
    let (session, _) = session(&[answer]);
    let call = fixture.operation.call(&session, Arguments::default().params(params).body(body)).expect("a call");
    block_on(async { Ok(fixture.operation.decode(call.send().await?.into_response()).await?.expect("a document")) })
}

fn success(fixture: &Fixture, body: impl AsRef<[u8]>) -> Vec<u8> {
    [format!("{}\n\n", fixture.operation.meta.success[0]).as_bytes(), body.as_ref()].concat()
}

/// What a success with this body is refused with: an error of decoding with status and operation.
fn refusal(fixture: &Fixture, body: &str) -> String {
    let meta = fixture.operation.meta;
    let error = outcome(fixture, success(fixture, body)).expect_err(body);
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}: {body}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(meta.success[0]), "{error}");
    assert_eq!(error.operation().map(k5_core::OpMeta::full_name), Some(meta.full_name()), "{error}");
    assert!(error.to_string().starts_with(&meta.full_name()), "{error}");
    error.message().to_owned()
}

/// Those that answer with a document.
fn speaking() -> impl Iterator<Item = Fixture> {
    fixtures::all().into_iter().filter(|fixture| fixture.operation.meta.response_body != BodyKind::None)
}

#[test]
fn every_answer_comes_out_as_it_came() {
    for fixture in speaking() {
        for answer in &fixture.answers {
            let meta = fixture.operation.meta;
            let value =
                outcome(&fixture, success(&fixture, &answer.wire)).unwrap_or_else(|error| panic!("{error}: {}", answer.wire));
            assert_eq!(value, answer.as_json(), "{}", meta.full_name());
            // The JSON form is read as well, which is how `k5 api` prints it.
            let again =
                outcome(&fixture, success(&fixture, &answer.json)).unwrap_or_else(|error| panic!("{error}: {}", answer.json));
            assert_eq!(again, answer.as_json(), "{}", meta.full_name());
            let direct = block_on(fixture.operation.decode(fixture.response(&answer.wire))).expect("decodes").expect("a document");
            assert_eq!(direct, answer.as_json(), "{}", meta.full_name());
        }
    }
}

#[test]
fn every_success_is_one() {
    for fixture in fixtures::all() {
        // Documents and servers disagree about the number.
        for status in fixture.operation.meta.success.iter().copied().chain([200, 201, 202, 203, 204]) {
            let body = fixture.answers.first().map_or("", |answer| answer.wire.as_str());
            outcome(&fixture, format!("{status}\n\n{body}")).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

#[test]
fn an_answer_without_a_document_may_say_anything() {
    for fixture in fixtures::all().iter().filter(|fixture| fixture.operation.meta.response_body == BodyKind::None) {
        for body in ["", "<html><body>202 Accepted</body></html>", "{\"later\": 1}"] {
            let status = fixture.operation.meta.success[0];
            let answer = format!("{status}\nContent-Type: text/html; charset=UTF-8\nX-Compute-Request-Id: req-1\n\n{body}");
            let headers = json!({"headers": {"content-type": "text/html; charset=UTF-8", "x-compute-request-id": "req-1"}});
            assert_eq!(outcome(fixture, answer).expect("a success"), headers, "{}", fixture.operation.meta.full_name());
        }
    }
}

#[test]
fn a_field_that_is_not_known_is_kept_wherever_it_stands() {
    let strange = json!({"deep": [1, null, {"a": "True"}], "": ""});
    for fixture in speaking().filter(|fixture| fixture.operation.meta.response_body == BodyKind::Json) {
        for answer in &fixture.answers {
            let document = answer.as_json();
            for (place, steps) in std::iter::once((String::new(), vec![])).chain(places(&document)) {
                let mut changed = document.clone();
                let Some(fields) = at(&mut changed, &steps).as_object_mut() else { continue };
                fields.insert("k5-new:field".to_owned(), strange.clone());
                match outcome(&fixture, success(&fixture, changed.to_string())) {
                    Ok(value) => assert_eq!(value, changed, "{} {place}", fixture.operation.meta.full_name()),
                    // Names of the user's choice have values of one type.
                    Err(error) => assert!(free(&place) && error.to_string().contains("k5-new:field"), "{place}: {error}"),
                }
            }
        }
    }
}

/// Whether the names at this place are the user's own, with values of one type.
fn free(place: &str) -> bool {
    ["metadata", "addresses", "meta", "extra_specs", "properties"].iter().any(|name| place.rsplit('.').next() == Some(name))
}

#[test]
fn a_wrong_type_names_operation_and_field() {
    for fixture in speaking() {
        let first = &fixture.answers[0].wire;
        for (from, to, field) in &fixture.wrong {
            assert!(first.contains(from), "{}: no {from}", fixture.operation.meta.full_name());
            let message = refusal(&fixture, &first.replacen(from, to, 1));
            assert!(message.contains(&format!("field {field}: ")), "{message}");
        }
    }
}

/// Dates are told and not worked with: one that nobody can read stays as it came.
#[test]
fn a_date_that_nobody_can_read_is_kept() {
    let fixtures = fixtures::all();
    let show = fixtures.iter().find(|fixture| fixture.is("compute.show_server")).expect("there");
    for date in ["soon", "", "Sun Nov  6 08:49:37 1994"] {
        let answer = show.answers[0].wire.replacen("2017-06-01T08:13:25.000000", date, 1);
        assert_ne!(answer, show.answers[0].wire);
        let value = outcome(show, success(show, &answer)).unwrap_or_else(|error| panic!("{date:?}: {error}"));
        assert_eq!(value, serde_json::from_str::<Value>(&answer).expect("JSON"));
    }
}

#[test]
fn a_wrong_type_anywhere_is_refused_by_name_or_kept() {
    for fixture in speaking().filter(|fixture| fixture.operation.meta.response_body == BodyKind::Json) {
        let mut refused = 0;
        for answer in &fixture.answers {
            let document = answer.as_json();
            for (place, steps) in places(&document) {
                for wrong in [json!({"wrong": [[]]}), json!([{"wrong": 1}]), json!(7.5), json!("wrong"), json!(true)] {
                    let changed = with(&document, &steps, wrong);
                    match outcome(&fixture, success(&fixture, changed.to_string())) {
                        Ok(value) => assert_eq!(value, changed, "{} {place}", fixture.operation.meta.full_name()),
                        Err(error) => {
                            refused += 1;
                            assert_eq!(error.kind(), ErrorKind::Decode);
                            let named = format!("field {place}");
                            assert!(error.message().starts_with(&named), "{} {place}: {error}", fixture.operation.meta.full_name());
                        }
                    }
                }
            }
        }
        assert!(refused > 0, "{}", fixture.operation.meta.full_name());
    }
}

#[test]
fn what_must_be_there_is_missed_by_name() {
    for (id, body, field) in [
        ("compute.show_server", r#"{"server": {"name": "a"}}"#, "missing field `id`"),
        ("compute.show_server", r#"{"servers": []}"#, "missing field `server`"),
        ("compute.list_servers", "{}", "missing field `servers`"),
        ("compute.list_servers_detail", "[]", "invalid type: sequence"),
        ("block_storage.show_volume", r#"{"volume": null}"#, "field volume: invalid type: null"),
        ("image.show_image", "{}", "missing field `id`"),
        ("autoscale.list_schedules", r#"{"schedulers": [{}]}"#, "missing field `name`"),
        ("vm_import.show_import_status", "{}", "missing field `import_status`"),
        ("compute.list_keypairs", r#"{"keypairs": [{"name": "bare"}]}"#, "missing field `keypair`"),
        ("compute.create_server", r#"{"reservation": "r-1"}"#, "missing field `server`"),
        ("sap.show_task", "<task><status>running</status></task>", "missing field `id`"),
        ("sap.show_task", "<tasks/>", "missing field `task`"),
        ("sap.show_server", "<Resources/>", "missing field `LServer`"),
        ("sap.delete_server", "<tasks/>", "missing field `task`"),
        ("sap.disable_project", "<task><id>t</id></task>", "missing field `tasks`"),
        ("sap.list_networks", "<Network/>", "missing field `Networks`"),
    ] {
        let fixture = speaking().find(|fixture| fixture.is(id)).expect("an operation");
        let message = refusal(&fixture, body);
        assert!(message.contains(field), "{id}: {message}");
    }
}

#[test]
fn an_answer_that_breaks_off_is_an_error_wherever_that_is() {
    for fixture in speaking() {
        for answer in &fixture.answers {
            let whole = answer.wire.trim_end();
            for end in (1..whole.len()).filter(|end| end % 7 == 1 || *end == whole.len() / 2 || *end == whole.len() - 1) {
                let Some(cut) = whole.get(..end) else { continue };
                let message = refusal(&fixture, cut);
                assert!(message.contains("not a complete") && message.contains("document"), "{message}");
            }
        }
    }
}

#[test]
fn a_proxys_page_with_200_is_an_error() {
    let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in</h1><br><p>Please.</body></html>";
    for fixture in speaking() {
        let xml = fixture.operation.meta.response_body == BodyKind::Xml;
        let message = refusal(&fixture, page);
        assert!(
            message.contains(if xml { "not a complete XML document" } else { "HTML or XML where JSON was expected" }),
            "{message}"
        );
        // One that is also XML has another root.
        let message = refusal(&fixture, "<html><body><p>Please.</p></body></html>");
        assert!(message.contains(if xml { "missing field" } else { "HTML or XML where JSON was expected" }), "{message}");
    }
}

/// A deletion of the SAP service: it is answered with a task, or with nothing.
fn may_be_empty(fixture: &Fixture) -> bool {
    fixture.operation.meta.method == "DELETE" && fixture.operation.meta.service.name == "sap"
}

#[test]
fn an_empty_answer_where_there_is_a_document_is_an_error() {
    for fixture in speaking() {
        for body in ["", " \n"] {
            if may_be_empty(&fixture) {
                outcome(&fixture, success(&fixture, body)).expect("a success");
                continue;
            }
            let message = refusal(&fixture, body);
            assert!(message.contains("the document is empty"), "{message}");
        }
        let message = refusal(&fixture, "null");
        assert!(message.contains("null") || message.contains("not a complete XML document"), "{message}");
    }
}

#[test]
fn a_gateways_page_keeps_the_status() {
    let page = "502\nContent-Type: text/html\nRetry-After: 7\n\n<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
    for fixture in fixtures::all() {
        let meta = fixture.operation.meta;
        let error = outcome(&fixture, page).expect_err("a bad gateway");
        assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Status, Some(502)));
        assert_eq!(error.operation().map(k5_core::OpMeta::full_name), Some(meta.full_name()));
        let about = error.target().map(|target| format!(" {target}")).unwrap_or_default();
        let said = format!("{}{about}: 502 Bad Gateway: nginx (the server asks to wait 7 s, 1 attempt)", meta.full_name());
        assert_eq!(error.to_string(), said);
        assert_eq!((error.code(), error.retry_after().map(|after| after.as_secs())), (None, Some(7)));
        assert!(error.is_retryable() && error.excerpt().is_some_and(|excerpt| excerpt.contains("nginx")));
        let error = outcome(&fixture, "503\n\n").expect_err("nothing");
        assert_eq!(error.to_string(), format!("{}{about}: 503 Service Unavailable (1 attempt)", meta.full_name()));
        let error = outcome(&fixture, "302\nLocation: http://elsewhere\n\n").expect_err("a redirect");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(302));
    }
}

/// Changes of some bytes: another byte, a part twice, a part less.
fn damage() -> impl Strategy<Value = Vec<(usize, usize, u8, u8)>> {
    proptest::collection::vec((any::<usize>(), 0usize..24, any::<u8>(), 0u8..4), 1..5)
}

fn damaged(text: &str, changes: &[(usize, usize, u8, u8)]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for (at, length, byte, kind) in changes {
        let at = at % (bytes.len() + 1);
        let end = (at + length).min(bytes.len());
        match kind {
            0 if at < bytes.len() => bytes[at] = *byte,
            0 | 1 => bytes.insert(at, b"\"{}[]<>/&:,0e-n"[usize::from(*byte) % 15]),
            2 => drop(bytes.drain(at..end)),
            _ => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decoders_never_panic(changes in damage(), status in 200u16..600) {
        for fixture in fixtures::all() {
            for answer in fixture.answers.iter().flat_map(|answer| [&answer.wire, &answer.json]) {
                let body = damaged(answer, &changes);
                if let Err(error) = outcome(&fixture, success(&fixture, &body)) {
                    prop_assert_eq!((error.kind(), error.sent()), (ErrorKind::Decode, Sent::Yes), "{}", error);
                    prop_assert!(error.status().is_some() && error.operation().is_some());
                }
                let answer = [format!("{status}\n\n").as_bytes(), &body].concat();
                if let Err(error) = outcome(&fixture, answer) {
                    prop_assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
                }
            }
            for request in fixture.requests.iter().flat_map(|request| [&request.wire, &request.json]) {
                let body = damaged(request, &changes);
                for allow_unknown in [false, true] {
                    if let Err(error) = fixture.operation.document(&body, allow_unknown) {
                        prop_assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidInput, Sent::No));
                    }
                }
            }
        }
    }
}
