//! `/avatar/{who}`: a user's avatar or its placeholder, as programs ask Gravatar and Libravatar for it.

use std::net::IpAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use portico_imaging::MediaType;

use crate::app::App;
use crate::media::File;
use crate::model::avatar::{AvatarSubject, split_ending};
use crate::peer;
use crate::pictures::avatar::{self, Avatar, AvatarQuery, Fallback};

use super::headers::CROSS_ORIGIN_RESOURCE_POLICY;
use super::page_error::PageError;
use super::routing::get;
use super::{conditional, media};

/// Pixels of a side by default, and the most that can be asked for.
const SIZE: u16 = 80;
const LARGEST: u16 = 2048;

/// Pictures by addresses of one part, as programs get them.
pub(super) const ROUTE_OF_MEDIA: &str = "/media/{file}";

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/avatar/{who}", get(show))
        .route("/avatar/{who}/", get(show))
        .route(ROUTE_OF_MEDIA, get(older))
        .layer(map_response(allow_any_origin))
}

/// Scripts of any site may read what is there for all clients: whether there is a picture, and its pixels.
async fn allow_any_origin(mut response: Response) -> Response {
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// A picture by the last part of its address, or a link of a replaced service: `{id}.{extension}`, `{id}_{seven
/// letters}.{extension}` of a second upload, or a name that an import has noted. Such a link leads to the picture that
/// the account has now.
pub(super) async fn older(
    State(app): State<App>,
    Path(file): Path<String>,
    request: Request,
) -> Result<Response, PageError> {
    let headers = request.headers();
    match media::split_name(&file) {
        Some((key, file)) => media::answer(&app, key, file, headers).await,
        None => Box::pin(of_replaced_service(&app, &file, headers, client(&app, &request))).await,
    }
}

async fn of_replaced_service(
    app: &App,
    file: &str,
    headers: &HeaderMap,
    client: IpAddr,
) -> Result<Response, PageError> {
    let (_, kind) = split_ending(file);
    let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
    let id = name.split_once('_').map_or(name, |(id, _)| id);
    let who = match AvatarSubject::parse(id) {
        Some((who @ AvatarSubject::Id(_), _)) => Some(who),
        _ => avatar::by_old_file(app, file).await?,
    };
    let format = Format::of(kind, headers);
    let Some(who) = who else { return Ok(nothing(format)) };
    let query = AvatarQuery { size: 1024, fallback: Some(Fallback::Nothing), forced: false };
    let mut response = answer_with(app, &who, query, format, headers, client).await?;
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    Ok(response)
}

async fn show(State(app): State<App>, Path(who): Path<String>, request: Request) -> Result<Response, PageError> {
    let headers = request.headers();
    let Some((who, kind)) = AvatarSubject::parse(&who) else { return Ok(nothing(Format::of(None, headers))) };
    let query = parse_query(request.uri().query().unwrap_or_default());
    answer_with(&app, &who, query, Format::of(kind, headers), headers, client(&app, &request)).await
}

/// The address of who asks.
fn client(app: &App, request: &Request) -> IpAddr {
    peer::address(request.extensions(), request.headers(), &app.settings().trusted_proxies)
}

async fn answer_with(
    app: &App,
    who: &AvatarSubject,
    query: AvatarQuery,
    format: Format,
    headers: &HeaderMap,
    client: IpAddr,
) -> Result<Response, PageError> {
    let mut found = avatar::find(app, who, query, client).await?;
    let kind = format.kind;
    // A picture whose file is gone was replaced a moment ago, and looked for again; where it stays away, the
    // store has lost it, and what stands for a picture is better than a broken one.
    for query in [query, AvatarQuery { forced: true, ..query }] {
        let Avatar::Picture { picture, step } = &found else { break };
        let tag = format!("\"{}-{step}.{}\"", picture.key, kind.extension());
        if conditional::has(headers, &tag) {
            return Ok(not_modified(format, &tag));
        }
        if let Some(file) = avatar::open(app, picture, *step, kind).await? {
            return Ok(answer(format, file, kind.name(), &tag));
        }
        tracing::warn!(picture = picture.key, "a picture's file is not in the media store");
        found = avatar::find(app, who, query, client).await?;
    }
    match found {
        Avatar::Placeholder(drawing) => {
            let tag = format!("\"{}\"", drawing.tag);
            if conditional::has(headers, &tag) {
                return Ok(not_modified(format, &tag));
            }
            Ok(answer(format, File::Whole(drawing.png), "image/png", &tag))
        }
        Avatar::Picture { .. } | Avatar::Nothing => Ok(nothing(format)),
    }
}

/// The kind that a picture is answered in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Format {
    kind: MediaType,
    /// Whether `Accept` had a say in it, so that caches keep the kinds apart.
    is_negotiated: bool,
}

impl Format {
    /// The kind that the address asks for; else the one that is preferred. Where both are as welcome, it is WebP for
    /// those who name it: `*/*` is what programs send that know nothing of it.
    fn of(asked: Option<MediaType>, headers: &HeaderMap) -> Format {
        if let Some(kind) = asked {
            return Format { kind, is_negotiated: false };
        }
        let weight = |kind: MediaType| conditional::media_weight(headers, kind.name());
        let (webp, jpeg) = (weight(MediaType::Webp), weight(MediaType::Jpeg));
        let is_named = || conditional::accepts(headers, &header::ACCEPT, MediaType::Webp.name());
        let is_webp = webp > jpeg || (webp >= jpeg && is_named());
        Format { kind: if is_webp { MediaType::Webp } else { MediaType::Jpeg }, is_negotiated: true }
    }
}

fn nothing(format: Format) -> Response {
    with_caching(format, StatusCode::NOT_FOUND.into_response())
}

/// What the query asks for, by Gravatar's names. What cannot be read is left at its default; an address given
/// as the default picture is never fetched, nor redirected to.
fn parse_query(query: &str) -> AvatarQuery {
    let value = |names: [&str; 2]| {
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        pairs.find(|(name, _)| names.contains(&name.as_ref())).map(|(_, value)| value)
    };
    let size = value(["s", "size"]).and_then(|text| text.parse::<u32>().ok()).filter(|size| *size > 0);
    let fallback = value(["d", "default"]).and_then(|text| match text.to_ascii_lowercase().as_str() {
        "404" => Some(Fallback::Nothing),
        "mp" | "mm" => Some(Fallback::Silhouette),
        "identicon" => Some(Fallback::Identicon),
        "initials" => Some(Fallback::Initials),
        "blank" => Some(Fallback::Blank),
        _ => None,
    });
    let forced = value(["f", "forcedefault"]).is_some_and(|text| text.eq_ignore_ascii_case("y"));
    AvatarQuery {
        size: size.map_or(SIZE, |size| u16::try_from(size).unwrap_or(LARGEST).min(LARGEST)),
        fallback,
        forced,
    }
}

fn answer(format: Format, file: File, kind: &'static str, tag: &str) -> Response {
    let (length, body) = match file {
        File::Whole(bytes) => (bytes.len() as u64, Body::from(bytes)),
        File::Stored(found) => (found.meta.size, Body::from_stream(found.into_stream())),
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    with_caching(format, with_tag(response, tag))
}

fn not_modified(format: Format, tag: &str) -> Response {
    with_caching(format, with_tag(StatusCode::NOT_MODIFIED.into_response(), tag))
}

fn with_tag(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Every answer carries the same of these, so that none tells who is there.
fn with_caching(format: Format, mut response: Response) -> Response {
    let headers = response.headers_mut();
    // Short: a new picture, or one that was taken away, shows after five minutes everywhere.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    if format.is_negotiated {
        headers.insert(header::VARY, HeaderValue::from_static("accept"));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    // Pictures are meant to be shown by other sites too.
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_gravatars() {
        let plain = AvatarQuery { size: 80, fallback: None, forced: false };
        assert_eq!(parse_query(""), plain);
        for (query, size) in [("s=1", 1), ("size=200", 200), ("s=2048", 2048), ("s=99999999", 2048), ("s=64&s=128", 64)]
        {
            assert_eq!(parse_query(query), AvatarQuery { size, ..plain }, "{query}");
        }
        for query in ["s=0", "s=-5", "s=", "s=big", "s=1.5", "s=99999999999999999999", "%ff%00=&=&&", "size"] {
            assert_eq!(parse_query(query), plain, "{query}");
        }
        for (value, fallback) in [
            ("404", Fallback::Nothing),
            ("mp", Fallback::Silhouette),
            ("mm", Fallback::Silhouette),
            ("identicon", Fallback::Identicon),
            ("Initials", Fallback::Initials),
            ("blank", Fallback::Blank),
        ] {
            for name in ["d", "default"] {
                assert_eq!(parse_query(&format!("{name}={value}")), AvatarQuery { fallback: Some(fallback), ..plain });
            }
        }
        for value in ["", "robohash", "https%3A%2F%2Fexample.org%2Fa.png", "//example.org/a.png"] {
            assert_eq!(parse_query(&format!("d={value}")), plain, "{value}");
        }
        assert!(parse_query("f=y").forced && parse_query("forcedefault=Y").forced);
        assert!(!parse_query("f=n").forced && !parse_query("f").forced);
    }

    #[test]
    fn webp_goes_to_those_who_name_it_and_like_jpeg_no_better() {
        let kind = |accept: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(header::ACCEPT, HeaderValue::from_str(value).unwrap());
            }
            Format::of(None, &headers).kind
        };
        for accept in [
            &["image/avif,image/webp,*/*;q=0.8"][..],
            &["image/png", "Image/WebP; q=0.5"],
            &["image/webp,image/jpeg"],
            &["image/webp;q=0.8,*/*;q=0.8"],
            &["image/jpeg;q=0.5,image/*"],
        ] {
            assert_eq!(kind(accept), MediaType::Webp, "{accept:?}");
        }
        for accept in [
            &[][..],
            &["*/*"],
            &["image/*"],
            &["image/webp;q=0"],
            &["image/webp; q=0.0, */*"],
            &["image/jpeg,image/webp;q=0.1"],
            &["image/webp;q=0.5, */*"],
        ] {
            assert_eq!(kind(accept), MediaType::Jpeg, "{accept:?}");
        }
    }
}
