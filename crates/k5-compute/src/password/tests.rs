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
    refused(&keys.rewritten(&["pkcs8", "-topk8", "-v2", "camellia-128-cbc"]), right, "in an unsupported way");
    refused(&keys.rewritten(&["pkcs8", "-topk8", "-v1", "PBE-SHA1-3DES"]), right, "in an unsupported way");
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

/// A DER value.
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).expect("short");
    let head = if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] };
    [&head, value].concat()
}

/// A key in PKCS#8 whose passphrase is hashed this way.
fn hashed(kdf: &[u8], parameters: &[&[u8]]) -> String {
    const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
    const AES_256_CBC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
    let numbers = parameters.iter().map(|number| der(2, number));
    let parameters = [vec![der(4, b"saltsalt")], numbers.collect()].concat().concat();
    let kdf = der(0x30, &[der(6, kdf), der(0x30, &parameters)].concat());
    let cipher = der(0x30, &[der(6, AES_256_CBC), der(4, &[0; 16])].concat());
    let scheme = der(0x30, &[der(6, PBES2), der(0x30, &[kdf, cipher].concat())].concat());
    let key = der(0x30, &[scheme, der(4, &[0; 64])].concat());
    format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{}\n-----END ENCRYPTED PRIVATE KEY-----\n", STANDARD.encode(key))
}

#[test]
fn a_passphrase_that_takes_too_long_to_try_is_not_asked_for() {
    const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c];
    const SCRYPT: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x04, 0x0b];
    let two_to_40 = &[1, 0, 0, 0, 0, 0][..];
    for (text, expected) in [
        (hashed(PBKDF2, &[&[5, 0xf5, 0xe1, 0]]), "100000000 iterations of PBKDF2, and at most 10000000"),
        (hashed(PBKDF2, &[&[0]]), "damaged"),
        (hashed(SCRYPT, &[two_to_40, &[8], &[1]]), "8796093022208 blocks of scrypt"),
        (hashed(SCRYPT, &[&[0x40, 0], &[8], &[0x7f, 0xff]]), "4294836224 blocks of scrypt"),
        (hashed(SCRYPT, &[&[0], &[8], &[1]]), "damaged"),
        (hashed(SCRYPT, &[&[3], &[8], &[1]]), "damaged"),
        (hashed(SCRYPT, &[&[4], &[0], &[1]]), "damaged"),
    ] {
        refused(&text, none, expected);
    }
    refused(&hashed(PBKDF2, &[&[8, 0]]), right, "the passphrase is wrong");
    refused(&hashed(SCRYPT, &[&[0x40, 0], &[8], &[1]]), right, "the passphrase is wrong");
    let text = |text: &[u8]| [&u32::try_from(text.len()).expect("short").to_be_bytes()[..], text].concat();
    let options = |rounds: u32| text(&[text(b"salt"), rounds.to_be_bytes().to_vec()].concat());
    for (rounds, expected) in [(2001, "2001 rounds of bcrypt, and at most 2000"), (u32::MAX, "4294967295 rounds"), (0, "damaged")] {
        let head = [b"openssh-key-v1\0".to_vec(), text(b"aes256-ctr"), text(b"bcrypt"), options(rounds), vec![0, 0, 0, 1]];
        let body = [head.concat(), text(&text(b"ssh-rsa")), text(&[0; 64])].concat();
        let body = STANDARD.encode(body);
        refused(&format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n"), none, expected);
    }
}

#[test]
fn the_key_is_found_among_other_blocks() {
    let Some(keys) = Keys::new() else { return };
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    opens(&keys, &format!("\u{feff}{certificate}{}{certificate}", keys.text("key")), none);
    keys.run(&["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-out", "curve"]);
    assert!(keys.text("curve").starts_with("-----BEGIN EC PARAMETERS-----"));
    refused(&keys.text("curve"), none, "not an RSA private key");
}

/// Numbers that no key has, in OpenSSH's form, which says what each one is.
#[test]
fn odd_numbers_are_refused_at_once() {
    let text = |text: &[u8]| [&u32::try_from(text.len()).expect("short").to_be_bytes()[..], text].concat();
    let file = |numbers: [&[u8]; 6]| {
        let none = [text(b"none"), text(b"none"), text(b""), vec![0, 0, 0, 1]].concat();
        let secret = [vec![0; 8], text(b"ssh-rsa"), numbers.map(text).concat()].concat();
        let body = [b"openssh-key-v1\0".to_vec(), none, text(&text(b"ssh-rsa")), text(&secret)].concat();
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n", STANDARD.encode(body))
    };
    let (most, long) = ([0xff; 256], vec![0xff; 40_000]);
    let odd: [&[u8]; 8] = [&[0, 0], &[1], &[2], &[3], &[15], &[0xff; 8], &most, &long[..9000]];
    for n in odd {
        for e in [&[0, 0][..], &[1], &[3], &[1, 0, 1]] {
            for (p, q) in [(n, &[1][..]), (&[1], n), (&[3], &[5]), (&[0, 0], n), (n, n)] {
                for d in [&[0, 0][..], &[1], n] {
                    refused(&file([n, e, d, &[1], p, q]), none, "");
                }
            }
        }
    }
    refused(&file([&long, &[3], &long, &[1], &long, &[1]]), none, "longer than any");
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
