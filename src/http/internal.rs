//! Who may ask at the internal listener: services, and no browser, since any web page can make one send a request to
//! its own machine or network, and a name of the page's own may lead there (DNS rebinding).

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, Version, header};
use axum::response::{IntoResponse as _, Response};

use crate::app::App;

/// What is asked by HTTP/1.1, too: by Prometheus and by probes.
const PLAIN: [&str; 3] = ["/metrics", "/healthz", "/readyz"];

/// Where mail servers hand over bounces, by whatever version of HTTP.
pub(super) const BOUNCES: &str = "/mail/bounces";

/// Refuses whatever a browser can be made to send, before anything else looks at it.
pub(super) fn refusal(app: &App, request: &Request) -> Option<Response> {
    let status = refused(&app.settings().internal_hosts, request)?;
    let upgrade = [(header::UPGRADE, "h2c"), (header::CONNECTION, "upgrade")];
    Some((status, (status == StatusCode::UPGRADE_REQUIRED).then_some(upgrade), ()).into_response())
}

fn refused<B>(hosts: &[String], request: &axum::http::Request<B>) -> Option<StatusCode> {
    let headers = request.headers();
    if headers.keys().any(|name| *name == header::ORIGIN || name.as_str().starts_with("sec-fetch-")) {
        return Some(StatusCode::FORBIDDEN);
    }
    if !host(request.uri(), headers).is_some_and(|host| is_ours(&host, hosts)) {
        return Some(StatusCode::MISDIRECTED_REQUEST);
    }
    if PLAIN.contains(&request.uri().path()) {
        return None;
    }
    match *request.method() {
        // No page's form can send this type, and no script without having asked before.
        Method::POST if request.uri().path() == BOUNCES => {
            (kind(headers).as_deref() != Some("message/rfc822")).then_some(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        }
        Method::POST if !is_grpc(headers) => Some(StatusCode::UNSUPPORTED_MEDIA_TYPE),
        Method::POST if request.version() != Version::HTTP_2 => Some(StatusCode::UPGRADE_REQUIRED),
        Method::POST => None,
        // Everything else that is there is called by POST.
        Method::GET | Method::HEAD => Some(StatusCode::NOT_FOUND),
        _ => Some(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// The host that is asked for, without port, if it is told once or in the same words (RFC 9113 §8.3.1).
fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let mut told = headers.get_all(header::HOST).iter();
    let told = (told.next(), told.next());
    let authority = match (uri.authority(), told) {
        (_, (_, Some(_))) | (None, (None, None)) => return None,
        (Some(authority), (None, None)) => authority.clone(),
        (None, (Some(host), None)) => Authority::try_from(host.as_bytes()).ok()?,
        (Some(authority), (Some(host), None)) => {
            authority.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes()).then(|| authority.clone())?
        }
    };
    let is_plain = !authority.as_str().contains('@');
    let host = authority.host();
    is_plain.then(|| host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase())
}

/// Addresses are no names that an attacker could point here (DNS rebinding).
fn is_ours(host: &str, hosts: &[String]) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().is_ok() || host == "localhost" || hosts.iter().any(|known| known == host)
}

/// gRPC's type, with what it carries behind a plus sign or without; not gRPC-Web's, which is made for browsers.
fn is_grpc(headers: &HeaderMap) -> bool {
    kind(headers).is_some_and(|kind| kind == "application/grpc" || kind.starts_with("application/grpc+"))
}

/// The type of what is sent, without parameters, if it is told once.
fn kind(headers: &HeaderMap) -> Option<String> {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next().and_then(|kind| kind.to_str().ok()), kinds.next()) else { return None };
    Some(kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(uri: &str, version: Version, headers: &[(&str, &str)]) -> Option<u16> {
        let method = if PLAIN.iter().any(|path| uri.ends_with(path)) { Method::GET } else { Method::POST };
        let mut request = axum::http::Request::builder().method(method).uri(uri).version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        refused(&["portico".to_owned()], &request.body(()).unwrap()).map(|status| status.as_u16())
    }

    fn rpc(kind: &str) -> Option<u16> {
        ask("http://127.0.0.1:50050/UsersAPI/Info", Version::HTTP_2, &[("content-type", kind)])
    }

    #[test]
    fn addresses_localhost_and_names_that_were_set_are_answered() {
        for host in
            ["127.0.0.1", "10.1.2.3:50050", "[::1]:50050", "localhost:1", "LocalHost.", "Portico:50050", "portico."]
        {
            assert_eq!(ask("/metrics", Version::HTTP_11, &[("host", host)]), None, "{host}");
            assert_eq!(ask(&format!("http://{host}/metrics"), Version::HTTP_2, &[]), None, "{host}");
        }
    }

    #[test]
    fn other_names_and_two_at_once_are_refused() {
        for host in [
            "evil.example",
            "evil.example:50050",
            "localhost.evil.example",
            "0x7f.1",
            "2130706433",
            "",
            "a@localhost",
            "::1",
        ] {
            assert_eq!(ask("/metrics", Version::HTTP_11, &[("host", host)]), Some(421), "{host}");
        }
        assert_eq!(ask("/metrics", Version::HTTP_11, &[]), Some(421));
        assert_eq!(ask("/metrics", Version::HTTP_11, &[("host", "localhost"), ("host", "localhost")]), Some(421));
        assert_eq!(ask("http://localhost/metrics", Version::HTTP_2, &[("host", "evil.example")]), Some(421));
        assert_eq!(ask("http://evil.example/metrics", Version::HTTP_2, &[("host", "localhost")]), Some(421));
        assert_eq!(ask("http://localhost/metrics", Version::HTTP_2, &[("host", "LOCALHOST")]), None);
    }

    #[test]
    fn what_a_browser_adds_is_refused_whatever_it_says() {
        for (name, value) in [
            ("origin", "http://127.0.0.1:50050"),
            ("origin", "null"),
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "navigate"),
        ] {
            assert_eq!(ask("/metrics", Version::HTTP_11, &[("host", "127.0.0.1"), (name, value)]), Some(403), "{name}");
        }
    }

    #[test]
    fn bounces_are_messages_that_no_form_sends() {
        let kind = |kind| ask("http://127.0.0.1:50050/mail/bounces", Version::HTTP_11, &[("content-type", kind)]);
        assert_eq!((kind("message/rfc822"), kind("Message/RFC822; charset=utf-8")), (None, None));
        for other in ["", "text/plain", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded"] {
            assert_eq!(kind(other), Some(415), "{other}");
        }
    }

    #[test]
    fn rpcs_are_grpc_over_http_2() {
        for kind in ["application/grpc", "application/grpc+proto", "Application/gRPC; charset=utf-8"] {
            assert_eq!(rpc(kind), None, "{kind}");
        }
        for kind in [
            "",
            "text/plain",
            "application/grpc-web",
            "application/grpc-web+proto",
            "application/grpcx",
            "text/plain, application/grpc",
        ] {
            assert_eq!(rpc(kind), Some(415), "{kind}");
        }
        let old = [("host", "127.0.0.1"), ("content-type", "application/grpc")];
        assert_eq!(ask("/UsersAPI/Info", Version::HTTP_11, &old), Some(426));
    }
}
