//! The conversion of the disk, which some regions need.

use crate::builder::RegisterImage;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k5_core::Secret;

impl RegisterImage {
    /// Has the disk converted, as some regions require: sets `conversion`, the format `raw`, and the login that the service uses
    /// for it, with the password in Base64.
    ///
    /// The service keeps that login: the image can't be used any more once the user's password has changed.
    pub fn convert(mut self, user_name: impl Into<String>, password: impl Into<Secret>, domain_name: impl Into<String>) -> Self {
        let password = password.into();
        // Only the Base64 is in the document, but an answer may have either.
        self.0.note_secret(&password);
        let encoded = STANDARD.encode(password.expose());
        self.conversion(true).disk_format("raw").user_name(user_name).password(encoded).domain_name(domain_name)
    }
}
