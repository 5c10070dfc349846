//! The steps of RFC 1321, for the assembly of any architecture.

/// The text of all 64 steps: what the macro `$step` makes of each, with `$how` passed on to it, then the round's function, the
/// state's four words as they have rotated (`0` to `3`: `a` to `d`), the number of the step, the word of the block, and the rotation.
macro_rules! steps {
    ($step:ident $how:tt) => {
        concat!(
            round!($step $how F [7 12 17 22]
                [0 0] [1 1] [2 2] [3 3], [4 4] [5 5] [6 6] [7 7], [8 8] [9 9] [10 10] [11 11], [12 12] [13 13] [14 14] [15 15]),
            round!($step $how G [5 9 14 20]
                [16 1] [17 6] [18 11] [19 0], [20 5] [21 10] [22 15] [23 4], [24 9] [25 14] [26 3] [27 8], [28 13] [29 2] [30 7] [31 12]),
            round!($step $how H [4 11 16 23]
                [32 5] [33 8] [34 11] [35 14], [36 1] [37 4] [38 7] [39 10], [40 13] [41 0] [42 3] [43 6], [44 9] [45 12] [46 15] [47 2]),
            round!($step $how I [6 10 15 21]
                [48 0] [49 7] [50 14] [51 5], [52 12] [53 3] [54 10] [55 1], [56 8] [57 15] [58 6] [59 13], [60 4] [61 11] [62 2] [63 9]),
        )
    };
}

/// The 16 steps of a round.
macro_rules! round {
    (
        $step:ident $how:tt $function:tt [$w:tt $x:tt $y:tt $z:tt]
        $([$i:tt $m:tt] [$j:tt $n:tt] [$k:tt $o:tt] [$l:tt $p:tt]),*
    ) => {
        concat!($(
            $step!($how $function 0 1 2 3 $i $m $w),
            $step!($how $function 3 0 1 2 $j $n $x),
            $step!($how $function 2 3 0 1 $k $o $y),
            $step!($how $function 1 2 3 0 $l $p $z),
        )*)
    };
}
