//! `/avatar/{who}`: a user's avatar or its placeholder, as programs ask Gravatar and Libravatar for it.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::app::App;
use crate::imaging::MediaType;
use crate::media::File;
use crate::pictures::avatar::{self, Avatar, AvatarQuery, AvatarSubject, Fallback};

use super::conditional;
use super::page_error::PageError;

/// Pixels of a side by default, and the most that can be asked for.
const SIZE: u16 = 80;
const LARGEST: u16 = 2048;

pub(super) fn router() -> Router<App> {
    Router::new().route("/avatar/{who}", get(show)).route("/media/{file}", get(older))
}

/// A link of a replaced service: `{id}.{extension}`, `{id}_{seven letters}.{extension}` of a second upload, or a name
/// that an import has noted. It leads to the picture that the account has now.
pub(super) async fn older(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let name = file.rsplit_once('.').map_or(&*file, |(name, _)| name);
    let id = name.split_once('_').map_or(name, |(id, _)| id);
    let who = match AvatarSubject::parse(id).filter(|who| matches!(who, AvatarSubject::Id(_))) {
        Some(who) => Some(who),
        None => avatar::by_old_file(&app, &file).await?,
    };
    let Some(who) = who else { return Ok(nothing()) };
    let query = AvatarQuery { size: 1024, fallback: Some(Fallback::Nothing), forced: false };
    let mut response = answer_with(&app, &who, query, &headers).await?;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    Ok(response)
}

async fn show(
    State(app): State<App>,
    Path(who): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let Some(who) = AvatarSubject::parse(&who) else { return Ok(nothing()) };
    answer_with(&app, &who, parse_query(query.as_deref().unwrap_or_default()), &headers).await
}

async fn answer_with(
    app: &App,
    who: &AvatarSubject,
    query: AvatarQuery,
    headers: &HeaderMap,
) -> Result<Response, PageError> {
    let mut found = avatar::find(app, who, query).await?;
    let kind = kind(headers);
    // A picture whose file is gone was replaced a moment ago, and looked for again; where it stays away, the
    // store has lost it, and what stands for a picture is better than a broken one.
    for query in [query, AvatarQuery { forced: true, ..query }] {
        let Avatar::Picture { picture, step } = &found else { break };
        let tag = format!("\"{}-{step}.{}\"", picture.key, kind.extension());
        if conditional::has(headers, &tag) {
            return Ok(not_modified(&tag));
        }
        if let Some(file) = avatar::open(app, picture, *step, kind).await? {
            return Ok(answer(file, kind.name(), &tag));
        }
        tracing::warn!(picture = picture.key, "a picture's file is not in the media store");
        found = avatar::find(app, who, query).await?;
    }
    match found {
        Avatar::Placeholder(drawing) => {
            let tag = format!("\"{}\"", drawing.tag);
            if conditional::has(headers, &tag) {
                return Ok(not_modified(&tag));
            }
            Ok(answer(File::AccountWithSecrets(drawing.png), "image/png", &tag))
        }
        Avatar::Picture { .. } | Avatar::Nothing => Ok(nothing()),
    }
}

fn nothing() -> Response {
    with_caching(StatusCode::NOT_FOUND.into_response())
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

/// WebP for those who name it: `*/*` is what programs send that know nothing of it.
fn kind(headers: &HeaderMap) -> MediaType {
    let takes_webp = conditional::accepts(headers, &header::ACCEPT, "image/webp");
    if takes_webp { MediaType::Webp } else { MediaType::Jpeg }
}

fn answer(file: File, kind: &'static str, tag: &str) -> Response {
    let (length, body) = match file {
        File::AccountWithSecrets(bytes) => (bytes.len() as u64, Body::from(bytes)),
        File::Stored(found) => (found.meta.size, Body::from_stream(found.into_stream())),
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    with_caching(with_tag(response, tag))
}

fn not_modified(tag: &str) -> Response {
    with_caching(with_tag(StatusCode::NOT_MODIFIED.into_response(), tag))
}

fn with_tag(mut response: Response, tag: &str) -> Response {
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// Every answer carries the same of these, so that none tells who is there.
fn with_caching(mut response: Response) -> Response {
    let headers = response.headers_mut();
    // Short: a new picture, or one that was taken away, shows after five minutes everywhere.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    headers.insert(header::VARY, HeaderValue::from_static("accept"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    // Pictures are meant to be shown by other sites too.
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
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
    fn webp_goes_to_those_who_name_it() {
        let kind = |accept: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(header::ACCEPT, HeaderValue::from_str(value).unwrap());
            }
            super::kind(&headers)
        };
        for accept in [&["image/avif,image/webp,*/*;q=0.8"][..], &["image/png", "Image/WebP; q=0.5"]] {
            assert_eq!(kind(accept), MediaType::Webp, "{accept:?}");
        }
        for accept in [&[][..], &["*/*"], &["image/*"], &["image/webp;q=0"], &["image/webp; q=0.0, */*"]] {
            assert_eq!(kind(accept), MediaType::Jpeg, "{accept:?}");
        }
    }
}
