//! `/admin/status`: how the program is: what the doctor finds, with the remedies, and how much there is of what.

use std::net::Ipv4Addr;

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::response::{IntoResponse as _, Response};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::App;
use crate::config::shown_address;
use crate::diagnosis::stats::{self, MAX_COUNTED, Recent, Stats, TargetStatus};
use crate::diagnosis::{self, Finding, RequestInfo};
use crate::error::Error;
use crate::language::Key;
use crate::mails::manage;
use crate::peer::{self, Peer};

use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::redirect_with_flash;
use crate::http::visitor::AdminUser;

#[derive(Template)]
#[template(path = "admin/status.html")]
struct StatusPage {
    shell: PageContext,
    face: Face,
    findings: Vec<Found>,
    ok: bool,
    stats: Vec<Fact>,
    targets: Option<Vec<Target>>,
    events: String,
    errors: Vec<Failure>,
}

/// A finding in words.
struct Found {
    subject: String,
    state: String,
    fix: Option<String>,
    ok: bool,
}

struct Fact {
    name: String,
    value: String,
}

/// Where events go.
struct Target {
    name: String,
    url: Option<String>,
    waiting: i64,
    oldest: Option<Timestamp>,
    state: String,
    error: Option<String>,
    ok: bool,
}

struct Failure {
    timestamp: Timestamp,
    message: String,
    part: &'static str,
    request: Option<String>,
}

/// A timestamp for machines and for people.
struct Timestamp {
    datetime: String,
    shown: String,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    request: Parts,
) -> Result<Response, PageError> {
    let seen = seen(&app, &request);
    let (findings, stats) = tokio::join!(diagnosis::examine(&app, &seen), stats::stats(&app));
    let words = Words { shell: &shell };
    Ok(Page(StatusPage {
        face: Face::of(admin.account()),
        ok: findings.iter().all(|finding| finding.ok),
        findings: findings.iter().map(|finding| words.finding(finding)).collect(),
        stats: words.stats(&stats),
        targets: stats.targets.as_ref().map(|targets| targets.iter().map(|target| words.target(target)).collect()),
        events: words.number(stats.events),
        errors: stats.errors.into_iter().map(|error| words.failure(error)).collect(),
        shell,
    })
    .into_response())
}

/// "Send test email": to the admin's own address.
pub(super) async fn test_mail(State(app): State<App>, admin: AdminUser) -> Result<Response, PageError> {
    match manage::test(&app, &admin.actor()).await {
        Ok(()) => Ok(redirect_with_flash("/admin/status", key!("flash-mail-test"), 0)),
        Err(Error::NotFound) => Ok(redirect_with_flash("/admin/status", key!("flash-warn-mail-test"), 0)),
        Err(error) => Err(error.into()),
    }
}

/// The request as it arrived.
pub(super) fn seen(app: &App, request: &Parts) -> RequestInfo {
    let headers = &request.headers;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let authority = request.uri.authority().map(Authority::as_str);
    let peer = request.extensions.get::<Peer>().map(|peer| peer.0.ip().to_canonical());
    let (peer, trusted) = (peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into()), &app.settings().trusted_proxies);
    RequestInfo {
        peer,
        is_trusted: peer::is_trusted(peer, trusted),
        host: authority.or_else(|| text(header::HOST.as_str())).unwrap_or_default().to_owned(),
        forwarded_host: text("x-forwarded-host").and_then(|hosts| Some(hosts.rsplit(',').next()?.trim().to_owned())),
        is_https: peer::is_forwarded_https(&request.extensions, headers, trusted),
        unreadable: peer::resolve_client(peer, headers, trusted).err().map(|unreadable| unreadable.hop),
        is_forwarded: headers.keys().any(|name| name.as_str().starts_with("x-forwarded-")),
    }
}

/// The page's facts in words.
struct Words<'s> {
    shell: &'s PageContext,
}

impl Words<'_> {
    fn finding(&self, finding: &Finding) -> Found {
        let words = self.shell.words;
        Found { subject: finding.subject(words), state: finding.state(words), fix: finding.fix(words), ok: finding.ok }
    }

    fn stats(&self, stats: &Stats) -> Vec<Fact> {
        let shell = self.shell;
        let fact = |key: Key, value: String| Fact { name: shell.words.text(key).into_owned(), value };
        let unknown = || shell.words.text(key!("status-unknown")).into_owned();
        let sizes = stats.sizes.as_ref();
        let migrations = stats.migrations.map(|(known, done)| {
            shell.words.with(key!("status-migrations-of"), &[("done", done.into()), ("known", known.into())])
        });
        let (used, open) = stats.connections;
        let (passwords, pictures) = stats.waiting;
        let version = sizes.map(|sizes| format!("{} {}", stats.database, sizes.version));
        let size = sizes.map(|sizes| shell.text_with(key!("status-bytes"), "number", &megabytes(sizes.bytes)));
        vec![
            fact(key!("status-version"), stats.version.to_owned()),
            fact(key!("status-up"), self.timestamp(stats.started_at).shown),
            fact(key!("status-database"), version.unwrap_or_else(|| stats.database.to_owned())),
            fact(key!("status-size"), size.unwrap_or_else(unknown)),
            fact(key!("status-migrations"), migrations.unwrap_or_else(unknown)),
            fact(
                key!("status-connections"),
                shell.words.with(key!("status-connections-of"), &[("used", used.into()), ("open", open.into())]),
            ),
            fact(key!("status-media"), stats.media.clone()),
            fact(key!("status-accounts"), self.capped(sizes.map(|sizes| sizes.accounts))),
            fact(key!("status-pictures"), self.capped(sizes.map(|sizes| sizes.pictures))),
            fact(key!("status-sessions"), self.number(stats.sessions.and_then(|count| i64::try_from(count).ok()))),
            fact(key!("status-audit"), self.number(sizes.map(|sizes| sizes.audit))),
            fact(
                key!("status-waiting"),
                shell.words.with(
                    key!("status-waiting-both"),
                    &[("passwords", passwords.into()), ("pictures", pictures.into())],
                ),
            ),
            fact(key!("status-mail"), self.mail(stats.mails)),
        ]
    }

    fn mail(&self, waiting: Option<i64>) -> String {
        match waiting {
            _ if !self.shell.sends_mail() => self.shell.words.text(key!("status-mail-none")).into_owned(),
            Some(count) => {
                self.shell.text_with(key!("status-mail-waiting"), "number", &u64::try_from(count).unwrap_or_default())
            }
            None => self.number(None),
        }
    }

    fn number(&self, number: Option<i64>) -> String {
        number.map_or_else(|| self.shell.words.text(key!("status-unknown")).into_owned(), |number| number.to_string())
    }

    /// A count that ends at some point.
    fn capped(&self, count: Option<i64>) -> String {
        match count {
            Some(count) if count > MAX_COUNTED => {
                self.shell.text_with(key!("status-more"), "number", &MAX_COUNTED.to_string())
            }
            count => self.number(count),
        }
    }

    fn target(&self, standing: &TargetStatus) -> Target {
        let target = &standing.target;
        let since = |key: Key, timestamp| self.shell.text_with(key, "moment", &self.timestamp(timestamp).shown);
        let state = match (target.disabled_at, target.failing_since) {
            (Some(timestamp), _) => since(key!("status-target-disabled"), timestamp),
            (None, Some(timestamp)) => since(key!("status-target-failing"), timestamp),
            (None, None) => self.shell.words.text(key!("status-target-well")).into_owned(),
        };
        Target {
            name: target.name.clone(),
            url: target.url.as_deref().map(shown_address),
            waiting: standing.waiting,
            oldest: standing.oldest.map(|timestamp| self.timestamp(timestamp)),
            state,
            error: target.last_error.clone(),
            ok: target.disabled_at.is_none() && target.failing_since.is_none(),
        }
    }

    fn failure(&self, error: Recent) -> Failure {
        Failure {
            timestamp: self.timestamp(error.timestamp),
            message: error.message,
            part: error.part,
            request: error.request,
        }
    }

    fn timestamp(&self, timestamp: OffsetDateTime) -> Timestamp {
        let zone = self.shell.account.as_ref().and_then(|account| account.time_zone.as_deref());
        Timestamp {
            datetime: timestamp.format(&Rfc3339).unwrap_or_default(),
            shown: self.shell.words.timestamp(timestamp, zone),
        }
    }
}

/// With one digit behind the point.
fn megabytes(bytes: i64) -> String {
    format!("{}.{}", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
