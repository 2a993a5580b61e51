//! `/admin/users/{id}/picture`: the picture of somebody else, by the same form and editor as one's own.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::model::AccountId;

use super::super::super::fault::Fault;
use super::super::super::visitor::AdminUser;
use super::super::account::picture::{Ended, PicturePanel, Upload, Wanted, change, cropped, uncropped};
use super::super::shell::Shell;
use super::super::{see_other, see_other_saying};
use super::fields::UserForm;
use super::user::{self, Around};
use super::{Named, Subject};

/// Where its form stands.
pub(super) async fn home(Named(id): Named<AccountId>) -> Response {
    see_other(&user::path(id))
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: Shell,
    admin: AdminUser,
    Subject(found): Subject,
    upload: Result<Upload, Fault>,
) -> Result<Response, Fault> {
    let home = user::path(found.account.id);
    let panel = PicturePanel::of(&app, &found.account).at(format!("{home}/picture"));
    match change(&app, &admin.actor(), &found.account, panel, upload).await? {
        Ended::Done(key) => {
            // One's own picture is not called by name.
            let key = match key {
                "flash-picture-removed" => "flash-their-picture-removed",
                "flash-picture-uploaded" => "flash-their-picture-uploaded",
                _ => "flash-their-picture-saved",
            };
            Ok(see_other_saying(&app, &home, key, 0))
        }
        Ended::Again(status, problems, panel) => {
            let form = UserForm::of(&found);
            let around = Around { problems, panel: Some(panel), ..Around::default() };
            let page = user::page(&app, shell.at(&home), &admin, found.account, form, around).await?;
            Ok((status, page).into_response())
        }
    }
}

pub(super) async fn preview(
    State(app): State<App>,
    Subject(found): Subject,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    cropped(&app, &found.account, &wanted).await
}

pub(super) async fn original(
    State(app): State<App>,
    Subject(found): Subject,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    uncropped(&app, &found.account, &headers).await
}
