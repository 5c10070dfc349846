use std::path::PathBuf;
use std::time::Duration;

use super::super::Interface;
use super::*;

#[test]
fn auth_urls() {
    for (given, want) in [
        ("https://id.example", "https://id.example/v3"),
        ("https://id.example/", "https://id.example/v3"),
        ("https://id.example/v3", "https://id.example/v3"),
        ("https://id.example/v3/", "https://id.example/v3"),
        ("https://id.example/v3//", "https://id.example/v3"),
        (" https://id.example/V3 ", "https://id.example/v3"),
        ("https://ID.example:443/v3", "https://id.example/v3"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000/v3"),
        ("http://[::1]:5000/v3", "http://[::1]:5000/v3"),
        ("https://h.example/identity", "https://h.example/identity/v3"),
        ("https://h.example/identity/v3", "https://h.example/identity/v3"),
        ("https://h.example/v3/auth/tokens", "https://h.example/v3"),
        ("https://h.example/vault", "https://h.example/vault/v3"),
    ] {
        let sources = set(login(), &[("OS_AUTH_URL", given)]);
        let config = resolve(&sources).unwrap_or_else(|error| panic!("{given}: {error}"));
        assert_eq!(config.auth_url.as_deref(), Some(want), "{given}");
    }
}

#[test]
fn auth_urls_that_are_refused() {
    for (given, want) in [
        ("id.example:5000/v3", "must begin with https:// or http://"),
        ("id.example/v3", "must begin with https:// or http://"),
        ("ftp://id.example/", "must begin with https:// or http://"),
        ("https://", "this is not a URL"),
        ("https:///v3", "this is not a URL"),
        ("https://id.example:99999/v3", "a port must be a number up to 65535"),
        ("https://id.example:port/v3", "this is not a URL"),
        ("https://id.example/v3#top", "must not have a query (?) or a fragment (#)"),
        ("https://bücher.example/v3", "this is not a URL"),
        ("https://hunter2@id.example/v3", "must not contain a user or password"),
        ("https://id.example/v2.0", "ends in /v2.0, but only Identity v3"),
        ("https://id.example/v4", "ends in /v4, but only Identity v3"),
        ("https://id.example/v3?x=1", "must not have a query"),
        ("https://me:hunter2@id.example/v3", "must not contain a user or password"),
        ("https://id.{region}.example", "may contain is {region_name}"),
        ("https://id.{region_name}.example", "but no region is set"),
    ] {
        let error = resolve(&set(login(), &[("OS_AUTH_URL", given)])).unwrap_err().to_string();
        assert!(error.starts_with("OS_AUTH_URL: "), "{error}");
        assert!(error.contains(want), "{given}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn the_region_fills_urls() {
    let sources = set(
        login(),
        &[
            ("OS_AUTH_URL", "https://identity.{region_name}.cloud.example"),
            ("OS_REGION_NAME", "jp-east-1"),
            ("OS_COMPUTE_ENDPOINT_OVERRIDE", "https://compute.{region_name}.cloud.example/v2/%(tenant_id)s"),
        ],
    );
    let config = resolve(&sources).unwrap();
    assert_eq!(config.auth_url.as_deref(), Some("https://identity.jp-east-1.cloud.example/v3"));
    assert_eq!(config.endpoint_overrides["compute"], "https://compute.jp-east-1.cloud.example/v2/%(tenant_id)s");
    // A region must not be able to move the password to another host.
    let error = resolve(&set(sources, &[("OS_REGION_NAME", "evil.example/#")])).unwrap_err();
    assert!(error.to_string().contains("may only contain letters"), "{error}");
}

#[test]
fn interfaces() {
    for (given, want) in [
        ("public", Interface::Public),
        ("publicURL", Interface::Public),
        ("internal", Interface::Internal),
        ("internalURL", Interface::Internal),
        ("admin", Interface::Admin),
    ] {
        for variable in ["OS_INTERFACE", "OS_ENDPOINT_TYPE"] {
            let config = resolve(&set(login(), &[(variable, given)])).unwrap();
            assert_eq!(config.interface, want, "{variable}={given}");
        }
    }
}

#[test]
fn timeouts() {
    let config = resolve(&set(login(), &[("OS_TIMEOUT", "1.5")])).unwrap();
    assert_eq!(config.api_timeout, Some(Duration::from_millis(1500)));
    for bad in ["0", "-1", "soon", "NaN", "inf", "1e400", "1e-300"] {
        let error = resolve(&set(login(), &[("OS_API_TIMEOUT", bad)])).unwrap_err();
        assert_eq!(error.to_string(), "OS_API_TIMEOUT: expected a number of seconds greater than 0", "{bad}");
    }
}

#[test]
fn paths_with_a_tilde() {
    let mut sources = set(login(), &[("OS_CACERT", "~/ca.pem"), ("OS_CERT", "rel/~x"), ("OS_KEY", "~other/k")]);
    let error = resolve(&sources).unwrap_err();
    assert!(error.to_string().starts_with("OS_CACERT: the path begins with ~"), "{error}");
    sources.home = Some(PathBuf::from("/home/u"));
    let config = resolve(&sources).unwrap();
    assert_eq!(config.ca_file, Some(PathBuf::from("/home/u/ca.pem")));
    assert_eq!(config.client_certificate, Some(PathBuf::from("rel/~x")));
    assert_eq!(config.client_key, Some(PathBuf::from("~other/k")));
}

#[test]
fn other_values_that_are_refused() {
    for (variable, value, want) in [
        ("OS_INSECURE", "maybe", "OS_INSECURE: expected true or false"),
        ("OS_INTERFACE", "secret", "OS_INTERFACE: the interface must be public, internal or admin"),
        ("OS_STORAGE_URL", "/v1/AUTH_x", "OS_STORAGE_URL: the URL must begin with https:// or http://"),
        ("OS_STORAGE_URL", "https://s.example/a b", "OS_STORAGE_URL: the URL contains white space"),
        ("OS_KEY", "/k", "OS_KEY: a client key needs its certificate; set OS_CERT or cert in clouds.yaml"),
    ] {
        let error = resolve(&set(login(), &[(variable, value)])).unwrap_err();
        assert_eq!(error.to_string(), want);
    }
}

#[test]
fn where_tokens_are_kept() {
    let cached = |sources: &Sources, change: fn(&mut Overrides)| {
        with(sources, |o| {
            o.cache_token = true;
            change(o);
        })
    };
    assert_eq!(resolve(&login()).unwrap().token_cache, None, "off by default");
    let home = login().with_home("/home/u");
    let usual = if cfg!(target_os = "macos") { "/home/u/Library/Caches/k5/tokens" } else { "/home/u/.cache/k5/tokens" };
    assert_eq!(cached(&home, |_| ()).unwrap().token_cache.as_deref(), Some(std::path::Path::new(usual)));
    let named = set(home.clone(), &[("XDG_CACHE_HOME", "/c")]);
    assert_eq!(cached(&named, |_| ()).unwrap().token_cache.as_deref(), Some(std::path::Path::new("/c/k5/tokens")));
    assert!(cached(&login(), |_| ()).unwrap_err().to_string().contains("set XDG_CACHE_HOME"));
    let given = cached(&home, |o| o.token = Some("t".into())).unwrap_err().to_string();
    assert!(given.starts_with("Overrides::cache_token: a token that was supplied can't be cached"), "{given}");

    let fixture = clouds(&format!("{PROD}cache:\n  auth: true\n  expiration_time: 3600\n"));
    let sources = fixture.sources.clone().with_home("/home/u");
    assert!(resolve(&sources).unwrap().token_cache.is_some(), "openstackclient's setting");
    assert_eq!(with(&sources, |o| o.token = Some("t".into())).unwrap().token_cache, None);
    assert!(clouds(&format!("{PROD}cache: {{auth: perhaps}}\n")).error("prod").contains("(cache.auth): expected true or false"));
}
