//! Options that have no effect are refused.

use super::options::Common;
use super::plan::{Plan, Target};
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::url::Place;

/// Ways that bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Stdin,
    Down,
    Stdout,
    Server,
}

use Way::{Down, Server, Stdin, Stdout, Up};

fn way(source: &Place, to: &Target) -> Way {
    match (source, to) {
        (Place::Std, _) => Stdin,
        (Place::Local(_), _) => Up,
        (Place::Swift(_), Target::Swift(_)) => Server,
        (Place::Swift(_), Target::Local { .. }) => Down,
        (Place::Swift(_), Target::Std) => Stdout,
    }
}

/// Refuses options that say nothing of any way that the plan goes.
pub(crate) fn check(globals: &Globals, plan: &Plan, common: &Common, no_verify: bool) -> Outcome {
    let ways: Vec<Way> = plan.sources.iter().map(|source| way(source, &plan.to)).collect();
    let up_or_copy: &[Way] = &[Up, Stdin, Server];
    let streams: &[Way] = &[Up, Stdin, Down, Stdout];
    let uploads_expire = common.expire_after.is_some() || common.expire_at.is_some();
    let table: [(&str, bool, &[Way]); 15] = [
        ("--recursive", common.recursive, &[Up, Down, Server]),
        ("--links", common.links, &[Up, Down]),
        ("--transfers", common.speed.transfers.is_some(), &[Up, Down, Server]),
        ("--no-clobber", common.no_clobber, &[Up, Stdin, Down, Server]),
        ("--segment-size", common.segments.segment_size.is_some(), &[Up, Stdin, Down]),
        ("--segment-container", common.segments.segment_container.is_some(), up_or_copy),
        ("--concurrency", common.speed.concurrency.is_some(), &[Up, Stdin, Down]),
        ("--no-resume", common.no_resume, &[Up, Down]),
        ("--dynamic", common.segments.dynamic, &[Up, Stdin]),
        ("--content-type", common.content_type.is_some(), up_or_copy),
        ("--property", !common.properties.property.is_empty(), up_or_copy),
        ("--header", !common.headers.header.is_empty(), up_or_copy),
        ("--expire-after and --expire-at", uploads_expire, up_or_copy),
        ("--bwlimit", common.speed.bwlimit.is_some(), streams),
        ("--no-verify", no_verify, streams),
    ];
    for (option, given, meant) in table {
        if given && !ways.iter().any(|way| meant.contains(way)) {
            let said = match ways.first() {
                Some(Stdin) => "what is read from stdin",
                Some(Stdout) => "what is written to stdout",
                Some(Server) => "a copy within the cloud",
                Some(Down) => "a download",
                _ => "an upload",
            };
            return Err(Failure::usage(format!("{option} has no effect on {said}: leave it out")));
        }
    }
    if common.links && !common.recursive {
        return Err(Failure::usage("--links is about what is in folders: it needs -r"));
    }
    if matches!(plan.to, Target::Std) && !common.dry_run {
        globals.no_output("stdout is the object itself")?;
    }
    Ok(())
}
