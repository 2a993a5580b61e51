//! `/admin/users/{id}/password`: a link by which a user sets their password, once.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::password_reset::{self, LIFETIMES, Link};
use crate::app::App;
use crate::error::Error;
use crate::model::{Account, AccountId};

use super::{Subject, user};
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Fields, Form};
use crate::http::pages::recent_login::RecentLogin;
use crate::http::pages::{redirect, redirect_with_flash};
use crate::http::visitor::AdminUser;

#[derive(Template)]
#[template(path = "admin/password.html")]
struct PasswordPage {
    shell: PageContext,
    face: Face,
    id: AccountId,
    name: String,
    lifetimes: Vec<Lifetime>,
    /// Where the link can be sent to.
    email: Option<String>,
}

/// How long a link may work, to choose from.
pub(super) struct Lifetime {
    pub(super) minutes: u64,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// Those there are; the one at `first` is chosen by default.
pub(super) fn lifetimes(shell: &PageContext, all: &[Duration], first: usize) -> Vec<Lifetime> {
    let label = |seconds: u64| match seconds {
        0..3_600 => shell.text_with(key!("span-minutes"), "number", &(seconds / 60)),
        3_600..86_400 => shell.text_with(key!("span-hours"), "number", &(seconds / 3_600)),
        _ => shell.text_with(key!("span-days"), "number", &(seconds / 86_400)),
    };
    let lifetime = |(place, span): (usize, &Duration)| Lifetime {
        minutes: span.as_secs() / 60,
        label: label(span.as_secs()),
        chosen: place == first,
    };
    all.iter().enumerate().map(lifetime).collect()
}

/// The lifetime that a form asks for: one of those there are, else the first.
pub(super) fn lifetime(fields: &Fields, all: &[Duration]) -> Duration {
    let minutes = fields.get("minutes").and_then(|minutes| minutes.parse::<u64>().ok());
    let wanted = all.iter().find(|span| Some(span.as_secs() / 60) == minutes);
    wanted.or(all.first()).copied().unwrap_or_default()
}

/// Whether a link is to be sent to its person, and can be.
pub(super) fn is_sent(shell: &PageContext, account: &Account, fields: &Fields) -> bool {
    shell.sends_mail() && account.email.is_some() && fields.contains_key("send")
}

/// A link that is shown once.
#[derive(Template)]
#[template(path = "admin/link.html")]
pub(super) struct LinkPage {
    pub(super) shell: PageContext,
    pub(super) face: Face,
    pub(super) title: String,
    pub(super) lead: String,
    pub(super) link: String,
    /// Where to go on, and what that is called.
    pub(super) back: String,
    pub(super) back_label: String,
}

/// The page that shows a password link.
pub(super) fn link_page(
    app: &App,
    shell: PageContext,
    admin: &AdminUser,
    account: &Account,
    link: &Link,
) -> Page<LinkPage> {
    let until = shell.words.timestamp(link.expires_at, admin.account().time_zone.as_deref());
    let name = account.shown_name();
    let lead = [("name", name.into()), ("until", until.into())];
    Page(LinkPage {
        face: Face::of(admin.account()),
        title: shell.text_with(key!("admin-link-title"), "name", name),
        lead: shell.words.with(key!("admin-link-lead"), &lead),
        link: absolute(app, &format!("password/reset/{}", link.token)),
        back: user::path(account.id),
        back_label: name.to_owned(),
        shell,
    })
}

/// The whole address of a path, as another user's browser takes it.
pub(super) fn absolute(app: &App, path: &str) -> String {
    app.public_url().join(path).map_or_else(|_| format!("/{path}"), String::from)
}

pub(super) async fn show(
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    _: RecentLogin,
) -> Result<Response, PageError> {
    let id = found.account.id;
    if !found.account.is_active() {
        return Ok(redirect(&user::path(id)));
    }
    Ok(Page(PasswordPage {
        face: Face::of(admin.account()),
        id,
        name: found.account.shown_name().to_owned(),
        lifetimes: lifetimes(&shell, &LIFETIMES, 0),
        email: found.account.email().filter(|_| shell.sends_mail()).map(str::to_owned),
        shell,
    })
    .into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    _: RecentLogin,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let id = found.account.id;
    let span = lifetime(&fields, &LIFETIMES);
    if is_sent(&shell, &found.account, &fields) {
        return match password_reset::send(&app, &admin.actor(), id, span).await {
            Ok(()) => Ok(redirect_with_flash(&user::path(id), key!("flash-link-sent"), 0)),
            Err(Error::Disabled) => Ok(redirect(&user::path(id))),
            Err(error) => Err(error.into()),
        };
    }
    match password_reset::make(&app, &admin.actor(), id, span).await {
        Ok(link) => Ok((StatusCode::CREATED, link_page(&app, shell, &admin, &found.account, &link)).into_response()),
        // Disabled meanwhile: its page says so.
        Err(Error::Disabled) => Ok(redirect(&user::path(id))),
        Err(error) => Err(error.into()),
    }
}
