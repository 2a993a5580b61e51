//! `/theme.css`: the two numbers that make the brand's colour; and `/robots.txt`.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use crate::app::App;

pub(super) async fn show(State(app): State<App>) -> impl IntoResponse {
    let settings = app.settings();
    let css = format!(":root{{--brand-h:{};--brand-c:{}}}\n", settings.brand_hue, settings.brand_chroma);
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")], css)
}

pub(super) async fn robots() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "User-agent: *\nDisallow: /account\nDisallow: /setup\n")
}
