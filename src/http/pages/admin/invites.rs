//! `/admin/users/invites`: links by which people open an account of their own; made, listed, withdrawn.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use crate::accounts::invites::{self, LIFETIMES};
use crate::app::App;
use crate::language::Key;
use crate::model::{Email, Field, Problem};

use super::PathId;
use super::password::{Lifetime, LinkPage, absolute, lifetime, lifetimes};
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Fields, Problems};
use crate::http::pages::recent_login::{RecentLogin, RiskyForm};
use crate::http::pages::{draft, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::AdminUser;

const PATH: &str = "/admin/users/invites";

#[derive(Template)]
#[template(path = "admin/invites.html")]
struct InvitesPage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    email: String,
    send: bool,
    /// The key of what is said of the address.
    hint: Key,
    lifetimes: Vec<Lifetime>,
    invites: Vec<Row>,
}

struct Row {
    id: Uuid,
    /// For whom, or that it is for any person.
    whom: String,
    /// By whom, and until when it works.
    about: String,
}

#[derive(Template)]
#[template(path = "admin/withdraw.html")]
struct WithdrawPage {
    shell: PageContext,
    face: Face,
    row: Row,
}

async fn rows(app: &App, shell: &PageContext, admin: &AdminUser) -> Result<Vec<Row>, PageError> {
    let zone = admin.account().time_zone.as_deref();
    let row = |(invite, by): (invites::Invite, Option<String>)| {
        let values = [
            ("name", by.unwrap_or_else(|| shell.words.text(key!("admin-somebody")).into_owned()).into()),
            ("until", shell.words.timestamp(invite.expires_at, zone).into()),
        ];
        Row {
            id: invite.id,
            whom: invite.email.unwrap_or_else(|| shell.words.text(key!("admin-invite-anybody")).into_owned()),
            about: shell.words.with(key!("admin-invite-about"), &values),
        }
    };
    Ok(invites::list(app, &admin.actor()).await?.into_iter().map(row).collect())
}

async fn page(
    app: &App,
    shell: PageContext,
    admin: &AdminUser,
    typed: &Fields,
    problems: Problems,
) -> Result<Page<InvitesPage>, PageError> {
    let span = lifetime(typed, &LIFETIMES);
    // A week by default.
    let place = typed.get("minutes").and_then(|_| LIFETIMES.iter().position(|known| *known == span)).unwrap_or(1);
    Ok(Page(InvitesPage {
        face: Face::of(admin.account()),
        problems,
        email: typed.get("email").cloned().unwrap_or_default(),
        send: typed.contains_key("send"),
        hint: if shell.sends_mail() { key!("admin-invite-email-hint-mail") } else { key!("admin-invite-email-hint") },
        lifetimes: lifetimes(&shell, &LIFETIMES, place),
        invites: rows(app, &shell, admin).await?,
        shell,
    }))
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
) -> Result<Response, PageError> {
    let typed = draft::take(&session, PATH).await?.unwrap_or_default();
    Ok(page(&app, shell, &admin, &typed, Problems::default()).await?.into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    RiskyForm(fields): RiskyForm,
) -> Result<Response, PageError> {
    let typed = fields.get("email").map(String::as_str).unwrap_or_default();
    let mut problems = Problems::default();
    let email =
        if typed.trim().is_empty() { Some(None) } else { problems.check(Field::Email, Email::choose(typed)).map(Some) };
    let Some(email) = email else {
        let page = page(&app, shell, &admin, &fields, problems).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let span = lifetime(&fields, &LIFETIMES);
    if shell.sends_mail() && fields.contains_key("send") {
        let Some(email) = &email else {
            let problems = Problems::one(Field::Email, Problem::Missing);
            let page = page(&app, shell, &admin, &fields, problems).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        };
        invites::send(&app, &admin.actor(), email, shell.words.language(), span).await?;
        return Ok(redirect_with_flash(PATH, key!("flash-invite-sent"), 0));
    }
    let (invite, token) = invites::make(&app, &admin.actor(), email.as_ref(), span).await?;
    let until = shell.words.timestamp(invite.expires_at, admin.account().time_zone.as_deref());
    let page = LinkPage {
        face: Face::of(admin.account()),
        title: shell.words.text(key!("admin-invite-link-title")).into_owned(),
        lead: shell.text_with(key!("admin-invite-link-lead"), "until", &until),
        link: absolute(&app, &format!("invite/{token}")),
        back: PATH.to_owned(),
        back_label: shell.words.text(key!("admin-invites")).into_owned(),
        shell,
    };
    Ok((StatusCode::CREATED, Page(page)).into_response())
}

pub(super) async fn confirm(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    PathId(id): PathId<Uuid>,
) -> Result<Response, PageError> {
    let row = rows(&app, &shell, &admin).await?.into_iter().find(|row| row.id == id).ok_or(PageError::NotFound)?;
    Ok(Page(WithdrawPage { shell, face: Face::of(admin.account()), row }).into_response())
}

pub(super) async fn withdraw(
    State(app): State<App>,
    admin: AdminUser,
    PathId(id): PathId<Uuid>,
    _: RecentLogin,
) -> Result<Response, PageError> {
    // Used meanwhile, there is a new account in the list; withdrawn by another admin, it is withdrawn.
    let withdrawn = invites::withdraw(&app, &admin.actor(), id).await?;
    let key = if withdrawn { key!("flash-invite-withdrawn") } else { key!("flash-invite-gone") };
    Ok(redirect_with_flash(PATH, key, 0))
}
