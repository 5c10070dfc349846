//! A page of servers in detail, as large as one may be, for measuring what its decoding takes.
//!
//! - `page write COUNT FILE` writes the document of so many servers.
//! - `page typed FILE` decodes it through a session, and prints how many servers there were.
//! - `page serve FILE` answers a login and then this page, prints its URL, and ends with stdin.

use futures_core::Stream;
use k5::bytes::Bytes;
use k5::compute::Compute;
use k5::http::StatusCode;
use k5::transport::{Request, Response, Transport, TransportFuture};
use k5::{ByteStream, Error, Session};
use k5_tests::raw_server::RawServer;
use serde_json::{Value, json};
use std::fs::File;
use std::future::ready;
use std::io::{BufWriter, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["write", count, file] => write(count.parse()?, file),
        ["typed", file] => typed(file),
        ["serve", file] => serve(file),
        _ => Err("page (write COUNT | typed | serve) FILE".into()),
    }
}

/// A server with all that a real cloud says of one.
fn server(number: usize) -> Value {
    let id = format!("{number:08x}-cd40-4630-b43f-b259807c6e87");
    let link = |rel: &str, path: &str| json!({"rel": rel, "href": format!("http://10.19.0.201:8774{path}")});
    let (project, image) = ("a4b8cb2c7b2d4f5e9a1b3c5d7e9f0a1b", "ea1f2b7a-9d0e-4f6f-8d1c-2a7f6f1f0b11");
    let address = |last: usize, kind: &str| {
        json!({
            "version": 4, "addr": format!("192.168.{}.{last}", number % 250), "OS-EXT-IPS:type": kind,
            "OS-EXT-IPS-MAC:mac_addr": format!("fa:16:3e:{:02x}:{:02x}:{last:02x}", number % 256, number / 256 % 256),
        })
    };
    json!({
        "id": id, "name": format!("web-{number}"), "status": "ACTIVE", "created": "2016-04-26T04:44:35Z",
        "updated": "2016-04-26T04:46:02Z", "hostId": "e4d909c290d0fb1ca068ffaddf22cbd0e4d909c290d0fb1ca068ff",
        "user_id": "9e5b3a2e7f3c4d0fa8f6c2d1b0a99887", "tenant_id": project, "progress": 100,
        "image": {"id": image, "links": [link("bookmark", &format!("/{project}/images/{image}"))]},
        "flavor": {"id": "1101", "links": [link("bookmark", &format!("/{project}/flavors/1101"))]}, "accessIPv4": "", "accessIPv6": "", "key_name": "ops",
        "metadata": {"role": "web", "owner": "team-a", "description": "a server of the benchmark, with some text about what it is for"},
        "addresses": {"private": [address(7, "fixed"), address(9, "floating")]},
        "links": [link("self", &format!("/v2/{project}/servers/{id}")), link("bookmark", &format!("/{project}/servers/{id}"))], "security_groups": [{"name": "default"}, {"name": "web"}],
        "config_drive": "", "OS-DCF:diskConfig": "MANUAL", "OS-EXT-AZ:availability_zone": "uk-1a", "OS-EXT-STS:task_state": null,
        "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1, "OS-SRV-USG:launched_at": "2016-04-26T04:45:59.000000",
        "OS-SRV-USG:terminated_at": null, "os-extended-volumes:volumes_attached": [{"id": id}],
        "OS-EXT-SRV-ATTR:host": format!("host-{}", number % 40),
        "OS-EXT-SRV-ATTR:hypervisor_hostname": format!("host-{}.uk-1a.cloud.example", number % 40), "OS-EXT-SRV-ATTR:instance_name": format!("instance-{number:08x}"),
    })
}

fn write(count: usize, file: &str) -> Outcome {
    let mut out = BufWriter::new(File::create(file)?);
    out.write_all(b"{\"servers\": [")?;
    for number in 0..count {
        out.write_all(if number > 0 { b", " } else { b"" })?;
        serde_json::to_writer(&mut out, &server(number))?;
    }
    out.write_all(b"], \"servers_links\": []}")?;
    Ok(out.flush()?)
}

/// Answers every call with a file, in pieces as a network has them.
struct OfFile(String);

impl Transport for OfFile {
    fn call(&self, _: Request) -> TransportFuture {
        let opened = File::open(&self.0).map_err(|error| Error::local("the page", error));
        Box::pin(ready(opened.map(|file| Response::new(StatusCode::OK).with_body(ByteStream::from_stream(Pieces(file))))))
    }
}

struct Pieces(File);

impl Stream for Pieces {
    type Item = k5::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut piece = vec![0; 64 * 1024];
        Poll::Ready(match self.0.read(&mut piece) {
            Ok(0) => None,
            Ok(length) => {
                piece.truncate(length);
                Some(Ok(piece.into()))
            }
            Err(error) => Some(Err(Error::local("the page", error))),
        })
    }
}

fn typed(file: &str) -> Outcome {
    let compute = Compute::new(Session::from_transport(OfFile(file.to_owned())));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let page = runtime.block_on(compute.list_servers_detail().send())?;
    println!("{}", page.items.len());
    Ok(())
}

fn serve(file: &str) -> Outcome {
    let page = std::fs::read(file)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let server = runtime.block_on(RawServer::start(move |request| {
        let host = request.head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("host: ").map(str::to_owned));
        let answer = |status: &str, more: &str, body: &[u8]| {
            let head = format!("HTTP/1.1 {status}\r\n{more}Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
            [head.as_bytes(), b"Connection: close\r\n\r\n", body].concat()
        };
        if request.line().starts_with("GET") {
            return answer("200 OK", "", &page);
        }
        let url = format!("http://{}/v2/p", host.unwrap_or_default());
        let endpoint = json!({"interface": "public", "region": "R", "region_id": "R", "url": url});
        let token = json!({"token": {
            "methods": ["password"], "expires_at": "2999-01-01T00:00:00.000000Z", "user": {"id": "u", "name": "u"},
            "project": {"id": "p", "name": "p"}, "catalog": [{"type": "compute", "name": "compute", "endpoints": [endpoint]}],
        }});
        answer("201 Created", "X-Subject-Token: of-the-benchmark\r\n", token.to_string().as_bytes())
    }));
    println!("{}", server.url());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
