//! Keystone v3: logging in, tokens, projects, regions.

pub(crate) mod catalogue;
mod login;
pub(crate) mod tokens;

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::accounts::{Accounts, Domain, Project};
use crate::generated::identity::Operation;
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::Parameters;
use crate::time::iso_seconds;
use catalogue::CatalogueStyle;
use tokens::{Scope, Session, Tokens};

pub(crate) struct Keystone {
    accounts: Arc<Accounts>,
    pub(crate) tokens: Arc<Tokens>,
    style: CatalogueStyle,
}

/// The answer that ends a request early.
type Refused = Box<Reply>;

pub(crate) type Outcome = Result<Reply, Refused>;

pub(crate) struct Call<'r> {
    parameters: Parameters<'r>,
    request: &'r mut Request,
}

impl Call<'_> {
    /// A parameter of the path by the name that the table gives it.
    fn parameter(&self, name: &str) -> String {
        String::from_utf8_lossy(self.parameters.get(name).unwrap_or_default()).into_owned()
    }

    fn base(&self) -> &str {
        &self.request.base
    }
}

impl Keystone {
    pub(crate) fn new(accounts: Arc<Accounts>, lifetime: Duration, style: CatalogueStyle) -> Self {
        Self { accounts, tokens: Arc::new(Tokens::new(lifetime)), style }
    }

    pub(crate) async fn serve(&self, operation: Operation, parameters: Parameters<'_>, request: &mut Request) -> Reply {
        let outcome = operation.serve(self, &mut Call { parameters, request }).await;
        self.answer(request, outcome)
    }

    /// `GET /`: the available versions.
    pub(crate) fn list_versions(&self, request: &Request) -> Reply {
        json_reply(StatusCode::MULTIPLE_CHOICES, &json!({"versions": {"values": [version(&request.base)]}}))
            .with("location", &format!("{}/v3/", request.base))
    }

    pub(crate) async fn show_version(&self, call: &mut Call<'_>) -> Outcome {
        Ok(json_reply(StatusCode::OK, &json!({"version": version(call.base())})))
    }

    pub(crate) async fn create_token(&self, call: &mut Call<'_>) -> Outcome {
        let body = match call.request.upload.collect(1 << 20).await {
            Ok(Some(body)) => body,
            Ok(None) => return Err(Box::new(error(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."))),
            Err(crate::request::UploadError::Rejected(reply)) => return Err(reply),
            Err(_) => return Err(Box::new(error(StatusCode::REQUEST_TIMEOUT, "The request did not arrive."))),
        };
        let (token, session) = login::login(&self.accounts, &self.tokens, &body)?;
        let document = self.describe(&session, call.base(), call.request.query.has("nocatalog"));
        Ok(json_reply(StatusCode::CREATED, &document).with("x-subject-token", &token))
    }

    pub(crate) async fn show_token(&self, call: &mut Call<'_>) -> Outcome {
        let (subject, session) = self.subject(call.request, "validate_token")?;
        let document = self.describe(&session, call.base(), call.request.query.has("nocatalog"));
        Ok(json_reply(StatusCode::OK, &document).with("x-subject-token", &subject))
    }

    pub(crate) async fn revoke_token(&self, call: &mut Call<'_>) -> Outcome {
        let (subject, _) = self.subject(call.request, "revoke_token")?;
        self.tokens.revoke(&subject);
        Ok(Reply::new(StatusCode::NO_CONTENT))
    }

    pub(crate) async fn list_auth_projects(&self, call: &mut Call<'_>) -> Outcome {
        let caller = self.caller(call.request)?;
        Ok(self.projects_of(&caller.user_id, &format!("{}/v3/auth/projects", call.base()), call.request))
    }

    pub(crate) async fn list_user_projects(&self, call: &mut Call<'_>) -> Outcome {
        let (caller, user) = (self.caller(call.request)?, call.parameter("user_id"));
        if caller.user_id != user && !is_admin(&caller) {
            return Err(forbidden("list_user_projects"));
        }
        if self.accounts.user(&user).is_none() {
            return Err(not_found("user", &user));
        }
        Ok(self.projects_of(&user, &format!("{}/v3/users/{user}/projects", call.base()), call.request))
    }

    pub(crate) async fn list_projects(&self, call: &mut Call<'_>) -> Outcome {
        if !is_admin(&*self.caller(call.request)?) {
            return Err(forbidden("list_projects"));
        }
        let wanted = |name: &str, value: &str| call.request.query.get(name).is_none_or(|filter| filter == value);
        let projects = self
            .accounts
            .projects
            .iter()
            .filter(|project| wanted("domain_id", &project.domain.id) && wanted("name", &project.name));
        Ok(project_list(projects, &format!("{}/v3/projects", call.base()), call.request))
    }

    pub(crate) async fn list_regions(&self, call: &mut Call<'_>) -> Outcome {
        self.caller(call.request)?;
        let list = json!({
            "regions": [self.region(call.request)],
            "links": {"next": null, "self": format!("{}/v3/regions", call.base()), "previous": null},
        });
        Ok(json_reply(StatusCode::OK, &list))
    }

    pub(crate) async fn show_region(&self, call: &mut Call<'_>) -> Outcome {
        self.caller(call.request)?;
        let region = call.parameter("region_id");
        if region != self.accounts.region {
            return Err(not_found("region", &region));
        }
        Ok(json_reply(StatusCode::OK, &json!({"region": self.region(call.request)})))
    }

    /// `GET /v3/auth/catalog`, which OpenStack's clients may ask for.
    pub(crate) fn show_catalogue(&self, request: &Request) -> Reply {
        let shown = || {
            let caller = self.caller(request)?;
            let Some(project) = caller.project() else { return Err(forbidden("get_auth_catalog")) };
            let catalogue = catalogue::catalogue(self.style, &request.base, &self.accounts.region, &project.id);
            let link = format!("{}/v3/auth/catalog", request.base);
            Ok(json_reply(StatusCode::OK, &json!({"catalog": catalogue, "links": {"self": link}})))
        };
        self.answer(request, shown())
    }

    /// The answer if no route fits.
    pub(crate) fn unknown(&self, wrong_method: bool) -> Reply {
        if wrong_method {
            let said = json!({"message": "The method is not allowed for the requested URL."});
            return json_reply(StatusCode::METHOD_NOT_ALLOWED, &said);
        }
        finish(Reply::with_body(
            StatusCode::NOT_FOUND,
            "text/html; charset=utf-8",
            "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n",
        ))
    }

    /// The caller.
    fn caller(&self, request: &Request) -> Result<Arc<Session>, Refused> {
        let token = request.header("x-auth-token");
        token.and_then(|token| self.tokens.find(&token)).ok_or_else(unauthorized)
    }

    /// The token that the request is about, and its session: the caller's own, or anyone's for an administrator.
    fn subject(&self, request: &Request, action: &str) -> Result<(String, Arc<Session>), Refused> {
        let caller = self.caller(request)?;
        let subject = request.header("x-subject-token").ok_or_else(|| forbidden(action))?;
        let session = self.tokens.find(&subject).ok_or_else(unknown_token)?;
        if session.user_id != caller.user_id && !is_admin(&caller) {
            return Err(forbidden(action));
        }
        Ok((subject, session))
    }

    fn answer(&self, request: &Request, outcome: Outcome) -> Reply {
        let reply = outcome.unwrap_or_else(|refused| *refused);
        if reply.status == StatusCode::UNAUTHORIZED {
            return finish(reply.with("www-authenticate", &format!("Keystone uri=\"{}/v3\"", request.base)));
        }
        finish(reply)
    }

    fn projects_of(&self, user: &str, link: &str, request: &Request) -> Reply {
        let roles = self.accounts.user(user).map(|user| &user.roles);
        let projects = self.accounts.projects.iter().filter(|project| roles.is_some_and(|roles| roles.contains_key(&project.id)));
        project_list(projects, link, request)
    }

    fn region(&self, request: &Request) -> Value {
        let id = &self.accounts.region;
        json!({
            "id": id, "description": "", "parent_region_id": null,
            "links": {"self": format!("{}/v3/regions/{id}", request.base)},
        })
    }

    fn describe(&self, session: &Session, base: &str, without_catalogue: bool) -> Value {
        let domain = |domain: &Domain| json!({"id": domain.id, "name": domain.name});
        let mut token = json!({
            "methods": session.methods,
            "user": {
                "domain": domain(&session.user_domain), "id": session.user_id, "name": session.user_name,
                "password_expires_at": null,
            },
            "audit_ids": [session.audit_id],
            "expires_at": format!("{}.000000Z", iso_seconds(session.expires)),
            "issued_at": format!("{}.000000Z", iso_seconds(session.issued)),
        });
        let catalogue_for = match &session.scope {
            Scope::Unscoped => return json!({"token": token}),
            Scope::Project(project) => {
                token["project"] = json!({"domain": domain(&project.domain), "id": project.id, "name": project.name});
                token["is_domain"] = json!(false);
                project.id.as_str()
            }
            Scope::Domain(scope) => {
                token["domain"] = domain(scope);
                ""
            }
        };
        let role = |name: &String| json!({"id": role_id(name), "name": name});
        token["roles"] = session.roles.iter().map(role).collect();
        if !without_catalogue {
            token["catalog"] = catalogue::catalogue(self.style, base, &self.accounts.region, catalogue_for);
        }
        json!({"token": token})
    }
}

fn role_id(name: &str) -> String {
    crate::store::bodies::md5_hex(format!("role:{name}").as_bytes())
}

fn is_admin(session: &Session) -> bool {
    session.roles.iter().any(|role| role == "admin")
}

fn version(base: &str) -> Value {
    json!({
        "id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{base}/v3/")}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    })
}

fn project_list<'p>(projects: impl Iterator<Item = &'p Project>, link: &str, request: &Request) -> Reply {
    let projects: Vec<Value> = projects
        .map(|project| {
            json!({
                "id": project.id, "name": project.name, "domain_id": project.domain.id, "description": "",
                "enabled": true, "parent_id": project.domain.id, "is_domain": false, "tags": [], "options": {},
                "links": {"self": format!("{}/v3/projects/{}", request.base, project.id)},
            })
        })
        .collect();
    let links = json!({"next": null, "self": link, "previous": null});
    json_reply(StatusCode::OK, &json!({"projects": projects, "links": links}))
}

fn json_reply(status: StatusCode, document: &Value) -> Reply {
    finish(Reply::with_body(status, "application/json", document.to_string()))
}

fn finish(mut reply: Reply) -> Reply {
    reply.header("vary", "X-Auth-Token");
    if !reply.headers.contains_key("x-openstack-request-id") {
        let id = format!("{:032x}", fastrand::u128(..));
        let id = format!("req-{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]);
        reply.header("x-openstack-request-id", &id);
    }
    reply
}

fn error(status: StatusCode, message: &str) -> Reply {
    let title = status.canonical_reason().unwrap_or_default();
    let document = json!({"error": {"code": status.as_u16(), "message": message, "title": title}});
    // Keystone ends its errors with a line feed.
    Reply::with_body(status, "application/json", format!("{document}\n"))
}

fn unauthorized() -> Refused {
    Box::new(error(StatusCode::UNAUTHORIZED, "The request you have made requires authentication."))
}

fn forbidden(action: &str) -> Refused {
    let message = format!("You are not authorized to perform the requested action: identity:{action}.");
    Box::new(error(StatusCode::FORBIDDEN, &message))
}

fn not_found(kind: &str, id: &str) -> Refused {
    Box::new(error(StatusCode::NOT_FOUND, &format!("Could not find {kind}: {id}.")))
}

fn unknown_token() -> Refused {
    Box::new(error(StatusCode::NOT_FOUND, "Could not recognize Fernet token"))
}

/// `what` as in "Expecting to find `what` in request body".
fn bad_request(what: &str) -> Refused {
    let message = format!(
        "Expecting to find {what} in request body. The server could not comply with the request since it is either \
         malformed or otherwise incorrect. The client is assumed to be in error."
    );
    Box::new(error(StatusCode::BAD_REQUEST, &message))
}
