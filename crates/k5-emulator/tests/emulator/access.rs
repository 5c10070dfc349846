//! Who may do what.

use hmac::{Hmac, KeyInit, Mac};

use crate::client::{Client, exchange};

struct Cast {
    emulator: k5_emulator::Emulator,
    demo: Client,
    alt: Client,
    reader: Client,
}

async fn cast() -> Cast {
    let emulator = k5_emulator::start().await.unwrap();
    let demo = Client::of(&emulator, "demo").await;
    let alt = Client::of(&emulator, "alt_demo").await;
    let reader = Client::of(&emulator, "reader").await;
    demo.status("PUT", "/c").await;
    demo.put("/c/o", b"hello").await;
    Cast { emulator, demo, alt, reader }
}

impl Cast {
    async fn acl(&self, name: &str, acl: &str) -> u16 {
        self.demo.send("POST", "/c", &[(name, acl)], b"").await.status
    }

    /// A request to demo's account with this user's token, or none.
    async fn status(&self, user: Option<&Client>, method: &str, path: &str) -> u16 {
        let token = user.map(|user| ("X-Auth-Token", user.token.as_str()));
        let path = format!("{}{path}", self.demo.account);
        exchange(self.demo.address, method, &path, token.as_slice(), b"").await.unwrap().status
    }
}

#[tokio::test]
async fn nothing_without_an_acl() {
    let cast = cast().await;
    assert_eq!(cast.status(None, "GET", "/c/o").await, 401);
    assert_eq!(cast.status(None, "GET", "/missing/o").await, 401);
    for user in [&cast.alt, &cast.reader] {
        for (method, path) in [("GET", "/c/o"), ("GET", "/c"), ("PUT", "/c/p"), ("DELETE", "/c/o"), ("HEAD", "")] {
            assert_eq!(cast.status(Some(user), method, path).await, 403, "{method} {path}");
        }
    }
    let reseller = Client::of(&cast.emulator, "reseller").await;
    assert_eq!(cast.status(Some(&reseller), "GET", "/c/o").await, 200);
    let refused = exchange(cast.demo.address, "GET", &cast.demo.account, &[], b"").await.unwrap();
    let challenges: Vec<_> = refused.headers.iter().filter(|(name, _)| name == "www-authenticate").collect();
    assert_eq!(challenges.len(), 2);
}

#[tokio::test]
async fn acls_grant_what_they_say() {
    let cast = cast().await;
    assert_eq!(cast.acl("X-Container-Read", ".r:*").await, 204);
    assert_eq!(cast.status(None, "GET", "/c/o").await, 200);
    assert_eq!(cast.status(None, "GET", "/c").await, 401);
    cast.acl("X-Container-Read", ".r:*, .rlistings").await;
    assert_eq!(cast.status(None, "GET", "/c").await, 200);
    assert_eq!(cast.status(None, "DELETE", "/c/o").await, 401);

    for grant in ["alt_demo:alt_demo", "*:alt_demo", "alt_demo:*"] {
        cast.acl("X-Container-Read", grant).await;
        assert_eq!(cast.status(Some(&cast.alt), "GET", "/c").await, 200, "{grant}");
        assert_eq!(cast.status(Some(&cast.reader), "GET", "/c").await, 403, "{grant}");
    }
    cast.acl("X-Container-Write", &format!("{}:*", cast.alt.project)).await;
    assert_eq!(cast.status(Some(&cast.alt), "PUT", "/c/p").await, 201);
    assert_eq!(cast.status(Some(&cast.alt), "POST", "/c").await, 403);
    // A role of the account's own project counts as a group.
    cast.acl("X-Container-Read", "reader").await;
    assert_eq!(cast.status(Some(&cast.reader), "GET", "/c").await, 200);
    assert_eq!(cast.acl("X-Container-Write", ".r:*").await, 400);

    let seen = cast.demo.send("HEAD", "/c", &[], b"").await;
    assert_eq!(seen.header("x-container-read"), Some("reader"));
}

fn signed(method: &str, path: &str, key: &str, expires: u64) -> String {
    let mut mac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("{method}\n{expires}\n{path}").as_bytes());
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{path}?temp_url_sig={signature}&temp_url_expires={expires}")
}

#[tokio::test]
async fn temporary_urls() {
    let cast = cast().await;
    let far = 4_000_000_000;
    cast.demo.send("POST", "", &[("X-Account-Meta-Temp-URL-Key", "k1")], b"").await;
    cast.demo.send("POST", "/c", &[("X-Container-Meta-Temp-URL-Key-2", "k2")], b"").await;
    let path = format!("{}/c/o", cast.demo.account);
    let status = async |method: &str, url: &str| exchange(cast.demo.address, method, url, &[], b"").await.unwrap().status;
    for key in ["k1", "k2"] {
        assert_eq!(status("GET", &signed("GET", &path, key, far)).await, 200);
        assert_eq!(status("HEAD", &signed("PUT", &path, key, far)).await, 200);
        assert_eq!(status("PUT", &signed("PUT", &path, key, far)).await, 201);
    }
    assert_eq!(status("GET", &signed("PUT", &path, "k1", far)).await, 401);
    assert_eq!(status("GET", &signed("GET", &path, "wrong", far)).await, 401);
    assert_eq!(status("GET", &signed("GET", &path, "k1", 1_000)).await, 401);
    assert_eq!(status("DELETE", &signed("DELETE", &path, "k1", far)).await, 204);
    cast.demo.put("/c/o", b"hello").await;
    let url = format!("{}&filename=a%20b.txt", signed("GET", &path, "k1", far));
    let named = exchange(cast.demo.address, "GET", &url, &[], b"").await.unwrap();
    assert_eq!(named.header("content-disposition"), Some("attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"));
    assert!(cast.emulator.requests().iter().all(|request| !format!("{request:?}").contains("k1")));
}
