//! An upload in parts.

use super::place::Place;
use super::{S3, SWIFT_STORE, Setting};
use crate::bench::contest::{Contest, Figure, Runner};
use crate::bench::goal::{Goal, Limit};
use crate::bench::peers::Server;
use crate::bench::report::Section;
use crate::bench::work::text;

const OBJECT: &str = "large";
/// The stores that are also measured with three parts at a time instead of eight, and their names then.
const FEWER: [(&str, &str); 2] = [(SWIFT_STORE, "SwiftStore, 3 at a time"), (S3, "S3, 3 at a time")];

pub(super) fn run(setting: &Setting<'_>, place: &Place<'_>) -> Result<Section, String> {
    let (work, server) = (setting.work, place.server);
    let size = setting.options.put >> 20;
    let free = work.free()?;
    if free < 2 * setting.options.put {
        return Err(format!("{} needs {} MiB, {} MiB are free", text(work.path()), 2 * size, free >> 20));
    }
    let content = work.random("large", setting.options.put)?;
    let mut section = Section::new(
        format!("Upload in parts, {}", server.name()),
        &format!(
            "A file of {size} MiB that can't be compressed, in {} round(s), by object_store's `BufWriter` as DataFusion uses it: parts of 10 \
             MiB, up to eight of them at a time, or three where the name says so (`with_max_concurrency`). Afterwards, outside of the \
             measured time, the object is read back and compared with the file.",
            setting.options.put_rounds
        ),
    );
    let mut runners = Vec::new();
    for (name, store) in place.stores() {
        match store {
            Ok(store) => {
                let fewer = FEWER.into_iter().find(|(of, _)| *of == name).map(|(_, fewer)| (fewer, "3"));
                for (name, count) in [(name, "8")].into_iter().chain(fewer) {
                    let arguments = ["put", store.kind, &*place.container, OBJECT, &*text(&content.path), count];
                    runners.push(Runner::moving(name, &content, store.command(setting, arguments)));
                }
            }
            Err(why) => section.skip(format!("{name}: {why}")),
        }
    }
    let contest = Contest {
        title: format!("PUT of {size} MiB in parts, {}", server.name()),
        runners,
        before: Box::new(|_| Ok(())),
        after: Box::new(|content| {
            let checked = place.program(["verify", &*place.container, OBJECT, &*text(&content.path)]).output(&work.home());
            place.program(["remove", &*place.container, OBJECT]).output(&work.home())?;
            checked.map(drop)
        }),
    };
    let outcome = contest.hold(setting.options.put_rounds, &work.home());
    let goal = |what: &str, figure, factor| Goal {
        what: format!("{what}, PUT in parts, {}", server.name()),
        figure,
        ours: SWIFT_STORE,
        limit: Limit::Fastest(factor, vec![S3]),
    };
    // Where there is no S3, there is nothing to compare with.
    let goals = match server {
        Server::Swift => vec![goal("wall", Figure::Wall, 1.0), goal("peak memory", Figure::Peak, 0.5)],
        Server::Emulator => Vec::new(),
    };
    section.add(outcome, &goals);
    let _ = std::fs::remove_file(&content.path);
    Ok(section)
}
