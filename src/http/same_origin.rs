//! Requests that change something must come from our own pages: `Sec-Fetch-Site` tells, else `Origin`. Forms carry no
//! token, so no form goes stale.

use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use url::Url;

use crate::app::App;

use super::page_error::PageError;
use super::scheme::IsHttps;

/// Whether a request may go on: what another site sends may not.
pub(super) fn check(app: &App, request: &Request) -> Result<(), PageError> {
    // In HTTP/2 it stands in the address that is asked for.
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let host = authority.or_else(|| request.headers().get(header::HOST).and_then(|host| host.to_str().ok()));
    let asked = host.map(|host| (IsHttps::noted(request), host));
    let is_allowed = is_allowed(request.method(), request.headers(), asked, app.settings().public_url.as_ref());
    if is_allowed { Ok(()) } else { Err(PageError::CrossSite) }
}

/// Whether another site has led a browser here, as far as the browser tells: for what a mere GET leaves behind.
pub(super) fn is_led_by_another(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"))
}

/// `public_url` is the address people come by, where it is set: then `asked`, the scheme and host that were asked for,
/// which one who leads people here under a name of their own can choose, does not count.
fn is_allowed(method: &Method, headers: &HeaderMap, asked: Option<(IsHttps, &str)>, public_url: Option<&Url>) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), public_url) {
        // No browser of these years leaves both out of such a request: this is a program, which no site drives.
        (None, _) => true,
        // The scheme counts: the http twin of an https site is another site.
        (Some(origin), Some(url)) => origin == url.origin().ascii_serialization(),
        (Some(origin), None) => asked.is_some_and(|(is_https, host)| {
            let scheme = if is_https.0 { "https://" } else { "http://" };
            origin.strip_prefix(scheme) == Some(host)
        }),
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
        let asked = Some((IsHttps(true), "example.org"));
        is_allowed(&Method::POST, &headers, asked, "https://example.org".parse().ok().as_ref())
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
            for host in ["example.org", "evil.example", "example.org.evil.example"] {
                assert!(!allowed(&[("origin", origin), ("host", host)]), "{origin} {host}");
            }
        }
    }

    #[test]
    fn where_no_address_is_set_the_one_that_was_asked_for_counts() {
        let by = |is_https, origin: &'static str, host: Option<&str>| {
            let headers = HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))]);
            is_allowed(&Method::POST, &headers, host.map(|host| (IsHttps(is_https), host)), None)
        };
        let allowed = |origin, host| by(false, origin, host);
        assert!(allowed("http://127.0.0.1:8000", Some("127.0.0.1:8000")));
        for origin in ["http://127.0.0.1:9000", "https://127.0.0.1:8000", "null", "127.0.0.1:8000"] {
            assert!(!allowed(origin, Some("127.0.0.1:8000")), "{origin}");
            assert!(!allowed(origin, None), "{origin}");
        }
        assert!(by(true, "https://example.org", Some("example.org")));
        for origin in ["http://example.org", "https://evil.example", "https://example.org:8443", "null"] {
            assert!(!by(true, origin, Some("example.org")), "{origin}");
        }
    }

    #[test]
    fn reading_is_always_allowed() {
        let headers =
            HeaderMap::from_iter([(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static("cross-site"))]);
        assert!(is_allowed(&Method::GET, &headers, None, None));
    }
}
