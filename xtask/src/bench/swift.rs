//! PUT and GET on real Swift.

use super::Setting;
use super::cloud::Container;
use super::contest::{Contest, Figure, Runner};
use super::goal::{FLOOR, Goal, K5, K5_PLAIN};
use super::measure::Argv;
use super::report::Section;
use super::segments::Segments;
use super::work::{Content, text};

pub(crate) fn run(setting: &Setting<'_>, variables: &[(String, String)], content: &Content) -> Result<Section, String> {
    let container = Container::make(setting.work, setting.tools, variables)?;
    container.put(content, &content.get_name())?;
    let mut section = Section::new(
        "Real Swift",
        "Every tool gets the same token and storage URL beforehand, so no login is in these figures. After a PUT, length and MD5 of the \
         object, or of each of its segments, are compared with the source's, after a GET length and MD5 of the file, both outside of the measured time. rclone and \
         python-swiftclient run with their defaults, which verify too.",
    );
    let (work, home) = (setting.work, setting.work.home());
    let up = container.beside("up")?;
    let segments = Segments::new(work, content, false);
    let put = Contest {
        title: "PUT to Swift".to_owned(),
        runners: runners(setting, &up, content, true, &mut section),
        before: Box::new(|_| Ok(())),
        after: Box::new(|content| {
            let checked = segments.check(&up, &content.put_name());
            up.empty()?;
            checked
        }),
    };
    let get = Contest {
        title: "GET from Swift".to_owned(),
        runners: runners(setting, &container, content, false, &mut section),
        before: Box::new(|_| work.remove_target()),
        after: Box::new(|content| work.check(&work.target(), content)),
    };
    for (contest, verb, swiftclient) in [(put, "PUT", 0.9), (get, "GET", 0.75)] {
        let outcome = contest.hold(setting.options.rounds, &home);
        let goals = [
            Goal::times(format!("wall, real Swift, {verb}"), Figure::Wall, K5, 1.05, &["curl"]),
            Goal::times(format!("CPU, real Swift, {verb}"), Figure::Cpu, K5, swiftclient, &["swiftclient"]),
            Goal::times(format!("CPU, real Swift, {verb}"), Figure::Cpu, K5, 0.7, &["rclone"]),
            Goal::times(format!("CPU, real Swift, {verb}, `--no-verify`"), Figure::Cpu, K5_PLAIN, 1.3, &[FLOOR]),
            Goal::times(format!("peak memory, real Swift, {verb}"), Figure::Peak, K5, 1.0, &["curl"]),
        ];
        section.add(outcome, &goals);
    }
    Ok(section)
}

fn runners(setting: &Setting<'_>, container: &Container<'_>, content: &Content, put: bool, section: &mut Section) -> Vec<Runner> {
    let tools = setting.tools;
    let object = if put { content.put_name() } else { content.get_name() };
    let file = text(&if put { content.path.clone() } else { setting.work.target() });
    let (file, object) = (file.as_str(), object.as_str());
    let url = container.url(object);
    let token = format!("X-Auth-Token: {}", container.token);
    let login = container.preauthenticated();
    let name = container.name.as_str();
    // Source and destination, in the order that copying programs take them.
    let places = |cloud: String| if put { [file.to_owned(), cloud] } else { [cloud, file.to_owned()] };
    let mut runners = Vec::new();
    let mut take = |name: &'static str, command: Result<Argv, String>| match command {
        Ok(command) => runners.push(Runner::moving(name, content, command)),
        Err(why) => section.skip(format!("{name}: {why}")),
    };
    let curl = Argv::new("curl").args(["-sSf", "-H", &*token, if put { "-T" } else { "-o" }, file, &*url]);
    take("curl", Ok(curl));
    let rclone = tools.find("rclone").map(|program| {
        Argv::new(program)
            .args(["copyto"])
            .args(places(format!("bench:{name}/{object}")))
            .env("RCLONE_CONFIG_BENCH_TYPE", "swift")
            .env("RCLONE_CONFIG_BENCH_STORAGE_URL", &container.storage_url)
            .env("RCLONE_CONFIG_BENCH_AUTH_TOKEN", &container.token)
    });
    take("rclone", rclone);
    let swift = tools.find("swift").map(|program| {
        let command = Argv::new(program).envs(&login);
        match put {
            true => command.args(["upload", "--object-name", object, name, file]),
            false => command.args(["download", "--output", file, name, object]),
        }
    });
    take("swiftclient", swift);
    let verb = if put { "put" } else { "get" };
    take(FLOOR, Ok(Argv::new(&tools.floor).args([verb, &*url, &*container.token, file])));
    let k5 = |options: &[&str]| {
        let cloud = format!("swift://{name}/{object}");
        Argv::new(&tools.k5).args(["object", "cp", "--no-progress"]).args(options.iter().copied()).args(places(cloud)).envs(&login)
    };
    take(K5, Ok(k5(&[])));
    take(K5_PLAIN, Ok(k5(&["--no-verify"])));
    runners
}
