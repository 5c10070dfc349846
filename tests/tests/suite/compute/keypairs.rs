//! Key pairs: imported, generated, listed, deleted.

use k5::Cloud;
use k5_tests::Scope;

const PUBLIC_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJTmUzmmIcNrSYFiSzOAShbdM2Bv5ZzBYNEGIHzIIJ1u suite@k5";

/// One with a key of ours, one that the service makes.
pub(crate) async fn come_and_go(cloud: Cloud, scope: Scope) {
    let compute = cloud.compute();
    let (ours, theirs) = (scope.keypair("ours"), scope.keypair("theirs 1"));
    let imported = compute.create_keypair(&ours).public_key(PUBLIC_KEY).send().await.expect("imported");
    assert_eq!((imported.name.as_str(), imported.public_key.as_deref()), (ours.as_str(), Some(PUBLIC_KEY)));
    assert!(imported.private_key.is_none() && imported.fingerprint.as_deref().is_some_and(|text| text.contains(':')));
    let error = compute.create_keypair(&ours).public_key(PUBLIC_KEY).send().await.expect_err("it is there");
    assert!(error.is_conflict(), "{error}");
    let error = compute.create_keypair(scope.keypair("bad")).public_key("no key").send().await.expect_err("no key");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{error}");

    let made = compute.create_keypair(&theirs).send().await.expect("made");
    let secret = made.private_key.as_ref().expect("the private key comes once");
    assert!(secret.expose().contains("PRIVATE KEY-----") && !format!("{made:?}").contains("PRIVATE KEY"));
    let shown = compute.show_keypair(&theirs).send().await.expect("shown");
    assert_eq!((shown.public_key, shown.private_key.is_none()), (made.public_key, true));

    let all = compute.list_keypairs().send().await.expect("listed").items;
    for name in [&ours, &theirs] {
        assert!(all.iter().any(|item| item.keypair.name == name.as_str()), "{name}");
        compute.delete_keypair(name).send().await.expect("deleted");
        assert!(compute.show_keypair(name).send().await.expect_err("gone").is_not_found());
    }
}

k5_tests::cases! {
    come_and_go [compute.create_keypair, compute.show_keypair, compute.list_keypairs, compute.delete_keypair]
}
