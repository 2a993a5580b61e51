//! Requests that change something must come from our own pages: `Sec-Fetch-Site` tells, else `Origin`
//! (SECURITY W1). Forms carry no token, so no form goes stale.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use url::Url;

use crate::app::App;

use super::fault::Fault;

/// Refuses what another site sends, with a page that says so.
pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if is_allowed(request.method(), request.headers(), app.public_url()) {
        next.run(request).await
    } else {
        Fault::CrossSite.into_response()
    }
}

fn is_allowed(method: &Method, headers: &HeaderMap, public_url: &Url) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match text("origin") {
        // No browser of these years leaves both out of such a request: this is a program, which no site drives.
        None => true,
        Some(origin) => {
            let host = text(header::HOST.as_str()).unwrap_or_default();
            // The scheme counts: the http twin of an https site is another site.
            origin == public_url.origin().ascii_serialization() || origin == format!("{}://{host}", public_url.scheme())
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn allowed(headers: &[(&'static str, &'static str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        is_allowed(&Method::POST, &headers, &"https://example.org".parse().unwrap())
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        assert!(allowed(&[("sec-fetch-site", "same-origin")]));
        for site in ["same-site", "cross-site", "odd"] {
            assert!(!allowed(&[("sec-fetch-site", site), ("origin", "https://example.org")]), "{site}");
        }
    }

    #[test]
    fn the_origin_decides_where_the_browser_is_older() {
        assert!(allowed(&[("origin", "https://example.org"), ("host", "example.org")]));
        for origin in ["https://evil.example", "null", "http://example.org", "https://example.org.evil.example"] {
            assert!(!allowed(&[("origin", origin), ("host", "example.org")]), "{origin}");
        }
    }

    #[test]
    fn reading_is_always_allowed() {
        let headers =
            HeaderMap::from_iter([(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static("cross-site"))]);
        assert!(is_allowed(&Method::GET, &headers, &"https://example.org".parse().unwrap()));
    }
}
