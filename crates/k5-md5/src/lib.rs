//! MD5 (RFC 1321), for checking what object storage calls an ETag. It protects against damage, not against forgery.
//!
//! The speed of one stream is bound by the latency of its 64 dependent steps per block, so what counts is the number of cycles
//! between a step's input and its output. Several streams don't depend on each other: [`update_many`] and [`digest_many`] hash them
//! in the lanes of vector registers, on the caller's thread, with the best instructions that the processor has ([`Lanes`]).
//!
//! On 64-bit x86 and ARM all of this is assembly, so that it is as fast in a program that is built without optimization; `src/asm.rs`
//! says why that needs `unsafe`, which no other part of this workspace has. Other processors hash one stream after the other, in safe
//! Rust.
//!
//! Speed relative to `openssl speed md5` (OpenSSL 3.0, 0.68 GB/s), as `cargo xtask bench md5` measures it with 64 KiB of each stream
//! per call; the fastest of several runs each, on one core of an AMD EPYC of the fourth generation:
//!
//! | streams | SSE2 | AVX2 | AVX-512 |
//! | ---: | ---: | ---: | ---: |
//! | 1 | 1.1 | 1.1 | 1.1 |
//! | 2 | 1.9 | 1.9 | 2.1 |
//! | 4 | 3.7 | 3.8 | 4.2 |
//! | 8 | 5.5 | 7.3 | 8.1 |
//! | 16 | 5.4 | 10.6 | 13.2 |
//! | 32 | 5.4 | 11.2 | 15.3 |
//!
//! NEON is used the same way as SSE2.

#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_pointer_width = "64", target_endian = "little"))]
mod asm;
mod constants;
mod lanes;
mod many;
#[cfg(any(
    test,
    not(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_pointer_width = "64", target_endian = "little"))
))]
mod portable;

pub use lanes::Lanes;
pub use many::{digest_many, update_many};

#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_pointer_width = "64", target_endian = "little"))]
use asm::{Vectors, compress};
use constants::{Block, State};
#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_pointer_width = "64", target_endian = "little")))]
use portable::{Vectors, compress};

const INITIAL: State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// A running MD5.
///
/// ```
/// let mut md5 = k5_md5::Md5::new();
/// md5.update(b"a");
/// md5.update(b"bc");
/// assert_eq!(k5_md5::hex(&md5.finish()), "900150983cd24fb0d6963f7d28e17f72");
/// ```
#[derive(Clone, Debug)]
pub struct Md5 {
    state: State,
    /// Bytes that don't fill a block yet.
    rest: Block,
    length: u64,
}

impl Default for Md5 {
    fn default() -> Self {
        Self::new()
    }
}

impl Md5 {
    /// An MD5 of no bytes yet.
    pub const fn new() -> Self {
        Self { state: INITIAL, rest: [0; 64], length: 0 }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let (state, blocks) = self.take(bytes);
        compress(state, blocks);
    }

    /// Adds bytes, except for the complete blocks among them, which are still to be compressed into the state.
    fn take<'a>(&mut self, mut bytes: &'a [u8]) -> (&mut State, &'a [Block]) {
        let held = (self.length % 64) as usize;
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if held > 0 {
            let missing = bytes.len().min(64 - held);
            self.rest[held..held + missing].copy_from_slice(&bytes[..missing]);
            bytes = &bytes[missing..];
            if held + missing < 64 {
                return (&mut self.state, &[]);
            }
            compress(&mut self.state, &[self.rest]);
        }
        let (blocks, left) = bytes.as_chunks();
        self.rest[..left.len()].copy_from_slice(left);
        (&mut self.state, blocks)
    }

    /// The last blocks, one or two: what is held, the padding and the length.
    fn tail(&self) -> ([Block; 2], usize) {
        let held = (self.length % 64) as usize;
        let count = if held < 56 { 1 } else { 2 };
        let mut tail = [[0; 64]; 2];
        tail[0][..held].copy_from_slice(&self.rest[..held]);
        tail[0][held] = 0x80;
        tail[count - 1][56..].copy_from_slice(&self.length.wrapping_mul(8).to_le_bytes());
        (tail, count)
    }

    /// Returns the sum of everything added.
    pub fn finish(mut self) -> [u8; 16] {
        let (tail, count) = self.tail();
        compress(&mut self.state, &tail[..count]);
        self.sum()
    }

    fn sum(&self) -> [u8; 16] {
        let mut sum = [0; 16];
        for (slot, word) in sum.chunks_exact_mut(4).zip(self.state) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        sum
    }
}

/// Returns the sum of bytes in memory.
pub fn md5(bytes: &[u8]) -> [u8; 16] {
    let mut md5 = Md5::new();
    md5.update(bytes);
    md5.finish()
}

/// Returns a sum in lower-case hexadecimal, as in an ETag.
pub fn hex(sum: &[u8; 16]) -> String {
    sum.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use super::*;
    use md5::Digest;
    use proptest::prelude::*;

    #[test]
    fn the_rfcs_own_examples() {
        for (text, sum) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ] {
            assert_eq!(hex(&md5(text.as_bytes())), sum);
        }
    }

    #[test]
    fn every_length_around_the_blocks() {
        let bytes: Vec<u8> = (0..300).map(|n| (n * 7) as u8).collect();
        for length in 0..bytes.len() {
            assert_eq!(md5(&bytes[..length])[..], md5::Md5::digest(&bytes[..length])[..], "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_sum(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..12)) {
            let mut running = Md5::new();
            chunks.iter().for_each(|chunk| running.update(chunk));
            prop_assert_eq!(&running.finish()[..], &md5::Md5::digest(chunks.concat())[..]);
        }
    }
}
