//! The page context, which every page's template shows around its own content: language, theme, brand, who is logged
//! in, a message.

use std::borrow::Cow;
use std::convert::Infallible;
use std::fmt::{self, Display};
use std::sync::{Arc, LazyLock};

use askama::Template;
use askama::filters::Safe;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use uuid::Uuid;

use crate::accounts::register::permit_sign_up;
use crate::accounts::registration::Registration;
use crate::app::App;
use crate::html::escape;
use crate::language::{Key, Named, Value, Words};
use crate::model::{Account, Language, Theme};

use super::reader::{Reader, WHOSE};
use crate::http::assets;
use crate::http::cookies::{Cookies, Flash};
use crate::http::page_error::PageError;
use crate::http::visitor::Visitor;

/// The frame of a page. An extractor: a handler takes one and gives it to its template.
#[derive(Clone)]
pub(crate) struct PageContext {
    /// The sentences, in the reader's language.
    pub(crate) words: &'static Words,
    /// Who is logged in.
    pub(crate) account: Option<Arc<Account>>,
    /// The address of this page, for the links that lead back to it.
    pub(crate) path: String,
    /// The message that the last answer left.
    pub(crate) flash: Option<Flash>,
    /// Whom the page is about, for the message.
    subject: String,
    reader: Arc<Reader>,
}

impl fmt::Debug for PageContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PageContext").field("path", &self.path).finish_non_exhaustive()
    }
}

/// How the keys of messages begin that warn.
const WARNINGS: [&str; 4] = ["flash-login-", "flash-warn-", "flash-verify-", "flash-few-codes"];

impl PageContext {
    /// The frame of a page for this person, as a browser sees it that has no cookies.
    pub(crate) fn new(app: &App, headers: &HeaderMap, uri: &Uri, account: Option<Arc<Account>>) -> PageContext {
        PageContext::of_reader(Reader::of(app, headers, uri, &Cookies::default()), account)
    }

    /// The same for a request that has told already whom its answer is for.
    pub(crate) fn of_reader(reader: Arc<Reader>, account: Option<Arc<Account>>) -> PageContext {
        PageContext {
            words: reader.words(account.as_deref()),
            account,
            path: reader.path.clone(),
            flash: reader.flash,
            subject: String::new(),
            reader,
        }
    }

    /// A new account that keeps the language of its page, in which mail to it is written. That of the site it need not
    /// keep: its pages follow the browser then.
    pub(crate) fn with_language(&self, new: Registration) -> Registration {
        let language = self.words.language();
        let is_own = language == self.app().settings().language;
        Registration { language: (!is_own).then(|| language.tag().to_owned()), ..new }
    }

    /// The same frame, for an answer that shows another page than the one asked for.
    pub(crate) fn at(self, path: &str) -> PageContext {
        PageContext { path: path.to_owned(), ..self }
    }

    /// The same frame, with a message of this answer's own.
    pub(crate) fn saying(self, key: Key) -> PageContext {
        PageContext { flash: Some(Flash { key, number: 0 }), ..self }
    }

    /// The same frame, of a page about another user, whom the message may name.
    pub(crate) fn about(self, name: &str) -> PageContext {
        PageContext { subject: name.to_owned(), ..self }
    }

    /// The same context for a user who is logged in after all, without the message.
    pub(crate) fn of(self, account: Option<Arc<Account>>) -> PageContext {
        PageContext { flash: None, words: self.reader.words(account.as_deref()), account, ..self }
    }

    /// The same context without the message, which waits for another page.
    pub(crate) fn without_message(self) -> PageContext {
        PageContext { flash: None, ..self }
    }

    /// What the challenges of log-in pages in this browser are bound to.
    pub(crate) fn login_page(&self) -> Option<&str> {
        self.reader.login_page.as_deref()
    }

    fn app(&self) -> &App {
        &self.reader.app
    }

    /// What a form's address ends in, so that it changes this account's things alone: see [`WHOSE`].
    pub(crate) fn whose(&self) -> Safe<String> {
        let Some(account) = &self.account else { return Safe(String::new()) };
        Safe([WHOSE, "=", account.id.0.hyphenated().encode_lower(&mut Uuid::encode_buffer())].concat())
    }

    /// The sentence of a key as HTML; as text it is in [`PageContext::words`].
    pub(crate) fn text(&self, key: impl Named) -> Safe<Cow<'static, str>> {
        Safe(self.words.html(key))
    }

    /// The sentence of a key with one value in it.
    pub(crate) fn text_with(&self, key: impl Named, name: &'static str, value: &(impl Value + ?Sized)) -> String {
        self.words.with(key, &[(name, value.value())])
    }

    /// The sentence of a key with the value of a setting in it.
    pub(crate) fn cached<V: Value + Display + ?Sized>(&self, key: Key, name: &'static str, value: &V) -> Arc<str> {
        self.words.cached(key, name, value)
    }

    /// The sentence of a key that holds markup of ours.
    pub(crate) fn html(&self, key: Key) -> Safe<Cow<'static, str>> {
        Safe(self.words.text(key))
    }

    /// The same with one value in it, which is escaped.
    pub(crate) fn html_with(&self, key: impl Named, name: &'static str, value: &(impl Value + ?Sized)) -> Safe<String> {
        use fluent_bundle::FluentValue;
        let value = match value.value() {
            FluentValue::String(text) => FluentValue::from(escape(&text).into_owned()),
            other => other,
        };
        Safe(self.words.with(key, &[(name, value)]))
    }

    /// The address of a file of ours, which changes when the file does.
    pub(crate) fn asset(&self, name: &str) -> Safe<&'static str> {
        Safe(assets::path(name))
    }

    /// The address of the pages' script, which says what it says in this language.
    pub(crate) fn script(&self) -> Safe<&'static str> {
        Safe(assets::script(self.words.language()))
    }

    /// The address of the icons' sprite, to which the name of one is the fragment.
    pub(crate) fn icons(&self) -> Safe<&'static str> {
        static ICONS: LazyLock<&str> = LazyLock::new(|| assets::path("icons.svg"));
        Safe(&ICONS)
    }

    /// The page's language tag.
    pub(crate) fn language(&self) -> Safe<&'static str> {
        Safe(self.words.language().tag())
    }

    /// The languages the page can be had in besides this one: tag, own name.
    pub(crate) fn other_languages(&self) -> Vec<(&'static str, &'static str)> {
        let other = Language::ALL.into_iter().filter(|language| *language != self.words.language());
        other.map(|language| (language.tag(), language.own_name())).collect()
    }

    /// The theme the user has chosen, if it is not the system's.
    pub(crate) fn theme(&self) -> Option<&'static str> {
        let theme = self.account.as_ref().map_or(self.reader.last_theme, |account| account.theme);
        (theme != Theme::System).then_some(theme.as_str())
    }

    /// The host application's name.
    pub(crate) fn brand(&self) -> &str {
        &self.app().settings().brand_name
    }

    /// The address of the picture beside the host application's name, if it has one of its own.
    pub(crate) fn brand_logo(&self) -> Option<&str> {
        self.app().settings().brand_logo.as_ref().map(|file| file.path.as_str())
    }

    /// The address of the host application's own style sheet.
    pub(crate) fn brand_sheet(&self) -> Option<&str> {
        self.app().settings().brand_style.as_ref().map(|file| file.path.as_str())
    }

    /// The host application's terms of use.
    pub(crate) fn terms_url(&self) -> Option<&str> {
        self.app().settings().terms_url.as_ref().map(url::Url::as_str)
    }

    /// The host application's privacy notice.
    pub(crate) fn privacy_url(&self) -> Option<&str> {
        self.app().settings().privacy_url.as_ref().map(url::Url::as_str)
    }

    /// Whether people may sign up.
    pub(crate) fn signup_open(&self) -> bool {
        permit_sign_up(self.app()).is_ok()
    }

    /// Whether people may delete their account.
    pub(crate) fn self_delete(&self) -> bool {
        self.app().settings().self_delete
    }

    /// Whether mail is sent: where it is, people help themselves to another password.
    pub(crate) fn sends_mail(&self) -> bool {
        self.app().sends_mail()
    }

    /// Where a person who cannot log in writes to.
    pub(crate) fn support_email(&self) -> Option<&str> {
        self.app().settings().support_email.as_deref()
    }

    /// A field's label with the word that it may stay empty.
    pub(crate) fn optional(&self, key: Key) -> Safe<Optional> {
        Safe(Optional { label: self.text(key), word: self.text(key!("optional")) })
    }

    /// Whether the page's script is to tell this browser's authenticators what the account has.
    pub(crate) fn has_signals(&self) -> bool {
        self.reader.signals_are_due && self.account.is_some()
    }

    /// What a theme is called.
    pub(crate) fn theme_name(&self, theme: &str) -> Safe<Cow<'static, str>> {
        self.text(format!("theme-{theme}"))
    }

    /// What people agree to who open an account, as markup of ours.
    pub(crate) fn terms_label(&self, terms: &str) -> Safe<String> {
        let privacy = self.privacy_url();
        let key = if privacy.is_some() { key!("signup-terms-privacy") } else { key!("signup-terms") };
        let values = [("terms", escape(terms).into()), ("privacy", escape(privacy.unwrap_or_default()).into())];
        Safe(self.words.with(key, &values))
    }

    /// The words of the message, if there is one.
    pub(crate) fn flash_text(&self) -> Option<String> {
        let flash = self.flash.as_ref()?;
        Some(self.words.with(flash.key, &[("number", flash.number.into()), ("name", self.subject.as_str().into())]))
    }

    /// Whether the message asks for something, rather than telling what went well.
    pub(crate) fn flash_warns(&self) -> bool {
        self.flash.as_ref().is_some_and(|flash| WARNINGS.iter().any(|warning| flash.key.name().starts_with(warning)))
    }

    /// Whether this is `page`, or what one of its forms answers, for `aria-current`.
    pub(crate) fn is_at(&self, page: &str) -> bool {
        is_at(&self.path, page)
    }

    /// Whether the reader may edit others.
    pub(crate) fn is_admin(&self) -> bool {
        self.account.as_ref().is_some_and(|account| account.is_admin)
    }

    /// Whether this is one of the admins' pages.
    pub(crate) fn in_admin(&self) -> bool {
        super::admin::is_admin_path(self.path.split('?').next().unwrap_or_default())
    }

    /// The style of the brand's colour, where it is not Portico's own.
    pub(crate) fn brand_style(&self) -> Option<Safe<String>> {
        super::theme::style(self.app().settings()).map(Safe)
    }

    /// The address of this page as a value in a query.
    pub(crate) fn encoded_path(&self) -> Safe<String> {
        let mut encoded = String::with_capacity(2 * self.path.len());
        encoded.extend(url::form_urlencoded::byte_serialize(self.path.as_bytes()));
        Safe(encoded)
    }
}

/// Whether an address is that of `page`, or below it where no other pages are.
fn is_at(address: &str, page: &str) -> bool {
    match address.strip_prefix(page).map(|rest| rest.as_bytes().first()) {
        Some(None | Some(b'?')) => true,
        Some(Some(b'/')) => !matches!(page, "/account" | "/admin"),
        _ => false,
    }
}

/// The label of a field that may stay empty.
#[derive(Template)]
#[template(source = r#"{{ label }} <span class="opt">{{ word }}</span>"#, ext = "html")]
pub(crate) struct Optional {
    label: Safe<Cow<'static, str>>,
    word: Safe<Cow<'static, str>>,
}

impl FromRequestParts<App> for PageContext {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<PageContext, Infallible> {
        let account = parts.extensions.get::<Visitor>().and_then(|visitor| visitor.0.clone());
        let reader = parts.extensions.get().cloned();
        let reader =
            reader.unwrap_or_else(|| Reader::of(app, &parts.headers, &parts.uri, &Cookies::of(&parts.extensions)));
        Ok(PageContext::of_reader(reader, account))
    }
}

/// Room for a page of usual length, in bytes: a buffer that grows as a page is rendered copies it several times.
const PAGE_ROOM: usize = 16 * 1024;

/// What a page is rendered into.
struct Rendered(String);

impl fmt::Write for Rendered {
    // A template writes hundreds of short texts whose lengths the compiler knows: where they are, each is a few moves, and a
    // call takes longer.
    #[inline(always)]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        Ok(())
    }
}

/// A page, rendered when it is answered.
pub(crate) struct Page<T>(pub(crate) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        let mut page = Rendered(String::with_capacity(PAGE_ROOM));
        match self.0.render_into(&mut page) {
            Ok(()) => (StatusCode::OK, Html(page.0)).into_response(),
            Err(error) => {
                PageError::internal(&anyhow::Error::new(error).context("a page does not render")).into_response()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_current_at_its_address_and_at_those_of_its_forms() {
        let at = |address| ["/account", "/account/security", "/account/email"].map(|page| is_at(address, page));
        assert_eq!(at("/account"), [true, false, false]);
        assert_eq!(at("/account?next=/account/email"), [true, false, false]);
        assert_eq!(at("/account/security?done"), [false, true, false]);
        assert_eq!(at("/account/security/passkeys"), [false, true, false]);
        assert_eq!(at("/account/email/address"), [false, false, true]);
        assert_eq!(at("/account/emails"), [false, false, false]);
        assert_eq!(at("/accounts"), [false, false, false]);
        assert_eq!(at("/"), [false, false, false]);
    }
}
