//! `/openapi.json` and `/docs`: what the APIs take and answer, made from the types they answer with, and a page to try
//! it out on. Each dialect describes itself in its own `document.rs`.

mod build;

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use serde_json::Value;

use crate::app::App;
use crate::config::Dialects;

use super::{oauth, open_apis};
use crate::http::assets;
use crate::http::page_error::PageError;
use crate::http::routing::get;

pub(super) use build::Document;

/// Its icons are drawn in style sheets, as `data:` images; everything else is as strict as anywhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The document and the page, of the dialects that are open.
pub(super) fn router(open: &Dialects) -> Router<App> {
    // Made when it is first asked for: few installations ever are.
    let open = open.clone();
    let text = Arc::new(LazyLock::new(move || Bytes::from(describe(&open).to_string())));
    let document = async move || document(Bytes::clone(&text));
    Router::new().route("/openapi.json", get(document)).route("/docs", get(page)).route("/docs/", get(page))
}

fn document(text: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, text).into_response()
}

fn describe(open: &Dialects) -> Value {
    let mut document = Document::new();
    open_apis(open).for_each(|api| (api.describe)(&mut document));
    oauth::describe(&mut document);
    document.finish()
}

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage;

impl DocsPage {
    fn asset(&self, name: &str) -> &'static str {
        assets::path(name)
    }
}

async fn page() -> Result<Response, PageError> {
    let text = DocsPage.render().map_err(|error| PageError::internal(&error.into()))?;
    let mut response = Html(text).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}
