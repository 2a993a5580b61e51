//! `/admin/users/{id}/picture`: the picture of another account, by the same form and editor as one's own.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::model::AccountId;

use super::fields::UserForm;
use super::user::{self, PageState};
use super::{PathId, Subject};
use crate::http::page_error::PageError;
use crate::http::pages::context::PageContext;
use crate::http::pages::picture_form::{CropQuery, Done, Ended, Upload, change, cropped, uncropped};
use crate::http::pages::picture_panel::PicturePanel;
use crate::http::pages::{redirect, redirect_with_flash};
use crate::http::visitor::AdminUser;

/// Where its form stands.
pub(super) async fn home(PathId(id): PathId<AccountId>) -> Response {
    redirect(&user::path(id))
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    Subject(found): Subject,
    upload: Result<Upload, PageError>,
) -> Result<Response, PageError> {
    let home = user::path(found.account.id);
    let panel = PicturePanel::of(&app, &found.account).at(format!("{home}/picture"));
    match change(&app, &admin.actor(), &found.account, panel, upload).await? {
        Ended::Done(done) => {
            let key = match done {
                Done::Removed => key!("flash-their-picture-removed"),
                Done::Uploaded => key!("flash-their-picture-uploaded"),
                Done::Saved => key!("flash-their-picture-saved"),
            };
            Ok(redirect_with_flash(&home, key, 0))
        }
        Ended::Again(status, problems, panel) => {
            let form = UserForm::of(&found);
            let around = PageState { problems, panel: Some(panel), ..PageState::default() };
            let page = user::page(&app, shell.at(&home), &admin, found.account, form, around).await?;
            Ok((status, page).into_response())
        }
    }
}

pub(super) async fn preview(
    State(app): State<App>,
    admin: AdminUser,
    Subject(found): Subject,
    Query(wanted): Query<CropQuery>,
) -> Result<Response, PageError> {
    cropped(&app, &admin.actor(), &found.account, &wanted).await
}

pub(super) async fn original(
    State(app): State<App>,
    Subject(found): Subject,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    uncropped(&app, &found.account, &headers).await
}
