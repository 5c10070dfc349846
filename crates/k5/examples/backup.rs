//! Backs up a server: `backup SERVER KEEP` makes a snapshot of each of its volumes and keeps the newest KEEP sets of them;
//! `backup SERVER restore` makes new volumes from the newest set.

use k5::block_storage::{BlockStorage, Snapshot, SnapshotStatus, Volume};
use k5::ids::{ServerId, SnapshotId, VolumeId};
use k5::{Cloud, Error, Result, Timestamp};
use std::collections::BTreeMap;
use std::time::SystemTime;

/// What the names of the snapshots begin with, and their description.
const MARK: &str = "k5-backup";

/// One snapshot of a set.
#[derive(Clone, Debug)]
pub struct Part {
    /// The snapshot.
    pub id: SnapshotId,
    /// Its name, which says which set it belongs to.
    pub name: String,
    /// The volume's size in GB.
    pub size: u64,
    /// The volume's availability zone, on K5.
    pub zone: Option<String>,
    /// Whether a volume can be made from it.
    pub is_available: bool,
}

/// The snapshots of all volumes of a server, made in one go.
#[derive(Clone, Debug)]
pub struct Set {
    /// When the first of them was made, by the service's clock.
    pub made: Timestamp,
    /// How many snapshots the set should have.
    pub count: usize,
    /// The snapshots by number, from 1: the first is of the volume that the server boots from.
    pub parts: BTreeMap<usize, Part>,
}

impl Set {
    /// Whether it has all of its snapshots, and they can be restored.
    pub fn is_whole(&self) -> bool {
        self.parts.len() == self.count && self.parts.values().all(|part| part.is_available)
    }
}

/// The volumes of a server in the order of its devices (`/dev/vda`, `/dev/vdb`, ...).
async fn volumes_of(k5: &Cloud, server: &ServerId) -> Result<Vec<Volume>> {
    let attached = k5.compute().show_server(server).send().await?.volumes_attached.unwrap_or_default();
    let mut volumes = Vec::new();
    for volume in attached {
        volumes.push(k5.block_storage().show_volume(&volume.id).send().await?);
    }
    let device = |volume: &Volume| {
        let attachments = volume.attachments.iter().flatten();
        attachments.filter(|attachment| attachment.server_id.as_ref() == Some(server)).find_map(|here| here.device.clone())
    };
    volumes.sort_by_key(|volume| (device(volume).is_none(), device(volume)));
    Ok(volumes)
}

/// Makes a set, and waits until it is complete. If that fails, the snapshots made so far stay: they don't count as a set, and a
/// later rotation deletes them.
pub async fn back_up(k5: &Cloud, server: &ServerId) -> Result<()> {
    let storage = k5.block_storage();
    let volumes = volumes_of(k5, server).await?;
    if volumes.is_empty() {
        return Err(Error::invalid_input(format!("the server {server} has no volumes")));
    }
    // It only distinguishes sets; the service's times decide which one is older.
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (time, count) = (since.as_millis(), volumes.len());
    let mut made = Vec::new();
    for (index, volume) in volumes.iter().enumerate() {
        let name = format!("{MARK}/{server}/{time}/{}-of-{count}", index + 1);
        let create = storage.create_snapshot(&volume.id).name(name).description(MARK).force(true);
        made.push(create.send().await?.id);
    }
    for snapshot in &made {
        storage.wait_snapshot(snapshot).available().await?;
    }
    Ok(())
}

/// The set's time, the number and the count, if this program has made the snapshot of this server.
fn number(server: &ServerId, snapshot: &Snapshot) -> Option<(String, usize, usize)> {
    if snapshot.description.as_deref() != Some(MARK) {
        return None;
    }
    let rest = snapshot.name.as_deref()?.strip_prefix(&format!("{MARK}/{server}/"))?;
    let (time, place) = rest.split_once('/')?;
    let (number, count) = place.split_once("-of-")?;
    let (number, count) = (number.parse().ok()?, count.parse().ok()?);
    let is_time = !time.is_empty() && time.bytes().all(|b| b.is_ascii_digit());
    (is_time && (1..=count).contains(&number)).then(|| (time.to_owned(), number, count))
}

/// The sets of a server, the newest first.
pub async fn sets(k5: &Cloud, server: &ServerId) -> Result<Vec<Set>> {
    let mut sets = BTreeMap::<(String, usize), Set>::new();
    let mut snapshots = k5.block_storage().list_snapshots_detail().items();
    while let Some(snapshot) = snapshots.try_next().await? {
        let Some((time, number, count)) = number(server, &snapshot) else { continue };
        // A snapshot without a time or a size can't be judged.
        let (Some(made), Some(size)) = (snapshot.created_at, snapshot.size) else { continue };
        let set = sets.entry((time, count)).or_insert_with(|| Set { made: made.clone(), count, parts: BTreeMap::new() });
        set.made = set.made.clone().min(made);
        let part = Part {
            id: snapshot.id,
            name: snapshot.name.unwrap_or_default(),
            size,
            zone: snapshot.availability_zone,
            is_available: snapshot.status == Some(SnapshotStatus::Available),
        };
        set.parts.insert(number, part);
    }
    let mut sets: Vec<Set> = sets.into_values().collect();
    sets.sort_by(|one, other| other.made.cmp(&one.made));
    Ok(sets)
}

/// Keeps the newest `keep` complete sets, and deletes the older ones. Returns what was deleted.
pub async fn rotate(k5: &Cloud, server: &ServerId, keep: usize) -> Result<Vec<SnapshotId>> {
    if keep == 0 {
        return Err(Error::invalid_input("at least one set must be kept"));
    }
    let storage = k5.block_storage();
    let sets = sets(k5, server).await?;
    let kept: Vec<&Set> = sets.iter().filter(|set| set.is_whole()).take(keep).collect();
    let mut deleted = Vec::new();
    let Some(oldest) = kept.last().filter(|_| kept.len() == keep) else { return Ok(deleted) };
    for part in sets.iter().filter(|set| set.made < oldest.made).flat_map(|set| set.parts.values()) {
        // The list is old by now: the sets to keep must still exist, and this snapshot must be unchanged.
        for newer in kept.iter().flat_map(|set| set.parts.values()) {
            let status = is_still(&storage, newer).await?.and_then(|snapshot| snapshot.status);
            if status != Some(SnapshotStatus::Available) {
                return Err(Error::invalid_input(format!("{} is no longer available: nothing more is deleted", newer.name)));
            }
        }
        // A snapshot that somebody else is making or deleting is left for the next rotation.
        let status = is_still(&storage, part).await?.and_then(|snapshot| snapshot.status);
        if !matches!(status, Some(SnapshotStatus::Available | SnapshotStatus::Error)) {
            continue;
        }
        match storage.delete_snapshot(&part.id).send().await {
            Ok(()) => deleted.push(part.id.clone()),
            // Another rotation was faster.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.with_note(&format!("{} stays", part.name))),
        }
    }
    for snapshot in &deleted {
        storage.wait_snapshot(snapshot).deleted().await?;
    }
    Ok(deleted)
}

/// The snapshot as it is now, if it still has the name and the description that this program gave it.
async fn is_still(storage: &BlockStorage, part: &Part) -> Result<Option<Snapshot>> {
    match storage.show_snapshot(&part.id).send().await {
        Ok(now) if now.name.as_deref() == Some(&*part.name) && now.description.as_deref() == Some(MARK) => Ok(Some(now)),
        Ok(_) => Ok(None),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a new volume from each snapshot of a set, in its order, and waits for them. The server's own volumes stay as they are.
pub async fn restore(k5: &Cloud, set: &Set) -> Result<Vec<VolumeId>> {
    if !set.is_whole() {
        return Err(Error::invalid_input("the set is not complete: choose another one"));
    }
    let storage = k5.block_storage();
    let mut volumes = Vec::new();
    for part in set.parts.values() {
        let mut create = storage.create_volume(part.size).snapshot_id(&part.id).name(format!("restored {}", part.name));
        if let Some(zone) = &part.zone {
            create = create.availability_zone(zone);
        }
        volumes.push(create.send().await?.id);
    }
    for volume in &volumes {
        storage.wait_volume(volume).available().await?;
    }
    Ok(volumes)
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(server), Some(what)) = (arguments.next(), arguments.next()) else {
        return Err(Error::invalid_input("usage: backup SERVER KEEP, or backup SERVER restore"));
    };
    let (k5, server) = (Cloud::from_env().await?, ServerId::from(server));
    if what == "restore" {
        let sets = sets(&k5, &server).await?;
        let newest = sets.iter().find(|set| set.is_whole()).ok_or_else(|| Error::invalid_input("there is no complete set"))?;
        for volume in restore(&k5, newest).await? {
            println!("{volume}");
        }
        return Ok(());
    }
    let keep = what.parse().map_err(|_| Error::invalid_input(format!("{what} is not a number of sets")))?;
    back_up(&k5, &server).await?;
    for snapshot in rotate(&k5, &server, keep).await? {
        println!("deleted {snapshot}");
    }
    Ok(())
}
