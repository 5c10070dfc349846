//! `serve [ADDRESS [DIRECTORY [FAULTS]]]`: serves until it is killed; prints the default user's variables first.

use std::error::Error;
use std::net::SocketAddr;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address: SocketAddr = arguments.next().as_deref().unwrap_or("127.0.0.1:0").parse()?;
    let mut builder = k5_emulator::Emulator::builder().listen(address);
    if let Some(directory) = arguments.next() {
        builder = builder.directory(directory);
    }
    if let Some(faults) = arguments.next() {
        builder = builder.faults(k5_emulator::Faults::from_file(faults)?);
    }
    let emulator = builder.start().await?;
    for (name, value) in emulator.environment() {
        println!("export {name}={value}");
    }
    std::future::pending::<()>().await;
    Ok(())
}
