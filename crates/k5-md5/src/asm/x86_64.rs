//! x86-64: one stream in general registers, several in the lanes of SSE2, AVX2 or AVX-512.

#[macro_use]
mod vectors;
mod alone;
mod one;

use super::{Scratch, WIDE, starts};
use crate::constants::{Block, K, State};
use crate::lanes::MOST;
use std::arch::asm;

/// From this many blocks on, a vector's gain for one stream is worth asking what the processor has.
const LONG: usize = 16;

/// Adds blocks.
pub(crate) fn compress(state: &mut State, blocks: &[Block]) {
    if blocks.is_empty() {
        return;
    }
    if blocks.len() >= LONG && Vectors::suit_one_stream() {
        // SAFETY: The processor has AVX-512, and there is a block.
        unsafe { alone::compress(state, blocks) }
    } else {
        // SAFETY: There is a block.
        unsafe { one::compress(state, blocks) }
    }
}

/// Adds blocks of as many streams as one group of registers or two have lanes.
///
/// It reads 64 constants of the kind that the instructions take, and `count` blocks from each of the `starts` on; it reads and writes
/// the states of as many lanes, and a [`Scratch`]. The constants and the scratch are aligned to 64 bytes.
macro_rules! kernel {
    ($isa:ident $v:ident $groups:ident, $k:ident, $states:ident, $starts:ident, $scratch:ident, $count:ident) => {
        asm!(
            each!(load_states $isa $v $groups),
            "2:",
            each!(prepare $isa $v $groups),
            steps!(many [$isa $v $groups]),
            each!(add_kept $isa $v $groups),
            "add rax, 64",
            "cmp rax, {end}",
            "jne 2b",
            each!(store_states $isa $v $groups),
            leave!($isa),
            states = in(reg) $states.as_mut_ptr(),
            starts = in(reg) $starts.as_ptr(),
            scratch = in(reg) &raw mut $scratch,
            k = in(reg) $k,
            inout("rax") 0_usize => _,
            end = in(reg) 64 * $count,
            out("rcx") _,
            // On every system: all vector registers.
            clobber_abi("sysv64"),
            options(nostack),
        )
    };
}

/// Vector instructions that this processor has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vectors(Kind);

#[derive(Clone, Copy, Debug)]
enum Kind {
    Sse2,
    Avx2,
    Avx512,
}

impl Vectors {
    /// Those that this processor has, the best last.
    pub(crate) fn present() -> impl Iterator<Item = Self> {
        let avx2 = is_x86_feature_detected!("avx2");
        // Early processors with AVX-512, which lack VBMI2, are left out, since wide vectors slow them down.
        let avx512 = avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi2");
        // x86-64 always has SSE2.
        [Some(Kind::Sse2), avx2.then_some(Kind::Avx2), avx512.then_some(Kind::Avx512)].into_iter().flatten().map(Self)
    }

    /// Whether a single stream is hashed faster in a vector register than in general ones. AVX-512 has single instructions for the
    /// function of each round and for the rotation: four cycles a step instead of four and a half. On AMD's processors, which are
    /// those with SSE4a, they take longer.
    fn suit_one_stream() -> bool {
        !is_x86_feature_detected!("sse4a") && matches!(Self::present().last(), Some(Self(Kind::Avx512)))
    }

    pub(crate) fn name(self) -> &'static str {
        match self.0 {
            Kind::Sse2 => "SSE2",
            Kind::Avx2 => "AVX2",
            Kind::Avx512 => "AVX-512",
        }
    }

    /// The number of streams hashed at a time.
    pub(crate) fn most(self) -> usize {
        match self.0 {
            Kind::Sse2 => 8,
            Kind::Avx2 => 16,
            Kind::Avx512 => 32,
        }
    }

    /// Adds `count` blocks of each of the first `used` lanes, at most [`most`](Self::most). The others must have as many too; what
    /// becomes of their states means nothing. Panics if one of them has fewer.
    ///
    /// The smallest number of lanes that holds them is always the fastest: half-empty lanes cost more than full ones of half the
    /// width, but less than those plus a single stream.
    pub(crate) fn compress(self, states: &mut [State; MOST], lanes: &[&[Block]; MOST], used: usize, count: usize) {
        let starts = starts(lanes, count);
        if count == 0 {
            return;
        }
        let (k, wide) = (K.as_ptr(), WIDE.0.as_ptr());
        let mut scratch = Scratch::new();
        // SAFETY: The processor has these instructions: nothing else makes a `Kind`. Each of the lanes has `count` blocks, and there are
        // at least 32 lanes and states, which is as many as the widest kernel uses. All registers that change are declared.
        unsafe {
            match (self.0, used) {
                (Kind::Avx512, 17..) => kernel!(avx512 zmm two, k, states, starts, scratch, count),
                (Kind::Avx512, 9..) => kernel!(avx512 zmm one, k, states, starts, scratch, count),
                (Kind::Avx512, 5..) => kernel!(avx512 ymm one, k, states, starts, scratch, count),
                (Kind::Avx512, _) => kernel!(avx512 xmm one, k, states, starts, scratch, count),
                (Kind::Avx2, 9..) => kernel!(avx2 ymm two, wide, states, starts, scratch, count),
                (Kind::Avx2, 5..) => kernel!(avx2 ymm one, wide, states, starts, scratch, count),
                (Kind::Avx2, _) => kernel!(avx2 xmm one, wide, states, starts, scratch, count),
                (Kind::Sse2, 5..) => kernel!(sse xmm two, wide, states, starts, scratch, count),
                (Kind::Sse2, _) => kernel!(sse xmm one, wide, states, starts, scratch, count),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::portable;

    fn blocks() -> Vec<Block> {
        (0..70_u32).map(|block| std::array::from_fn(|at| (block.wrapping_mul(2_654_435_761) >> (at % 23)) as u8)).collect()
    }

    #[test]
    fn one_stream_is_compressed_as_safe_code_does_it() {
        for count in 1..70 {
            let (mut state, mut expected) = ([[1, 2, 3, 4]; 2], [1, 2, 3, 4]);
            portable::compress(&mut expected, &blocks()[..count]);
            // SAFETY: There is a block.
            unsafe { one::compress(&mut state[0], &blocks()[..count]) };
            assert_eq!(state[0], expected, "{count}");
            if matches!(Vectors::present().last(), Some(Vectors(Kind::Avx512))) {
                // SAFETY: There is AVX-512, and a block.
                unsafe { alone::compress(&mut state[1], &blocks()[..count]) };
                assert_eq!(state[1], expected, "{count}");
            }
        }
    }
}
