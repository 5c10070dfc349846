//! The behaviour suite against a real Keystone and Swift.
//!
//! `K5_TEST_OPENRC` names an openrc file (`export OS_...` lines) of a user, `K5_TEST_ALT_OPENRC` that of a user of another
//! project. Without them the suite is skipped, which it says in one line, or fails where `K5_REQUIRE_OPENSTACK` is `1`.

use k5::Cloud;
use k5_tests::{Scope, openrc};
use std::io::Write;
use std::sync::Once;

static SAID: Once = Once::new();

fn on_openstack<F: Future<Output = ()>>(_: &[&str], case: fn(Cloud, Scope) -> F) {
    let files = ["K5_TEST_OPENRC", "K5_TEST_ALT_OPENRC"].map(|name| std::env::var(name).ok().filter(|path| !path.is_empty()));
    let [Some(file), Some(other)] = files else {
        let why = "K5_TEST_OPENRC and K5_TEST_ALT_OPENRC name no openrc files";
        assert!(std::env::var("K5_REQUIRE_OPENSTACK").as_deref() != Ok("1"), "K5_REQUIRE_OPENSTACK is set, but {why}");
        // Past the harness, which shows what a test prints only when it fails.
        SAID.call_once(|| {
            let _ = writeln!(std::io::stderr(), "SKIPPED: the behaviour suite against real OpenStack did not run: {why}");
        });
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let [cloud, other] = [&file, &other].map(|file| openrc::cloud(file).unwrap_or_else(|error| panic!("{file}: {error}")));
        k5_tests::run(cloud, other, case).await;
    });
}

k5_tests::behaviour_suite!(on_openstack);

static COMPUTE_SAID: Once = Once::new();

/// The same for Nova, Glance and Cinder, which `K5_TEST_COMPUTE=1` says are there.
fn on_compute<F: Future<Output = ()>>(operations: &[&str], case: fn(Cloud, Scope) -> F) {
    if std::env::var("K5_TEST_COMPUTE").as_deref() == Ok("1") {
        return on_openstack(operations, case);
    }
    COMPUTE_SAID.call_once(|| {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: the behaviour suite against real Nova, Glance and Cinder did not run: K5_TEST_COMPUTE is not 1"
        );
    });
}

k5_tests::compute_suite!(on_compute);
