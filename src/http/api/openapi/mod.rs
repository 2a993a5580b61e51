//! `/openapi.json` and `/docs`: what the APIs take and answer, made from the types they answer with, and a page to try
//! it out on. Each dialect describes itself in its own `document.rs`.

mod build;

use std::sync::OnceLock;

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use crate::app::App;

use super::super::assets;
use super::super::fault::Fault;
use super::{clark, django, fastapi, oauth};

pub(super) use build::Document;

/// Its icons are drawn in style sheets, as `data:` images; everything else is as strict as anywhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(super) fn router() -> Router<App> {
    Router::new().route("/openapi.json", get(document)).route("/docs", get(page)).route("/docs/", get(page))
}

async fn document() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| describe().to_string());
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    (headers, text.as_str()).into_response()
}

fn describe() -> Value {
    let mut document = Document::new();
    django::describe(&mut document);
    fastapi::describe(&mut document);
    clark::describe(&mut document);
    oauth::describe(&mut document);
    document.finish(json!({
        "django": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "`JWT`, a space, and the access token.",
        },
        "fastapi": {
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "The access token, raw or behind `Bearer `.",
        },
        "clark": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
        "service": {
            "type": "http", "scheme": "basic",
            "description": "Any name, with `PORTICO_INTROSPECTION_SECRET` as the password.",
        },
    }))
}

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage;

impl DocsPage {
    fn asset(&self, name: &str) -> &'static str {
        assets::path(name)
    }
}

async fn page() -> Result<Response, Fault> {
    let text = DocsPage.render().map_err(|error| Fault::broken(&error.into()))?;
    let mut response = Html(text).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(response)
}
