//! The cookies beside the session's: language, theme, flash, known device. None of them authenticates a user.
//!
//! Behind https their names begin with `__Host-`, as the session's does, and those without are not read: the prefix
//! makes browsers refuse such a cookie from any other host or path, or without TLS, so that no sister site plants one.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::app::App;
use crate::model::Language;
use crate::model::client::DeviceProof;
use crate::model::{Account, Theme};

const LANGUAGE: &str = "portico-language";
const THEME: &str = "portico-theme";
const FLASH: &str = "portico-flash";
const DEVICE: &str = "portico-device";

/// What a cookie is called.
fn name(app: &App, base: &'static str) -> Cow<'static, str> {
    if app.settings().is_https() { format!("__Host-{base}").into() } else { base.into() }
}

/// The value of a cookie of the request.
fn get<'h>(app: &App, headers: &'h HeaderMap, base: &'static str) -> Option<&'h str> {
    let name = name(app, base);
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

fn set(app: &App, base: &'static str, value: String, age: Duration) -> HeaderValue {
    let cookie = Cookie::build((name(app, base), value))
        .http_only(true)
        .same_site(SameSite::Lax)
        .path("/")
        .secure(app.settings().is_https())
        .max_age(age);
    // Values are tags, numbers and Base64: always a legal header.
    HeaderValue::from_str(&cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// The language last picked in this browser.
#[derive(Clone, Debug)]
pub(super) struct PickedLanguage {
    /// Which.
    pub(super) language: Language,
    /// In place of whose saved language, and which.
    instead: Option<String>,
}

impl PickedLanguage {
    /// Whether it was picked in place of the language that is saved for this account now.
    pub(super) fn replaces_saved(&self, account: &Account) -> bool {
        self.instead.is_some() && self.instead == instead_of(account)
    }
}

/// The language last picked in this browser, by whomever.
pub(super) fn language(app: &App, headers: &HeaderMap) -> Option<PickedLanguage> {
    let value = get(app, headers, LANGUAGE)?;
    let (tag, instead) = value.split_once('.').map_or((value, None), |(tag, instead)| (tag, Some(instead)));
    Some(PickedLanguage { language: Language::of_tag(tag)?, instead: instead.map(str::to_owned) })
}

/// Remembers the language picked in this browser; in place of the saved one, where the user has one.
pub(super) fn set_language(app: &App, language: Language, account: Option<&Account>) -> HeaderValue {
    let instead = account.and_then(instead_of).map(|instead| format!(".{instead}")).unwrap_or_default();
    set(app, LANGUAGE, format!("{}{instead}", language.tag()), Duration::days(400))
}

/// Whose saved language, and which.
fn instead_of(account: &Account) -> Option<String> {
    let saved = account.language.as_deref().and_then(Language::of_tag)?;
    Some(format!("{}.{}", account.id.0.simple(), saved.tag()))
}

/// The theme last chosen in this browser.
pub(super) fn theme(app: &App, headers: &HeaderMap) -> Theme {
    get(app, headers, THEME).and_then(|theme| theme.parse().ok()).unwrap_or_default()
}

/// Remembers a theme, so that the pages before a log-in look like those after it.
pub(super) fn set_theme(app: &App, theme: Theme) -> HeaderValue {
    set(app, THEME, theme.as_str().to_owned(), Duration::days(400))
}

/// A message for the next page: the key of a sentence, and a number that stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flash {
    /// The key of the sentence, which begins with `flash-`.
    pub(super) key: String,
    /// The number in it.
    pub(super) number: u64,
}

/// The message that the last answer left for this page.
pub(super) fn flash(app: &App, headers: &HeaderMap) -> Option<Flash> {
    let (key, number) = get(app, headers, FLASH)?.split_once('.')?;
    let fine = key.starts_with("flash-") && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    fine.then_some(Flash { key: key.to_owned(), number: number.parse().ok()? })
}

/// Leaves a message for the next page.
pub(super) fn set_flash(app: &App, key: &str, number: u64) -> HeaderValue {
    set(app, FLASH, format!("{key}.{number}"), Duration::minutes(2))
}

/// Takes the message away, once it has been shown.
pub(super) fn clear_flash(app: &App) -> HeaderValue {
    set(app, FLASH, String::new(), Duration::ZERO)
}

/// What shows that an account is known in this browser.
pub(super) fn known_device(app: &App, headers: &HeaderMap) -> Option<DeviceProof> {
    get(app, headers, DEVICE).and_then(DeviceProof::of_cookie)
}

/// Remembers that an account is known in this browser.
pub(super) fn set_known_device(app: &App, proof: String) -> HeaderValue {
    set(app, DEVICE, proof, Duration::days(400))
}
