//! Several streams of any lengths at once.

use crate::constants::{Block, State};
use crate::lanes::{Lanes, MOST};
use crate::{INITIAL, Md5};
use std::cmp::Reverse;

/// This many messages are processed together: enough to refill the lanes of those that are done early.
const BATCH: usize = 2 * MOST;

/// Adds bytes to several streams at once: each slice is added to the MD5 beside it.
///
/// The result is the same as calling [`Md5::update`] for each, but faster. Slices may have any lengths, and the next call may have
/// other streams, since the entire state of a stream is in its [`Md5`]. The gain is largest with slices of equal length, 16 KiB or
/// more, and with as many streams as [`Lanes::most`] returns. Nothing is allocated.
///
/// ```
/// use k5_md5::{Md5, hex, update_many};
///
/// let (mut one, mut other) = (Md5::new(), Md5::new());
/// update_many(&mut [(&mut one, b"a"), (&mut other, b"message ")]);
/// update_many(&mut [(&mut other, b"digest"), (&mut one, b"bc")]);
/// assert_eq!(hex(&one.finish()), "900150983cd24fb0d6963f7d28e17f72");
/// assert_eq!(hex(&other.finish()), "f96b697d7cb7938d525a2f31aaf161d0");
/// ```
pub fn update_many(streams: &mut [(&mut Md5, &[u8])]) {
    Lanes::best().update_many(streams);
}

/// Returns the sums of several messages in memory, in their order.
///
/// ```
/// let sums = k5_md5::digest_many(&["", "abc"]);
/// assert_eq!(k5_md5::hex(&sums[0]), "d41d8cd98f00b204e9800998ecf8427e");
/// assert_eq!(k5_md5::hex(&sums[1]), "900150983cd24fb0d6963f7d28e17f72");
/// ```
pub fn digest_many<T: AsRef<[u8]>>(messages: &[T]) -> Vec<[u8; 16]> {
    Lanes::best().digest_many(messages)
}

impl Lanes {
    /// [`update_many`] with these instructions.
    pub fn update_many(self, streams: &mut [(&mut Md5, &[u8])]) {
        self.run(streams.iter_mut().map(|(md5, bytes)| md5.take(bytes)));
    }

    /// [`digest_many`] with these instructions.
    pub fn digest_many<T: AsRef<[u8]>>(self, messages: &[T]) -> Vec<[u8; 16]> {
        let length = |index: &usize| messages[*index].as_ref().len();
        let mut order: Vec<usize> = (0..messages.len()).collect();
        // Messages of similar length together, and the longest first: this leaves no lane idle, and no long one for the end.
        order.sort_unstable_by_key(|index| Reverse(length(index)));
        let mut sums = vec![[0; 16]; messages.len()];
        for batch in order.chunks(BATCH) {
            let mut running = [const { Md5::new() }; BATCH];
            self.run(running.iter_mut().zip(batch).map(|(md5, index)| md5.take(messages[*index].as_ref())));
            let tails = running.each_ref().map(Md5::tail);
            self.run(running[..batch.len()].iter_mut().zip(&tails).map(|(md5, (tail, count))| (&mut md5.state, &tail[..*count])));
            for (md5, index) in running.iter().zip(batch) {
                sums[*index] = md5.sum();
            }
        }
        sums
    }

    /// Adds the blocks of each stream to its state. A stream that ends makes room for the next one.
    pub(crate) fn run<'s, 'b>(self, mut streams: impl Iterator<Item = (&'s mut State, &'b [Block])>) {
        let most = self.most();
        let mut homes: [Option<&mut State>; MOST] = [const { None }; MOST];
        let mut states = [INITIAL; MOST];
        let mut lanes: [&[Block]; MOST] = [&[]; MOST];
        let mut used = 0;
        loop {
            for (state, blocks) in streams.by_ref().filter(|(_, blocks)| !blocks.is_empty()).take(most - used) {
                (states[used], lanes[used], homes[used]) = (*state, blocks, Some(state));
                used += 1;
            }
            // As far as all lanes have something to do.
            let Some(count) = lanes[..used].iter().map(|blocks| blocks.len()).min() else { return };
            self.compress(&mut states, &mut lanes, used, count);
            for lane in (0..used).rev() {
                lanes[lane] = &lanes[lane][count..];
                if lanes[lane].is_empty() {
                    if let Some(home) = homes[lane].take() {
                        *home = states[lane];
                    }
                    used -= 1;
                    lanes.swap(lane, used);
                    states.swap(lane, used);
                    homes.swap(lane, used);
                }
            }
        }
    }
}
