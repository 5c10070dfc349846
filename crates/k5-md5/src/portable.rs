//! The compression of blocks in safe Rust, for processors without assembly.
//!
//! A step's result is the next step's input `b`, so each cycle between the two counts 64 times per block. Two things keep them few:
//!
//! - Everything that doesn't depend on `b` is added up first. The optimizer undoes that when it sees the step's constant: it
//!   moves constants to the end of a sum, onto the critical path, for one cycle a step. So the constants come from memory, by a
//!   pointer that it can't see through.
//! - The second round's choice has two terms that never share a bit. Added one after the other instead of joined first, only one
//!   of them waits for `b`.

use crate::constants::{Block, K, State};

/// Adds blocks.
pub(crate) fn compress(state: &mut State, blocks: &[Block]) {
    let k: &[u32; 64] = std::hint::black_box(&K);
    let [mut a, mut b, mut c, mut d] = *state;
    for block in blocks {
        let before = [a, b, c, d];
        // One step: `early` is what doesn't wait for `b`, `late` what does.
        macro_rules! step {
            ($early:expr, $late:expr, $i:expr, $word:expr, $turn:expr) => {{
                let ready = a.wrapping_add(word(block, $word & 15)).wrapping_add(k[$i]).wrapping_add($early);
                let next = ready.wrapping_add($late).rotate_left($turn).wrapping_add(b);
                (a, d, c, b) = (d, c, b, next);
            }};
        }
        macro_rules! four {
            ($early:expr, $late:expr, $i:expr, $word:expr, $stride:expr, $turns:expr) => {
                step!($early, $late, $i, $word, $turns[0]);
                step!($early, $late, $i + 1, $word + $stride, $turns[1]);
                step!($early, $late, $i + 2, $word + 2 * $stride, $turns[2]);
                step!($early, $late, $i + 3, $word + 3 * $stride, $turns[3]);
            };
        }
        macro_rules! round {
            ($early:expr, $late:expr, $i:expr, $word:expr, $stride:expr, $turns:expr) => {
                four!($early, $late, $i, $word, $stride, $turns);
                four!($early, $late, $i + 4, $word + 4 * $stride, $stride, $turns);
                four!($early, $late, $i + 8, $word + 8 * $stride, $stride, $turns);
                four!($early, $late, $i + 12, $word + 12 * $stride, $stride, $turns);
            };
        }
        round!(0, d ^ (b & (c ^ d)), 0, 0, 1, [7, 12, 17, 22]);
        round!(c & !d, b & d, 16, 1, 5, [5, 9, 14, 20]);
        round!(0, b ^ (c ^ d), 32, 5, 3, [4, 11, 16, 23]);
        round!(0, c ^ (b | !d), 48, 0, 7, [6, 10, 15, 21]);
        a = a.wrapping_add(before[0]);
        b = b.wrapping_add(before[1]);
        c = c.wrapping_add(before[2]);
        d = d.wrapping_add(before[3]);
    }
    *state = [a, b, c, d];
}

/// Each step reads its word itself: words laid out in an array beforehand stay there only where the optimizer unrolls that loop.
#[inline(always)]
fn word(block: &Block, index: usize) -> u32 {
    u32::from_le_bytes([block[4 * index], block[4 * index + 1], block[4 * index + 2], block[4 * index + 3]])
}

/// No vector instructions.
#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_pointer_width = "64", target_endian = "little")))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Vectors {}

#[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_pointer_width = "64", target_endian = "little")))]
impl Vectors {
    pub(crate) fn present() -> impl Iterator<Item = Self> {
        std::iter::empty()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {}
    }

    pub(crate) fn most(self) -> usize {
        match self {}
    }

    pub(crate) fn compress(self, _: &mut [State; crate::lanes::MOST], _: &[&[Block]; crate::lanes::MOST], _: usize, _: usize) {
        match self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_compressed_as_everywhere() {
        let blocks: Vec<Block> =
            (0..70_u32).map(|block| std::array::from_fn(|at| (block.wrapping_mul(2_654_435_761) >> (at % 23)) as u8)).collect();
        for count in 0..=blocks.len() {
            let (mut state, mut expected) = ([1, 2, 3, u32::MAX], [1, 2, 3, u32::MAX]);
            compress(&mut state, &blocks[..count]);
            crate::compress(&mut expected, &blocks[..count]);
            assert_eq!(state, expected, "{count}");
        }
    }
}
