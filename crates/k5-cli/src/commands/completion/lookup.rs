//! Names that a completion looks up: in the configuration, in the table of operations, or in the cloud.

use super::cache::Cache;
use super::completer::Completer;
use super::engine::{Candidate, Lookup};
use crate::cloud::Connection;
use crate::globals::Globals;
use crate::url::SwiftUrl;
use clap::{Args, Command, FromArgMatches};
use k5::config::{ConfigFiles, Overrides, SettingValue, Settings, Sources, list_clouds};
use k5::dynamic::Arguments;
use k5::model::Entry;
use k5::object_storage::ObjectStorage;
use k5::{ErrorKind, Session};
use serde_json::Value;
use std::fmt::Write;
use std::time::Duration;

/// How long all of it may take; a person waits for it.
const LIMIT: Duration = Duration::from_millis(900);
/// More names than this help nobody.
const MOST: usize = 500;

/// What the cloud is asked.
enum Question {
    Containers,
    /// Objects of a container whose names begin like this, folder by folder.
    Objects(SwiftUrl),
    /// What an operation lists.
    Listing(&'static str),
}

/// The names that `lookup` asks for. Whatever fails gives none.
pub(super) fn names(lookup: &Lookup, globals: &[String]) -> Vec<Candidate> {
    let word = lookup.word.as_str();
    let found = match lookup.completer {
        Completer::Cloud => {
            let clouds = list_clouds(&Sources::from_process()).unwrap_or_default();
            let built_in = Candidate { value: "emulator".to_owned(), about: "built in".to_owned() };
            let built_in = Some(built_in).filter(|own| !clouds.contains(&own.value));
            clouds.into_iter().map(|name| candidate(name, "")).chain(built_in).collect()
        }
        Completer::Operation => k5::operations()
            .map(|operation| {
                candidate(operation.meta.full_name().to_string(), operation.meta.rows.first().map_or("", |row| row.title))
            })
            .collect(),
        Completer::Container => of_cloud(globals, &Question::Containers),
        Completer::ObjectUrl | Completer::Place => match word.strip_prefix("swift://") {
            None if "swift://".starts_with(word) => vec![candidate("swift://".to_owned(), "objects in the cloud")],
            None => Vec::new(),
            Some(rest) if !rest.contains('/') => {
                let containers = of_cloud(globals, &Question::Containers);
                containers.into_iter().map(|found| Candidate { value: format!("swift://{}/", found.value), ..found }).collect()
            }
            Some(_) => match word.parse::<SwiftUrl>() {
                Ok(url) => of_cloud(globals, &Question::Objects(url)),
                Err(_) => Vec::new(),
            },
        },
        Completer::Resource(listing) => with_ids(of_cloud(globals, &Question::Listing(listing)), word),
    };
    let fits = |candidate: &Candidate| candidate.value.starts_with(word);
    let complete = |found: Candidate| Candidate { value: format!("{}{}", lookup.before, found.value), ..found };
    found.into_iter().filter(fits).map(complete).collect()
}

fn candidate(value: String, about: &str) -> Candidate {
    Candidate { value, about: about.to_owned() }
}

/// Resources by name, and by id for a word that begins like one.
fn with_ids(found: Vec<Candidate>, word: &str) -> Vec<Candidate> {
    let is_id = |found: &Candidate| !word.is_empty() && !found.about.is_empty() && found.about.starts_with(word);
    let by_id: Vec<_> = found
        .iter()
        .filter(|found| is_id(found))
        .map(|found| Candidate { value: found.about.clone(), about: found.value.clone() })
        .collect();
    found.into_iter().chain(by_id).collect()
}

/// What the cloud answers, or answered a moment ago.
fn of_cloud(globals: &[String], question: &Question) -> Vec<Candidate> {
    ask(globals, question).unwrap_or_default()
}

fn ask(globals: &[String], question: &Question) -> Option<Vec<Candidate>> {
    let line = std::iter::once("k5").chain(globals.iter().map(String::as_str));
    let matches = Globals::augment_args(Command::new("k5")).try_get_matches_from(line).ok()?;
    let globals = Globals::from_arg_matches(&matches).ok()?;
    let sources = Sources::from_process();
    let cache = Cache::open(login(&sources, &globals.overrides()))?;
    let what = match question {
        Question::Containers => "containers".to_owned(),
        Question::Objects(url) => format!("objects {} {}", url.container, folder(&url.object)),
        Question::Listing(name) => (*name).to_owned(),
    };
    let lines = match cache.lines(&what) {
        Some(lines) => lines,
        None => {
            let files = ConfigFiles::find(&sources).map(|files| [files.clouds, files.secure]).unwrap_or_default();
            let files: Vec<_> = files.into_iter().flatten().collect();
            if cache.is_refused(&files) {
                return None;
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().ok()?;
            let answer = runtime.block_on(async { tokio::time::timeout(LIMIT, answer(&globals, question)).await });
            runtime.shutdown_background();
            match answer.ok()? {
                Ok(lines) => {
                    cache.keep(&what, &lines);
                    lines
                }
                Err(kind) => {
                    if matches!(kind, Some(ErrorKind::Login)) {
                        cache.refuse();
                    }
                    return None;
                }
            }
        }
    };
    let parts = lines.iter().map(|line| line.split_once('\t').unwrap_or((line, "")));
    Some(parts.map(|(value, about)| candidate(value.to_owned(), about)).collect())
}

/// What tells one login from another, without secrets.
fn login(sources: &Sources, overrides: &Overrides) -> String {
    let mut text = format!("{:?} {:?}", overrides.cloud, sources.environment.get("OS_CLOUD"));
    for setting in Settings::gather(sources, overrides).map(|found| found.settings).unwrap_or_default() {
        if let SettingValue::Text(value) = &setting.value {
            let _ = write!(text, "\n{}={value}", setting.name);
        }
    }
    let _ = write!(text, "\n{:?}", sources.environment.get("K5_EMULATOR_DIR"));
    text
}

/// The part of an object's name up to its last `/`: everything in that folder is asked for once.
fn folder(object: &str) -> &str {
    object.rfind('/').map_or("", |at| &object[..=at])
}

/// Names with a tab and a line about each.
async fn answer(globals: &Globals, question: &Question) -> Result<Vec<String>, Option<ErrorKind>> {
    let connection = Connection::open(globals).await.map_err(|_| None)?;
    let answered = asked(&connection.session(), question).await.map_err(|error| Some(error.kind()));
    connection.close().await;
    answered
}

async fn asked(session: &Session, question: &Question) -> k5::Result<Vec<String>> {
    let mut lines = Vec::new();
    let swift = ObjectStorage::new(session.clone());
    match question {
        Question::Containers => {
            let mut containers = swift.list_containers().items();
            while let Some(container) = containers.try_next().await?.filter(|_| lines.len() < MOST) {
                add(&mut lines, &container.name, "");
            }
        }
        Question::Objects(url) => {
            let listing = swift.list_objects(&url.container).prefix(folder(&url.object)).delimiter('/');
            let mut entries = listing.items();
            while let Some(entry) = entries.try_next().await?.filter(|_| lines.len() < MOST) {
                let name = match &entry {
                    Entry::Item(object) => &object.name,
                    Entry::Subdir(name) => name,
                };
                add(&mut lines, &format!("swift://{}/{name}", url.container), "");
            }
        }
        Question::Listing(name) => {
            let Some(operation) = k5::operations().find(|operation| operation.meta.full_name() == *name) else { return Ok(lines) };
            let mut items = operation.items(session, Arguments::default())?;
            let mut found = Vec::new();
            while let Some(item) = items.try_next().await?.filter(|_| found.len() < MOST) {
                found.extend(name_and_id(&item));
            }
            let is_unique = |name: &str| found.iter().filter(|(other, _)| other.as_deref() == Some(name)).count() == 1;
            for (name, id) in &found {
                match (name.as_deref().filter(|name| !name.is_empty()), id.as_deref()) {
                    (Some(name), id) if is_unique(name) || id.is_none() => add(&mut lines, name, id.unwrap_or_default()),
                    (name, Some(id)) => add(&mut lines, id, name.unwrap_or_default()),
                    (None, None) => {}
                    (Some(_), None) => {}
                }
            }
        }
    }
    Ok(lines)
}

/// A name that a shell can take. Those with line ends or other control characters can't be told from several.
fn add(lines: &mut Vec<String>, value: &str, about: &str) {
    if !value.chars().chain(about.chars()).any(char::is_control) {
        lines.push(format!("{value}\t{about}"));
    }
}

/// The name and the id of an item, or of what it wraps, as key pairs are.
fn name_and_id(item: &Value) -> Option<(Option<String>, Option<String>)> {
    let fields = item.as_object()?;
    let text = |name: &str| match fields.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match (text("name"), text("id")) {
        (None, None) if fields.len() == 1 => name_and_id(fields.values().next()?),
        (None, None) => None,
        found => Some(found),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn items_by_name_and_id() {
        let found = |name: Option<&str>, id: Option<&str>| Some((name.map(str::to_owned), id.map(str::to_owned)));
        assert_eq!(name_and_id(&json!({ "id": "1", "name": "web", "x": 1 })), found(Some("web"), Some("1")));
        assert_eq!(name_and_id(&json!({ "keypair": { "name": "ops" } })), found(Some("ops"), None));
        assert_eq!(name_and_id(&json!({ "id": 7 })), found(None, Some("7")));
        assert_eq!(name_and_id(&json!({ "x": 1, "y": 2 })), None);
    }

    #[tokio::test]
    async fn what_an_operation_lists() {
        let emulator = k5_emulator::start().await.expect("an emulator");
        let cloud = k5::Cloud::builder().variables(emulator.environment()).build().expect("a cloud");
        let flavors = asked(&cloud.session(), &Question::Listing("compute.list_flavors")).await.expect("a list");
        let first = cloud.compute().list_flavors().send().await.expect("a list").items.remove(0);
        assert!(flavors.contains(&format!("{}\t{}", first.name.unwrap_or_default(), first.id)), "{flavors:?}");
        for name in ["ops", "web"] {
            cloud.compute().create_keypair(name).send().await.expect("created");
        }
        let pairs = asked(&cloud.session(), &Question::Listing("compute.list_keypairs")).await.expect("a list");
        assert_eq!(pairs, ["ops\t", "web\t"]);
        assert!(asked(&cloud.session(), &Question::Listing("compute.no_such")).await.expect("nothing").is_empty());
    }

    #[test]
    fn ids_are_offered_to_who_types_one() {
        let web = Candidate { value: "web".to_owned(), about: "0a1b".to_owned() };
        assert_eq!(with_ids(vec![web.clone()], "w"), vec![web.clone()]);
        let by_id = Candidate { value: "0a1b".to_owned(), about: "web".to_owned() };
        assert_eq!(with_ids(vec![web.clone()], "0a"), [web, by_id]);
    }
}
