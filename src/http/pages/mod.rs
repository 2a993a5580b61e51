//! The pages: one file a page, with its form, its template struct and its handlers; paths mirror addresses.

mod account;
mod activity;
mod admin;
mod confirm;
pub(super) mod context;
mod csv;
mod draft;
mod email_link;
pub(super) mod error;
mod face;
mod forgot;
mod forms;
mod goodbye;
mod guard;
mod home;
mod invite;
mod language;
mod leaked_password;
pub(super) mod login;
mod logout;
mod passkey;
mod picture_form;
mod picture_panel;
pub(super) mod reader;
mod reauth;
mod recent_login;
pub(super) mod require_login;
mod reset;
mod security_txt;
mod sent;
mod setup;
mod signup;
pub(super) mod theme;
mod typed_login;
mod user;
mod user_agent;
mod verify;
mod welcome;

pub(super) use account::overview::PATH as OVERVIEW;
pub(super) use account::profile::alone as profile_alone;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Redirect, Response};
use url::form_urlencoded;

use crate::app::App;
use crate::language::Key;

use super::cookies;
use super::page_error::PageError;
use super::routing::{erased, form, get};

/// Every page. Those behind `account` want a logged-in user.
pub(super) fn router(app: &App) -> Router<App> {
    let welcome = Router::new()
        .route(welcome::PATH, form(welcome::show, welcome::submit))
        .layer(DefaultBodyLimit::max(picture_form::limit(app)));
    let account = account::router(app)
        .merge(welcome)
        .route("/reauth", form(reauth::show, reauth::submit))
        .route("/reauth/passkey", form(reauth::show_passkey, reauth::submit_passkey))
        .route_layer(from_fn_with_state(app.clone(), require_login::require_login));
    Router::new()
        .route("/", get(home::show))
        .route("/signup", form(signup::show, signup::submit))
        .route("/signup/passkey", form(async || redirect("/signup"), signup::submit_passkey))
        .route("/signup/passkey/options", form(async || redirect("/signup"), signup::passkey_options))
        .route("/signup/sent", form(sent::show, sent::submit))
        .route("/signup/sent/again", form(async || redirect(sent::PATH), sent::again))
        .route("/login", form(login::show, login::submit))
        .route("/login/verify", form(verify::show, verify::submit))
        .route("/login/verify/passkey", form(verify::show_passkey, verify::submit_passkey))
        .route("/login/passkey", form(login::show_passkey, login::submit_passkey))
        .route("/logout", form(logout::show, logout::submit))
        .route("/goodbye", get(goodbye::show))
        .route("/language/{tag}", get(language::choose))
        .route("/setup/{token}", form(setup::show, setup::submit))
        .route("/u/{username}", get(user::show))
        .route("/robots.txt", get(theme::robots))
        .route("/.well-known/security.txt", get(security_txt::show))
        .route("/.well-known/webauthn", get(passkey::related_origins))
        // Where password managers send people to change a password (W3C, A Well-Known URL for Changing Passwords).
        .route("/.well-known/change-password", get(async || redirect("/account/security#password")))
        .merge(account)
        .merge(admin::router(app))
        .route("/invite/{token}", form(invite::show, invite::submit))
        .route("/password/forgot", form(forgot::show, forgot::submit))
        .route("/email/change/{token}", form(email_link::show_change, email_link::submit_change))
        .route("/email/stop/{token}", form(email_link::show_stop, email_link::submit_stop))
        .route("/email/undo/{token}", form(email_link::show_undo, email_link::submit_undo))
        .route("/password/reset/{token}", form(reset::show, reset::submit))
        .route("/password/reset/{token}/passkey", form(reset::show_passkey, reset::submit_passkey))
        .route("/email/undo/{token}/passkey", form(email_link::show_undo_passkey, email_link::submit_undo_passkey))
        .route("/email/confirm/{token}/passkey", form(confirm::show_passkey, confirm::submit_passkey))
        .route("/email/confirm/{token}", form(confirm::show, confirm::submit))
        .route("/email/confirm/{token}/again", form(confirm::back, confirm::again))
        .fallback(erased(tidied))
}

/// What the addresses of pages begin with. Those of a closed dialect answer as any that leads nowhere.
const PAGES: &[&str] =
    &["", "account", "email", "goodbye", "login", "logout", "password", "reauth", "signup", "u", "welcome"];

/// An address with slashes too many is the one without them; anything else that is no route leads nowhere.
async fn tidied(method: Method, uri: Uri) -> Response {
    let path = uri.path();
    let tidy = path.trim_matches('/');
    let is_page = PAGES.contains(&tidy.split('/').next().unwrap_or_default());
    let tidy = format!("/{tidy}");
    if tidy == path || !is_page || !matches!(method, Method::GET | Method::HEAD) || local_path(&tidy).is_none() {
        return PageError::NotFound.into_response();
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&(tidy + &query)).into_response()
}

/// Longer addresses than that name nothing of ours: they are not even shown again in the links of a page.
const MAX_ADDRESS_BYTES: usize = 16 * 1024;

fn is_too_long(uri: &Uri) -> bool {
    uri.path().len() + uri.query().map_or(0, str::len) > MAX_ADDRESS_BYTES
}

/// Whether an address can be read: with NUL, or with bytes that are no text, it leads nowhere, as nothing that it could
/// name is called so.
pub(super) fn check_address(uri: &Uri) -> Result<(), PageError> {
    let path = uri.path();
    if is_too_long(uri) {
        return Err(PageError::NotFound);
    }
    let is_odd = |text: &str| text.contains(['\0', '\u{FFFD}']);
    // Most addresses are plain. What is no text, the parser replaces by U+FFFD.
    if path.contains('%')
        && form_urlencoded::parse(path.as_bytes()).any(|(name, value)| is_odd(&name) || is_odd(&value))
    {
        return Err(PageError::NotFound);
    }
    Ok(())
}

/// Where to go after a change: another address, by GET.
fn redirect(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        // An address we made ourselves is a legal header; one that is not came from outside.
        Err(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static("/"))]).into_response(),
    }
}

/// The same, with a message on the page it leads to: the key of a sentence, and a number that may stand in it.
fn redirect_with_flash(path: &str, key: Key, number: u64) -> Response {
    let mut response = redirect(path);
    response.headers_mut().append(header::SET_COOKIE, cookies::set_flash(key, number));
    response
}

/// `next` if it is a path on this site, else nothing. What looks like a path and is not (`//host`, `/\host`,
/// control characters that browsers drop) would lead people to another site's log-in page.
fn local_path(next: &str) -> Option<&str> {
    let odd = |letter: char| letter.is_control() || letter == '\\';
    (next.starts_with('/') && !next.starts_with("//") && !next.contains(odd) && next.len() <= 500).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn next_leads_to_our_own_pages_only() {
        assert_eq!(local_path("/account/profile?x=1#y"), Some("/account/profile?x=1#y"));
        for bad in [
            "",
            "account",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nb",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }
}
