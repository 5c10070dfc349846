//! PUT and GET on nginx: a server that is not the limit, without and with TLS.

use super::Setting;
use super::contest::{Contest, Figure, Runner};
use super::goal::{FLOOR, Goal, K5, K5_PLAIN, Limit};
use super::measure::Argv;
use super::nginx::{CONTAINER, Nginx, TOKEN};
use super::report::Section;
use super::work::{Content, remove, text};

/// A contest of PUTs or GETs on one nginx.
fn contest<'a>(title: &'static str, setting: &'a Setting<'_>, nginx: &'a Nginx, put: bool, runners: Vec<Runner>) -> Contest<'a> {
    let work = setting.work;
    match put {
        true => Contest {
            title: title.to_owned(),
            runners,
            before: Box::new(|content| remove(&nginx.file(&content.put_name()))),
            after: Box::new(|content| work.check(&nginx.file(&content.put_name()), content)),
        },
        false => Contest {
            title: title.to_owned(),
            runners,
            before: Box::new(|_| work.remove_target()),
            after: Box::new(|content| work.check(&work.target(), content)),
        },
    }
}

fn curl(name: &'static str, setting: &Setting<'_>, nginx: &Nginx, content: &Content, put: bool) -> Runner {
    let command = match put {
        true => nginx.curl(&["-T", &text(&content.path)], &content.put_name()),
        false => nginx.curl(&["-o", &text(&setting.work.target())], &content.get_name()),
    };
    Runner::moving(name, content, command)
}

fn k5(name: &'static str, setting: &Setting<'_>, nginx: &Nginx, content: &Content, put: bool, options: &[&str]) -> Runner {
    let command = match put {
        true => {
            let to = format!("swift://{CONTAINER}/{}", content.put_name());
            nginx.k5(setting.tools, options, &text(&content.path), &to)
        }
        false => {
            let from = format!("swift://{CONTAINER}/{}", content.get_name());
            nginx.k5(setting.tools, options, &from, &text(&setting.work.target()))
        }
    };
    Runner::moving(name, content, command)
}

/// Without TLS.
pub(crate) fn plain(setting: &Setting<'_>, content: &Content) -> Result<Section, String> {
    let nginx = Nginx::start(setting.root, setting.work, setting.tools, &[content], false)?;
    nginx.check(setting.work, setting.tools, content)?;
    let mut section = Section::new(
        "nginx on loopback",
        "One worker, WebDAV's PUT and GET of a file, beside one pass of md5sum over the same file. It tells the file's MD5 as ETag, as Swift \
         does, and `k5` compares it: before the first round it has refused a wrong one in both directions.",
    );
    for (title, put) in [("PUT to nginx", true), ("GET from nginx", false)] {
        let verb = if put { "PUT" } else { "GET" };
        let (object, file) = match put {
            true => (content.put_name(), text(&content.path)),
            false => (content.get_name(), text(&setting.work.target())),
        };
        let floor = Argv::new(&setting.tools.floor).args([&*verb.to_lowercase(), &*nginx.url(&object), TOKEN, &*file]);
        let runners = vec![
            curl("curl", setting, &nginx, content, put),
            Runner::new("md5sum", Argv::new("md5sum").args([text(&content.path)])),
            Runner::moving(FLOOR, content, floor),
            k5(K5, setting, &nginx, content, put, &[]),
            k5(K5_PLAIN, setting, &nginx, content, put, &["--no-verify"]),
        ];
        let outcome = contest(title, setting, &nginx, put, runners).hold(setting.options.rounds, &setting.work.home());
        let goals = [
            Goal::times(format!("wall, nginx, {verb}"), Figure::Wall, K5, 1.05, &["curl", "md5sum"]),
            Goal::times(format!("wall, nginx, {verb}, `--no-verify`"), Figure::Wall, K5_PLAIN, 1.05, &["curl"]),
        ];
        section.add(outcome, &goals);
    }
    Ok(section)
}

/// With TLS.
pub(crate) fn tls(setting: &Setting<'_>, content: &Content) -> Result<Section, String> {
    let nginx = Nginx::start(setting.root, setting.work, setting.tools, &[content], true)?;
    nginx.check(setting.work, setting.tools, content)?;
    let mut section = Section::new(
        "nginx with TLS",
        "The same with TLS 1.3 and TLS_AES_256_GCM_SHA384: OpenSSL in nginx and curl, rustls in `k5`. The certificate comes from an \
         authority that both are told of.",
    );
    for (title, put) in [("PUT to nginx with TLS", true), ("GET from nginx with TLS", false)] {
        let runners = vec![
            curl("curl", setting, &nginx, content, put),
            k5(K5, setting, &nginx, content, put, &[]),
            k5(K5_PLAIN, setting, &nginx, content, put, &["--no-verify"]),
        ];
        let outcome = contest(title, setting, &nginx, put, runners).hold(setting.options.rounds, &setting.work.home());
        let verb = if put { "PUT" } else { "GET" };
        let what = format!("wall, nginx with TLS, {verb}, `--no-verify`");
        section.add(outcome, &[Goal::times(what, Figure::Wall, K5_PLAIN, 1.0, &["curl"])]);
    }
    Ok(section)
}

/// Peak memory of a small and of a large object.
pub(crate) fn memory(setting: &Setting<'_>) -> Result<Section, String> {
    let bytes = setting.options.bytes;
    let small = setting.work.sparse("small", bytes / 16)?;
    let large = setting.work.sparse("large", bytes * 4)?;
    let nginx = Nginx::start(setting.root, setting.work, setting.tools, &[&small, &large], false)?;
    for content in [&small, &large] {
        nginx.check(setting.work, setting.tools, content)?;
    }
    let mib = |content: &Content| content.bytes >> 20;
    let intro = format!(
        "Small is an object of {} MiB, large one of {} MiB, both of zeros, on nginx without TLS, verified. Three rounds at most: memory \
         varies less than time.",
        mib(&small),
        mib(&large)
    );
    let mut section = Section::new("Peak memory and the size of objects", &intro);
    for (title, put) in [("PUT, small and large", true), ("GET, small and large", false)] {
        let runners = vec![
            curl("curl, small", setting, &nginx, &small, put),
            k5("k5, small", setting, &nginx, &small, put, &[]),
            curl("curl, large", setting, &nginx, &large, put),
            k5("k5, large", setting, &nginx, &large, put, &[]),
        ];
        let rounds = setting.options.rounds.min(3);
        let outcome = contest(title, setting, &nginx, put, runners).hold(rounds, &setting.work.home());
        let verb = if put { "PUT" } else { "GET" };
        let goals = [
            Goal::times(format!("peak memory, {verb} of {} MiB", mib(&large)), Figure::Peak, "k5, large", 1.0, &["curl, large"]),
            Goal {
                what: format!("peak memory, {verb}, {} MiB beside {} MiB", mib(&large), mib(&small)),
                figure: Figure::Peak,
                ours: "k5, large",
                limit: Limit::Within(1.0, "k5, small"),
            },
        ];
        section.add(outcome, &goals);
    }
    Ok(section)
}
