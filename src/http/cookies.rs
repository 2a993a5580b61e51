//! The cookies: session, language, theme, flash, known device, pending sign-up, log-in step, trusted browser, log-in page, signals. The session's alone authenticates a user.
//!
//! Handlers know each by one name, and [`Translation`] says what it is called between here and a browser.
//! Behind https names begin with `__Host-`, and those without are not read: the prefix makes browsers refuse such a
//! cookie from any other host or path, or without TLS, so that no sister site plants one. By plain http a port of the
//! site's own ends the name, since browsers do not keep ports apart: two instances on one host would log people out of
//! each other.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::header::Entry;
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use time::Duration;

use crate::app::App;
use crate::language::{Key, Named as _};
use crate::logins::second_step;
use crate::model::Language;
use crate::model::client::DeviceProof;
use crate::model::{Account, Theme};

use super::scheme::IsHttps;

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

/// All of them.
const ALL: [&str; 10] = [SESSION, LANGUAGE, THEME, FLASH, DEVICE, PENDING, LOGIN_STEP, TRUSTED, LOGIN_PAGE, SIGNALS];

/// Those that browsers keep for longer than for one page: what an older version called so is read until they run out.
const LASTING: [&str; 4] = [SESSION, LANGUAGE, THEME, DEVICE];

/// What stands around a name between here and a browser.
struct Names {
    prefix: &'static str,
    suffix: String,
    secure: &'static str,
}

impl Names {
    /// Which of ours a cookie of the browser's is.
    fn known(&self, sent: &[u8]) -> Option<&'static str> {
        let name = sent.strip_prefix(self.prefix.as_bytes())?.strip_suffix(self.suffix.as_bytes())?;
        ALL.into_iter().find(|known| known.as_bytes() == name)
    }

    /// The same by the names that versions without ports in them gave, where those may be read.
    fn known_before(&self, sent: &[u8]) -> Option<&'static str> {
        let are_others = !self.suffix.is_empty();
        LASTING.into_iter().find(|known| are_others && known.as_bytes() == sent)
    }

    /// What is ours of what a browser sent: by the names of today, and those of an older version behind them.
    fn read(&self, headers: &HeaderMap) -> Cookies {
        let (mut own, mut older) = (Vec::new(), Vec::new());
        let lines = headers.get_all(header::COOKIE).into_iter();
        // By the bytes: a sister site's cookie that is no text takes none of ours along.
        for pair in lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')) {
            let mut parts = pair.trim_ascii().splitn(2, |byte| *byte == b'=');
            let (Some(sent), Some(value)) = (parts.next(), parts.next()) else { continue };
            let known = self.known(sent).map(|name| (name, &mut own));
            let known = known.or_else(|| self.known_before(sent).map(|name| (name, &mut older)));
            if let (Some((name, kept)), Ok(value)) = (known, std::str::from_utf8(value))
                && value.is_ascii()
            {
                kept.push((name, value.to_owned()));
            }
        }
        let has_older_session = older.iter().any(|(name, _)| *name == SESSION);
        own.append(&mut older);
        Cookies { pairs: own.into(), has_older_session }
    }

    /// What a browser is told of one of ours that a handler or a library sets or clears. Both with the same attributes:
    /// browsers ignore the clearing of a cookie with a prefix that is not as it was set.
    fn dressed(&self, line: &HeaderValue) -> Option<HeaderValue> {
        let mut parts = line.to_str().ok()?.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let name = ALL.into_iter().find(|known| *known == name)?;
        let Names { prefix, suffix, secure } = self;
        let mut dressed = format!("{prefix}{name}{suffix}={value}; HttpOnly; SameSite=Lax{secure}; Path=/");
        let lifetime = parts.map(str::trim).filter(|part| part.starts_with("Max-Age=") || part.starts_with("Expires="));
        for attribute in lifetime {
            dressed.extend(["; ", attribute]);
        }
        HeaderValue::try_from(dressed).ok()
    }
}

/// How the cookies are called between here and browsers, and whether they are Secure.
pub(super) struct Translation {
    https: Names,
    http: Names,
}

impl Translation {
    /// At the address that people come by.
    pub(super) fn of(app: &App) -> Translation {
        let port = app.public_url().port().map(|port| format!("-{port}"));
        Translation {
            https: Names { prefix: "__Host-", suffix: String::new(), secure: "; Secure" },
            http: Names { prefix: "", suffix: port.unwrap_or_default(), secure: "" },
        }
    }

    fn names(&self, is_https: IsHttps) -> &Names {
        if is_https.0 { &self.https } else { &self.http }
    }

    /// Takes the cookies out of a request. What is ours goes along by the names that handlers know.
    pub(super) fn inwards(&self, request: &mut Request, is_https: IsHttps) -> Cookies {
        if !request.headers().contains_key(header::COOKIE) {
            return Cookies::default();
        }
        let cookies = self.names(is_https).read(request.headers());
        request.headers_mut().remove(header::COOKIE);
        request.extensions_mut().insert(cookies.clone());
        cookies
    }

    /// Gives those of its answer the names that browsers know. `sent` are those of the request.
    pub(super) fn outwards(&self, sent: &Cookies, response: &mut Response, is_https: IsHttps) {
        let Entry::Occupied(mut lines) = response.headers_mut().entry(header::SET_COOKIE) else { return };
        let (names, mut is_ended) = (self.names(is_https), false);
        for line in lines.iter_mut() {
            is_ended |= line.as_bytes().strip_prefix(SESSION.as_bytes()).is_some_and(|rest| rest.starts_with(b"=;"));
            if let Some(dressed) = names.dressed(line) {
                *line = dressed;
            }
        }
        // Who logs out is logged out by whichever name.
        if is_ended && sent.has_older_session {
            lines.append(set(SESSION, String::new(), Duration::ZERO));
        }
    }
}

/// The cookies of ours that a browser has sent. It may send several of one name, a foreign one among them.
#[derive(Clone, Default)]
pub(super) struct Cookies {
    pairs: Arc<[(&'static str, String)]>,
    /// Whether a session's is among those that an older version has set.
    has_older_session: bool,
}

impl Cookies {
    /// What [`Translation::inwards`] has taken out of a request.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn translation() -> Translation {
        Translation {
            https: Names { prefix: "__Host-", suffix: String::new(), secure: "; Secure" },
            http: Names { prefix: "", suffix: "-8000".to_owned(), secure: "" },
        }
    }

    /// What handlers are given of these lines.
    fn inwards(translation: &Translation, is_https: bool, lines: &[&[u8]]) -> Cookies {
        let mut request = Request::default();
        for line in lines {
            request.headers_mut().append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        translation.inwards(&mut request, IsHttps(is_https));
        assert!(!request.headers().contains_key(header::COOKIE));
        Cookies::of(request.extensions())
    }

    fn pairs(cookies: &Cookies) -> Vec<(&'static str, &str)> {
        cookies.pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    #[test]
    fn only_cookies_of_this_site_are_read() {
        let lines: &[&[u8]] = &[b"portico-8000=a; portico-9000=b; portico-theme-8000=dark", b"other=c"];
        assert_eq!(pairs(&inwards(&translation(), false, lines)), [(SESSION, "a"), (THEME, "dark")]);
        let lines: &[&[u8]] = &[b"portico=a; __Host-portico=b; portico-8000=c; __Host-portico-device=d"];
        assert_eq!(pairs(&inwards(&translation(), true, lines)), [(SESSION, "b"), (DEVICE, "d")]);
        assert!(!inwards(&translation(), true, &[b"portico=a; portico-theme=dark"]).are_kept());
    }

    #[test]
    fn lasting_cookies_of_an_older_version_come_behind_those_with_the_port() {
        let lines: &[&[u8]] = &[b"portico=old; portico-flash=old; portico-device=old; portico-8000=new"];
        let cookies = inwards(&translation(), false, lines);
        assert_eq!(pairs(&cookies), [(SESSION, "new"), (SESSION, "old"), (DEVICE, "old")]);
    }

    #[test]
    fn a_foreign_cookie_takes_none_of_ours_along() {
        let mut translation = translation();
        translation.http.suffix.clear();
        let lines: &[&[u8]] = &[b"evil=\xff; portico=good", b"portico=\xc3\xa9; portico=evil; =; portico"];
        let cookies = inwards(&translation, false, lines);
        assert_eq!(cookies.session_ids().collect::<Vec<_>>(), ["good", "evil"]);
    }

    #[test]
    fn a_cookie_is_cleared_as_it_is_set() {
        let dressed = |line: &'static str, is_https| {
            let line = translation().names(IsHttps(is_https)).dressed(&HeaderValue::from_static(line))?;
            Some(line.to_str().unwrap().to_owned())
        };
        let line = dressed("portico-flash=; Max-Age=0", false);
        assert_eq!(line.as_deref(), Some("portico-flash-8000=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"));
        let line = dressed("portico=x; HttpOnly; Path=/", true);
        assert_eq!(line.as_deref(), Some("__Host-portico=x; HttpOnly; SameSite=Lax; Secure; Path=/"));
        assert_eq!(dressed("other=x", false), None);
    }
}
