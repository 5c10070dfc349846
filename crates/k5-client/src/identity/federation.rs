//! Other kinds of tokens: those of an identity provider that Keystone trusts (OpenID Connect), and Keystone's own OAuth 2.0 tokens.

use super::base::Base;
use super::login::{Issued, as_login, authenticate};
use crate::config::{AppCredentialRef, CloudConfig, Credentials, Oidc, OidcGrant, Scope};
use base64::Engine;
use k5_core::token::{TokenDocument, TokenHeaders};
use k5_core::{
    AuthNeed, Body, BodyKind, Call, Dialect, Error, ErrorKind, OpMeta, Param, Result, Secret, Sent, ServiceMeta, Session,
};
use serde_json::Value;
use std::sync::Arc;

/// Creates a session whose calls go to one base without a token, through the same pipeline as all others.
pub(crate) type Elsewhere = Arc<dyn Fn(Arc<Base>) -> Session + Send + Sync>;

static PROVIDER: ServiceMeta = ServiceMeta::new("identity_provider", "", Dialect::Keystone);

static SHOW_CONFIGURATION: OpMeta =
    OpMeta::new(&PROVIDER, "show_configuration", "GET", "").response_body(BodyKind::Json).auth(AuthNeed::None);

static CREATE_ACCESS_TOKEN: OpMeta = OpMeta::new(&PROVIDER, "create_access_token", "POST", "")
    .request_body(BodyKind::Form)
    .response_body(BodyKind::Json)
    .success(&[200, 201])
    .idempotent(true)
    .auth(AuthNeed::None);

static CREATE_FEDERATED_TOKEN: OpMeta = OpMeta::new(
    &crate::generated::meta::SERVICE,
    "create_federated_token",
    "POST",
    "/OS-FEDERATION/identity_providers/{identity_provider}/protocols/{protocol}/auth",
)
.params(&[Param::path("identity_provider"), Param::path("protocol")])
.response_body(BodyKind::Json)
.success(&[200, 201])
.idempotent(true)
.auth(AuthNeed::None);

/// The form fields that no error may show.
const SECRETS: [&str; 6] = ["password", "client_secret", "assertion", "code", "access_token", "refresh_token"];

/// Logs in with an identity provider's token: Keystone issues an unscoped token for it, which is exchanged for a scoped one.
pub(crate) async fn federated(keystone: &Session, elsewhere: &Elsewhere, config: &CloudConfig, oidc: &Oidc) -> Result<Issued> {
    let access_token = match &oidc.grant {
        OidcGrant::AccessToken(token) => token.clone(),
        _ => access_token(elsewhere, oidc).await?,
    };
    let mut call = Call::new(keystone, &CREATE_FEDERATED_TOKEN, &[&oidc.identity_provider, &oidc.protocol]);
    call.secret_header("authorization", &Secret::new(format!("Bearer {}", access_token.expose())));
    let answer = call.send().await.map_err(as_login)?;
    let (document, headers) = answer.json::<TokenDocument, TokenHeaders>().await?;
    let missing =
        || Error::new(ErrorKind::Decode, "Keystone's answer has no X-Subject-Token").with_operation(&CREATE_FEDERATED_TOKEN);
    let unscoped = headers.subject_token.ok_or_else(missing)?;
    match &config.scope {
        Scope::Unscoped => Ok((unscoped, document.token)),
        scope => authenticate(keystone, config, &Credentials::Token { token: unscoped }, scope).await,
    }
}

/// The credentials of an OAuth 2.0 client at Keystone itself.
pub(crate) fn of_client(client_id: &str, client_secret: &Secret) -> Credentials {
    let credential = AppCredentialRef::Id(client_id.to_owned());
    Credentials::ApplicationCredential { credential, secret: client_secret.clone() }
}

/// An OAuth 2.0 token from Keystone, for the `Authorization` header.
pub(crate) async fn oauth2(elsewhere: &Elsewhere, endpoint: &str, client_id: &str, client_secret: &Secret) -> Result<Secret> {
    exchange(elsewhere, endpoint, &[("grant_type", "client_credentials")], client_id, Some(client_secret), "access_token").await
}

async fn access_token(elsewhere: &Elsewhere, oidc: &Oidc) -> Result<Secret> {
    let endpoint = match (&oidc.access_token_endpoint, &oidc.discovery_endpoint) {
        (Some(endpoint), _) => endpoint.clone(),
        (None, Some(discovery)) => discovered(elsewhere, discovery).await?,
        (None, None) => return Err(Error::new(ErrorKind::Config, "neither discovery_endpoint nor access_token_endpoint is set")),
    };
    let mut form = match &oidc.grant {
        OidcGrant::Password { username, password } => {
            vec![("grant_type", "password"), ("username", username), ("password", password.expose())]
        }
        _ => vec![("grant_type", "client_credentials")],
    };
    form.push(("scope", &oidc.scope));
    let client = oidc.client_id.as_deref().unwrap_or_default();
    exchange(elsewhere, &endpoint, &form, client, oidc.client_secret.as_ref(), &oidc.access_token_type).await
}

async fn discovered(elsewhere: &Elsewhere, url: &str) -> Result<String> {
    let document = answered(call(elsewhere, &SHOW_CONFIGURATION, url)?, url).await?;
    let endpoint = document.get("token_endpoint").and_then(Value::as_str);
    endpoint.map(str::to_owned).ok_or_else(|| strange(&SHOW_CONFIGURATION, url, "the discovery document has no token_endpoint"))
}

async fn exchange(
    elsewhere: &Elsewhere,
    url: &str,
    form: &[(&str, &str)],
    client_id: &str,
    client_secret: Option<&Secret>,
    wanted: &str,
) -> Result<Secret> {
    let mut call = call(elsewhere, &CREATE_ACCESS_TOKEN, url)?;
    if let Some(secret) = client_secret {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{client_id}:{}", secret.expose()));
        call.secret_header("authorization", &Secret::new(format!("Basic {pair}")));
        call.note_secret(secret);
    }
    // A public client only identifies itself, without proof.
    let public = client_secret.is_none().then_some(("client_id", client_id));
    let fields = form.iter().copied().chain(public);
    call.header("content-type", "application/x-www-form-urlencoded");
    call.body(Body::bytes(form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()));
    for (_, value) in form.iter().filter(|(name, _)| SECRETS.contains(name)) {
        call.note_secret(&Secret::new(*value));
    }
    let document = answered(call, url).await?;
    let token = document.get(wanted).and_then(Value::as_str).filter(|token| !token.is_empty());
    token.map(Secret::new).ok_or_else(|| strange(&CREATE_ACCESS_TOKEN, url, &format!("the answer has no {wanted}")))
}

fn strange(meta: &'static OpMeta, url: &str, why: &str) -> Error {
    Error::new(ErrorKind::Decode, why).with_operation(meta).with_target(Some(without_query(url))).with_sent(Sent::Yes)
}

/// The query may contain anything.
fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

fn call(elsewhere: &Elsewhere, meta: &'static OpMeta, url: &str) -> Result<Call> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut call = Call::new(&elsewhere(Arc::new(Base::exact(path)?)), meta, &[]);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        call.query(&name, value);
    }
    Ok(call)
}

/// The answer's document. No error keeps any part of it, because it is a token or leads to one.
async fn answered(call: Call, url: &str) -> Result<Value> {
    let of = |error: Error| error.with_target(Some(without_query(url)));
    let answer = call.send().await.map_err(|error| as_login(of(error)))?;
    answer.document().await.map_err(|error| of(error).with_excerpt(None))
}
