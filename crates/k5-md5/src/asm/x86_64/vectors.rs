//! The text of what vectors do: `sse`, `avx2` and `avx512` in registers of the set `xmm`, `ymm` or `zmm`.

/// A vector register: of the set and number given, or, for a word of the state, of the first or second group of streams.
macro_rules! reg {
    ($v:ident $number:tt) => {
        concat!(stringify!($v), $number)
    };
    // For intermediate results.
    ($v:ident first t) => {
        reg!($v 8)
    };
    ($v:ident second t) => {
        reg!($v 9)
    };
    ($v:ident first $word:tt) => {
        reg!($v $word)
    };
    ($v:ident second 0) => {
        reg!($v 4)
    };
    ($v:ident second 1) => {
        reg!($v 5)
    };
    ($v:ident second 2) => {
        reg!($v 6)
    };
    ($v:ident second 3) => {
        reg!($v 7)
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

/// The number of lanes of a register.
macro_rules! lanes {
    (xmm) => {
        "4"
    };
    (ymm) => {
        "8"
    };
    (zmm) => {
        "16"
    };
}

/// An instruction with two sources and a result apart from them. SSE2 has none; it takes a copy first.
macro_rules! three {
    (sse $name:tt $result:expr, $x:expr, $y:expr) => {
        concat!("movdqa ", $result, ", ", $x, "\n", $name, " ", $result, ", ", $y, "\n")
    };
    ($isa:ident $name:tt $result:expr, $x:expr, $y:expr) => {
        concat!("v", $name, " ", $result, ", ", $x, ", ", $y, "\n")
    };
}

/// An instruction whose result takes the place of its first source.
macro_rules! two {
    (sse $name:tt $x:expr, $y:expr) => {
        concat!($name, " ", $x, ", ", $y, "\n")
    };
    ($isa:ident $name:tt $x:expr, $y:expr) => {
        concat!("v", $name, " ", $x, ", ", $x, ", ", $y, "\n")
    };
}

/// A move, between registers or to and from memory.
macro_rules! copy {
    (sse $name:tt $to:expr, $from:expr) => {
        concat!($name, " ", $to, ", ", $from, "\n")
    };
    ($isa:ident $name:tt $to:expr, $from:expr) => {
        concat!("v", $name, " ", $to, ", ", $from, "\n")
    };
}

/// A step of one group of streams or of two. If there are two, one works while the other waits for its own last step.
macro_rules! many {
    ([$isa:ident $v:ident one] $($step:tt)*) => {
        half!($isa $v first $($step)*)
    };
    ([$isa:ident $v:ident two] $($step:tt)*) => {
        concat!(half!($isa $v first $($step)*), half!($isa $v second $($step)*))
    };
}

/// A step of a group.
macro_rules! half {
    ($isa:ident $v:ident $group:ident $function:tt $a:tt $b:tt $c:tt $d:tt $index:tt $word:tt $turn:tt) => {
        concat!(
            add_constant!($isa $v $group $a $index),
            two!($isa "paddd" reg!($v $group $a), concat!("[{scratch} + 1024*", group!($group), " + 64*", $word, "]")),
            function!($isa $function $v $group $a $b $c $d),
            rotate!($isa $v $group $a $turn),
            two!($isa "paddd" reg!($v $group $a), reg!($v $group $b)),
        )
    };
}

macro_rules! add_constant {
    (avx512 $v:ident $group:ident $a:tt $index:tt) => {
        two!(avx512 "paddd" reg!($v $group $a), concat!("dword ptr [{k} + 4*", $index, "]{{1to", lanes!($v), "}}"))
    };
    ($isa:ident $v:ident $group:ident $a:tt $index:tt) => {
        two!($isa "paddd" reg!($v $group $a), concat!("[{k} + 32*", $index, "]"))
    };
}

macro_rules! rotate {
    (avx512 $v:ident $group:ident $a:tt $turn:tt) => {
        two!(avx512 "prold" reg!($v $group $a), $turn)
    };
    ($isa:ident $v:ident $group:ident $a:tt $turn:tt) => {
        concat!(
            three!($isa "pslld" reg!($v $group t), reg!($v $group $a), $turn),
            two!($isa "psrld" reg!($v $group $a), concat!("32-", $turn)),
            two!($isa "por" reg!($v $group $a), reg!($v $group t)),
        )
    };
}

/// Adds the function of the round to the first word.
macro_rules! function {
    // One instruction for any function of three bits; the number is its table of results. Some processors need a cycle more from
    // other operands than the one that it replaces, so that is `b`.
    (avx512 F $($of:tt)*) => {
        function!(@table "0xca" $($of)*)
    };
    (avx512 G $($of:tt)*) => {
        function!(@table "0xe4" $($of)*)
    };
    (avx512 H $($of:tt)*) => {
        function!(@table "0x96" $($of)*)
    };
    (avx512 I $($of:tt)*) => {
        function!(@table "0x39" $($of)*)
    };
    (@table $table:tt $v:ident $group:ident $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            copy!(avx512 "movaps" reg!($v $group t), reg!($v $group $b)),
            three!(avx512 "pternlogd" reg!($v $group t), reg!($v $group $c), concat!(reg!($v $group $d), ", ", $table)),
            two!(avx512 "paddd" reg!($v $group $a), reg!($v $group t)),
        )
    };
    ($isa:ident F $v:ident $group:ident $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            three!($isa "pxor" reg!($v $group t), reg!($v $group $c), reg!($v $group $d)),
            two!($isa "pand" reg!($v $group t), reg!($v $group $b)),
            two!($isa "pxor" reg!($v $group t), reg!($v $group $d)),
            two!($isa "paddd" reg!($v $group $a), reg!($v $group t)),
        )
    };
    // As for one stream, two terms that never share a bit are added one after the other.
    ($isa:ident G $v:ident $group:ident $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            three!($isa "pandn" reg!($v $group t), reg!($v $group $d), reg!($v $group $c)),
            two!($isa "paddd" reg!($v $group $a), reg!($v $group t)),
            three!($isa "pand" reg!($v $group t), reg!($v $group $d), reg!($v $group $b)),
            two!($isa "paddd" reg!($v $group $a), reg!($v $group t)),
        )
    };
    ($isa:ident H $v:ident $group:ident $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            three!($isa "pxor" reg!($v $group t), reg!($v $group $c), reg!($v $group $d)),
            two!($isa "pxor" reg!($v $group t), reg!($v $group $b)),
            two!($isa "paddd" reg!($v $group $a), reg!($v $group t)),
        )
    };
    // The complement is subtracted; `WIDE` has the one that this leaves.
    ($isa:ident I $v:ident $group:ident $a:tt $b:tt $c:tt $d:tt) => {
        concat!(
            three!($isa "pandn" reg!($v $group t), reg!($v $group $b), reg!($v $group $d)),
            two!($isa "pxor" reg!($v $group t), reg!($v $group $c)),
            two!($isa "psubd" reg!($v $group $a), reg!($v $group t)),
        )
    };
}

/// Makes registers 8 to 11, which have four words each of four streams in each 16 bytes, have one word of all of them each.
macro_rules! transpose {
    ($isa:ident $v:ident) => {
        concat!(
            three!($isa "punpckldq" reg!($v 12), reg!($v 8), reg!($v 9)),
            three!($isa "punpckhdq" reg!($v 13), reg!($v 8), reg!($v 9)),
            three!($isa "punpckldq" reg!($v 14), reg!($v 10), reg!($v 11)),
            three!($isa "punpckhdq" reg!($v 15), reg!($v 10), reg!($v 11)),
            three!($isa "punpcklqdq" reg!($v 8), reg!($v 12), reg!($v 14)),
            three!($isa "punpckhqdq" reg!($v 9), reg!($v 12), reg!($v 14)),
            three!($isa "punpcklqdq" reg!($v 10), reg!($v 13), reg!($v 15)),
            three!($isa "punpckhqdq" reg!($v 11), reg!($v 13), reg!($v 15)),
        )
    };
}

/// Loads four words of each stream of a group into registers 8 to 11, one word of all of them into each.
macro_rules! load {
    ($isa:ident $v:ident $group:ident $what:tt) => {
        concat!(
            row!($isa $v $group 8 0 $what),
            row!($isa $v $group 9 1 $what),
            row!($isa $v $group 10 2 $what),
            row!($isa $v $group 11 3 $what),
            transpose!($isa $v),
        )
    };
}

/// Loads the row of every fourth stream into a register, 16 bytes of each.
macro_rules! row {
    ($isa:ident xmm $group:ident $number:tt $stream:tt $what:tt) => {
        concat!(locate!($what xmm $group $stream 0), copy!($isa "movups" reg!(xmm $number), address!($what)))
    };
    ($isa:ident ymm $group:ident $number:tt $stream:tt $what:tt) => {
        concat!(
            locate!($what ymm $group $stream 0),
            copy!($isa "movups" reg!(xmm $number), address!($what)),
            locate!($what ymm $group $stream 1),
            two!($isa "inserti128" reg!(ymm $number), concat!(address!($what), ", 1")),
        )
    };
    ($isa:ident zmm $group:ident $number:tt $stream:tt $what:tt) => {
        concat!(
            locate!($what zmm $group $stream 0),
            copy!($isa "movups" reg!(xmm $number), address!($what)),
            locate!($what zmm $group $stream 1),
            two!($isa "inserti32x4" reg!(zmm $number), concat!(address!($what), ", 1")),
            locate!($what zmm $group $stream 2),
            two!($isa "inserti32x4" reg!(zmm $number), concat!(address!($what), ", 2")),
            locate!($what zmm $group $stream 3),
            two!($isa "inserti32x4" reg!(zmm $number), concat!(address!($what), ", 3")),
        )
    };
}

/// Stores a row of states, as `row!` loads it.
macro_rules! store_row {
    ($isa:ident xmm $group:ident $number:tt $stream:tt) => {
        concat!(locate!(state xmm $group $stream 0), copy!($isa "movups" address!(state), reg!(xmm $number)))
    };
    ($isa:ident ymm $group:ident $number:tt $stream:tt) => {
        concat!(
            locate!(state ymm $group $stream 0),
            copy!($isa "movups" address!(state), reg!(xmm $number)),
            locate!(state ymm $group $stream 1),
            copy!($isa "extracti128" address!(state), concat!(reg!(ymm $number), ", 1")),
        )
    };
    ($isa:ident zmm $group:ident $number:tt $stream:tt) => {
        concat!(
            locate!(state zmm $group $stream 0),
            copy!($isa "movups" address!(state), reg!(xmm $number)),
            locate!(state zmm $group $stream 1),
            copy!($isa "extracti32x4" address!(state), concat!(reg!(zmm $number), ", 1")),
            locate!(state zmm $group $stream 2),
            copy!($isa "extracti32x4" address!(state), concat!(reg!(zmm $number), ", 2")),
            locate!(state zmm $group $stream 3),
            copy!($isa "extracti32x4" address!(state), concat!(reg!(zmm $number), ", 3")),
        )
    };
}

/// Makes `rcx` point to a stream's state or blocks.
macro_rules! locate {
    (state $v:ident $group:ident $stream:tt $quarter:tt) => {
        concat!("lea rcx, [{states} + 16*(", lane!($v $group $stream $quarter), ")]\n")
    };
    ($words:tt $v:ident $group:ident $stream:tt $quarter:tt) => {
        concat!("mov rcx, [{starts} + 8*(", lane!($v $group $stream $quarter), ")]\n")
    };
}

/// A stream's number.
macro_rules! lane {
    ($v:ident $group:ident $stream:tt $quarter:tt) => {
        concat!(group!($group), "*", lanes!($v), " + 4*", $quarter, " + ", $stream)
    };
}

/// What is loaded of the stream that `rcx` points to: its state, or some quarter of the block that is `rax` after the first.
macro_rules! address {
    (state) => {
        "[rcx]"
    };
    ($quarter:tt) => {
        concat!("[rcx + rax + 16*", $quarter, "]")
    };
}

/// Runs `$part!($isa $v GROUP ..)` for each group.
macro_rules! each {
    ($part:ident $isa:ident $v:ident one) => {
        $part!($isa $v first)
    };
    ($part:ident $isa:ident $v:ident two) => {
        concat!($part!($isa $v first), $part!($isa $v second))
    };
}

macro_rules! load_states {
    ($isa:ident $v:ident $group:ident) => {
        concat!(
            load!($isa $v $group state),
            copy!($isa "movaps" reg!($v $group 0), reg!($v 8)),
            copy!($isa "movaps" reg!($v $group 1), reg!($v 9)),
            copy!($isa "movaps" reg!($v $group 2), reg!($v 10)),
            copy!($isa "movaps" reg!($v $group 3), reg!($v 11)),
        )
    };
}

macro_rules! store_states {
    ($isa:ident $v:ident $group:ident) => {
        concat!(
            copy!($isa "movaps" reg!($v 8), reg!($v $group 0)),
            copy!($isa "movaps" reg!($v 9), reg!($v $group 1)),
            copy!($isa "movaps" reg!($v 10), reg!($v $group 2)),
            copy!($isa "movaps" reg!($v 11), reg!($v $group 3)),
            transpose!($isa $v),
            store_row!($isa $v $group 8 0),
            store_row!($isa $v $group 9 1),
            store_row!($isa $v $group 10 2),
            store_row!($isa $v $group 11 3),
        )
    };
}

/// Where the state before the block is kept.
macro_rules! kept {
    ($group:ident $word:tt) => {
        concat!("[{scratch} + 2048 + 256*", group!($group), " + 64*", $word, "]")
    };
}

/// Keeps the state, and writes the words of the next block into memory.
macro_rules! prepare {
    ($isa:ident $v:ident $group:ident) => {
        concat!(
            copy!($isa "movaps" kept!($group 0), reg!($v $group 0)),
            copy!($isa "movaps" kept!($group 1), reg!($v $group 1)),
            copy!($isa "movaps" kept!($group 2), reg!($v $group 2)),
            copy!($isa "movaps" kept!($group 3), reg!($v $group 3)),
            prepare_quarter!($isa $v $group 0),
            prepare_quarter!($isa $v $group 1),
            prepare_quarter!($isa $v $group 2),
            prepare_quarter!($isa $v $group 3),
        )
    };
}

macro_rules! prepare_quarter {
    ($isa:ident $v:ident $group:ident $quarter:tt) => {
        concat!(
            load!($isa $v $group $quarter),
            copy!($isa "movaps" concat!("[{scratch} + 1024*", group!($group), " + 256*", $quarter, "]"), reg!($v 8)),
            copy!($isa "movaps" concat!("[{scratch} + 1024*", group!($group), " + 256*", $quarter, " + 64]"), reg!($v 9)),
            copy!($isa "movaps" concat!("[{scratch} + 1024*", group!($group), " + 256*", $quarter, " + 128]"), reg!($v 10)),
            copy!($isa "movaps" concat!("[{scratch} + 1024*", group!($group), " + 256*", $quarter, " + 192]"), reg!($v 11)),
        )
    };
}

macro_rules! add_kept {
    ($isa:ident $v:ident $group:ident) => {
        concat!(
            two!($isa "paddd" reg!($v $group 0), kept!($group 0)),
            two!($isa "paddd" reg!($v $group 1), kept!($group 1)),
            two!($isa "paddd" reg!($v $group 2), kept!($group 2)),
            two!($isa "paddd" reg!($v $group 3), kept!($group 3)),
        )
    };
}

/// Upper halves of registers that are left in use slow down code without AVX.
macro_rules! leave {
    (sse) => {
        ""
    };
    ($isa:ident) => {
        "vzeroupper"
    };
}
