//! Which crate may depend on which, and on what never.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The dependency graph as cargo resolves it for every platform.
struct Tree {
    packages: BTreeMap<String, Value>,
    /// Package id to the ids that it needs to be built and run; for the members, without what only tests need.
    needs: BTreeMap<String, Vec<String>>,
    members: BTreeSet<String>,
}

impl Tree {
    fn read(arguments: &[&str]) -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked"])
            .args(arguments)
            .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")])
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let list = |value: &Value| value.as_array().expect("a list").clone();
        let packages = list(&document["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
        let normal = |dependency: &Value| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].as_str() != Some("dev"));
        let needs = |node: &Value| list(&node["deps"]).iter().filter(|dep| normal(dep)).map(|dep| text(&dep["pkg"])).collect();
        Self {
            packages,
            needs: list(&document["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), needs(node))).collect(),
            members: list(&document["workspace_members"]).iter().map(text).collect(),
        }
    }

    fn name(&self, id: &str) -> &str {
        self.packages[id]["name"].as_str().expect("a name")
    }

    fn id(&self, name: &str) -> &str {
        let mut members = self.members.iter().filter(|id| self.name(id) == name);
        members.next().unwrap_or_else(|| panic!("{name} is not a member"))
    }

    /// What a member needs directly.
    fn direct(&self, name: &str) -> BTreeSet<&str> {
        self.needs[self.id(name)].iter().map(|id| self.name(id)).collect()
    }

    /// What a member needs, directly or not.
    fn all(&self, name: &str) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![self.id(name)];
        while let Some(id) = open.pop() {
            for next in &self.needs[id] {
                if seen.insert(next.as_str()) {
                    open.push(next);
                }
            }
        }
        seen.into_iter().map(|id| self.name(id)).collect()
    }

    /// The members that `name` needs directly.
    fn own(&self, name: &str) -> BTreeSet<&str> {
        self.direct(name).into_iter().filter(|dependency| dependency.starts_with("k5")).collect()
    }
}

#[test]
fn there_is_no_openssl_in_the_tree() {
    let tree = Tree::read(&["--all-features"]);
    let banned = ["openssl", "openssl-sys", "native-tls", "hyper-tls", "tokio-native-tls", "schannel", "aws-lc-sys"];
    // Of what is linked on some platform: schannel and its like only read the system's certificates there.
    for package in tree.packages.values() {
        let name = package["name"].as_str().expect("a name");
        assert!(!banned.contains(&name) || name == "schannel", "{name}");
    }
    assert!(tree.all("k5").contains("rustls"));
    // The trait `Signer` comes with it in object_store 0.13, so it is a feature of that one crate.
    for member in tree.members.iter().map(|id| tree.name(id)).filter(|member| *member != "k5-object-store") {
        assert!(!tree.all(member).contains("reqwest"), "{member} has another HTTP client");
    }
}

#[test]
fn arrows_never_point_upward() {
    let tree = Tree::read(&["--all-features"]);
    assert_eq!(tree.own("k5-core"), BTreeSet::new());
    let core = tree.all("k5-core");
    for io in ["tokio", "hyper", "hyper-util", "rustls", "tower", "mio", "socket2"] {
        assert!(!core.contains(io), "k5-core knows {io}");
    }
    assert_eq!(tree.own("k5-client"), BTreeSet::from(["k5-core"]));
    let not_services = ["k5", "k5-core", "k5-client", "k5-emulator", "k5-cli", "k5-tests", "k5-md5", "k5-object-store"];
    let members: Vec<_> = tree.members.iter().map(|id| tree.name(id)).collect();
    let services: Vec<_> = members.iter().filter(|name| name.starts_with("k5-") && !not_services.contains(name)).collect();
    assert!(services.contains(&&"k5-object-storage"));
    for service in services {
        let allowed = BTreeSet::from(["k5-core", "k5-md5"]);
        assert!(tree.own(service).is_subset(&allowed), "{service} needs {:?}", tree.own(service));
        for io in ["hyper", "hyper-util", "rustls"] {
            assert!(!tree.all(service).contains(io), "{service} knows {io}: only k5-client opens sockets");
        }
        assert!(tree.own("k5").contains(*service), "the facade has every service");
    }
    assert!(tree.own("k5-emulator").is_subset(&BTreeSet::from(["k5-core", "k5-md5"])), "{:?}", tree.own("k5-emulator"));
    assert!(tree.own("k5-object-store").is_subset(&BTreeSet::from(["k5", "k5-object-storage"])));
    for member in members {
        let known_by = ["k5-tests", "k5-cli", "xtask"];
        assert!(known_by.contains(&member) || !tree.own(member).contains("k5-emulator"), "{member} needs the emulator");
    }
}

/// The lines of ARCHITECTURE.md that say who needs whom: `a, b ──▶ c, d`, from the top down.
fn drawn(page: &str) -> Vec<(Vec<&str>, BTreeSet<&str>)> {
    fn list(text: &str) -> impl Iterator<Item = &str> {
        text.split(", ").map(str::trim).filter(|name| *name != "nothing")
    }
    // The page's first picture.
    let picture = page.split("```").nth(1).unwrap_or_default();
    let arrows = picture.lines().filter_map(|line| line.split_once(" ──▶ "));
    arrows.map(|(users, used)| (list(users).collect(), list(used).collect())).collect()
}

#[test]
fn the_picture_shows_the_arrows_that_there_are() {
    let page = include_str!("../../ARCHITECTURE.md");
    let tree = Tree::read(&["--all-features"]);
    let lines = drawn(page);
    let mut crates: BTreeSet<_> = tree.members.iter().map(|id| tree.name(id)).filter(|name| name.starts_with("k5")).collect();
    crates.remove("k5-tests");
    for (index, (users, used)) in lines.iter().enumerate() {
        let below: BTreeSet<_> = lines[index + 1..].iter().flat_map(|(users, _)| users.iter().copied()).collect();
        for user in users {
            assert!(crates.remove(user), "{user} stands there twice, or is no crate");
            assert_eq!(&tree.own(user), used, "{user} needs others than the picture says");
            assert!(used.is_subset(&below), "{user} stands below what it needs");
            let sentence = format!("\n- `{user}`. Invariant: ");
            assert_eq!(page.matches(&sentence).count(), 1, "{user} has no invariant, or two");
        }
    }
    assert_eq!(crates, BTreeSet::new(), "these are not in the picture");
}

#[test]
fn a_program_may_take_only_what_it_needs() {
    let tree = Tree::read(&[]);
    // Two crates make a program; the facade is not among what they bring.
    let together: BTreeSet<_> = tree.all("k5-client").union(&tree.all("k5-object-storage")).copied().collect();
    let own: BTreeSet<_> = together.iter().filter(|name| name.starts_with("k5")).copied().collect();
    assert!(own.contains("k5-core") && own.is_subset(&BTreeSet::from(["k5-core", "k5-md5"])), "{own:?}");
    for heavy in ["clap", "redb", "comfy-table", "proptest"] {
        assert!(!together.contains(heavy), "{heavy}");
    }
    let facade = &tree.packages[tree.id("k5")];
    let dependencies = facade["dependencies"].as_array().expect("a list").iter().filter(|dependency| dependency["kind"].is_null());
    for dependency in dependencies {
        let name = dependency["name"].as_str().expect("a name");
        let optional = dependency["optional"].as_bool().expect("a flag");
        assert_eq!(optional, !["k5-core", "k5-client"].contains(&name), "{name}: each service is a feature");
    }
}

#[test]
fn the_declared_rust_version_is_enough_for_every_dependency() {
    let tree = Tree::read(&["--all-features"]);
    let version = |package: &Value| package["rust_version"].as_str().map(parse);
    let declared: BTreeSet<_> = tree.members.iter().map(|id| version(&tree.packages[id]).expect("members declare it")).collect();
    assert_eq!(declared.len(), 1, "the members agree: {declared:?}");
    let declared = declared.into_iter().next().expect("one");
    for package in tree.packages.values() {
        let needed = version(package).unwrap_or_default();
        assert!(needed <= declared, "{} needs {needed:?}, the workspace declares {declared:?}", package["name"]);
    }
}

fn parse(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().expect("a number")).collect()
}
