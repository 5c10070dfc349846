//! One stream in vector registers.

use crate::constants::{Block, K, State};
use std::arch::asm;

/// A step of one stream in a vector register.
macro_rules! alone {
    ([] $function:tt $a:tt $b:tt $c:tt $d:tt $index:tt $word:tt $turn:tt) => {
        concat!(
            add_constant!(avx512 xmm first $a $index),
            two!(avx512 "paddd" reg!(xmm first $a), concat!("dword ptr [rax + 4*", $word, "]{{1to4}}")),
            function!(avx512 $function xmm first $a $b $c $d),
            rotate!(avx512 xmm first $a $turn),
            two!(avx512 "paddd" reg!(xmm first $a), reg!(xmm first $b)),
        )
    };
}

/// Adds blocks, at least one. The processor must have AVX-512 with VL.
pub(super) unsafe fn compress(state: &mut State, blocks: &[Block]) {
    let range = blocks.as_ptr_range();
    // SAFETY: It reads `K` and the blocks, from the first, which the caller says exists, to where they end, and reads and writes the
    // state. All registers that it changes are declared. No load needs alignment.
    unsafe {
        asm!(
            "vmovd xmm0, [{state}]",
            "vmovd xmm1, [{state} + 4]",
            "vmovd xmm2, [{state} + 8]",
            "vmovd xmm3, [{state} + 12]",
            "2:",
            "vmovaps xmm12, xmm0",
            "vmovaps xmm13, xmm1",
            "vmovaps xmm14, xmm2",
            "vmovaps xmm15, xmm3",
            steps!(alone []),
            "vpaddd xmm0, xmm0, xmm12",
            "vpaddd xmm1, xmm1, xmm13",
            "vpaddd xmm2, xmm2, xmm14",
            "vpaddd xmm3, xmm3, xmm15",
            "add rax, 64",
            "cmp rax, {end}",
            "jne 2b",
            "vmovd [{state}], xmm0",
            "vmovd [{state} + 4], xmm1",
            "vmovd [{state} + 8], xmm2",
            "vmovd [{state} + 12], xmm3",
            "vzeroupper",
            state = in(reg) state.as_mut_ptr(),
            inout("rax") range.start => _,
            end = in(reg) range.end,
            k = in(reg) K.as_ptr(),
            // On every system: all vector registers.
            clobber_abi("sysv64"),
            options(nostack),
        );
    }
}
