//! The columns of tables' commands, for those that are written by hand.

use super::data::Noun;
use crate::commands::generated::NOUNS;
use crate::output::Column;

/// The columns of a table's command, such as `image show`.
pub(crate) fn columns(line: &str) -> &'static [Column] {
    let of = |noun: &&'static Noun| {
        let verb = line.strip_prefix(noun.words)?.strip_prefix(' ')?;
        noun.commands.iter().find(|command| command.verb == verb).map(|command| command.columns)
    };
    NOUNS.iter().find_map(of).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_nouns_verb() {
        assert!(columns("image show").iter().any(|column| column.name == "min_disk"));
        assert!(columns("image nothing").is_empty());
    }
}
