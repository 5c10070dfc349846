use super::*;
use crate::document::{Keyed, KeyedSeed};
use crate::model::Model;
use crate::{Loose, Timestamp};
use proptest::prelude::*;
use std::cell::Cell;
use std::hash::{Hash, Hasher};

crate::model! {
    /// A server.
    pub(crate) struct LServer {
        /// Name.
        pub name: String = "@name",
        /// Disks.
        pub disks: Option<Vec<Disk>> = "Disks" / "Disk",
        /// Zone.
        pub zone: Option<String> = "AvailabilityZone",
        /// Since.
        pub since: Option<Loose<Timestamp>> = "since",
    }
}

crate::model! {
    /// A disk.
    pub(crate) struct Disk {
        /// Index.
        pub index: u32 = "DiskIndex",
        /// Size.
        pub size: Option<Loose<f64>> = "DiskSize",
    }
}

fn read(text: &str) -> Result<Keyed<LServer>, String> {
    decode(text.as_bytes(), KeyedSeed::new("Resources/LServer"))
}

#[test]
fn attributes_wrappers_and_what_is_not_known() {
    let text = r#"<?xml version="1.0"?><!-- c --><x:Resources xmlns:x="u">
        <LServer name="a &amp; &#98;" kind="new">stray
          <AvailabilityZone><![CDATA[<jp>]]></AvailabilityZone>
          <Disks kind="fast">...<Free>1</Free><Disk><DiskIndex>0</DiskIndex><DiskSize>40.5</DiskSize></Disk><Disk><DiskIndex unit="none"> 1 </DiskIndex><DiskSize unit="GB">big</DiskSize></Disk></Disks>
          <New on="true"><Deep/>text</New><Twice>1</Twice><Twice>2</Twice><since>2017-04-05 09:27:25+09:00</since>
        </LServer></x:Resources>"#;
    let keyed = read(text).expect("reads");
    let server = &keyed.value;
    assert_eq!((server.name.as_str(), server.zone.as_deref()), ("a & b", Some("<jp>")));
    let disks = server.disks.as_deref().expect("two");
    assert_eq!((disks[0].index, disks[1].index), (0, 1));
    let sizes: Vec<_> = disks.iter().map(|disk| disk.size.as_ref().and_then(Loose::get)).collect();
    assert_eq!(sizes, [Some(40.5), None]);
    assert_eq!(server.since.as_ref().and_then(Loose::get).map(|at| at.unix_seconds()), Some(1_491_352_045));
    assert_eq!(server.extra["New"], serde_json::json!({"@on": "true", "Deep": ""}));
    assert_eq!(server.extra["Twice"], serde_json::json!(["1", "2"]));
    let mut unknown = Vec::new();
    keyed.unknown_fields("", &mut unknown);
    let beside = ["Resources.LServer.Disks.@kind", "Resources.LServer.Disks.Free"];
    let [here, new, twice] = ["Resources.LServer.@kind", "Resources.LServer.New", "Resources.LServer.Twice"];
    unknown.sort_unstable();
    assert_eq!(unknown, [here, beside[0], beside[1], new, twice]);
}

#[test]
fn what_was_read_is_written_again() {
    let text = concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?><Resources><LServer name="a&quot;&amp;" kind="new"><Disks tier="2"><Disk><DiskIndex>0</DiskIndex>"#,
        r#"<DiskSize>x</DiskSize></Disk><Disk><DiskIndex>1</DiskIndex></Disk><Free>3</Free></Disks><AvailabilityZone>jp&lt;</AvailabilityZone>"#,
        r#"<Other><Deep>1</Deep><Deep>2</Deep></Other></LServer></Resources>"#
    );
    let keyed = read(text).expect("reads");
    let json = serde_json::to_value(&keyed).expect("writes");
    assert_eq!(json["Resources"]["LServer"]["Disks"]["Disk"][0]["DiskSize"], "x");
    // The attribute that is not known comes after the fields that are, which XML doesn't mind.
    assert_eq!(String::from_utf8(encode(&keyed).expect("encodes")).expect("UTF-8"), text);
    let again: Keyed<LServer> =
        crate::json::decode_json_seed(json.to_string().as_bytes(), || KeyedSeed::new("Resources/LServer")).expect("reads JSON");
    assert_eq!(again.value.disks, keyed.value.disks);
}

#[test]
fn empty_lists_and_wrong_types() {
    let one = read(r#"<Resources><LServer name="a"><Disks/></LServer></Resources>"#).expect("reads");
    assert_eq!(one.value.disks, None);
    let error = read(r#"<Resources><LServer name="a"><Disks><Disk><DiskIndex>x</DiskIndex></Disk></Disks></LServer></Resources>"#);
    assert_eq!(
        error.expect_err("no number"),
        "field Resources.LServer.Disks.Disk[0].DiskIndex: invalid type: string \"x\", expected u32"
    );
    assert!(read(r#"<Resources><LServer/></Resources>"#).expect_err("no name").contains("@name"));
    for broken in ["", "<a>", "<a></b>", "</a>", "text", "<a/><b/>", "<a>&own;</a>", "<a b=c/>", "<html><body>"] {
        assert!(read(broken).expect_err(broken).starts_with("not a complete XML document"), "{broken}");
    }
    let deep = "<a>".repeat(100_000);
    assert!(read(&deep).expect_err("too deep").contains("too deep"));
}

proptest! {
    #[test]
    fn decoders_never_panic(text in "(<|>|/|a|b=\"|\"|&amp;|&|;|Resources|LServer| |]]>|<!\\[CDATA\\[){0,40}") {
        let _ = read(&text);
    }

    #[test]
    fn any_text_survives(name in "[^\\p{C}]{0,20}", zone in "[^\\p{C} ]{1,20}") {
        let server = LServer { name: name.clone(), disks: None, zone: Some(zone.clone()), since: None, extra: Default::default() };
        let bytes = encode(&Keyed::new("Resources/LServer", server)).expect("encodes");
        let read: Keyed<LServer> = decode(&bytes, KeyedSeed::new("Resources/LServer")).expect("reads");
        prop_assert_eq!(read.value.name, name);
        prop_assert_eq!(read.value.zone.as_deref(), Some(zone.trim()));
    }
}

/// A name that counts how often it is compared with another.
struct Counted<'a>(&'a str, &'a Cell<usize>);

impl PartialEq for Counted<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.1.set(self.1.get() + 1);
        self.0 == other.0
    }
}

impl Eq for Counted<'_> {}

impl Hash for Counted<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Each name is compared with a few others at most, however many there are.
#[test]
fn many_names_are_not_compared_with_each_other() {
    let names: Vec<String> = (0..80_000).chain(0..10).map(|n| format!("n{n}")).collect();
    let compared = Cell::new(0);
    let groups = read::grouped(&names, |name| Counted(name, &compared));
    assert_eq!((groups.len(), groups[9].len(), groups[10].len(), groups[79_999][0].as_str()), (80_000, 2, 1, "n79999"));
    assert!(compared.get() < 2 * names.len(), "{} comparisons", compared.get());
}

/// With the square of so many names, this would take longer than anyone waits for a test.
#[test]
fn many_names_are_read_wherever_they_are() {
    const COUNT: usize = 80_000;
    let documents: [fn(&str) -> String; 4] = [
        // Beside what is wanted, in it, in a list of its own, and in what nobody knows.
        |names| format!("<Resources><LServer name=\"a\"/>{names}</Resources>"),
        |names| format!("<Resources><LServer name=\"a\">{names}</LServer></Resources>"),
        |names| format!("<Resources><LServer name=\"a\"><Disks>{names}</Disks></LServer></Resources>"),
        |names| format!("<Resources><LServer name=\"a\"><New><Deep>{names}</Deep></New></LServer></Resources>"),
    ];
    let names: String = (0..COUNT).map(|n| format!("<n{n}/>")).collect();
    for (document, expected) in documents.into_iter().zip([COUNT, COUNT, COUNT, 1]) {
        let keyed = read(&document(&names)).expect("reads");
        let mut unknown = Vec::new();
        keyed.unknown_fields("", &mut unknown);
        assert_eq!(unknown.len(), expected, "{}", document(""));
        let json = serde_json::to_vec(&keyed).expect("writes");
        let again = crate::json::decode_json_seed(&json, || KeyedSeed::<LServer>::new("Resources/LServer")).expect("reads JSON");
        assert_eq!(again, keyed, "{}", document(""));
        assert!(encode(&keyed).expect("writes").len() > names.len());
    }
}
