//! Tokens: opaque, in memory only, so that a restarted emulator makes its clients log in again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::accounts::{Domain, Project, User};
use crate::time::real_unix_now;

/// What a token stands for.
pub(crate) struct Session {
    pub(crate) methods: Vec<String>,
    pub(crate) user_id: String,
    pub(crate) user_name: String,
    pub(crate) user_domain: Domain,
    pub(crate) scope: Scope,
    pub(crate) roles: Vec<String>,
    /// Seconds since the epoch.
    pub(crate) issued: u64,
    pub(crate) expires: u64,
    pub(crate) audit_id: String,
}

#[derive(Clone)]
pub(crate) enum Scope {
    Unscoped,
    Project(Project),
    Domain(Domain),
}

impl Session {
    pub(crate) fn new(user: &User, methods: Vec<String>, scope: Scope, roles: Vec<String>) -> Self {
        Self {
            methods,
            user_id: user.id.clone(),
            user_name: user.name.clone(),
            user_domain: user.domain.clone(),
            scope,
            roles,
            issued: 0,
            expires: 0,
            audit_id: random(22),
        }
    }

    pub(crate) fn project(&self) -> Option<&Project> {
        match &self.scope {
            Scope::Project(project) => Some(project),
            Scope::Unscoped | Scope::Domain(_) => None,
        }
    }
}

pub(crate) struct Tokens {
    sessions: Mutex<HashMap<String, Arc<Session>>>,
    lifetime: Duration,
}

impl Tokens {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { sessions: Mutex::default(), lifetime }
    }

    /// `expires` is that of the token this one was made from, which it does not outlive.
    pub(crate) fn issue(&self, mut session: Session, expires: Option<u64>) -> (String, Arc<Session>) {
        let now = real_unix_now();
        session.issued = now;
        let own = now + self.lifetime.as_secs();
        session.expires = expires.map_or(own, |expires| expires.min(own));
        let session = Arc::new(session);
        let token = format!("k5e-{}", random(60));
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= 1000 {
            sessions.retain(|_, session| session.expires > now);
        }
        sessions.insert(token.clone(), Arc::clone(&session));
        (token, session)
    }

    pub(crate) fn find(&self, token: &str) -> Option<Arc<Session>> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(token).filter(|session| session.expires > real_unix_now()).cloned()
    }

    pub(crate) fn revoke(&self, token: &str) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }

    pub(crate) fn revoke_all(&self) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn random(length: usize) -> String {
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}
