//! `cargo xtask plots`: pictures of what the benchmark has measured, from its data.

mod bars;
mod data;
mod lines;
mod theme;

use crate::workspace;
use data::Measured;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use theme::{DARK, LIGHT, Theme};

const USAGE: &str = "usage: cargo xtask plots [--check]    draws docs/plots/*.svg from docs/*.jsonl";

/// A picture: its file's name, and how it is drawn.
type Picture = (&'static str, fn(&Measured, Theme) -> Result<String, String>);

const PICTURES: [Picture; 5] = [
    ("transfers", |data, theme| {
        let panels = [("PUT to Swift", "up"), ("GET from Swift", "down")];
        bars::draw(data, theme, "1 GiB on real Swift, seconds: less is better", &panels)
    }),
    ("small-files", |data, theme| {
        let panels = [
            ("10000 files up, emulator", "up"),
            ("10000 files down, emulator", "down"),
            ("10000 files that are there already, emulator", "nothing to do"),
        ];
        bars::draw(data, theme, "10,000 files of 4 KiB, emulator, seconds: less is better", &panels)
    }),
    ("listings", |data, theme| {
        let panels = [("1000000 names, real Swift", "real Swift"), ("1000000 names, emulator", "emulator")];
        bars::draw(data, theme, "A million names listed, seconds: less is better", &panels)
    }),
    ("commands", |data, theme| {
        let same = ["server list", "volume list", "image list", "--version"].map(|title| (title, title));
        bars::draw(data, theme, "Commands on a real cloud, seconds: less is better", &same)
    }),
    ("memory", |data, theme| lines::draw(data, theme, "Peak memory of an upload, MiB", "MiB of zeros, emulator")),
];

/// Draws all, or with `--check` reports which is not what the data gives.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let check = match arguments {
        [] => false,
        ["--check"] => true,
        _ => return Err(USAGE.to_owned()),
    };
    let docs = workspace::root().join("docs");
    let mut stale = Vec::new();
    for (path, svg) in drawn(&docs)? {
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        if there == svg {
            continue;
        }
        if check {
            stale.push(path.display().to_string());
            continue;
        }
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
        std::fs::write(&path, svg).map_err(failed)?;
        eprintln!("drawn: {}", path.display());
    }
    if stale.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("not what the data gives (`cargo xtask plots` draws them): {}", stale.join(", "));
    Ok(ExitCode::FAILURE)
}

/// Every picture that the data of this folder suffices for, light and dark.
fn drawn(docs: &Path) -> Result<Vec<(PathBuf, String)>, String> {
    let data = Measured::read(docs)?;
    let mut all = Vec::new();
    for (name, draw) in PICTURES {
        for theme in [LIGHT, DARK] {
            all.push((
                docs.join("plots").join(format!("{name}-{}.svg", theme.name)),
                draw(&data, theme).map_err(|why| format!("{name}: {why}"))?,
            ));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_are_those_of_the_data() {
        for (path, svg) in drawn(&workspace::root().join("docs")).expect("drawn") {
            let there = workspace::read(&path).expect("a picture");
            assert!(there == svg, "{} is not what the data gives: run `cargo xtask plots`", path.display());
        }
    }
}
