//! Which known name a mistyped one is nearest to.

/// The known names that `wanted` is probably meant to be, the nearest first: at most one letter in three differs.
pub(crate) fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut near: Vec<_> = known
        .into_iter()
        .filter_map(|name| {
            let distance = strsim::osa_distance(&wanted, &name.to_lowercase());
            let length = wanted.chars().count().max(name.chars().count());
            (distance * 3 <= length).then_some((distance, name))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name).collect()
}

/// `: did you mean NAME?`, or nothing where no known name is near.
pub(super) fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, known).first().map_or_else(String::new, |near| format!(": did you mean {near}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_what_one_letter_in_three_makes() {
        let known = ["Name", "Status", "list_ship", "list_ships", "Größe"];
        assert_eq!(nearest("nmae", known), ["Name"]);
        assert_eq!(nearest("STATSU", known), ["Status"]);
        assert_eq!(nearest("list_shpis", known), ["list_ships", "list_ship"]);
        assert_eq!(nearest("grösse", known), ["Größe"]);
        assert_eq!(nearest("colour", known), [""; 0]);
        assert_eq!(nearest("", known), [""; 0]);
    }
}
