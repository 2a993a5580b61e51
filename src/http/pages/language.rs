//! `/language/{tag}`: a plain link that picks the language in this browser, and leads back to where it stood. What the
//! account prefers is changed by its form alone: any site can make a visitor follow a link.

use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::Response;
use serde::Deserialize;

use crate::model::Language;

use super::context::PageContext;
use super::{local_path, redirect};
use crate::http::cookies;
use crate::http::page_error::PageError;

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    next: String,
}

pub(super) async fn choose(
    shell: PageContext,
    Path(tag): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response, PageError> {
    let language = Language::of_tag(&tag).ok_or(PageError::NotFound)?;
    let mut response = redirect(local_path(&back.next).unwrap_or("/"));
    let cookie = cookies::set_language(language, shell.account.as_deref());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
