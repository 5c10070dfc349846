//! The stores that are compared.

use crate::Outcome;
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store_opendal::OpendalStore;
use opendal::Operator;
use opendal::services::Swift;
use std::str::FromStr;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Swift,
    S3,
    Opendal,
    /// No server: what the others' answers are compared with.
    File,
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "swift" => Ok(Self::Swift),
            "s3" => Ok(Self::S3),
            "opendal" => Ok(Self::Opendal),
            "file" => Ok(Self::File),
            other => Err(format!("the store {other:?} is not known")),
        }
    }
}

impl Kind {
    /// The store of a container, or of a folder.
    pub(crate) async fn open(self, container: &str) -> Outcome<Arc<dyn ObjectStore>> {
        Ok(match self {
            Self::Swift => Arc::new(crate::swift(container).await?),
            Self::S3 => Arc::new(AmazonS3Builder::from_env().with_bucket_name(container).with_allow_http(true).build()?),
            Self::Opendal => {
                let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
                let service = Swift::default().endpoint(&variable("OS_STORAGE_URL")?).token(&variable("OS_AUTH_TOKEN")?);
                let operator = Operator::new(service.container(container).root("/"))?.finish();
                Arc::new(OpendalStore::new(operator))
            }
            Self::File => Arc::new(LocalFileSystem::new_with_prefix(container)?),
        })
    }

    /// The URL under which a session finds the store.
    #[cfg(feature = "queries")]
    pub(crate) fn url(self) -> Outcome<url::Url> {
        Ok(match self {
            Self::Swift => "swift://tables/",
            Self::S3 => "s3://tables/",
            Self::Opendal => "opendal://tables/",
            Self::File => "folder://tables/",
        }
        .parse()?)
    }
}
