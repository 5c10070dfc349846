//! Passwords of servers. Every guest does what a Windows guest does: it encrypts the administrator's password for its key pair, if
//! that is RSA, and stores it where the API shows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::server::Server;
use super::{Compute, keypairs, ssh};
use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Outcome, fields};

/// The longest modulus, in bytes.
const LONGEST: usize = 1024;

impl Compute {
    pub(crate) async fn show_server_password(&self, call: &mut Call<'_>) -> Outcome {
        let server: Server = self.cloud.load(call, "server_id")?;
        let password = server.password.filter(|_| server.launched.is_some()).unwrap_or_default();
        Ok(json_reply(200, &json!({"password": password})))
    }

    /// The password as a server with this key pair shows it.
    pub(super) fn sealed(&self, user: &str, key_name: Option<&str>, password: &str) -> Outcome<Option<String>> {
        let Some(name) = key_name else { return Ok(None) };
        let key = keypairs::public_key(&self.cloud.reader().documents, user, name)?;
        Ok(key.and_then(|key| sealed(&key, password)))
    }
}

/// The password in the body, or a new one.
pub(super) fn wanted(body: &Value) -> Outcome<String> {
    let given = fields::text(body, "adminPass")?;
    Ok(given.unwrap_or_else(|| (0..12).map(|_| fastrand::alphanumeric()).collect()))
}

/// PKCS#1 v1.5 in Base64; nothing if the key is not RSA, or too short for the password.
fn sealed(public_key: &str, password: &str) -> Option<String> {
    let (exponent, modulus) = ssh::rsa(public_key)?;
    let size = modulus.len();
    let room = size.checked_sub(password.len() + 3).filter(|room| *room >= 8 && size <= LONGEST)?;
    let mut padded = vec![0, 2];
    padded.extend((0..room).map(|_| fastrand::u8(1..)));
    padded.push(0);
    padded.extend_from_slice(password.as_bytes());
    Some(STANDARD.encode(power(&padded, exponent, &modulus)))
}

/// `base` to the power of `exponent`, modulo `modulus`; all in big-endian bytes, as many as the modulus has.
fn power(base: &[u8], exponent: u64, modulus: &[u8]) -> Vec<u8> {
    let (base, modulus) = (limbs(base, modulus.len()), limbs(modulus, modulus.len()));
    let mut result = vec![0; modulus.len()];
    result[0] = 1;
    for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
        result = product(&result, &result, &modulus);
        if exponent >> bit & 1 == 1 {
            result = product(&result, &base, &modulus);
        }
    }
    let bytes: Vec<u8> = result.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
    let size = (modulus.len() - 1) * 4;
    // Without the spare limb and the padding of the first one.
    let first = modulus[modulus.len() - 2].leading_zeros() as usize / 8;
    bytes[bytes.len() - size + first..].to_vec()
}

/// Little-endian limbs, with one spare limb.
fn limbs(bytes: &[u8], size: usize) -> Vec<u32> {
    let mut limbs: Vec<u32> = bytes.rchunks(4).map(|limb| limb.iter().fold(0, |all, byte| all << 8 | u32::from(*byte))).collect();
    limbs.resize(size.div_ceil(4) + 1, 0);
    limbs
}

/// By doubling and adding, which needs no division.
fn product(a: &[u32], b: &[u32], modulus: &[u32]) -> Vec<u32> {
    let mut sum = vec![0; modulus.len()];
    for limb in a.iter().rev() {
        for bit in (0..u32::BITS).rev() {
            let same = sum.clone();
            add(&mut sum, &same, modulus);
            if limb >> bit & 1 == 1 {
                add(&mut sum, b, modulus);
            }
        }
    }
    sum
}

fn add(sum: &mut [u32], more: &[u32], modulus: &[u32]) {
    let mut carry = 0;
    for (limb, more) in sum.iter_mut().zip(more) {
        let all = u64::from(*limb) + u64::from(*more) + carry;
        (*limb, carry) = (all as u32, all >> 32);
    }
    if sum.iter().rev().ge(modulus.iter().rev()) {
        let mut borrow = false;
        for (limb, less) in sum.iter_mut().zip(modulus) {
            let (left, first) = limb.overflowing_sub(*less);
            let (left, second) = left.overflowing_sub(u32::from(borrow));
            (*limb, borrow) = (left, first || second);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_right() {
        // 65 to the 17th modulo 3233, the example that everybody knows.
        assert_eq!(power(&[65], 17, &[0x0c, 0xa1]), [0x0a, 0xe6]);
        // Of several limbs: the modulus is a prime, so that the order divides it less one.
        let prime = (1_u128 << 127) - 1;
        let small = power(&7_u128.to_be_bytes(), 3, &prime.to_be_bytes());
        assert_eq!(small, 343_u128.to_be_bytes());
        let large = (prime - 2).to_be_bytes();
        assert_eq!(power(&large, 2, &prime.to_be_bytes()), 4_u128.to_be_bytes(), "minus two, squared");
    }

    #[test]
    fn only_keys_of_rsa_that_are_long_enough_seal() {
        assert_eq!(sealed("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBd2TMOAFsKPwmVmRYQ0GnAJT3yOLMxgQ1l9nPNFVzfB", "pw"), None);
        let mut blob = Vec::new();
        for part in
            [&b"ssh-rsa"[..], &[1, 0, 1], &[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf1]]
        {
            blob.extend_from_slice(&u32::try_from(part.len()).unwrap().to_be_bytes());
            blob.extend_from_slice(part);
        }
        let key = format!("ssh-rsa {} a", STANDARD.encode(blob));
        assert_eq!(STANDARD.decode(sealed(&key, "pw").unwrap()).unwrap().len(), 13);
        assert_eq!(sealed(&key, "pwd"), None);
    }
}
