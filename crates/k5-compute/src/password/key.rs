//! RSA private keys, in the formats that the usual tools write.

use super::openssh;
use super::pem::Pem;
use super::refusal::{damaged, encrypted_otherwise, not_rsa, too_slow, unknown_encryption, unsuitable, wrong_passphrase};
use k5_core::{Error, Result, Secret};
use k5_md5::Md5;
use pkcs8::pkcs5::pbes2::Kdf;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rsa::hazmat::rsa_decrypt_and_check;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, PrivateKey as Rsa};
use ssh_cipher::Cipher;
use std::fmt;
use zeroize::Zeroizing;

/// RSA among the algorithms of PKCS#8.
const RSA: &str = "1.2.840.113549.1.1.1";

/// An RSA private key, which decrypts a [`ServerPassword`](crate::ServerPassword). `Debug` does not show it.
pub struct PrivateKey(Rsa);

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(***)")
    }
}

impl PrivateKey {
    /// Reads a private key from the text of its file: PEM in PKCS#1 (`RSA PRIVATE KEY`, also encrypted with AES or 3DES), in PKCS#8
    /// (`PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`), or in OpenSSH's own format (`OPENSSH PRIVATE KEY`).
    ///
    /// - `passphrase`: called only if the key is encrypted; it may ask the user. `None` means that there is no passphrase.
    ///
    /// # Errors
    /// If it is not an RSA private key in one of these formats, or its passphrase is missing or wrong; the error says what to do.
    pub fn read(text: &str, passphrase: impl FnOnce() -> Result<Option<Secret>>) -> Result<Self> {
        let pem = Pem::find(text)?;
        let ask = || {
            passphrase()?.ok_or_else(|| {
                Error::invalid_input("the private key is encrypted, and its passphrase is missing: provide it as well")
            })
        };
        let key = match pem.label {
            "RSA PRIVATE KEY" => match pem.header("DEK-Info") {
                None => Rsa::from_pkcs1_der(&pem.body).map_err(|_| damaged())?,
                Some(encryption) => {
                    let der = older(encryption, &pem.body, ask)?;
                    Rsa::from_pkcs1_der(&der).map_err(|_| wrong_passphrase())?
                }
            },
            "PRIVATE KEY" => pkcs8(&pem.body, damaged)?,
            "ENCRYPTED PRIVATE KEY" => {
                let encrypted = EncryptedPrivateKeyInfoRef::try_from(pem.body.as_slice()).map_err(|_| unknown_encryption())?;
                let Some(parameters) = encrypted.encryption_algorithm.pbes2() else { return Err(encrypted_otherwise("PBES1")) };
                affordable(&parameters.kdf)?;
                let der = encrypted.decrypt(ask()?.expose()).map_err(|error| match error {
                    pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::UnsupportedAlgorithm { oid }) => {
                        encrypted_otherwise(&oid.to_string())
                    }
                    _ => wrong_passphrase(),
                })?;
                pkcs8(der.as_bytes(), wrong_passphrase)?
            }
            "OPENSSH PRIVATE KEY" => openssh::read(&pem.body, ask)?,
            other => return Err(unsuitable(other)),
        };
        Ok(Self(key))
    }

    /// Decrypts what was encrypted for this key with PKCS#1 v1.5; `None` if it was encrypted for another one.
    ///
    /// The padding is checked here and not by `rsa`, which returns random bytes instead of a message with bad padding: that
    /// protects servers that decrypt for strangers, but somebody with the wrong key would get a wrong password.
    pub(super) fn decrypt(&self, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let size = self.0.size();
        if encrypted.len() != size {
            return None;
        }
        let encrypted = BoxedUint::from_be_slice(encrypted, self.0.n_bits_precision()).ok()?;
        let padded = rsa_decrypt_and_check(&self.0, Some(&mut getrandom::SysRng), &encrypted).ok()?;
        let padded = Zeroizing::new(padded.to_be_bytes());
        let padded = padded.get(padded.len().checked_sub(size)?..)?;
        // 0, 2, at least eight random bytes without a zero, a zero, the message.
        let rest = padded.strip_prefix(&[0, 2])?;
        let end = rest.iter().position(|byte| *byte == 0).filter(|end| *end >= 8)?;
        Some(Zeroizing::new(rest[end + 1..].to_vec()))
    }
}

/// How often PBKDF2 hashes a passphrase, at most; openssl does it 2048 times unless it is told otherwise.
const MOST_ITERATIONS: u32 = 10_000_000;
/// The most blocks of 128 bytes that scrypt may hold (half a gigabyte); openssl's keys take 2^17.
const MOST_BLOCKS: u64 = 1 << 22;
/// The most blocks that it may compute one after the other.
const MOST_WORK: u64 = 1 << 24;

/// Refuses what would hang, take all memory, or is no number for this algorithm.
fn affordable(derivation: &Kdf) -> Result<()> {
    match derivation {
        Kdf::Pbkdf2(parameters) => match parameters.iteration_count {
            0 => Err(damaged()),
            count if count > MOST_ITERATIONS => Err(too_slow(&format!("{count} iterations of PBKDF2"), MOST_ITERATIONS.into())),
            _ => Ok(()),
        },
        Kdf::Scrypt(parameters) => {
            let cost = parameters.cost_parameter;
            if cost < 2 || !cost.is_power_of_two() || parameters.block_size == 0 || parameters.parallelization == 0 {
                return Err(damaged());
            }
            let blocks = cost.saturating_mul(parameters.block_size.into());
            let work = blocks.saturating_mul(parameters.parallelization.into());
            match (blocks, work) {
                (blocks, _) if blocks > MOST_BLOCKS => Err(too_slow(&format!("{blocks} blocks of scrypt"), MOST_BLOCKS)),
                (_, work) if work > MOST_WORK => Err(too_slow(&format!("{work} blocks of scrypt"), MOST_WORK)),
                _ => Ok(()),
            }
        }
        _ => Err(unknown_encryption()),
    }
}

fn pkcs8(der: &[u8], broken: fn() -> Error) -> Result<Rsa> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| broken())?;
    if info.algorithm.oid.to_string() != RSA {
        return Err(not_rsa());
    }
    Rsa::try_from(info).map_err(|_| damaged())
}

/// `DEK-Info: AES-128-CBC,2F4B...`: the key is derived by MD5 from the passphrase and the beginning of the initialization vector.
fn older(encryption: &str, body: &[u8], ask: impl FnOnce() -> Result<Secret>) -> Result<Zeroizing<Vec<u8>>> {
    let (name, vector) = encryption.split_once(',').ok_or_else(damaged)?;
    let cipher = match name.trim() {
        "AES-128-CBC" => Cipher::Aes128Cbc,
        "AES-192-CBC" => Cipher::Aes192Cbc,
        "AES-256-CBC" => Cipher::Aes256Cbc,
        "DES-EDE3-CBC" => Cipher::TdesCbc,
        other => return Err(encrypted_otherwise(other)),
    };
    let (size, block) = cipher.key_and_iv_size().ok_or_else(damaged)?;
    let vector = bytes_of(vector.trim()).filter(|vector| vector.len() == block).ok_or_else(damaged)?;
    let passphrase = ask()?;
    let mut key = Zeroizing::new(Vec::with_capacity(48));
    while key.len() < size {
        let mut md5 = Md5::new();
        // The last sum, none at first.
        md5.update(&key[key.len().saturating_sub(16)..]);
        md5.update(passphrase.expose().as_bytes());
        md5.update(&vector[..8]);
        key.extend_from_slice(&md5.finish());
    }
    let mut der = Zeroizing::new(body.to_vec());
    cipher.decrypt(&key[..size], &vector, &mut der, None).map_err(|_| damaged())?;
    let padding = usize::from(der.last().copied().unwrap_or_default());
    let whole = der.len().checked_sub(padding).filter(|_| (1..=block).contains(&padding)).ok_or_else(wrong_passphrase)?;
    der.truncate(whole);
    Ok(der)
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    pairs.collect()
}
