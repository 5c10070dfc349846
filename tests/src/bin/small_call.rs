//! Small calls through the whole stack, for counting their instructions beside `floor head`.
//!
//! `small-call STORAGE_URL TOKEN COUNT` asks for the account's metadata so often.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, token, count] = arguments.as_slice() else { return Err("small-call STORAGE_URL TOKEN COUNT".into()) };
    let sources = k5::config::Sources::empty().with_variable("OS_STORAGE_URL", url).with_variable("OS_AUTH_TOKEN", token);
    let swift = k5::Cloud::builder().sources(sources).build()?.object_storage();
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        for _ in 0..count.parse()? {
            swift.show_account().send().await?;
        }
        Ok(())
    })
}
