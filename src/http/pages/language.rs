//! `/language/{tag}`: a plain link that picks the language in this browser, and leads back to where it stood. What the
//! account prefers is changed by its form alone: any site can make a visitor follow a link.

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, Method, header};
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
    method: Method,
    headers: HeaderMap,
    Path(tag): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response, PageError> {
    let language = Language::of_tag(&tag).ok_or(PageError::NotFound)?;
    let mut response = redirect(local_path(&back.next).unwrap_or("/"));
    // Whether a browser that looks ahead follows the link is not known yet.
    let is_prefetch = headers.get("sec-purpose").is_some_and(|purpose| purpose.as_bytes().starts_with(b"prefetch"));
    if method == Method::GET && !is_prefetch {
        let cookie = cookies::set_language(language, shell.account.as_deref());
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
