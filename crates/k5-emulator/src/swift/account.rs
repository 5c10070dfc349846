//! Accounts. They come into being with the first write.

use http::StatusCode;

use super::acl::{Access, Origin};
use super::errors::{Outcome, fail, status};
use super::{Call, Swift, listing, metadata, quoted_etags};
use crate::reply::Reply;
use crate::request::Request;
use crate::store::AccountRow;
use crate::time::Ticks;

const TEMP_URL_KEYS: &[&str] = &["x-account-meta-temp-url-key", "x-account-meta-temp-url-key-2"];

impl Swift {
    fn access_account(&self, origin: &Origin, account: &str) -> Outcome<bool> {
        self.authorize(origin, Access { account, container: None, is_object: false, acl: None })
    }

    pub(crate) async fn show_account(&self, call: &mut Call<'_>) -> Outcome {
        let Call { origin, account, request, .. } = call;
        let owner = self.access_account(origin, account)?;
        let format = listing::Format::of(request)?;
        let row = self.store.reader().account(account)?;
        // An account that is not there yet looks like an empty one, except for this.
        let code = if row.is_some() { StatusCode::NO_CONTENT } else { StatusCode::OK };
        let mut reply = Reply::with_body(code, format.content_type(), "");
        describe(&mut reply, row.as_ref(), owner);
        format.vary(request, &mut reply);
        Ok(reply)
    }

    pub(crate) async fn list_containers(&self, call: &mut Call<'_>) -> Outcome {
        let Call { origin, account, request, .. } = call;
        let owner = self.access_account(origin, account)?;
        let format = listing::Format::of(request)?;
        let query = listing::query(request)?;
        let store = std::sync::Arc::clone(&self.store);
        let name = account.to_owned();
        let (row, body) = listing::blocking(move || {
            let reader = store.reader();
            let body = listing::containers(&reader, &name, &query, format)?;
            Ok((reader.account(&name)?, body))
        })
        .await?;
        let mut reply = format.reply(request, body);
        describe(&mut reply, row.as_ref(), owner);
        Ok(reply)
    }

    pub(crate) async fn update_account(&self, call: &mut Call<'_>) -> Outcome {
        let Call { origin, account, request, .. } = call;
        self.check_update(origin, account, request)?;
        self.write_account(account, request).await?;
        Ok(status(200)).map(|mut reply| {
            reply.status = StatusCode::NO_CONTENT;
            reply
        })
    }

    /// `PUT` of an account.
    pub(super) async fn create_account(&self, origin: &Origin, account: &str, request: &Request) -> Outcome {
        self.check_update(origin, account, request)?;
        if self.write_account(account, request).await? {
            return Ok(status(202));
        }
        let mut reply = status(200);
        reply.status = StatusCode::CREATED;
        Ok(reply)
    }

    fn check_update(&self, origin: &Origin, account: &str, request: &Request) -> Outcome<()> {
        const QUOTA: &str = "x-account-meta-quota-bytes";
        let quota = request.header(QUOTA);
        if origin.caller.is_reseller() {
            if quota.as_ref().is_some_and(|quota| !quota.bytes().all(|byte| byte.is_ascii_digit())) {
                return fail(400);
            }
        } else if quota.is_some() || request.header("x-remove-account-meta-quota-bytes").is_some() {
            self.access_account(origin, account)?;
            return fail(403);
        }
        self.access_account(origin, account)?;
        metadata::check(&request.headers, "account")
    }

    /// Whether the account was there before.
    async fn write_account(&self, account: &str, request: &Request) -> Outcome<bool> {
        let (name, mut headers) = (account.to_owned(), request.headers.clone());
        quoted_etags::prepare(&mut headers, quoted_etags::OF_ACCOUNT);
        self.store
            .write(move |tables| {
                let known = tables.account(&name)?;
                let existed = known.is_some();
                let mut row = known.unwrap_or_else(|| AccountRow::new(Ticks::next()));
                metadata::update(&mut row.headers, &headers, "account", &[quoted_etags::OF_ACCOUNT]);
                if let Err(refused) = metadata::check_total(&row.headers, "account") {
                    return Ok(Err(refused));
                }
                tables.put_account(&name, &row)?;
                Ok(Ok(existed))
            })
            .await?
    }
}

fn describe(reply: &mut Reply, row: Option<&AccountRow>, owner: bool) {
    let fresh = AccountRow::new(Ticks::next());
    let account = row.unwrap_or(&fresh);
    let total = account.total();
    reply
        .header("x-account-container-count", &total.containers.to_string())
        .header("x-account-object-count", &total.objects.to_string())
        .header("x-account-bytes-used", &total.bytes.to_string())
        .header("x-timestamp", &account.created.normal());
    if row.is_none() {
        reply.header("x-put-timestamp", &account.created.normal());
        return;
    }
    reply.header("accept-ranges", "bytes").header("x-account-project-domain-id", "default");
    for (policy, usage) in &account.usage {
        let prefix = format!("x-account-storage-policy-{policy}");
        reply
            .header(&format!("{prefix}-container-count"), &usage.containers.to_string())
            .header(&format!("{prefix}-object-count"), &usage.objects.to_string())
            .header(&format!("{prefix}-bytes-used"), &usage.bytes.to_string());
    }
    for (name, value) in &account.headers {
        if owner || !TEMP_URL_KEYS.contains(&name.as_str()) {
            reply.header(name, value);
        }
    }
}
