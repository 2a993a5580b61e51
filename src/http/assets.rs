//! `/static/…`: our own style, script and icons, embedded, and the brand's files, under names that change with their
//! content.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::config::BrandFile;
use crate::model::Language;

use super::conditional;
use super::routing::get;

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

/// How long what changes with its content is kept.
const HASHED_NAME: &str = "public, max-age=31536000, immutable";
/// How long what keeps its name is kept.
const FIXED_NAME: &str = "public, max-age=86400";

pub(super) fn router() -> Router<App> {
    // What browsers ask for by themselves: icons of iOS, for which there is no picture in PNG.
    let absent = get(async || (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, FIXED_NAME)]));
    Router::new()
        .route("/static/{file}", get(show))
        .route("/favicon.ico", get(icon))
        .route("/apple-touch-icon.png", absent.clone())
        .route("/apple-touch-icon-precomposed.png", absent)
}

/// The address of a file, by the name it has in `static/` or that `build.rs` has given it.
pub(super) fn path(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/static/missing", |asset| asset.path)
}

/// The address of the pages' script that says what it says in a language.
pub(super) fn script(language: Language) -> &'static str {
    path(match language {
        Language::English => "portico.en.js",
        Language::Russian => "portico.ru.js",
    })
}

async fn show(State(app): State<App>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    if let Some(asset) = ASSETS.iter().find(|asset| asset.path.strip_prefix("/static/") == Some(&file)) {
        return asset.answer(&headers, HASHED_NAME);
    }
    let mut brand = [&app.settings().brand_logo, &app.settings().brand_style].into_iter().flatten();
    match brand.find(|known| known.path.strip_prefix("/static/") == Some(&file)) {
        Some(file) => answer_brand(file, &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A file of the brand's. A drawing that is opened by itself runs nothing and loads nothing.
fn answer_brand(file: &BrandFile, headers: &HeaderMap) -> Response {
    let is_known = conditional::has(headers, &file.tag);
    let mut response =
        if is_known { StatusCode::NOT_MODIFIED.into_response() } else { file.bytes.clone().into_response() };
    let answer = response.headers_mut();
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(HASHED_NAME));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
    answer.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    if let Ok(tag) = HeaderValue::from_str(&file.tag) {
        answer.insert(header::ETAG, tag);
    }
    response
}

/// Browsers ask for this one by themselves.
async fn icon(headers: HeaderMap) -> Response {
    ASSETS
        .iter()
        .find(|asset| asset.name == "mark.svg")
        .map_or(StatusCode::NOT_FOUND.into_response(), |asset| asset.answer(&headers, FIXED_NAME))
}

impl Asset {
    fn answer(&self, headers: &HeaderMap, caching: &'static str) -> Response {
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
        answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        answer.insert(header::ETAG, HeaderValue::from_static(self.tag));
        if let Some(coding) = coding {
            answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_a_script() {
        let scripts: Vec<_> = Language::ALL.into_iter().map(script).collect();
        assert!(!scripts.contains(&path("nothing")), "{scripts:?}");
    }
}
