//! Temporary URLs: links that work without a token.

#[cfg(feature = "signer")]
use crate::failure::{Failure, Result};
use crate::store::SwiftStore;
use k5_object_storage::k5_core::{self, Error, ErrorKind, Secret};
use k5_object_storage::{TempUrl, TempUrlDigest};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What signatures are made with.
#[derive(Clone, Default)]
pub(crate) struct Signing {
    pub(crate) account: Option<String>,
    pub(crate) key: Option<Secret>,
    pub(crate) digest: TempUrlDigest,
}

impl SwiftStore {
    /// A link that allows `method` (`GET`, `PUT`, `HEAD`, `POST` or `DELETE`) on an object for a while, without a token. Whoever has
    /// the link has the access, so it is returned as a secret. `path` is relative to the store's prefix.
    ///
    /// The store has to know the account's URL ([`SwiftStoreBuilder::account_url`](crate::SwiftStoreBuilder::account_url)). Without
    /// a key of its own, the account's is used, or else the container's, which takes one or two requests.
    ///
    /// # Errors
    /// Fails if the URL or a key is missing, if the method is not one of those, or if the metadata with the key can't be read.
    pub async fn temp_url(&self, method: &str, path: &str, expires_in: Duration) -> k5_core::Result<Secret> {
        let signing = &self.0.signing;
        let account = signing.account.as_deref().ok_or_else(|| {
            let message = "temporary URLs need the account's URL: set it with SwiftStoreBuilder::account_url";
            Error::new(ErrorKind::Config, message)
        })?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expires = now.saturating_add(expires_in).as_secs();
        let url = TempUrl::new(method, account, &self.0.container, &self.name(path)).digest(signing.digest);
        let key = match &signing.key {
            Some(key) => key.clone(),
            None => self.stored_key().await?,
        };
        url.sign(&key, expires)
    }

    /// The key in the account's metadata, or else the container's.
    async fn stored_key(&self) -> k5_core::Result<Secret> {
        let found = |metadata: &k5_core::Pairs<String>| {
            let key = metadata.get("temp-url-key").or_else(|| metadata.get("temp-url-key-2"));
            key.filter(|key| !key.is_empty()).map(|key| Secret::new(key.as_str()))
        };
        let storage = &self.0.storage;
        if let Some(key) = found(&storage.show_account().send().await?.metadata) {
            return Ok(key);
        }
        found(&storage.show_container(&self.0.container).send().await?.metadata).ok_or_else(|| {
            let message = "neither the account nor the container has a key for temporary URLs: set X-Account-Meta-Temp-URL-Key, or give \
                           the store one with SwiftStoreBuilder::temp_url_key";
            Error::new(ErrorKind::Config, message)
        })
    }

    /// The same for the trait, whose URLs are no secrets.
    #[cfg(feature = "signer")]
    pub(crate) async fn signed_url(&self, method: &str, path: &str, expires_in: Duration) -> Result<url::Url> {
        let link = self.temp_url(method, path, expires_in).await.map_err(|error| Failure::of(path, error))?;
        link.expose().parse().map_err(|error| Failure::Generic { source: Box::new(error) })
    }
}
