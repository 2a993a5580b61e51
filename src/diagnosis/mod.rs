//! Use cases for operators: what they would check by hand, each finding with its remedy, and how much there is of what.
//! `portico doctor` and the admins' system page tell the same.

pub mod checks;
pub mod request;
pub mod services;
pub mod stats;

use std::time::Duration;

use tokio::time::timeout;

use crate::app::App;
use crate::language::{Key, Named, Words};

pub use request::RequestInfo;

/// How long anything may take to answer before it counts as silent: the page about what is down must not hang.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// What was looked at, and how it is.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was looked at: the end of a key.
    pub subject: &'static str,
    /// Whether it is as it should be.
    pub ok: bool,
    /// How it is: the end of a key. That of a remedy has `-fix` behind it.
    state: &'static str,
    values: Vec<(&'static str, String)>,
}

impl Finding {
    fn well(subject: &'static str, state: &'static str, values: Vec<(&'static str, String)>) -> Finding {
        Finding { subject, ok: true, state, values }
    }

    fn wrong(subject: &'static str, state: &'static str, values: Vec<(&'static str, String)>) -> Finding {
        Finding { subject, ok: false, state, values }
    }

    /// What was looked at, in words.
    pub fn subject(&self, words: &Words) -> String {
        words.text(format!("doctor-subject-{}", self.subject)).into_owned()
    }

    /// How it is, in words.
    pub fn state(&self, words: &Words) -> String {
        self.said(words, format!("doctor-{}", self.state))
    }

    /// What is to be done about it, in words.
    pub fn fix(&self, words: &Words) -> Option<String> {
        Key::find(&format!("doctor-{}-fix", self.state)).map(|key| self.said(words, key))
    }

    fn said(&self, words: &Words, key: impl Named) -> String {
        let values: Vec<_> = self.values.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        words.with(key, &values)
    }
}

/// Looks at everything a running program stands on, as a request shows it.
pub async fn examine(app: &App, seen: &RequestInfo) -> Vec<Finding> {
    let settings = app.settings();
    let (database, names, media, clock, broker, redis) = tokio::join!(
        services::database(app.db()),
        services::names(app.db()),
        services::media_answers(app.media()),
        services::clock(app.db()),
        services::broker(settings),
        services::redis(app.redis()),
    );
    let mut findings = vec![checks::address(settings), checks::proxies(settings)];
    findings.extend(request::findings(app, seen));
    findings.extend(checks::internal(settings).into_iter().chain(checks::limits(settings)));
    findings.extend(checks::doors(settings));
    findings.push(checks::breached(settings));
    let keys = checks::token_keys(settings, app.keys().dialects());
    findings.extend([checks::cookies(settings), checks::key(settings, Ok(())), keys]);
    findings.extend([checks::dialects(settings), checks::files(settings, &[]), checks::open_files()]);
    findings.extend([database, names, media, clock, checks::passkeys(settings, app.db()).await]);
    findings.extend(checks::authenticators(app).await);
    findings.extend(broker.into_iter().chain(redis).chain(services::mail_heard(app.mailer())));
    findings
}

/// What `work` gives, unless it takes too long.
async fn in_time<T>(work: impl Future<Output = T>) -> Option<T> {
    timeout(CHECK_TIMEOUT, work).await.ok()
}
