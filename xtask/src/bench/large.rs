//! Objects so large that they go in segments, and the same from a pipe.

use super::Setting;
use super::contest::{Contest, Figure, Runner};
use super::goal::{Goal, K5, Limit};
use super::measure::Argv;
use super::peers::{CURL, Lineup, OPENDAL, Peers, Place, RCLONE, SWIFTCLIENT, Server};
use super::report::Section;
use super::segments::Segments;
use super::work::{Content, text};

/// Bytes of a segment, for all that make some.
const SEGMENT: u64 = 64 << 20;
/// Segments under way at a time, for all that can have several.
const AT_A_TIME: u64 = 4;
/// MiB at most with four segments under way.
pub(super) const PEAK: f64 = 16.0;
/// What `k5 object cp` says it holds of stdin, MiB, and what all else may take.
const HELD: f64 = 64.0;
const BESIDE: f64 = 12.0;
/// Of the source and what is stored at the same time: two objects, a target and room for one more.
const COPIES: u64 = 4;

/// Peers that compare MD5 on the way down, which they can of one object only.
const RCLONE_WHOLE: &str = "rclone, one object, verified";
const SWIFTCLIENT_WHOLE: &str = "swiftclient, one object, verified";

const SEGMENTED: &str = "large";
const WHOLE: &str = "whole";

/// PUT and GET of a file.
pub(crate) fn files(
    setting: &Setting<'_>,
    server: Server,
    variables: &[(String, String)],
    content: &Content,
) -> Result<Section, String> {
    room(setting, content)?;
    let place = Place::open(setting, server, variables)?;
    let mut section = Section::new(
        format!("Large objects, {}", server.name()),
        &format!(
            "A file of {} MiB in segments of {} MiB, {AT_A_TIME} at a time, in {} round(s). rclone: `--swift-chunk-size 64Mi`, one segment after \
             another, and its default of 4 streams for a GET; swiftclient: `--segment-size {SEGMENT} --segment-threads {AT_A_TIME}`; \
             opendal: parts of the same size, {AT_A_TIME} at a time, both ways; k5: `--segment-size 64M`, {AT_A_TIME} at a time as by default. curl \
             moves one object without segments. All have the same token beforehand. After a PUT, outside of the measured time, the object's \
             length is read back, and the MD5 of each segment is compared with that of the source's own part, the ETag of a static manifest \
             with that of its segments' ETags; after a GET, the MD5 of the file. While they run, k5, rclone and swiftclient compare the \
             MD5 of what they send; curl and opendal compare nothing. On the way down k5 compares the MD5 of each segment, the others \
             nothing but sizes, since a large object's ETag is not MD5; of an object without segments rclone and swiftclient compare it, so on the emulator they get that, too.",
            content.bytes >> 20,
            SEGMENT >> 20,
            setting.options.large_rounds,
        ),
    );
    put(setting, &place, content, &mut section)?;
    get(setting, &place, content, &mut section)?;
    if server == Server::Emulator
        && let Err(why) = sparse(setting, &place, &mut section)
    {
        section.skip(format!("a source of {} MiB of zeros: {why}", setting.options.sparse >> 20));
    }
    Ok(section)
}

/// Two objects, one target and one source more than there are now must fit.
fn room(setting: &Setting<'_>, content: &Content) -> Result<(), String> {
    let (free, needed) = (setting.work.free()?, content.bytes * COPIES);
    match free >= needed {
        true => Ok(()),
        false => Err(format!("{} needs {} MiB, {} MiB are free", text(setting.work.path()), needed >> 20, free >> 20)),
    }
}

fn put(setting: &Setting<'_>, place: &Place<'_>, content: &Content, section: &mut Section) -> Result<(), String> {
    let container = place.container.beside("put")?;
    let peers = Peers { tools: setting.tools, container: &container };
    let (object, file) = (content.put_name(), text(&content.path));
    let mut lineup = Lineup::new(section);
    lineup.take(CURL, content, Ok(peers.curl().args(["-T", &*file, &*container.url(&object)])));
    lineup.take(
        RCLONE,
        content,
        peers.rclone().map(|rclone| rclone.args(["copyto", &*file, &*peers.remote(&object)]).args(CHUNKS)),
    );
    lineup.take(SWIFTCLIENT, content, peers.swiftclient().map(|swift| upload(swift, &container.name, &object, &file)));
    lineup.take(OPENDAL, content, peers.opendal().map(|opendal| parts(opendal).args(["put", &*container.name, &*object, &*file])));
    lineup.take(K5, content, Ok(copy(peers.k5()).args(["--segment-size", "64M", &*file, &*peers.swift_url(&object)])));
    let runners = lineup.runners;
    let segments = Segments::new(setting.work, content, false);
    let contest = Contest {
        title: format!("PUT of {} MiB, {}", content.bytes >> 20, place.server.name()),
        runners,
        before: Box::new(|_| Ok(())),
        after: Box::new(|_| {
            let checked = segments.check(&container, &object);
            container.empty()?;
            checked
        }),
    };
    let outcome = contest.hold(setting.options.large_rounds, &setting.work.home());
    let mut goals = wall(place.server, "PUT", &[RCLONE, SWIFTCLIENT]);
    goals.push(Goal::times(format!("CPU, large PUT, {}", place.server.name()), Figure::Cpu, K5, 0.65, &[SWIFTCLIENT]));
    goals.push(Goal::at_most(format!("peak memory, large PUT, {}", place.server.name()), Figure::Peak, PEAK));
    section.add(outcome, &goals);
    Ok(())
}

fn get(setting: &Setting<'_>, place: &Place<'_>, content: &Content, section: &mut Section) -> Result<(), String> {
    let container = place.container.beside("get")?;
    let peers = Peers { tools: setting.tools, container: &container };
    // What all fetch is made by one of them, and checked as theirs is.
    container.put(content, WHOLE)?;
    let made = copy(peers.k5()).args(["--segment-size", "64M", &*text(&content.path), &*peers.swift_url(SEGMENTED)]);
    made.output(&setting.work.home())?;
    Segments::new(setting.work, content, false).check(&container, SEGMENTED)?;
    let file = text(&setting.work.target());
    let mut lineup = Lineup::new(section);
    lineup.take(CURL, content, Ok(peers.curl().args(["-o", &*file, &*container.url(WHOLE)])));
    let rclone = |object: &str| peers.rclone().map(|rclone| rclone.args(["copyto", &*peers.remote(object), &*file]));
    let swift =
        |object: &str| peers.swiftclient().map(|swift| swift.args(["download", "--output", &*file, &*container.name, object]));
    lineup.take(RCLONE, content, rclone(SEGMENTED));
    lineup.take(SWIFTCLIENT, content, swift(SEGMENTED));
    if place.server == Server::Emulator {
        lineup.take(RCLONE_WHOLE, content, rclone(WHOLE));
        lineup.take(SWIFTCLIENT_WHOLE, content, swift(WHOLE));
    }
    let opendal = peers.opendal();
    lineup.take(OPENDAL, content, opendal.map(|opendal| parts(opendal).args(["get", &*container.name, SEGMENTED, &*file])));
    lineup.take(K5, content, Ok(copy(peers.k5()).args([&*peers.swift_url(SEGMENTED), &*file])));
    let runners = lineup.runners;
    let contest = Contest {
        title: format!("GET of {} MiB, {}", content.bytes >> 20, place.server.name()),
        runners,
        before: Box::new(|_| setting.work.remove_target()),
        after: Box::new(|content| setting.work.check(&setting.work.target(), content)),
    };
    let outcome = contest.hold(setting.options.large_rounds, &setting.work.home());
    let mut goals = wall(place.server, "GET", &[RCLONE_WHOLE, SWIFTCLIENT_WHOLE]);
    goals.push(Goal::at_most(format!("peak memory, large GET, {}", place.server.name()), Figure::Peak, PEAK));
    section.add(outcome, &goals);
    Ok(())
}

/// On real Swift all peers count, on the emulator those that compare MD5, as k5 does.
fn wall(server: Server, verb: &str, verifying: &[&'static str]) -> Vec<Goal> {
    let what = format!("wall, large {verb}, {}", server.name());
    let goal = match server {
        Server::Swift => Goal::fastest(what, Figure::Wall, 1.0, &[CURL, RCLONE, SWIFTCLIENT, OPENDAL]),
        Server::Emulator => Goal::fastest(what, Figure::Wall, 0.7, verifying),
    };
    vec![goal]
}

pub(super) const CHUNKS: [&str; 2] = ["--swift-chunk-size", "64Mi"];

pub(super) fn upload(swift: Argv, container: &str, object: &str, file: &str) -> Argv {
    let segments = ["--segment-size".to_owned(), SEGMENT.to_string(), "--segment-threads".to_owned(), AT_A_TIME.to_string()];
    swift.args(["upload"]).args(segments).args(["--object-name", object, container, file])
}

pub(super) fn parts(opendal: Argv) -> Argv {
    opendal.args(["--segment".to_owned(), SEGMENT.to_string(), "--concurrency".to_owned(), AT_A_TIME.to_string()])
}

pub(super) fn copy(k5: Argv) -> Argv {
    k5.args(["object", "cp", "--no-progress"])
}

const SMALL_ZEROS: &str = "k5, small";
const LARGE_ZEROS: &str = "k5, large";

/// Peak memory of a source that is as large as the options say, beside one of a sixteenth.
fn sparse(setting: &Setting<'_>, place: &Place<'_>, section: &mut Section) -> Result<(), String> {
    let (work, options) = (setting.work, setting.options);
    let small = work.zeros("zeros-small", options.sparse / 16)?;
    let large = work.zeros("zeros-large", options.sparse)?;
    let container = place.container.beside("sparse")?;
    let peers = Peers { tools: setting.tools, container: &container };
    let command = |content: &Content| {
        let url = peers.swift_url(&content.put_name());
        copy(peers.k5()).args(["--segment-size", "64M", &*text(&content.path), &*url])
    };
    // The emulator leaves holes where the file system can; elsewhere all must fit.
    let before = work.free()?;
    command(&small).output(&work.home())?;
    let free = work.free()?;
    container.empty()?;
    if before.saturating_sub(free) > small.bytes / 2 && free < large.bytes + (1 << 30) {
        return Err(format!("zeros take room on this file system, and {} MiB are free", free >> 20));
    }
    let [few, many] = [&small, &large].map(|content| Segments::new(work, content, true));
    let runners = vec![Runner::moving(SMALL_ZEROS, &small, command(&small)), Runner::moving(LARGE_ZEROS, &large, command(&large))];
    let contest = Contest {
        title: format!("PUT of {} and {} MiB of zeros, {}", small.bytes >> 20, large.bytes >> 20, place.server.name()),
        runners,
        before: Box::new(|_| Ok(())),
        after: Box::new(|content| {
            let segments = if content.name == small.name { &few } else { &many };
            let checked = segments.check(&container, &content.put_name());
            container.empty()?;
            checked
        }),
    };
    let outcome = contest.hold(options.large_rounds, &work.home());
    let what = |end: &str| format!("peak memory, PUT of {} MiB of zeros, {}{end}", large.bytes >> 20, place.server.name());
    let beside = format!(", beside {} MiB", small.bytes >> 20);
    let goals = [
        Goal { what: what(""), figure: Figure::Peak, ours: LARGE_ZEROS, limit: Limit::Value(PEAK) },
        Goal { what: what(&beside), figure: Figure::Peak, ours: LARGE_ZEROS, limit: Limit::Within(1.0, SMALL_ZEROS) },
    ];
    section.add(outcome, &goals);
    Ok(())
}

/// PUT of what comes through a pipe.
pub(crate) fn stdin(
    setting: &Setting<'_>,
    server: Server,
    variables: &[(String, String)],
    content: &Content,
) -> Result<Section, String> {
    room(setting, content)?;
    let place = Place::open(setting, server, variables)?;
    let container = &place.container;
    let peers = Peers { tools: setting.tools, container };
    let mut section = Section::new(
        format!("From a pipe, {}", server.name()),
        &format!(
            "`cat FILE | TOOL`, {} MiB whose number nobody knows beforehand, in {} round(s), with the settings of large objects: `rclone rcat`, \
             `swift upload ... -`, `k5 object cp -`. Time and CPU time are of both processes, peak memory is the larger one's. Checked like a large PUT.",
            content.bytes >> 20,
            setting.options.large_rounds,
        ),
    );
    let object = content.put_name();
    let mut lineup = Lineup::new(&mut section);
    let mut take = |name, command: Result<Argv, String>| lineup.take(name, content, command.map(|argv| argv.fed(&content.path)));
    take(RCLONE, peers.rclone().map(|rclone| rclone.args(["rcat", &*peers.remote(&object)]).args(CHUNKS)));
    take(SWIFTCLIENT, peers.swiftclient().map(|swift| upload(swift, &container.name, &object, "-")));
    take(OPENDAL, peers.opendal().map(|opendal| parts(opendal).args(["put", &*container.name, &*object, "-"])));
    take(K5, Ok(copy(peers.k5()).args(["-", &*peers.swift_url(&object)])));
    let runners = lineup.runners;
    let segments = Segments::new(setting.work, content, false);
    let contest = Contest {
        title: format!("PUT of {} MiB from a pipe, {}", content.bytes >> 20, server.name()),
        runners,
        before: Box::new(|_| Ok(())),
        after: Box::new(|_| {
            let checked = segments.check(container, &object);
            container.empty()?;
            checked
        }),
    };
    let outcome = contest.hold(setting.options.large_rounds, &setting.work.home());
    let what = format!("peak memory, PUT from a pipe, {} ({HELD} MiB held and {BESIDE} MiB)", server.name());
    section.add(outcome, &[Goal::at_most(what, Figure::Peak, HELD + BESIDE)]);
    Ok(section)
}
