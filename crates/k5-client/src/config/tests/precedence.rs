use super::super::{Credentials, DomainRef, Interface, ProjectRef, Scope, UserRef, list_clouds};
use super::*;
use crate::config::{ConfigFiles, SettingValue, Settings};

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
            user: UserRef::Name { name: "file-user".into(), domain: DomainRef::Name("FILE".into()) },
            password: "pw-file".into()
        }
    );
    assert_eq!(
        from_file.scope,
        Scope::Project(ProjectRef::Name { name: "file-project".into(), domain: DomainRef::Name("FILE".into()) })
    );

    let sources =
        set(fixture.sources.clone(), &[("OS_CLOUD", "prod"), ("OS_USERNAME", "env-user"), ("OS_AUTH_URL", "https://env.example")]);
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

struct Plain {
    variable: &'static str,
    field: &'static str,
    read: fn(&CloudConfig) -> String,
    /// What the file says, and what it means.
    file: [&'static str; 2],
    /// What the variable says, and what it means.
    environment: [&'static str; 2],
}

const PLAIN: [Plain; 8] = [
    Plain {
        variable: "OS_INTERFACE",
        field: "interface",
        read: |c| c.interface.name().to_owned(),
        file: ["internal", "internal"],
        environment: ["admin", "admin"],
    },
    Plain {
        variable: "OS_CACERT",
        field: "cacert",
        read: |c| format!("{:?}", c.ca_file),
        file: ["/a", "Some(\"/a\")"],
        environment: ["/b", "Some(\"/b\")"],
    },
    Plain {
        variable: "OS_CERT",
        field: "cert",
        read: |c| format!("{:?}", c.client_certificate),
        file: ["/a", "Some(\"/a\")"],
        environment: ["/b", "Some(\"/b\")"],
    },
    Plain {
        variable: "OS_KEY",
        field: "cert: /c\n    key",
        read: |c| format!("{:?}", c.client_key),
        file: ["/a", "Some(\"/a\")"],
        environment: ["/b", "Some(\"/b\")"],
    },
    Plain {
        variable: "OS_INSECURE",
        field: "insecure",
        read: |c| c.verify.to_string(),
        file: ["true", "false"],
        environment: ["false", "true"],
    },
    Plain {
        variable: "OS_API_TIMEOUT",
        field: "api_timeout",
        read: |c| format!("{:?}", c.api_timeout),
        file: ["7", "Some(7s)"],
        environment: ["9.5", "Some(9.5s)"],
    },
    Plain {
        variable: "OS_STORAGE_URL",
        field: "storage_url",
        read: |c| format!("{:?}", c.endpoint_overrides),
        file: ["https://a.example/v1/A", "{\"object-store\": \"https://a.example/v1/A\"}"],
        environment: ["https://b.example/v1/B/", "{\"object-store\": \"https://b.example/v1/B\"}"],
    },
    Plain {
        variable: "OS_BLOCK_STORAGE_ENDPOINT_OVERRIDE",
        field: "block_storage_endpoint_override",
        read: |c| format!("{:?}", c.endpoint_overrides),
        file: ["https://a.example", "{\"block-storage\": \"https://a.example\"}"],
        environment: ["https://b.example", "{\"block-storage\": \"https://b.example\"}"],
    },
];

#[test]
fn every_plain_setting_from_every_source() {
    for plain in &PLAIN {
        let field = plain.field;
        let fixture = clouds(&format!("{PROD}    {field}: {}\n", plain.file[0]));
        let read = plain.read;
        assert_eq!(read(&fixture.cloud("prod").unwrap()), plain.file[1], "{field} in the file");
        let over = |value| set(fixture.sources.clone(), &[("OS_CLOUD", "prod"), (plain.variable, value)]);
        let config = resolve(&over(plain.environment[0])).unwrap();
        assert_eq!(read(&config), plain.environment[1], "{} over {field}", plain.variable);
        let config = resolve(&over("")).unwrap();
        assert_eq!(read(&config), plain.file[1], "an empty {} counts as unset", plain.variable);
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
    assert_eq!(config.scope, Scope::Project(ProjectRef::Name { name: "other".into(), domain: DomainRef::Name("FILE".into()) }));
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
        "DIR/clouds.yaml defines several clouds (prod, test); choose one with OS_CLOUD, or set OS_AUTH_URL"
    );
    assert_eq!(list_clouds(&fixture.sources).unwrap(), ["prod", "test"]);
}

#[test]
fn the_option_names_the_cloud_over_the_variable() {
    let fixture = clouds(&format!("{PROD}  test: {{auth: {{auth_url: https://t.example, user_id: u, password: p}}}}\n"));
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
    let Credentials::Password { user: UserRef::Name { name, .. }, .. } = config.credentials else {
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

/// Every setting says what set it and what it hides, and a secret doesn't show.
#[test]
fn settings_say_where_they_come_from() {
    let fixture = files(&[
        ("clouds.yaml", "clouds: {prod: {auth: {auth_url: 'https://file.example/v3', username: u}, compute_interface: internal}}"),
        ("secure.yaml", "clouds: {prod: {auth: {password: canary-pw}}}"),
    ]);
    let sources = set(fixture.sources.clone(), &[("OS_USERNAME", "other"), ("OS_CLOUD", "prod")]);
    let found = Settings::gather(&sources, &Overrides::default().region_name("uk-1")).unwrap();
    assert_eq!(found.cloud.as_deref(), Some("prod"));
    let of = |name: &str| found.settings.iter().find(|setting| setting.name == name).unwrap();
    let origin = |name: &str| of(name).origin.to_string();
    assert_eq!(origin("region_name"), "Overrides::region_name");
    assert_eq!(origin("username"), "OS_USERNAME");
    let [hidden] = of("username").overridden.as_slice() else { panic!() };
    assert!(hidden.to_string().contains("clouds.yaml") && hidden.to_string().contains("clouds.prod.auth.username"), "{hidden}");
    assert!(origin("password").contains("secure.yaml") && of("password").in_auth);
    assert!(matches!(&of("compute_interface").value, SettingValue::Text(text) if text == "internal"));
    assert!(matches!(&of("password").value, SettingValue::Secret(secret) if secret.expose() == "canary-pw"));
    assert!(!format!("{found:?}").contains("canary-pw"));

    let files = ConfigFiles::find(&sources).unwrap();
    assert_eq!(files.clouds, Some(fixture.dir.path().join("clouds.yaml")));
    assert_eq!(files.secure, Some(fixture.dir.path().join("secure.yaml")));
    // What is not enough to log in is shown all the same.
    let alone = Settings::gather(&variables(&[("OS_USERNAME", "u")]), &Overrides::default()).unwrap();
    assert_eq!(alone.settings.len(), 1);
}
