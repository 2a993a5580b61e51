//! JSON as the dialects take it: an object's keys stand once (with two, which counts would be each reader's guess),
//! and nesting is bounded.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text is no JSON: where it stops making sense. Nothing of the text itself is in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct NotJson {
    /// What is wrong there, in the words of Python's parser where it has some.
    pub(super) what: &'static str,
    /// Bytes before the place.
    pub(super) at: usize,
    /// Its line, from 1.
    pub(super) line: usize,
    /// Its column, from 1.
    pub(super) column: usize,
}

/// Reads a text. Some clients put a mark of byte order before it, which RFC 8259 §8.1 lets readers pass over.
pub(super) fn parse(text: &[u8]) -> Result<Value, NotJson> {
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    serde_json::from_slice(text).map(|Strict(value)| value).map_err(|error| {
        let before = text.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
        let at = before.map(<[u8]>::len).sum::<usize>() + error.column().saturating_sub(1);
        // Text that is no JSON is a matter of syntax; what `Strict` refuses besides is a key that stands twice.
        let what = if error.is_data() { "Duplicate key" } else { "Expecting value" };
        NotJson { what, at: at.min(text.len()), line: error.line().max(1), column: error.column().max(1) }
    })
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strict, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_refused_at_any_depth() {
        assert!(parse(br#"{"a":1,"b":[{"c":null}]}"#).is_ok());
        assert!(parse(br#"{"a":1,"a":1}"#).is_err());
        assert_eq!(parse(br#"[{"a":{"b":1,"b":2}}]"#).unwrap_err().what, "Duplicate key");
    }

    #[test]
    fn what_cannot_be_text_or_number_and_what_is_too_deep_is_refused() {
        assert!(parse(b"{\"a\":\"\xff\"}").is_err());
        assert!(parse(br#"{"a":"\ud800"}"#).is_err());
        assert!(parse(br#"{"a":1e999}"#).is_err());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
        let error = parse(b"{\n  x").unwrap_err();
        assert_eq!((error.what, error.at), ("Expecting value", 4));
    }
}
