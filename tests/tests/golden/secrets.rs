//! What must never show, whatever is printed with `Debug`.

use crate::fake::{block_on, session, silent};
use crate::fixtures::{self, compute::*};
use k5::compute::Compute;
use k5::compute::user_data::UserData;
use k5::sap::{OsSetting, Sap};
use k5::vm_import::VmImport;

#[track_caller]
fn hides(shown: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
    assert!(shown.contains("***"), "{shown}");
}

#[test]
fn passwords_and_keys_of_answers() {
    let (compute, _) = session(&["202\n\n{\"server\": {\"id\": \"s\", \"adminPass\": \"Wq3dSecret\"}}"]);
    let created = block_on(Compute::new(compute).create_server("a", "1", "i").send()).expect("created");
    hides(&format!("{created:?} {created:#?}"), &["Wq3dSecret"]);
    let (compute, _) = session(&["200\n\n{\"server\": {\"id\": \"s\", \"adminPass\": \"Wq3dSecret\"}}"]);
    hides(&format!("{:?}", block_on(Compute::new(compute).show_server("s").send()).expect("shown")), &["Wq3dSecret"]);
    let (compute, _) = session(&[format!("200\n\n{{\"keypair\": {KEY_PAIR}}}")]);
    let pair = block_on(Compute::new(compute).create_keypair("ops").send()).expect("created");
    hides(&format!("{pair:?}"), &["BEGIN RSA", "MIIC"]);
    let (compute, _) = session(&[format!("200\n\n{PASSWORD}")]);
    let password = block_on(Compute::new(compute).show_server_password("s").send()).expect("shown");
    hides(&format!("{password:?}"), &["Wq3dSecret"]);
    let (compute, _) = session(&[format!("202\n\n{{\"server\": {REBUILT}}}")]);
    hides(&format!("{:?}", block_on(Compute::new(compute).rebuild_server("s", "i").send()).expect("accepted")), &["Wq3dSecret"]);
    let (import, _) = session(&["200\n\n{\"import_status\": \"queued\", \"password\": \"aHVudGVyMg==\"}"]);
    let status = block_on(VmImport::new(import).show_import_status("i").send()).expect("shown");
    hides(&format!("{status:?}"), &["aHVudGVyMg"]);
}

#[test]
fn passwords_of_requests() {
    let create = Compute::new(silent()).create_server("a", "1", "i").admin_password("Wq3dSecret");
    hides(&format!("{create:?}"), &["Wq3dSecret"]);
    let rebuild = Compute::new(silent()).rebuild_server("s", "i").admin_password("Wq3dSecret");
    hides(&format!("{rebuild:?}"), &["Wq3dSecret"]);
    let register = VmImport::new(silent()).register_image("a", "/v1/AUTH_p/c/o.vmdk", "rhel7").password("aHVudGVyMg==");
    hides(&format!("{register:?}"), &["aHVudGVyMg"]);
    let data = UserData::script("#!/bin/sh\npassword=Wq3dSecret\n").expect("a script");
    assert!(!format!("{data:?}").contains("Wq3dSecret"));
    let create = Compute::new(silent()).create_server("a", "1", "i").user_data(&data);
    hides(&format!("{create:?}"), &["Wq3dSecret", data.encoded().expose()]);
    let create = Sap::new(silent()).create_server("a", "t", "i").os_setting(OsSetting::new().admin_password("Wq3dSecret"));
    hides(&format!("{create:?}"), &["Wq3dSecret"]);
}

/// Nova says of user data that it refuses what it was.
#[test]
fn a_refusal_does_not_repeat_the_user_data() {
    let data = UserData::script("#!/bin/sh\npassword=Wq3dSecret\n").expect("a script");
    let echo = format!(
        "400\n\n{{\"badRequest\": {{\"code\": 400, \"message\": \"Value: {0}. '{0}' is not a 'base64'\"}}}}",
        data.encoded().expose()
    );
    let (compute, _) = session(&[echo]);
    let error = block_on(Compute::new(compute).create_server("a", "1", "i").user_data(&data).send()).expect_err("refused");
    assert_eq!(error.message(), "Value: ***. '***' is not a 'base64'");
    hides(&format!("{error} {error:?}"), &["Wq3dSecret", data.encoded().expose()]);
}

/// The service wants the password in Base64; an answer may have either.
#[test]
fn a_conversions_password_is_hidden_in_both_forms() {
    let echo = "400\n\n{\"error_code\": \"40001\", \"message\": \"no login with Wq3dSecret or V3EzZFNlY3JldA==\"}";
    let (import, _) = session(&[echo]);
    let register = VmImport::new(import).register_image("a", "/v1/AUTH_p/c/o.vmdk", "rhel7").convert("ops", "Wq3dSecret", "c");
    hides(&format!("{register:?}"), &["Wq3dSecret", "V3EzZFNlY3JldA"]);
    let error = block_on(register.send()).expect_err("refused");
    assert_eq!(error.message(), "no login with *** or ***");
}

#[test]
fn metadata_with_a_password_is_an_items_value_like_any_other_but_a_refusal_does_not_repeat_it() {
    let long = format!("Wq3dSecret{}", "x".repeat(255));
    let error = block_on(Compute::new(silent()).create_server("a", "1", "i").metadata([("admin_pass", long.as_str())]).send())
        .expect_err("too long");
    assert!(!format!("{error} {error:?}").contains("Wq3dSecret"), "{error:?}");
}

#[test]
fn a_wrong_type_beside_a_secret_does_not_show_it() {
    for (id, body) in [
        ("compute.create_server", "{\"server\": {\"id\": 7, \"adminPass\": \"Wq3dSecret\"}}"),
        ("compute.create_keypair", "{\"keypair\": {\"name\": 7, \"private_key\": \"Wq3dSecret\"}}"),
        ("vm_import.show_import_status", "{\"import_status\": 7, \"password\": \"Wq3dSecret\"}"),
        // Not even where the secret is what is wrong.
        ("compute.show_server_password", "{\"password\": 8675309}"),
        ("compute.create_server", "{\"server\": {\"id\": \"a\", \"adminPass\": 8675309}}"),
        ("compute.create_keypair", "{\"keypair\": {\"name\": \"a\", \"private_key\": [\"Wq3dSecret\"]}}"),
        ("vm_import.show_import_status", "{\"import_status\": \"queued\", \"password\": -8675309.5}"),
    ] {
        let fixture = fixtures::of(id);
        let error = block_on(fixture.operation.decode(fixture.response(body))).expect_err("a wrong type");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("Wq3dSecret") && !shown.contains("8675309"), "{shown}");
    }
    let create = fixtures::of("compute.create_server");
    let error = create
        .operation
        .document(br#"{"server": {"name": "a", "flavorRef": "1", "adminPass": 8675309}}"#, false)
        .expect_err("a number");
    assert_eq!(error.message().split(" at line").next(), Some("field server.adminPass: expected a text, which is a secret"));
}

#[test]
fn a_body_in_a_call_is_not_shown() {
    let fixture = fixtures::of("compute.create_server");
    let arguments = k5::dynamic::Arguments::default().body(k5::Body::bytes(CREATE_FULL));
    let call = fixture.operation.call(&silent(), arguments).expect("a call");
    assert!(!format!("{call:?}").contains("Secr3t!"), "{call:?}");
}
