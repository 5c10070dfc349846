//! Peak memory of each tool against the size of the object.

use super::Setting;
use super::contest::{Contest, Figure};
use super::goal::{Goal, K5};
use super::large::{self, PEAK};
use super::peers::{Lineup, OPENDAL, Peers, Place, RCLONE, SWIFTCLIENT, Server};
use super::report::Section;
use super::work::text;

/// Sizes in MiB, with the names of their files.
const SIZES: [(u64, &str); 5] =
    [(16, "zeros-16"), (64, "zeros-64"), (256, "zeros-256"), (1024, "zeros-1024"), (4096, "zeros-4096")];

pub(crate) fn run(setting: &Setting<'_>) -> Result<Section, String> {
    let place = Place::open(setting, Server::Emulator, &[])?;
    let container = place.container.beside("sizes")?;
    let peers = Peers { tools: setting.tools, container: &container };
    let mut section = Section::new(
        "Peak memory and the size of objects, emulator",
        "PUT of zeros, of which the emulator stores none, once each; with the settings of large objects.",
    );
    for (mib, name) in SIZES {
        let content = setting.work.zeros(name, mib << 20)?;
        let (object, file) = (content.put_name(), text(&content.path));
        let mut lineup = Lineup::new(&mut section);
        let rclone = peers.rclone().map(|rclone| rclone.args(["copyto", &*file, &*peers.remote(&object)]).args(large::CHUNKS));
        lineup.take(RCLONE, &content, rclone);
        let swift = peers.swiftclient().map(|swift| large::upload(swift, &container.name, &object, &file));
        lineup.take(SWIFTCLIENT, &content, swift);
        let put = ["put", &*container.name, &*object, &*file];
        lineup.take(OPENDAL, &content, peers.opendal().map(|opendal| large::parts(opendal).args(put)));
        let copy = large::copy(peers.k5()).args(["--segment-size", "64M", &*file, &*peers.swift_url(&object)]);
        lineup.take(K5, &content, Ok(copy));
        let contest = Contest {
            title: format!("PUT of {mib} MiB of zeros, emulator"),
            runners: lineup.runners,
            before: Box::new(|_| Ok(())),
            after: Box::new(|content| {
                let head = container.head(&object)?;
                container.empty()?;
                match head.value("content-length").is_some_and(|length| length == content.bytes.to_string()) {
                    true => Ok(()),
                    false => Err(format!("the object has length {:?}", head.value("content-length"))),
                }
            }),
        };
        let goal = Goal::at_most(format!("peak memory, PUT of {mib} MiB, emulator"), Figure::Peak, PEAK);
        section.add(contest.hold(1, &setting.work.home()), &[goal]);
    }
    Ok(section)
}
