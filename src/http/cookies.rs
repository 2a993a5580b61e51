//! The cookies beside the session's: language, theme, flash, known device. None of them proves who somebody is.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::app::App;
use crate::language::Language;
use crate::logins::device::DeviceProof;
use crate::model::Theme;

const LANGUAGE: &str = "portico-language";
const THEME: &str = "portico-theme";
const FLASH: &str = "portico-flash";
const DEVICE: &str = "portico-device";

/// The value of a cookie of the request.
fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    })
}

fn set(app: &App, name: &'static str, value: String, age: Duration) -> HeaderValue {
    let cookie = Cookie::build((name, value))
        .http_only(true)
        .same_site(SameSite::Lax)
        .path("/")
        .secure(app.settings().is_https())
        .max_age(age);
    // Values are tags, numbers and Base64: always a legal header.
    HeaderValue::from_str(&cookie.build().to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// The language a visitor has picked.
pub(super) fn language(headers: &HeaderMap) -> Option<Language> {
    get(headers, LANGUAGE).and_then(Language::of_tag)
}

/// Remembers a visitor's language.
pub(super) fn set_language(app: &App, language: Language) -> HeaderValue {
    set(app, LANGUAGE, language.tag().to_owned(), Duration::days(400))
}

/// The theme last chosen in this browser.
pub(super) fn theme(headers: &HeaderMap) -> Theme {
    get(headers, THEME).and_then(|theme| theme.parse().ok()).unwrap_or_default()
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
pub(super) fn flash(headers: &HeaderMap) -> Option<Flash> {
    let (key, number) = get(headers, FLASH)?.split_once('.')?;
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
pub(super) fn known_device(headers: &HeaderMap) -> Option<DeviceProof> {
    get(headers, DEVICE).and_then(DeviceProof::of_cookie)
}

/// Remembers that an account is known in this browser.
pub(super) fn set_known_device(app: &App, proof: String) -> HeaderValue {
    set(app, DEVICE, proof, Duration::days(400))
}
