//! `/admin/users/{id}/delete`: what goes, and the proof that this one is meant.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::manage::Managed;
use crate::accounts::{devices, remove};
use crate::app::App;
use crate::error::Error;
use crate::mails::Tell;
use crate::model::{AccountId, Field};

use super::Subject;
use crate::http::page_error::PageError;
use crate::http::pages::account::delete::{confirmed, word};
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::Problems;
use crate::http::pages::recent_login::{RecentLogin, RiskyForm};
use crate::http::pages::{redirect, redirect_with_flash, user as public};
use crate::http::sessions::Current;
use crate::http::visitor::AdminUser;

#[derive(Template)]
#[template(path = "admin/delete.html")]
struct DeletePage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    id: AccountId,
    name: String,
    is_own: bool,
    /// What to type: the username, or the e-mail of an account without one.
    word: String,
    confirm: String,
    devices: usize,
    public_page: Option<String>,
    tell: Option<Tell>,
}

async fn page(
    app: &App,
    shell: PageContext,
    admin: &AdminUser,
    found: &Managed,
    problems: Problems,
    (confirm, tell): (String, Option<Tell>),
) -> Result<Page<DeletePage>, PageError> {
    let account = &found.account;
    Ok(Page(DeletePage {
        shell,
        face: Face::of(admin.account()),
        problems,
        id: account.id,
        name: account.shown_name().to_owned(),
        is_own: admin.account().id == account.id,
        word: word(account).to_owned(),
        confirm,
        devices: devices::count(app, account.id).await?,
        public_page: account.username().filter(|_| account.profile.public).map(public::path),
        tell,
    }))
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    _: RecentLogin,
) -> Result<Response, PageError> {
    let tell = super::tell(&shell, &found.account, None);
    Ok(page(&app, shell, &admin, &found, Problems::default(), (String::new(), tell)).await?.into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    RiskyForm(fields): RiskyForm,
) -> Result<Response, PageError> {
    let id = found.account.id;
    let confirm = fields.get("confirm").cloned().unwrap_or_default();
    let tell = super::tell(&shell, &found.account, Some(&fields));
    let mut problems = Problems::default();
    let status = match problems.check(Field::Confirm, confirmed(&found.account, &confirm)) {
        None => StatusCode::UNPROCESSABLE_ENTITY,
        Some(()) => match remove::remove_and(&app, &admin.actor(), id, tell.unwrap_or(Tell::No)).await {
            Ok(()) if admin.account().id == id => {
                session.forget().await?;
                return Ok(redirect("/goodbye"));
            }
            Ok(()) => return Ok(redirect_with_flash("/admin/users", key!("flash-user-deleted"), 0)),
            Err(Error::LastAdmin) => {
                problems = Problems::general(key!("admin-error-last-admin"), Field::Confirm, 0);
                StatusCode::CONFLICT
            }
            Err(Error::Closed) => {
                problems = Problems::general(key!("admin-error-self-delete"), Field::Confirm, 0);
                StatusCode::FORBIDDEN
            }
            Err(error) => return Err(error.into()),
        },
    };
    Ok((status, page(&app, shell, &admin, &found, problems, (confirm, tell)).await?).into_response())
}
