//! A script at work: which faults apply to a request.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::HeaderMap;

use super::{Fault, Faults, Gate, Kind, Rule, StatusFault, When};
use crate::payload::AnswerFaults;
use crate::request::UploadFaults;

/// Everything that goes wrong with one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay: Duration,
    pub(crate) close: bool,
    pub(crate) status: Option<StatusFault>,
    pub(crate) wrong_etag: bool,
    pub(crate) upload: Option<UploadFaults>,
    pub(crate) answer: Option<AnswerFaults>,
    /// Where to hold the request before it is carried out, and where after it.
    pub(crate) before: Vec<Gate>,
    pub(crate) after: Vec<Gate>,
    pub(crate) lose_answer: bool,
    pub(crate) page_limit: Option<usize>,
    pub(crate) headers: Vec<(String, Option<String>)>,
}

/// A script with its counters.
#[derive(Debug, Default)]
pub(crate) struct Script(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<Running>,
    random: fastrand::Rng,
}

#[derive(Debug)]
struct Running {
    rule: Rule,
    seen: u64,
    fired: u64,
}

impl Script {
    pub(crate) fn replace(&self, faults: Faults) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.random = fastrand::Rng::with_seed(faults.seed);
        state.rules = faults.rules.into_iter().map(|rule| Running { rule, seen: 0, fired: 0 }).collect();
    }

    pub(crate) fn plan(&self, method: &str, path: &str, headers: &HeaderMap) -> Option<Plan> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { rules, random } = &mut *state;
        let mut plan = None;
        for running in rules.iter_mut().filter(|running| running.rule.matches(method, path, headers)) {
            running.seen += 1;
            let due = match running.rule.when {
                When::Always => true,
                When::Nth(n) => running.seen == n,
                When::First(n) => running.seen <= n,
                When::Every(n) => n > 0 && running.seen.is_multiple_of(n),
                When::Probability(p) => random.f64() < p,
            };
            if due && running.rule.times.is_none_or(|times| running.fired < times) {
                running.fired += 1;
                plan.get_or_insert_with(Plan::default).add(&running.rule.fault);
            }
        }
        plan
    }
}

impl Plan {
    fn add(&mut self, fault: &Fault) {
        let upload = self.upload.get_or_insert_default();
        let answer = self.answer.get_or_insert_default();
        match &fault.0 {
            Kind::Status(status) => self.status = Some(status.clone()),
            Kind::Reject { after, status } => {
                let status = status.clone();
                upload.reject = Some((*after, status));
            }
            Kind::Close { after: None } => self.close = true,
            Kind::Close { after: Some(after) } => upload.close = Some(*after),
            Kind::Reset { after } => answer.cut = Some((*after, true)),
            Kind::Truncate { after } => answer.cut = Some((*after, false)),
            Kind::WrongEtag => self.wrong_etag = true,
            Kind::Corrupt { at } => answer.corrupt = Some(*at),
            Kind::StallRead { after, pause } => upload.stall = Some((*after, *pause)),
            Kind::StallWrite { after, pause } => answer.stall = Some((*after, *pause)),
            Kind::Delay(pause) => self.delay += *pause,
            Kind::NoContinue(pause) => upload.no_continue = Some(*pause),
            Kind::LoseAnswer => self.lose_answer = true,
            Kind::HoldBefore(gate) => self.before.push(gate.clone()),
            Kind::HoldAfter(gate) => self.after.push(gate.clone()),
            Kind::PageLimit(entries) => {
                self.page_limit = Some(self.page_limit.map_or(*entries, |others| others.min(*entries)));
            }
            Kind::Headers(headers) => self.headers.extend(headers.iter().cloned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fires(rule: Rule, requests: u64) -> Vec<u64> {
        let script = Script::default();
        script.replace(Faults::new().rule(rule));
        (1..=requests).filter(|_| script.plan("GET", "/v1/a", &HeaderMap::new()).is_some()).collect()
    }

    fn fired(rule: Rule) -> Vec<u64> {
        let script = Script::default();
        script.replace(Faults::new().rule(rule));
        let due = |_: &u64| script.plan("GET", "/v1/a", &HeaderMap::new()).is_some();
        (1..=6).filter(due).collect()
    }

    #[test]
    fn rules_count_what_matches() {
        assert_eq!(fired(Rule::any().nth(3)), [3]);
        assert_eq!(fired(Rule::any().first(2)), [1, 2]);
        assert_eq!(fired(Rule::any().every(2)), [2, 4, 6]);
        assert_eq!(fired(Rule::any().every(2).times(1)), [2]);
        assert_eq!(fired(Rule::on("PUT", "/")), [0; 0]);
        let often = fires(Rule::any().probability(0.5), 1000).len();
        assert!((400..600).contains(&often), "{often}");
    }

    #[test]
    fn headers_narrow_a_rule() {
        let script = Script::default();
        script.replace(Faults::new().rule(Rule::any().with_header_value("X-Colour", "red")));
        let mut headers = HeaderMap::new();
        assert!(script.plan("GET", "/", &headers).is_none());
        headers.insert("x-colour", http::HeaderValue::from_static("blue"));
        assert!(script.plan("GET", "/", &headers).is_none());
        headers.insert("x-colour", http::HeaderValue::from_static("red"));
        assert!(script.plan("GET", "/", &headers).is_some());
    }

    #[test]
    fn faults_add_up() {
        let script = Script::default();
        let pause = Duration::from_millis(5);
        script.replace(
            Faults::new()
                .rule(Rule::any().then(Fault::delay(pause)))
                .rule(Rule::any().then(Fault::truncate(3)))
                .rule(Rule::any().then(Fault::wrong_etag())),
        );
        let plan = script.plan("GET", "/", &HeaderMap::new()).unwrap();
        assert_eq!(plan.delay, pause);
        assert!(plan.wrong_etag);
        assert_eq!(plan.answer.unwrap().cut, Some((3, false)));
    }
}
