//! What stands before pages that are a user's own: a log-in, a second factor where one is owed, and forms that this
//! account was shown.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded;

use crate::app::App;
use crate::model::{Account, AccountId};

use super::context::PageContext;
use super::draft::{self, Draft};
use super::reader::{self, WHOSE};
use super::{account, login, picture_panel, redirect, redirect_with_flash, welcome};
use crate::http::bodies::FORM_LIMIT;
use crate::http::page_error::PageError;
use crate::http::sessions::Current;
use crate::http::visitor::Visitor;

/// Sends visitors who are not logged in to the log-in page, and back afterwards. One who posted something gets that
/// page for an answer: with what they typed, secrets apart, which goes along to the form that they come back to.
pub(super) async fn require_login(
    State(app): State<App>,
    current: Current,
    visitor: Option<axum::Extension<Visitor>>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(account) = visitor.and_then(|visitor| visitor.0.0) {
        return match refusal(&app, &request, &account) {
            None => next.run(request).await,
            Some(refusal) => refusal,
        };
    }
    let whose = whose(request.uri().query());
    let target = reader::path_of(request.uri());
    let login =
        format!("/login?{}", form_urlencoded::Serializer::new(String::new()).append_pair("next", &target).finish());
    if request.method() == Method::POST {
        return first(&app, &current, request, whose, target, &login)
            .await
            .unwrap_or_else(|fault| fault.into_response());
    }
    if target == account::overview::PATH {
        redirect(&login)
    } else {
        redirect_with_flash(&login, key!("flash-login-first"), 0)
    }
}

/// The answer to an account that may not go on to what it asks for. Forms that another account was shown are refused, in a
/// tab from before: no account changes anything by what another user typed. And users who need a second factor and have
/// none are led to the pages that add one, whatever page they ask for.
pub(super) fn refusal(app: &App, request: &Request, account: &Account) -> Option<Response> {
    if request.method() == Method::POST && whose(request.uri().query()).is_some_and(|whose| whose != account.id) {
        return Some(PageError::OtherAccount.into_response());
    }
    owes_factor(app, request.uri().path(), account).then(|| redirect(account::two_factor::PATH))
}

/// Whether an account has to add a second factor before it sees the page of a path.
fn owes_factor(app: &App, path: &str, account: &Account) -> bool {
    /// Where they may go: what adds a factor, and what that needs first.
    const OPEN: [&str; 3] = [account::two_factor::PATH, account::passkeys::PATH, "/account/email"];
    let is_closed = ["/account", "/admin", "/welcome"].iter().any(|closed| is_below(path, closed));
    is_closed && !OPEN.iter().any(|open| is_below(path, open)) && app.settings().owes_factor(account)
}

/// Whether a path is `above` or below it.
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The log-in page for a visitor who has posted a form.
async fn first(
    app: &App,
    current: &Current,
    request: Request,
    whose: Option<AccountId>,
    target: String,
    login: &str,
) -> Result<Response, PageError> {
    let (mut parts, body) = request.into_parts();
    let shell = PageContext::from_request_parts(&mut parts, app).await.unwrap_or_else(|never| match never {});
    let path = parts.uri.path().to_owned();
    let (fields, has_photo) = posted(app, Request::from_parts(parts, body)).await;
    let owner = match whose {
        None => current.former_owner().await?,
        whose => whose,
    };
    let draft = Draft::of(app, &path, fields, owner);
    let draft = draft.and_then(|draft| draft.seal(app)).unwrap_or_default();
    let key = match (has_photo, draft.is_empty()) {
        (true, _) => key!("flash-login-photo"),
        (false, true) => key!("flash-login-first"),
        (false, false) => key!("flash-login-again"),
    };
    let shell = shell.at(login).saying(key);
    let mut response = (StatusCode::UNAUTHORIZED, login::page_before(app, shell, target, draft)).into_response();
    // Every 401 names a way in (RFC 9110 §15.5.2); browsers leave one that they do not know to the page.
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Cookie form-action=\"/login\""));
    Ok(response)
}

/// The account that a form says it was shown to.
fn whose(query: Option<&str>) -> Option<AccountId> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, id) = pairs.find(|(name, _)| name == WHOSE)?;
    id.parse().ok().map(AccountId)
}

/// The fields of a posted form, as far as they can be read, and whether a photo came with them.
async fn posted(app: &App, request: Request) -> (draft::Fields, bool) {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let body = to_bytes(Body::new(request.into_body()), FORM_LIMIT).await;
        (body.map(|body| draft::fields(&body)).unwrap_or_default(), false)
    } else if [picture_panel::OWN, welcome::PATH].contains(&request.uri().path()) {
        draft::texts(app, request).await
    } else {
        (draft::Fields::new(), false)
    }
}
