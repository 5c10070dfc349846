//! What tests across crates share: how the cases of the behaviour suite (`tests/suite`) are declared, what each of them owns of a
//! cloud, the servers and bytes that the fault tests need, and which file of a crate knows of which.

pub mod bytes;
pub mod guide;
pub mod imports;
pub mod openrc;
pub mod raw;
pub mod raw_server;
mod scope;

pub use scope::{Scope, eventually, run};

/// The operation of this full name, such as `compute.create_server`: an id alone is unique within its service only.
///
/// # Panics
/// When no table has it.
pub fn operation(name: &str) -> &'static k5::dynamic::ApiOperation {
    let is_it = |known: &&k5::dynamic::ApiOperation| known.meta.full_name() == name;
    k5::operations().find(is_it).unwrap_or_else(|| panic!("no table has the operation {name}"))
}

/// Declares the cases of a file of the behaviour suite, each with the operations that it must have called, by their full names. A test
/// binary takes the suite in as a module, and has a function `on` that runs a case on its server:
/// `fn on<F: Future<Output = ()>>(module: &str, operations: &[&str], case: fn(Cloud, Scope) -> F)`.
#[macro_export]
#[allow(clippy::crate_in_macro_def, reason = "the test binary has its own way to a server")]
macro_rules! cases {
    ($($case:ident [$($service:ident . $operation:ident),* $(,)?])*) => {
        mod cases {
            $(
                #[test]
                fn $case() {
                    crate::on(module_path!(), &[$(concat!(stringify!($service), ".", stringify!($operation))),*], super::$case);
                }
            )*
        }
    };
}

/// The README's programs, so that they are compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
