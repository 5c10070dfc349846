//! `POST /servers`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::server::{Server, Task, VmState};
use super::{Compute, devices, flavors, groups, keypairs, networks, password};
use crate::block_storage::Volume;
use crate::cloud::nova::{json_reply, links, reference, root};
use crate::cloud::{Call, FAIL, Outcome, bad_request, fields, over_limit, uuid};
use crate::image::{ImageStatus, visible_image};
use crate::store::{Documents, Rows};
use crate::time::Ticks;

/// How many servers a project may have.
const QUOTA: usize = 100;
/// How many items of metadata a server may have.
pub(super) const MAX_METADATA: usize = 128;

/// The request, read from the body and checked as far as possible without the other documents.
pub(super) struct NewServer {
    body: Value,
    name: String,
    pub(super) image: Option<String>,
    flavor: String,
    least: usize,
    most: usize,
    metadata: BTreeMap<String, String>,
    hints: BTreeMap<String, String>,
    /// The administrator's password, encrypted for the key pair.
    password: Option<String>,
    pub(super) zone: String,
    pub(super) user: String,
    pub(super) tenant: String,
    pub(super) admin: bool,
}

impl Compute {
    pub(crate) async fn create_server(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json_in("server").await?;
        let hints = hints(&call.json().await?)?;
        let reservation_wanted = fields::flag(&body, "return_reservation_id")?.unwrap_or_default();
        let password = password::wanted(&body)?;
        let mut new = self.read(call, body, hints)?;
        new.password = self.sealed(&new.user, fields::text(&new.body, "key_name")?.as_deref(), &password)?;
        let due = self.cloud.due();
        let servers = self.cloud.change(move |documents| {
            let have: Vec<Server> = documents.sweep(&new.tenant)?;
            let have = have.iter().filter(|server| !server.is_deleted()).count();
            // As many as there is room for, if that is enough.
            let room = QUOTA.saturating_sub(have);
            let made = make(documents, &new, new.most.min(room), due)?;
            if room < new.least {
                return Err(over_limit(format!(
                    "Quota exceeded for instances: Requested {}, but already used {have} of {QUOTA} instances",
                    new.least
                )));
            }
            let volumes: Vec<Volume> = made.iter().flat_map(|(_, devices)| devices.made.iter().cloned()).collect();
            crate::block_storage::check_quota(documents, &new.tenant, &volumes)?;
            let mut servers = Vec::new();
            for (server, devices) in made {
                for volume in devices.made.iter().chain(&devices.used) {
                    documents.put(&new.tenant, volume)?;
                }
                documents.put(&new.tenant, &server)?;
                servers.push(server);
            }
            Ok(servers)
        });
        let servers = servers.await?;
        let Some(server) = servers.first() else { return Err(bad_request("Invalid input for field/attribute max_count.")) };
        if reservation_wanted {
            return Ok(json_reply(202, &json!({"reservation_id": server.reservation})));
        }
        let path = format!("servers/{}", server.id);
        let groups: Vec<Value> = server.security_groups.iter().map(|name| json!({"name": name})).collect();
        let document = json!({"server": {
            "id": server.id, "links": links(call.request, &server.tenant, &path), "adminPass": password,
            "OS-DCF:diskConfig": server.disk_config, "security_groups": groups,
        }});
        let location = format!("{}/{path}", root(call.request, "v2", &server.tenant));
        Ok(json_reply(202, &document).with("location", &location))
    }

    fn read(&self, call: &Call<'_>, body: Value, hints: BTreeMap<String, String>) -> Outcome<NewServer> {
        let count =
            |name: &str| Ok::<_, crate::cloud::Fail>(fields::at_least(&body, name, 1)?.and_then(|n| usize::try_from(n).ok()));
        let (least, most) = (count("min_count")?, count("max_count")?);
        let least_or_one = least.unwrap_or(1);
        let most = most.unwrap_or(least_or_one);
        if least_or_one > most {
            return Err(bad_request("min_count must be <= max_count"));
        }
        let metadata = fields::metadata(&body, "metadata")?.unwrap_or_default();
        if metadata.len() > MAX_METADATA {
            return Err(over_limit(format!("Maximum number of metadata items exceeds {MAX_METADATA}")));
        }
        check_user_data(&body)?;
        Ok(NewServer {
            name: fields::name(&body, "name")?,
            image: fields::text(&body, "imageRef")?.filter(|image| !image.is_empty()).map(|image| reference(&image)),
            flavor: match body.get("flavorRef") {
                Some(Value::Number(id)) => id.to_string(),
                _ => reference(&fields::required_text(&body, "flavorRef")?),
            },
            least: least_or_one,
            most,
            metadata,
            hints,
            password: None,
            zone: fields::text(&body, "availability_zone")?.unwrap_or_else(|| self.cloud.zone.clone()),
            user: call.user(),
            tenant: call.tenant(),
            admin: call.caller.is_admin(),
            body,
        })
    }
}

/// Builds the servers and their volumes without storing anything.
fn make(documents: &Documents<impl Rows>, new: &NewServer, count: usize, due: Ticks) -> Outcome<Vec<(Server, devices::Devices)>> {
    let body = &new.body;
    let flavor = flavors::flavor(&new.flavor).ok_or_else(|| bad_request(format!("Flavor {} could not be found.", new.flavor)))?;
    let mapping = fields::list(body, "block_device_mapping_v2")?;
    match &new.image {
        Some(image) => {
            let needs_disk = mapping.is_empty();
            check_image(documents, (&new.tenant, new.admin), image, flavor, needs_disk, "Can not find requested image")?;
        }
        None if mapping.is_empty() => return Err(bad_request("Missing imageRef attribute")),
        None => {}
    }
    let key_name = fields::text(body, "key_name")?;
    if let Some(name) = &key_name
        && !keypairs::exists(documents, &new.user, name)?
    {
        return Err(bad_request("Invalid key_name provided."));
    }
    let mut security_groups = Vec::new();
    for group in fields::list(body, "security_groups")? {
        security_groups.push(fields::required_text(group, "name")?);
    }
    if security_groups.is_empty() {
        security_groups.push("default".to_owned());
    }
    let disk_config = disk_config(body)?.unwrap_or_else(|| "MANUAL".to_owned());
    let (access_v4, access_v6) = access(body)?;
    let access = (access_v4.unwrap_or_default(), access_v6.unwrap_or_default());
    let config_drive = fields::flag(body, "config_drive")?.unwrap_or_default();
    let reservation: String = (0..8).map(|_| fastrand::alphanumeric().to_ascii_lowercase()).collect();
    let last: Option<Server> = last(documents, &new.tenant)?;
    let before = last.map_or(0, |server| server.number);
    let mut taken = networks::taken(documents, &new.tenant)?;
    let mut group = groups::joined(documents, &new.tenant, &new.hints, count)?;
    let now = Ticks::now();
    let mut made = Vec::new();
    for (index, number) in (0..count).zip(before + 1..) {
        let id = uuid();
        let devices = devices::devices(documents, new, mapping, &id, due, index)?;
        // A specified image remains the server's image even if it boots from a volume.
        let image = new.image.clone();
        let (host, no_host) = match group.as_mut().map(|group| group.place(number)) {
            None => (None, None),
            Some(Some(host)) => (Some(host), None),
            Some(None) => (None, Some("No valid host was found. There are not enough hosts available.".to_owned())),
        };
        let name = if new.most > 1 { format!("{}-{}", new.name, index + 1) } else { new.name.clone() };
        let server = Server {
            id,
            name,
            tenant: new.tenant.clone(),
            user: new.user.clone(),
            created: now,
            updated: now,
            launched: None,
            terminated: None,
            state: VmState::Building,
            task: Some((due, Task::Spawning)),
            fails: new.metadata.get(FAIL).cloned().or(no_host),
            fault: None,
            image,
            flavor: flavor.id.to_owned(),
            resize: None,
            offload: None,
            metadata: new.metadata.clone(),
            key_name: key_name.clone(),
            password: new.password.clone(),
            zone: new.zone.clone(),
            host,
            hints: new.hints.clone(),
            security_groups: security_groups.clone(),
            interfaces: networks::interfaces(body, &mut taken)?,
            devices: devices.list(),
            access: access.clone(),
            config_drive,
            disk_config: disk_config.clone(),
            reservation: format!("r-{reservation}"),
            number,
            boots: Vec::new(),
        };
        made.push((server, devices));
    }
    Ok(made)
}

/// `AUTO` or `MANUAL`, if the body has it.
pub(super) fn disk_config(body: &Value) -> Outcome<Option<String>> {
    let config = fields::text(body, "OS-DCF:diskConfig")?;
    match config.as_deref() {
        None | Some("AUTO" | "MANUAL") => Ok(config),
        Some(other) => {
            let why = format!("'{other}' is not one of ['AUTO', 'MANUAL']");
            Err(bad_request(format!("Invalid input for field/attribute OS-DCF:diskConfig. Value: {other}. {why}")))
        }
    }
}

/// `accessIPv4` and `accessIPv6`, if the body has them.
pub(super) fn access(body: &Value) -> Outcome<(Option<String>, Option<String>)> {
    let address = |name: &str, is_v6: bool, kind: &str| {
        let Some(text) = fields::text(body, name)? else { return Ok(None) };
        let valid = text.is_empty() || text.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_ipv6() == is_v6);
        if valid {
            return Ok(Some(text));
        }
        Err(bad_request(format!("Invalid input for field/attribute {name}. Value: {text}. '{text}' is not a '{kind}'")))
    };
    Ok((address("accessIPv4", false, "ipv4")?, address("accessIPv6", true, "ipv6")?))
}

/// Refuses an image that such a server can't be built from; with `unknown`, if the caller can't see an image with this id.
pub(super) fn check_image(
    documents: &Documents<impl Rows>,
    (tenant, is_admin): (&str, bool),
    id: &str,
    flavor: &flavors::Flavor,
    needs_disk: bool,
    unknown: &'static str,
) -> Outcome<()> {
    let image = visible_image(documents, tenant, is_admin, id).map_err(|_| bad_request(unknown))?;
    if image.status != ImageStatus::Active {
        return Err(bad_request(format!("Image {id} is not active.")));
    }
    if image.min_ram > flavor.ram {
        return Err(bad_request("Flavor's memory is too small for requested image."));
    }
    let smallest = image.min_disk.max(image.size.unwrap_or_default().div_ceil(1 << 30));
    if needs_disk && smallest > flavor.disk {
        return Err(bad_request(format!(
            "Flavor's disk is too small for requested image. Flavor disk is {} GB, image needs {smallest} GB.",
            flavor.disk
        )));
    }
    Ok(())
}

fn last(documents: &Documents<impl Rows>, tenant: &str) -> Outcome<Option<Server>> {
    let mut last = None;
    documents.visit(tenant, crate::store::Order::NewestFirst, None, |server: Server| {
        last = Some(server);
        std::ops::ControlFlow::Break(())
    })?;
    Ok(last)
}

/// `os:scheduler_hints`, which are beside the server and not in it.
fn hints(document: &Value) -> Outcome<BTreeMap<String, String>> {
    let hints = match document.get("os:scheduler_hints").or_else(|| document.get("OS-SCH-HNT:scheduler_hints")) {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(hints)) => hints,
        Some(other) => return Err(fields::wrong_type("os:scheduler_hints", other, "object")),
    };
    let text = |value: &Value| match value {
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) if text.eq_ignore_ascii_case("true") => "True".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Ok(hints.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

/// Python's decoder ignores characters outside the alphabet, so only the length can be wrong.
fn check_user_data(body: &Value) -> Outcome<()> {
    let Some(data) = fields::text(body, "user_data")? else { return Ok(()) };
    let digits = data.bytes().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')).count();
    let valid = data.len() <= 65_535 && digits.is_multiple_of(4);
    if valid {
        return Ok(());
    }
    Err(bad_request(format!("Invalid input for field/attribute user_data. Value: {data}. '{data}' is not a 'base64'")))
}
