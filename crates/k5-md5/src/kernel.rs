//! The compression of blocks of several streams, a stream a lane.
//!
//! The steps of one stream wait for each other, those of different streams don't: a vector of them takes about as long as one.
//! Where the registers suffice, two groups of vectors go side by side, so that one works while the other waits.

use crate::compress::{Block, K, State};
use crate::lanes::MOST;
use fearless_simd::{Simd, SimdBase, SimdInt};

/// Takes `count` blocks of each of the first `LANES` lanes in, which lie in `GROUPS` vectors. Panics if a lane has fewer.
///
/// `#[inline(always)]` throughout: what isn't inlined into the closure loses its vector instructions.
#[inline(always)]
pub(crate) fn compress<S: Simd, V: SimdInt<S, Element = u32>, const GROUPS: usize, const LANES: usize>(
    simd: S,
    states: &mut [State; MOST],
    lanes: &[&[Block]; MOST],
    count: usize,
) {
    const { assert!(LANES == GROUPS * V::LEN && LANES <= MOST && 16 % V::LEN == 0) };
    simd.vectorize(
        #[inline(always)]
        || {
            // As in the scalar code, constants come by a pointer that the optimizer can't see through.
            let k: &[u32; 64] = std::hint::black_box(&K);
            let lanes: [&[Block]; LANES] = std::array::from_fn(
                #[inline(always)]
                |lane| &lanes[lane][..count],
            );
            let mut state: [[V; 4]; GROUPS] = std::array::from_fn(
                #[inline(always)]
                |group| gather(simd, states, group),
            );
            for index in 0..count {
                let m: [[V; 16]; GROUPS] = std::array::from_fn(
                    #[inline(always)]
                    |group| transpose(simd, &lanes, group, index),
                );
                block(&mut state, &m, k);
            }
            for (lane, home) in states[..LANES].iter_mut().enumerate() {
                *home = state[lane / V::LEN].map(|word| word[lane % V::LEN]);
            }
        },
    );
}

/// One group's states, a word of all its lanes a vector.
#[inline(always)]
fn gather<S: Simd, V: SimdInt<S, Element = u32>>(simd: S, states: &[State], group: usize) -> [V; 4] {
    std::array::from_fn(
        #[inline(always)]
        |word| {
            V::from_fn(
                simd,
                #[inline(always)]
                |lane| states[group * V::LEN + lane][word],
            )
        },
    )
}

/// One group's blocks, a word of all its lanes a vector.
///
/// A square of words is turned by shuffling its upper and lower half into each other as often as it can be halved.
#[inline(always)]
fn transpose<S: Simd, V: SimdInt<S, Element = u32>, const LANES: usize>(
    simd: S,
    lanes: &[&[Block]; LANES],
    group: usize,
    index: usize,
) -> [V; 16] {
    let mut words = [V::simd_from(simd, 0); 16];
    for (square, words) in words.chunks_exact_mut(V::LEN).enumerate() {
        for (lane, row) in words.iter_mut().enumerate() {
            let bytes = &lanes[group * V::LEN + lane][index][square * 4 * V::LEN..(square + 1) * 4 * V::LEN];
            *row = V::from_bytes(V::ByteVector::from_slice(simd, bytes));
        }
        let half = V::LEN / 2;
        for _ in 0..V::LEN.ilog2() {
            let mut turned = [words[0]; 16];
            for pair in 0..half {
                (turned[2 * pair], turned[2 * pair + 1]) = words[pair].interleave(words[pair + half]);
            }
            words.copy_from_slice(&turned[..V::LEN]);
        }
    }
    words
}

/// The 64 steps.
#[inline(always)]
fn block<S: Simd, V: SimdInt<S, Element = u32>, const GROUPS: usize>(
    state: &mut [[V; 4]; GROUPS],
    m: &[[V; 16]; GROUPS],
    k: &[u32; 64],
) {
    let before = *state;
    // One step of every group: `early` is what doesn't wait for `b`, `late` what does.
    macro_rules! step {
        (|$a:ident, $b:ident, $c:ident, $d:ident| $late:expr, $i:expr, $word:expr, $turn:expr) => {
            for group in 0..GROUPS {
                let [$a, $b, $c, $d] = state[group];
                let sum = $a + (m[group][$word & 15] + k[$i]) + $late;
                let next = ((sum << $turn) | (sum >> (32 - $turn))) + $b;
                state[group] = [$d, next, $b, $c];
            }
        };
    }
    macro_rules! four {
        ($late:tt, $i:expr, $word:expr, $stride:expr, $turns:expr) => {
            step!(|a, b, c, d| late!($late, a, b, c, d), $i, $word, $turns[0]);
            step!(|a, b, c, d| late!($late, a, b, c, d), $i + 1, $word + $stride, $turns[1]);
            step!(|a, b, c, d| late!($late, a, b, c, d), $i + 2, $word + 2 * $stride, $turns[2]);
            step!(|a, b, c, d| late!($late, a, b, c, d), $i + 3, $word + 3 * $stride, $turns[3]);
        };
    }
    macro_rules! late {
        (1, $a:ident, $b:ident, $c:ident, $d:ident) => {
            $d ^ ($b & ($c ^ $d))
        };
        (2, $a:ident, $b:ident, $c:ident, $d:ident) => {
            $c ^ ($d & ($b ^ $c))
        };
        (3, $a:ident, $b:ident, $c:ident, $d:ident) => {
            $b ^ ($c ^ $d)
        };
        (4, $a:ident, $b:ident, $c:ident, $d:ident) => {
            $c ^ ($b | !$d)
        };
    }
    macro_rules! round {
        ($late:tt, $i:expr, $word:expr, $stride:expr, $turns:expr) => {
            four!($late, $i, $word, $stride, $turns);
            four!($late, $i + 4, $word + 4 * $stride, $stride, $turns);
            four!($late, $i + 8, $word + 8 * $stride, $stride, $turns);
            four!($late, $i + 12, $word + 12 * $stride, $stride, $turns);
        };
    }
    round!(1, 0, 0, 1, [7u32, 12, 17, 22]);
    round!(2, 16, 1, 5, [5u32, 9, 14, 20]);
    round!(3, 32, 5, 3, [4u32, 11, 16, 23]);
    round!(4, 48, 0, 7, [6u32, 10, 15, 21]);
    for (group, before) in state.iter_mut().zip(before) {
        for (word, before) in group.iter_mut().zip(before) {
            *word += before;
        }
    }
}
