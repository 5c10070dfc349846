//! The floor of every comparison: hyper-util's client with nothing around it.
//!
//! `floor put URL TOKEN FILE`, `floor get URL TOKEN FILE`, `floor head URL TOKEN COUNT`.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::io::{Read, Write};
use std::pin::Pin;
use std::task::Poll;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// Reads a file in place, as the simplest program would.
struct FileStream(std::fs::File);

impl futures_core::Stream for FileStream {
    type Item = std::io::Result<Frame<Bytes>>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<Option<Self::Item>> {
        let mut chunk = Vec::with_capacity(256 * 1024);
        Poll::Ready(match (&mut self.0).take(256 * 1024).read_to_end(&mut chunk) {
            Ok(0) => None,
            Ok(_) => Some(Ok(Frame::data(chunk.into()))),
            Err(error) => Some(Err(error)),
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, url, token, last] = arguments.as_slice() else { return Err("floor put|get|head URL TOKEN FILE|COUNT".into()) };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(what, url, token, last))
}

async fn run(what: &str, url: &str, token: &str, last: &str) -> Result<(), Box<dyn Error>> {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let request = |method: &str| hyper::Request::builder().method(method).uri(url).header("x-auth-token", token);
    match what {
        "put" => {
            let file = std::fs::File::open(last)?;
            let length = file.metadata()?.len();
            let body = StreamBody::new(FileStream(file)).boxed_unsync();
            let answer = client.request(request("PUT").header("content-length", length).body(body)?).await?;
            if !answer.status().is_success() {
                return Err(answer.status().to_string().into());
            }
        }
        "get" => {
            let empty = Empty::new().map_err(|never| match never {}).boxed_unsync();
            let mut answer = client.request(request("GET").body(empty)?).await?;
            if !answer.status().is_success() {
                return Err(answer.status().to_string().into());
            }
            let mut file = std::fs::File::create(last)?;
            while let Some(frame) = answer.frame().await {
                if let Ok(data) = frame?.into_data() {
                    file.write_all(&data)?;
                }
            }
        }
        "head" => {
            for _ in 0..last.parse()? {
                let empty = Empty::new().map_err(|never| match never {}).boxed_unsync();
                let answer = client.request(request("HEAD").body(empty)?).await?;
                if !answer.status().is_success() {
                    return Err(answer.status().to_string().into());
                }
                answer.into_body().collect().await?;
            }
        }
        _ => return Err("put, get or head".into()),
    }
    Ok(())
}
