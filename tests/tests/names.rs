//! Any name that object storage allows comes back as it went.

use k5::Cloud;
use k5::config::Sources;
use proptest::prelude::*;

fn names() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![
        // What paths, queries, shells and terminals make of text.
        "[ -~]{1,40}",
        "[/.]{1,12}",
        "(%[0-9A-Fa-f]{0,2}|\\+|&|=|\\?|#|;|:){1,20}",
        "\\PC{1,60}",
        "[\u{1}-\u{1f}\u{7f}a/]{1,10}",
        "[é😀\u{301}日]{1,200}",
    ];
    proptest::collection::btree_set(name, 1..12).prop_map(|names| names.into_iter().filter(|name| name.len() <= 1024).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_names_round_trip(names in names()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let emulator = k5_emulator::start().await.expect("an emulator");
            let variables = emulator.environment().into_iter();
            let sources = variables.fold(Sources::empty(), |sources, (name, value)| sources.with_variable(name, value));
            let cloud = Cloud::builder().sources(sources).build().expect("a cloud");
            let swift = cloud.object_storage();
            for container in ["c", "d"] {
                swift.create_container(container).send().await.expect("created");
            }
            for name in &names {
                swift.upload("c", name).from_bytes(name.clone()).send().await.expect("stored");
            }
            let listed = swift.list_objects("c").limit(3).items().collect().await.expect("listed");
            let mut listed: Vec<_> = listed.into_iter().map(|object| object.name).collect();
            listed.sort();
            prop_assert_eq!(&listed, &names);
            for name in &names {
                swift.copy(("c", name), ("d", name)).send().await.expect("copied");
                let download = swift.download_object("d", name).send().await.expect("there");
                prop_assert_eq!(download.collect(1024).await.expect("whole"), name.as_bytes());
                swift.delete_object("c", name).send().await.expect("deleted");
            }
            prop_assert!(swift.list_objects("c").send().await.expect("listed").items.is_empty());
            // Nothing left the account.
            let account = format!("/v1/AUTH_{}/", cloud.token().await.expect("a login").expect("a token").project_id().expect("a project"));
            prop_assert!(emulator.requests().iter().filter(|request| request.method == "PUT").all(|request| request.path.starts_with(&account)));
            emulator.stop().await;
            Ok(())
        })?;
    }
}
