//! The two numbers that make the brand's colour; and `/robots.txt`.

use axum::http::header;
use axum::response::IntoResponse;

use crate::config::Settings;

/// Portico's own hue and chroma, which `portico.css` has.
const OWN: (f32, f32) = (192.0, 0.075);

/// The style that makes the brand's colour, where it is not Portico's own. It stands in the page: a request less, and
/// the content security policy knows it by its hash.
pub(in crate::http) fn style(settings: &Settings) -> Option<String> {
    let (hue, chroma) = (settings.brand_hue, settings.brand_chroma);
    ((hue, chroma) != OWN).then(|| format!(":root{{--brand-h:{hue};--brand-c:{chroma}}}"))
}

pub(super) async fn robots() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "User-agent: *\nDisallow: /account\nDisallow: /setup\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_style_sheet_has_the_colour_that_needs_no_request() {
        let css = include_str!("../../../static/portico.css");
        let number = |name: &str| css.split(name).nth(1).and_then(|rest| rest.split(';').next());
        let number = |name| number(name).and_then(|number| number.trim().parse().ok());
        assert_eq!(number("--brand-h:").zip(number("--brand-c:")), Some(super::OWN));
    }
}
