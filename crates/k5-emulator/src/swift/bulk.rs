//! Deleting many things with one request, and the report about it.

use http::StatusCode;
use serde_json::json;

use super::acl::Origin;
use super::errors::{Fail, Outcome, status_line};
use super::manifest::{quote, quote_bytes, segment_name};
use super::{Call, Swift, listing, python};
use crate::reply::Reply;
use crate::request::Request;
use crate::store::ObjectName;

pub(super) const MAX_DELETES: usize = 10_000;
pub(super) const MAX_FAILED: usize = 1000;
/// A line is a path: container, slash, object, each byte perhaps percent-encoded.
const MAX_BODY: usize = MAX_DELETES * 3 * (1024 + 256 + 2);

/// What became of many deletes.
#[derive(Default)]
pub(super) struct Report {
    pub(super) deleted: usize,
    pub(super) not_found: usize,
    /// Quoted path and status line or reason.
    pub(super) errors: Vec<(String, String)>,
    /// Status and text when the request as a whole is no good.
    pub(super) refused: Option<(u16, &'static str)>,
}

impl Report {
    fn status(&self) -> String {
        if let Some((code, _)) = self.refused {
            return status_line(code);
        }
        let nothing = self.deleted + self.not_found == 0;
        status_line(if nothing || !self.errors.is_empty() { 400 } else { 200 })
    }

    /// Content type and text. `counts` is false for the errors of a manifest, which come alone.
    pub(super) fn render(&self, format: listing::Format, root: &str, counts: bool) -> (&'static str, Vec<u8>) {
        let nothing = self.errors.is_empty() && self.deleted + self.not_found == 0;
        let body = match self.refused {
            Some((_, text)) => text,
            None if nothing => "Invalid bulk delete.",
            None => "",
        };
        match format {
            listing::Format::Json => {
                let document = if counts {
                    json!({
                        "Response Status": self.status(), "Response Body": body, "Number Deleted": self.deleted,
                        "Number Not Found": self.not_found, "Errors": self.errors,
                    })
                } else {
                    json!({"Errors": self.errors})
                };
                ("application/json", python::to_json(&document).unwrap_or_default())
            }
            listing::Format::Xml | listing::Format::TextXml => {
                let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let mut text = format!("<{root}>\n");
                if counts {
                    text += &format!(
                        "<number_deleted>{}</number_deleted>\n<number_not_found>{}</number_not_found>\n\
                         <response_body>{}</response_body>\n<response_status>{}</response_status>\n",
                        self.deleted,
                        self.not_found,
                        escape(body),
                        self.status()
                    );
                }
                text += "<errors>\n";
                for (name, status) in &self.errors {
                    let (name, status) = (escape(name), escape(status));
                    text += &format!("<object><name>{name}</name><status>{status}</status></object>\n");
                }
                text += &format!("</errors>\n</{root}>\n");
                let kind = if format == listing::Format::TextXml { "text/xml" } else { "application/xml" };
                (kind, text.into_bytes())
            }
            listing::Format::Text => {
                let mut text = String::new();
                if counts {
                    text = format!(
                        "Number Deleted: {}\nNumber Not Found: {}\nResponse Body: {body}\nResponse Status: {}\n",
                        self.deleted,
                        self.not_found,
                        self.status()
                    );
                }
                text += "Errors:\n";
                for (name, status) in &self.errors {
                    text += &format!("{name}, {status}\n");
                }
                ("text/plain", text.into_bytes())
            }
        }
    }

    /// The request was carried out, whatever the report says.
    pub(super) fn reply(self, request: &Request) -> Reply {
        let format = listing::accepted(request).unwrap_or(listing::Format::Text);
        let (content_type, text) = self.render(format, "delete", true);
        Reply::with_body(StatusCode::OK, content_type, text)
    }
}

impl Swift {
    /// `POST ?bulk-delete`: a path on each line, objects before containers.
    pub(crate) async fn bulk_delete(&self, call: &mut Call<'_>) -> Outcome {
        let Call { origin, account, request, .. } = call;
        let refuse = |code, text| Report { refused: Some((code, text)), ..Report::default() };
        if request.header("content-type").is_some_and(|kind| !kind.is_empty() && !kind.starts_with("text/plain")) {
            return Ok(refuse(406, "").reply(request));
        }
        if request.upload.without_length() {
            return Ok(refuse(411, "").reply(request));
        }
        let Some(body) = request.upload.collect(MAX_BODY).await? else {
            return Ok(refuse(413, "Maximum Bulk Deletes: 10000 per request").reply(request));
        };
        let names: Vec<Result<String, String>> = body
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
            .map(|line| {
                String::from_utf8(percent_encoding::percent_decode(line).collect())
                    .ok()
                    .filter(|name| !name.contains('\0'))
                    .ok_or_else(|| quote_bytes(&percent_encoding::percent_decode(line).collect::<Vec<u8>>()))
            })
            .collect();
        if names.len() > MAX_DELETES {
            return Ok(refuse(413, "Maximum Bulk Deletes: 10000 per request").reply(request));
        }
        let mut report = Report::default();
        let mut containers = Vec::new();
        for name in names {
            let name = match name {
                Ok(name) => name,
                Err(name) => {
                    report.errors.push((name, status_line(412)));
                    continue;
                }
            };
            match segment_name(account, &name) {
                Some(object) => self.delete_into(origin, object, None, &mut report).await?,
                None => containers.push(name),
            }
            if report.errors.len() >= MAX_FAILED {
                report.refused = Some((400, "Max delete failures exceeded"));
                return Ok(report.reply(request));
            }
        }
        for name in containers {
            let container = name.trim_matches('/');
            let outcome = self.remove_container(origin, account, container).await;
            report.take(&name, outcome)?;
        }
        Ok(report.reply(request))
    }

    /// Deletes one object, or one version of it, and writes into the report what became of it.
    pub(super) async fn delete_into(
        &self,
        origin: &Origin,
        name: ObjectName,
        version: Option<&str>,
        report: &mut Report,
    ) -> Outcome<()> {
        let path = format!("/{}/{}", name.container, name.object);
        let outcome = match self.delete_one(origin, name, version).await {
            Ok(reply) if !reply.status.is_success() => Err(reply.into()),
            other => other,
        };
        report.take(&path, outcome)
    }
}

impl Report {
    fn take(&mut self, name: &str, outcome: Outcome) -> Outcome<()> {
        match outcome {
            Ok(_) => self.deleted += 1,
            Err(Fail::Store(error)) => return Err(Fail::Store(error)),
            Err(Fail::Reply(reply)) => match reply.status.as_u16() {
                404 => self.not_found += 1,
                code => self.errors.push((quote(name), status_line(code))),
            },
        }
        Ok(())
    }
}
