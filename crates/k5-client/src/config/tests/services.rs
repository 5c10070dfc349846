//! Settings of one service, and what stands at the end of a value.

use super::super::{Credentials, Interface};
use super::*;

#[test]
fn a_service_may_have_its_own_interface_and_region() {
    let fixture = clouds(&format!(
        "{PROD}    interface: public\n    compute_interface: internal\n    image-endpoint-type: adminURL\n    volume_region_name: uk-2\n    \
         dns_interface: nonsense\n    dns_region_name: [a]\n    identity_api_version: 3\n    compute_api_version: '2.1'\n    volume_api_version: 3\n"
    ));
    let config = fixture.cloud("prod").unwrap();
    assert_eq!(config.warnings, [] as [&str; 0]);
    assert_eq!(config.interface, Interface::Public);
    assert_eq!(config.services["compute"].interface, Some(Interface::Internal));
    assert_eq!(config.services["image"].interface, Some(Interface::Admin));
    assert_eq!(config.services["volume"].region.as_deref(), Some("uk-2"));
    assert_eq!(config.services.len(), 3);

    let sources = set(fixture.sources.clone(), &[("OS_COMPUTE_INTERFACE", "admin"), ("OS_INTERFACE", "public")]);
    let named = |change: fn(&mut Overrides)| {
        with(&sources, |o| {
            o.cloud = text("prod");
            change(o);
        })
        .unwrap()
    };
    assert_eq!(named(|_| ()).services["compute"].interface, Some(Interface::Admin));
    let option = named(|o| o.interface = text("public"));
    assert_eq!(option.services["compute"].interface, None, "an option is for all");
    assert_eq!(option.services["volume"].region.as_deref(), Some("uk-2"));

    let error = clouds(&format!("{PROD}    compute_interface: outside\n")).error("prod");
    assert!(error.contains("clouds.prod.compute_interface") && error.contains("public, internal or admin"), "{error}");
}

#[test]
fn what_cannot_be_obeyed_is_told() {
    let fixture = clouds(&format!("{PROD}    compute_service_name: nova2\n    image_api_version: 1\n    dns_service_name: x\n"));
    let warnings = fixture.cloud("prod").unwrap().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    for (warning, field) in warnings.iter().zip(["compute_service_name", "image_api_version"]) {
        assert!(warning.contains(&format!("clouds.prod.{field}) has no effect")), "{warning}");
    }
}

#[test]
fn line_ends_and_blanks_are_cut_off_and_told() {
    let sources = variables(&LOGIN.map(|(name, value)| (name, [value, "\r"].concat())).each_ref().map(|(n, v)| (*n, v.as_str())));
    let config = resolve(&sources).unwrap();
    let plain = resolve(&login()).unwrap();
    assert_eq!((&config.auth_url, &config.credentials, &config.scope), (&plain.auth_url, &plain.credentials, &plain.scope));
    assert_eq!(config.warnings.len(), 1, "{:?}", config.warnings);
    for (name, _) in LOGIN {
        assert!(config.warnings[0].contains(name), "{:?}", config.warnings);
    }
    assert!(!config.warnings[0].contains("pw-env"));

    let sources =
        set(login(), &[("OS_USERNAME", "ops \t"), ("OS_PASSWORD", "pw \r\n"), ("OS_IMAGE_ENDPOINT_OVERRIDE", "http://i/ ")]);
    let config = resolve(&sources).unwrap();
    let Credentials::Password { password, .. } = &config.credentials else { panic!("a password") };
    assert_eq!(password.expose(), "pw ", "a password may end in a blank");
    assert_eq!(config.endpoint_overrides["image"], "http://i");
    assert_eq!(
        config.warnings,
        [
            "OS_PASSWORD: a carriage return at the end of the value was removed; does its source have Windows line endings?",
            "OS_USERNAME, OS_IMAGE_ENDPOINT_OVERRIDE: spaces at the end of the value were removed",
            "OS_PASSWORD: the value ends in a space, which was kept because the value is a secret",
        ]
    );

    let fixture = clouds(&PROD.replace("file-user", "\"file-user \""));
    let config = resolve(&set(fixture.sources.clone(), &[("OS_CLOUD", "prod\r"), ("OS_REGION_NAME", "\r")])).unwrap();
    assert_eq!((config.name.as_deref(), config.region.as_deref()), (Some("prod"), Some("uk-1")));
    assert_eq!(config.warnings.len(), 2, "{:?}", config.warnings);
}

#[test]
fn a_login_that_a_variable_sends_elsewhere_is_told() {
    let fixture = clouds(PROD);
    let warnings = |list: &[(&str, &str)]| {
        let config = with(&set(fixture.sources.clone(), list), |o| o.cloud = text("prod")).unwrap();
        (config.auth_url.unwrap(), config.warnings)
    };
    let (url, told) = warnings(&[("OS_AUTH_URL", "https://other.example")]);
    assert_eq!(url, "https://other.example/v3", "as openstackclient does");
    assert_eq!(told.len(), 1);
    for part in ["\"prod\"", "https://other.example/v3", "https://id.file.example:5000/v3", "OS_AUTH_URL"] {
        assert!(told[0].contains(part), "{told:?}");
    }
    assert_eq!(warnings(&[("OS_AUTH_URL", "https://id.file.example:5000/v3/")]).1, [] as [&str; 0]);
    assert_eq!(warnings(&[]).1, [] as [&str; 0]);
    let option = with(&set(fixture.sources.clone(), &[("OS_AUTH_URL", "https://other.example")]), |o| {
        o.cloud = text("prod");
        o.auth_url = text("https://third.example");
    });
    assert_eq!(option.unwrap().warnings, [] as [&str; 0], "an option is meant");
}
