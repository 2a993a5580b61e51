//! What cookies are called between here and browsers.
//!
//! Behind https names begin with `__Host-`, and those without are not read: the prefix makes browsers refuse such a
//! cookie from any other host or path, or without TLS, so that no sister site plants one. By plain http a port of the
//! site's own ends the name, since browsers do not keep ports apart: two instances on one host would log people out of
//! each other.

use std::borrow::Cow;

use axum::extract::Request;
use axum::http::header::Entry;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use time::Duration;

use crate::app::App;

use super::{Cookies, DEVICE, FLASH, LANGUAGE, LOGIN_PAGE, LOGIN_STEP, PENDING, SESSION, SIGNALS, THEME, TRUSTED, set};
use crate::http::scheme::IsHttps;

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
    fn known(&self, sent: &str) -> Option<&'static str> {
        let name = sent.strip_prefix(self.prefix)?.strip_suffix(self.suffix.as_str())?;
        ALL.into_iter().find(|known| *known == name)
    }

    /// The same by the names that versions without ports in them gave, where those may be read.
    fn known_before(&self, sent: &str) -> Option<&'static str> {
        let are_others = !self.suffix.is_empty();
        LASTING.into_iter().find(|known| are_others && *known == sent)
    }

    /// What is ours of what a browser sent: by the names of today, and those of an older version behind them.
    fn read(&self, headers: &HeaderMap) -> Cookies {
        let (mut own, mut older) = (Vec::new(), Vec::new());
        for line in headers.get_all(header::COOKIE) {
            let bytes = line.as_bytes();
            // A sister site's cookie that is no text takes none of ours along.
            let text = str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
            for pair in text.split(';') {
                let Some((sent, value)) = pair.trim_ascii().split_once('=') else { continue };
                let known = self.known(sent).map(|name| (name, &mut own));
                let known = known.or_else(|| self.known_before(sent).map(|name| (name, &mut older)));
                if let Some((name, kept)) = known.filter(|_| value.is_ascii()) {
                    kept.push((name, value.to_owned()));
                }
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
pub(in crate::http) struct Translation {
    https: Names,
    http: Names,
}

impl Translation {
    /// At the address that people come by.
    pub(in crate::http) fn of(app: &App) -> Translation {
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
    pub(in crate::http) fn inwards(&self, request: &mut Request, is_https: IsHttps) -> Cookies {
        if !request.headers().contains_key(header::COOKIE) {
            return Cookies::default();
        }
        let cookies = self.names(is_https).read(request.headers());
        request.headers_mut().remove(header::COOKIE);
        request.extensions_mut().insert(cookies.clone());
        cookies
    }

    /// Gives those of its answer the names that browsers know. `sent` are those of the request.
    pub(in crate::http) fn outwards(&self, sent: &Cookies, response: &mut Response, is_https: IsHttps) {
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
