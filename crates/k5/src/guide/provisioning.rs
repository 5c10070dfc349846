//! Provisioning script: what a new server does when it boots for the first time.
//!
//! The server finds its *user data* at `http://169.254.169.254`, and cloud-init (on Linux) or cloudbase-init (on Windows) carries it
//! out. [`UserData`](crate::compute::user_data::UserData) composes it, and
//! [`CreateServer::user_data`](crate::compute::builder::CreateServer::user_data) takes it:
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! use k5::compute::user_data::UserData;
//!
//! let image = k5.image().list_images().name("cirros").items().try_next().await?.expect("an image").id;
//! let script = UserData::script("#!/bin/sh\napt-get update && apt-get install -y nginx\n")?;
//! let compute = k5.compute();
//! let server = compute.create_server("web-1", "1", image).user_data(script).send().await?;
//! compute.wait_server(&server.id).active().await?;
//! # Ok(()) }
//! ```
//!
//! A server is `ACTIVE` once it boots: the script runs after that, and only its own output shows when it is done, such as the last
//! lines of [`show_console_output`](crate::compute::Compute::show_console_output).
//!
//! # Several documents
//!
//! Cloud-config, scripts, boothooks, lists of URLs and handlers of your own go together as MIME multipart, each a
//! [`Part`](crate::compute::user_data::Part). Scripts run in the order of their names.
//!
//! ```
//! # fn main() -> k5::Result<()> {
//! use k5::compute::user_data::{Part, UserData};
//!
//! let data = UserData::multipart([
//!     Part::boothook("#!/bin/sh\necho 'nameserver 192.0.2.53' >/etc/resolv.conf\n"),
//!     Part::cloud_config("packages: [nginx]\npackage_update: true\n"),
//!     Part::script("#!/bin/sh\nsystemctl enable --now nginx\n").name("10-start.sh"),
//!     Part::script("#!/bin/sh\ncurl -fsS http://localhost/ >/dev/console\n").name("20-check.sh"),
//! ])?;
//! let text = std::str::from_utf8(data.as_bytes()).expect("ASCII");
//! assert!(text.starts_with("Content-Type: multipart/mixed; boundary="));
//!
//! // What cloud-init would silently pass over is an error here.
//! let error = UserData::script("systemctl start nginx").unwrap_err();
//! assert!(error.to_string().contains("must begin with `#!`"));
//! # Ok(()) }
//! ```
//!
//! # The limit
//!
//! A request has room for 65,535 characters of Base64, which is 49,149 bytes. More than that is refused before anything is sent;
//! [`gzip`](crate::compute::user_data::UserData::gzip) compresses it, and the server can fetch anything larger itself:
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! # let image = k5.image().list_images().name("cirros").items().try_next().await?.expect("an image").id;
//! use k5::compute::user_data::{Part, UserData};
//!
//! let long = format!("#!/bin/sh\n{}", "echo hello >>/var/log/greetings\n".repeat(10_000));
//! let long = UserData::script(long)?;
//! let create = |data: UserData| k5.compute().create_server("web-2", "1", &image).user_data(data);
//! let error = create(long.clone()).send().await.unwrap_err();
//! assert!(error.to_string().contains("there is room for 65535"));
//! create(long.gzip()).send().await?;
//! create(UserData::multipart([Part::include(["https://example.com/setup/huge.sh"])])?).send().await?;
//! # Ok(()) }
//! ```
//!
//! # What to know on K5
//!
//! - The server's security group must allow TCP to port 80 of 169.254.169.254, or neither the script nor the password arrives.
//! - User data is a secret: it is shown neither by `Debug` nor by an error. Within the server every user can read it, so put a
//!   password in it only if the script changes that password at once.
