//! The behaviour suite against the emulator, one of its own for each case.

use k5::Cloud;
use k5::config::Sources;
use k5_core::{OpMeta, ParamPlace};
use k5_emulator::{Emulator, RecordedRequest};
use k5_tests::Scope;

fn cloud(emulator: &Emulator, user: &str) -> Cloud {
    let variables = emulator.environment_of(user).expect("a user");
    let sources = variables.into_iter().fold(Sources::empty(), |sources, (name, value)| sources.with_variable(name, value));
    Cloud::builder().sources(sources).build().expect("a cloud")
}

fn on_emulator<F: Future<Output = ()>>(operations: &[&str], case: fn(Cloud, Scope) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let emulator = k5_emulator::start().await.expect("an emulator");
        k5_tests::run(cloud(&emulator, "demo"), cloud(&emulator, "alt_demo"), case).await;
        let requests = emulator.requests();
        for id in operations {
            let operation = k5::operations().find(|operation| operation.meta.id == *id).expect("an operation of the table");
            assert!(requests.iter().any(|request| is_call_of(operation.meta, request)), "the case never called {id}");
        }
        emulator.stop().await;
    });
}

/// Whether a request is this operation's: coverage is what was called, not what a test says of itself.
fn is_call_of(meta: &OpMeta, request: &RecordedRequest) -> bool {
    let open_ended = meta.params.iter().any(|param| param.place == ParamPlace::PathRest);
    let fits = |template: &str, seen: &str| {
        let (wanted, seen): (Vec<_>, Vec<_>) = (template.split('/').collect(), seen.split('/').collect());
        let shape = if open_ended { seen.len() >= wanted.len() } else { seen.len() == wanted.len() };
        shape && wanted.iter().zip(&seen).all(|(wanted, seen)| wanted.starts_with('{') || wanted == seen)
    };
    // A plain cloud's services have roots of their own.
    let roots = [meta.root.unwrap_or(meta.service.root), "/compute/v2.1", "/volume/v3/{project}", "/image"];
    let fits = roots.iter().any(|root| fits(&format!("{root}{}", meta.path), &request.path));
    let query = request.query.as_deref().unwrap_or_default();
    let fixed =
        meta.params.iter().filter(|param| param.place == ParamPlace::Query).filter_map(|param| Some((param.name, param.fixed?)));
    let mut fixed = fixed.map(|(name, value)| format!("{name}={value}"));
    request.method == meta.method && fits && fixed.all(|pair| query.split('&').any(|seen| seen == pair))
}

k5_tests::behaviour_suite!(on_emulator);
k5_tests::compute_suite!(on_emulator);
k5_tests::fujitsu_suite!(on_emulator);
