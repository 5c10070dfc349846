//! Ballista: the same queries by a scheduler and executors on this machine.

use super::Setting;
use super::place::Place;
use super::queries::QUERIES;
use crate::bench::contest::Spread;
use crate::bench::measure::Argv;
use crate::bench::report::Section;
use crate::bench::work::Content;

/// How often the same query is asked of one cluster.
const ROUNDS: usize = 3;

pub(super) fn run(setting: &Setting<'_>, place: &Place<'_>) -> Result<Section, String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut section = Section::new(
        format!("Ballista, {}", place.server.name()),
        &format!(
            "A scheduler and executors with one task slot each, every one a process on this machine of {cores} cores, which the server shares. Each cluster is \
             asked {ROUNDS} times; the first time includes reading the schemas, every login and every connection. Seconds are the client's, from the \
             query to the answer, without the start of the cluster. CPU time is that of all processes of the cluster and of the client from \
             start to end, divided by {ROUNDS}. `SwiftStore` reads in all of them."
        ),
    );
    section.text.push_str("| query | executors | first, s | then, s | CPU, s a query |\n| --- | ---: | ---: | ---: | ---: |\n");
    for ((query, title), answer) in QUERIES.into_iter().zip(&setting.answers) {
        for executors in [1, 2] {
            match once(setting, place, query, executors, answer) {
                Ok(Times { first, then, cpu }) => {
                    eprintln!("{title}, {executors} executor(s): {first:.3} s, then {then:.3} s, {cpu:.3} CPU s");
                    section.text.push_str(&format!("| {title} | {executors} | {first:.3} | {then:.3} | {cpu:.3} |\n"));
                }
                Err(why) => section.skip(format!("{title} with {executors} executor(s): {why}")),
            }
        }
    }
    Ok(section)
}

struct Times {
    first: f64,
    then: f64,
    cpu: f64,
}

fn once(setting: &Setting<'_>, place: &Place<'_>, query: &str, executors: usize, answer: &Content) -> Result<Times, String> {
    let (count, rounds) = (executors.to_string(), ROUNDS.to_string());
    let target = setting.work.target();
    let command: Argv = setting.program().args(["cluster", &*place.container, &*count, query, &*rounds]).envs(&place.cloud);
    let sample = command.printing(target.clone()).measure(&setting.work.home())?;
    let printed = crate::workspace::read(&target)?;
    setting.work.remove_target()?;
    let (table, seconds) = printed.split_once("seconds: ").ok_or("it printed no times")?;
    if table != crate::workspace::read(&answer.path)? {
        return Err("the answer is another one than that from the files on the disk".to_owned());
    }
    let seconds: Vec<f64> = seconds.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let (first, then) = seconds.split_first().ok_or("it printed no times")?;
    let then = Spread::of(then.to_vec()).ok_or("it asked once only")?.median;
    Ok(Times { first: *first, then, cpu: sample.cpu / ROUNDS as f64 })
}
