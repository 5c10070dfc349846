//! Who may do what: the token's roles, the container's ACLs, the scope of a temporary URL.

use std::sync::Arc;

use super::Swift;
use super::errors::{Outcome, html, status};
use crate::keystone::tokens::Session;
use crate::request::{Request, latin1, to_bytes};

const OPERATORS: &[&str] = &["admin", "swiftoperator"];
const RESELLER_ADMIN: &str = "reselleradmin";

/// On whose behalf a request runs.
#[derive(Clone)]
pub(crate) enum Caller {
    Anonymous,
    User(Arc<Session>),
    /// Somebody who holds a valid temporary URL: good for the account, or for one of its containers.
    TemporaryUrl {
        account: String,
        container: Option<String>,
    },
}

impl Caller {
    pub(crate) fn is_reseller(&self) -> bool {
        self.has_role(&[RESELLER_ADMIN])
    }

    fn has_role(&self, wanted: &[&str]) -> bool {
        match self {
            Self::User(session) => session.roles.iter().any(|role| wanted.contains(&role.to_ascii_lowercase().as_str())),
            Self::Anonymous | Self::TemporaryUrl { .. } => false,
        }
    }
}

/// The access that is requested.
#[derive(Clone, Copy)]
pub(crate) struct Access<'a> {
    pub(crate) account: &'a str,
    pub(crate) container: Option<&'a str>,
    pub(crate) is_object: bool,
    /// The ACL that could grant it.
    pub(crate) acl: Option<&'a str>,
}

/// What a request says about itself that access depends on.
#[derive(Clone)]
pub(crate) struct Origin {
    pub(crate) caller: Caller,
    pub(crate) referer: Option<String>,
    /// Where to log in, for the challenge of a 401.
    pub(crate) auth_url: String,
}

impl Swift {
    pub(crate) fn origin(&self, request: &Request) -> Origin {
        let token = request.header("x-auth-token").or_else(|| request.header("x-storage-token"));
        let caller = match token.and_then(|token| self.tokens.find(token.trim())) {
            Some(session) => Caller::User(session),
            None => Caller::Anonymous,
        };
        Origin { caller, referer: request.header("referer"), auth_url: format!("{}/v3", request.base) }
    }

    /// Whether the caller owns the account; an error if the caller has no access at all.
    pub(crate) fn authorize(&self, origin: &Origin, access: Access<'_>) -> Outcome<bool> {
        let (referrers, groups) = parse(access.acl.unwrap_or_default());
        match &origin.caller {
            Caller::TemporaryUrl { account, container } => {
                let same =
                    account == access.account && container.as_deref().is_none_or(|container| access.container == Some(container));
                if same { Ok(false) } else { Err(denied(origin, access.account).into()) }
            }
            Caller::Anonymous => {
                let granted = by_referrer(origin.referer.as_deref(), &referrers, &groups, access.is_object);
                if granted == Some(true) { Ok(false) } else { Err(denied(origin, access.account).into()) }
            }
            Caller::User(session) => {
                if origin.caller.is_reseller() {
                    return Ok(true);
                }
                // The owner is shown more than others, so ownership is checked before any ACL.
                let own =
                    session.project().is_some_and(|project| access.account.strip_prefix("AUTH_") == Some(project.id.as_str()));
                if own && origin.caller.has_role(OPERATORS) {
                    return Ok(true);
                }
                if matches_group(session, &groups) {
                    return Ok(false);
                }
                let referred = by_referrer(origin.referer.as_deref(), &referrers, &groups, access.is_object);
                if referred == Some(true) {
                    return Ok(false);
                }
                let by_role = own
                    && referred.is_none()
                    && session.roles.iter().any(|role| groups.iter().any(|group| group.eq_ignore_ascii_case(role)));
                if by_role { Ok(false) } else { Err(denied(origin, access.account).into()) }
            }
        }
    }
}

/// 403 for known users, 401 with a challenge for the others.
pub(crate) fn denied(origin: &Origin, account: &str) -> crate::reply::Reply {
    if let Caller::User(_) = origin.caller {
        return status(403);
    }
    challenge(status(401), account, &origin.auth_url)
}

fn challenge(mut reply: crate::reply::Reply, account: &str, auth_url: &str) -> crate::reply::Reply {
    for challenge in [format!("Swift realm=\"{account}\""), format!("Keystone uri=\"{auth_url}\"")] {
        if let Ok(value) = http::HeaderValue::from_bytes(challenge.as_bytes()) {
            reply.headers.append(http::header::WWW_AUTHENTICATE, value);
        }
    }
    reply
}

fn parse(acl: &str) -> (Vec<String>, Vec<String>) {
    let (mut referrers, mut groups) = (Vec::new(), Vec::new());
    for value in acl.split(',').filter(|value| !value.is_empty()) {
        match value.strip_prefix(".r:") {
            Some(referrer) => referrers.push(referrer.to_owned()),
            None => {
                let decoded: Vec<u8> = percent_encoding::percent_decode(&to_bytes(value)).collect();
                groups.push(String::from_utf8(decoded).unwrap_or_else(|error| latin1(error.as_bytes())));
            }
        }
    }
    (referrers, groups)
}

/// `project:user`, each as id, name or `*`. Names count in the default domain only, where they are unique.
fn matches_group(session: &Session, groups: &[String]) -> bool {
    let project = session.project();
    let names = session.user_domain.id == "default" && project.is_some_and(|project| project.domain.id == "default");
    groups.iter().filter_map(|group| group.split_once(':')).any(|(wanted_project, wanted_user)| {
        let project_fits = wanted_project == "*"
            || project.is_some_and(|project| project.id == wanted_project || (names && project.name == wanted_project));
        let user_fits = wanted_user == "*" || session.user_id == wanted_user || (names && session.user_name == wanted_user);
        project_fits && user_fits
    })
}

/// `None` if no referrer rule applies to the request.
fn by_referrer(referer: Option<&str>, referrers: &[String], groups: &[String], is_object: bool) -> Option<bool> {
    referrer_allowed(referer.unwrap_or_default(), referrers).then(|| is_object || groups.iter().any(|group| group == ".rlistings"))
}

fn referrer_allowed(referer: &str, rules: &[String]) -> bool {
    let host = referer
        .split_once("://")
        .map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
        .map(|authority| authority.rsplit('@').next().unwrap_or_default())
        .map(|host| host.split(':').next().unwrap_or_default())
        .filter(|host| !host.is_empty())
        .unwrap_or("unknown");
    let fits = |rule: &str| rule == "*" || rule == host || (rule.starts_with('.') && host.ends_with(rule));
    // Later rules override earlier ones.
    rules.iter().fold(false, |allowed, rule| match rule.strip_prefix('-') {
        Some(refused) => allowed && !fits(refused),
        None => allowed || fits(rule),
    })
}

/// Tidies an ACL on its way in, or says what is wrong with it.
pub(crate) fn clean(header: &str, acl: &str) -> Outcome<String> {
    let mut values = Vec::new();
    for raw in acl.split(',').map(str::trim).filter(|raw| !raw.is_empty()) {
        let Some((first, second)) = raw.split_once(':').map(|(first, second)| (first.trim(), second.trim())) else {
            values.push(raw.to_owned());
            continue;
        };
        if !first.starts_with('.') {
            values.push(raw.to_owned());
            continue;
        }
        if !matches!(first, ".r" | ".ref" | ".referer" | ".referrer") {
            return html(400, &format!("Unknown designator '{first}' in ACL: '{raw}'"));
        }
        if header.contains("write") {
            return html(400, &format!("Referrers not allowed in write ACL: '{raw}'"));
        }
        let (negated, host) = match second.strip_prefix('-') {
            Some(host) => ("-", host.trim()),
            None => ("", second),
        };
        let host = match host.strip_prefix('*') {
            Some(domain) if host != "*" => domain.trim(),
            _ => host,
        };
        if host.is_empty() || host == "." {
            return html(400, &format!("No host/domain value after referrer designation in ACL: '{raw}'"));
        }
        values.push(format!(".r:{negated}{host}"));
    }
    Ok(values.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acls_are_tidied() {
        let cleaned = |acl| clean("x-container-read", acl).ok();
        assert_eq!(cleaned("bob , sue,,").as_deref(), Some("bob,sue"));
        assert_eq!(cleaned(".referrer : *").as_deref(), Some(".r:*"));
        assert_eq!(cleaned(".ref:*.example.com").as_deref(), Some(".r:.example.com"));
        assert_eq!(cleaned(".r:*, .rlistings").as_deref(), Some(".r:*,.rlistings"));
        assert_eq!(cleaned(".r:-").as_deref(), None);
        assert_eq!(cleaned(".x:y").as_deref(), None);
        assert!(clean("x-container-write", ".r:*").is_err());
    }

    #[test]
    fn referrers_are_taken_in_order() {
        let rules = |rules: &[&str]| rules.iter().map(|rule| (*rule).to_owned()).collect::<Vec<_>>();
        assert!(referrer_allowed("", &rules(&["*"])));
        assert!(!referrer_allowed("http://a.thief.com/x", &rules(&["*", "-.thief.com"])));
        assert!(referrer_allowed("http://www.example.com:80/x", &rules(&[".example.com"])));
        assert!(!referrer_allowed("http://example.org/", &rules(&[".example.com"])));
    }
}
