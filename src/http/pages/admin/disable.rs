//! `/admin/users/{id}/disable` and `/enable`: who may use their account.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::manage::Managed;
use crate::accounts::{devices, status};
use crate::app::App;
use crate::error::Error;
use crate::mails::Tell;
use crate::model::profile::{limits, text};
use crate::model::{Account, AccountId, Field, Status};

use super::{PathId, Subject, user};
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::Problems;
use crate::http::pages::recent_login::{ParentPage, RecentLogin, RiskyForm};
use crate::http::pages::{draft, redirect, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::AdminUser;

#[derive(Template)]
#[template(path = "admin/disable.html")]
struct DisablePage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    id: AccountId,
    name: String,
    is_own: bool,
    devices: usize,
    reason: String,
    tell: Option<Tell>,
}

fn path(id: AccountId) -> String {
    format!("{}/disable", user::path(id))
}

async fn page(
    app: &App,
    shell: PageContext,
    admin: &AdminUser,
    found: &Managed,
    problems: Problems,
    (reason, tell): (String, Option<Tell>),
) -> Result<Page<DisablePage>, PageError> {
    let id = found.account.id;
    Ok(Page(DisablePage {
        shell,
        face: Face::of(admin.account()),
        problems,
        id,
        name: found.account.shown_name().to_owned(),
        is_own: admin.account().id == id,
        devices: devices::count(app, id).await?,
        reason,
        tell,
    }))
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    _: RecentLogin,
) -> Result<Response, PageError> {
    let id = found.account.id;
    if !found.account.is_active() {
        return Ok(redirect(&user::path(id)));
    }
    let typed = draft::take(&session, &path(id)).await?;
    let tell = super::tell(&shell, &found.account, typed.as_ref());
    let reason = typed.and_then(|mut fields| fields.remove("reason")).unwrap_or_default();
    Ok(page(&app, shell, &admin, &found, Problems::default(), (reason, tell)).await?.into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    RiskyForm(fields): RiskyForm,
) -> Result<Response, PageError> {
    let id = found.account.id;
    let typed = fields.get("reason").cloned().unwrap_or_default();
    let tell = super::tell(&shell, &found.account, Some(&fields));
    let mut problems = Problems::default();
    let status = match problems.check(Field::Reason, text(&typed, limits::REASON)) {
        None => StatusCode::UNPROCESSABLE_ENTITY,
        Some(reason) => match disable(&app, &admin, id, &reason, tell).await {
            // Their own: they are out, and nothing is here for them any more.
            Ok(_) if admin.account().id == id => return Ok(redirect("/login")),
            Ok(_) => return Ok(redirect_with_flash(&user::path(id), key!("flash-user-disabled"), 0)),
            Err(Error::LastAdmin) => {
                problems = Problems::general(key!("admin-error-last-admin"), Field::Reason, 0);
                StatusCode::CONFLICT
            }
            Err(error) => return Err(error.into()),
        },
    };
    Ok((status, page(&app, shell, &admin, &found, problems, (typed, tell)).await?).into_response())
}

async fn disable(
    app: &App,
    admin: &AdminUser,
    id: AccountId,
    reason: &str,
    tell: Option<Tell>,
) -> Result<Account, Error> {
    status::set_because(app, &admin.actor(), id, Status::Disabled, reason, tell.unwrap_or(Tell::No)).await
}

pub(super) async fn enable(
    State(app): State<App>,
    admin: AdminUser,
    _: RecentLogin<ParentPage>,
    PathId(id): PathId<AccountId>,
) -> Result<Response, PageError> {
    status::set(&app, &admin.actor(), id, Status::Active).await?;
    Ok(redirect_with_flash(&user::path(id), key!("flash-user-enabled"), 0))
}
