//! The numbers in ids, which are unique across all projects.

use serde::{Deserialize, Serialize};

use crate::cloud::Outcome;
use crate::store::{Document, OpenDocuments};

/// The first number.
const FIRST: u64 = 13_700;
const ID: &str = "numbers";
/// The tenant of what belongs to no single project.
pub(super) const EVERYONE: &str = "*";

#[derive(Serialize, Deserialize)]
struct Numbers {
    next: u64,
}

impl Document for Numbers {
    const SERVICE: &'static str = "sap";
    const KIND: &'static str = "numbers";

    fn id(&self) -> &str {
        ID
    }
}

/// The id of a new resource, and the number in it.
pub(super) fn new_id(documents: &mut OpenDocuments<'_>) -> Outcome<(String, u64)> {
    let numbers: Option<Numbers> = documents.get(EVERYONE, ID)?;
    let number = numbers.map_or(FIRST, |numbers| numbers.next);
    documents.put(EVERYONE, &Numbers { next: number + 1 })?;
    Ok((format!("ror-svror2_{number}"), number))
}
