use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::super::environment::config_dirs;
use super::*;

fn dirs(list: &[(&str, &str)]) -> Vec<PathBuf> {
    let environment: BTreeMap<String, OsString> = list.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    config_dirs(&environment, Some(Path::new("/home/u")), Some(Path::new("/work")))
}

#[test]
#[cfg(all(unix, not(target_os = "macos")))]
fn folders_in_openstackclients_order() {
    let paths = |list: &[&str]| list.iter().map(PathBuf::from).collect::<Vec<_>>();
    assert_eq!(dirs(&[]), paths(&["/work", "/home/u/.config/openstack", "/etc/xdg/openstack", "/etc/openstack"]));
    assert_eq!(
        dirs(&[("XDG_CONFIG_HOME", "/xdg"), ("XDG_CONFIG_DIRS", "/s1:/s2")]),
        paths(&["/work", "/xdg/openstack", "/home/u/.config/openstack", "/s1/openstack", "/s2/openstack", "/etc/openstack"])
    );
    assert_eq!(
        dirs(&[("XDG_CONFIG_HOME", "/home/u/.config"), ("SNAP_REAL_HOME", "/real")]),
        paths(&["/work", "/home/u/.config/openstack", "/real/.config/openstack", "/etc/xdg/openstack", "/etc/openstack"])
    );
}

#[test]
fn the_process_is_a_source() {
    let sources = Sources::from_process();
    assert_eq!(sources.config_dirs.first(), std::env::current_dir().ok().as_ref());
    assert_eq!(sources.environment.get("PATH").cloned(), std::env::var_os("PATH"));
}

#[test]
fn values_do_not_show() {
    let fixture = clouds(PROD);
    let sources = set(fixture.sources.clone(), &LOGIN);
    let debug = format!("{sources:?}");
    assert!(debug.contains("OS_PASSWORD") && !debug.contains("pw-env"), "{debug}");
    let overrides = Overrides::default().password("pw-option").token("tok-option");
    let debug = format!("{overrides:?}");
    assert!(!debug.contains("pw-option") && !debug.contains("tok-option"), "{debug}");
    for config in [resolve(&sources).unwrap(), fixture.cloud("prod").unwrap()] {
        let debug = format!("{config:?}");
        assert!(debug.contains("***"), "{debug}");
        assert!(!debug.contains("pw-"), "{debug}");
    }
}

#[test]
#[cfg(unix)]
fn a_value_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStringExt;
    let sources = login().with_variable("OS_PASSWORD", OsString::from_vec(vec![b'p', 0xff]));
    assert_eq!(resolve(&sources).unwrap_err().to_string(), "OS_PASSWORD: the value is not UTF-8");
    let sources = login().with_variable("OTHER", OsString::from_vec(vec![0xff]));
    resolve(&sources).unwrap();
}
