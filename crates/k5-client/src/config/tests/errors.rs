use super::*;

fn without(name: &str) -> Sources {
    let mut sources = login();
    sources.environment.remove(name);
    sources
}

#[test]
fn nothing_configured_names_the_three_ways() {
    let fixture = files(&[]);
    assert_eq!(
        fixture.plain(resolve(&fixture.sources).unwrap_err()),
        "no cloud is configured: select a cloud of clouds.yaml with OS_CLOUD, or set OS_AUTH_URL, \
         OS_USERNAME, OS_PASSWORD, OS_USER_DOMAIN_NAME and OS_PROJECT_ID\n\
         clouds.yaml was looked for in: DIR/clouds.yaml, DIR/clouds.yml, DIR/clouds.json"
    );
}

#[test]
fn what_is_missing_from_the_environment() {
    for (name, want) in [
        ("OS_AUTH_URL", "the identity URL (Keystone) is missing: set OS_AUTH_URL or auth.auth_url in clouds.yaml"),
        (
            "OS_USERNAME",
            "the user is missing: set OS_USERNAME or auth.username in clouds.yaml; \
             or OS_USER_ID or auth.user_id in clouds.yaml",
        ),
        ("OS_PASSWORD", "the password is missing: set OS_PASSWORD or auth.password in clouds.yaml"),
        (
            "OS_USER_DOMAIN_NAME",
            "the user's domain (on K5: the contract) is missing: set OS_USER_DOMAIN_NAME \
             or auth.user_domain_name in clouds.yaml",
        ),
    ] {
        assert_eq!(resolve(&without(name)).unwrap_err().to_string(), want);
    }
    let by_id = set(
        variables(&[("OS_AUTH_URL", "https://a.example"), ("OS_USER_ID", "u"), ("OS_PASSWORD", "p")]),
        &[("OS_PROJECT_NAME", "name")],
    );
    assert_eq!(
        resolve(&by_id).unwrap_err().to_string(),
        "the project's domain (on K5: the contract) is missing: set OS_PROJECT_DOMAIN_NAME \
         or auth.project_domain_name in clouds.yaml"
    );
}

#[test]
fn what_is_missing_from_a_named_cloud() {
    for (line, want) in [
        ("      auth_url: https://id.file.example:5000\n", "the identity URL (Keystone) is missing: "),
        ("      password: pw-file\n", "the password is missing: "),
        ("      username: file-user\n", "the user is missing: "),
    ] {
        let error = clouds(&PROD.replace(line, "")).error("prod");
        assert!(error.starts_with(want), "{error}");
        assert!(error.ends_with("(cloud \"prod\" in DIR/clouds.yaml does not set it)"), "{error}");
    }
}

#[test]
fn what_is_missing_for_a_method() {
    let oidc = [
        ("OS_AUTH_TYPE", "v3oidcclientcredentials"),
        ("OS_DISCOVERY_ENDPOINT", "https://idp"),
        ("OS_CLIENT_ID", "c"),
        ("OS_IDENTITY_PROVIDER", "idp"),
    ];
    let table: [(Variables<'_>, &str); 13] = [
        (&[("OS_AUTH_TYPE", "v3totp"), ("OS_USER_ID", "u")], "the passcode is missing: set OS_PASSCODE or auth.passcode"),
        (&[("OS_AUTH_TYPE", "v3multifactor")], "the list of methods is missing: set OS_AUTH_METHODS or "),
        (
            &[("OS_AUTH_TYPE", "v3multifactor"), ("OS_AUTH_METHODS", "v3token,v3oidcpassword"), ("OS_TOKEN", "t")],
            "OS_AUTH_METHODS: \"v3oidcpassword\" as one of several methods is not supported; ",
        ),
        (&oidc[..1], "the identity provider's endpoint is missing: set OS_DISCOVERY_ENDPOINT or "),
        (&oidc[..2], "the client's id is missing: set OS_CLIENT_ID or "),
        (&oidc[..3], "the identity provider, as Keystone names it is missing: "),
        (&oidc[..4], "the protocol, as Keystone names it is missing: "),
        (&[("OS_AUTH_TYPE", "none")], "the endpoint of the services is missing: set OS_ENDPOINT or auth.endpoint in "),
        (&[("OS_AUTH_TYPE", "v3oauth2clientcredential")], "the endpoint for OAuth 2.0 is missing: "),
        (&[("OS_AUTH_TYPE", "token")], "the token is missing: set OS_TOKEN or "),
        (
            &[("OS_AUTH_TYPE", "v3applicationcredential")],
            "the application credential is missing: set OS_APPLICATION_CREDENTIAL_ID or ",
        ),
        (
            &[("OS_APPLICATION_CREDENTIAL_ID", "i")],
            "the secret of the application credential is missing: set OS_APPLICATION_CREDENTIAL_SECRET or ",
        ),
        (&[("OS_APPLICATION_CREDENTIAL_SECRET", "s"), ("OS_APPLICATION_CREDENTIAL_NAME", "n")], "the user is missing: "),
    ];
    for (list, want) in table {
        let sources = set(variables(&[("OS_AUTH_URL", "https://a.example")]), list);
        let error = resolve(&sources).unwrap_err().to_string();
        assert!(error.starts_with(want), "{error}");
    }
}

#[test]
fn an_unknown_cloud_lists_what_there_is() {
    let fixture = clouds(&format!("{PROD}  test: {{}}\n"));
    assert_eq!(
        fixture.error("prdo"),
        "cloud \"prdo\" (from Overrides::cloud) was not found; there are: prod, test\n\
         files tried: DIR/clouds.yaml, DIR/clouds.yml, DIR/clouds.json"
    );
    let sources = variables(&[("OS_CLOUD", "prod")]);
    assert_eq!(
        resolve(&sources).unwrap_err().to_string(),
        "cloud \"prod\" (from OS_CLOUD) was not found; no file defines a cloud\nfiles tried: (nowhere to look)"
    );
}

#[test]
fn contradictions() {
    let sources = set(login(), &[("OS_APPLICATION_CREDENTIAL_SECRET", "s"), ("OS_APPLICATION_CREDENTIAL_ID", "i")]);
    assert_eq!(
        resolve(&sources).unwrap_err().to_string(),
        "both a password and an application credential are set: OS_PASSWORD and OS_APPLICATION_CREDENTIAL_SECRET; \
         remove one, or select one with OS_AUTH_TYPE or auth_type"
    );
    let both = with(&login(), |o| {
        o.password = Some("p".into());
        o.token = Some("t".into());
    });
    assert!(
        both.unwrap_err()
            .to_string()
            .starts_with("both a password and a token are set: Overrides::password and Overrides::token; ")
    );
    let both = with(&login(), |o| {
        o.application_credential_id = text("i");
        o.token = Some("t".into());
    });
    assert!(both.unwrap_err().to_string().starts_with("both a token and an application credential are set: "));
    let both = with(&login(), |o| {
        o.application_credential_secret = Some("s".into());
        o.password = Some("p".into());
    });
    assert!(both.unwrap_err().to_string().starts_with("both a password and an application credential are set: "));
}

#[test]
fn what_is_not_supported() {
    for (variable, value, want) in [
        (
            "OS_AUTH_TYPE",
            "v3oidcauthcode",
            "OS_AUTH_TYPE: auth type \"v3oidcauthcode\" is not supported; supported: password (v3password), \
             token (v3token), v3applicationcredential, v3totp, ",
        ),
        ("OS_AUTH_TYPE", "v2password", "OS_AUTH_TYPE: auth type \"v2password\" is not supported; "),
        ("OS_IDENTITY_API_VERSION", "2.0", "OS_IDENTITY_API_VERSION: Identity v2 is not supported; "),
        ("OS_TRUST_ID", "t", "OS_TRUST_ID: a trust as the scope is not supported; "),
        ("OS_SYSTEM_SCOPE", "all", "OS_SYSTEM_SCOPE: the system as the scope is not supported; "),
    ] {
        let error = resolve(&set(login(), &[(variable, value)])).unwrap_err().to_string();
        assert!(error.starts_with(want), "{error}");
    }
    let sources = variables(&[
        ("OS_AUTH_URL", "https://a.example"),
        ("OS_APPLICATION_CREDENTIAL_ID", "i"),
        ("OS_APPLICATION_CREDENTIAL_SECRET", "s"),
        ("OS_PROJECT_NAME", "left-over"),
    ]);
    assert_eq!(
        resolve(&sources).unwrap_err().to_string(),
        "OS_PROJECT_NAME: a project or domain in addition to an application credential is not supported; \
         the credential carries its own project; remove it"
    );
}

#[test]
fn fields_of_the_wrong_kind() {
    for (yaml, want) in [
        ("clouds: [a]", "DIR/clouds.yaml:1:9 (clouds): expected a mapping, found a list"),
        ("- clouds", "DIR/clouds.yaml:1:1 (the file): expected a mapping, found a list"),
        ("just text", "DIR/clouds.yaml:1:1 (the file): expected a mapping, found a text"),
        ("clouds:\n  prod: 7", "DIR/clouds.yaml:2:9 (clouds.prod): expected a mapping, found a text"),
        ("clouds:\n  prod:\n    auth: hunter2", "DIR/clouds.yaml:3:11 (clouds.prod.auth): expected a mapping, found a text"),
        (
            "clouds:\n  prod:\n    auth:\n      password: [hunter2]",
            "DIR/clouds.yaml:4:17 (clouds.prod.auth.password): expected a text, found a list",
        ),
        (
            "clouds:\n  prod:\n    auth:\n      username: {a: b}",
            "DIR/clouds.yaml:4:17 (clouds.prod.auth.username): expected a text, found a mapping",
        ),
        ("clouds:\n  prod:\n    regions: {a: b}", "DIR/clouds.yaml:3:14 (clouds.prod.regions): expected a list, found a mapping"),
        (
            "clouds:\n  prod:\n    regions:\n      - values: {}",
            "DIR/clouds.yaml:4:9 (clouds.prod.regions): an entry must be a region's name, \
             or a mapping with `name` and `values` alone",
        ),
        (
            "clouds:\n  prod:\n    interface: [public]",
            "DIR/clouds.yaml:3:16 (clouds.prod.interface): expected a text, found a list",
        ),
    ] {
        assert_eq!(clouds(yaml).error("prod"), want);
    }
}

#[test]
fn syntax_errors_have_a_place_and_show_nothing_of_the_file() {
    for (yaml, place) in [
        ("clouds:\n  prod:\n   auth:\n  password: hunter2\n bad", ":5:"),
        ("clouds:\n  prod:\n    auth:\n      password: \"hunter2\n", ":"),
        ("clouds:\n  prod:\n    auth:\n      password: %hunter2\n", ":4:17"),
        ("clouds:\n  prod:\n    auth:\n      password: @hunter2\n", ":4:17"),
        ("clouds:\n  prod:\n    auth:\n      password: *hunter2\n", ":4:17"),
        ("clouds:\n  prod:\n    auth:\n      password: hunter2: x\n", ":4:"),
        ("clouds:\n  prod:\n    auth: {password: hunter2\n", ":"),
        ("clouds:\n  prod:\n    auth:\n      password: a\n      password: hunter2\n", ":5:7"),
        ("clouds: {}\n---\nclouds: {hunter2: {}}\n", ":"),
        ("clouds:\n\tprod: hunter2\n", ":2:"),
        ("clouds: !!binary hunter2!\n", ":1:"),
        ("clouds: !!int hunter2\n", ":1:"),
        ("? [hunter2]\n: x\n", ":1:"),
    ] {
        let error = clouds(yaml).error("prod");
        assert!(error.starts_with(&format!("DIR/clouds.yaml{place}")), "{yaml:?}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
        assert!(error.lines().count() <= 2, "{error}");
    }
    let fixture = files(&[("clouds.json", "{\"clouds\": {\"prod\": hunter2}}")]);
    assert_eq!(fixture.error("prod"), "DIR/clouds.json:1:21: this is not JSON");
    let fixture = files(&[("clouds.json", "{\"clouds\": ")]);
    assert_eq!(fixture.error("prod"), "DIR/clouds.json:1:11: the JSON ends too early");
    let fixture = files(&[]);
    std::fs::write(fixture.dir.path().join("clouds.yaml"), b"clouds: \xff").unwrap();
    assert_eq!(fixture.error("prod"), "DIR/clouds.yaml: the file is not UTF-8");
}

/// Also on a thread with half the usual stack: a level of YAML takes a lot of it.
#[test]
fn files_that_are_nested_too_deep() {
    let nested = |depth: usize| format!("clouds: {{}}\nother: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    let mapped = |depth: usize| (0..depth).map(|level| format!("{}a:\n", " ".repeat(level))).collect::<String>();
    let looked = move |text: &str| clouds(text).error("prod");
    let checked = move || {
        for text in [nested(14), mapped(15)] {
            assert!(!looked(&text).contains("too deep"), "{}", looked(&text));
        }
        for text in [nested(16), nested(60), nested(250), mapped(17), mapped(60), mapped(300)] {
            assert!(looked(&text).ends_with("too deep or too large for a configuration file"), "{}", looked(&text));
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(checked).unwrap().join().unwrap();
}

#[test]
fn a_broken_file_does_not_disturb_a_complete_environment() {
    let fixture = clouds("clouds: [");
    resolve(&set(fixture.sources.clone(), &LOGIN)).unwrap();
    assert!(resolve(&fixture.sources).is_err());
}

#[test]
fn a_bad_value_in_a_file_names_the_place() {
    let fixture = clouds(&PROD.replace("https://id.file.example:5000", "https://id.file.example/v2.0"));
    assert_eq!(
        fixture.error("prod"),
        "DIR/clouds.yaml:5:17 (clouds.prod.auth.auth_url): the identity URL ends in /v2.0, but only Identity v3 is \
         supported; end it in /v3 (or leave the version out)"
    );
}

#[test]
fn no_check_of_certificates_is_said_aloud() {
    let config = resolve(&set(login(), &[("OS_CACERT", "/ca"), ("OS_INSECURE", "true")])).unwrap();
    assert_eq!(config.warnings, ["OS_CACERT is set, but server certificates are not checked at all (insecure)"]);
}
