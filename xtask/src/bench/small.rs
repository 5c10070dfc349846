//! Instructions of one small call through the whole stack, beside the bare client's.

use super::Setting;
use super::goal::{FLOOR, Measured, Verdict};
use super::measure::Argv;
use super::nginx::{Nginx, TOKEN};
use super::report::Section;
use super::work::text;

const FEW: u64 = 100;
const MANY: u64 = 1100;
const AT_MOST: f64 = 1.3;

pub(crate) fn run(setting: &Setting<'_>) -> Result<Section, String> {
    let valgrind = setting.tools.find("valgrind")?;
    let nginx = Nginx::start(setting.root, setting.work, setting.tools, &[], false)?;
    let url = nginx.storage_url();
    let home = setting.work.home();
    let per_call = |command: &dyn Fn(String) -> Vec<String>| -> Result<f64, String> {
        let count = |calls: u64| {
            let file = setting.work.path().join("callgrind.out");
            let options = ["--tool=callgrind".to_owned(), format!("--callgrind-out-file={}", text(&file))];
            Argv::new(&valgrind).args(options).args(command(calls.to_string())).output(&home)?;
            let written = crate::workspace::read(&file)?;
            instructions(&written).ok_or_else(|| "callgrind wrote no sum".to_owned())
        };
        eprintln!("counting instructions of {FEW} and of {MANY} calls");
        // The difference leaves out start and connection.
        Ok((count(MANY)?.saturating_sub(count(FEW)?)) as f64 / (MANY - FEW) as f64)
    };
    let floor = per_call(&|calls| vec![text(&setting.tools.floor), "head".to_owned(), url.clone(), TOKEN.to_owned(), calls])?;
    let ours = per_call(&|calls| vec![text(&setting.tools.small_call), url.clone(), TOKEN.to_owned(), calls])?;
    let ratio = ours / floor;
    let mut section = Section::new(
        "One small call",
        &format!(
            "HEAD of an account on nginx, through everything that `k5::Cloud` puts around a call, in instructions as callgrind counts them: \
             ({MANY} calls less {FEW} calls) / {}.",
            MANY - FEW
        ),
    );
    section.text = format!("| client | instructions a call |\n| --- | ---: |\n| {FLOOR} | {floor:.0} |\n| k5 | {ours:.0} |\n");
    section.verdicts.push(Verdict {
        what: "instructions of one small call".to_owned(),
        limit: format!("{AT_MOST} × {FLOOR}"),
        measured: Some(Measured { text: format!("{ratio:.3} × ({ours:.0} to {floor:.0})"), met: ratio <= AT_MOST }),
    });
    Ok(section)
}

/// The sum in callgrind's file.
fn instructions(text: &str) -> Option<u64> {
    let sum = text.lines().find_map(|line| line.strip_prefix("totals:").or_else(|| line.strip_prefix("summary:")))?;
    sum.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_is_found() {
        assert_eq!(instructions("version: 1\nevents: Ir\nfl=(1)\n1 20\n\ntotals: 7612345\n"), Some(7_612_345));
        assert_eq!(instructions("events: Ir\nsummary: 12\n"), Some(12));
        assert_eq!(instructions("events: Ir\n"), None);
    }
}
