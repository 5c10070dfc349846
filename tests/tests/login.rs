//! Logins of every kind, at small servers that say what no emulator would.

use k5::config::{Overrides, Sources};
use k5::object_storage::meta::SERVICE as SWIFT;
use k5::{Cloud, CloudBuilder, ErrorKind, Reason};
use k5_tests::raw_server::{RawRequest, RawServer};
use serde_json::{Value, json};

fn answer(status: &str, headers: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// A token of this name, whose catalogue has object storage at `origin`.
fn issued(token: &str, origin: &str) -> Vec<u8> {
    let endpoint = json!({"interface": "public", "region": "R", "url": format!("{origin}/v1/AUTH_p")});
    let document = json!({"token": {
        "methods": ["password"], "issued_at": "2026-01-01T00:00:00Z", "expires_at": "2096-01-01T00:00:00Z", "user": {"id": "u"},
        "project": {"id": "p"}, "catalog": [{"type": "object-store", "endpoints": [endpoint]}],
    }});
    answer("201 Created", &format!("X-Subject-Token: {token}\r\n"), &document)
}

fn origin(request: &RawRequest) -> String {
    format!("http://{}", header(request, "host").expect("a host"))
}

fn header<'a>(request: &'a RawRequest, name: &str) -> Option<&'a str> {
    request
        .head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn document(request: &RawRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

fn methods(request: &RawRequest) -> Value {
    document(request)["auth"]["identity"]["methods"].clone()
}

/// A server that keeps to `say`, and answers calls of object storage.
async fn server(say: impl Fn(&RawRequest) -> Vec<u8> + Send + Sync + 'static) -> RawServer {
    RawServer::start(move |request| match request.line().starts_with("HEAD /v1/") {
        true => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        false => say(request),
    })
    .await
}

fn builder(server: &RawServer, variables: &[(&str, &str)]) -> CloudBuilder {
    let mut sources = Sources::empty().with_variable("OS_AUTH_URL", format!("{}/v3", server.url()));
    for (name, value) in variables {
        sources = sources.with_variable(*name, value.replace("{url}", &server.url()));
    }
    Cloud::builder().sources(sources)
}

fn cloud(server: &RawServer, variables: &[(&str, &str)]) -> Cloud {
    builder(server, variables).build().expect("a configuration")
}

const PASSWORD: [(&str, &str); 4] =
    [("OS_USERNAME", "ops"), ("OS_PASSWORD", "pw-secret"), ("OS_USER_DOMAIN_NAME", "c"), ("OS_PROJECT_ID", "p")];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    PASSWORD.iter().chain(more).copied().collect()
}

fn receipt(request: &RawRequest) -> Vec<u8> {
    match (header(request, "openstack-auth-receipt"), methods(request)) {
        (Some("r1"), methods) if methods == json!(["totp"]) => issued("t", &origin(request)),
        (None, methods) if methods == json!(["password", "totp"]) => issued("t", &origin(request)),
        _ => {
            let document = json!({"receipt": {"methods": ["password"], "user": {"id": "u"}, "expires_at": "2096-01-01T00:00:00Z"},
                "required_auth_methods": [["password", "totp"], ["password", "custom", "token"]]});
            answer("401 Unauthorized", "Openstack-Auth-Receipt: r1\r\n", &document)
        }
    }
}

#[tokio::test]
async fn a_second_factor_is_sent_where_it_is_wanted() {
    let server = server(receipt).await;
    let both = cloud(&server, &with(&[("OS_PASSCODE", "123456")]));
    both.object_storage().show_account().send().await.expect("logged in");
    let seen = server.requests();
    assert_eq!([methods(&seen[0]), methods(&seen[1])], [json!(["password"]), json!(["totp"])]);
    let second = document(&seen[1]);
    assert_eq!(second["auth"]["identity"]["totp"]["user"], json!({"name": "ops", "domain": {"name": "c"}, "passcode": "123456"}));
    assert_eq!(second["auth"]["scope"], json!({"project": {"id": "p"}}));
    assert_eq!(seen.len(), 3);

    let at_once = with(&[("OS_AUTH_TYPE", "v3multifactor"), ("OS_AUTH_METHODS", "v3password,v3totp"), ("OS_PASSCODE", "123456")]);
    cloud(&server, &at_once).token().await.expect("logged in");
    assert_eq!(server.requests().len(), 4, "no receipt");
}

#[tokio::test]
async fn a_second_factor_that_nobody_has_is_named() {
    let server = server(receipt).await;
    let error = cloud(&server, &PASSWORD).token().await.expect_err("one factor");
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Login, Some(401)));
    let text = error.to_string();
    assert!(text.contains("second factor in addition to password: totp, or custom and token"), "{text}");
    assert_eq!(error.reason(), Some(&Reason::SecondFactor));
    assert!(!format!("{text}{error:?}").contains("pw-secret"));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_passcode_is_used_once() {
    let server = RawServer::start(|request| match request.line().starts_with("HEAD ") {
        true => b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".to_vec(),
        false => issued("t", &origin(request)),
    })
    .await;
    let totp = [("OS_AUTH_TYPE", "v3totp"), ("OS_USER_ID", "u"), ("OS_PASSCODE", "123456"), ("OS_PROJECT_ID", "p")];
    let error = cloud(&server, &totp).object_storage().show_account().send().await.expect_err("the token is refused");
    assert!(error.kind() == ErrorKind::Login && error.to_string().contains("used up"), "{error}");
    let logins: Vec<_> = server.requests().into_iter().filter(|request| request.line().starts_with("POST")).collect();
    assert_eq!(logins.len(), 1);
    assert_eq!(document(&logins[0])["auth"]["identity"]["totp"], json!({"user": {"id": "u", "passcode": "123456"}}));
}

/// An identity provider and a Keystone that takes its tokens.
fn provider(request: &RawRequest) -> Vec<u8> {
    let origin = origin(request);
    match request.line() {
        "GET /idp/.well-known/openid-configuration" => {
            answer("200 OK", "", &json!({"token_endpoint": format!("{origin}/idp/token/?tenant=a%20b")}))
        }
        "POST /idp/token/?tenant=a%20b" => {
            let form = String::from_utf8_lossy(&request.body);
            match form.contains("wrong") {
                true => answer("401 Unauthorized", "", &json!({"error": "invalid_grant", "error_description": "no such user"})),
                false => answer("200 OK", "", &json!({"access_token": "of-idp", "id_token": "id-of-idp", "token_type": "bearer"})),
            }
        }
        "POST /v3/OS-FEDERATION/identity_providers/my%20idp/protocols/openid/auth" => match header(request, "authorization") {
            Some("Bearer of-idp" | "Bearer id-of-idp" | "Bearer given") => issued("unscoped", &origin),
            _ => answer("401 Unauthorized", "", &json!({"error": {"message": "no", "code": 401, "title": "Unauthorized"}})),
        },
        "POST /v3/auth/tokens" if document(request)["auth"]["identity"]["token"]["id"] == "unscoped" => issued("scoped", &origin),
        _ => answer("404 Not Found", "", &json!({})),
    }
}

const OIDC: [(&str, &str); 5] = [
    ("OS_IDENTITY_PROVIDER", "my idp"),
    ("OS_PROTOCOL", "openid"),
    ("OS_CLIENT_ID", "client"),
    ("OS_DISCOVERY_ENDPOINT", "{url}/idp/.well-known/openid-configuration"),
    ("OS_PROJECT_ID", "p"),
];

#[tokio::test]
async fn a_token_of_an_identity_provider_becomes_one_of_keystone() {
    let endpoint = ("OS_ACCESS_TOKEN_ENDPOINT", "{url}/idp/token/?tenant=a%20b");
    let secret = ("OS_CLIENT_SECRET", "client-secret");
    let user = [("OS_USERNAME", "ops@x"), ("OS_PASSWORD", "pw&secret")];
    let basic = "Basic Y2xpZW50OmNsaWVudC1zZWNyZXQ=";
    type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a str, Option<&'a str>, usize);
    let table: [Case<'_>; 5] = [
        ("v3oidcclientcredentials", vec![secret], "grant_type=client_credentials&scope=openid+profile", Some(basic), 4),
        ("v3oidcclientcredentials", vec![secret, endpoint], "grant_type=client_credentials&scope=openid+profile", Some(basic), 3),
        (
            "v3oidcpassword",
            [&user[..], &[secret, endpoint, ("OS_OPENID_SCOPE", "openid"), ("OS_ACCESS_TOKEN_TYPE", "id_token")]].concat(),
            "grant_type=password&username=ops%40x&password=pw%26secret&scope=openid",
            Some(basic),
            3,
        ),
        (
            "v3oidcpassword",
            [&user[..], &[endpoint]].concat(),
            "grant_type=password&username=ops%40x&password=pw%26secret&scope=openid+profile&client_id=client",
            None,
            3,
        ),
        ("v3oidcaccesstoken", vec![("OS_ACCESS_TOKEN", "given")], "", None, 2),
    ];
    for (kind, more, form, authorization, requests) in table {
        let server = server(provider).await;
        let variables: Vec<_> = [&OIDC[..], &more, &[("OS_AUTH_TYPE", kind)]].concat();
        let token = cloud(&server, &variables).token().await.unwrap_or_else(|error| panic!("{kind}: {error}")).expect("a login");
        assert_eq!(token.secret.expose(), "scoped", "{kind}");
        let seen = server.requests();
        assert_eq!(seen.len(), requests, "{kind}");
        if let Some(exchange) = seen.iter().find(|request| request.line().starts_with("POST /idp/token/")) {
            assert_eq!(String::from_utf8_lossy(&exchange.body), form, "{kind}");
            assert_eq!(header(exchange, "authorization"), authorization, "{kind}");
            assert_eq!(header(exchange, "content-type"), Some("application/x-www-form-urlencoded"));
        }
    }
}

#[tokio::test]
async fn a_refusal_of_an_identity_provider_shows_no_secret() {
    let server = server(provider).await;
    let password = [
        ("OS_AUTH_TYPE", "v3oidcpassword"),
        ("OS_USERNAME", "wrong"),
        ("OS_PASSWORD", "pw-secret"),
        ("OS_CLIENT_SECRET", "cs-secret"),
    ];
    let cloud = cloud(&server, &[&OIDC[..], &password].concat());
    let error = cloud.token().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Login);
    let text = format!("{error} {error:?} {cloud:?}");
    let place =
        format!("identity_provider.create_access_token {}/idp/token/: 401 Unauthorized: no such user (invalid_grant", server.url());
    assert!(text.contains(&place), "{text}");
    assert!(!text.contains("pw-secret") && !text.contains("cs-secret"), "{text}");
    cloud.token().await.expect_err("still refused");
    assert_eq!(server.requests().len(), 2, "and not tried again");
}

#[tokio::test]
async fn a_client_of_oauth2_sends_both_tokens() {
    let server = server(|request| match request.line() {
        "POST /v3/auth/tokens" => issued("t", &origin(request)),
        "POST /v3/OS-OAUTH2/token" => {
            answer("200 OK", "", &json!({"access_token": "oauth", "token_type": "Bearer", "expires_in": 3600}))
        }
        _ => answer("404 Not Found", "", &json!({})),
    })
    .await;
    let variables = [
        ("OS_AUTH_TYPE", "v3oauth2clientcredential"),
        ("OS_OAUTH2_ENDPOINT", "{url}/v3/OS-OAUTH2/token"),
        ("OS_OAUTH2_CLIENT_ID", "client"),
        ("OS_OAUTH2_CLIENT_SECRET", "client-secret"),
    ];
    cloud(&server, &variables).object_storage().show_account().send().await.expect("shown");
    let seen = server.requests();
    assert_eq!(
        document(&seen[0])["auth"]["identity"]["application_credential"],
        json!({"id": "client", "secret": "client-secret"})
    );
    assert_eq!(header(&seen[1], "authorization"), Some("Basic Y2xpZW50OmNsaWVudC1zZWNyZXQ="));
    assert_eq!((header(&seen[2], "x-auth-token"), header(&seen[2], "authorization")), (Some("t"), Some("Bearer oauth")));
}

/// The request as servers repeat it: as it came, decoded, and each in the JSON of a message.
fn repeated(request: &RawRequest) -> String {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let plain = body.replace('+', "%20");
    let plain = percent_encoding::percent_decode_str(&plain).decode_utf8_lossy().into_owned();
    let without_scheme = request.head.replace("Bearer ", "bearer=").replace("Basic ", "basic=");
    let all = format!(
        "{} {without_scheme} {body} {plain} {}",
        request.head,
        percent_encoding::utf8_percent_encode(&plain, percent_encoding::NON_ALPHANUMERIC)
    );
    format!("{all} {}", Value::from(all.as_str()))
}

#[tokio::test]
async fn what_a_login_sent_is_not_shown_where_a_server_repeats_it() {
    const PASSWORD: &str = "pw &\\\"zwq+qvt/ü";
    const CLIENT: &str = "cs %41 zwc'qvx/é";
    let endpoint = ("OS_ACCESS_TOKEN_ENDPOINT", "{url}/idp/token");
    let provider = [&OIDC[..], &[endpoint, ("OS_CLIENT_SECRET", CLIENT)]].concat();
    let oauth2 = [
        ("OS_AUTH_TYPE", "v3oauth2clientcredential"),
        ("OS_OAUTH2_ENDPOINT", "{url}/v3/OS-OAUTH2/token"),
        ("OS_OAUTH2_CLIENT_ID", "client"),
        ("OS_OAUTH2_CLIENT_SECRET", CLIENT),
    ];
    let user = [("OS_USERNAME", "ops@x"), ("OS_PASSWORD", PASSWORD)];
    let both = with(&[("OS_PASSWORD", PASSWORD), ("OS_PASSCODE", "123456")]);
    // Which call is refused, with what, and which secrets it has.
    type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, &'a [&'a str]);
    let table: [Case<'_>; 5] = [
        ("POST /idp/token", [&provider[..], &user, &[("OS_AUTH_TYPE", "v3oidcpassword")]].concat(), &[PASSWORD, CLIENT]),
        ("POST /idp/token", [&provider[..], &[("OS_AUTH_TYPE", "v3oidcclientcredentials")]].concat(), &[CLIENT]),
        (
            "POST /v3/OS-FEDERATION/",
            [&OIDC[..], &[("OS_AUTH_TYPE", "v3oidcaccesstoken"), ("OS_ACCESS_TOKEN", "eyJ.g1ven-t0k3n")]].concat(),
            &["eyJ.g1ven-t0k3n"],
        ),
        ("POST /v3/OS-OAUTH2/token", oauth2.to_vec(), &[CLIENT]),
        ("POST /v3/auth/tokens", both, &["123456", "r1-rcpt77"]),
    ];
    for (call, variables, secrets) in table {
        let server = RawServer::start(move |request| match request.line().starts_with(call) {
            true if call.ends_with("/auth/tokens") && header(request, "openstack-auth-receipt").is_none() => {
                let document = json!({"receipt": {"methods": ["password"]}, "required_auth_methods": [["password", "totp"]]});
                answer("401 Unauthorized", "Openstack-Auth-Receipt: r1-rcpt77\r\n", &document)
            }
            true => answer("400 Bad Request", "", &json!({"message": repeated(request)})),
            false => issued("t", &origin(request)),
        })
        .await;
        let error = cloud(&server, &variables).object_storage().show_account().send().await.expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Login, "{call}: {error}");
        let said = format!("{error} {error:?} {}", error.excerpt().unwrap_or_default());
        assert!(said.contains("***"), "{call}: {said}");
        for secret in secrets {
            // Whatever is done to the text, the words of a secret are not there.
            for word in secret.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2) {
                assert!(!said.contains(word), "{call}: {word} in {said}");
            }
        }
    }
}

#[tokio::test]
async fn a_user_of_a_provider_without_a_role_is_not_told_of_a_token() {
    let server = server(|request| match request.line() {
        "POST /v3/auth/tokens" => {
            answer("401 Unauthorized", "", &json!({"error": {"message": "no", "code": 401, "title": "Unauthorized"}}))
        }
        _ => provider(request),
    })
    .await;
    let given = [("OS_AUTH_TYPE", "v3oidcaccesstoken"), ("OS_ACCESS_TOKEN", "given")];
    let error = cloud(&server, &[&OIDC[..], &given].concat()).token().await.expect_err("no role");
    assert!(error.kind() == ErrorKind::Login && error.message().contains("has no role in the requested scope"), "{error}");
    assert!(!error.message().contains("token that was supplied") && error.reason().is_none(), "{error:?}");
}

#[tokio::test]
async fn a_given_token_that_is_refused_is_told_from_a_wrong_password() {
    let server = server(|_| {
        answer("404 Not Found", "", &json!({"error": {"message": "Could not find token: x", "code": 404, "title": "Not Found"}}))
    })
    .await;
    let token = [("OS_AUTH_TYPE", "token"), ("OS_TOKEN", "tok-secret"), ("OS_PROJECT_ID", "p")];
    let error = cloud(&server, &token).token().await.expect_err("refused");
    assert_eq!((error.kind(), error.reason()), (ErrorKind::Login, Some(&Reason::GivenToken)), "{error}");
    let error = cloud(&server, &PASSWORD).token().await.expect_err("refused");
    assert_eq!((error.kind(), error.reason()), (ErrorKind::Login, None), "{error}");
}

#[tokio::test]
async fn nobody_logs_in_where_there_is_no_keystone() {
    let server = server(|_| answer("404 Not Found", "", &json!({}))).await;
    let endpoint = [("OS_ENDPOINT", "{url}"), ("OS_PROJECT_ID", "p")];
    cloud(&server, &[&endpoint[..], &[("OS_AUTH_TYPE", "none")]].concat())
        .object_storage()
        .show_account()
        .send()
        .await
        .expect("shown");
    let token = [("OS_AUTH_TYPE", "admin_token"), ("OS_TOKEN", "t")];
    cloud(&server, &[&endpoint[..], &token].concat()).object_storage().show_account().send().await.expect("shown");
    let seen = server.requests();
    assert_eq!(seen.iter().map(RawRequest::line).collect::<Vec<_>>(), ["HEAD /v1/AUTH_p", "HEAD /v1/AUTH_p"]);
    assert_eq!((header(&seen[0], "x-auth-token"), header(&seen[1], "x-auth-token")), (None, Some("t")));
}

#[tokio::test]
async fn odd_entries_and_ends_are_no_failed_login() {
    let server = server(|request| {
        let endpoint = json!({"interface": "public", "url": format!("{}/v1/AUTH_p", origin(request))});
        let document = json!({"token": {"methods": ["password"], "expires_at": "None", "user": {"id": "u"}, "project": {"id": "p"}, "catalog": [
            {"type": null, "endpoints": [endpoint]}, {"type": "a", "endpoints": [{"interface": "public", "url": null}]}, 7, {"type": "b"},
            {"type": "object-store", "endpoints": [{"url": "http://odd"}, endpoint]},
        ]}});
        answer("201 Created", "X-Subject-Token: t\r\n", &document)
    })
    .await;
    let cloud = cloud(&server, &PASSWORD);
    for _ in 0..2 {
        cloud.object_storage().show_account().send().await.expect("shown");
    }
    let lines: Vec<_> = server.requests().iter().map(|request| request.line().to_owned()).collect();
    assert_eq!(lines, ["POST /v3/auth/tokens", "HEAD /v1/AUTH_p", "HEAD /v1/AUTH_p"], "the token is used until it is refused");
}

#[tokio::test]
async fn overrides_of_identity_and_settings_of_one_service_are_obeyed() {
    let elsewhere = RawServer::start(|_| answer("200 OK", "", &json!({"projects": []}))).await;
    let server = server(|_| {
        let endpoint = |interface: &str, region: &str| json!({"interface": interface, "region": region, "url": format!("http://{interface}.{region}/v1/AUTH_p")});
        let all = [endpoint("public", "a"), endpoint("internal", "a"), endpoint("public", "b"), endpoint("internal", "b")];
        let types = ["object-store", "volume", "block-store"].map(|kind| json!({"type": kind, "endpoints": all}));
        let document = json!({"token": {"methods": ["password"], "expires_at": "2096-01-01T00:00:00Z", "user": {"id": "u"},
            "project": {"id": "p"}, "catalog": types}});
        answer("201 Created", "X-Subject-Token: t\r\n", &document)
    })
    .await;
    let identity = format!("{}/identity", elsewhere.url());
    let variables = with(&[
        ("OS_REGION_NAME", "a"),
        ("OS_OBJECT_STORE_INTERFACE", "internal"),
        ("OS_OBJECT_STORE_REGION_NAME", "b"),
        ("OS_IDENTITY_ENDPOINT_OVERRIDE", &identity),
    ]);
    let cloud = cloud(&server, &variables);
    assert_eq!(cloud.endpoint(&SWIFT).await.expect("found"), "http://internal.b/v1/AUTH_p");
    let volumes = cloud.endpoint(&k5::block_storage::meta::SERVICE).await.expect("found");
    assert_eq!(volumes, "http://public.a/v1/AUTH_p", "by an older type");
    cloud.identity().list_auth_projects().send().await.expect("listed");
    assert_eq!(elsewhere.requests()[0].line(), "GET /identity/v3/auth/projects");
    assert_eq!(cloud.endpoint(&k5::identity::meta::SERVICE).await.expect("set"), format!("{identity}/v3"));
}

#[tokio::test]
async fn what_a_refused_login_was() {
    let refusal = |status: &'static str, message: &'static str| {
        server(move |_| answer(status, "", &json!({"error": {"message": message, "code": 0, "title": "x"}})))
    };
    let token = [("OS_AUTH_TYPE", "token"), ("OS_TOKEN", "tok-secret"), ("OS_PROJECT_ID", "p")];
    for (status, message, variables, kind, expected) in [
        (
            "401 Unauthorized",
            "The request you have made requires authentication.",
            &token[..],
            ErrorKind::Login,
            "or its user has no role",
        ),
        ("404 Not Found", "Could not find token", &token[..], ErrorKind::Login, "token that was supplied"),
        ("404 Not Found", "Not Found", &PASSWORD[..], ErrorKind::Login, "there is no Identity v3 at http://"),
        ("405 Method Not Allowed", "no", &PASSWORD[..], ErrorKind::Status, "there is no Identity v3 at http://"),
        ("401 Unauthorized", "User u has no access to project p", &PASSWORD[..], ErrorKind::Login, "no role in this project"),
        (
            "401 Unauthorized",
            "The request you have made requires authentication.",
            &PASSWORD[..],
            ErrorKind::Login,
            "authentication.",
        ),
    ] {
        let server = refusal(status, message).await;
        let error = cloud(&server, variables).token().await.expect_err("refused");
        assert_eq!(error.kind(), kind, "{error}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected) && !text.contains("secret"), "{text}");
        assert_eq!(server.requests().len(), 1);
    }
    let empty = server(|_| {
        let document = json!({"token": {"methods": [], "expires_at": "2096-01-01T00:00:00Z", "user": {"id": "u"}, "project": {"id": "p"}, "catalog": []}});
        answer("201 Created", "X-Subject-Token: t\r\n", &document)
    })
    .await;
    let error = cloud(&empty, &PASSWORD).object_storage().show_account().send().await.expect_err("nowhere");
    assert!(error.kind() == ErrorKind::NoEndpoint && error.to_string().contains("catalogue is empty"), "{error}");
    assert_eq!(error.reason(), Some(&Reason::EmptyCatalogue));
}

#[tokio::test]
async fn overrides_hold_the_same_as_variables() {
    let server = server(receipt).await;
    let overrides =
        Overrides::default().auth_url(server.url()).username("ops").password("pw").user_domain_name("c").passcode("123456");
    assert!(!format!("{overrides:?}").contains("123456"));
    Cloud::builder().sources(Sources::empty()).overrides(overrides).build().expect("configured").token().await.expect("logged in");
}
