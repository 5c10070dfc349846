//! 64-bit ARM: one stream in general registers, several in the lanes of NEON.

use super::{Scratch, WIDE, starts};
use crate::constants::{Block, K, State};
use crate::lanes::MOST;
use std::arch::asm;

/// A word of the one stream's state.
macro_rules! word {
    (0) => {
        "{a:w}"
    };
    (1) => {
        "{b:w}"
    };
    (2) => {
        "{c:w}"
    };
    (3) => {
        "{d:w}"
    };
}

/// An instruction of one stream.
macro_rules! one_line {
    ($name:tt $result:expr, $x:expr, $y:expr) => {
        concat!($name, " ", $result, ", ", $x, ", ", $y, "\n")
    };
}

/// A step of one stream.
macro_rules! one {
    ([] $function:tt $a:tt $b:tt $c:tt $d:tt $index:tt $word:tt $turn:tt) => {
        concat!(
            concat!("ldr {t:w}, [{k}, #4*", $index, "]\n"),
            concat!("ldr {u:w}, [{at}, #4*", $word, "]\n"),
            one_line!("add" word!($a), word!($a), "{t:w}"),
            one_line!("add" word!($a), word!($a), "{u:w}"),
            one_function!($function $a $b $c $d),
            one_line!("ror" word!($a), word!($a), concat!("#32-", $turn)),
            one_line!("add" word!($a), word!($a), word!($b)),
        )
    };
}

/// Adds the function of the round to the first word. What waits for the second word, the result of the step before, comes last.
macro_rules! one_function {
    (F $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            one_line!("eor" "{t:w}", word!($c), word!($d)),
            one_line!("and" "{t:w}", "{t:w}", word!($b)),
            one_line!("eor" "{t:w}", "{t:w}", word!($d)),
            one_line!("add" word!($a), word!($a), "{t:w}"),
        )
    };
    // The two terms never share a bit. Added one after the other instead of joined first, only one of them waits.
    (G $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            one_line!("bic" "{t:w}", word!($c), word!($d)),
            one_line!("add" word!($a), word!($a), "{t:w}"),
            one_line!("and" "{u:w}", word!($b), word!($d)),
            one_line!("add" word!($a), word!($a), "{u:w}"),
        )
    };
    (H $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            one_line!("eor" "{t:w}", word!($c), word!($d)),
            one_line!("eor" "{t:w}", "{t:w}", word!($b)),
            one_line!("add" word!($a), word!($a), "{t:w}"),
        )
    };
    (I $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            one_line!("orn" "{t:w}", word!($b), word!($d)),
            one_line!("eor" "{t:w}", "{t:w}", word!($c)),
            one_line!("add" word!($a), word!($a), "{t:w}"),
        )
    };
}

/// Adds blocks.
pub(crate) fn compress(state: &mut State, blocks: &[Block]) {
    if blocks.is_empty() {
        return;
    }
    let range = blocks.as_ptr_range();
    // SAFETY: It reads `K` and the blocks, from the first, which exists, to where they end, and reads and writes the state. All
    // registers that it changes are declared. No load needs alignment.
    unsafe {
        asm!(
            "ldp {a:w}, {b:w}, [{state}]",
            "ldp {c:w}, {d:w}, [{state}, #8]",
            "2:",
            steps!(one []),
            "ldp {t:w}, {u:w}, [{state}]",
            "add {a:w}, {a:w}, {t:w}",
            "add {b:w}, {b:w}, {u:w}",
            "ldp {t:w}, {u:w}, [{state}, #8]",
            "add {c:w}, {c:w}, {t:w}",
            "add {d:w}, {d:w}, {u:w}",
            "stp {a:w}, {b:w}, [{state}]",
            "stp {c:w}, {d:w}, [{state}, #8]",
            "add {at}, {at}, #64",
            "cmp {at}, {end}",
            "b.ne 2b",
            state = in(reg) state.as_mut_ptr(),
            at = inout(reg) range.start => _,
            end = in(reg) range.end,
            k = in(reg) K.as_ptr(),
            a = out(reg) _,
            b = out(reg) _,
            c = out(reg) _,
            d = out(reg) _,
            t = out(reg) _,
            u = out(reg) _,
            options(nostack),
        );
    }
}

/// The number of a vector register: of a word of the state of the first or second group of streams, or for intermediate results.
/// None of them has to be kept for the caller.
macro_rules! number {
    (second 0) => {
        "4"
    };
    (second 1) => {
        "5"
    };
    (second 2) => {
        "6"
    };
    (second 3) => {
        "7"
    };
    (first t) => {
        "16"
    };
    (first u) => {
        "17"
    };
    (second t) => {
        "18"
    };
    (second u) => {
        "19"
    };
    ($group:ident $word:tt) => {
        $word
    };
    ($number:tt) => {
        $number
    };
}

/// A register as four words.
macro_rules! words {
    ($($of:tt)*) => {
        concat!("v", number!($($of)*), ".4s")
    };
}

/// A register as 16 bytes.
macro_rules! bytes {
    ($($of:tt)*) => {
        concat!("v", number!($($of)*), ".16b")
    };
}

/// A register as two halves.
macro_rules! halves {
    ($number:tt) => {
        concat!("v", $number, ".2d")
    };
}

/// The number of a group.
macro_rules! group {
    (first) => {
        "0"
    };
    (second) => {
        "1"
    };
}

/// A step of one group of streams or of two. If there are two, one works while the other waits for its own last step.
macro_rules! many {
    ([one] $($step:tt)*) => {
        half!(first $($step)*)
    };
    ([two] $($step:tt)*) => {
        concat!(half!(first $($step)*), half!(second $($step)*))
    };
}

/// A step of a group.
macro_rules! half {
    ($group:ident $function:tt $a:tt $b:tt $c:tt $d:tt $index:tt $word:tt $turn:tt) => {
        concat!(
            concat!("ldr q", number!($group t), ", [{k}, #32*", $index, "]\n"),
            concat!("ldr q", number!($group u), ", [{scratch}, #1024*", group!($group), "+64*", $word, "]\n"),
            one_line!("add" words!($group $a), words!($group $a), words!($group t)),
            one_line!("add" words!($group $a), words!($group $a), words!($group u)),
            function!($function $group $a $b $c $d),
            concat!("shl ", words!($group t), ", ", words!($group $a), ", #", $turn, "\n"),
            concat!("sri ", words!($group t), ", ", words!($group $a), ", #32-", $turn, "\n"),
            one_line!("add" words!($group $a), words!($group t), words!($group $b)),
        )
    };
}

/// Adds the function of the round to the first word.
macro_rules! function {
    // Where `b` has a bit, `c` replaces `d`.
    (F $group:ident $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            concat!("mov ", bytes!($group t), ", ", bytes!($group $d), "\n"),
            one_line!("bit" bytes!($group t), bytes!($group $c), bytes!($group $b)),
            one_line!("add" words!($group $a), words!($group $a), words!($group t)),
        )
    };
    // Where `d` has a bit, `b` replaces `c`.
    (G $group:ident $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            concat!("mov ", bytes!($group t), ", ", bytes!($group $c), "\n"),
            one_line!("bit" bytes!($group t), bytes!($group $b), bytes!($group $d)),
            one_line!("add" words!($group $a), words!($group $a), words!($group t)),
        )
    };
    (H $group:ident $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            one_line!("eor" bytes!($group t), bytes!($group $c), bytes!($group $d)),
            one_line!("eor" bytes!($group t), bytes!($group t), bytes!($group $b)),
            one_line!("add" words!($group $a), words!($group $a), words!($group t)),
        )
    };
    // The complement is subtracted; `WIDE` has the one that this leaves.
    (I $group:ident $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            one_line!("bic" bytes!($group t), bytes!($group $d), bytes!($group $b)),
            one_line!("eor" bytes!($group t), bytes!($group t), bytes!($group $c)),
            one_line!("sub" words!($group $a), words!($group $a), words!($group t)),
        )
    };
}

/// Makes registers 20 to 23, which have four words of a stream each, have one word of four streams each.
macro_rules! transpose {
    () => {
        concat!(
            one_line!("zip1" words!(24), words!(20), words!(21)),
            one_line!("zip2" words!(25), words!(20), words!(21)),
            one_line!("zip1" words!(26), words!(22), words!(23)),
            one_line!("zip2" words!(27), words!(22), words!(23)),
            one_line!("zip1" halves!(20), halves!(24), halves!(26)),
            one_line!("zip2" halves!(21), halves!(24), halves!(26)),
            one_line!("zip1" halves!(22), halves!(25), halves!(27)),
            one_line!("zip2" halves!(23), halves!(25), halves!(27)),
        )
    };
}

/// Runs `$part!(GROUP)` for each group.
macro_rules! each {
    ($part:ident one) => {
        $part!(first)
    };
    ($part:ident two) => {
        concat!($part!(first), $part!(second))
    };
}

macro_rules! load_states {
    ($group:ident) => {
        concat!(
            concat!("ldp q20, q21, [{states}, #64*", group!($group), "]\n"),
            concat!("ldp q22, q23, [{states}, #64*", group!($group), "+32]\n"),
            transpose!(),
            concat!("mov ", bytes!($group 0), ", ", bytes!(20), "\n"),
            concat!("mov ", bytes!($group 1), ", ", bytes!(21), "\n"),
            concat!("mov ", bytes!($group 2), ", ", bytes!(22), "\n"),
            concat!("mov ", bytes!($group 3), ", ", bytes!(23), "\n"),
        )
    };
}

macro_rules! store_states {
    ($group:ident) => {
        concat!(
            concat!("mov ", bytes!(20), ", ", bytes!($group 0), "\n"),
            concat!("mov ", bytes!(21), ", ", bytes!($group 1), "\n"),
            concat!("mov ", bytes!(22), ", ", bytes!($group 2), "\n"),
            concat!("mov ", bytes!(23), ", ", bytes!($group 3), "\n"),
            transpose!(),
            concat!("stp q20, q21, [{states}, #64*", group!($group), "]\n"),
            concat!("stp q22, q23, [{states}, #64*", group!($group), "+32]\n"),
        )
    };
}

/// Keeps the state, and writes the words of the next block into memory.
macro_rules! prepare {
    ($group:ident) => {
        concat!(
            keep!($group),
            prepare_quarter!($group 0),
            prepare_quarter!($group 1),
            prepare_quarter!($group 2),
            prepare_quarter!($group 3),
        )
    };
}

macro_rules! keep {
    ($group:ident) => {
        concat!(
            concat!("str q", number!($group 0), ", [{scratch}, #2048+256*", group!($group), "]\n"),
            concat!("str q", number!($group 1), ", [{scratch}, #2048+256*", group!($group), "+64]\n"),
            concat!("str q", number!($group 2), ", [{scratch}, #2048+256*", group!($group), "+128]\n"),
            concat!("str q", number!($group 3), ", [{scratch}, #2048+256*", group!($group), "+192]\n"),
        )
    };
}

macro_rules! prepare_quarter {
    ($group:ident $quarter:tt) => {
        concat!(
            row!($group $quarter 0 20),
            row!($group $quarter 1 21),
            row!($group $quarter 2 22),
            row!($group $quarter 3 23),
            transpose!(),
            concat!("str q20, [{scratch}, #1024*", group!($group), "+256*", $quarter, "]\n"),
            concat!("str q21, [{scratch}, #1024*", group!($group), "+256*", $quarter, "+64]\n"),
            concat!("str q22, [{scratch}, #1024*", group!($group), "+256*", $quarter, "+128]\n"),
            concat!("str q23, [{scratch}, #1024*", group!($group), "+256*", $quarter, "+192]\n"),
        )
    };
}

/// Loads a quarter of a stream's block into a register.
macro_rules! row {
    ($group:ident $quarter:tt $stream:tt $number:tt) => {
        concat!(
            concat!("ldr x10, [{starts}, #8*(4*", group!($group), "+", $stream, ")]\n"),
            "add x10, x10, x9\n",
            concat!("ldr q", $number, ", [x10, #16*", $quarter, "]\n"),
        )
    };
}

macro_rules! add_kept {
    ($group:ident) => {
        concat!(
            concat!("ldr q20, [{scratch}, #2048+256*", group!($group), "]\n"),
            concat!("ldr q21, [{scratch}, #2048+256*", group!($group), "+64]\n"),
            concat!("ldr q22, [{scratch}, #2048+256*", group!($group), "+128]\n"),
            concat!("ldr q23, [{scratch}, #2048+256*", group!($group), "+192]\n"),
            one_line!("add" words!($group 0), words!($group 0), words!(20)),
            one_line!("add" words!($group 1), words!($group 1), words!(21)),
            one_line!("add" words!($group 2), words!($group 2), words!(22)),
            one_line!("add" words!($group 3), words!($group 3), words!(23)),
        )
    };
}

/// Adds blocks of four streams, or of eight in two groups.
///
/// It reads the constants, and `count` blocks from each of the `starts` on; it reads and writes the states of as many lanes, and a
/// [`Scratch`].
macro_rules! kernel {
    ($groups:ident, $states:ident, $starts:ident, $scratch:ident, $count:ident) => {
        asm!(
            each!(load_states $groups),
            "2:",
            each!(prepare $groups),
            steps!(many [$groups]),
            each!(add_kept $groups),
            "add x9, x9, #64",
            "cmp x9, {end}",
            "b.ne 2b",
            each!(store_states $groups),
            states = in(reg) $states.as_mut_ptr(),
            starts = in(reg) $starts.as_ptr(),
            scratch = in(reg) &raw mut $scratch,
            k = in(reg) WIDE.0.as_ptr(),
            inout("x9") 0_usize => _,
            end = in(reg) 64 * $count,
            out("x10") _,
            clobber_abi("C"),
            options(nostack),
        )
    };
}

/// NEON.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vectors(());

impl Vectors {
    /// Those that this processor has.
    pub(crate) fn present() -> impl Iterator<Item = Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(())).into_iter()
    }

    pub(crate) fn name(self) -> &'static str {
        "NEON"
    }

    /// The number of streams hashed at a time.
    pub(crate) fn most(self) -> usize {
        8
    }

    /// Adds `count` blocks of each of the first `used` lanes, at most [`most`](Self::most). The others must have as many too; what
    /// becomes of their states means nothing. Panics if one of them has fewer.
    pub(crate) fn compress(self, states: &mut [State; MOST], lanes: &[&[Block]; MOST], used: usize, count: usize) {
        let starts = starts(lanes, count);
        if count == 0 {
            return;
        }
        let mut scratch = Scratch::new();
        // SAFETY: The processor has these instructions: nothing else makes a `Vectors`. Each of the lanes has `count` blocks, and
        // there are at least 8 lanes and states, which is as many as the wider kernel uses. All registers that change are declared.
        unsafe {
            match used {
                5.. => kernel!(two, states, starts, scratch, count),
                _ => kernel!(one, states, starts, scratch, count),
            }
        }
    }
}
