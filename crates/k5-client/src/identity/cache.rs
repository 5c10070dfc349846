//! Tokens that outlive the program, in the user's own files, so that many short runs log in only once.

use crate::config::{CloudConfig, Credentials, OidcGrant};
use k5_core::Secret;
use k5_core::token::{Token, TokenDetails};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The longest token with its catalogue.
const LIMIT: u64 = 16 * 1024 * 1024;

/// The file of one login: its name is a hash of everything non-secret that determines the login, and the secrets are in the file as
/// a salted hash, so that another password finds nothing.
pub(crate) struct Cache {
    path: PathBuf,
    secrets: Secret,
}

/// A stored token.
pub(crate) struct Kept {
    pub(crate) token: Token,
    pub(crate) authorization: Option<Secret>,
}

k5_core::model! {
    /// What is in the file.
    pub(crate) struct Record {
        /// What goes into the hash with the secrets.
        pub salt: String = "salt",
        /// The hash.
        pub proof: String = "proof",
        /// Seconds since 1970.
        pub renew_at: u64 = "renew_at",
        /// The token.
        pub token: Secret = "token",
        /// The second token, which is sent as `Authorization`.
        pub authorization: Option<Secret> = "authorization",
        /// Keystone's description of the token.
        pub details: TokenDetails = "details",
    }
}

impl Cache {
    /// The file of this login, if its tokens are to be kept.
    pub(crate) fn new(config: &CloudConfig) -> Option<Self> {
        let folder = config.token_cache.as_ref()?;
        // `Debug` shows all of these but the secrets.
        let login = format!(
            "{:?}",
            (&config.auth_url, &config.credentials, &config.scope, &config.ca_file, &config.client_certificate, config.verify)
        );
        let name = hex(&Sha256::digest(login));
        let mut secrets = String::new();
        collect(&config.credentials, &mut secrets);
        Some(Self { path: folder.join(format!("{name}.json")), secrets: Secret::new(secrets) })
    }

    /// The stored token, unless it has expired or was obtained with a different secret.
    ///
    /// # Errors
    /// If there is a file that can't be used.
    pub(crate) fn load(&self) -> io::Result<Option<Kept>> {
        let Some(bytes) = self.read()? else { return Ok(None) };
        // From another version, or truncated: it is written again.
        let Ok(record) = serde_json::from_slice::<Record>(&bytes) else { return Ok(None) };
        if record.proof != self.proof(&record.salt) {
            return Ok(None);
        }
        let renew_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(record.renew_at));
        let token = Token::kept(record.token, record.details, renew_at);
        let usable = renew_at.is_some() && token.is_fresh(SystemTime::now());
        Ok(usable.then_some(Kept { token, authorization: record.authorization }))
    }

    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let metadata = match fs::symlink_metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if !metadata.is_file() || is_open_to_others(&metadata) {
            return Err(io::Error::other("it is not a file that only its owner can read"));
        }
        let mut bytes = Vec::new();
        File::open(&self.path)?.take(LIMIT).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Stores a token whose expiry is known, replacing an earlier one.
    ///
    /// # Errors
    /// If the file can't be written.
    pub(crate) fn store(&self, token: &Token, authorization: Option<&Secret>) -> io::Result<()> {
        let Some(renew_at) = token.renew_at.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok()) else { return Ok(()) };
        let salt = hex(&fastrand::u128(..).to_be_bytes());
        let record = Record {
            proof: self.proof(&salt),
            salt,
            renew_at: renew_at.as_secs(),
            token: token.secret.clone(),
            authorization: authorization.cloned(),
            details: token.details.clone(),
            extra: Default::default(),
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        create_folder(folder)?;
        // A concurrent reader finds either the earlier file or the new one, complete.
        let unfinished = folder.join(format!(".{}-{:016x}", std::process::id(), fastrand::u64(..)));
        let written = write_new(&unfinished, &serde_json::to_vec(&record)?).and_then(|()| fs::rename(&unfinished, &self.path));
        if written.is_err() {
            // Nothing can be done about a file that can't be removed either.
            let _ = fs::remove_file(&unfinished);
        }
        written
    }

    /// Forgets a token that was refused.
    pub(crate) fn forget(&self) {
        // A login follows, and its token takes the file's place.
        let _ = fs::remove_file(&self.path);
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn proof(&self, salt: &str) -> String {
        hex(&Sha256::new().chain_update(salt).chain_update(self.secrets.expose()).finalize())
    }
}

/// Adds the secret parts of the credentials that stay the same. A passcode differs each time.
fn collect(credentials: &Credentials, out: &mut String) {
    let mut add = |secret: &Secret| {
        out.push_str(&format!("{}:", secret.expose().len()));
        out.push_str(secret.expose());
    };
    match credentials {
        Credentials::Password { password, .. } => add(password),
        Credentials::ApplicationCredential { secret, .. } => add(secret),
        Credentials::OAuth2 { client_secret, .. } => add(client_secret),
        Credentials::MultiFactor { methods } => methods.iter().for_each(|method| collect(method, out)),
        Credentials::Oidc(oidc) => {
            oidc.client_secret.iter().for_each(&mut add);
            if let OidcGrant::Password { password, .. } = &oidc.grant {
                add(password);
            }
        }
        Credentials::Totp { .. } | Credentials::Token { .. } | Credentials::Preauthenticated { .. } | Credentials::Nobody => {}
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, Sources};

    fn cache(folder: &Path, change: &[(&str, &str)]) -> Cache {
        let login =
            [("OS_AUTH_URL", "https://k"), ("OS_USERNAME", "u"), ("OS_PASSWORD", "pw-secret"), ("OS_USER_DOMAIN_NAME", "d")];
        let mut sources = Sources::empty().with_variable("XDG_CACHE_HOME", folder);
        for (name, value) in login.iter().chain(change) {
            sources = sources.with_variable(*name, *value);
        }
        let overrides = Overrides::default().cache_token(true);
        Cache::new(&CloudConfig::resolve(&sources, &overrides).expect("configured")).expect("wanted")
    }

    fn token(secret: &str, expires: &str) -> Token {
        let details = format!(r#"{{"methods":[],"expires_at":"{expires}","user":{{"id":"u"}},"catalog":[{{"type":"x"}}]}}"#);
        Token::new(Secret::new(secret), serde_json::from_str(&details).expect("a token"), SystemTime::now())
    }

    #[test]
    fn a_token_is_found_by_the_same_login_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = cache(folder.path(), &[]);
        assert!(own.load().expect("nothing").is_none());
        own.store(&token("tok", "2096-01-01T00:00:00Z"), Some(&Secret::new("second"))).expect("stored");
        let kept = own.load().expect("read").expect("kept");
        assert_eq!((kept.token.secret.expose(), kept.token.details.catalog.as_deref().map(<[_]>::len)), ("tok", Some(1)));
        assert_eq!(kept.authorization, Some(Secret::new("second")));
        for change in [
            ("OS_PASSWORD", "another"),
            ("OS_USERNAME", "v"),
            ("OS_PROJECT_ID", "p"),
            ("OS_AUTH_URL", "https://other"),
            ("OS_CACERT", "/ca.pem"),
            ("OS_INSECURE", "true"),
        ] {
            assert!(cache(folder.path(), &[change]).load().expect("nothing").is_none(), "{change:?}");
        }
        let name = own.path().file_name().expect("a name").to_string_lossy().into_owned();
        assert!(name.len() == 69 && name.bytes().take(64).all(|b| b.is_ascii_hexdigit()), "{name}");
        assert!(!fs::read_to_string(own.path()).expect("text").contains("pw-secret"));
        own.forget();
        assert!(own.load().expect("nothing").is_none());
    }

    #[test]
    fn what_has_ended_or_is_broken_is_not_used() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = cache(folder.path(), &[]);
        let mut ended = token("tok", "2096-01-01T00:00:00Z");
        ended.renew_at = Some(SystemTime::now() - Duration::from_secs(1));
        own.store(&ended, None).expect("stored");
        assert!(own.load().expect("read").is_none());
        fs::write(own.path(), "{").expect("written");
        assert!(own.load().expect("read").is_none());
        own.forget();
        own.store(&token("tok", "None"), None).expect("not stored");
        assert!(own.load().expect("nothing").is_none(), "nobody knows its end");
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let own = cache(folder.path(), &[]);
        own.store(&token("tok", "2096-01-01T00:00:00Z"), None).expect("stored");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        let parent = own.path().parent().expect("a folder");
        assert_eq!((mode(own.path()), mode(parent)), (0o600, 0o700));
        assert_eq!(fs::read_dir(parent).expect("listed").count(), 1, "nothing unfinished is left");
        fs::set_permissions(own.path(), fs::Permissions::from_mode(0o644)).expect("set");
        assert!(own.load().is_err(), "others may have read it");
        own.store(&token("new", "2096-01-01T00:00:00Z"), None).expect("stored");
        assert_eq!(mode(own.path()), 0o600);
        let target = folder.path().join("elsewhere");
        fs::rename(own.path(), &target).expect("moved");
        std::os::unix::fs::symlink(&target, own.path()).expect("linked");
        assert!(own.load().is_err(), "a link leads elsewhere");
    }
}
