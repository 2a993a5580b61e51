//! `/theme.css`: the two numbers that make the brand's colour; and `/robots.txt`.

use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::IntoResponse;

use crate::app::App;
use crate::config::Settings;

/// The address of the style sheet, with the two numbers in it: it can be kept until they change. None where they are
/// Portico's own, which `portico.css` has: a request less.
pub(super) fn path(settings: &Settings) -> Option<String> {
    let version = version(settings);
    (version != OWN).then(|| format!("/theme.css?{version}"))
}

/// Portico's own hue and chroma.
const OWN: &str = "192-0.075";

fn version(settings: &Settings) -> String {
    format!("{}-{}", settings.brand_hue, settings.brand_chroma)
}

pub(super) async fn show(State(app): State<App>, RawQuery(query): RawQuery) -> impl IntoResponse {
    let settings = app.settings();
    let caching = if query == Some(version(settings)) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let css = format!(":root{{--brand-h:{};--brand-c:{}}}\n", settings.brand_hue, settings.brand_chroma);
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, caching)], css)
}

pub(super) async fn robots() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "User-agent: *\nDisallow: /account\nDisallow: /setup\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_style_sheet_has_the_colour_that_needs_no_request() {
        let css = include_str!("../../../static/portico.css");
        let number = |name: &str| css.split(name).nth(1).and_then(|rest| rest.split(';').next()).map(str::trim);
        let chroma: f64 = number("--brand-c:").unwrap().parse().unwrap();
        assert_eq!(format!("{}-{chroma}", number("--brand-h:").unwrap()), super::OWN);
    }
}
