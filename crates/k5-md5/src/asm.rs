//! The compression of blocks in assembly: the loop over blocks with all its steps is one `asm!`.
//!
//! This is the only place in the workspace with `unsafe`, and it has it for speed that can't be had otherwise: a program that is
//! built without optimization, as `cargo run` and `cargo test` do, compiles its dependencies without it too, and then every
//! operation on a number or a vector is a call or a detour through memory. MD5 written in Rust took 20 to 40 times longer there,
//! which made hashing the slowest part of every transfer by far. Assembly is as fast there as in a release build.
//!
//! What it relies on is little: pointers to whole blocks and states that safe code has checked, instructions that the processor was
//! asked for ([`Vectors::present`]), registers that are declared as overwritten. It uses no stack and calls nothing.
//!
//! Each architecture has its own file with the same functions. `steps.rs` lists the steps for all.
#![allow(unsafe_code, reason = "assembly, for builds without optimization; everything else in the workspace is safe")]

#[macro_use]
mod steps;

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::{Vectors, compress};
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::{Vectors, compress};

use crate::constants::{Block, K};
use crate::lanes::MOST;
use std::mem::MaybeUninit;

/// Each step's constant in every lane of a vector. Those of the last round are one less.
///
/// That round adds `c ^ (b | !d)`. Its complement `c ^ (d & !b)` takes an instruction less, and adding the complement of a number is
/// subtracting the number and one.
#[repr(align(64))]
struct Wide([[u32; 8]; 64]);

static WIDE: Wide = {
    let mut wide = [[0; 8]; 64];
    let mut step = 0;
    while step < 64 {
        wide[step] = [if step < 48 { K[step] } else { K[step].wrapping_sub(1) }; 8];
        step += 1;
    }
    Wide(wide)
};

/// Memory for what has no room in registers: the 16 words of a block, and the 4 of the state before it, of two vectors of up to 64
/// bytes each.
#[repr(align(64))]
struct Scratch(#[expect(dead_code, reason = "assembly alone uses it, by its address")] MaybeUninit<[[u8; 64]; 2 * (16 + 4)]>);

impl Scratch {
    const fn new() -> Self {
        Self(MaybeUninit::uninit())
    }
}

/// Where each lane's blocks begin. Panics if one of them has fewer than `count`.
fn starts(lanes: &[&[Block]; MOST], count: usize) -> [*const Block; MOST] {
    lanes.map(|blocks| blocks[..count].as_ptr())
}
