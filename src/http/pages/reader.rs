//! What a request tells of the client that its answer is for.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::Response;

use crate::app::App;
use crate::language::Words;
use crate::model::{Account, Language, Theme};

use crate::http::cookies::{Cookies, Flash, PickedLanguage};

/// What a form's query calls the account that its page was shown to. Another account may be logged in by the time the
/// form is sent, in another tab: see `login::required`.
pub(crate) const WHOSE: &str = "of";

/// What a request tells of the client its answer is for, whichever user is logged in.
pub(crate) struct Reader {
    pub(super) app: App,
    /// The address that was asked for.
    pub(super) path: String,
    pub(super) flash: Option<Flash>,
    /// The language last picked in this browser.
    picked: Option<PickedLanguage>,
    /// The language that the browser asks for, or else the site's own.
    asked: Language,
    /// The theme last chosen in this browser, for pages without a user.
    pub(super) last_theme: Theme,
    /// What the challenges of log-in pages in this browser are bound to.
    pub(super) login_page: Option<String>,
    /// Whether this browser's authenticators are to be told what the account has.
    pub(super) signals_are_due: bool,
}

impl Reader {
    /// Of a request.
    pub(crate) fn of(app: &App, headers: &HeaderMap, uri: &Uri, cookies: &Cookies) -> Arc<Reader> {
        let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Arc::new(Reader {
            app: app.clone(),
            path: path_of(uri),
            flash: cookies.flash().filter(|_| !is_by_script(headers)),
            picked: cookies.language(),
            asked: header.and_then(Language::of_header).unwrap_or(app.settings().language),
            last_theme: cookies.theme(),
            login_page: cookies.login_page().map(str::to_owned),
            signals_are_due: cookies.are_signals_due(),
        })
    }

    /// Whether this answer ends the message: it is a page, which shows it unless it has one of its own.
    pub(crate) fn shows_message(&self, response: &Response) -> bool {
        let is_page = |kind: &HeaderValue| kind.as_bytes().starts_with(b"text/html");
        self.flash.is_some() && response.headers().get(header::CONTENT_TYPE).is_some_and(is_page)
    }

    /// The words for this reader: what was picked in this browser goes before what is saved only while that is what it
    /// was picked in place of; what is saved goes before what another user picked, and that before what the browser asks
    /// for.
    pub(super) fn words(&self, account: Option<&Account>) -> &'static Words {
        let saved = account.and_then(|account| Language::of_tag(account.language.as_deref()?));
        let is_here =
            |picked: &&PickedLanguage| account.is_some_and(|account| picked.replaces_saved(account)) || saved.is_none();
        let here = self.picked.as_ref().filter(is_here);
        here.map(|picked| picked.language).or(saved).unwrap_or(self.asked).words()
    }
}

/// Whether a script asks, which shows nothing of what it is answered: the message waits for the page that people see.
fn is_by_script(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-dest").is_some_and(|dest| dest.as_bytes() == b"empty")
}

/// The address of the page, for links that lead back to it: without what only a form says.
pub(super) fn path_of(uri: &Uri) -> String {
    // Nothing of ours is there.
    if super::is_too_long(uri) {
        return "/".to_owned();
    }
    let Some(query) = uri.query() else { return uri.path().to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|pair| pair.split('=').next() != Some(WHOSE)).collect();
    if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) }
}
