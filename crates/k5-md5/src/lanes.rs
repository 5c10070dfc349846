//! Which vector instructions are available.

use crate::constants::{Block, State};
use crate::{Vectors, compress};

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
pub struct Lanes(Option<Vectors>);

impl Default for Lanes {
    fn default() -> Self {
        Self::best()
    }
}

impl Lanes {
    /// The best that this processor has. This is detected once; later calls cost next to nothing.
    pub fn best() -> Self {
        Self(Vectors::present().last())
    }

    /// All that this processor has, the best last. The first hashes one stream after the other.
    pub fn every() -> Vec<Self> {
        std::iter::once(None).chain(Vectors::present().map(Some)).map(Self).collect()
    }

    /// Their name: `scalar`, `SSE2`, `AVX2`, `AVX-512` or `NEON`.
    pub fn name(self) -> &'static str {
        self.0.map_or("scalar", Vectors::name)
    }

    /// The number of streams hashed at a time: 1, 8, 16 or 32. More in one call are processed in turn.
    pub fn most(self) -> usize {
        self.0.map_or(1, Vectors::most)
    }

    /// Adds `count` blocks of each of the first `used` lanes, at most [`most`](Self::most). Panics if one of them has fewer.
    pub(crate) fn compress(self, states: &mut [State; MOST], lanes: &mut [&[Block]; MOST], used: usize, count: usize) {
        match self.0 {
            Some(vectors) if used > 1 => {
                let (first, idle) = lanes.split_at_mut(used);
                // The results of idle lanes are ignored, but they must have something to hash.
                idle.fill(first[0]);
                vectors.compress(states, lanes, used, count);
            }
            _ => states.iter_mut().zip(lanes).take(used).for_each(|(state, blocks)| compress(state, &blocks[..count])),
        }
    }
}
