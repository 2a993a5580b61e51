//! The cookies: session, language, theme, flash, known device, pending sign-up, log-in step, trusted browser, log-in page, signals. The session's alone authenticates a user.
//!
//! Handlers know each by one name; what it is called between here and a browser, [`translation`] says.

pub(super) mod translation;

use std::sync::Arc;

use axum::http::{Extensions, HeaderName, HeaderValue, header};
use time::Duration;

use crate::language::{Key, Named as _};
use crate::logins::second_step;
use crate::model::Language;
use crate::model::client::DeviceProof;
use crate::model::{Account, Theme};

/// The session's.
pub(super) const SESSION: &str = "portico";
const LANGUAGE: &str = "portico-language";
const THEME: &str = "portico-theme";
const FLASH: &str = "portico-flash";
const DEVICE: &str = "portico-device";
const PENDING: &str = "portico_pending";
const LOGIN_STEP: &str = "portico-step";
const TRUSTED: &str = "portico-trusted";
const LOGIN_PAGE: &str = "portico-login";
const SIGNALS: &str = "portico-signals";

/// The cookies of ours that a browser has sent. It may send several of one name, a foreign one among them.
#[derive(Clone, Default)]
pub(super) struct Cookies {
    pairs: Arc<[(&'static str, String)]>,
    /// Whether a session's is among those that an older version has set.
    has_older_session: bool,
}

impl Cookies {
    /// What [`translation::Translation::inwards`] has taken out of a request.
    pub(super) fn of(extensions: &Extensions) -> Cookies {
        extensions.get().cloned().unwrap_or_default()
    }

    fn values(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the browser has sent any: then it keeps them.
    pub(super) fn are_kept(&self) -> bool {
        !self.pairs.is_empty()
    }

    /// What may open a session.
    pub(super) fn session_ids(&self) -> impl Iterator<Item = &str> {
        self.values(SESSION)
    }

    /// The language last picked in this browser, by any visitor.
    pub(super) fn language(&self) -> Option<PickedLanguage> {
        self.values(LANGUAGE).find_map(|value| {
            let (tag, instead) = value.split_once('.').map_or((value, None), |(tag, instead)| (tag, Some(instead)));
            Some(PickedLanguage { language: Language::of_tag(tag)?, instead: instead.map(str::to_owned) })
        })
    }

    /// The theme last chosen in this browser.
    pub(super) fn theme(&self) -> Theme {
        self.values(THEME).find_map(|theme| theme.parse().ok()).unwrap_or_default()
    }

    /// What the challenges of log-in pages in this browser are bound to.
    pub(super) fn login_page(&self) -> Option<&str> {
        self.values(LOGIN_PAGE).next()
    }

    /// Whether this browser's authenticators are to be told what the account has.
    pub(super) fn are_signals_due(&self) -> bool {
        self.values(SIGNALS).any(|value| !value.is_empty())
    }

    /// The message that the last answer left for this page.
    pub(super) fn flash(&self) -> Option<Flash> {
        self.values(FLASH).find_map(|value| {
            let (key, number) = value.split_once('.')?;
            let key = Key::find(key).filter(|_| key.starts_with("flash-"))?;
            Some(Flash { key, number: number.parse().ok()? })
        })
    }

    /// What shows that an account is known in this browser.
    pub(super) fn known_device(&self) -> Option<DeviceProof> {
        self.values(DEVICE).find_map(DeviceProof::of_cookie)
    }

    /// What the sign-up is known by that waits in this browser.
    pub(super) fn pending(&self) -> Option<&str> {
        self.values(PENDING).find(|value| !value.is_empty())
    }

    /// What a log-in is known by that waits in this browser for its second step.
    pub(super) fn login_step(&self) -> Option<&str> {
        self.values(LOGIN_STEP).find(|value| !value.is_empty())
    }

    /// What shows that this browser is trusted not to be asked for the second step.
    pub(super) fn trusted(&self) -> Option<&str> {
        self.values(TRUSTED).find(|value| !value.is_empty())
    }
}

fn set(name: &'static str, value: String, age: Duration) -> HeaderValue {
    let line = format!("{name}={value}; Max-Age={}", age.whole_seconds());
    // Values are tags, numbers and Base64: always a legal header.
    HeaderValue::try_from(line).unwrap_or(HeaderValue::from_static(""))
}

/// The session's as a request brings it.
pub(super) fn session(id: &str) -> HeaderValue {
    // It came in a header, and was text there.
    HeaderValue::try_from([SESSION, "=", id].concat()).unwrap_or(HeaderValue::from_static(""))
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

/// Remembers the language picked in this browser; in place of the saved one, where the user has one.
pub(super) fn set_language(language: Language, account: Option<&Account>) -> HeaderValue {
    let instead = account.and_then(instead_of).map(|instead| format!(".{instead}")).unwrap_or_default();
    set(LANGUAGE, format!("{}{instead}", language.tag()), Duration::days(400))
}

/// Whose saved language, and which.
fn instead_of(account: &Account) -> Option<String> {
    let saved = account.language.as_deref().and_then(Language::of_tag)?;
    Some(format!("{}.{}", account.id.0.simple(), saved.tag()))
}

/// Remembers a theme, so that the pages before a log-in look like those after it.
pub(super) fn set_theme(theme: Theme) -> HeaderValue {
    set(THEME, theme.as_str().to_owned(), Duration::days(400))
}

/// A message for the next page: the key of a sentence, and a number that stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flash {
    /// The key of the sentence, which begins with `flash-`.
    pub(super) key: Key,
    /// The number in it.
    pub(super) number: u64,
}

/// Binds the challenges of log-in pages to this browser. It outlives what any of them does.
pub(super) fn set_login_page(token: String) -> HeaderValue {
    set(LOGIN_PAGE, token, Duration::days(1))
}

/// Lets the next page tell them, where the account has a second factor, which may be a passkey: after a log-in, and after
/// another name.
pub(super) fn set_signals(account: &Account) -> Option<(HeaderName, HeaderValue)> {
    account.two_factor.then(|| (header::SET_COOKIE, set(SIGNALS, "due".to_owned(), Duration::minutes(5))))
}

/// They were told.
pub(super) fn clear_signals() -> HeaderValue {
    set(SIGNALS, String::new(), Duration::ZERO)
}

/// Leaves a message for the next page.
pub(super) fn set_flash(key: Key, number: u64) -> HeaderValue {
    set(FLASH, format!("{}.{number}", key.name()), Duration::minutes(2))
}

/// Takes the message away, once it has been shown.
pub(super) fn clear_flash() -> HeaderValue {
    set(FLASH, String::new(), Duration::ZERO)
}

/// Remembers that an account is known in this browser.
pub(super) fn set_known_device(proof: String) -> HeaderValue {
    set(DEVICE, proof, Duration::days(400))
}

/// Remembers a sign-up that waits, for as long as it does.
pub(super) fn set_pending(cookie: String) -> HeaderValue {
    set(PENDING, cookie, Duration::days(1))
}

/// Forgets it, once it has become an account.
pub(super) fn clear_pending() -> HeaderValue {
    set(PENDING, String::new(), Duration::ZERO)
}

/// Remembers a log-in that waits, for as long as it does.
pub(super) fn set_login_step(token: String) -> HeaderValue {
    set(LOGIN_STEP, token, seconds(second_step::LIFETIME))
}

/// Forgets it, once it waits no more.
pub(super) fn clear_login_step() -> HeaderValue {
    set(LOGIN_STEP, String::new(), Duration::ZERO)
}

/// Remembers that it is.
pub(super) fn set_trusted(token: String) -> HeaderValue {
    set(TRUSTED, token, seconds(second_step::TRUST))
}

fn seconds(duration: std::time::Duration) -> Duration {
    Duration::try_from(duration).unwrap_or(Duration::ZERO)
}
