//! The headers that tell browsers what these pages never do.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::config::Settings;

use super::pages::theme;
use super::scheme::IsHttps;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// Which sites may show an answer (Fetch, "Cross-Origin-Resource-Policy header").
pub(super) const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// All of them, as they go with an answer to http or https.
pub(super) struct Headers {
    http: HeaderMap,
    https: HeaderMap,
}

impl Headers {
    pub(super) fn of(settings: &Settings) -> Headers {
        let mut http = HeaderMap::from_iter(
            [
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (header::REFERRER_POLICY, "same-origin"),
                (header::X_FRAME_OPTIONS, "DENY"),
                (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
                (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
                (PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
                // What a page shows is for the user who is logged in now; the Back button must not show it to the next
                // person.
                (header::CACHE_CONTROL, "no-store"),
            ]
            .map(|(name, value)| (name, HeaderValue::from_static(value))),
        );
        http.insert(header::CONTENT_SECURITY_POLICY, policy(settings));
        let mut https = http.clone();
        // This host alone: what its neighbours speak is not for us to say.
        https.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        Headers { http, https }
    }

    /// Adds them to an answer, but leaves alone what a handler has set.
    pub(super) fn add(&self, response: &mut Response, is_https: IsHttps) {
        let all = if is_https.0 { &self.https } else { &self.http };
        let own = std::mem::replace(response.headers_mut(), all.clone());
        response.headers_mut().extend(own);
    }
}

/// What a page may load and where it may lead (Content Security Policy Level 3).
fn policy(settings: &Settings) -> HeaderValue {
    // A picture's address leads on to the public store when there is one, and that counts as loading from there.
    let pictures = settings.media_public_url.as_ref().map(|url| format!(" {}", url.origin().ascii_serialization()));
    let brand = theme::style(settings).map(|style| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(style))));
    let policy = format!(
        "default-src 'none'; style-src 'self'{}; script-src 'self'; img-src 'self' blob:{}; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        brand.unwrap_or_default(),
        pictures.unwrap_or_default()
    );
    // An origin is ASCII without spaces, and so is a hash in base64, so this is always a header.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}
