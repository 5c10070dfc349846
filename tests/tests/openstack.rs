//! The behaviour suite against a real Keystone and Swift, and, where `K5_TEST_COMPUTE` is `1`, Nova, Glance and Cinder.
//!
//! `K5_TEST_OPENRC` names an openrc file (`export OS_...` lines) of a user, `K5_TEST_ALT_OPENRC` that of a user of another
//! project. Without them the suite is skipped, which it says in one line, or fails where `K5_REQUIRE_OPENSTACK` is `1`.

use k5::Cloud;
use k5_tests::{Scope, openrc};
use std::io::Write;
use std::sync::Once;

/// What a program may rely on, whoever answers. Each case takes a cloud and a scope of its own.
mod suite {
    mod compute;
    mod storage;
}

static SAID: Once = Once::new();
static COMPUTE_SAID: Once = Once::new();

/// Runs a case where there are servers for it.
fn on<F: Future<Output = ()>>(module: &str, _: &[&str], case: fn(Cloud, Scope) -> F) {
    if module.contains("::compute::") && std::env::var("K5_TEST_COMPUTE").as_deref() != Ok("1") {
        COMPUTE_SAID.call_once(|| {
            say("SKIPPED: the behaviour suite against real Nova, Glance and Cinder did not run: K5_TEST_COMPUTE is not 1");
        });
        return;
    }
    let files = ["K5_TEST_OPENRC", "K5_TEST_ALT_OPENRC"].map(|name| std::env::var(name).ok().filter(|path| !path.is_empty()));
    let [Some(file), Some(other)] = files else {
        let why = "K5_TEST_OPENRC and K5_TEST_ALT_OPENRC name no openrc files";
        assert!(std::env::var("K5_REQUIRE_OPENSTACK").as_deref() != Ok("1"), "K5_REQUIRE_OPENSTACK is set, but {why}");
        SAID.call_once(|| say(&format!("SKIPPED: the behaviour suite against real OpenStack did not run: {why}")));
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let [cloud, other] = [&file, &other].map(|file| openrc::cloud(file).unwrap_or_else(|error| panic!("{file}: {error}")));
        k5_tests::run(cloud, other, case).await;
    });
}

/// Past the harness, which shows what a test prints only when it fails.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
