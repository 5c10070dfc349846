//! Decrypting the password that a server has set for its administrator.

mod key;
mod openssh;
mod pem;
mod refusal;

use crate::ServerPassword;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k5_core::{Error, ErrorKind, Result, Secret};
pub use key::PrivateKey;

impl ServerPassword {
    /// Decrypts the password with the private key of the key pair that the server was created with.
    ///
    /// ```no_run
    /// # async fn run(compute: k5_compute::Compute, pem: String) -> k5_core::Result<()> {
    /// let key = k5_compute::PrivateKey::read(&pem, || Ok(None))?;
    /// let password = compute.show_server_password("5f3a").send().await?.decrypt(&key)?;
    /// println!("{}", password.expose());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the server has not set a password yet, it was encrypted for another key, or this is not an encrypted password.
    pub fn decrypt(&self, key: &PrivateKey) -> Result<Secret> {
        if !self.is_set() {
            return Err(Error::invalid_input(
                "the server has not set a password yet: a Windows server does so a few minutes after its first start, if it was \
                 created with a key pair; ask again later",
            ));
        }
        let text: String = self.password.expose().split_ascii_whitespace().collect();
        let broken = |why: &str| Error::new(ErrorKind::Decode, format!("this is not an encrypted password of a server: {why}"));
        let encrypted = STANDARD.decode(text).map_err(|_| broken("it is not Base64"))?;
        let password = key.decrypt(&encrypted).ok_or_else(|| {
            Error::invalid_input(
                "the server's password was encrypted for another key: use the private key of the key pair that the server was created \
                 with (its `key_name`)",
            )
        })?;
        let password = std::str::from_utf8(&password).map_err(|_| broken("the decrypted password is not text"))?;
        Ok(Secret::new(password))
    }
}

#[cfg(test)]
mod tests;
