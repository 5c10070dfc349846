//! One stream in general registers.

use crate::constants::{Block, K, State};
use std::arch::asm;

/// A word of the one stream's state.
macro_rules! word {
    (0) => {
        "{a:e}"
    };
    (1) => {
        "{b:e}"
    };
    (2) => {
        "{c:e}"
    };
    (3) => {
        "{d:e}"
    };
}

/// A step of one stream.
macro_rules! one {
    ([] $function:tt $a:tt $b:tt $c:tt $d:tt $index:tt $word:tt $turn:tt) => {
        concat!(
            concat!("add ", word!($a), ", [{k} + 4*", $index, "]\n"),
            concat!("add ", word!($a), ", [{at} + 4*", $word, "]\n"),
            one_function!($function $a $b $c $d),
            concat!("rol ", word!($a), ", ", $turn, "\n"),
            concat!("add ", word!($a), ", ", word!($b), "\n"),
        )
    };
}

/// Adds the function of the round to the first word. What waits for the second word, the result of the step before, comes last.
macro_rules! one_function {
    (F $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            concat!("mov {t:e}, ", word!($c), "\n"),
            concat!("xor {t:e}, ", word!($d), "\n"),
            concat!("and {t:e}, ", word!($b), "\n"),
            concat!("xor {t:e}, ", word!($d), "\n"),
            concat!("add ", word!($a), ", {t:e}\n"),
        )
    };
    // The two terms never share a bit. Added one after the other instead of joined first, only one of them waits.
    (G $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            concat!("mov {t:e}, ", word!($d), "\n"),
            "not {t:e}\n",
            concat!("and {t:e}, ", word!($c), "\n"),
            concat!("add ", word!($a), ", {t:e}\n"),
            concat!("mov {u:e}, ", word!($d), "\n"),
            concat!("and {u:e}, ", word!($b), "\n"),
            concat!("add ", word!($a), ", {u:e}\n"),
        )
    };
    (H $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            concat!("mov {t:e}, ", word!($c), "\n"),
            concat!("xor {t:e}, ", word!($d), "\n"),
            concat!("xor {t:e}, ", word!($b), "\n"),
            concat!("add ", word!($a), ", {t:e}\n"),
        )
    };
    (I $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            concat!("mov {t:e}, ", word!($d), "\n"),
            "not {t:e}\n",
            concat!("or {t:e}, ", word!($b), "\n"),
            concat!("xor {t:e}, ", word!($c), "\n"),
            concat!("add ", word!($a), ", {t:e}\n"),
        )
    };
}

/// Adds blocks, at least one.
pub(super) unsafe fn compress(state: &mut State, blocks: &[Block]) {
    let range = blocks.as_ptr_range();
    // SAFETY: It reads `K` and the blocks, from the first, which the caller says exists, to where they end, and reads and writes the
    // state. All registers that it changes are declared. No load needs alignment.
    unsafe {
        asm!(
            "mov {a:e}, [{state}]",
            "mov {b:e}, [{state} + 4]",
            "mov {c:e}, [{state} + 8]",
            "mov {d:e}, [{state} + 12]",
            "2:",
            steps!(one []),
            "add {a:e}, [{state}]",
            "add {b:e}, [{state} + 4]",
            "add {c:e}, [{state} + 8]",
            "add {d:e}, [{state} + 12]",
            "mov [{state}], {a:e}",
            "mov [{state} + 4], {b:e}",
            "mov [{state} + 8], {c:e}",
            "mov [{state} + 12], {d:e}",
            "add {at}, 64",
            "cmp {at}, {end}",
            "jne 2b",
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
