//! The API's documented list of operations: `data/rows.tsv`.

use std::collections::HashSet;
use std::path::Path;

/// A row of the documented list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) section: String,
    pub(crate) number: u16,
    pub(crate) title: String,
    pub(crate) method: String,
    /// With its query template, as documented.
    pub(crate) path: String,
    pub(crate) contract: Contract,
}

/// What is known about the requests and answers of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contract {
    /// A page of the vendor's manual describes them.
    Documented,
    /// The vendor has samples, but no page that could be read.
    Sampled,
    /// Neither: they are inferred from the same operation of OpenStack, or from similar ones.
    Inferred,
}

impl Contract {
    fn parse(name: &str) -> Option<Self> {
        [Self::Documented, Self::Sampled, Self::Inferred].into_iter().find(|contract| contract.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Sampled => "sampled",
            Self::Inferred => "inferred",
        }
    }
}

impl Row {
    /// `Object storage 4`, as the tables name it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.section, self.number)
    }

    /// The path without the query template.
    pub(crate) fn bare_path(&self) -> &str {
        self.path.split("{?").next().unwrap_or_default()
    }
}

/// Reads the list of the workspace at `root`.
pub(crate) fn load(root: &Path) -> Result<Vec<Row>, String> {
    let path = root.join("xtask/data/rows.tsv");
    parse(&crate::workspace::read(&path)?).map_err(|error| format!("xtask/data/rows.tsv:{error}"))
}

/// Reads the list's text. An error begins with the number of its line.
pub(crate) fn parse(text: &str) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    let mut names = HashSet::new();
    for (index, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_group, section, number, title, method, path, _samples, contract] = fields[..] else {
            return Err(format!("{}: {} fields where 8 were expected", index + 1, fields.len()));
        };
        let contract = Contract::parse(contract)
            .ok_or_else(|| format!("{}: {contract:?} is not documented, sampled or inferred", index + 1))?;
        let number = number.parse().map_err(|_| format!("{}: {number:?} is not a number", index + 1))?;
        let row = Row { section: section.into(), number, title: title.into(), method: method.into(), path: path.into(), contract };
        if !names.insert(row.name()) {
            return Err(format!("{}: {} already exists", index + 1, row.name()));
        }
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_complete() {
        let rows = load(&crate::workspace::root()).expect("reads");
        assert_eq!(rows.len(), 153);
        let sections: HashSet<&str> = rows.iter().map(|row| row.section.as_str()).collect();
        assert_eq!(sections.len(), 10);
        let row = rows.iter().find(|row| row.name() == "Object storage 4").expect("listed");
        assert_eq!(
            (row.title.as_str(), row.method.as_str(), row.bare_path()),
            ("List objects", "GET", "/v1/{account}/{container}")
        );
        assert_eq!(row.contract, Contract::Sampled);
    }

    #[test]
    fn a_broken_line_is_named() {
        assert_eq!(parse("a\tb"), Err("1: 2 fields where 8 were expected".to_owned()));
        let twice = "G\tS\t1\tT\tGET\t/x\t\tsampled\nG\tS\t1\tT\tGET\t/x\t\tinferred";
        let unsure = "G\tS\t1\tT\tGET\t/x\t\tperhaps";
        assert_eq!(parse(unsure), Err("1: \"perhaps\" is not documented, sampled or inferred".to_owned()));
        assert_eq!(parse(twice), Err("2: S 1 already exists".to_owned()));
    }
}
