//! One measurement, for `cargo xtask bench md5`: `speed WHAT STREAMS SECONDS` prints bytes per second.
//!
//! WHAT is `md-5` (that crate), `one` (`Md5::update`), or the name of some [`Lanes`]: `scalar`, `SSE2`, `AVX2`, `AVX-512`, `NEON`,
//! or `best`. Each stream gets 64 KiB per call. `speed lanes` prints the names of those that this processor has.

use k5_md5::{Lanes, Md5};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A stream's bytes in one call.
const CHUNK: usize = 64 << 10;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let every = Lanes::every();
    let [what, streams, seconds] = arguments[..] else {
        if arguments == ["lanes"] {
            every.iter().for_each(|lanes| println!("{}", lanes.name()));
            return Ok(());
        }
        return Err("speed WHAT STREAMS SECONDS, or speed lanes".to_owned());
    };
    let streams: usize = streams.parse().map_err(|_| format!("{streams:?} is not a number of streams"))?;
    let seconds: f64 = seconds.parse().map_err(|_| format!("{seconds:?} are not seconds"))?;
    let contents: Vec<Vec<u8>> = (0..streams).map(|stream| (0..CHUNK).map(|at| (at * 31 + stream) as u8).collect()).collect();
    let mut running = vec![Md5::new(); streams];
    let rate = match what {
        "md-5" => {
            use md5::Digest;
            let mut running = vec![md5::Md5::new(); streams];
            rate(seconds, streams, || {
                running.iter_mut().zip(&contents).for_each(|(md5, content)| md5.update(black_box(content)));
            })
        }
        "one" => rate(seconds, streams, || {
            running.iter_mut().zip(&contents).for_each(|(md5, content)| md5.update(black_box(content)));
        }),
        name => {
            let found = every.iter().rfind(|lanes| name == "best" || lanes.name() == name);
            let lanes = found.ok_or_else(|| format!("this processor has no {name}"))?;
            let mut streams: Vec<(&mut Md5, &[u8])> =
                running.iter_mut().zip(&contents).map(|(md5, content)| (md5, &content[..])).collect();
            rate(seconds, streams.len(), || lanes.update_many(black_box(&mut streams)))
        }
    };
    black_box(running);
    println!("{rate:.0}");
    Ok(())
}

/// Bytes per second, with this many streams per pass.
fn rate(seconds: f64, streams: usize, mut pass: impl FnMut()) -> f64 {
    // The clock rises, caches fill.
    let warm = Instant::now();
    while warm.elapsed() < Duration::from_millis(50) {
        pass();
    }
    let (mut passes, start) = (0_u64, Instant::now());
    loop {
        pass();
        passes += 1;
        let taken = start.elapsed().as_secs_f64();
        if taken >= seconds {
            return passes as f64 * (streams * CHUNK) as f64 / taken;
        }
    }
}
