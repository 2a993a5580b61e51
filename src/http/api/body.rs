//! Bodies as the dialects take them: JSON, forms, multipart with files, within a limit.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;

use super::json::{self, NotJson};
use crate::http::bodies::{self, FORM_LIMIT, Room, Unread};

/// Why a body cannot be read.
pub(super) enum Unreadable {
    /// Larger than its route takes.
    TooLarge,
    /// Not of a type that the dialect takes.
    Type(String),
    /// No JSON.
    Json(NotJson),
    /// No form, or with bytes that are no text, or a field that stands twice.
    Form,
    /// JSON, but no object.
    Shape(Value),
}

/// A value as it came.
pub(super) enum Input {
    /// From JSON.
    Json(Value),
    /// From a form.
    Text(String),
    /// From a form that has it several times.
    List(Vec<String>),
    /// An upload.
    File {
        /// The client's name for it.
        name: String,
        /// What is in it.
        bytes: Bytes,
    },
}

pub(super) type Fields = BTreeMap<String, Input>;

/// The body's type without parameters, in lower case; empty when none is given.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The whole body.
pub(super) async fn bytes(body: Body) -> Result<Bytes, Unreadable> {
    match Limited::new(body, FORM_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(Unreadable::TooLarge),
        Err(_) => Err(Unreadable::Form),
    }
}

/// What a route takes besides JSON and URL-encoded forms.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    /// Nothing.
    Forms,
    /// Multipart forms, of this many bytes at most.
    Multipart(usize),
}

/// The fields of a JSON object or a form, by the type that the request names; nothing at all is no fields. Only those
/// called `lists` may stand in a form several times.
pub(super) async fn fields(request: Request, takes: Takes, lists: &[&str]) -> Result<Fields, Unreadable> {
    let kind = media_type(request.headers());
    if let Takes::Multipart(most) = takes
        && kind == "multipart/form-data"
    {
        return multipart(request, most).await;
    }
    let shown = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let bytes = bytes(request.into_body()).await?;
    if bytes.is_empty() {
        return Ok(Fields::new());
    }
    match kind.as_str() {
        "application/json" => match json::parse(&bytes).map_err(Unreadable::Json)? {
            Value::Object(map) => Ok(map.into_iter().map(|(name, value)| (name, Input::Json(value))).collect()),
            other => Err(Unreadable::Shape(other)),
        },
        "application/x-www-form-urlencoded" => form(&bytes, lists),
        _ => Err(Unreadable::Type(shown.unwrap_or_default())),
    }
}

fn form(bytes: &[u8], lists: &[&str]) -> Result<Fields, Unreadable> {
    let mut fields = Fields::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        // The parser puts this in the place of bytes that are no UTF-8.
        if name.contains('\u{FFFD}') || value.contains('\u{FFFD}') {
            return Err(Unreadable::Form);
        }
        let (name, value) = (name.into_owned(), value.into_owned());
        let input = match fields.remove(&name) {
            None if lists.contains(&name.as_str()) => Input::List(vec![value]),
            None => Input::Text(value),
            Some(Input::List(texts)) => Input::List(texts.into_iter().chain([value]).collect()),
            Some(_) => return Err(Unreadable::Form),
        };
        fields.insert(name, input);
    }
    Ok(fields)
}

async fn multipart(request: Request, most: usize) -> Result<Fields, Unreadable> {
    let mut form = bodies::multipart(request, most).await?;
    let mut room = Room::new();
    let mut fields = Fields::new();
    while let Some(mut field) = room.next(&mut form).await? {
        let name = field.name().unwrap_or_default().to_owned();
        let input = match field.file_name().map(str::to_owned) {
            Some(name) => Input::File { name, bytes: bodies::file(&mut field, most).await.map_err(Unread::from)? },
            None => Input::Text(room.text(field).await?),
        };
        if fields.insert(name, input).is_some() {
            return Err(Unreadable::Form);
        }
    }
    Ok(fields)
}

impl From<Unread> for Unreadable {
    fn from(unread: Unread) -> Unreadable {
        match unread {
            Unread::TooLarge => Unreadable::TooLarge,
            Unread::Broken => Unreadable::Form,
        }
    }
}
