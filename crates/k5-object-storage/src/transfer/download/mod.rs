//! Downloading one object: into a file in parts, or to a writer in order.
//!
//! | question | file |
//! | --- | --- |
//! | what is requested, and how it is transferred | `fetch`, `run` |
//! | what it is divided into | `sections` |
//! | how bytes of the same content arrive despite interruptions | `version`, `resume`, `reader`, `resumed` |
//! | how they get into a file, several parts at a time | `parts`, `checks` |
//! | what an earlier run has left | `partial`, `ranges`, `stale` |
//! | how they get to a writer or reader | `sink`, `stream_reader` |

mod checks;
pub(crate) mod fetch;
mod partial;
mod parts;
mod ranges;
mod reader;
pub(crate) mod resume;
mod resumed;
mod run;
mod sections;
pub(crate) mod sink;
pub(crate) mod stale;
pub(crate) mod stream_reader;
mod version;
