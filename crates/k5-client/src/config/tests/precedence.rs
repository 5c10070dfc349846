use super::super::{Credentials, DomainRef, Interface, ProjectRef, Scope, UserRef, list_clouds};
use super::*;

#[test]
fn option_over_variable_over_file() {
    let fixture = clouds(PROD);
    let from_file = fixture.cloud("prod").unwrap();
    assert_eq!(from_file.auth_url.as_deref(), Some("https://id.file.example:5000/v3"));
    assert_eq!(from_file.name.as_deref(), Some("prod"));
    assert_eq!(from_file.region.as_deref(), Some("uk-1"));
    assert_eq!(
        from_file.credentials,
        Credentials::Password {
            user: UserRef::Name {
                name: "file-user".into(),
                domain: DomainRef::Name("FILE".into())
            },
            password: "pw-file".into()
        }
    );
    assert_eq!(
        from_file.scope,
        Scope::Project(ProjectRef::Name {
            name: "file-project".into(),
            domain: DomainRef::Name("FILE".into())
        })
    );

    let sources = set(
        fixture.sources.clone(),
        &[("OS_CLOUD", "prod"), ("OS_USERNAME", "env-user"), ("OS_AUTH_URL", "https://env.example")],
    );
    let from_environment = resolve(&sources).unwrap();
    assert_eq!(from_environment.name.as_deref(), Some("prod"));
    assert_eq!(from_environment.auth_url.as_deref(), Some("https://env.example/v3"));
    let Credentials::Password { user, password } = &from_environment.credentials else {
        panic!("{from_environment:?}");
    };
    assert!(matches!(user, UserRef::Name { name, .. } if name == "env-user"));
    assert_eq!(password.expose(), "pw-file", "what the environment leaves out comes from the file");

    let from_options = with(&sources, |o| {
        o.auth_url = text("https://option.example/");
        o.password = Some("pw-option".into());
    })
    .unwrap();
    assert_eq!(from_options.auth_url.as_deref(), Some("https://option.example/v3"));
    let Credentials::Password { password, .. } = &from_options.credentials else {
        panic!("{from_options:?}");
    };
    assert_eq!(password.expose(), "pw-option");
}

#[test]
fn every_plain_setting_from_every_source() {
    type Read = fn(&CloudConfig) -> String;
    let table: [(&str, &str, Read); 8] = [
        ("OS_INTERFACE", "interface", |c| c.interface.as_str().to_owned()),
        ("OS_CACERT", "cacert", |c| format!("{:?}", c.ca_file)),
        ("OS_CERT", "cert", |c| format!("{:?}", c.client_certificate)),
        ("OS_KEY", "key", |c| format!("{:?}", c.client_key)),
        ("OS_INSECURE", "insecure", |c| c.verify.to_string()),
        ("OS_API_TIMEOUT", "api_timeout", |c| format!("{:?}", c.api_timeout)),
        ("OS_STORAGE_URL", "storage_url", |c| format!("{:?}", c.endpoint_overrides)),
        ("OS_COMPUTE_ENDPOINT_OVERRIDE", "compute_endpoint_override", |c| {
            format!("{:?}", c.endpoint_overrides)
        }),
    ];
    let values = [
        ("internal", "admin", "admin", "internal"),
        ("/ca", "/ca2", "Some(\"/ca\")", "Some(\"/ca2\")"),
        ("/crt", "/crt2", "Some(\"/crt\")", "Some(\"/crt2\")"),
        ("/key", "/key2", "Some(\"/key\")", "Some(\"/key2\")"),
        ("true", "false", "false", "true"),
        ("7", "9.5", "Some(7s)", "Some(9.5s)"),
        (
            "https://s.example/v1/AUTH_a",
            "https://s2.example/v1/AUTH_b/",
            "{\"object-store\": \"https://s.example/v1/AUTH_a\"}",
            "{\"object-store\": \"https://s2.example/v1/AUTH_b\"}",
        ),
        (
            "https://c.example",
            "https://c2.example",
            "{\"compute\": \"https://c.example\"}",
            "{\"compute\": \"https://c2.example\"}",
        ),
    ];
    for ((variable, field, read), (in_file, in_environment, want_file, want_environment)) in table.iter().zip(values) {
        // The interface's two columns stand the other way round, so that neither is the default.
        let (want_file, want_environment) = if *field == "interface" {
            (want_environment, want_file)
        } else {
            (want_file, want_environment)
        };
        let cert = if *field == "key" { "    cert: /crt\n" } else { "" };
        let fixture = clouds(&format!("{PROD}    {field}: {in_file}\n{cert}"));
        let config = fixture.cloud("prod").unwrap();
        assert_eq!(read(&config), want_file, "{field} in the file");
        let sources = set(fixture.sources.clone(), &[("OS_CLOUD", "prod"), (variable, in_environment)]);
        assert_eq!(read(&resolve(&sources).unwrap()), want_environment, "{variable} over {field}");
        let empty = set(fixture.sources.clone(), &[("OS_CLOUD", "prod"), (variable, "")]);
        assert_eq!(read(&resolve(&empty).unwrap()), want_file, "an empty {variable} counts as unset");
    }
}

#[test]
fn defaults() {
    let config = resolve(&login()).unwrap();
    assert_eq!(config.interface, Interface::Public);
    assert!(config.verify);
    assert_eq!(config.region, None);
    assert_eq!(config.api_timeout, None);
    assert_eq!(config.ca_file, None);
    assert_eq!(config.name, None);
    assert!(config.endpoint_overrides.is_empty());
    assert!(config.warnings.is_empty());
}

#[test]
fn a_name_from_a_stronger_source_is_not_shadowed_by_an_id_from_a_weaker_one() {
    let fixture = clouds(&PROD.replace("project_name: file-project", "project_id: p-file"));
    let config = with(&fixture.sources, |o| {
        o.cloud = text("prod");
        o.project_name = text("other");
    })
    .unwrap();
    assert_eq!(
        config.scope,
        Scope::Project(ProjectRef::Name {
            name: "other".into(),
            domain: DomainRef::Name("FILE".into())
        })
    );
    // Within one source the id wins: openrc files from the dashboard set both.
    let sources = set(login(), &[("OS_PROJECT_NAME", "name")]);
    assert_eq!(resolve(&sources).unwrap().scope, Scope::Project(ProjectRef::Id("p1".into())));
}

#[test]
fn the_only_cloud_needs_no_name_and_several_do() {
    let fixture = clouds(PROD);
    assert_eq!(resolve(&fixture.sources).unwrap().name.as_deref(), Some("prod"));
    // A complete environment does not read the file.
    let sources = set(fixture.sources.clone(), &LOGIN);
    let config = resolve(&sources).unwrap();
    assert_eq!((config.name, config.region), (None, None));

    let fixture = clouds(&format!("{PROD}  test: {{auth: {{auth_url: https://t.example}}}}\n"));
    assert_eq!(
        fixture.plain(resolve(&fixture.sources).unwrap_err()),
        "DIR/clouds.yaml defines several clouds (prod, test); choose one with --os-cloud or OS_CLOUD, or set OS_AUTH_URL"
    );
    assert_eq!(list_clouds(&fixture.sources).unwrap(), ["prod", "test"]);
}

#[test]
fn the_option_names_the_cloud_over_the_variable() {
    let fixture = clouds(&format!(
        "{PROD}  test: {{auth: {{auth_url: https://t.example, user_id: u, password: p}}}}\n"
    ));
    let sources = set(fixture.sources.clone(), &[("OS_CLOUD", "test")]);
    assert_eq!(resolve(&sources).unwrap().name.as_deref(), Some("test"));
    let config = with(&sources, |o| o.cloud = text("prod")).unwrap();
    assert_eq!(config.name.as_deref(), Some("prod"));
    let config = with(&sources, |o| o.cloud = text("")).unwrap();
    assert_eq!(config.name.as_deref(), Some("test"), "an empty option counts as not given");
}

#[test]
fn envvars_is_the_environment() {
    let fixture = clouds(PROD);
    let sources = set(fixture.sources.clone(), &LOGIN);
    for (name, extra) in [("envvars", None), ("shell", Some(("OS_CLOUD_NAME", "shell")))] {
        let sources = set(sources.clone(), extra.as_slice());
        let config = with(&sources, |o| o.cloud = text(name)).unwrap();
        assert_eq!(config.auth_url.as_deref(), Some("https://id.example/v3"), "{name}");
        assert_eq!(config.name, None);
    }
}

#[test]
fn a_program_may_shut_out_the_shell() {
    let fixture = clouds(PROD);
    let sources = set(fixture.sources.clone(), &[("OS_USERNAME", "shell"), ("PATH", "/bin")]);
    let sources = sources.without_openstack_variables();
    let config = with(&sources, |o| o.cloud = text("prod")).unwrap();
    let Credentials::Password {
        user: UserRef::Name { name, .. },
        ..
    } = config.credentials
    else {
        panic!();
    };
    assert_eq!(name, "file-user");
    assert!(sources.environment.contains_key("PATH"));
}

#[test]
fn insecure_and_verify() {
    let table = [
        ("", None, None, true),
        ("verify: false", None, None, false),
        ("verify: true", None, None, true),
        ("insecure: true", None, None, false),
        ("insecure: true\n    verify: true", None, None, false),
        ("insecure: false\n    verify: false", None, None, false),
        ("insecure: 'no'", None, None, true),
        ("verify: false", Some("false"), None, true),
        ("", Some("1"), None, false),
        ("verify: false", None, Some(false), true),
        ("", Some("yes"), Some(false), true),
        ("", None, Some(true), false),
    ];
    for (field, variable, option, want) in table {
        let fixture = clouds(&format!("{PROD}    {field}\n"));
        let sources = match variable {
            Some(value) => set(fixture.sources.clone(), &[("OS_INSECURE", value)]),
            None => fixture.sources.clone(),
        };
        let config = with(&sources, |o| {
            o.cloud = text("prod");
            o.insecure = option;
        })
        .unwrap();
        assert_eq!(config.verify, want, "{field:?} {variable:?} {option:?}");
    }
}

#[test]
fn endpoints_by_source() {
    let fixture = clouds(&format!(
        "{PROD}    object-store-endpoint-override: https://f.example/v1/AUTH_%(project_id)s\n    image_endpoint: https://i.example\n"
    ));
    let config = fixture.cloud("prod").unwrap();
    assert_eq!(config.endpoint_overrides["object-store"], "https://f.example/v1/AUTH_%(project_id)s");
    assert_eq!(config.endpoint_overrides["image"], "https://i.example");

    let sources = set(
        fixture.sources.clone(),
        &[
            ("OS_CLOUD", "prod"),
            ("OS_STORAGE_URL", "https://weak.example"),
            ("OS_OBJECT_STORE_ENDPOINT_OVERRIDE", "https://strong.example/"),
        ],
    );
    let config = resolve(&sources).unwrap();
    assert_eq!(config.endpoint_overrides["object-store"], "https://strong.example");
    let config = with(&sources, |o| o.storage_url = text("https://o.example/v1/a")).unwrap();
    assert_eq!(config.endpoint_overrides["object-store"], "https://o.example/v1/a");
    let config = with(&sources, |o| {
        o.endpoints.insert("OBJECT_STORE".into(), "https://b.example".into());
    })
    .unwrap();
    assert_eq!(config.endpoint_overrides["object-store"], "https://b.example");
}
