//! `/admin/users/{id}/two-factor`: removing the second factors of a person who has lost them.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::manage::Managed;
use crate::accounts::two_factor;
use crate::app::App;
use crate::model::profile::{limits, text};
use crate::model::{AccountId, Field};

use super::{Subject, user};
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::Problems;
use crate::http::pages::recent_login::{RecentLogin, RiskyForm};
use crate::http::pages::{draft, redirect, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::AdminUser;

#[derive(Template)]
#[template(path = "admin/factors.html")]
struct FactorsPage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    id: AccountId,
    name: String,
    reason: String,
}

fn path(id: AccountId) -> String {
    format!("{}/two-factor", user::path(id))
}

fn page(
    shell: PageContext,
    admin: &AdminUser,
    found: &Managed,
    problems: Problems,
    reason: String,
) -> Page<FactorsPage> {
    Page(FactorsPage {
        shell,
        face: Face::of(admin.account()),
        problems,
        id: found.account.id,
        name: found.account.shown_name().to_owned(),
        reason,
    })
}

pub(super) async fn show(
    session: Current,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    _: RecentLogin,
) -> Result<Response, PageError> {
    let id = found.account.id;
    if !found.account.two_factor {
        return Ok(redirect(&user::path(id)));
    }
    let typed = draft::take(&session, &path(id)).await?;
    let reason = typed.and_then(|mut fields| fields.remove("reason")).unwrap_or_default();
    Ok(page(shell, &admin, &found, Problems::default(), reason).into_response())
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
    let mut problems = Problems::default();
    let Some(reason) = problems.check(Field::Reason, text(&typed, limits::REASON)) else {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(shell, &admin, &found, problems, typed)).into_response());
    };
    // Pressed twice, they are gone all the same.
    two_factor::remove_all(&app, &admin.actor(), id, &reason).await?;
    // Their own: they are out, too.
    if admin.account().id == id {
        return Ok(redirect("/login"));
    }
    Ok(redirect_with_flash(&user::path(id), key!("flash-two-factor-removed"), 0))
}
