//! `/account/picture`: a person's own profile picture, whose form stands on the profile page.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;

use super::profile;
use crate::http::page_error::PageError;
use crate::http::pages::context::PageContext;
use crate::http::pages::picture_form::{CropQuery, Done, Ended, Upload, change, cropped, uncropped};
use crate::http::pages::picture_panel::PicturePanel;
use crate::http::pages::redirect_with_flash;
use crate::http::visitor::CurrentUser;

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    user: CurrentUser,
    upload: Result<Upload, PageError>,
) -> Result<Response, PageError> {
    // The page a picture's form stands on, for the links around it.
    let home = "/account/profile";
    match change(&app, &user.actor(), &user.0, PicturePanel::of(&app, &user.0), upload).await? {
        Ended::Done(done) => {
            let key = match done {
                Done::Removed => key!("flash-picture-removed"),
                Done::Uploaded => key!("flash-picture-uploaded"),
                Done::Saved => key!("flash-picture-saved"),
            };
            Ok(redirect_with_flash(home, key, 0))
        }
        Ended::Again(status, problems, panel) => {
            let wait = problems.retry_after();
            Ok((status, wait, profile::with_panel(&app, shell.at(home), &user.0, problems, panel)).into_response())
        }
    }
}

/// The picture in a crop that is not saved, for people without scripts; its owner's alone.
pub(super) async fn preview(
    State(app): State<App>,
    user: CurrentUser,
    Query(wanted): Query<CropQuery>,
) -> Result<Response, PageError> {
    cropped(&app, &user.actor(), &user.0, &wanted).await
}

/// The cleaned picture as it was uploaded, which the editor shows; its owner's alone.
pub(super) async fn original(
    State(app): State<App>,
    user: CurrentUser,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    uncropped(&app, &user.0, &headers).await
}
