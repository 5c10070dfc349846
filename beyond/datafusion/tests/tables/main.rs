//! Tables in an emulator's containers: what DataFusion and Ballista make of them, also when something goes wrong.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on is a test that failed")]

mod examples;
mod faults;
mod locations;
mod stage;
