//! The compression of blocks, laid out for latency.
//!
//! A step's result is the next step's input `b`, so each cycle between the two counts 64 times per block. Two things keep them few:
//!
//! - Everything that doesn't depend on `b` is added up first. The optimizer undoes that when it sees the step's constant: it
//!   moves constants to the end of a sum, onto the critical path, for one cycle a step. So the constants come from memory, by a
//!   pointer that it can't see through.
//! - The second round's choice has two terms that never share a bit. Added one after the other instead of joined first, only one
//!   of them waits for `b`.

/// The state after a stream's blocks: `a`, `b`, `c` and `d` of the RFC.
pub(crate) type State = [u32; 4];

pub(crate) type Block = [u8; 64];

/// `floor(2^32 * abs(sin(i + 1)))`.
pub(crate) static K: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

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
