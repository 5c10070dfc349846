use super::super::{AppCredentialRef, Credentials, DomainRef, ProjectRef, Scope, UserRef};
use super::*;

fn id(text: &str) -> DomainRef {
    DomainRef::Id(text.into())
}

fn name(text: &str) -> DomainRef {
    DomainRef::Name(text.into())
}

fn base(list: &[(&str, &str)]) -> Sources {
    set(variables(&[("OS_AUTH_URL", "https://id.example")]), list)
}

fn user_domain(config: &CloudConfig) -> DomainRef {
    match &config.credentials {
        Credentials::Password { user: UserRef::Name { domain, .. }, .. } => domain.clone(),
        other => panic!("{other:?}"),
    }
}

fn project_domain(config: &CloudConfig) -> DomainRef {
    match &config.scope {
        Scope::Project(ProjectRef::Name { domain, .. }) => domain.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn domains_of_user_and_project() {
    let table: [(Variables<'_>, DomainRef, DomainRef); 11] = [
        (&[("OS_USER_DOMAIN_NAME", "U"), ("OS_PROJECT_DOMAIN_ID", "p")], name("U"), id("p")),
        (&[("OS_USER_DOMAIN_ID", "u"), ("OS_USER_DOMAIN_NAME", "U")], id("u"), id("u")),
        (&[("OS_USER_DOMAIN_NAME", "U")], name("U"), name("U")),
        (&[("OS_DOMAIN_NAME", "C")], name("C"), name("C")),
        (&[("OS_DOMAIN_ID", "c"), ("OS_USER_DOMAIN_NAME", "U")], name("U"), id("c")),
        (&[("OS_DEFAULT_DOMAIN", "d")], id("d"), id("d")),
        (&[("OS_DEFAULT_DOMAIN_NAME", "D")], name("D"), name("D")),
        (&[("OS_DEFAULT_DOMAIN", "d"), ("OS_PROJECT_DOMAIN_NAME", "P")], id("d"), name("P")),
        (&[("OS_IDENTITY_API_VERSION", "3")], id("default"), id("default")),
        (&[("OS_IDENTITY_API_VERSION", "3"), ("OS_PROJECT_DOMAIN_NAME", "P")], id("default"), name("P")),
        (&[("OS_IDENTITY_API_VERSION", "3"), ("OS_USER_DOMAIN_NAME", "U")], name("U"), id("default")),
    ];
    for (list, of_user, of_project) in table {
        let sources = set(base(&[("OS_USERNAME", "u"), ("OS_PASSWORD", "p"), ("OS_PROJECT_NAME", "pr")]), list);
        let config = resolve(&sources).unwrap_or_else(|error| panic!("{list:?}: {error}"));
        assert_eq!(user_domain(&config), of_user, "{list:?}");
        assert_eq!(project_domain(&config), of_project, "{list:?}");
    }
}

#[test]
fn scopes() {
    let table: [(Variables<'_>, Scope); 7] = [
        (&[], Scope::Unscoped),
        (&[("OS_PROJECT_ID", "p")], Scope::Project(ProjectRef::Id("p".into()))),
        (&[("OS_TENANT_ID", "t")], Scope::Project(ProjectRef::Id("t".into()))),
        (&[("OS_TENANT_ID", "t"), ("OS_PROJECT_ID", "p")], Scope::Project(ProjectRef::Id("p".into()))),
        (
            &[("OS_TENANT_NAME", "t"), ("OS_PROJECT_DOMAIN_NAME", "C")],
            Scope::Project(ProjectRef::Name { name: "t".into(), domain: name("C") }),
        ),
        (&[("OS_DOMAIN_NAME", "C")], Scope::Domain(name("C"))),
        (&[("OS_DOMAIN_ID", "c")], Scope::Domain(id("c"))),
    ];
    for (list, want) in table {
        let sources = set(base(&[("OS_USER_ID", "u"), ("OS_PASSWORD", "p")]), list);
        let config = resolve(&sources).unwrap_or_else(|error| panic!("{list:?}: {error}"));
        assert_eq!(config.scope, want, "{list:?}");
        assert!(matches!(config.credentials, Credentials::Password { user: UserRef::Id(_), .. }));
    }
}

#[test]
fn domain_scope_finds_the_user_too() {
    let sources = base(&[("OS_USERNAME", "u"), ("OS_PASSWORD", "p"), ("OS_DOMAIN_NAME", "C")]);
    let config = resolve(&sources).unwrap();
    assert_eq!(user_domain(&config), name("C"));
    assert_eq!(config.scope, Scope::Domain(name("C")));
}

#[test]
fn methods_that_are_inferred() {
    let password: &[(&str, &str)] = &[("OS_USER_ID", "u"), ("OS_PASSWORD", "p")];
    let table: [(Variables<'_>, &str); 9] = [
        (&[("OS_USER_ID", "u"), ("OS_PASSCODE", "123456")], "passcode"),
        (&[("OS_USER_ID", "u"), ("OS_PASSCODE", "123456"), ("OS_PASSWORD", "p")], "password"),
        (password, "password"),
        (&[("OS_TOKEN", "t")], "token"),
        (&[("OS_AUTH_TOKEN", "t")], "token"),
        (&[("OS_TOKEN", "t"), ("OS_USER_ID", "u"), ("OS_PASSWORD", "p")], "password"),
        (&[("OS_APPLICATION_CREDENTIAL_ID", "i"), ("OS_APPLICATION_CREDENTIAL_SECRET", "s")], "application credential"),
        (&[("OS_TOKEN", "t"), ("OS_STORAGE_URL", "https://s.example/v1/A")], "preauthenticated"),
        (&[("OS_TOKEN", "t"), ("OS_STORAGE_URL", "https://s.example/v1/A"), ("OS_AUTH_TYPE", "token")], "token"),
    ];
    for (list, want) in table {
        let config = resolve(&base(list)).unwrap_or_else(|error| panic!("{list:?}: {error}"));
        assert_eq!(method(&config), want, "{list:?}");
    }
}

fn method(config: &CloudConfig) -> &'static str {
    match config.credentials {
        Credentials::Password { .. } => "password",
        Credentials::Token { .. } => "token",
        Credentials::ApplicationCredential { .. } => "application credential",
        Credentials::Preauthenticated { .. } => "preauthenticated",
        Credentials::Totp { .. } => "passcode",
        Credentials::MultiFactor { .. } => "several",
        Credentials::Oidc(_) => "OpenID Connect",
        Credentials::OAuth2 { .. } => "OAuth 2.0",
        Credentials::Nobody => "nobody",
    }
}

#[test]
fn methods_that_are_named() {
    let everything = [
        ("OS_USER_ID", "u"),
        ("OS_PASSWORD", "p"),
        ("OS_TOKEN", "t"),
        ("OS_APPLICATION_CREDENTIAL_ID", "i"),
        ("OS_APPLICATION_CREDENTIAL_SECRET", "s"),
        ("OS_USERNAME", "name"),
        ("OS_PASSCODE", "123456"),
        ("OS_AUTH_METHODS", "v3password,v3totp"),
        ("OS_IDENTITY_PROVIDER", "idp"),
        ("OS_PROTOCOL", "openid"),
        ("OS_CLIENT_ID", "c"),
        ("OS_ACCESS_TOKEN_ENDPOINT", "https://idp.example/token"),
        ("OS_ACCESS_TOKEN", "at"),
        ("OS_OAUTH2_ENDPOINT", "https://id.example/v3/OS-OAUTH2/token"),
        ("OS_OAUTH2_CLIENT_ID", "c"),
        ("OS_OAUTH2_CLIENT_SECRET", "s"),
        ("OS_ENDPOINT", "https://service.example"),
    ];
    for (named, want) in [
        ("v3totp", "passcode"),
        ("v3multifactor", "several"),
        ("v3oidcclientcredentials", "OpenID Connect"),
        ("v3oidcpassword", "OpenID Connect"),
        ("v3oidcaccesstoken", "OpenID Connect"),
        ("v3oauth2clientcredential", "OAuth 2.0"),
        ("admin_token", "preauthenticated"),
        ("none", "nobody"),
        ("password", "password"),
        ("v3password", "password"),
        ("token", "token"),
        ("v3token", "token"),
        ("v3applicationcredential", "application credential"),
    ] {
        let sources = set(base(&everything), &[("OS_AUTH_TYPE", named)]);
        assert_eq!(method(&resolve(&sources).unwrap()), want, "{named}");
    }
}

#[test]
fn a_passcode_beside_a_password_is_the_second_factor() {
    let config = resolve(&set(login(), &[("OS_PASSCODE", "123456")])).unwrap();
    assert_eq!(method(&config), "password");
    let user = UserRef::Name { name: "ops".into(), domain: name("CONTRACT") };
    assert_eq!(config.second_factor, Some(Credentials::Totp { user, passcode: "123456".into() }));
    assert!(!format!("{config:?}").contains("123456"));
    assert_eq!(resolve(&login()).unwrap().second_factor, None);
}

#[test]
fn several_methods_may_be_a_list() {
    let mut yaml = PROD.replace("    auth:", "    auth_type: v3multifactor\n    auth_methods: [v3password, v3totp]\n    auth:");
    yaml = yaml.replace("password: pw-file", "password: pw-file\n      passcode: 012345");
    let config = clouds(&yaml).cloud("prod").unwrap();
    let Credentials::MultiFactor { methods } = &config.credentials else { panic!("{config:?}") };
    assert!(
        matches!(&methods[..], [Credentials::Password { .. }, Credentials::Totp { passcode, .. }] if passcode.expose() == "012345")
    );
}

#[test]
fn no_keystone_where_none_is_wanted() {
    let nobody = [("OS_AUTH_TYPE", "none"), ("OS_ENDPOINT", "http://ironic:6385/"), ("OS_PROJECT_ID", "p")];
    let config = resolve(&variables(&nobody)).unwrap();
    assert_eq!((config.auth_url, config.endpoint.as_deref()), (None, Some("http://ironic:6385")));
    assert_eq!((config.credentials, config.scope), (Credentials::Nobody, Scope::Project(ProjectRef::Id("p".into()))));
    let token = [("OS_AUTH_TYPE", "admin_token"), ("OS_TOKEN", "t"), ("OS_URL", "http://keystone/v3")];
    let config = resolve(&variables(&token)).unwrap();
    assert_eq!(config.endpoint.as_deref(), Some("http://keystone/v3"));
    assert_eq!(config.credentials, Credentials::Preauthenticated { token: "t".into() });
    let one = [("OS_AUTH_TYPE", "none"), ("OS_IMAGE_ENDPOINT_OVERRIDE", "http://glance")];
    assert_eq!(resolve(&variables(&one)).unwrap().endpoint, None);
    assert_eq!(resolve(&set(login(), &[("OS_ENDPOINT", "http://left.over")])).unwrap().endpoint, None);
}

#[test]
fn a_credential_option_decides_over_the_file() {
    let fixture = clouds(&format!("{PROD}    auth_type: v3password\n"));
    let config = with(&fixture.sources, |o| {
        o.cloud = text("prod");
        o.token = Some("tok".into());
    })
    .unwrap();
    assert_eq!(config.credentials, Credentials::Token { token: "tok".into() });
    assert!(matches!(config.scope, Scope::Project(_)));
    // A token that a shell still exports does not.
    let sources = set(fixture.sources.clone(), &[("OS_CLOUD", "prod"), ("OS_TOKEN", "stale")]);
    assert_eq!(method(&resolve(&sources).unwrap()), "password");
    let config = with(&fixture.sources, |o| {
        o.cloud = text("prod");
        o.token = Some("tok\n".into());
        o.storage_url = text("https://s.example/v1/A");
    })
    .unwrap();
    assert_eq!(config.credentials, Credentials::Preauthenticated { token: "tok".into() });
    assert_eq!(config.auth_url, None);
}

#[test]
fn swiftclient_style_needs_no_keystone() {
    let sources = variables(&[("OS_AUTH_TOKEN", "t"), ("OS_STORAGE_URL", "https://s.example/v1/AUTH_x/")]);
    let config = resolve(&sources).unwrap();
    assert_eq!(config.auth_url, None);
    assert_eq!(config.scope, Scope::Unscoped);
    assert_eq!(config.credentials, Credentials::Preauthenticated { token: "t".into() });
    assert_eq!(config.endpoint_overrides["object-store"], "https://s.example/v1/AUTH_x");
}

#[test]
fn application_credentials() {
    let secret = ("OS_APPLICATION_CREDENTIAL_SECRET", "s");
    let table: [(Variables<'_>, AppCredentialRef); 4] = [
        (&[secret, ("OS_APPLICATION_CREDENTIAL_ID", "i")], AppCredentialRef::Id("i".into())),
        (&[secret, ("OS_APPLICATION_CREDENTIAL_ID", "i"), ("OS_USERNAME", "left over")], AppCredentialRef::Id("i".into())),
        (
            &[secret, ("OS_APPLICATION_CREDENTIAL_NAME", "n"), ("OS_USER_ID", "u")],
            AppCredentialRef::Name { name: "n".into(), user: UserRef::Id("u".into()) },
        ),
        (
            &[secret, ("OS_APPLICATION_CREDENTIAL_NAME", "n"), ("OS_USERNAME", "u"), ("OS_DOMAIN_NAME", "C")],
            AppCredentialRef::Name { name: "n".into(), user: UserRef::Name { name: "u".into(), domain: name("C") } },
        ),
    ];
    for (list, want) in table {
        let config = resolve(&base(list)).unwrap_or_else(|error| panic!("{list:?}: {error}"));
        assert_eq!(config.credentials, Credentials::ApplicationCredential { credential: want, secret: "s".into() });
        assert_eq!(config.scope, Scope::Unscoped);
    }
}

#[test]
fn a_domain_beside_a_project_is_only_refused_where_it_cannot_be_meant() {
    let with_domain = |list: &[(&str, &str)]| {
        let sources = base(&[("OS_USERNAME", "u"), ("OS_PASSWORD", "p"), ("OS_PROJECT_NAME", "pr")]);
        resolve(&set(sources, list))
    };
    let own = [("OS_USER_DOMAIN_NAME", "U"), ("OS_PROJECT_DOMAIN_NAME", "P")];
    for same in ["U", "P"] {
        with_domain(&[own[0], own[1], ("OS_DOMAIN_NAME", same)]).unwrap();
    }
    let error = with_domain(&[own[0], own[1], ("OS_DOMAIN_NAME", "other")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "both a domain and a project are set as the scope: OS_DOMAIN_NAME and OS_PROJECT_NAME; \
         a token can have only one scope: remove one of the two"
    );
}

#[test]
fn a_shorthand_in_the_file_gives_way_to_domains_from_the_environment() {
    let fixture = clouds(
        "clouds: {short: {auth: {auth_url: 'https://s.example', username: u, password: p, project_name: pr, \
         domain_name: SHORT}}}",
    );
    let domains = [("OS_USER_DOMAIN_NAME", "U"), ("OS_PROJECT_DOMAIN_NAME", "P")];
    let config = resolve(&set(fixture.sources.clone(), &domains)).unwrap();
    assert_eq!((user_domain(&config), project_domain(&config)), (name("U"), name("P")));
    // An option is stronger than both and would be dropped without a word.
    let refused = with(&set(fixture.sources.clone(), &domains), |o| o.domain_name = text("X"));
    assert!(refused.unwrap_err().to_string().contains("as the scope: Overrides::domain_name and "));
}

#[test]
fn the_users_domain_serves_a_project_even_when_the_user_has_an_id_or_a_token() {
    for list in [[("OS_USER_ID", "u"), ("OS_PASSWORD", "p")], [("OS_AUTH_TYPE", "token"), ("OS_TOKEN", "t")]] {
        let sources = set(base(&list), &[("OS_USER_DOMAIN_NAME", "C"), ("OS_PROJECT_NAME", "pr")]);
        assert_eq!(project_domain(&resolve(&sources).unwrap()), name("C"));
    }
}
