//! `/language/{tag}`: a plain link that picks the language in this browser, and leads back to where it stood. What the
//! account prefers is changed by its form alone: anybody can make anybody follow a link.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::Response;
use serde::Deserialize;

use crate::app::App;
use crate::model::Language;

use super::super::cookies;
use super::super::fault::Fault;
use super::shell::Shell;
use super::{own_path, see_other};

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    next: String,
}

pub(super) async fn choose(
    State(app): State<App>,
    shell: Shell,
    Path(tag): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response, Fault> {
    let language = Language::of_tag(&tag).ok_or(Fault::NotFound)?;
    let mut response = see_other(own_path(&back.next).unwrap_or("/"));
    let cookie = cookies::set_language(&app, language, shell.account.as_deref());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
