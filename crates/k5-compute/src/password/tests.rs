//! Keys are made by `openssl` and `ssh-keygen` while the tests run; without these tools the tests say so and pass.

use super::*;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PASSPHRASE: &str = "open sesame ü";
const PASSWORD: &str = "Wq3d-Zürich!";

/// A folder with keys in it.
struct Keys(tempfile::TempDir);

impl Keys {
    /// With a new key in PKCS#1 under the name `key`; nothing without the tools.
    fn new() -> Option<Self> {
        let keys = Self(tempfile::tempdir().expect("a folder"));
        if Command::new("openssl").arg("version").output().is_err() || Command::new("ssh-keygen").arg("-?").output().is_err() {
            eprintln!("SKIPPED: openssl or ssh-keygen is missing");
            return None;
        }
        keys.run(&["openssl", "genrsa", "-traditional", "-out", "key", "2048"]);
        Some(keys)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, command: &[&str]) {
        let output = Command::new(command[0]).args(&command[1..]).current_dir(self.0.path()).output().expect("it runs");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    /// The key in OpenSSH's form, encrypted by this cipher if there is a passphrase.
    fn openssh(&self, passphrase: &str, cipher: &str) -> String {
        std::fs::copy(self.path("key"), self.path("openssh")).expect("copied");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(self.path("openssh"), std::fs::Permissions::from_mode(0o600)).expect("set");
        }
        self.run(&["ssh-keygen", "-q", "-p", "-P", "", "-N", passphrase, "-Z", cipher, "-f", "openssh"]);
        let text = self.text("openssh");
        assert!(text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
        text
    }

    /// The key rewritten by openssl.
    fn rewritten(&self, how: &[&str]) -> String {
        let mut command = vec!["openssl"];
        command.extend_from_slice(how);
        let passphrase = format!("pass:{PASSPHRASE}");
        command.extend(["-in", "key", "-out", "rewritten"]);
        if !how.contains(&"-nocrypt") {
            command.extend(["-passout", &passphrase]);
        }
        self.run(&command);
        self.text("rewritten")
    }

    /// What a server answers that has encrypted this for the key `name`.
    fn encrypted(&self, name: &str, password: &[u8]) -> ServerPassword {
        encrypt(self.0.path(), name, password)
    }
}

fn encrypt(folder: &Path, name: &str, password: &[u8]) -> ServerPassword {
    let mut openssl = Command::new("openssl")
        .args(["pkeyutl", "-encrypt", "-inkey", name, "-pkeyopt", "rsa_padding_mode:pkcs1"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    openssl.stdin.take().expect("open").write_all(password).expect("written");
    let output = openssl.wait_with_output().expect("it ends");
    assert!(output.status.success());
    // In lines, with blanks, as the API's own sample has it.
    let text = STANDARD.encode(output.stdout);
    let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).expect("text")).collect();
    answer(&format!(" {}\n", lines.join("\n ")))
}

fn answer(text: &str) -> ServerPassword {
    serde_json::from_value(serde_json::json!({ "password": text })).expect("an answer")
}

fn none() -> Result<Option<Secret>> {
    panic!("the key is not encrypted: nobody needs to be asked")
}

fn right() -> Result<Option<Secret>> {
    Ok(Some(PASSPHRASE.into()))
}

#[track_caller]
fn opens(keys: &Keys, text: &str, passphrase: fn() -> Result<Option<Secret>>) {
    let key = PrivateKey::read(text, passphrase).expect("a key");
    assert_eq!(keys.encrypted("key", PASSWORD.as_bytes()).decrypt(&key).expect("decrypted").expose(), PASSWORD);
    assert_eq!(format!("{key:?}"), "PrivateKey(***)");
}

#[track_caller]
fn refused(text: &str, passphrase: fn() -> Result<Option<Secret>>, expected: &str) {
    let error = PrivateKey::read(text, passphrase).expect_err("no key");
    assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidInput, k5_core::Sent::No));
    assert!(error.message().contains(expected), "{expected:?}: {error}");
}

#[test]
fn keys_in_every_form_open_the_password() {
    let Some(keys) = Keys::new() else { return };
    let plain = keys.text("key");
    assert!(plain.starts_with("-----BEGIN RSA PRIVATE KEY-----"), "{}", plain.lines().next().unwrap_or_default());
    opens(&keys, &plain, none);
    opens(&keys, &format!("Bag Attributes\r\n  a: b\r\n{}", plain.replace('\n', "\r\n")), none);
    opens(&keys, &keys.rewritten(&["pkcs8", "-topk8", "-nocrypt"]), none);
    opens(&keys, &keys.openssh("", "aes256-ctr"), none);
}

#[test]
fn encrypted_keys_ask_for_their_passphrase() {
    let Some(keys) = Keys::new() else { return };
    let mut all = Vec::new();
    for (cipher, name) in [("-aes128", "AES-128"), ("-aes192", "AES-192"), ("-aes256", "AES-256"), ("-des3", "DES-EDE3")] {
        let text = keys.rewritten(&["rsa", "-traditional", cipher]);
        assert!(text.contains(&format!("DEK-Info: {name}-CBC,")));
        all.push(text);
    }
    for how in [&["-v2", "aes-256-cbc"][..], &["-v2", "des3"], &["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1"], &["-scrypt"]] {
        all.push(keys.rewritten(&[&["pkcs8", "-topk8"], how].concat()));
    }
    for cipher in ["aes256-ctr", "aes128-cbc", "aes256-gcm@openssh.com"] {
        all.push(keys.openssh(PASSPHRASE, cipher));
    }
    for text in &all {
        opens(&keys, text, right);
        refused(text, || Ok(None), "its passphrase is missing");
        refused(text, || Ok(Some("wrong".into())), "the passphrase is wrong");
        refused(text, || Err(Error::invalid_input("the prompt was closed")), "the prompt was closed");
        let cut: String = text.lines().take(6).map(|line| format!("{line}\n")).collect();
        refused(&cut, none, "its file is damaged or incomplete");
    }
}

#[test]
fn other_files_are_named() {
    let Some(keys) = Keys::new() else { return };
    let older = keys.rewritten(&["rsa", "-traditional", "-aes128"]).replace("AES-128-CBC", "CAMELLIA-128-CBC");
    refused(&older, right, "encrypted with CAMELLIA-128-CBC");
    refused(&keys.openssh(PASSPHRASE, "chacha20-poly1305@openssh.com"), right, "encrypted with chacha20-poly1305@openssh.com");
    refused(&keys.rewritten(&["pkcs8", "-topk8", "-v2", "camellia-128-cbc"]), right, "not supported");
    refused(&keys.rewritten(&["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"]), right, "not supported");
    keys.run(&["openssl", "rsa", "-in", "key", "-pubout", "-out", "public"]);
    refused(&keys.text("public"), none, "this is a public key");
    keys.run(&["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "curve"]);
    refused(&keys.text("curve"), none, "not an RSA private key");
    keys.run(&["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "curve", "-out", "curve8"]);
    refused(&keys.text("curve8"), none, "not an RSA private key");
    keys.run(&["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "ed25519"]);
    refused(&keys.text("ed25519"), none, "not an RSA private key");
    refused(&keys.text("ed25519.pub"), none, "this is a public key");
    refused("PuTTY-User-Key-File-3: ssh-rsa\n", none, "puttygen");
    for text in ["", "hello", "-----BEGIN-----"] {
        refused(text, none, "not a private key in PEM format");
    }
    let damaged = keys.text("key").replacen("MII", "MIJ", 1);
    refused(&damaged, none, "damaged");
    refused("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", none, "\"CERTIFICATE\"");
    for label in ["OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "RSA PRIVATE KEY"] {
        for body in ["", "AAAA", "!!!!"] {
            refused(&format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"), none, "damaged");
        }
    }
}

#[test]
fn what_is_not_the_password_of_this_key_says_so() {
    let Some(keys) = Keys::new() else { return };
    for (name, bits) in [("other", "2048"), ("longer", "3072")] {
        keys.run(&["openssl", "genrsa", "-out", name, bits]);
    }
    let key = PrivateKey::read(&keys.text("key"), none).expect("a key");
    let failed = |password: &ServerPassword| password.decrypt(&key).expect_err("no password").to_string();
    for name in ["other", "longer"] {
        let error = failed(&keys.encrypted(name, b"secret"));
        assert!(error.contains("was encrypted for another key") && error.contains("key_name"), "{error}");
    }
    for text in ["", " \n"] {
        assert!(!answer(text).is_set());
        assert!(failed(&answer(text)).contains("has not set a password yet"));
    }
    assert!(failed(&answer("not Base64!")).contains("it is not Base64"));
    assert!(failed(&answer("AAAA")).contains("another key"));
    assert!(failed(&keys.encrypted("key", b"\xff\xfe")).contains("is not text"));
    let longer = PrivateKey::read(&keys.text("longer"), none).expect("a key");
    assert_eq!(keys.encrypted("longer", b"").decrypt(&longer).expect("decrypted").expose(), "");
    let shown = format!("{:?}", keys.encrypted("key", PASSWORD.as_bytes()));
    assert!(shown.contains("***") && !shown.contains("=="), "{shown}");
}

/// Files come from people: whatever is in one, it is read or refused.
#[test]
fn damaged_files_never_panic() {
    let Some(keys) = Keys::new() else { return };
    for text in [keys.text("key"), keys.openssh("", "aes256-ctr"), keys.rewritten(&["pkcs8", "-topk8"])] {
        let pem = pem::Pem::find(&text).expect("a key");
        for _ in 0..300 {
            let mut bytes = pem.body.to_vec();
            for _ in 0..fastrand::usize(1..4) {
                let at = fastrand::usize(..bytes.len());
                bytes[at] = fastrand::u8(..);
            }
            bytes.truncate(fastrand::usize(..=bytes.len()));
            let label = pem.label;
            let text = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(bytes));
            // A passphrase would be hashed each time.
            let _ = PrivateKey::read(&text, || Ok(None));
        }
    }
}
