//! Bodies as the dialects take them: JSON, forms, multipart with files, within a limit.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;

use super::json::{self, NotJson};
use crate::http::bodies::{self, FORM_LIMIT};
use crate::http::multipart::{Part, Parts, READ_THROUGH, Unread};

/// Why a body cannot be read.
pub(super) enum Unreadable {
    /// Larger than its route takes.
    TooLarge,
    /// The file of a field is larger than it takes.
    FileTooLarge {
        /// The field.
        field: &'static str,
        /// The most bytes it takes.
        most: usize,
    },
    /// Not of a type that the dialect takes.
    Type(String),
    /// No JSON.
    Json(NotJson),
    /// No form, or with a text that stands twice.
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
    /// From a form, with bytes that are no text.
    NotText,
    /// An upload.
    File {
        /// The client's name for it.
        name: String,
        /// What is in it; nothing where the field takes no files.
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
    /// Multipart forms.
    Multipart(Files),
}

/// What a multipart form may have besides texts.
#[derive(Clone, Copy)]
pub(super) struct Files {
    /// The fields that take a file.
    pub(super) fields: &'static [&'static str],
    /// The most bytes that each takes.
    pub(super) most: usize,
}

impl Files {
    /// None.
    pub(super) const NONE: Files = Files { fields: &[], most: 0 };

    /// The most bytes of a form that are kept: its files, its texts, and what stands around them.
    fn kept(self) -> usize {
        if self.fields.is_empty() { FORM_LIMIT } else { self.most.saturating_add(2 * FORM_LIMIT) }
    }

    /// The most bytes that a form may have.
    fn limit(self) -> usize {
        self.kept().saturating_add(self.most.saturating_mul(READ_THROUGH - 1))
    }
}

/// The fields of a JSON object or a form, by the type that the request names; nothing at all is no fields. Only those
/// called `lists` may stand in a form several times.
pub(super) async fn fields(request: Request, takes: Takes, lists: &[&str]) -> Result<Fields, Unreadable> {
    let kind = media_type(request.headers());
    if let Takes::Multipart(files) = takes
        && kind == "multipart/form-data"
    {
        return multipart(request, files).await;
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
    // The parser puts this in the place of bytes that are no UTF-8.
    let is_odd = |text: &str| text.contains('\u{FFFD}');
    let mut fields = Fields::new();
    for (name, value) in url::form_urlencoded::parse(bytes) {
        if is_odd(&name) {
            return Err(Unreadable::Form);
        }
        let (name, value) = (name.into_owned(), value.into_owned());
        let input = match fields.remove(&name) {
            None | Some(Input::List(_)) if is_odd(&value) => Input::NotText,
            None if lists.contains(&name.as_str()) => Input::List(vec![value]),
            None => Input::Text(value),
            Some(Input::List(mut texts)) => {
                texts.push(value);
                Input::List(texts)
            }
            Some(_) => return Err(Unreadable::Form),
        };
        fields.insert(name, input);
    }
    Ok(fields)
}

async fn multipart(mut request: Request, files: Files) -> Result<Fields, Unreadable> {
    bodies::keeps(&request, files.kept());
    DefaultBodyLimit::max(files.limit()).apply(&mut request);
    let mut parts = Parts::of(request).await?;
    let mut fields = Fields::new();
    while let Some(part) = parts.next().await? {
        match files.fields.iter().copied().find(|field| *field == part.name) {
            Some(field) => file_field(&mut fields, field, files.most, part).await?,
            None => text_field(&mut fields, part).await?,
        }
    }
    Ok(fields)
}

/// Reads a part of a field that takes a file. Of several the last one counts, as Django has it, and only that is kept;
/// a text beside a file does not. A file without name and bytes was not chosen.
async fn file_field(fields: &mut Fields, field: &'static str, most: usize, part: Part<'_>) -> Result<(), Unreadable> {
    let too_large = || Unreadable::FileTooLarge { field, most };
    let named = part.file.clone().filter(|_| part.is_named_file());
    if let Some(name) = named {
        fields.remove(field);
        let bytes = part.file(most).await.map_err(|unread| match unread {
            Unread::TooLarge => too_large(),
            unread => unread.into(),
        })?;
        if bytes.len() > most {
            return Err(too_large());
        }
        fields.insert(field.to_owned(), Input::File { name, bytes });
        return Ok(());
    }
    let is_text = part.file.is_none();
    let is_empty = part.file(0).await?.is_empty();
    if matches!(fields.get(field), Some(Input::File { .. })) || (is_empty && !is_text) {
        return Ok(());
    }
    fields.insert(field.to_owned(), if is_empty { Input::Text(String::new()) } else { Input::NotText });
    Ok(())
}

async fn text_field(fields: &mut Fields, part: Part<'_>) -> Result<(), Unreadable> {
    let name = part.name.clone();
    let is_named = part.is_named_file();
    let input = match part.file.clone() {
        Some(file) => {
            let is_empty = part.file(0).await?.is_empty();
            if is_empty && !is_named {
                return Ok(());
            }
            Input::File { name: file, bytes: Bytes::new() }
        }
        None => String::from_utf8(part.text().await?).map_or(Input::NotText, Input::Text),
    };
    if fields.insert(name, input).is_some() {
        return Err(Unreadable::Form);
    }
    Ok(())
}

impl From<Unread> for Unreadable {
    fn from(unread: Unread) -> Unreadable {
        match unread {
            Unread::TooLarge => Unreadable::TooLarge,
            // The layer around every door answers what came too slowly.
            Unread::Slow | Unread::Broken => Unreadable::Form,
        }
    }
}
