//! `/media/{key}/{file}`: pictures by unguessable addresses whose content never changes. Neither the database nor the
//! image code is asked, unless there is no such file: then a former picture leads to the one that took its place.

use std::ops::Range;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use object_store::{GetOptions, GetRange};

use crate::app::App;
use crate::media::File;
use crate::model::picture::Picture;
use crate::pictures::former;

use super::conditional;
use super::headers::CROSS_ORIGIN_RESOURCE_POLICY;
use super::page_error::PageError;
use super::routing::get;

/// Room for the headers of a picture, those of every answer among them.
const HEADER_ROOM: usize = 20;

/// Where they are.
pub(super) const ROUTE: &str = "/media/{key}/{file}";

pub(super) fn router() -> Router<App> {
    Router::new().route(ROUTE, get(show))
}

/// A file by the path below `/media`.
pub(super) async fn show(
    State(app): State<App>,
    Path((key, file)): Path<(String, String)>,
    request: Request,
) -> Result<Response, PageError> {
    answer(&app, &key, &file, request.headers()).await
}

/// The key and the file that a name of one part means, as addresses for programs end in it: `{key}-{file}`.
pub(super) fn split_name(name: &str) -> Option<(&str, &str)> {
    name.split_once('-').filter(|(key, file)| content_type(key, file).is_some())
}

/// A file by the key of its picture and its own name.
pub(super) async fn answer(app: &App, key: &str, file: &str, headers: &HeaderMap) -> Result<Response, PageError> {
    let Some(kind) = content_type(key, file) else { return Ok(nothing()) };
    let tag = tag(key, file);
    if conditional::names(headers, &tag) {
        return Ok(with_caching(StatusCode::NOT_MODIFIED.into_response(), tag));
    }
    let range = conditional::range(headers, &tag);
    let found = match in_memory(app, key, file) {
        Some(bytes) => match Part::of(bytes, range.as_ref()) {
            Ok(part) => part,
            Err(size) => return Ok(unsatisfiable(size)),
        },
        // Whatever waits is set apart: what is in memory moves no large futures about.
        None => match Box::pin(open(app, key, file, &tag, range.clone())).await? {
            Ok(part) => part,
            Err(other) => return Ok(other),
        },
    };
    // What the client has of it, whatever that is, is the same.
    if conditional::has(headers, &tag) {
        return Ok(with_caching(StatusCode::NOT_MODIFIED.into_response(), tag));
    }
    let mut response = whole(found.body, kind, found.part.end - found.part.start, tag);
    if range.is_some() {
        let shown = format!("bytes {}-{}/{}", found.part.start, found.part.end.saturating_sub(1), found.size);
        if let Ok(value) = HeaderValue::from_str(&shown) {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// A file that can be sent at once.
pub(super) fn in_memory(app: &App, key: &str, file: &str) -> Option<Bytes> {
    app.media().fresh(key, file)
}

/// The entity tag of a file: the address names the content.
pub(super) fn tag(key: &str, file: &str) -> String {
    format!("\"{key}-{file}\"")
}

/// An answer with a file that has so many bytes.
pub(super) fn whole(body: Body, kind: &'static str, size: u64, tag: String) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    // Each time a map grows, it is made anew.
    headers.reserve(HEADER_ROOM);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    with_caching(response, tag)
}

/// A file that memory has not, or not for certain, or what is answered in its place.
async fn open(
    app: &App,
    key: &str,
    file: &str,
    tag: &str,
    range: Option<GetRange>,
) -> Result<Result<Part, Response>, PageError> {
    if let Some(url) = app.media().public_url(key, file) {
        // The store is not asked here, so only the database tells that the file is gone. Without it all else goes on.
        return Ok(Err(match former::successor(app, key).await {
            Ok(Some(picture)) => moved(&picture, file),
            Ok(None) | Err(_) => {
                with_caching((StatusCode::FOUND, [(header::LOCATION, url)]).into_response(), tag.to_owned())
            }
        }));
    }
    let options = GetOptions { range: range.clone(), ..GetOptions::default() };
    match app.media().get(key, file, options).await {
        Ok(File::Whole(bytes)) => Ok(Part::of(bytes, range.as_ref()).map_err(unsatisfiable)),
        Ok(File::Stored(found)) => Ok(Ok(Part {
            size: found.meta.size,
            part: found.range.clone(),
            body: Body::from_stream(found.into_stream()),
        })),
        Err(object_store::Error::NotFound { .. }) => gone(app, key, file).await.map(Err),
        Err(error) if range.is_some() => out_of_range(app, key, file, error).await.map(Err),
        Err(error) => Ok(Err(unreadable(error))),
    }
}

/// No file of this name is there: the picture that took its place, or nothing.
async fn gone(app: &App, key: &str, file: &str) -> Result<Response, PageError> {
    Ok(former::successor(app, key).await?.map_or_else(nothing, |picture| moved(&picture, file)))
}

/// Leads to the same kind of a picture, in the size that is nearest.
fn moved(picture: &Picture, file: &str) -> Response {
    let (size, extension) = file.split_once('.').unwrap_or_default();
    let step = picture.step(size.parse().unwrap_or(u16::MAX));
    let location = format!("/media/{}/{step}.{extension}", picture.key);
    // Short: it may change again, or be taken away.
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, "public, max-age=60".to_owned())];
    for_all((StatusCode::FOUND, headers).into_response())
}

fn nothing() -> Response {
    for_all(StatusCode::NOT_FOUND.into_response())
}

/// Pictures are meant to be shown by other sites too, and read by their scripts, redirects and all.
fn for_all(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// A file, or a part of it, on its way out.
struct Part {
    body: Body,
    part: Range<u64>,
    size: u64,
}

impl Part {
    /// What is wanted of a file in memory, or its size where it has no such part.
    fn of(bytes: Bytes, range: Option<&GetRange>) -> Result<Part, u64> {
        let size = bytes.len() as u64;
        let part = part_of(size, range).ok_or(size)?;
        Ok(Part { size, body: bytes.slice(part.start as usize..part.end as usize).into(), part })
    }
}

/// The bytes that a range means in a file of this size; nothing when it lies outside.
fn part_of(size: u64, range: Option<&GetRange>) -> Option<Range<u64>> {
    match range {
        None => Some(0..size),
        Some(GetRange::Bounded(range)) => (range.start < size).then(|| range.start..range.end.min(size)),
        Some(GetRange::Offset(start)) => (*start < size).then_some(*start..size),
        Some(GetRange::Suffix(length)) => Some(size.saturating_sub(*length)..size),
    }
}

fn unreadable(error: object_store::Error) -> Response {
    tracing::error!(%error, "a picture could not be read");
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response()
}

/// The type of a file that Portico has made, by its exact name; nothing else is looked for.
pub(super) fn content_type(key: &str, file: &str) -> Option<&'static str> {
    let is_key = key.len() == 32 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let (step, extension) = file.split_once('.')?;
    let is_step = step.len() <= 4 && step.bytes().all(|byte| byte.is_ascii_digit());
    match extension {
        "webp" if is_key && is_step => Some("image/webp"),
        "jpg" if is_key && is_step => Some("image/jpeg"),
        _ => None,
    }
}

fn with_caching(mut response: Response, tag: String) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    for_all(response)
}

/// What a store says to a range outside the file, each in its own way: asked again, without the range.
async fn out_of_range(app: &App, key: &str, file: &str, error: object_store::Error) -> Result<Response, PageError> {
    match app.media().get(key, file, GetOptions { head: true, ..GetOptions::default() }).await {
        Ok(File::Whole(bytes)) => Ok(unsatisfiable(bytes.len() as u64)),
        Ok(File::Stored(found)) => Ok(unsatisfiable(found.meta.size)),
        Err(object_store::Error::NotFound { .. }) => gone(app, key, file).await,
        Err(_) => Ok(unreadable(error)),
    }
}

fn unsatisfiable(size: u64) -> Response {
    (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, format!("bytes */{size}"))]).into_response()
}
