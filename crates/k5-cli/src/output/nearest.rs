//! Which known name a mistyped one is nearest to.

use crate::input::all_near;

/// `: did you mean NAME?`, or nothing where no known name is near.
pub(super) fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    all_near(wanted, known).first().map_or_else(String::new, |near| format!(": did you mean {near}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_what_one_letter_in_three_makes() {
        let known = ["Name", "Status", "list_ship", "list_ships", "Größe"];
        assert_eq!(all_near("nmae", known), ["Name"]);
        assert_eq!(all_near("STATSU", known), ["Status"]);
        assert_eq!(all_near("list_shpis", known), ["list_ships", "list_ship"]);
        assert_eq!(all_near("grösse", known), ["Größe"]);
        assert_eq!(all_near("colour", known), [""; 0]);
        assert_eq!(all_near("", known), [""; 0]);
    }
}
