//! Members of an image: the projects that its owner shares it with, and whether each of them has accepted.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Image, Images};
use crate::cloud::nova::{empty_reply, json_reply};
use crate::cloud::{Call, Caller, Outcome, bad_request, conflict, forbidden, named, not_found};
use crate::time::Ticks;

named! {
    pub(crate) enum MemberStatus {
        Pending = "pending",
        Accepted = "accepted",
        Rejected = "rejected",
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(super) project: String,
    pub(super) status: MemberStatus,
    created: Ticks,
    updated: Ticks,
}

impl Member {
    fn view(&self, image: &Image) -> Value {
        json!({
            "image_id": image.id, "member_id": self.project, "status": self.status.name(),
            "created_at": self.created.zulu(), "updated_at": self.updated.zulu(), "schema": "/v2/schemas/member",
        })
    }
}

impl Image {
    /// K5 shares private images, later versions of Glance those with the visibility `shared`.
    pub(super) fn can_have_members(&self) -> bool {
        matches!(self.visibility.as_str(), "private" | "shared")
    }

    pub(super) fn member(&self, project: &str) -> Option<&Member> {
        self.members.iter().find(|member| self.can_have_members() && member.project == project)
    }

    /// The members that this caller may see: all of its own images' members, and itself.
    fn members_for(&self, caller: &Caller) -> impl Iterator<Item = &Member> {
        let all = self.is_writable_by(caller);
        self.members.iter().filter(move |member| all || member.project == caller.project.id)
    }

    /// The position of the member with this id, if the caller may see it.
    fn find_member(&self, caller: &Caller, id: &str) -> Outcome<&Member> {
        let found = self.members_for(caller).find(|member| member.project == id);
        found.ok_or_else(|| not_found(format!("{id} not found in the member list of the image {}.", self.id)))
    }

    /// The refusal of what the caller may not do, or not with such an image.
    fn check_members(&self, allowed: bool, doing: &str) -> Outcome<()> {
        match self.can_have_members() && allowed {
            true => Ok(()),
            false => Err(forbidden(format!("Not allowed to {doing} members for image {}.", self.id))),
        }
    }
}

impl Images {
    pub(crate) async fn create_image_member(&self, call: &mut Call<'_>) -> Outcome {
        let project = match call.json().await?.get("member") {
            Some(Value::String(project)) if !project.is_empty() => project.clone(),
            Some(_) => return Err(bad_request("Member can't be empty")),
            None => return Err(bad_request("Member to be added not specified")),
        };
        let caller = call.caller.clone();
        let shared = self.cloud.update(call, "image_id", move |image: &mut Image, _| {
            image.check_members(image.is_writable_by(&caller), "create")?;
            if image.member(&project).is_some() {
                return Err(conflict(format!("Member {project} is duplicated for image {}", image.id)));
            }
            let now = Ticks::now();
            image.members.push(Member { project, status: MemberStatus::Pending, created: now, updated: now });
            Ok(())
        });
        let image = shared.await?;
        Ok(json_reply(200, &image.members.last().map(|member| member.view(&image)).unwrap_or_default()))
    }

    pub(crate) async fn list_image_members(&self, call: &mut Call<'_>) -> Outcome {
        let image: Image = self.cloud.load(call, "image_id")?;
        image.check_members(true, "list")?;
        let members: Vec<Value> = image.members_for(&call.caller).map(|member| member.view(&image)).collect();
        Ok(json_reply(200, &json!({"members": members, "schema": "/v2/schemas/members"})))
    }

    pub(crate) async fn show_image_member(&self, call: &mut Call<'_>) -> Outcome {
        let image: Image = self.cloud.load(call, "image_id")?;
        if !image.can_have_members() {
            return Err(not_found("Only shared images have members."));
        }
        Ok(json_reply(200, &image.find_member(&call.caller, &call.parameter("member_id"))?.view(&image)))
    }

    pub(crate) async fn delete_image_member(&self, call: &mut Call<'_>) -> Outcome {
        let (caller, id) = (call.caller.clone(), call.parameter("member_id"));
        let deleted = self.cloud.update(call, "image_id", move |image: &mut Image, _| {
            image.check_members(image.is_writable_by(&caller), "delete")?;
            image.find_member(&caller, &id)?;
            image.members.retain(|member| member.project != id);
            Ok(())
        });
        deleted.await?;
        Ok(empty_reply(204))
    }

    /// The owner may not accept on behalf of a member.
    pub(crate) async fn update_image_member(&self, call: &mut Call<'_>) -> Outcome {
        let body = call.json().await?;
        let status = match body.get("status").ok_or_else(|| bad_request("Status not specified"))?.as_str() {
            Some("pending") => MemberStatus::Pending,
            Some("accepted") => MemberStatus::Accepted,
            Some("rejected") => MemberStatus::Rejected,
            _ => return Err(bad_request("Incorrect request: Status value must be one of: pending, accepted, rejected")),
        };
        let (caller, id) = (call.caller.clone(), call.parameter("member_id"));
        let member = id.clone();
        let updated = self.cloud.update(call, "image_id", move |image: &mut Image, _| {
            image.check_members(caller.is_admin() || image.owner != caller.project.id, "update")?;
            image.find_member(&caller, &id)?;
            for member in image.members.iter_mut().filter(|member| member.project == id) {
                (member.status, member.updated) = (status, Ticks::now());
            }
            Ok(())
        });
        let image = updated.await?;
        Ok(json_reply(200, &image.member(&member).map(|member| member.view(&image)).unwrap_or_default()))
    }
}
