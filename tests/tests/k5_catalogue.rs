//! K5's own style of catalogue: endpoints by name, and types that no other OpenStack cloud uses.

use k5::Cloud;
use k5::object_storage::meta::SERVICE;
use k5_emulator::{CatalogueStyle, Emulator};

#[tokio::test]
async fn object_storage_is_found_by_the_endpoints_name() {
    let emulator = Emulator::builder().catalogue_style(CatalogueStyle::K5).start().await.expect("an emulator");
    let cloud = Cloud::builder().variables(emulator.environment()).build().expect("configured");
    let token = cloud.token().await.expect("a token").expect("of a login");
    let catalogue = token.details.catalog.as_deref().expect("a catalogue");
    assert!(catalogue.iter().all(|service| service.service_type != "object-store"), "{catalogue:?}");
    let project = token.project_id().expect("a project").to_owned();
    let endpoint = cloud.endpoint(&SERVICE).await.expect("an endpoint");
    assert_eq!(endpoint, format!("http://{}/v1/AUTH_{project}", emulator.address()));
    let swift = cloud.object_storage();
    swift.create_container("c").send().await.expect("created");
    swift.upload("c", "o").from_bytes("bytes").send().await.expect("stored");
    let back = swift.download_object("c", "o").send().await.expect("found").collect(10).await.expect("whole");
    assert_eq!(&back[..], b"bytes");
}
