//! The entry points of the fuzz targets, on a stable compiler: with what is in the corpus, with mutations of it, and with anything.

#[path = "../../fuzz/src/entries.rs"]
#[expect(unreachable_pub, reason = "the fuzz targets are other crates")]
mod entries;

use proptest::prelude::*;
use std::path::PathBuf;

/// What the corpus has for a target.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus")).join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = files.map(|file| file.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).expect("a file")).collect()
}

#[test]
fn every_target_is_an_entry_point_with_a_corpus() {
    let targets = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/fuzz_targets")).expect("the targets");
    let mut targets: Vec<String> =
        targets.map(|file| file.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned()).collect();
    targets.sort();
    assert_eq!(targets, entries::ENTRIES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (name, entry) in entries::ENTRIES {
        let corpus = corpus(name);
        assert!(corpus.len() >= 3, "{name}");
        corpus.iter().for_each(|bytes| entry(bytes));
    }
}

/// A piece that another is changed by.
#[derive(Clone, Debug)]
enum Change {
    Put(usize, Vec<u8>),
    Cut(usize, usize),
    Repeat(usize, usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let word = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..6),
        proptest::sample::select(vec![
            "\"",
            "\\",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "null",
            "-1",
            "1e999",
            "\\ud800",
            "\u{0}",
            "<a>",
            "</a>",
            "&x;",
            "<![CDATA[",
            "<!DOCTYPE",
            "&#0;",
            "*a",
            "&a",
            "\n  ",
            "- ",
            "18446744073709551616",
            "9999-12-31T23:59:59Z",
            "\u{9b}",
            "\u{202e}",
            "the-secret-of-this-request",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![
        (any::<usize>(), word).prop_map(|(at, bytes)| Change::Put(at, bytes)),
        (any::<usize>(), 0usize..40).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<usize>(), 0usize..40, 1usize..60).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let room = bytes.len() + 1;
        let part = |at: usize, length: usize| {
            let at = at % room;
            at..(at + length).min(room - 1)
        };
        match change {
            Change::Put(at, piece) => drop(bytes.splice(at % room..at % room, piece.iter().copied())),
            Change::Cut(at, length) => drop(bytes.drain(part(*at, *length))),
            Change::Repeat(at, length, times) => {
                let piece = bytes[part(*at, *length)].repeat(*times);
                drop(bytes.splice(at % room..at % room, piece));
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_comes_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        seed in any::<prop::sample::Index>(),
        operation in any::<[u8; 2]>(),
        other in any::<bool>(),
        changes in proptest::collection::vec(change(), 0..6),
        noise in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let (name, entry) = which.get(entries::ENTRIES);
        let corpus = corpus(name);
        let mut bytes = changed(seed.get(&corpus).clone(), &changes);
        // The same document as the answer of any operation.
        if other && matches!(*name, "answer" | "headers" | "error_document") {
            let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
            bytes.splice(..end, operation);
        }
        entry(&bytes);
        entry(&noise);
    }
}
