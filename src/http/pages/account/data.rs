//! `/account/data`: a copy of everything kept about a person.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::personal_data;

use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::redirect;
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

#[derive(Template)]
#[template(path = "account/data.html")]
pub(super) struct DataPage {
    shell: PageContext,
    face: Face,
}

pub(super) async fn show(shell: PageContext, user: CurrentUser) -> Page<DataPage> {
    Page(DataPage { shell, face: Face::of(&user.0) })
}

/// The zip; wants a recent login, since the browser may have been left open.
pub(super) async fn download(
    State(app): State<App>,
    session: Current,
    user: CurrentUser,
) -> Result<Response, PageError> {
    if !session.is_recent() {
        return Ok(redirect("/reauth?next=%2Faccount%2Fdata"));
    }
    let zip = personal_data::pack(&app, &user.actor(), &user.0).await?;
    let name = format!("attachment; filename=\"{}-data.zip\"", user.0.id);
    Ok(([(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, name)], zip)
        .into_response())
}
