//! Why an operation failed, before it becomes an error of one of the releases of `object_store`.

use k5_object_storage::k5_core::{Error, ErrorKind, Reason};

pub(crate) type Source = Box<dyn std::error::Error + Send + Sync>;

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// The variants of `object_store::Error` that occur here.
#[derive(Debug)]
pub(crate) enum Failure {
    NotFound {
        path: String,
        source: Source,
    },
    AlreadyExists {
        path: String,
        source: Source,
    },
    Precondition {
        path: String,
        source: Source,
    },
    NotModified {
        path: String,
        source: Source,
    },
    PermissionDenied {
        path: String,
        source: Source,
    },
    Unauthenticated {
        path: String,
        source: Source,
    },
    NotSupported {
        source: Source,
    },
    NotImplemented {
        operation: String,
    },
    /// A name that no path can denote.
    Unnameable {
        name: String,
    },
    Generic {
        source: Source,
    },
}

impl Failure {
    /// What an error means for an operation on this path.
    pub(crate) fn of(path: &str, error: Error) -> Self {
        let path = path.to_owned();
        let status = error.status().map(|status| status.as_u16());
        let (kind, is_replaced) = (error.kind(), error.reason() == Some(&Reason::Replaced));
        let is_missing = error.is_not_found();
        let source = Box::new(error);
        match (kind, status) {
            (ErrorKind::Login, _) | (_, Some(401)) => Self::Unauthenticated { path, source },
            _ if is_replaced => Self::Precondition { path, source },
            _ if is_missing => Self::NotFound { path, source },
            (_, Some(403)) => Self::PermissionDenied { path, source },
            (_, Some(304)) => Self::NotModified { path, source },
            (_, Some(412)) => Self::Precondition { path, source },
            (_, Some(405 | 501)) => Self::NotSupported { source },
            _ => Self::Generic { source },
        }
    }

    /// The same for an operation that wants the name to be free.
    pub(crate) fn of_creation(path: &str, error: Error) -> Self {
        match Self::of(path, error) {
            Self::Precondition { path, source } => Self::AlreadyExists { path, source },
            failure => failure,
        }
    }

    pub(crate) fn not_implemented(operation: impl Into<String>) -> Self {
        Self::NotImplemented { operation: operation.into() }
    }

    pub(crate) fn generic(message: impl Into<String>) -> Self {
        Self::Generic { source: message.into().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k5_object_storage::k5_core::Sent;
    use std::error::Error as _;

    fn with_status(status: u16) -> Error {
        Error::new(ErrorKind::Status, "").with_status(status.try_into().expect("a status")).with_sent(Sent::Yes)
    }

    #[test]
    fn each_status_has_its_variant_and_keeps_its_source() {
        let named = |failure: Failure| {
            let text = format!("{failure:?}");
            text.split(' ').next().unwrap_or_default().to_owned()
        };
        for (status, variant) in [
            (304, "NotModified"),
            (401, "Unauthenticated"),
            (403, "PermissionDenied"),
            (404, "NotFound"),
            (405, "NotSupported"),
            (412, "Precondition"),
            (416, "Generic"),
            (501, "NotSupported"),
            (503, "Generic"),
        ] {
            assert_eq!(named(Failure::of("a/b", with_status(status))), variant, "{status}");
        }
        assert_eq!(named(Failure::of("a", Error::new(ErrorKind::Login, ""))), "Unauthenticated");
        let replaced = Error::new(ErrorKind::Integrity, "").with_reason(Reason::Replaced);
        assert_eq!(named(Failure::of("a", replaced)), "Precondition");
        assert_eq!(named(Failure::of_creation("a", with_status(412))), "AlreadyExists");
        assert_eq!(named(Failure::of_creation("a", with_status(403))), "PermissionDenied");

        let io = std::io::Error::other("the cable is out");
        let Failure::Generic { source } = Failure::of("a", Error::new(ErrorKind::Transport, "").with_source(io)) else {
            panic!("a broken connection has no variant of its own")
        };
        let error = source.downcast_ref::<Error>().expect("the SDK's error");
        assert_eq!(error.source().expect("its source").to_string(), "the cable is out");
    }
}
