//! The error documents of every service, with the operation that meets them.

use crate::fake::{block_on, session};
use crate::fixtures;
use k5::dynamic::Arguments;
use k5::{Body, Error, ErrorKind, Sent};

/// What the operation makes of this answer.
fn error(id: &str, answer: &str) -> Error {
    let all = fixtures::all();
    let fixture = all.iter().find(|fixture| fixture.is(id)).expect("an operation");
    let params = fixture.params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body = fixture.requests.first().map(|request| Body::bytes(request.wire.clone()));
    let (session, _) = session(&[answer]);
    let call = fixture.operation.call(&session, Arguments::default().params(params).body(body)).expect("a call");
    let error = block_on(call.send()).expect_err("an error");
    assert_eq!(
        (error.kind(), error.sent(), error.operation().map(k5_core::OpMeta::full_name)),
        (ErrorKind::Status, Sent::Yes, Some(id.to_owned()))
    );
    error
}

/// Operation, answer, code, message, request id.
type Case = (&'static str, &'static str, Option<&'static str>, &'static str, Option<&'static str>);

fn check(cases: &[Case]) {
    for (id, answer, code, message, request) in cases {
        let error = error(id, answer);
        let status = error.status().expect("a status").as_u16().to_string();
        assert!(answer.starts_with(&status), "{error}");
        assert_eq!((error.code(), error.message(), error.request_id()), (*code, *message, *request), "{error:?}");
        let line = error.to_string();
        assert!(line.contains(message) && line.contains(&status) && !line.contains('\n'), "{line}");
        assert!(code.is_none_or(|code| line.contains(code)) && request.is_none_or(|request| line.contains(request)), "{line}");
        assert_eq!(error.excerpt(), answer.split_once("\n\n").map(|(_, body)| body).filter(|body| !body.is_empty()));
    }
}

#[test]
fn novas_faults() {
    check(&[
        (
            "compute.create_server",
            "400\nX-Compute-Request-Id: req-1\n\n{\"badRequest\": {\"code\": 400, \"message\": \"Invalid imageRef.\"}}",
            Some("badRequest"),
            "Invalid imageRef.",
            Some("req-1"),
        ),
        (
            "compute.show_server",
            "401\n\n{\"unauthorized\": {\"code\": 401, \"message\": \"No valid token.\"}}",
            Some("unauthorized"),
            "No valid token.",
            None,
        ),
        (
            "compute.create_server",
            "403\n\n{\"forbidden\": {\"code\": 403, \"message\": \"Quota exceeded for cores.\"}}",
            Some("forbidden"),
            "Quota exceeded for cores.",
            None,
        ),
        (
            "compute.show_server",
            "404\n\n{\"itemNotFound\": {\"message\": \"Instance s-1 could not be found.\", \"code\": 404}}",
            Some("itemNotFound"),
            "Instance s-1 could not be found.",
            None,
        ),
        (
            "compute.list_servers",
            "405\n\n{\"badMethod\": {\"code\": 405, \"message\": \"Not here.\"}}",
            Some("badMethod"),
            "Not here.",
            None,
        ),
        (
            "compute.start_server",
            "409\n\n{\"conflictingRequest\": {\"code\": 409, \"message\": \"Cannot 'start' while it is in vm_state active\"}}",
            Some("conflictingRequest"),
            "Cannot 'start' while it is in vm_state active",
            None,
        ),
        (
            "compute.reboot_server",
            "409\n\n{\"buildInProgress\": {\"code\": 409, \"message\": \"Building.\"}}",
            Some("buildInProgress"),
            "Building.",
            None,
        ),
        (
            "compute.update_server_metadata",
            "413\nRetry-After: 0\n\n{\"overLimit\": {\"code\": 413, \"message\": \"Too many items.\", \"retryAfter\": \"0\", \"details\": \"more\"}}",
            Some("overLimit"),
            "Too many items.",
            None,
        ),
        (
            "compute.list_servers",
            "429\nRetry-After: 12\n\n{\"overLimit\": {\"code\": 429, \"message\": \"Slower.\", \"retryAfter\": 12}}",
            Some("overLimit"),
            "Slower.",
            None,
        ),
        (
            "compute.create_server",
            "415\n\n{\"badMediaType\": {\"code\": 415, \"message\": \"Unsupported Content-Type\"}}",
            Some("badMediaType"),
            "Unsupported Content-Type",
            None,
        ),
        (
            "compute.resize_server",
            "403\n\n{\"resizeNotAllowed\": {\"code\": 403, \"message\": \"Not this one.\"}}",
            Some("resizeNotAllowed"),
            "Not this one.",
            None,
        ),
        (
            "compute.create_server",
            "503\n\n{\"serverCapacityUnavailable\": {\"code\": 503, \"message\": \"Full.\"}}",
            Some("serverCapacityUnavailable"),
            "Full.",
            None,
        ),
        (
            "compute.stop_server",
            "501\n\n{\"notImplemented\": {\"code\": 501, \"message\": \"Never.\"}}",
            Some("notImplemented"),
            "Never.",
            None,
        ),
        (
            "compute.list_flavors",
            "500\n\n{\"computeFault\": {\"code\": 500, \"message\": \"Unexpected API Error.\"}}",
            Some("computeFault"),
            "Unexpected API Error.",
            None,
        ),
        ("compute.create_keypair", "422\n\nThe server could not comply.", None, "The server could not comply.", None),
        (
            "compute.list_servers",
            "503\n\n{\"serviceUnavailable\": {\"code\": 503, \"message\": \"Later.\"}}",
            Some("serviceUnavailable"),
            "Later.",
            None,
        ),
    ]);
    let over = error("compute.list_servers", "429\nRetry-After: 12\n\n{\"overLimit\": {\"code\": 429, \"message\": \"Slower.\"}}");
    assert!(over.is_throttled() && over.retry_after().is_some_and(|after| after.as_secs() == 12));
    assert!(
        error("compute.create_server", "403\n\n{\"forbidden\": {\"code\": 403, \"message\": \"Quota exceeded for cores.\"}}")
            .is_quota()
    );
    assert!(error("compute.show_server", "404\n\n{\"itemNotFound\": {\"code\": 404, \"message\": \"\"}}").is_not_found());
}

#[test]
fn keystones_middleware_speaks_plain_text() {
    let answer =
        "401\nContent-Type: text/plain\nWWW-Authenticate: Keystone uri='https://identity.uk-1.example'\n\nAuthentication required";
    check(&[
        ("compute.list_servers", answer, None, "Authentication required", None),
        ("image.show_image", answer, None, "Authentication required", None),
        ("block_storage.show_volume", answer, None, "Authentication required", None),
        (
            "image.show_image",
            "401\n\n<html><head><title>401 Unauthorized</title></head><body><h1>401 Unauthorized</h1>This server could not verify you.<br /><br />\n</body></html>",
            None,
            "This server could not verify you.",
            None,
        ),
        (
            "network.show_network",
            "404\n\n{\"NeutronError\": {\"type\": \"NetworkNotFound\", \"message\": \"Network n could not be found.\", \"detail\": \"\"}}",
            Some("NetworkNotFound"),
            "Network n could not be found.",
            None,
        ),
        (
            "autoscale.list_schedules",
            "401\n\n{\"error\": {\"message\": \"The request you have made requires authentication.\", \"code\": 401, \"title\": \"Unauthorized\"}}",
            Some("Unauthorized"),
            "The request you have made requires authentication.",
            None,
        ),
        (
            "sap.show_task",
            "401\n\n{\"error\": {\"message\": \"Authenticate.\", \"code\": 401, \"title\": \"Unauthorized\", \"item\": {\"id\": {\"deep\": 1}}}}",
            Some("Unauthorized"),
            "Authenticate.",
            None,
        ),
    ]);
    assert!(error("compute.list_servers", answer).is_auth());
}

#[test]
fn cinders_faults() {
    check(&[
        (
            "block_storage.create_volume",
            "400\nX-Openstack-Request-Id: req-2\n\n{\"badRequest\": {\"message\": \"Invalid size.\", \"code\": 400}}",
            Some("badRequest"),
            "Invalid size.",
            Some("req-2"),
        ),
        (
            "block_storage.restore_snapshot",
            "403\nX-Fcx-Endpoint-Request: EXECUTED_REQ7\n\n{\"forbidden\": {\"code\": 403, \"message\": \"Policy.\"}}",
            Some("forbidden"),
            "Policy.",
            Some("EXECUTED_REQ7"),
        ),
        (
            "block_storage.show_volume",
            "404\n\n{\"itemNotFound\": {\"code\": 404, \"message\": \"The resource could not be found.\"}}",
            Some("itemNotFound"),
            "The resource could not be found.",
            None,
        ),
        (
            "volume_proxy.create_volume",
            "409\nX-Compute-Request-Id: req-3\n\n{\"conflictingRequest\": {\"code\": 409, \"message\": \"Busy.\"}}",
            Some("conflictingRequest"),
            "Busy.",
            Some("req-3"),
        ),
        (
            "block_storage.create_snapshot",
            "413\nRetry-After: 0\n\n{\"overLimit\": {\"message\": \"SnapshotLimitExceeded\", \"code\": 413, \"retryAfter\": 0}}",
            Some("overLimit"),
            "SnapshotLimitExceeded",
            None,
        ),
        (
            "block_storage.extend_volume",
            "500\n\n{\"computeFault\": {\"message\": \"The server has failed.\", \"code\": 500}}",
            Some("computeFault"),
            "The server has failed.",
            None,
        ),
        (
            "block_storage.list_volumes_detail",
            "503\n\nNo server is available to handle this request.",
            None,
            "No server is available to handle this request.",
            None,
        ),
    ]);
    let quota =
        error("block_storage.create_snapshot", "413\nRetry-After: 0\n\n{\"overLimit\": {\"message\": \"m\", \"code\": 413}}");
    assert!(quota.is_quota() && quota.retry_after().is_some_and(|after| after.is_zero()));
}

#[test]
fn glances_pages_and_documents() {
    check(&[
        (
            "image.show_image",
            "404\nContent-Type: text/html; charset=UTF-8\nX-Openstack-Request-Id: req-4\n\n<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  \
            <h1>404 Not Found</h1>\n  No image found with ID img-7<br /><br />\n\n\n\n </body>\n</html>",
            None,
            "No image found with ID img-7",
            Some("req-4"),
        ),
        (
            "image.update_image",
            "409\n\n{\"message\": \"Property os does not exist.\", \"code\": \"409 Conflict\", \"title\": \"Conflict\"}",
            Some("409 Conflict"),
            "Property os does not exist.",
            None,
        ),
        (
            "image.update_image",
            "415\n\n415 Unsupported Media Type\n\nThe request media type application/json is not supported.",
            None,
            "415 Unsupported Media Type The request media type application/json is not supported.",
            None,
        ),
        ("image.list_images", "500\n\n", None, "", None),
        ("image.list_images", "403\n\n", None, "the token's user may not do this", None),
    ]);
}

#[test]
fn imports_and_schedules() {
    check(&[
        (
            "vm_import.list_imports",
            "400\n\n{\"error_code\": \"40035\", \"message\": \"Query parameter start is wrong.\"}",
            Some("40035"),
            "Query parameter start is wrong.",
            None,
        ),
        (
            "vm_import.list_imports",
            "400\n\n{\"error_code\": 40036, \"message\": \"Query para\"}",
            Some("40036"),
            "Query para",
            None,
        ),
        (
            "vm_import.register_image",
            "403\n\n{\"error_code\": \"40301\", \"message\": \"A token of a project is needed.\"}",
            Some("40301"),
            "A token of a project is needed.",
            None,
        ),
        (
            "autoscale.create_schedule",
            "409\n\n{\"error\": {\"code\": 409, \"message\": \"It is there.\", \"title\": \"Conflict\"}}",
            Some("Conflict"),
            "It is there.",
            None,
        ),
        ("autoscale.delete_schedule", "404\n\nno such schedule\n", None, "no such schedule", None),
        (
            "autoscale.list_schedules",
            "400\n\n{\"error_message\": {\"debuginfo\": null, \"faultcode\": \"Client\", \"faultstring\": \"Wrong.\"}}",
            Some("Client"),
            "Wrong.",
            None,
        ),
    ]);
}

#[test]
fn both_roots_of_sap() {
    check(&[
        (
            "sap.create_server",
            "400\nContent-Type: application/xml\n\n<error><message>The value is wrong.</message><arg>name</arg><arg>-a</arg><request_id>req-5</request_id></error>",
            None,
            "The value is wrong. [name, -a]",
            Some("req-5"),
        ),
        (
            "sap.start_server",
            "409\n\n<?xml version=\"1.0\"?>\n<errors><error><code>67112</code><message>The server erp-1 is running.</message><arg>erp-1</arg>\
            <request_id>req-6</request_id><cause><product>p</product></cause></error><error><code>67113</code><message>And so is another.</message></error></errors>",
            Some("67112"),
            "The server erp-1 is running.; And so is another.",
            Some("req-6"),
        ),
        (
            "sap.show_task",
            "412\n\n<errors>\n <error>\n  <code>1</code>\n  <message>Switched off &amp; gone.</message>\n </error>\n</errors>\n",
            Some("1"),
            "Switched off & gone.",
            None,
        ),
        (
            "sap.list_servers",
            "503\n\n<html><head><title>503</title></head><body><h1>Service Unavailable</h1><p>Back soon.</p></body></html>",
            None,
            "Back soon.",
            None,
        ),
        ("sap.list_servers", "500\n\n<error/>", None, "", None),
    ]);
}

#[test]
fn what_no_decoder_knows_keeps_status_and_text() {
    for body in [
        "{\"odd\": [1]}",
        "[]",
        "7",
        "{\"a\": {\"b\": 1}}",
        "{\"message\": 7}",
        "\u{0}\u{1}",
        "{\"itemNotFound\": {\"code\": 404",
        "<errors><error>",
    ] {
        for id in [
            "compute.show_server",
            "image.show_image",
            "block_storage.show_volume",
            "autoscale.list_schedules",
            "vm_import.show_import_status",
            "sap.show_task",
        ] {
            let error = error(id, &format!("404\n\n{body}"));
            assert!(error.is_not_found() && error.code().is_none(), "{error}");
            assert_eq!(error.excerpt(), Some(body));
        }
    }
    let long = "x".repeat(100_000);
    let error = error("compute.show_server", &format!("500\n\n{long}"));
    assert_eq!((error.excerpt().map(str::len), error.message().len()), (Some(2048), 300));
}
