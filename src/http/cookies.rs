//! The cookies: session, language, theme, flash, known device, pending sign-up, log-in step, trusted browser, log-in page, signals. The session's alone authenticates a user.
//!
//! Handlers know each by one name, and [`Translation`] says what it is called between here and a browser.
//! Behind https names begin with `__Host-`, and those without are not read: the prefix makes browsers refuse such a
//! cookie from any other host or path, or without TLS, so that no sister site plants one. By plain http a port of the
//! site's own ends the name, since browsers do not keep ports apart: two instances on one host would log people out of
//! each other.

use axum::extract::Request;
use axum::http::header::Entry;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use time::Duration;

use crate::app::App;
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
}

impl Names {
    fn of(app: &App, is_https: IsHttps) -> Names {
        match (is_https, app.public_url().port()) {
            (IsHttps(true), _) => Names { prefix: "__Host-", suffix: String::new() },
            (IsHttps(false), Some(port)) => Names { prefix: "", suffix: format!("-{port}") },
            (IsHttps(false), None) => Names { prefix: "", suffix: String::new() },
        }
    }

    /// Which of ours a cookie of the browser's is.
    fn known(&self, sent: &str) -> Option<&'static str> {
        let name = sent.strip_prefix(self.prefix)?.strip_suffix(self.suffix.as_str())?;
        ALL.into_iter().find(|known| *known == name)
    }

    /// The same by the names that versions without ports in them gave, where those may be read.
    fn known_before(&self, sent: &str) -> Option<&'static str> {
        let are_others = !self.suffix.is_empty();
        LASTING.into_iter().find(|known| are_others && *known == sent)
    }

    /// What handlers read: ours alone, those of an older version behind them. Says whether a session's is among these.
    fn read(&self, headers: &mut HeaderMap) -> bool {
        let (mut own, mut older) = (Vec::new(), Vec::new());
        let lines = headers.get_all(header::COOKIE).into_iter();
        // By the bytes: a sister site's cookie that is no text takes none of ours along.
        for pair in lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')) {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.is_ascii());
            let Some((sent, value)) = pair.and_then(|pair| pair.trim().split_once('=')) else { continue };
            if let Some(name) = self.known(sent) {
                own.push(format!("{name}={value}"));
            } else if let Some(name) = self.known_before(sent) {
                older.push(format!("{name}={value}"));
            }
        }
        let is_session = |pair: &String| pair.split('=').next() == Some(SESSION);
        let has_older_session = older.iter().any(is_session);
        own.append(&mut older);
        replace(headers, &own);
        has_older_session
    }

    /// What a browser is told of one of ours that a handler or a library sets or clears. Both with the same attributes:
    /// browsers ignore the clearing of a cookie with a prefix that is not as it was set.
    fn dressed(&self, line: &HeaderValue, is_https: IsHttps) -> Option<HeaderValue> {
        let mut parts = line.to_str().ok()?.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let name = ALL.into_iter().find(|known| *known == name)?;
        let (Names { prefix, suffix }, secure) = (self, if is_https.0 { "; Secure" } else { "" });
        let mut dressed = format!("{prefix}{name}{suffix}={value}; HttpOnly; SameSite=Lax{secure}; Path=/");
        let lifetime = parts.map(str::trim).filter(|part| part.starts_with("Max-Age=") || part.starts_with("Expires="));
        for attribute in lifetime {
            dressed.extend(["; ", attribute]);
        }
        HeaderValue::try_from(dressed).ok()
    }
}

/// Puts these pairs in place of all cookies of a request.
fn replace(headers: &mut HeaderMap, pairs: &[String]) {
    match HeaderValue::from_str(&pairs.join("; ")) {
        Ok(line) if !pairs.is_empty() => headers.insert(header::COOKIE, line),
        _ => headers.remove(header::COOKIE),
    };
}

/// How the cookies of one request and its answer are called, and whether they are Secure.
pub(super) struct Translation {
    is_https: IsHttps,
    /// Whether a session's is among those that an older version has set.
    has_older_session: bool,
}

impl Translation {
    /// Gives the cookies of a request the names that handlers know.
    pub(super) fn inwards(app: &App, request: &mut Request, is_https: IsHttps) -> Translation {
        let has_any = request.headers().contains_key(header::COOKIE);
        let has_older_session = has_any && Names::of(app, is_https).read(request.headers_mut());
        Translation { is_https, has_older_session }
    }

    /// Gives those of its answer the names that browsers know.
    pub(super) fn outwards(self, app: &App, response: &mut Response) {
        let Entry::Occupied(mut lines) = response.headers_mut().entry(header::SET_COOKIE) else { return };
        let (names, mut is_ended) = (Names::of(app, self.is_https), false);
        for line in lines.iter_mut() {
            is_ended |= line.as_bytes().strip_prefix(SESSION.as_bytes()).is_some_and(|rest| rest.starts_with(b"=;"));
            if let Some(dressed) = names.dressed(line, self.is_https) {
                *line = dressed;
            }
        }
        // Who logs out is logged out by whichever name.
        if is_ended && self.has_older_session {
            lines.append(set(SESSION, String::new(), Duration::ZERO));
        }
    }
}

/// The values of a cookie of the request: a browser may send several of one name, a foreign one among them.
pub(super) fn values<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    // Every page asks for six of them: only the one that is meant is read as text.
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).filter_map(move |pair| {
        let value = pair.trim_ascii().strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        std::str::from_utf8(value).ok()
    })
}

/// Leaves one value of a cookie in the request, or none.
pub(super) fn keep_one(headers: &mut HeaderMap, name: &'static str, value: Option<&str>) {
    let others = ALL.into_iter().filter(|known| *known != name);
    let mut pairs: Vec<String> =
        others.flat_map(|known| values(headers, known).map(move |value| format!("{known}={value}"))).collect();
    pairs.extend(value.map(|value| format!("{name}={value}")));
    replace(headers, &pairs);
}

/// Whether the browser has sent any cookie of ours: then it keeps them.
pub(super) fn are_kept(headers: &HeaderMap) -> bool {
    headers.contains_key(header::COOKIE)
}

fn set(name: &'static str, value: String, age: Duration) -> HeaderValue {
    let line = format!("{name}={value}; Max-Age={}", age.whole_seconds());
    // Values are tags, numbers and Base64: always a legal header.
    HeaderValue::try_from(line).unwrap_or(HeaderValue::from_static(""))
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

/// The language last picked in this browser, by any visitor.
pub(super) fn language(headers: &HeaderMap) -> Option<PickedLanguage> {
    values(headers, LANGUAGE).find_map(|value| {
        let (tag, instead) = value.split_once('.').map_or((value, None), |(tag, instead)| (tag, Some(instead)));
        Some(PickedLanguage { language: Language::of_tag(tag)?, instead: instead.map(str::to_owned) })
    })
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

/// The theme last chosen in this browser.
pub(super) fn theme(headers: &HeaderMap) -> Theme {
    values(headers, THEME).find_map(|theme| theme.parse().ok()).unwrap_or_default()
}

/// Remembers a theme, so that the pages before a log-in look like those after it.
pub(super) fn set_theme(theme: Theme) -> HeaderValue {
    set(THEME, theme.as_str().to_owned(), Duration::days(400))
}

/// A message for the next page: the key of a sentence, and a number that stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Flash {
    /// The key of the sentence, which begins with `flash-`.
    pub(super) key: String,
    /// The number in it.
    pub(super) number: u64,
}

/// What the challenges of log-in pages in this browser are bound to.
pub(super) fn login_page(headers: &HeaderMap) -> Option<&str> {
    values(headers, LOGIN_PAGE).next()
}

/// Binds them to it. It outlives what any of them does.
pub(super) fn set_login_page(token: String) -> HeaderValue {
    set(LOGIN_PAGE, token, Duration::days(1))
}

/// Whether this browser's authenticators are to be told what the account has.
pub(super) fn are_signals_due(headers: &HeaderMap) -> bool {
    values(headers, SIGNALS).any(|value| !value.is_empty())
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

/// The message that the last answer left for this page.
pub(super) fn flash(headers: &HeaderMap) -> Option<Flash> {
    values(headers, FLASH).find_map(|value| {
        let (key, number) = value.split_once('.')?;
        let fine = key.starts_with("flash-") && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        fine.then_some(Flash { key: key.to_owned(), number: number.parse().ok()? })
    })
}

/// Leaves a message for the next page.
pub(super) fn set_flash(key: &str, number: u64) -> HeaderValue {
    set(FLASH, format!("{key}.{number}"), Duration::minutes(2))
}

/// Takes the message away, once it has been shown.
pub(super) fn clear_flash() -> HeaderValue {
    set(FLASH, String::new(), Duration::ZERO)
}

/// What shows that an account is known in this browser.
pub(super) fn known_device(headers: &HeaderMap) -> Option<DeviceProof> {
    values(headers, DEVICE).find_map(DeviceProof::of_cookie)
}

/// Remembers that an account is known in this browser.
pub(super) fn set_known_device(proof: String) -> HeaderValue {
    set(DEVICE, proof, Duration::days(400))
}

/// What the sign-up is known by that waits in this browser.
pub(super) fn pending(headers: &HeaderMap) -> Option<&str> {
    values(headers, PENDING).find(|value| !value.is_empty())
}

/// Remembers a sign-up that waits, for as long as it does.
pub(super) fn set_pending(cookie: String) -> HeaderValue {
    set(PENDING, cookie, Duration::days(1))
}

/// Forgets it, once it has become an account.
pub(super) fn clear_pending() -> HeaderValue {
    set(PENDING, String::new(), Duration::ZERO)
}

/// What a log-in is known by that waits in this browser for its second step.
pub(super) fn login_step(headers: &HeaderMap) -> Option<&str> {
    values(headers, LOGIN_STEP).find(|value| !value.is_empty())
}

/// Remembers a log-in that waits, for as long as it does.
pub(super) fn set_login_step(token: String) -> HeaderValue {
    set(LOGIN_STEP, token, seconds(second_step::LIFETIME))
}

/// Forgets it, once it waits no more.
pub(super) fn clear_login_step() -> HeaderValue {
    set(LOGIN_STEP, String::new(), Duration::ZERO)
}

/// What shows that this browser is trusted not to be asked for the second step.
pub(super) fn trusted(headers: &HeaderMap) -> Option<&str> {
    values(headers, TRUSTED).find(|value| !value.is_empty())
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

    fn by_port() -> Names {
        Names { prefix: "", suffix: "-8000".to_owned() }
    }

    fn read(names: &Names, lines: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_bytes(line).unwrap());
        }
        names.read(&mut headers);
        headers
    }

    #[test]
    fn only_cookies_of_this_site_are_read() {
        let headers = read(&by_port(), &[b"portico-8000=a; portico-9000=b; portico-theme-8000=dark", b"other=c"]);
        assert_eq!(headers[header::COOKIE], "portico=a; portico-theme=dark");
        let https = Names { prefix: "__Host-", suffix: String::new() };
        let headers = read(&https, &[b"portico=a; __Host-portico=b; portico-8000=c; __Host-portico-device=d"]);
        assert_eq!(headers[header::COOKIE], "portico=b; portico-device=d");
        assert!(!are_kept(&read(&https, &[b"portico=a; portico-theme=dark"])));
    }

    #[test]
    fn lasting_cookies_of_an_older_version_come_behind_those_with_the_port() {
        let headers = read(&by_port(), &[b"portico=old; portico-flash=old; portico-device=old; portico-8000=new"]);
        assert_eq!(values(&headers, SESSION).collect::<Vec<_>>(), ["new", "old"]);
        assert_eq!(values(&headers, FLASH).count(), 0);
        assert_eq!(values(&headers, DEVICE).collect::<Vec<_>>(), ["old"]);
    }

    #[test]
    fn a_foreign_cookie_takes_none_of_ours_along() {
        let plain = Names { prefix: "", suffix: String::new() };
        let mut headers = read(&plain, &[b"evil=\xff; portico=good", b"portico=\xc3\xa9; portico=evil; =; portico"]);
        assert_eq!(values(&headers, SESSION).collect::<Vec<_>>(), ["good", "evil"]);
        keep_one(&mut headers, SESSION, Some("good"));
        assert_eq!(headers[header::COOKIE], "portico=good");
        keep_one(&mut headers, SESSION, None);
        assert!(!are_kept(&headers));
    }

    #[test]
    fn a_cookie_is_cleared_as_it_is_set() {
        let dressed = |line: &'static str, names: Names, is_https| {
            let line = names.dressed(&HeaderValue::from_static(line), is_https).unwrap();
            line.to_str().unwrap().to_owned()
        };
        let line = dressed("portico-flash=; Max-Age=0", by_port(), IsHttps(false));
        assert_eq!(line, "portico-flash-8000=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
        let https = Names { prefix: "__Host-", suffix: String::new() };
        let line = dressed("portico=x; HttpOnly; Path=/", https, IsHttps(true));
        assert_eq!(line, "__Host-portico=x; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert!(by_port().dressed(&HeaderValue::from_static("other=x"), IsHttps(false)).is_none());
    }
}
