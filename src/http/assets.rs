//! `/static/…`: our own style, script and icons, embedded, under names that change with their content.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;

use super::conditional;

/// A file as it is built into the program.
struct Asset {
    name: &'static str,
    path: &'static str,
    kind: &'static str,
    tag: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

pub(super) fn router() -> Router<App> {
    Router::new().route("/static/{file}", get(show)).route("/favicon.ico", get(icon))
}

/// The address of a file, by the name it has in `static/`.
pub(super) fn path(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/static/missing", |asset| asset.path)
}

async fn show(Path(file): Path<String>, headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.path.strip_prefix("/static/") == Some(&file)) {
        Some(asset) => asset.answer(&headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Browsers ask for this one by themselves.
async fn icon(headers: HeaderMap) -> Response {
    ASSETS
        .iter()
        .find(|asset| asset.name == "mark.svg")
        .map_or(StatusCode::NOT_FOUND.into_response(), |asset| asset.answer(&headers))
}

impl Asset {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let accepts = |coding| conditional::accepts(headers, &header::ACCEPT_ENCODING, coding);
        let (body, coding) = if accepts("br") {
            (self.brotli, Some("br"))
        } else if accepts("gzip") {
            (self.gzip, Some("gzip"))
        } else {
            (self.plain, None)
        };
        let is_known = conditional::has(headers, self.tag);
        let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
        let answer = response.headers_mut();
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        answer.insert(header::ETAG, HeaderValue::from_static(self.tag));
        if let Some(coding) = coding {
            answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }
}
