//! Creates a server with a key pair, a data volume and a script for its first boot: `server NAME IMAGE FLAVOR`. The private key goes
//! to `NAME.pem`.

use k5::compute::user_data::UserData;
use k5::{Cloud, Error, Result};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

/// Runs as root once the server boots.
const SCRIPT: &str = "#!/bin/sh\nuntil [ -b /dev/vdb ]; do sleep 1; done\nmkfs.ext4 -q /dev/vdb && mount /dev/vdb /srv\n";

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(image), Some(flavor)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err(Error::invalid_input("usage: server NAME IMAGE FLAVOR"));
    };
    let k5 = Cloud::from_env().await?;
    let (compute, storage) = (k5.compute(), k5.block_storage());
    // By name or by id; what is not there is found out before anything is created.
    let (image, flavor) = (k5.image().find_image(&image).await?, compute.find_flavor(&flavor).await?);

    let pair = compute.create_keypair(name.as_str()).send().await?;
    if let Some(key) = &pair.private_key {
        let file = format!("{name}.pem");
        let unwritable = |error| Error::local(format!("{file} can't be written"), error);
        let mut pem = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file).map_err(unwritable)?;
        pem.write_all(key.expose().as_bytes()).map_err(unwritable)?;
    }
    let volume = storage.create_volume(1).name(format!("{name}-data")).send().await?;
    storage.wait_volume(&volume.id).available().await?;

    let create = compute.create_server(&name, &flavor, &image).key_name(&name).user_data(UserData::script(SCRIPT)?);
    let server = compute.wait_server(create.send().await?.id).active().await?;
    compute.attach_volume(&server.id, &volume.id).send().await?;
    storage.wait_volume(&volume.id).in_use().await?;
    println!("{} {} is up, with the key pair {} and the volume {}", server.id, name, pair.name, volume.id);
    Ok(())
}
