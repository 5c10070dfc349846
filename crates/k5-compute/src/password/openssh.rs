//! OpenSSH's own format of private keys, as OpenSSH's `PROTOCOL.key` describes it.

use super::refusal::{damaged, encrypted_otherwise, not_rsa, too_slow, wrong_passphrase};
use k5_core::{Result, Secret};
use rsa::{BoxedUint, PrivateKey as Rsa};
use ssh_cipher::{Cipher, Tag};
use zeroize::Zeroizing;

const MAGIC: &[u8] = b"openssh-key-v1\0";
/// The most bcrypt rounds that are accepted, so that a file can't block for long: a hundred take a second. OpenSSH uses 16 or 24.
const MOST_ROUNDS: u32 = 2000;

pub(super) fn read(body: &[u8], ask: impl FnOnce() -> Result<Secret>) -> Result<Rsa> {
    let mut file = Reader(body.strip_prefix(MAGIC).ok_or_else(damaged)?);
    let (cipher, derivation, mut options) = (file.text()?, file.text()?, Reader(file.bytes()?));
    if file.number()? != 1 {
        return Err(damaged());
    }
    let public = file.bytes()?;
    if Reader(public).text()? != "ssh-rsa" {
        return Err(not_rsa());
    }
    let mut secret = Zeroizing::new(file.bytes()?.to_vec());
    let is_encrypted = cipher != "none";
    if is_encrypted {
        let cipher = cipher_of(cipher).ok_or_else(|| encrypted_otherwise(cipher))?;
        if derivation != "bcrypt" {
            return Err(encrypted_otherwise(derivation));
        }
        let (salt, rounds) = (options.bytes()?, options.number()?);
        if salt.is_empty() || rounds == 0 {
            return Err(damaged());
        }
        if rounds > MOST_ROUNDS {
            return Err(too_slow(&format!("{rounds} rounds of bcrypt"), MOST_ROUNDS.into()));
        }
        let tag = match cipher.has_tag() {
            true => Some(Tag::try_from(file.take(16)?).map_err(|_| damaged())?),
            false => None,
        };
        let (key, vector) = cipher.key_and_iv_size().ok_or_else(damaged)?;
        let passphrase = ask()?;
        let mut derived = Zeroizing::new(vec![0; key + vector]);
        bcrypt_pbkdf::bcrypt_pbkdf(passphrase.expose(), salt, rounds, &mut derived).map_err(|_| wrong_passphrase())?;
        cipher.decrypt(&derived[..key], &derived[key..], &mut secret, tag).map_err(|_| wrong_passphrase())?;
    }
    let mut secret = Reader(&secret);
    // The same number twice, unless it was decrypted with the wrong key.
    if secret.number()? != secret.number()? {
        return Err(if is_encrypted { wrong_passphrase() } else { damaged() });
    }
    if secret.text()? != "ssh-rsa" {
        return Err(damaged());
    }
    let (n, e, d) = (secret.integer()?, secret.integer()?, secret.integer()?);
    // The inverse of the second prime, which is computed again.
    secret.bytes()?;
    let primes = vec![secret.integer()?, secret.integer()?];
    Rsa::from_components(n, e, d, primes).map_err(|_| damaged())
}

fn cipher_of(name: &str) -> Option<Cipher> {
    let known = [
        Cipher::Aes128Cbc,
        Cipher::Aes192Cbc,
        Cipher::Aes256Cbc,
        Cipher::Aes128Ctr,
        Cipher::Aes192Ctr,
        Cipher::Aes256Ctr,
        Cipher::Aes128Gcm,
        Cipher::Aes256Gcm,
    ];
    known.into_iter().find(|cipher| cipher.as_str() == name)
}

/// The bytes that are left to read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32> {
        let bytes = self.take(4)?.try_into().map_err(|_| damaged())?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn bytes(&mut self) -> Result<&'b [u8]> {
        let length = usize::try_from(self.number()?).map_err(|_| damaged())?;
        self.take(length)
    }

    fn text(&mut self) -> Result<&'b str> {
        std::str::from_utf8(self.bytes()?).map_err(|_| damaged())
    }

    fn integer(&mut self) -> Result<BoxedUint> {
        let bytes = self.bytes()?;
        // A leading zero says that the number isn't negative.
        let bytes = bytes.strip_prefix(&[0]).unwrap_or(bytes);
        if bytes.is_empty() {
            return Err(damaged());
        }
        Ok(BoxedUint::from_be_slice_vartime(bytes))
    }
}
