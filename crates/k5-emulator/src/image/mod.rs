//! Glance v2, and one operation of v1.

mod create;
mod data;
mod document;
mod list;
mod members;
mod patch;
mod v1;
mod view;

use std::sync::Arc;

pub(crate) use data::remove as remove_image;
pub(crate) use document::{EVERYONE, Image, ImageStatus, visible_image};
pub(crate) use members::MemberStatus;

use crate::cloud::nova::json_reply;
pub(crate) use crate::cloud::{Call, Outcome};
use crate::cloud::{Cloud, Dialect, Fail, not_found, refused, request_id, webob};
use crate::reply::Reply;
use crate::request::Request;
use crate::store::{Store, StoreError};

pub(crate) struct Images {
    cloud: Arc<Cloud>,
}

impl Images {
    pub(crate) fn new(cloud: Arc<Cloud>) -> Self {
        Self { cloud }
    }

    pub(crate) async fn show_image(&self, call: &mut Call<'_>) -> Outcome {
        Ok(json_reply(200, &view::image(&self.cloud.load(call, "image_id")?)))
    }
}

impl Dialect for Images {
    fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    fn finish(&self, outcome: Outcome, request: &Request) -> Reply {
        let reply = outcome.unwrap_or_else(|fail| fail.shape(|refusal| webob::error(&refusal, webob::form(request))));
        reply.with("x-openstack-request-id", &request_id())
    }

    fn no_such_path(&self, wrong_method: bool, request: &Request) -> Fail {
        match wrong_method {
            true => refused(405, format!("The method {} is not allowed for this resource.", request.method)),
            false => not_found("The resource could not be found."),
        }
    }
}

/// Puts the image that every fresh cloud has into a new store.
pub(crate) async fn seed(store: &Store) -> Result<(), StoreError> {
    store
        .write(|tables| {
            // If it is deleted, it does not come back after a restart.
            if tables.documents.get::<document::Seeded>(EVERYONE, document::SEEDED)?.is_some() {
                return Ok(());
            }
            tables.documents.put(EVERYONE, &document::Seeded::default())?;
            tables.documents.put(EVERYONE, &Image::cirros())
        })
        .await
}
