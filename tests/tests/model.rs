//! Random sequences of operations on few names, interrupted at random requests and by two clients at once. After each step every object
//! that there should be reads back whole, old versions too, and nothing is left that nothing refers to.
//!
//! Each sequence has a seed. `K5_MODEL_SEED` is that of the first, and the others count up from there; `K5_MODEL_SEQUENCES` says how
//! many there are, `K5_MODEL_COMMANDS` how many through the command line. Those run on the cloud of the openrc file that `K5_TEST_OPENRC`
//! names, or else on the emulator. A sequence that fails is printed, shortened, with what runs it again.

#[path = "model/command.rs"]
mod command;
#[path = "model/hands.rs"]
mod hands;
#[path = "model/look.rs"]
mod look;
#[path = "model/play.rs"]
mod play;
#[path = "model/sequence.rs"]
mod sequence;
#[path = "model/stage.rs"]
mod stage;
#[path = "model/world.rs"]
mod world;

use k5_tests::openrc;
use play::Play;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use sequence::{Guess, Op, Sequences, Step};
use stage::Grounds;
use std::cell::RefCell;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Sequences of the library, and of the command line, where nobody says otherwise.
const SEQUENCES: u64 = 200;
/// Of the first sequence, unless told otherwise: the tests play the same ones each time, and `cargo xtask soak` looks for others.
const SEED: u64 = 10_495;
/// The same through the command line.
const COMMANDS_SEED: u64 = 66_974_394_159;
const COMMANDS: u64 = 4;
/// Steps of a sequence, at most.
const STEPS: usize = 12;

thread_local! {
    static GROUNDS: RefCell<Option<Rc<Grounds>>> = const { RefCell::new(None) };
}

struct Test;

impl StateMachineTest for Test {
    type SystemUnderTest = Play;
    type Reference = Sequences;

    fn init_test(guess: &Guess) -> Play {
        let grounds = GROUNDS.with_borrow(Clone::clone).expect("this thread has grounds");
        let mut play = Play::new(grounds, guess.tight);
        for (is_on, op) in [(guess.versions, Op::Versions(true)), (guess.archive, Op::Archive(true))] {
            if is_on {
                play.step(&Step::One(op));
            }
        }
        play
    }

    fn apply(mut play: Play, _: &Guess, step: Step) -> Play {
        play.step(&step);
        play
    }

    fn teardown(play: Play, _: Guess) {
        play.end();
    }
}

#[test]
fn through_the_library() {
    run("through_the_library", number("K5_MODEL_SEQUENCES").unwrap_or(SEQUENCES), None);
}

#[test]
fn through_the_command_line() {
    let sequences = number("K5_MODEL_COMMANDS").unwrap_or(COMMANDS);
    if sequences > 0 {
        run("through_the_command_line", sequences, Some(program()));
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

/// The command line, built.
fn program() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--quiet", "--package", "k5-cli"]).status().expect("cargo");
    assert!(built.success(), "the command line can't be built");
    let test = std::env::current_exe().expect("this program");
    let folder = test.parent().and_then(std::path::Path::parent).expect("a folder of the target");
    [folder.join("k5"), folder.with_file_name("debug").join("k5")]
        .into_iter()
        .find(|path| path.is_file())
        .expect("the command line is beside the tests")
}

/// Plays so many sequences, on two threads, and tells the first that fails.
fn run(test: &str, sequences: u64, program: Option<PathBuf>) {
    let seed = number("K5_MODEL_SEED").unwrap_or(if program.is_some() { COMMANDS_SEED } else { SEED });
    let real = program.as_ref().and(std::env::var("K5_TEST_OPENRC").ok().filter(|path| !path.is_empty()));
    let real = real.map(|path| {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path} can't be read: {error}"));
        let variables = openrc::sources(&text).environment;
        variables.into_iter().map(|(name, value)| (name, value.to_string_lossy().into_owned())).collect::<Vec<_>>()
    });
    say(&format!("{test}: {sequences} sequences from seed {seed}"));
    // What fails is told once, at the end, and not each time that it is shortened.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if GROUNDS.try_with(|grounds| grounds.try_borrow().is_ok_and(|grounds| grounds.is_none())).unwrap_or(true) {
            hook(info);
        }
    }));
    let start = Instant::now();
    let (next, failed) = (AtomicU64::new(0), Mutex::new(None::<String>));
    let work = || {
        GROUNDS.set(Some(Rc::new(Grounds::new(real.clone(), program.clone()))));
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= sequences || failed.lock().expect("a lock").is_some() {
                break;
            }
            let seed = seed.wrapping_add(n);
            if let Err(why) = sequence(seed) {
                let again = format!(
                    "K5_MODEL_SEED={seed} K5_MODEL_SEQUENCES=1 K5_MODEL_COMMANDS=1 cargo test -p k5-tests --test model {test}"
                );
                failed.lock().expect("a lock").get_or_insert(format!("{why}\nonce more: {again}"));
            }
            if (n + 1) % 500 == 0 {
                say(&format!("{test}: {} sequences in {:.0?}", n + 1, start.elapsed()));
            }
        }
        GROUNDS.set(None);
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        for thread in threads {
            thread.join().expect("a thread");
        }
    });
    if let Some(why) = failed.into_inner().expect("a lock") {
        panic!("{why}");
    }
    say(&format!("{test}: {sequences} sequences from seed {seed} ran clean in {:.0} s", start.elapsed().as_secs_f64()));
}

/// Past the harness, which shows what a test prints only when it fails.
fn say(what: &str) {
    let _ = writeln!(std::io::stderr(), "{what}");
}

/// One sequence; where it fails, the shortest that was found to fail.
fn sequence(seed: u64) -> Result<(), String> {
    let config =
        Config { cases: 1, failure_persistence: None, max_shrink_iters: 300, max_shrink_time: 60_000, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config.clone(), rng);
    let strategy = Sequences::sequential_strategy(1..=STEPS).boxed();
    let outcome = runner.run(&strategy, |(guess, steps, seen)| {
        Test::test_sequential(config.clone(), guess, steps, seen);
        Ok(())
    });
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Abort(why)) => Err(format!("sequence {seed}: {why}")),
        Err(TestError::Fail(why, (guess, steps, _))) => {
            let steps: String = (1..).zip(steps).map(|(n, step): (usize, Step)| format!("  {n}. {step:?}\n")).collect();
            let limits = if guess.tight { "tight" } else { "the usual" };
            let versions = if guess.versions { ", versions of a on" } else { "" };
            let archive = if guess.archive { ", archive of b on" } else { "" };
            Err(format!("sequence {seed}, with {limits} limits{versions}{archive}:\n{steps}{why}"))
        }
    }
}
