//! One of several jobs that divide the names of a sync among them.

use k5_core::{Error, Result};
use std::str::FromStr;

/// Part `n` of `of`, counted from 1: of the jobs for all parts, exactly one is responsible for each name, whatever else exists. The
/// part is determined by the MD5 of the name below the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    n: u32,
    of: u32,
}

impl Shard {
    /// Part `n` of `of`.
    ///
    /// # Errors
    /// Fails unless `n` is from 1 to `of`.
    pub fn new(n: u32, of: u32) -> Result<Self> {
        match (1..=of).contains(&n) {
            true => Ok(Self { n, of }),
            false => Err(Error::invalid_input(format!("there is no part {n} of {of}: parts are counted from 1"))),
        }
    }

    /// Whether this part is responsible for `name`.
    pub fn takes(self, name: &str) -> bool {
        let sum = k5_md5::md5(name.as_bytes());
        let number = u64::from_be_bytes([sum[0], sum[1], sum[2], sum[3], sum[4], sum[5], sum[6], sum[7]]);
        number % u64::from(self.of) == u64::from(self.n - 1)
    }
}

/// `2/8`.
impl FromStr for Shard {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::invalid_input(format!("{text:?} is not a part: write 1/4 to 4/4"));
        let (n, of) = text.split_once('/').ok_or_else(wrong)?;
        Self::new(n.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_from_one() {
        assert!("1/1".parse::<Shard>().is_ok() && "3/3".parse::<Shard>().is_ok());
        for text in ["0/3", "4/3", "1/0", "1", "a/b", "-1/3", "1/3/5"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_division_stays_as_it_is() {
        // Jobs of different versions of this program must agree.
        let of_four: Vec<_> =
            ["a", "b", "a/b", "é"].iter().map(|name| (1..=4).find(|n| Shard::new(*n, 4).expect("a part").takes(name))).collect();
        assert_eq!(of_four, [Some(1), Some(1), Some(2), Some(3)]);
    }
}
