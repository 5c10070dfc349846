//! Key pairs: each user has their own.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Compute, ssh};
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Caller, Fail, Kept, Outcome, bad_request, conflict, fields, not_found, over_limit};
use crate::store::{Document, Documents, Rows};
use crate::time::Ticks;

const QUOTA: usize = 100;
const NAME_CHARACTERS: &str = "_- 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct KeyPair {
    name: String,
    public_key: String,
    fingerprint: String,
    zone: String,
    created: Ticks,
    number: u64,
}

impl Document for KeyPair {
    const SERVICE: &'static str = "compute";
    const KIND: &'static str = "keypair";

    fn id(&self) -> &str {
        &self.name
    }
}

impl Kept for KeyPair {
    fn tenant(caller: &Caller) -> &str {
        &caller.session.user_id
    }

    fn unknown(id: &str, caller: &Caller) -> Fail {
        not_found(format!("Keypair {id} not found for user {}", caller.session.user_id))
    }
}

/// Whether this user has such a key pair.
pub(super) fn exists(documents: &Documents<impl Rows>, user: &str, name: &str) -> Outcome<bool> {
    Ok(public_key(documents, user, name)?.is_some())
}

/// The public key of one of this user's key pairs.
pub(super) fn public_key(documents: &Documents<impl Rows>, user: &str, name: &str) -> Outcome<Option<String>> {
    Ok(documents.get::<KeyPair>(user, name)?.map(|pair| pair.public_key))
}

impl Compute {
    pub(crate) async fn list_keypairs(&self, call: &mut Call<'_>) -> Outcome {
        let pairs: Vec<KeyPair> = self.cloud.all(call)?;
        let shown: Vec<Value> = pairs.iter().map(|pair| json!({"keypair": brief(pair)})).collect();
        Ok(json_reply(200, &json!({"keypairs": shown})))
    }

    pub(crate) async fn create_keypair(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("keypair").await?;
        let name = fields::name(&body, "name")?;
        if !name.chars().all(|c| NAME_CHARACTERS.contains(c)) {
            return Err(bad_request(format!(
                "An invalid 'name' value was provided. The name must be: Only expected characters: [{NAME_CHARACTERS}]"
            )));
        }
        let (public_key, private_key) = match fields::text(&body, "public_key")? {
            Some(public) => (public, None),
            None => {
                let (public, private) = ssh::generate(&name);
                (public, Some(private))
            }
        };
        let fingerprint =
            ssh::fingerprint(&public_key).ok_or_else(|| bad_request("Keypair data is invalid: failed to generate fingerprint"))?;
        let zone = fields::text(&body, "availability_zone")?.unwrap_or_else(|| self.cloud.zone.clone());
        let user = call.user();
        let pair = self.cloud.change(move |documents| {
            if exists(documents, &user, &name)? {
                return Err(conflict(format!("Key pair '{name}' already exists.")));
            }
            let have: Vec<KeyPair> = documents.sweep(&user)?;
            if have.len() >= QUOTA {
                return Err(over_limit("Quota exceeded, too many key pairs."));
            }
            let number = have.last().map_or(1, |last| last.number + 1);
            let pair = KeyPair { name, public_key, fingerprint, zone, created: Ticks::now(), number };
            documents.put(&user, &pair)?;
            Ok(pair)
        });
        let mut document = brief(&pair.await?);
        document["user_id"] = json!(call.user());
        if let Some(private_key) = private_key {
            document["private_key"] = json!(private_key);
        }
        Ok(json_reply(200, &json!({"keypair": document})))
    }

    pub(crate) async fn delete_keypair(&self, call: &mut Call<'_>) -> Outcome {
        self.cloud.remove(call, "keypair_name", |_: &KeyPair| Ok(())).await?;
        Ok(empty_reply(202))
    }

    pub(crate) async fn show_keypair(&self, call: &mut Call<'_>) -> Outcome {
        let pair: KeyPair = self.cloud.load(call, "keypair_name")?;
        let mut document = brief(&pair);
        document["availability_zone"] = json!(pair.zone);
        document["user_id"] = json!(call.user());
        document["id"] = json!(pair.number);
        document["created_at"] = json!(pair.created.iso());
        document["updated_at"] = Value::Null;
        document["deleted"] = json!(false);
        document["deleted_at"] = Value::Null;
        Ok(json_reply(200, &json!({"keypair": document})))
    }
}

fn brief(pair: &KeyPair) -> Value {
    json!({"name": pair.name, "public_key": pair.public_key, "fingerprint": pair.fingerprint})
}
