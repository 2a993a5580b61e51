//! Forms that may hold files (`multipart/form-data`, RFC 7578), read part by part within limits.

use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::percent_decode;

use super::bodies::{Cut, FORM_LIMIT, cut_of};

/// The largest text in a form that may hold files, in bytes; all its texts together have [`FORM_LIMIT`].
pub(super) const TEXT_LIMIT: usize = 16 * 1024;
/// The most parts of a form that may hold files.
const MAX_PARTS: usize = 100;
/// How many times the largest file is read to its end and answered; what is larger still is cut off.
pub(super) const READ_THROUGH: usize = 10;

/// Why a form that may hold files is read no further.
#[derive(Debug)]
pub(super) enum Unread {
    /// It has more than it may.
    TooLarge,
    /// It came too slowly.
    Slow,
    /// It is no such form, or it broke off.
    Broken,
}

impl From<MultipartError> for Unread {
    fn from(error: MultipartError) -> Unread {
        match cut_of(&error) {
            Some(Cut::Slow) => Unread::Slow,
            _ if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Unread::TooLarge,
            _ => Unread::Broken,
        }
    }
}

/// The parts of a form, and what it may still have, files apart.
pub(super) struct Parts {
    form: Multipart,
    parts: usize,
    texts: usize,
}

impl Parts {
    /// Begins to read a form, within the limit that its request has.
    ///
    /// # Errors
    /// [`Unread::Broken`] when it is none.
    pub(super) async fn of(request: Request) -> Result<Parts, Unread> {
        let form = Multipart::from_request(request, &()).await.map_err(|_| Unread::Broken)?;
        Ok(Parts { form, parts: MAX_PARTS, texts: FORM_LIMIT })
    }

    /// The next part of the form.
    ///
    /// # Errors
    /// See [`Unread`].
    pub(super) async fn next(&mut self) -> Result<Option<Part<'_>>, Unread> {
        let Some(field) = self.form.next_field().await? else { return Ok(None) };
        self.parts = self.parts.checked_sub(1).ok_or(Unread::TooLarge)?;
        let Disposition { name, file } = Disposition::of(field.headers());
        take(&mut self.texts, name.len() + file.as_deref().map_or(0, str::len))?;
        Ok(Some(Part { name, file, field, texts: &mut self.texts }))
    }
}

fn take(room: &mut usize, bytes: usize) -> Result<(), Unread> {
    *room = room.checked_sub(bytes).ok_or(Unread::TooLarge)?;
    Ok(())
}

/// A part of a form.
pub(super) struct Part<'f> {
    /// The field it belongs to.
    pub(super) name: String,
    /// The name of the file that it is, without folders. A browser sends an empty one, and no bytes, where no file was
    /// chosen (HTML, "constructing the entry list").
    pub(super) file: Option<String>,
    field: Field<'f>,
    texts: &'f mut usize,
}

impl Part<'_> {
    /// Whether it is a file that has a name.
    pub(super) fn is_named_file(&self) -> bool {
        self.file.as_deref().is_some_and(|file| !file.trim().is_empty())
    }

    /// The next bytes.
    ///
    /// # Errors
    /// See [`Unread`].
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Unread> {
        Ok(self.field.chunk().await?)
    }

    /// The bytes of a text. Whether they are one is for the door to say, at the field.
    ///
    /// # Errors
    /// See [`Unread`].
    pub(super) async fn text(mut self) -> Result<Vec<u8>, Unread> {
        let mut text = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            take(self.texts, chunk.len())?;
            text.extend_from_slice(&chunk);
            if text.len() > TEXT_LIMIT {
                return Err(Unread::TooLarge);
            }
        }
        Ok(text)
    }

    /// A file's bytes as far as they are wanted: one more than `most` shows that it is too large. The rest is read and
    /// dropped, since a client that is still sending takes an early answer for a broken connection.
    ///
    /// It is kept in pieces of one size until it is whole: a buffer that grows would take up to three times the memory, and
    /// what it grew out of is of no use to others.
    ///
    /// # Errors
    /// See [`Unread`].
    pub(super) async fn file(mut self, most: usize) -> Result<Bytes, Unread> {
        const PIECE: usize = 16 * 1024;
        let mut pieces: Vec<Vec<u8>> = Vec::new();
        let mut room = most.saturating_add(1);
        while let Some(chunk) = self.chunk().await? {
            let mut wanted = &chunk[..chunk.len().min(room)];
            room -= wanted.len();
            while !wanted.is_empty() {
                match pieces.last_mut().filter(|piece| piece.len() < PIECE) {
                    Some(piece) => {
                        let (now, later) = wanted.split_at(wanted.len().min(PIECE - piece.len()));
                        piece.extend_from_slice(now);
                        wanted = later;
                    }
                    // Of most forms the first is all, and it is small.
                    None => pieces.push(if pieces.is_empty() { Vec::new() } else { Vec::with_capacity(PIECE) }),
                }
            }
        }
        Ok(pieces.concat().into())
    }
}

/// What a part says of itself in `Content-Disposition` (RFC 7578 §4.2).
#[derive(Debug, PartialEq, Eq)]
struct Disposition {
    name: String,
    file: Option<String>,
}

impl Disposition {
    fn of(headers: &HeaderMap) -> Disposition {
        let value = headers.get(header::CONTENT_DISPOSITION).map_or(&b""[..], HeaderValue::as_bytes);
        let (mut name, mut plain, mut encoded) = (None, None, None);
        for (parameter, value) in Parameters(after_semicolon(value)) {
            match parameter.to_ascii_lowercase().as_slice() {
                b"name" if name.is_none() => name = Some(text(&value)),
                b"filename" => plain = Some(text(&value)),
                // A form should not have it, and some clients send nothing else.
                b"filename*" => encoded = Some(decoded(&value)),
                _ => {}
            }
        }
        let file = encoded.filter(|file| !file.is_empty() || plain.is_none()).or(plain);
        let without_folders = |file: String| file.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        Disposition { name: name.unwrap_or_default(), file: file.map(without_folders) }
    }
}

/// The parameters of a header: names, and values without quotes.
struct Parameters<'h>(&'h [u8]);

impl<'h> Iterator for Parameters<'h> {
    type Item = (&'h [u8], Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.0.is_empty() {
                return None;
            }
            let end = self.0.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(self.0.len());
            let (name, rest) = self.0.split_at(end);
            let Some(value) = rest.strip_prefix(b"=").map(<[u8]>::trim_ascii_start) else {
                self.0 = after_semicolon(rest);
                continue;
            };
            let (value, rest) = match value.strip_prefix(b"\"") {
                Some(quoted) => unquoted(quoted),
                None => {
                    let end = value.iter().position(|byte| *byte == b';').unwrap_or(value.len());
                    (value[..end].trim_ascii_end().to_vec(), &value[end..])
                }
            };
            self.0 = after_semicolon(rest);
            return Some((name.trim_ascii(), value));
        }
    }
}

fn after_semicolon(text: &[u8]) -> &[u8] {
    text.iter().position(|byte| *byte == b';').map_or(&[], |at| &text[at + 1..])
}

/// What stands before the closing quote, and what behind it. Only a quote is escaped: browsers write `"` as `%22`, and
/// a backslash in a name as it is.
fn unquoted(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut value = Vec::new();
    let mut rest = text;
    loop {
        match rest {
            [] => return (value, rest),
            [b'"', behind @ ..] => return (value, behind),
            [b'\\', b'"', behind @ ..] => {
                value.push(b'"');
                rest = behind;
            }
            [byte, behind @ ..] => {
                value.push(*byte);
                rest = behind;
            }
        }
    }
}

/// UTF-8; what is not, older clients meant as Latin-1, in which every byte is a letter.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// A value with its character set and its language before it (RFC 8187 §3.2).
fn decoded(value: &[u8]) -> String {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let encoded = match (parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(_), Some(encoded)) => encoded,
        _ => value,
    };
    text(&percent_decode(encoded).collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(value: &[u8]) -> (String, Option<String>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_bytes(value).unwrap());
        let Disposition { name, file } = Disposition::of(&headers);
        (name, file)
    }

    #[test]
    fn a_part_says_which_field_it_is_and_which_file() {
        for (value, name, file) in [
            (&b"form-data; name=\"photo\"; filename=\"a.jpg\""[..], "photo", Some("a.jpg")),
            (b"form-data;name=photo;filename=a.jpg", "photo", Some("a.jpg")),
            (b"form-data; filename=a b.jpg ; NAME = photo", "photo", Some("a b.jpg")),
            (b"form-data; name=\"a;b\"; filename=\"a\\\"b;.jpg\"", "a;b", Some("a\"b;.jpg")),
            (b"form-data; name=\"photo\"; filename=\"\"", "photo", Some("")),
            (b"form-data; name=\"photo\"", "photo", None),
            (b"form-data; name=photo; x; filename=", "photo", Some("")),
            (b"form-data; name=\"photo", "photo", None),
            (b"form-data; filename=\"C:\\me\\a.jpg\"", "", Some("a.jpg")),
            (b"form-data; filename=../../a.jpg", "", Some("a.jpg")),
            (b"form-data", "", None),
            (b"", "", None),
        ] {
            assert_eq!(parts(value), (name.to_owned(), file.map(str::to_owned)), "{}", value.escape_ascii());
        }
    }

    #[test]
    fn a_name_is_read_in_utf8_in_latin1_and_with_its_character_set() {
        for (value, file) in [
            ("form-data; filename=\"é.jpg\"".as_bytes(), "é.jpg"),
            (b"form-data; filename=\"\xE9.jpg\"", "é.jpg"),
            (b"form-data; filename*=UTF-8''na%C3%AFve.jpg", "naïve.jpg"),
            (b"form-data; filename*=iso-8859-1'fr'%E9.jpg", "é.jpg"),
            (b"form-data; filename=\"e.jpg\"; filename*=UTF-8''%C3%A9.jpg", "é.jpg"),
            (b"form-data; filename*=UTF-8''%C3%A9.jpg; filename=\"e.jpg\"", "é.jpg"),
            (b"form-data; filename*=UTF-8''; filename=\"e.jpg\"", "e.jpg"),
            (b"form-data; filename*=UTF-8''", ""),
            (b"form-data; filename*=plain.jpg", "plain.jpg"),
        ] {
            assert_eq!(parts(value).1.as_deref(), Some(file), "{}", value.escape_ascii());
        }
    }
}
