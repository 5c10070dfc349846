//! `cargo xtask coverage`: computed from the tables and the sources, never claimed.

use crate::render::tested_on;
use crate::rows::{self, Row};
use crate::scan::{self, TestFunction};
use crate::spec::{self, Operation, Service, Spec};
use crate::workspace;
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let root = workspace::root();
    let rows = rows::load(&root)?;
    let spec = spec::load(&root, &rows)?;
    let tests = scan::tests(&root)?;
    let text = match arguments {
        [] => summary(&spec, &rows, &tests),
        ["--json"] => json(&spec, &rows, &tests)?,
        [name] => one(&root, &spec, &rows, &tests, name)?,
        _ => return Err("usage: cargo xtask coverage [--json | ROW]".to_owned()),
    };
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}

fn tests_of<'a>(spec: &Spec, tests: &'a [TestFunction], service: &Service, operation: &Operation) -> Vec<&'a TestFunction> {
    let wanted = spec.wanted(service, operation);
    tests.iter().filter(|test| test.names(&wanted)).collect()
}

fn summary(spec: &Spec, rows: &[Row], tests: &[TestFunction]) -> String {
    let mut sections: Vec<(&str, [usize; 3])> = Vec::new();
    for row in rows {
        if sections.last().is_none_or(|(section, _)| *section != row.section) {
            sections.push((&row.section, [0; 3]));
        }
        let Some((_, counts)) = sections.last_mut() else { continue };
        counts[0] += 1;
        if let Some((service, operation)) = spec.serving(row) {
            counts[1] += 1;
            counts[2] += usize::from(!tests_of(spec, tests, service, operation).is_empty());
        }
    }
    let line = |(section, [rows, served, tested]): &(&str, [usize; 3])| format!("{section:<26} {rows:>4} {served:>10} {tested:>7}");
    let mut lines = vec![format!("{:<26} {:>4} {:>10} {:>7}", "section", "rows", "operation", "tested")];
    lines.extend(sections.iter().map(line));
    let total = [0, 1, 2].map(|column| sections.iter().map(|(_, counts)| counts[column]).sum());
    lines.push(line(&("all", total)));
    let beyond: Vec<(&Service, &Operation)> = spec.operations().filter(|(_, operation)| operation.rows.is_empty()).collect();
    let tested = beyond.iter().filter(|(service, operation)| !tests_of(spec, tests, service, operation).is_empty()).count();
    lines.push(format!("{:<26} {:>4} {:>10} {tested:>7}", "beyond the list", "", beyond.len()));
    lines.join("\n")
}

fn json(spec: &Spec, rows: &[Row], tests: &[TestFunction]) -> Result<String, String> {
    let entry = |row: &Row| {
        let serving = spec.serving(row);
        let named = serving.map(|(service, operation)| tests_of(spec, tests, service, operation)).unwrap_or_default();
        json!({
            "section": row.section,
            "number": row.number,
            "title": row.title,
            "method": row.method,
            "path": row.path,
            "operation": serving.map_or_else(|| "missing".to_owned(), |(service, operation)| service.full_name(operation)),
            "client_method": serving.map(|(service, operation)| service.method_name(operation)),
            "contract": row.contract.name(),
            "tested_on": tested_on(&named),
            "tests": named.iter().map(|test| test.label()).collect::<Vec<_>>(),
        })
    };
    let entries: Vec<_> = rows.iter().map(entry).collect();
    serde_json::to_string_pretty(&entries).map_err(|error| error.to_string())
}

fn one(root: &Path, spec: &Spec, rows: &[Row], tests: &[TestFunction], name: &str) -> Result<String, String> {
    let Some(row) = rows.iter().find(|row| row.name().eq_ignore_ascii_case(name)) else {
        return Err(format!(
            "the documented list has no row {name:?}; a row is a section and a number, such as \"Object storage 4\""
        ));
    };
    let mut lines = vec![format!("{}: {}", row.name(), row.title), format!("documented  {} {}", row.method, row.path)];
    match spec.serving(row) {
        None => lines.push("operation   missing".to_owned()),
        Some((service, operation)) => {
            lines.push(format!("operation   {} ({}:{})", service.full_name(operation), service.file, operation.line));
            lines.push(format!("method      {} ({})", service.method_name(operation), place(root, service, operation)?));
            let named = tests_of(spec, tests, service, operation);
            if named.is_empty() {
                lines.push("tests       none".to_owned());
            }
            for (index, test) in named.iter().enumerate() {
                let head = if index == 0 { "tests" } else { "" };
                lines.push(format!("{head:<11} {} ({}:{})", test.function, test.file, test.line));
            }
        }
    }
    Ok(lines.join("\n"))
}

/// `file:line` of the operation's method.
fn place(root: &Path, service: &Service, operation: &Operation) -> Result<String, String> {
    let file = format!("{}/builder.rs", service.generated_folder());
    let text = workspace::read(&root.join(&file))?;
    let start = format!("    pub fn {}(", operation.id);
    match text.lines().position(|line| line.starts_with(&start)) {
        Some(index) => Ok(format!("{file}:{}", index + 1)),
        None => Err(format!("{file} has no method {}: run `cargo xtask regen`", operation.id)),
    }
}
