//! Connections by a proxy that the usual variables name.

use crate::bench::Bench;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A proxy that opens tunnels and notes what was asked of it.
fn tunnel() -> (String, Arc<Mutex<Vec<String>>>) {
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
    let target = head.split(' ').nth(1).unwrap();
    let Ok(server) = TcpStream::connect(target) else { return };
    let mut client = client;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
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
fn a_tunnel_is_taken_and_sees_no_token() {
    let bench = Bench::new();
    let (proxy, asked) = tunnel();
    let mut command = bench.command();
    command.env("http_proxy", &proxy).args(["container", "create", "by-proxy"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let asked = asked.lock().unwrap().join("\n");
    assert!(asked.starts_with(&format!("CONNECT {}", bench.emulator.address())), "{asked}");
    assert!(asked.to_ascii_lowercase().contains("proxy-authorization: basic dxnlcjpwyxnzlxdvcmq="), "{asked}");
    assert!(!asked.to_ascii_lowercase().contains("x-auth-token"), "{asked}");
}

#[test]
fn no_proxy_goes_around_it() {
    let bench = Bench::new();
    let (proxy, asked) = tunnel();
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
