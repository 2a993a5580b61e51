//! `/.well-known/security.txt`: where to report a weakness to (RFC 9116).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use time::Duration;
use time::format_description::well_known::Rfc3339;

use crate::app::App;
use crate::model::Language;

use crate::http::page_error::PageError;

/// How long it is valid; RFC 9116 advises less than a year.
const VALIDITY: Duration = Duration::days(180);

pub(super) async fn show(State(app): State<App>) -> Result<Response, PageError> {
    let settings = app.settings();
    if settings.security_contact.is_empty() {
        return Err(PageError::NotFound);
    }
    // The same all day.
    let expires = (app.now() + VALIDITY).replace_time(time::Time::MIDNIGHT);
    let canonical =
        app.public_url().join("/.well-known/security.txt").map_err(|error| PageError::internal(&error.into()))?;
    let contacts = settings.security_contact.iter().map(|contact| ("Contact", contact.to_string()));
    let languages = Language::ALL.map(Language::tag).join(", ");
    let more = [
        ("Expires", expires.format(&Rfc3339).map_err(|error| PageError::internal(&error.into()))?),
        ("Preferred-Languages", languages),
        ("Canonical", canonical.to_string()),
    ];
    let policy = settings.security_policy.iter().map(|url| ("Policy", url.to_string()));
    let text: String = contacts.chain(more).chain(policy).map(|(name, value)| format!("{name}: {value}\n")).collect();
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}
