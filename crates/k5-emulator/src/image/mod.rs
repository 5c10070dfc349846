//! Glance v2.

mod create;
mod document;
mod list;
mod patch;
mod view;

use std::sync::Arc;

pub(crate) use document::{EVERYONE, Image, ImageStatus, visible_image};

use crate::cloud::nova::json_reply;
use crate::cloud::{Call, Cloud, Outcome, not_found, refused, request_id, webob};
use crate::generated::routes::Operation;
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

    pub(crate) async fn serve(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Reply {
        let form = webob::form(request);
        finish(self.operate(operation, parameters, request).await, form)
    }

    async fn operate(&self, operation: Operation, parameters: &[&[u8]], request: &mut Request) -> Outcome {
        let caller = self.cloud.caller(request)?;
        let mut call = Call::new(caller, parameters, request);
        match operation {
            Operation::ImageListImages => self.list_images(&call),
            Operation::ImageShowImage => self.show_image(&call),
            Operation::ImageUpdateImage => self.update_image(&mut call).await,
            Operation::ImageCreateImage => self.create_image(&mut call).await,
            Operation::ImageUploadImage => self.upload_image(&mut call).await,
            Operation::ImageDeleteImage => self.delete_image(&call).await,
            _ => Err(not_found("The resource could not be found.")),
        }
    }

    /// What no route leads to.
    pub(crate) fn unknown(&self, wrong_method: bool, request: &Request) -> Reply {
        let refuse = || match wrong_method {
            true => refused(405, format!("The method {} is not allowed for this resource.", request.method)),
            false => not_found("The resource could not be found."),
        };
        finish(self.cloud.caller(request).and_then(|_| Err(refuse())), webob::form(request))
    }

    fn show_image(&self, call: &Call<'_>) -> Outcome {
        let image = visible_image(&self.cloud.reader().documents, &call.tenant(), call.caller.is_admin(), &call.parameter(0))?;
        Ok(json_reply(200, &view::image(&image)))
    }
}

fn finish(outcome: Outcome, form: webob::Form) -> Reply {
    let reply = outcome.unwrap_or_else(|fail| fail.shape(|refusal| webob::error(&refusal, form)));
    reply.with("x-openstack-request-id", &request_id())
}

/// Puts the image that every fresh cloud has into a new store.
pub(crate) async fn seed(store: &Store) -> Result<(), StoreError> {
    store
        .write(|tables| {
            // Whoever deletes it doesn't find it again after a restart.
            if tables.documents.get::<document::Seeded>(EVERYONE, document::SEEDED)?.is_some() {
                return Ok(());
            }
            tables.documents.put(EVERYONE, &document::Seeded::default())?;
            tables.documents.put(EVERYONE, &Image::cirros())
        })
        .await
}
