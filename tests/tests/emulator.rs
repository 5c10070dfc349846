//! The behaviour suite against the emulator, one of its own for each case.

use k5::Cloud;
use k5::config::Sources;
use k5_emulator::{Emulator, RecordedRequest};
use k5_tests::{Scope, operation};

/// What a program may rely on, whoever answers. Each case takes a cloud and a scope of its own.
mod suite {
    mod compute;
    mod fujitsu;
    mod imports;
    mod sap;
    mod storage;
}

fn cloud(emulator: &Emulator, user: &str) -> Cloud {
    let variables = emulator.environment_of(user).expect("a user");
    let sources = variables.into_iter().fold(Sources::empty(), |sources, (name, value)| sources.with_variable(name, value));
    Cloud::builder().sources(sources).build().expect("a cloud")
}

/// Runs a case. Coverage is what the emulator served, not what a case says of itself.
fn on<F: Future<Output = ()>>(_: &str, operations: &[&str], case: fn(Cloud, Scope) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let emulator = k5_emulator::start().await.expect("an emulator");
        k5_tests::run(cloud(&emulator, "demo"), cloud(&emulator, "alt_demo"), case).await;
        let requests = emulator.requests();
        for name in operations {
            assert!(requests.iter().any(|request| request.operation == Some(name)), "the case never called {name}");
        }
        for request in &requests {
            assert_documented(request);
        }
        emulator.stop().await;
    });
}

/// Every success of the emulator has a documented status, also of services of which the SDK takes any.
fn assert_documented(request: &RecordedRequest) {
    let (Some(name), Some(status @ 200..=299)) = (request.operation, request.status) else { return };
    let documented = operation(name).meta.success;
    assert!(documented.contains(&status), "{name} answered {status}; documented are {documented:?}");
}

/// What the emulator records are names of the table, or nothing could be checked against them.
#[test]
fn the_emulator_names_operations_as_the_tables_do() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let emulator = k5_emulator::start().await.expect("an emulator");
        let cloud = cloud(&emulator, "demo");
        cloud.object_storage().show_account().send().await.expect("shown");
        let error = cloud.compute().stop_server("none").send().await.expect_err("there is no such server");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
        let seen: Vec<_> = emulator.requests().into_iter().map(|request| (request.operation, request.status)).collect();
        let login = (Some("identity.create_token"), Some(201));
        assert_eq!(seen, [login, (Some("object_storage.show_account"), Some(200)), (Some("compute.stop_server"), Some(404))]);
        for name in seen.iter().filter_map(|(name, _)| *name) {
            operation(name);
        }
        emulator.stop().await;
    });
}
