use std::path::Path;

use super::super::{Credentials, Origin, Scope, UserRef, list_clouds};
use super::*;

fn password(config: &CloudConfig) -> &str {
    match &config.credentials {
        Credentials::Password { password, .. } => password.expose(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn secure_yaml_completes_and_wins() {
    let fixture = files(&[
        ("clouds.yaml", &PROD.replace("      password: pw-file\n", "")),
        (
            "secure.yaml",
            "clouds: {prod: {auth: {password: safe, username: other}}, extra: {auth: {auth_url: 'https://x.example'}}}",
        ),
    ]);
    let config = fixture.cloud("prod").unwrap();
    assert_eq!(password(&config), "safe");
    let Credentials::Password { user: UserRef::Name { name, .. }, .. } = &config.credentials else {
        panic!();
    };
    assert_eq!(name, "other");
    assert_eq!(list_clouds(&fixture.sources).unwrap(), ["extra", "prod"]);
}

#[test]
fn the_first_file_is_the_one() {
    let first = clouds("clouds: {a: {auth: {auth_url: 'https://1.example', user_id: u, password: p}}}");
    let second = files(&[("clouds.yml", "clouds: {a: {auth: {auth_url: 'https://2.example', user_id: u, password: p}}, b: {}}")]);
    let sources = Sources::empty()
        .with_config_dir(first.dir.path().join("absent"))
        .with_config_dir(first.dir.path())
        .with_config_dir(second.dir.path());
    assert_eq!(list_clouds(&sources).unwrap(), ["a"]);
    let sources = Sources::empty().with_config_dir(second.dir.path());
    assert_eq!(list_clouds(&sources).unwrap(), ["a", "b"]);
    // OS_CLIENT_CONFIG_FILE goes first; where it names nothing, the usual places follow.
    let named = first.dir.path().join("clouds.yaml").into_os_string();
    let with_named = sources.clone().with_variable("OS_CLIENT_CONFIG_FILE", named);
    assert_eq!(list_clouds(&with_named).unwrap(), ["a"]);
    let absent = sources.with_variable("OS_CLIENT_CONFIG_FILE", "/absent/clouds.yaml");
    let config = with(&absent, |o| o.cloud = text("a")).unwrap();
    assert_eq!(config.auth_url.as_deref(), Some("https://2.example/v3"));
    assert_eq!(config.warnings, ["OS_CLIENT_CONFIG_FILE names a file that does not exist; the usual places were searched"]);
}

#[test]
fn secure_file_by_variable() {
    let secure = files(&[("s.yaml", "clouds: {prod: {auth: {password: from-variable}}}")]);
    let fixture = clouds(PROD);
    let sources = fixture.sources.clone().with_variable("OS_CLIENT_SECURE_FILE", secure.dir.path().join("s.yaml").into_os_string());
    assert_eq!(password(&resolve(&sources).unwrap()), "from-variable");
}

#[test]
fn json_works_too() {
    let fixture = files(&[(
        "clouds.json",
        "{\t\"clouds\": {\"prod\": {\"auth\": {\"auth_url\": \"https://j.example\",\n\t\"user_id\": 12, \"password\": \"p\"},\n \"verify\": false, \"region_name\": null}}}",
    )]);
    let config = fixture.cloud("prod").unwrap();
    assert_eq!(config.auth_url.as_deref(), Some("https://j.example/v3"));
    assert!(!config.verify);
    assert!(matches!(&config.credentials, Credentials::Password { user: UserRef::Id(id), .. } if id == "12"));
}

#[test]
fn a_scalar_is_the_text_of_the_file() {
    for (written, want) in [
        ("0012", "0012"),
        ("1e5", "1e5"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1.10", "1.10"),
        ("+7", "+7"),
        ("true", "true"),
        ("No", "No"),
        ("12345678901234567890123456789012345678901234567890", "12345678901234567890123456789012345678901234567890"),
        ("2026-11-24", "2026-11-24"),
        ("'0012'", "0012"),
        ("\"a\\tb\"", "a\tb"),
        ("'it''s'", "it's"),
        ("0012   # comment", "0012"),
        ("${HOME}", "${HOME}"),
        ("pä ss", "pä ss"),
        ("!!str 0012", "0012"),
        ("&anchor 0012", "0012"),
    ] {
        for (start, end) in [("", "\n"), ("\u{feff}", "\n"), ("# ümläut\n", "\n"), ("", "\r\n")] {
            let yaml = format!("{start}{}", PROD.replace("password: pw-file", &format!("password: {written}")));
            let fixture = clouds(&yaml.replace('\n', end));
            let config = fixture.cloud("prod").unwrap_or_else(|error| panic!("{written}: {error}"));
            assert_eq!(password(&config), want, "{written} {start:?} {end:?}");
        }
    }
}

#[test]
fn anchors_and_merge_keys() {
    let fixture = clouds(
        "
common: &common
  auth_url: https://a.example
  password: &pw 0099
clouds:
  one:
    auth:
      <<: *common
      user_id: 007
  two:
    auth: {auth_url: 'https://b.example', user_id: u, password: *pw}
",
    );
    let one = fixture.cloud("one").unwrap();
    assert_eq!(password(&one), "0099");
    assert!(matches!(&one.credentials, Credentials::Password { user: UserRef::Id(id), .. } if id == "007"));
    assert_eq!(password(&fixture.cloud("two").unwrap()), "0099");
}

#[test]
fn profiles() {
    let fixture = files(&[
        (
            "clouds.yaml",
            "clouds: {a: {profile: k5, auth: {user_id: u, password: p}, interface: internal}, \
             b: {cloud: k5, auth: {user_id: u, password: p, auth_url: 'https://own.example'}}, \
             c: {profile: gone, auth: {user_id: u, password: p, auth_url: 'https://own.example'}}, \
             d: {profile: k5, region_name: de-1, auth: {user_id: u, password: p}}}",
        ),
        (
            "clouds-public.yaml",
            "public-clouds: {k5: {auth: {auth-url: 'https://identity.{region_name}.k5.example'}, interface: admin, \
             regions: [uk-1, de-1], cacert: /k5.pem}}",
        ),
    ]);
    let a = fixture.cloud("a").unwrap();
    assert_eq!(a.auth_url.as_deref(), Some("https://identity.uk-1.k5.example/v3"));
    assert_eq!(a.interface.name(), "internal");
    assert_eq!(a.ca_file.as_deref(), Some(Path::new("/k5.pem")));
    let b = fixture.cloud("b").unwrap();
    assert_eq!(b.auth_url.as_deref(), Some("https://own.example/v3"));
    let c = fixture.cloud("c").unwrap();
    assert_eq!(c.warnings.len(), 1);
    assert!(c.warnings[0].contains("profile \"gone\" is not in any clouds-public.yaml and was ignored"), "{:?}", c.warnings);
    let d = fixture.cloud("d").unwrap();
    assert_eq!(d.auth_url.as_deref(), Some("https://identity.de-1.k5.example/v3"));
}

#[test]
fn regions() {
    let fixture = clouds(
        "
clouds:
  list: {auth: &a {auth_url: 'https://a.example', user_id: u, password: p}, regions: [uk-1, {name: jp-east-1, values: {interface: admin, auth: {project_id: jp}}}]}
  comma: {auth: *a, region_name: 'uk-1, de-1'}
  one: {auth: *a, region_name: uk-1}
  none: {auth: *a, region_name: ''}
",
    );
    let choose = |cloud: &str, region: &str| {
        with(&fixture.sources, |o| {
            o.cloud = text(cloud);
            o.region_name = text(region);
        })
    };
    let list = fixture.cloud("list").unwrap();
    assert_eq!(list.region.as_deref(), Some("uk-1"));
    assert_eq!((list.interface.name(), list.scope), ("public", Scope::Unscoped));
    let japan = choose("list", "jp-east-1").unwrap();
    assert_eq!(japan.region.as_deref(), Some("jp-east-1"));
    assert_eq!(japan.interface.name(), "admin");
    assert!(matches!(japan.scope, Scope::Project(_)));
    assert_eq!(password(&japan), "p", "the region's auth is merged, not replaced");
    assert_eq!(choose("comma", "de-1").unwrap().region.as_deref(), Some("de-1"));
    assert_eq!(choose("none", "es-1").unwrap().region.as_deref(), Some("es-1"));
    assert_eq!(
        fixture.plain(choose("one", "UK-1").unwrap_err()),
        "region \"UK-1\" (from Overrides::region_name) is not in cloud \"one\", which has uk-1 \
         (case matters; add it to `regions` in DIR/clouds.yaml)"
    );
}

#[test]
fn fields_beside_auth_and_old_spellings() {
    let fixture = clouds(
        "
clouds:
  old:
    auth-url: https://a.example
    username: inside-is-weaker
    auth: {user-name: x, password: p, tenant-id: t, user-domain-id: d, username: weaker}
    endpoint_type: internalURL
    timeout: 3
",
    );
    let config = fixture.cloud("old").unwrap();
    assert_eq!(config.auth_url.as_deref(), Some("https://a.example/v3"));
    assert!(
        matches!(&config.credentials, Credentials::Password { user: UserRef::Name { name, .. }, .. } if name == "inside-is-weaker")
    );
    assert!(matches!(config.scope, Scope::Project(_)));
    assert_eq!(config.interface.name(), "internal");
    assert_eq!(config.api_timeout, Some(std::time::Duration::from_secs(3)));
}

#[test]
fn empty_files_define_no_cloud() {
    for text in ["", "\n", "# nothing\n", "---\n", "clouds:\n", "clouds: {}\n", "other: 1\n"] {
        assert!(list_clouds(&clouds(text).sources).unwrap().is_empty(), "{text:?}");
    }
    assert!(list_clouds(&Sources::empty()).unwrap().is_empty());
    // A folder of that name is not a file.
    let fixture = files(&[]);
    std::fs::create_dir(fixture.dir.path().join("clouds.yaml")).unwrap();
    assert!(list_clouds(&fixture.sources).unwrap().is_empty());
}

#[test]
fn origins_show_file_line_and_field() {
    let fixture = clouds(&format!("{PROD}    insecure: maybe\n"));
    let ConfigError::InvalidValue { origin, .. } = fixture.cloud("prod").unwrap_err() else {
        panic!();
    };
    let Origin::Field(field) = origin else {
        panic!("{origin}");
    };
    assert_eq!(&*field.file, fixture.dir.path().join("clouds.yaml"));
    assert_eq!(field.place, Some((12, 15)));
    assert_eq!(field.path, "clouds.prod.insecure");
}
