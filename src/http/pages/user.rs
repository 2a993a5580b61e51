//! `/u/{username}`: a person's public page, if they have switched it on. Hidden and missing answer the same. A username
//! that was changed a while ago leads on to the present one.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::lookup;
use crate::model::Account;

use super::context::{Page, PageContext};
use super::face::Face;
use crate::http::page_error::PageError;

#[derive(Template)]
#[template(path = "user.html")]
struct UserPage {
    shell: PageContext,
    face: Face,
    person: Account,
    username: String,
    joined: String,
    /// The website without what every address has.
    website: String,
    is_own: bool,
}

/// The address of a person's public page.
pub(super) fn path(username: &str) -> String {
    let escaped: String = url::form_urlencoded::byte_serialize(username.as_bytes()).collect();
    format!("/u/{}", escaped.replace('+', "%20"))
}

fn plain_address(website: &str) -> &str {
    let (_, rest) = website.split_once("://").unwrap_or(("", website));
    rest.strip_suffix('/').unwrap_or(rest)
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    Path(username): Path<String>,
) -> Result<Response, PageError> {
    let found = lookup::by_username(&app, &username).await?;
    let Some(person) = found.filter(|person| person.profile.public && person.is_active()) else {
        return Err(PageError::NotFound);
    };
    if !person.is_called(&username) {
        let Some(present) = person.username() else { return Err(PageError::NotFound) };
        return Ok((StatusCode::FOUND, [(header::LOCATION, path(present))]).into_response());
    }
    let zone = shell.account.as_ref().and_then(|account| account.time_zone.as_deref());
    Ok(Page(UserPage {
        face: Face::of(&person),
        username: person.username().unwrap_or_default().to_owned(),
        website: plain_address(&person.profile.website).to_owned(),
        joined: shell.words.month(person.created_at, zone),
        is_own: shell.account.as_ref().is_some_and(|account| account.id == person.id),
        person,
        shell,
    })
    .into_response())
}
