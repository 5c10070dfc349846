//! Streams hashed together have the same sums as each one alone, with all the instructions that this processor has.

use k5_md5::{Lanes, Md5, hex};
use md5::Digest;
use proptest::prelude::*;

fn alone(bytes: &[u8]) -> [u8; 16] {
    md5::Md5::digest(bytes).into()
}

/// Bytes that differ from stream to stream and from block to block.
fn content(stream: usize, length: usize) -> Vec<u8> {
    let mut word = stream as u32;
    let next = |_| {
        word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (word >> 24) as u8
    };
    (0..length).map(next).collect()
}

#[test]
fn scalar_is_always_there_and_the_best_is_the_last() {
    let every = Lanes::every();
    assert_eq!((every[0].name(), every[0].most()), ("scalar", 1));
    assert_eq!(every.last().expect("some").name(), Lanes::best().name());
    assert!(every.is_sorted_by_key(|lanes| lanes.most()));
    if cfg!(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little"))) {
        assert!(every.len() > 1, "these have vectors always");
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn what_the_processor_has_is_used() {
    let names: Vec<_> = Lanes::every().into_iter().map(Lanes::name).collect();
    assert!(names.contains(&"SSE2"));
    assert_eq!(names.contains(&"AVX2"), is_x86_feature_detected!("avx2"));
    // Early processors with AVX-512, which lack VBMI2, are left out, since wide vectors slow them down.
    let avx512 =
        is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl") && is_x86_feature_detected!("avx512vbmi2");
    assert_eq!(names.contains(&"AVX-512"), avx512);
}

#[test]
fn the_rfcs_own_examples() {
    let texts = [
        "",
        "a",
        "abc",
        "message digest",
        "abcdefghijklmnopqrstuvwxyz",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
    ];
    let sums = [
        "d41d8cd98f00b204e9800998ecf8427e",
        "0cc175b9c0f1b6a831c399e269772661",
        "900150983cd24fb0d6963f7d28e17f72",
        "f96b697d7cb7938d525a2f31aaf161d0",
        "c3fcd3d76192e4007dfb496cca67e13b",
        "d174ab98d277d9f5a5611c2c9f419d9f",
        "57edf4a22be3c955ac49da2e2107b67a",
    ];
    for lanes in Lanes::every() {
        let found: Vec<String> = lanes.digest_many(&texts).iter().map(hex).collect();
        assert_eq!(found, sums, "{lanes:?}");
    }
}

#[test]
fn any_number_of_equal_streams() {
    for lanes in Lanes::every() {
        for count in 0..=70 {
            let contents: Vec<_> = (0..count).map(|stream| content(stream, 64 * 5 + 7)).collect();
            let mut running = vec![Md5::new(); count];
            let mut streams: Vec<_> = running.iter_mut().zip(&contents).map(|(md5, content)| (md5, &content[..])).collect();
            lanes.update_many(&mut streams);
            let sums: Vec<_> = running.into_iter().map(Md5::finish).collect();
            let alone: Vec<_> = contents.iter().map(|content| alone(content)).collect();
            assert_eq!(sums, alone, "{count} streams, {lanes:?}");
            assert_eq!(lanes.digest_many(&contents), alone, "{count} messages, {lanes:?}");
        }
    }
}

#[test]
fn every_length_around_the_blocks_and_more_messages_than_a_batch() {
    let contents: Vec<_> = (0..300).map(|length| content(length, length)).collect();
    let alone: Vec<_> = contents.iter().map(|content| alone(content)).collect();
    for lanes in Lanes::every() {
        assert_eq!(lanes.digest_many(&contents), alone, "{lanes:?}");
    }
}

/// Nothing is aligned where it lies by chance, and nothing beside a stream's bytes counts.
#[test]
fn streams_may_begin_and_end_anywhere() {
    let bytes = content(1, 64 * 40);
    for start in 0..64 {
        let one = &bytes[start..start + 64 * 20 + start % 7];
        assert_eq!(k5_md5::md5(one), alone(one), "{start}");
        for lanes in Lanes::every() {
            for count in 1..=lanes.most() {
                // Each stream at another offset from a block's, and each of another length.
                let streams: Vec<&[u8]> =
                    (0..count).map(|stream| &bytes[start + 3 * stream..][..64 * 5 + 64 * (stream % 3)]).collect();
                let expected: Vec<_> = streams.iter().map(|stream| alone(stream)).collect();
                assert_eq!(lanes.digest_many(&streams), expected, "{count} streams from {start} on, {lanes:?}");
            }
        }
    }
}

proptest! {
    /// One stream long enough for whatever instructions suit long ones.
    #[test]
    fn a_long_stream_in_any_chunks(seed in any::<usize>(), cuts in proptest::collection::vec(0..20_000_usize, 0..6), skip in 0..64_usize) {
        let bytes = content(seed, 20_000);
        let bytes = &bytes[skip..];
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
        cuts.sort_unstable();
        let mut running = Md5::new();
        cuts.windows(2).for_each(|cut| running.update(&bytes[cut[0]..cut[1]]));
        prop_assert_eq!(running.finish(), alone(bytes));
    }

    /// In each call different streams get different amounts, in a different order.
    #[test]
    fn any_chunking_of_any_streams_gives_the_same_sums(
        streams in 1..40_usize,
        calls in proptest::collection::vec(proptest::collection::vec((any::<prop::sample::Index>(), 0..700_usize), 0..40), 0..8),
    ) {
        let longest = 700 * calls.len();
        let contents: Vec<_> = (0..streams).map(|stream| content(stream, longest)).collect();
        for lanes in Lanes::every() {
            let mut running = vec![Md5::new(); streams];
            let mut taken = vec![0; streams];
            for call in &calls {
                let mut open: Vec<Option<&mut Md5>> = running.iter_mut().map(Some).collect();
                let mut work: Vec<(&mut Md5, &[u8])> = vec![];
                for (stream, length) in call {
                    let stream = stream.index(streams);
                    // A stream is only once in a call.
                    let Some(md5) = open[stream].take() else { continue };
                    work.push((md5, &contents[stream][taken[stream]..taken[stream] + length]));
                    taken[stream] += length;
                }
                lanes.update_many(&mut work);
            }
            for ((md5, content), taken) in running.into_iter().zip(&contents).zip(taken) {
                prop_assert_eq!(md5.finish(), alone(&content[..taken]), "{:?}", lanes);
            }
        }
    }

    #[test]
    fn any_messages_give_the_sums_of_each(messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 0..150)) {
        let alone: Vec<_> = messages.iter().map(|message| alone(message)).collect();
        for lanes in Lanes::every() {
            prop_assert_eq!(lanes.digest_many(&messages), &alone[..], "{:?}", lanes);
        }
    }
}
