use proptest::prelude::*;

use super::super::list_clouds;
use super::*;

/// Pieces that a clouds.yaml is made of, whole and broken.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("clouds:\n".to_owned()),
        Just("  prod:\n".to_owned()),
        Just("    auth:\n".to_owned()),
        Just("      password: hunter2\n".to_owned()),
        Just("      username: *x\n".to_owned()),
        Just("    regions: [a, {name: b, values: {auth: 1}}]\n".to_owned()),
        Just("    <<: &x {cloud: prod, profile: [1]}\n".to_owned()),
        Just("    verify: .nan\n".to_owned()),
        "[ ]{0,8}[a-z_-]{0,12}: [!&*\\[\\]{}'\",0-9a-z.%@|>-]{0,10}\n",
        "\\PC{0,20}\n",
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,24}", "\\PC{0,12}", Just("https://id.example/v3".to_owned())]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn no_file_panics_and_no_error_shows_a_secret(
        pieces in prop::collection::vec(piece(), 0..14),
        json in any::<bool>(),
    ) {
        let fixture = files(&[(if json { "clouds.json" } else { "clouds.yaml" }, &pieces.concat())]);
        if let Err(error) = list_clouds(&fixture.sources) {
            prop_assert!(!error.to_string().contains("hunter2"));
        }
        if let Err(error) = fixture.cloud("prod") {
            prop_assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let fixture = files(&[]);
        std::fs::write(fixture.dir.path().join("clouds.yaml"), bytes).unwrap();
        let _ = fixture.cloud("prod");
    }

    #[test]
    fn no_variables_panic_and_the_url_always_ends_in_v3(
        list in prop::collection::btree_map(
            prop::sample::select(vec![
                "OS_AUTH_URL", "OS_USERNAME", "OS_USER_ID", "OS_PASSWORD", "OS_TOKEN", "OS_USER_DOMAIN_NAME",
                "OS_PROJECT_NAME", "OS_PROJECT_ID", "OS_DOMAIN_NAME", "OS_REGION_NAME", "OS_CACERT", "OS_INSECURE",
                "OS_STORAGE_URL", "OS_COMPUTE_ENDPOINT_OVERRIDE", "OS_API_TIMEOUT", "OS_INTERFACE", "OS_AUTH_TYPE",
            ]),
            value(),
            0..8,
        ),
    ) {
        let mut sources = Sources::empty();
        for (name, value) in list {
            sources = sources.with_variable(name, value);
        }
        if let Ok(config) = resolve(&sources)
            && let Some(url) = config.auth_url
        {
            prop_assert!(url.ends_with("/v3"), "{url}");
        }
    }

    #[test]
    fn a_quoted_password_survives(password in "\\PC{1,30}") {
        let quoted = password.replace('\'', "''");
        let fixture = clouds(&PROD.replace("pw-file", &format!("'{quoted}'")));
        let config = fixture.cloud("prod").unwrap();
        let super::super::Credentials::Password { password: read, .. } = &config.credentials else {
            panic!();
        };
        prop_assert_eq!(read.expose(), password);
    }

    #[test]
    fn a_plain_number_survives(number in "[1-9+-]?[0-9]{1,25}(\\.[0-9]{1,5})?(e[0-9]{1,3})?") {
        let fixture = clouds(&PROD.replace("pw-file", &number));
        let config = fixture.cloud("prod").unwrap();
        let super::super::Credentials::Password { password: read, .. } = &config.credentials else {
            panic!();
        };
        prop_assert_eq!(read.expose(), number);
    }
}
