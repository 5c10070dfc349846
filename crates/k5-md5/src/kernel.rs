//! The compression of blocks of several streams, one stream per lane.
//!
//! The steps of one stream depend on each other, those of different streams don't: a vector of them takes about as long as one. If
//! there are enough registers, two groups of vectors run side by side, so that one works while the other waits.
//!
//! Everything depends on the optimizer keeping words in registers, which it only does reliably in code without loops and calls. So
//! the inside of the loop over blocks is written out by macros, and inlined by force into the closure that has the vector
//! instructions.

use crate::compress::{Block, K, State};
use crate::lanes::MOST;
use fearless_simd::{Simd, SimdBase, SimdInt};

/// Adds `count` blocks of each of the first `LANES` lanes, which are in one group of vectors or two. Panics if a lane has fewer.
#[inline(always)]
pub(crate) fn compress<S: Simd, V: SimdInt<S, Element = u32>, const LANES: usize>(
    simd: S,
    states: &mut [State; MOST],
    lanes: &[&[Block]; MOST],
    count: usize,
) {
    const { assert!((LANES == V::LEN || LANES == 2 * V::LEN) && LANES <= MOST) };
    let two = LANES > V::LEN;
    simd.vectorize(
        #[inline(always)]
        || {
            // As in the scalar code, constants are read through a pointer that the optimizer can't see through.
            let k: &[u32; 64] = std::hint::black_box(&K);
            let mut open: [&[Block]; LANES] = [&[]; LANES];
            for (open, blocks) in open.iter_mut().zip(lanes) {
                *open = &blocks[..count];
            }
            let mut state = [[V::simd_from(simd, 0); 4]; 2];
            for lane in 0..LANES {
                for word in 0..4 {
                    state[lane / V::LEN][word][lane % V::LEN] = states[lane][word];
                }
            }
            let [mut first, mut second] = state;
            for index in 0..count {
                let m = words(simd, &open, 0, index);
                if two {
                    // The words of two groups need more registers than there are. It is better not to decide step by step which
                    // stay in one: from the black box they all come from memory, as operands.
                    let both = [m, words(simd, &open, V::LEN, index)];
                    let [m, others] = std::hint::black_box(&both);
                    block(&mut first, m, &mut second, others, two, k);
                } else {
                    block(&mut first, &m, &mut second, &m, two, k);
                }
            }
            let state = [first, second];
            for lane in 0..LANES {
                for word in 0..4 {
                    states[lane][word] = state[lane / V::LEN][word][lane % V::LEN];
                }
            }
        },
    );
}

/// The words of a block of each lane from `start` on, one word of all lanes per vector.
#[inline(always)]
fn words<S: Simd, V: SimdInt<S, Element = u32>>(simd: S, lanes: &[&[Block]], start: usize, index: usize) -> [V; 16] {
    // As many words of a lane as there are lanes form a row; these rows of all lanes form a square.
    macro_rules! row {
        ($number:literal) => {{
            let at = $number / V::LEN * 4 * V::LEN;
            let bytes = &lanes[start + $number % V::LEN][index][at..at + 4 * V::LEN];
            V::from_bytes(V::ByteVector::from_slice(simd, bytes))
        }};
    }
    let mut rows = [
        row!(0),
        row!(1),
        row!(2),
        row!(3),
        row!(4),
        row!(5),
        row!(6),
        row!(7),
        row!(8),
        row!(9),
        row!(10),
        row!(11),
        row!(12),
        row!(13),
        row!(14),
        row!(15),
    ];
    // The upper and lower half of a square are shuffled into each other as often as it can be halved: that transposes it.
    macro_rules! shuffle {
        ($($half:literal: $a:literal $b:literal $c:literal $d:literal $e:literal $f:literal $g:literal $h:literal)*) => {$(
            if V::LEN == 2 * $half {
                let (a, b) = rows[$a].interleave(rows[$a + $half]);
                let (c, d) = rows[$b].interleave(rows[$b + $half]);
                let (e, f) = rows[$c].interleave(rows[$c + $half]);
                let (g, h) = rows[$d].interleave(rows[$d + $half]);
                let (i, j) = rows[$e].interleave(rows[$e + $half]);
                let (k, l) = rows[$f].interleave(rows[$f + $half]);
                let (m, n) = rows[$g].interleave(rows[$g + $half]);
                let (o, p) = rows[$h].interleave(rows[$h + $half]);
                rows = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p];
            }
        )*};
    }
    macro_rules! shuffle_all {
        () => {
            shuffle!(2: 0 1 4 5 8 9 12 13   4: 0 1 2 3 8 9 10 11   8: 0 1 2 3 4 5 6 7);
        };
    }
    shuffle_all!();
    shuffle_all!();
    if V::LEN >= 8 {
        shuffle_all!();
    }
    if V::LEN >= 16 {
        shuffle_all!();
    }
    rows
}

/// The 64 steps, for the second group too if there are two.
#[inline(always)]
fn block<S: Simd, V: SimdInt<S, Element = u32>>(
    first: &mut [V; 4],
    m: &[V; 16],
    second: &mut [V; 4],
    others: &[V; 16],
    two: bool,
    k: &[u32; 64],
) {
    let before = [*first, *second];
    // The function that chooses in each round.
    macro_rules! choice {
        (1, $b:ident, $c:ident, $d:ident) => {
            $d ^ ($b & ($c ^ $d))
        };
        (2, $b:ident, $c:ident, $d:ident) => {
            $c ^ ($d & ($b ^ $c))
        };
        (3, $b:ident, $c:ident, $d:ident) => {
            $b ^ ($c ^ $d)
        };
        (4, $b:ident, $c:ident, $d:ident) => {
            $c ^ ($b | !$d)
        };
    }
    macro_rules! half_step {
        ($state:ident, $m:ident, $round:tt, $i:expr, $word:expr, $turn:expr) => {
            let [a, b, c, d] = *$state;
            let sum = a + ($m[$word & 15] + k[$i]) + choice!($round, b, c, d);
            let next = ((sum << $turn) | (sum >> (32 - $turn))) + b;
            *$state = [d, next, b, c];
        };
    }
    macro_rules! step {
        ($round:tt, $i:expr, $word:expr, $turn:expr) => {
            half_step!(first, m, $round, $i, $word, $turn);
            if two {
                half_step!(second, others, $round, $i, $word, $turn);
            }
        };
    }
    macro_rules! four {
        ($round:tt, $i:expr, $word:expr, $stride:expr, $turns:expr) => {
            step!($round, $i, $word, $turns[0]);
            step!($round, $i + 1, $word + $stride, $turns[1]);
            step!($round, $i + 2, $word + 2 * $stride, $turns[2]);
            step!($round, $i + 3, $word + 3 * $stride, $turns[3]);
        };
    }
    macro_rules! round {
        ($round:tt, $i:expr, $word:expr, $stride:expr, $turns:expr) => {
            four!($round, $i, $word, $stride, $turns);
            four!($round, $i + 4, $word + 4 * $stride, $stride, $turns);
            four!($round, $i + 8, $word + 8 * $stride, $stride, $turns);
            four!($round, $i + 12, $word + 12 * $stride, $stride, $turns);
        };
    }
    round!(1, 0, 0, 1, [7u32, 12, 17, 22]);
    round!(2, 16, 1, 5, [5u32, 9, 14, 20]);
    round!(3, 32, 5, 3, [4u32, 11, 16, 23]);
    round!(4, 48, 0, 7, [6u32, 10, 15, 21]);
    macro_rules! add {
        ($state:ident, $before:expr) => {
            let [a, b, c, d] = *$state;
            *$state = [a + $before[0], b + $before[1], c + $before[2], d + $before[3]];
        };
    }
    add!(first, before[0]);
    if two {
        add!(second, before[1]);
    }
}
