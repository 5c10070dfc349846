//! The way to Keystone: proxy, name, port, TLS, and whether it answers; and whether its clock is ours.

use super::findings::{Findings, LIMIT};
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use k5::Timestamp;
use k5::client::{Certificate, Probe, ProbedTls};
use k5_core::Call;
use std::time::{Duration, SystemTime};

/// Clocks that differ by more make temporary URLs and expiry times wrong.
const SKEW: u64 = 60;
/// A certificate that ends sooner than this should be renewed.
const SOON: Duration = Duration::from_secs(14 * 86_400);
/// The limit of each step.
const STEP: Duration = Duration::from_secs(10);

/// Whether Keystone can be reached and answers.
pub(super) async fn keystone(findings: &mut Findings, connection: &Connection, url: &str) -> Outcome<bool> {
    match connection.client.probe(url, STEP).await {
        Ok(probe) if !way(findings, &probe)? => return Ok(false),
        Ok(_) => {}
        Err(error) => {
            let advice = "correct the variable or the file that it names";
            findings.failed("proxy", &Failure::cloud("the way to Keystone", &error), advice)?;
            return Ok(false);
        }
    }
    let call = Call::new(&connection.session(), &k5::identity::meta::SHOW_VERSION, &[]);
    let answer = match tokio::time::timeout(LIMIT, call.send()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            let advice = "check that the URL is that of Keystone: OS_AUTH_URL, which may end in /v3";
            findings.failed("connection", &Failure::cloud("Keystone", &error), advice)?;
            return Ok(false);
        }
        Err(_) => {
            let detail = format!("Keystone accepts connections, but does not answer within {} s", LIMIT.as_secs());
            findings.broken("connection", &detail, "check that the URL is that of Keystone, or ask who runs it")?;
            return Ok(false);
        }
    };
    findings.fine("connection", "Keystone answers")?;
    let date = answer.response().headers.get("date").and_then(|date| date.to_str().ok()?.parse::<Timestamp>().ok());
    match date {
        Some(date) => clock(findings, date.to_system_time(), SystemTime::now())?,
        None => findings.skipped("clock", "Keystone's answer has no date to compare with")?,
    }
    Ok(true)
}

/// The steps to the server, each reported; whether all of them lead on.
fn way(findings: &mut Findings, probe: &Probe) -> Outcome<bool> {
    let (host, proxied) = match &probe.proxy {
        Some(proxy) => {
            findings.fine("proxy", &format!("{}, from {}", proxy.url, proxy.variable))?;
            (proxy.url.as_str(), Some(proxy.variable))
        }
        None => {
            findings.fine("proxy", "none is used")?;
            (probe.target.as_str(), None)
        }
    };
    match &probe.addresses {
        Ok(addresses) => {
            let addresses: Vec<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
            findings.fine("dns", &format!("{host} is at {}", addresses.join(", ")))?;
        }
        Err(error) => {
            let advice = match proxied {
                Some(variable) => format!("check the proxy's name in {variable}, and this machine's DNS"),
                None => {
                    "check the host in OS_AUTH_URL (on K5, the region), and this machine's DNS; a proxy may be needed (https_proxy)"
                        .to_owned()
                }
            };
            findings.broken("dns", error.message(), &advice)?;
            return Ok(false);
        }
    }
    match &probe.tcp {
        Some(Err(error)) => {
            let advice = match proxied {
                Some(variable) => format!("check the proxy's host and port in {variable}, and whether it is running"),
                None => "check the port in OS_AUTH_URL, and whether a firewall is in the way or a proxy is needed (https_proxy)"
                    .to_owned(),
            };
            findings.broken("tcp", error.message(), &advice)?;
            return Ok(false);
        }
        Some(Ok(())) => findings.fine("tcp", &format!("{host} accepts connections"))?,
        None => {}
    }
    if let Some(Err(error)) = &probe.tunnel {
        findings.failed("proxy", &Failure::cloud("the proxy", error), "check the proxy, or name the host in no_proxy")?;
        return Ok(false);
    }
    match &probe.tls {
        Some(Ok(tls)) => certificate(findings, tls, SystemTime::now())?,
        Some(Err(error)) => {
            // What is wrong with a certificate or a port, and then what to do about it.
            let (what, advice) =
                error.message().split_once("; ").unwrap_or((error.message(), "check the URL: its scheme, host and port"));
            findings.broken("tls", what, advice)?;
            return Ok(false);
        }
        None => {}
    }
    Ok(true)
}

/// A certificate that was accepted: how long it lasts, and who issued it.
fn certificate(findings: &mut Findings, tls: &ProbedTls, now: SystemTime) -> Outcome {
    let version = tls.version.replace('_', ".").replacen("TLSv", "TLS ", 1);
    let Some(Certificate { not_after, issuer, .. }) = &tls.certificate else { return findings.fine("tls", &version) };
    let issuer = issuer.as_deref().map(|issuer| format!(", issued by {issuer}")).unwrap_or_default();
    let detail = format!("{version}; its certificate is valid until {not_after}{issuer}");
    match not_after.after(now) < SOON {
        true => findings.warning("tls", &detail, "who runs the server must renew its certificate soon"),
        false => findings.fine("tls", &detail),
    }
}

fn clock(findings: &mut Findings, theirs: SystemTime, ours: SystemTime) -> Outcome {
    let apart = ours.duration_since(theirs).or_else(|_| theirs.duration_since(ours)).unwrap_or_default().as_secs();
    match apart > SKEW {
        true => {
            let detail = format!("this machine's clock and the server's are {apart} s apart");
            findings.warning("clock", &detail, "synchronize the clock (NTP): expiry times depend on it")
        }
        false => findings.fine("clock", "agrees with the server's"),
    }
}
