//! A program of `k5-client` and `k5-object-storage` alone: no facade.

use k5_client::Client;
use k5_client::config::Sources;
use k5_object_storage::ObjectStorage;

#[tokio::test]
async fn two_crates_make_a_program() {
    let emulator = k5_emulator::start().await.expect("an emulator");
    let builder = Client::builder().sources(Sources::empty()).auth_url(emulator.auth_url());
    let client = builder.password("demo", "Default", "demopw").project("demo", "Default").build().expect("a client");
    let swift = ObjectStorage::new(client.session());
    swift.create_container("c").send().await.expect("created");
    swift.upload("c", "o").from_bytes("hello").send().await.expect("stored");
    let download = swift.download_object("c", "o").send().await.expect("there");
    assert_eq!(&download.collect(10).await.expect("whole")[..], b"hello");
}
