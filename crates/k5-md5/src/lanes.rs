//! Which vector instructions are available, and how many lanes to use for a number of streams.

use crate::compress::{self, Block, State};
use crate::kernel;
use fearless_simd::{Level, u32x4};
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
use fearless_simd::{u32x8, u32x16};

/// No processor has more lanes.
pub(crate) const MOST: usize = 32;

/// The vector instructions that hash several streams at once.
///
/// [`update_many`](crate::update_many) and [`digest_many`](crate::digest_many) use the best ones; this type is for callers that
/// want to know or compare them.
///
/// ```
/// let lanes = k5_md5::Lanes::best();
/// println!("{} streams at a time with {}", lanes.most(), lanes.name());
/// let sums = lanes.digest_many(&["abc", "a"]);
/// assert!(k5_md5::Lanes::every().iter().all(|lanes| lanes.digest_many(&["abc", "a"]) == sums));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Lanes(Kind);

/// Each is the proof that the processor has them.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Scalar,
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Sse2(fearless_simd::Sse2),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(fearless_simd::Avx2),
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512(fearless_simd::Avx512),
    // A block's words are little-endian and are loaded as they lie.
    #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
    Neon(fearless_simd::Neon),
}

impl Default for Lanes {
    fn default() -> Self {
        Self::best()
    }
}

impl Lanes {
    /// The best that this processor has. This is detected once; later calls cost next to nothing.
    pub fn best() -> Self {
        Self(Kind::present().last().unwrap_or(Kind::Scalar))
    }

    /// All that this processor has, the best last. The first hashes one stream after the other.
    pub fn every() -> Vec<Self> {
        Kind::present().map(Self).collect()
    }

    /// Their name: `scalar`, `SSE2`, `AVX2`, `AVX-512` or `NEON`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Scalar => "scalar",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Sse2(_) => "SSE2",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Avx2(_) => "AVX2",
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Avx512(_) => "AVX-512",
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Kind::Neon(_) => "NEON",
        }
    }

    /// The number of streams hashed at a time: 1, 8, 16 or 32. More in one call are processed in turn.
    pub fn most(self) -> usize {
        match self.0 {
            Kind::Scalar => 1,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Sse2(_) => 8,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Avx2(_) => 16,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Kind::Avx512(_) => 32,
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            Kind::Neon(_) => 8,
        }
    }

    /// Adds `count` blocks of each of the first `used` lanes, at most [`most`](Self::most). Panics if one of them has fewer.
    ///
    /// The smallest number of lanes that holds them is always the fastest: half-empty lanes cost more than full ones of half the
    /// width, but less than those plus a single stream. A single stream is hashed by scalar code, except with AVX-512, which has
    /// single instructions for the choice in each of MD5's rounds and for the rotation, so that a step takes no longer than a
    /// scalar one at best.
    pub(crate) fn compress(self, states: &mut [State; MOST], lanes: &mut [&[Block]; MOST], used: usize, count: usize) {
        let (first, idle) = lanes.split_at_mut(used);
        // The results of idle lanes are ignored, but they must have something to hash.
        idle.fill(first[0]);
        match (self.0, used) {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            (Kind::Avx512(simd), 17..) => kernel::compress::<_, u32x16<_>, 32>(simd, states, lanes, count),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            (Kind::Avx512(simd), 9..) => kernel::compress::<_, u32x16<_>, 16>(simd, states, lanes, count),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            (Kind::Avx512(simd), 5..) => kernel::compress::<_, u32x8<_>, 8>(simd, states, lanes, count),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            (Kind::Avx512(simd), _) => kernel::compress::<_, u32x4<_>, 4>(simd, states, lanes, count),
            (_, 1) | (Kind::Scalar, _) => {
                for (state, blocks) in states.iter_mut().zip(lanes).take(used) {
                    compress::compress(state, &blocks[..count]);
                }
            }
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            (Kind::Avx2(simd), 9..) => kernel::compress::<_, u32x8<_>, 16>(simd, states, lanes, count),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            (Kind::Avx2(simd), 5..) => kernel::compress::<_, u32x8<_>, 8>(simd, states, lanes, count),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            (Kind::Avx2(simd), _) => kernel::compress::<_, u32x4<_>, 4>(simd, states, lanes, count),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            (Kind::Sse2(simd), 5..) => kernel::compress::<_, u32x4<_>, 8>(simd, states, lanes, count),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            (Kind::Sse2(simd), _) => kernel::compress::<_, u32x4<_>, 4>(simd, states, lanes, count),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            (Kind::Neon(simd), 5..) => kernel::compress::<_, u32x4<_>, 8>(simd, states, lanes, count),
            #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
            (Kind::Neon(simd), _) => kernel::compress::<_, u32x4<_>, 4>(simd, states, lanes, count),
        }
    }
}

impl Kind {
    /// Those that this processor has, the best last.
    fn present() -> impl Iterator<Item = Self> {
        let level = Level::new();
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        let vectors = [level.as_sse2().map(Self::Sse2), level.as_avx2().map(Self::Avx2), level.as_avx512().map(Self::Avx512)];
        #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
        let vectors = [level.as_neon().map(Self::Neon)];
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"))))]
        let vectors = {
            let _ = level;
            [None; 0]
        };
        std::iter::once(Self::Scalar).chain(vectors.into_iter().flatten())
    }
}
