//! Every operation's request documents, by name: what fits is sent as it is, what does not is refused with its place.

use crate::fake::{assert_same, block_on, session, silent};
use crate::fixtures::{self, Fixture};
use crate::nodes::{Step, at, places, with};
use k5::dynamic::Arguments;
use k5::{Body, BodyKind, Error, ErrorKind, Reason, Sent};
use k5_tests::operation;
use serde_json::{Value, json};

fn taking() -> impl Iterator<Item = Fixture> {
    fixtures::all().into_iter().filter(|fixture| !fixture.requests.is_empty())
}

fn text(document: Result<Vec<u8>, Error>) -> String {
    String::from_utf8(document.unwrap_or_else(|error| panic!("{error}"))).expect("text")
}

/// What a document is refused with.
fn refusal(fixture: &Fixture, document: &str) -> String {
    let error = fixture.operation.document(document.as_bytes(), false).expect_err(document);
    assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidInput, Sent::No), "{error}");
    assert_eq!(error.operation().map(k5_core::OpMeta::full_name), Some(fixture.operation.meta.full_name()), "{error}");
    assert_eq!(error.reason() == Some(&Reason::UnknownField), error.message().starts_with("unknown field"), "{error}");
    error.message().to_owned()
}

fn is_json(fixture: &Fixture) -> bool {
    fixture.operation.meta.request_body == BodyKind::Json
}

#[test]
fn every_request_goes_out_as_it_is() {
    for fixture in taking() {
        for request in &fixture.requests {
            let written = text(fixture.operation.document(request.json.as_bytes(), false));
            match is_json(&fixture) {
                true => assert_eq!(
                    serde_json::from_str::<Value>(&written).expect("JSON"),
                    request.as_json(),
                    "{}",
                    fixture.operation.meta.full_name()
                ),
                false => assert_eq!(written, request.wire, "{}", fixture.operation.meta.full_name()),
            }
            if fixture.operation.meta.request_body == BodyKind::Xml {
                assert_eq!(text(fixture.operation.document(request.wire.as_bytes(), false)), request.wire);
            }
        }
    }
}

#[test]
fn a_field_that_is_not_known_is_refused_by_name_and_sent_where_the_caller_insists() {
    for fixture in taking() {
        for document in fixture.requests.iter().map(|request| request.as_json()) {
            for (place, steps) in std::iter::once((String::new(), vec![])).chain(places(&document)) {
                let mut changed = document.clone();
                let Some(fields) = at(&mut changed, &steps).as_object_mut() else { continue };
                fields.insert("colour".to_owned(), json!("red"));
                let changed = changed.to_string();
                if fixture.free.contains(&place.as_str()) {
                    assert!(fixture.operation.document(changed.as_bytes(), false).is_ok(), "{place}");
                } else {
                    let message = refusal(&fixture, &changed);
                    let field = k5::model::join(&place, "colour");
                    assert!(
                        message.contains(&format!("unknown field {field}")),
                        "{} {place}: {message}",
                        fixture.operation.meta.full_name()
                    );
                }
                let insisted = fixture.operation.document(changed.as_bytes(), true);
                if place.is_empty() && fixture.operation.meta.request_body == BodyKind::Xml {
                    let error = insisted.expect_err("two roots");
                    assert!(error.message().contains("one root element"), "{error}");
                    continue;
                }
                let sent = text(insisted);
                match fixture.operation.meta.request_body {
                    BodyKind::Json => assert_eq!(serde_json::from_str::<Value>(&sent).expect("JSON").to_string(), changed),
                    BodyKind::Xml => assert!(sent.contains("<colour>red</colour>"), "{place}: {sent}"),
                    _ => assert!(sent.split('&').any(|pair| pair == "colour=red"), "{sent}"),
                }
            }
        }
    }
}

#[test]
fn a_wrong_type_names_operation_and_field() {
    for fixture in taking().filter(|fixture| fixture.operation.meta.request_body != BodyKind::Form) {
        let mut refused = 0;
        for document in fixture.requests.iter().map(|request| request.as_json()) {
            for (place, steps) in places(&document) {
                for wrong in [json!({"wrong": [[]]}), json!([[7]]), json!(7.5), json!(true)] {
                    let changed = with(&document, &steps, wrong).to_string();
                    match fixture.operation.document(changed.as_bytes(), true) {
                        Err(error) => {
                            refused += 1;
                            assert_eq!(error.operation().map(k5_core::OpMeta::full_name), Some(fixture.operation.meta.full_name()));
                            assert!(error.message().contains(&place), "{} {place}: {error}", fixture.operation.meta.full_name());
                        }
                        Ok(sent) if is_json(&fixture) => {
                            assert_eq!(serde_json::from_slice::<Value>(&sent).expect("JSON").to_string(), changed, "{place}");
                        }
                        Ok(_) => {}
                    }
                }
            }
            for whole in ["7", "\"text\"", "null", "", "{", "<a"] {
                refusal(&fixture, whole);
            }
        }
        assert!(refused > 0, "{}", fixture.operation.meta.full_name());
    }
}

#[test]
fn a_field_that_must_be_there_is_missed_by_name() {
    for (id, document, field) in [
        ("compute.create_server", r#"{"server": {"flavorRef": "1"}}"#, "missing field `name`"),
        ("compute.create_server", r#"{"os:scheduler_hints": {}}"#, "missing field `server`"),
        ("compute.reboot_server", r#"{"reboot": {}}"#, "missing field `type`"),
        ("compute.resize_server", r#"{"resize": {}}"#, "missing field `flavorRef`"),
        ("compute.reboot_server", r#"{"type": "SOFT"}"#, "missing field `reboot`"),
        ("compute.start_server", r#"{"os-stop": null}"#, "missing field `os-start`"),
        ("compute.start_server", r#"{"os-start": 7}"#, "field os-start: expected null"),
        ("block_storage.extend_volume", r#"{"os-extend": {}}"#, "missing field `new_size`"),
        ("block_storage.create_snapshot", r#"{"snapshot": {}}"#, "missing field `volume_id`"),
        ("block_storage.upload_volume_to_image", r#"{"os-volume_upload_image": {}}"#, "missing field `image_name`"),
        ("volume_proxy.create_volume", r#"{"volume": {}}"#, "missing field `size`"),
        ("volume_proxy.create_snapshot", r#"{"snapshot": {}}"#, "missing field `volume_id`"),
        ("image.update_image", r#"[{"op": "add"}]"#, "missing field `path`"),
        ("autoscale.create_schedule", r#"{"name": "a"}"#, "missing field `url`"),
        ("vm_import.register_image", r#"{"name": "a"}"#, "missing field `location`"),
        ("sap.create_server", r#"<Resources><LServer name="a"/></Resources>"#, "missing field `TemplateLink`"),
        ("sap.create_server", r#"{"LServer": {"@name": "a"}}"#, "missing field `Resources`"),
        ("sap.change_server", r#"<Resources><LServer/></Resources>"#, "missing field `@name`"),
        ("sap.create_network", r#"<Network><AvailabilityZone>a</AvailabilityZone></Network>"#, "missing field `Subnet`"),
        ("sap.create_network", r#"<Network><Subnet id="a"/></Network>"#, "missing field `AvailabilityZone`"),
        ("sap.attach_disk", r#"{"disk_index": 1}"#, "missing field `disk_size`"),
        ("sap.attach_nic", r#"{"nic_index": 1}"#, "missing field `network_id`"),
        ("sap.create_clone_image", r#"{"name": "a"}"#, "missing field `l_server_rid`"),
        ("sap.enable_project", "{}", "missing field `project_id`"),
    ] {
        let fixture = taking().find(|fixture| fixture.is(id)).expect("an operation");
        let message = refusal(&fixture, document);
        assert!(message.contains(field), "{id}: {message}");
    }
}

#[test]
fn an_action_without_arguments_takes_nothing_in_three_forms() {
    for fixture in taking().filter(|fixture| fixture.operation.meta.null_body) {
        let meta = fixture.operation.meta;
        let key = meta.body_key.expect("a key");
        let null = json!({ key: null }).to_string();
        let empty = json!({ key: {} }).to_string();
        for document in [&null, &empty] {
            assert_eq!(text(fixture.operation.document(document.as_bytes(), false)), null, "{}", meta.full_name());
        }
        let with_more = json!({ key: {"now": true} }).to_string();
        assert!(refusal(&fixture, &with_more).contains(&format!("unknown field {key}.now")));
        assert_eq!(text(fixture.operation.document(with_more.as_bytes(), true)), with_more);
        assert_eq!(sent_without_body(&fixture), null, "{}", meta.full_name());
    }
}

/// The body that a call by name sends where the caller gives none.
fn sent_without_body(fixture: &Fixture) -> String {
    let params = fixture.params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (session, seen) = session(&["202\n\n"]);
    let call = fixture.operation.call(&session, Arguments::default().params(params));
    block_on(call.expect("a call").send()).expect("accepted");
    let request = seen.sent().remove(0);
    let media = fixture.operation.meta.media_type().expect("a document");
    assert!(request.contains(&format!("\ncontent-type: {media}")), "{request}");
    request.split_once("\n\n").map_or("", |(_, body)| body).to_owned()
}

#[test]
fn a_call_by_name_without_a_body() {
    let find = |id: &str| taking().find(|fixture| fixture.is(id)).expect("an operation");
    // Nothing that these take must be there.
    assert_eq!(sent_without_body(&find("compute.show_console_output")), r#"{"os-getConsoleOutput":{}}"#);
    for id in ["sap.start_server", "sap.stop_server", "sap.restart_server", "sap.restore_snapshot"] {
        assert_eq!(sent_without_body(&find(id)), "", "{id}");
    }
    for id in [
        "compute.create_server",
        "compute.reboot_server",
        "image.update_image",
        "autoscale.create_schedule",
        "vm_import.register_image",
        "block_storage.extend_volume",
        "block_storage.create_volume",
        "compute.update_server_metadata",
        "compute.set_image_metadata_item",
        "sap.create_server",
        "sap.create_snapshot",
        "sap.attach_disk",
    ] {
        let fixture = find(id);
        let params = fixture.params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let error = fixture.operation.call(&silent(), Arguments::default().params(params)).expect_err("no body");
        assert!(error.message().contains("it needs a") && error.reason() == Some(&Reason::MissingBody), "{error}");
        assert_eq!(error.operation().map(k5_core::OpMeta::full_name), Some(id.to_owned()));
    }
}

#[test]
fn a_call_by_name_sends_what_the_typed_call_sends() {
    for fixture in taking() {
        let meta = fixture.operation.meta;
        let params: Vec<_> = fixture.params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (session, seen) = session(&[format!("{}\n\n", meta.success[0])]);
        let document = fixture.operation.document(fixture.requests[0].json.as_bytes(), false).expect("fits");
        let arguments = Arguments::default().params(params).body(Body::bytes(document));
        block_on(fixture.operation.call(&session, arguments).expect("a call").send()).expect("accepted");
        let path = fixture
            .params
            .iter()
            .fold(meta.path.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), &k5_core::path::segment(value)));
        let media = meta.media_type().expect("a document");
        let body = match fixture.requests[0].wire.is_empty() {
            true => String::new(),
            false => format!("\n\n{}", fixture.requests[0].wire),
        };
        assert_same(&seen.sent()[0], &format!("{} {}{path}\ncontent-type: {media}{body}", meta.method, meta.service.root));
    }
}

#[test]
fn parameters_by_name() {
    let list = k5_tests::operation("compute.list_servers");
    let show = k5_tests::operation("compute.show_server");
    let with = |pairs: &[(&str, &str)]| {
        Arguments::default().params(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    };
    let (session, seen) = session(&["200\n\n{\"servers\": []}"]);
    let call =
        list.call(&session, with(&[("changes-since", "2017-01-01T00:00:00Z"), ("NAME", "a&b"), ("limit", "2"), ("limit", "3")]));
    block_on(call.expect("a call").send()).expect("listed");
    assert_eq!(seen.lines(), ["GET /v2/{tenant_id}/servers?changes-since=2017-01-01T00%3A00%3A00Z&name=a%26b&limit=3"]);
    for (operation, pairs, expected) in [
        (list, &[("colour", "red")][..], "there is no parameter \"colour\""),
        (show, &[][..], "path parameter server_id is missing"),
    ] {
        let error = operation.call(&silent(), with(pairs)).expect_err("refused");
        assert!(error.message().contains(expected), "{error}");
    }
    let error = show.call(&silent(), with(&[])).expect_err("refused");
    assert!(matches!(error.reason(), Some(Reason::MissingParameter { name: "server_id", .. })), "{error:?}");
    let error = block_on(show.call(&silent(), with(&[("server_id", "")])).expect("a call").send()).expect_err("empty");
    assert!(error.message().contains("server_id is empty"), "{error}");
    let error = show.call(&silent(), with(&[("server_id", "a")]).body(Body::bytes("{}"))).expect_err("it takes none");
    assert!(error.message().contains("it takes no body"), "{error}");
}

#[test]
fn a_path_is_walked_to_its_end() {
    let document = json!({"a": [{"b": 1}]});
    let names: Vec<_> = places(&document).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "a[0]", "a[0].b"]);
    let steps = [Step::Field("a".to_owned()), Step::Item(0)];
    assert_eq!(with(&document, &steps, json!(2)), json!({"a": [2]}));
}

/// Users' scripts write `"min_ram": "0"`, and the services take it.
#[test]
fn numbers_and_truth_values_may_be_texts() {
    for (name, written, sent) in [
        (
            "image.create_image",
            json!({"name": "7", "min_ram": "512", "min_disk": 4, "protected": "True"}),
            json!({"name": "7", "min_ram": 512, "min_disk": 4, "protected": true}),
        ),
        (
            "compute.create_server",
            json!({"server": {"name": "a", "flavorRef": "1101", "min_count": "2", "networks": [{"uuid": "n"}]}}),
            json!({"server": {"name": "a", "flavorRef": "1101", "min_count": 2, "networks": [{"uuid": "n"}]}}),
        ),
    ] {
        let bytes = operation(name).document(written.to_string().as_bytes(), false).expect(name);
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON"), sent, "{name}");
    }
    let error = operation("image.create_image").document(br#"{"name": "a", "min_ram": "much"}"#, false).expect_err("a word");
    assert!(error.message().starts_with("field min_ram: invalid type: string \"much\", expected "), "{error}");
}
