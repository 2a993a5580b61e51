//! `/admin/users/{id}/disable` and `/enable`: who may use their account.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::manage::Managed;
use crate::accounts::{devices, status};
use crate::app::App;
use crate::error::Error;
use crate::model::profile::{limits, text};
use crate::model::{AccountId, Field, Status};

use super::super::super::fault::Fault;
use super::super::super::sessions::Current;
use super::super::super::visitor::AdminUser;
use super::super::account::Face;
use super::super::forms::{Fields, Problems};
use super::super::recent_login::{self, RecentLogin, RiskyForm};
use super::super::shell::{Page, Shell};
use super::super::{draft, see_other, see_other_saying};
use super::{Named, Subject, user};

#[derive(Template)]
#[template(path = "admin/disable.html")]
struct DisablePage {
    shell: Shell,
    face: Face,
    problems: Problems,
    id: AccountId,
    name: String,
    is_own: bool,
    devices: usize,
    reason: String,
}

fn path(id: AccountId) -> String {
    format!("{}/disable", user::path(id))
}

async fn page(
    app: &App,
    shell: Shell,
    admin: &AdminUser,
    found: &Managed,
    problems: Problems,
    reason: String,
) -> Result<Page<DisablePage>, Fault> {
    let id = found.account.id;
    Ok(Page(DisablePage {
        shell,
        face: Face::of(admin.account()),
        problems,
        id,
        name: found.account.shown_name().to_owned(),
        is_own: admin.account().id == id,
        devices: devices::list(app, id).await?.len(),
        reason,
    }))
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: Shell,
    admin: AdminUser,
    Subject(found): Subject,
    _: RecentLogin,
) -> Result<Response, Fault> {
    let id = found.account.id;
    if !found.account.is_active() {
        return Ok(see_other(&user::path(id)));
    }
    let reason = draft::take(&session, &path(id)).await?.and_then(|mut fields| fields.remove("reason"));
    Ok(page(&app, shell, &admin, &found, Problems::default(), reason.unwrap_or_default()).await?.into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: Shell,
    admin: AdminUser,
    Subject(found): Subject,
    RiskyForm(fields): RiskyForm,
) -> Result<Response, Fault> {
    let id = found.account.id;
    let typed = fields.get("reason").cloned().unwrap_or_default();
    let mut problems = Problems::default();
    let status = match problems.check(Field::Reason, text(&typed, limits::REASON)) {
        None => StatusCode::UNPROCESSABLE_ENTITY,
        Some(reason) => match status::set_because(&app, &admin.actor(), id, Status::Disabled, &reason).await {
            // Their own: they are out, and nothing is here for them any more.
            Ok(_) if admin.account().id == id => return Ok(see_other("/login")),
            Ok(_) => return Ok(see_other_saying(&app, &user::path(id), "flash-user-disabled", 0)),
            Err(Error::LastAdmin) => {
                problems = Problems::general("admin-error-last-admin", Field::Reason, 0);
                StatusCode::CONFLICT
            }
            Err(error) => return Err(error.into()),
        },
    };
    Ok((status, page(&app, shell, &admin, &found, problems, typed).await?).into_response())
}

pub(super) async fn enable(
    State(app): State<App>,
    session: Current,
    admin: AdminUser,
    Named(id): Named<AccountId>,
) -> Result<Response, Fault> {
    // Its button stands on the account's page.
    if let Some(first) = recent_login::needed(&app, &session, &user::path(id), &Fields::default()).await? {
        return Ok(first);
    }
    status::set(&app, &admin.actor(), id, Status::Active).await?;
    Ok(see_other_saying(&app, &user::path(id), "flash-user-enabled", 0))
}
