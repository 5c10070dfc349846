//! Connections by a proxy that the usual variables name.

use crate::bench::Bench;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A proxy that forwards, opens no tunnels, and notes the first request of each connection.
fn proxy() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://user:pass-word@{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let log = log.clone();
            std::thread::spawn(move || serve(client, &log));
        }
    });
    (address, asked)
}

fn serve(client: TcpStream, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(client.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap() == 0 {
            return;
        }
    }
    log.lock().unwrap().push(head.clone());
    let mut client = client;
    let target = head.split(' ').nth(1).unwrap();
    let Some((host, _)) = target.strip_prefix("http://").and_then(|rest| rest.split_once('/')) else {
        let _ = client.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        return;
    };
    let Ok(mut server) = TcpStream::connect(host) else { return };
    server.write_all(head.replacen(&format!("http://{host}"), "", 1).as_bytes()).unwrap();
    let (mut up, mut down) = (server.try_clone().unwrap(), server);
    let back = std::thread::spawn(move || {
        let _ = std::io::copy(&mut down, &mut client);
    });
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = reader.read(&mut buffer) {
        if up.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = up.shutdown(std::net::Shutdown::Write);
    let _ = back.join();
}

#[test]
fn plain_http_is_forwarded_and_https_wants_a_tunnel() {
    let bench = Bench::new();
    let (proxy, asked) = proxy();
    let mut command = bench.command();
    command.env("http_proxy", &proxy).args(["container", "create", "by-proxy"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let heads = std::mem::take(&mut *asked.lock().unwrap());
    assert!(!heads.is_empty());
    for head in heads {
        assert!(head.contains(&format!(" http://{}/", bench.emulator.address())), "{head}");
        assert!(head.to_ascii_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnzlxdvcmq="), "{head}");
    }
    let mut command = bench.command();
    command.env("https_proxy", &proxy).env("OS_AUTH_URL", "https://cloud.invalid/v3").args(["-vvv", "container", "list"]);
    let run = crate::bench::run(&mut command, b"");
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stderr.contains("403 Forbidden") && run.stderr.contains("NO_PROXY"), "{}", run.stderr);
    assert!(!run.stderr.contains("pass-word") && !run.stderr.to_ascii_lowercase().contains("dxnlcjp"), "{}", run.stderr);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1, "it is not tried again");
    assert!(
        asked[0].starts_with("CONNECT cloud.invalid:443 ") && !asked[0].to_ascii_lowercase().contains("x-auth-token"),
        "{asked:?}"
    );
}

#[test]
fn no_proxy_goes_around_it() {
    let bench = Bench::new();
    let (proxy, asked) = proxy();
    let mut command = bench.command();
    command.env("http_proxy", &proxy).env("no_proxy", "127.0.0.1").args(["container", "list"]);
    assert!(command.output().unwrap().status.success());
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn a_proxy_that_is_not_there_is_named_without_its_password() {
    let bench = Bench::new();
    let mut command = bench.command();
    command.env("http_proxy", "http://user:pass-word@127.0.0.1:1").args(["container", "list"]);
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(stderr.contains("http://127.0.0.1:1") && !stderr.contains("pass-word"), "{stderr}");
}

#[test]
fn a_kind_of_proxy_that_cannot_be_spoken_is_refused_by_name() {
    let bench = Bench::new();
    for kind in ["socks4", "ftp"] {
        let run = |no_proxy: &str| {
            let mut command = bench.command();
            command.env("http_proxy", format!("{kind}://user:pass-word@127.0.0.1:1")).env("no_proxy", no_proxy);
            crate::bench::run(command.args(["-vvv", "container", "list"]), b"")
        };
        let refused = run("");
        assert_eq!(refused.status, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains(&format!("{kind}://")) && refused.stderr.contains("http_proxy"), "{}", refused.stderr);
        assert!(!refused.stderr.contains("pass-word"), "{}", refused.stderr);
        assert_eq!(run("*").status, 0, "what goes around the proxy doesn't need it");
    }
    assert!(bench.logins() > 0);
}

#[test]
fn an_empty_variable_hides_no_other() {
    let bench = Bench::new();
    let (proxy, asked) = proxy();
    let port = bench.emulator.address().port();
    for variables in [
        [("HTTP_PROXY", proxy.as_str()), ("NO_PROXY", ""), ("no_proxy", &format!("10.0.0.0/8, 127.0.0.1:{port}"))],
        [("HTTP_PROXY", proxy.as_str()), ("no_proxy", ""), ("NO_PROXY", "*")],
        [("HTTP_PROXY", proxy.as_str()), ("http_proxy", " "), ("NO_PROXY", "127.0.0.0/8")],
    ] {
        assert!(bench.command().envs(variables).args(["container", "list"]).output().unwrap().status.success());
        assert!(asked.lock().unwrap().is_empty(), "{variables:?}");
    }
    let variables = [("HTTP_PROXY", proxy.as_str()), ("http_proxy", ""), ("no_proxy", &format!("127.0.0.1:{}", port - 1))];
    assert!(bench.command().envs(variables).args(["container", "list"]).output().unwrap().status.success());
    assert!(!asked.lock().unwrap().is_empty());
}
