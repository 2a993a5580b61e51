//! Pictures that memory has, answered before a route is looked for: they are what is asked for most, and finding a route
//! costs more than the picture.

use std::time::Instant;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use prometheus::{Histogram, IntCounter};

use crate::app::App;
use crate::metrics::METRICS;
use crate::request_id::RequestId;

use super::avatar;
use super::headers::Headers;
use super::media;
use super::observe::{self, X_REQUEST_ID};
use super::scheme::IsHttps;

/// What is needed to answer with a picture from memory.
pub(super) struct FromMemory {
    app: App,
    /// The headers of every picture, for those who come by http and by https.
    headers: [HeaderMap; 2],
    /// By the address of a page, and by one for programs.
    counts: [Counts; 2],
}

/// What counts the answers of a route.
struct Counts {
    route: &'static str,
    requests: IntCounter,
    seconds: Histogram,
}

impl Counts {
    fn of(route: &'static str) -> Counts {
        Counts {
            route,
            requests: METRICS.requests.with([route, Method::GET.as_str(), StatusCode::OK.as_str()]),
            seconds: METRICS.request_seconds.with([route]),
        }
    }
}

impl FromMemory {
    pub(super) fn new(app: &App, headers: &Headers) -> FromMemory {
        let headers = [false, true].map(|is_https| {
            let mut response = media::whole(Body::empty(), "image/webp", 0, String::new());
            headers.add(&mut response, IsHttps(is_https));
            // A place for it, so that the map does not grow each time it is copied.
            response.headers_mut().insert(X_REQUEST_ID, HeaderValue::from_static(""));
            response.into_parts().0.headers
        });
        FromMemory { app: app.clone(), headers, counts: [media::ROUTE, avatar::ROUTE_OF_MEDIA].map(Counts::of) }
    }

    /// The whole of a picture, where that is asked for and in memory. Everything else has its route.
    pub(super) fn answer(&self, request: &Request) -> Option<Response> {
        if request.method() != Method::GET {
            return None;
        }
        let name = request.uri().path().strip_prefix("/media/")?;
        let start = Instant::now();
        let asked = request.headers();
        if [header::RANGE, header::IF_NONE_MATCH].iter().any(|name| asked.contains_key(name)) {
            return None;
        }
        let [of_pages, of_programs] = &self.counts;
        let (key, file, counts) = match name.split_once('/') {
            Some((key, file)) => (key, file, of_pages),
            None => media::split_name(name).map(|(key, file)| (key, file, of_programs))?,
        };
        let kind = media::content_type(key, file)?;
        let bytes = media::in_memory(&self.app, key, file)?;
        let id = RequestId::next();
        let mut headers = self.headers[usize::from(IsHttps::of(&self.app, request).0)].clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        headers.insert(header::ETAG, HeaderValue::try_from(media::tag(key, file)).ok()?);
        headers.insert(X_REQUEST_ID, HeaderValue::try_from(id.to_string()).ok()?);
        let mut response = Response::new(Body::from(bytes));
        *response.headers_mut() = headers;
        let seconds = start.elapsed().as_secs_f64();
        observe::log(id, request.method(), counts.route, StatusCode::OK, seconds);
        counts.requests.inc();
        counts.seconds.observe(seconds);
        Some(response)
    }
}
