//! The fields of a record, however the service that wrote them spells texts, flags, timestamps and ids.

use serde_json::{Map, Value};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::model::Problem;

use super::Reason;

/// A record of a file.
#[derive(Debug, Default)]
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    /// The first of these fields that says something, as text. White space around it stays.
    pub(super) fn text(&self, names: &[&'static str]) -> Result<Option<String>, Reason> {
        for name in names {
            let text = match self.0.get(*name) {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) if text.is_empty() => continue,
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::Object(object)) => extended(object).ok_or(Reason::Field(name, Problem::Malformed))?,
                Some(_) => return Err(Reason::Field(name, Problem::Malformed)),
            };
            if text.contains('\0') {
                return Err(Reason::Field(name, Problem::Characters));
            }
            return Ok(Some(text));
        }
        Ok(None)
    }

    /// The first of these flags that is there.
    pub(super) fn flag(&self, names: &[&'static str]) -> Result<Option<bool>, Reason> {
        for name in names {
            let flag = match self.0.get(*name) {
                None | Some(Value::Null) => continue,
                Some(Value::Bool(flag)) => Some(*flag),
                Some(Value::Number(number)) => number.as_i64().map(|number| number != 0),
                Some(Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
                    "" => continue,
                    "1" | "t" | "true" | "y" | "yes" | "\u{1}" => Some(true),
                    "0" | "f" | "false" | "n" | "no" | "\0" => Some(false),
                    _ => None,
                },
                Some(_) => None,
            };
            return flag.map(Some).ok_or(Reason::Field(name, Problem::Malformed));
        }
        Ok(None)
    }

    /// The first of these timestamps that is there, in whole seconds.
    pub(super) fn timestamp(&self, names: &[&'static str]) -> Result<Option<OffsetDateTime>, Reason> {
        for name in names {
            let timestamp = match self.0.get(*name) {
                None | Some(Value::Null) => continue,
                Some(Value::String(text)) if text.trim().is_empty() => continue,
                Some(value) => timestamp(value),
            };
            return timestamp.map(Some).ok_or(Reason::Field(name, Problem::Malformed));
        }
        Ok(None)
    }
}

/// What MongoDB's extended JSON wraps a value in.
fn extended(object: &Map<String, Value>) -> Option<String> {
    let [(kind, value)] = object.iter().collect::<Vec<_>>().try_into().ok()?;
    match (kind.as_str(), value) {
        ("$oid" | "$numberLong" | "$numberInt" | "$uuid", Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}

/// A timestamp: a text with or without a zone (UTC without), seconds or milliseconds since 1970, or MongoDB's `$date`.
fn timestamp(value: &Value) -> Option<OffsetDateTime> {
    match value {
        Value::Number(number) => since_1970(number.as_i64()?),
        Value::String(text) => match text.trim().parse() {
            Ok(number) => since_1970(number),
            Err(_) => written(text.trim()),
        },
        Value::Object(object) => match object.get("$date")? {
            Value::Object(inner) => milliseconds(extended(inner)?.parse().ok()?),
            Value::Number(number) => milliseconds(number.as_i64()?),
            Value::String(text) => written(text),
            _ => None,
        },
        _ => None,
    }
}

/// Seconds, unless that would be thousands of years ahead.
fn since_1970(number: i64) -> Option<OffsetDateTime> {
    if number.abs() < 100_000_000_000 {
        in_range(OffsetDateTime::from_unix_timestamp(number).ok()?)
    } else {
        milliseconds(number)
    }
}

fn milliseconds(number: i64) -> Option<OffsetDateTime> {
    in_range(OffsetDateTime::from_unix_timestamp(number.div_euclid(1000)).ok()?)
}

/// Both databases and every door can write years of four digits.
fn in_range(timestamp: OffsetDateTime) -> Option<OffsetDateTime> {
    (1..=9999).contains(&timestamp.year()).then_some(timestamp)
}

/// `2024-08-23T10:11:12.123456+02:00`, a space for the `T`, any of fraction, zone and time left out.
fn written(text: &str) -> Option<OffsetDateTime> {
    let number = |text: Option<&str>| {
        let text = text.filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))?;
        text.parse::<u16>().ok()
    };
    let two = |text: Option<&str>| u8::try_from(number(text)?).ok();
    let month = Month::try_from(two(text.get(5..7))?).ok()?;
    let date = Date::from_calendar_date(i32::from(number(text.get(0..4))?), month, two(text.get(8..10))?).ok()?;
    if text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
        return None;
    }
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return in_range(date.midnight().assume_utc());
    }
    if !rest.starts_with(['T', 't', ' ']) {
        return None;
    }
    let clock = rest.get(1..9)?;
    let time = Time::from_hms(two(clock.get(0..2))?, two(clock.get(3..5))?, two(clock.get(6..8))?).ok()?;
    let rest = rest.get(9..)?;
    let fraction = rest.strip_prefix('.').map_or(0, |rest| 1 + rest.bytes().take_while(u8::is_ascii_digit).count());
    let zone = rest.get(fraction..)?.trim();
    let offset = match zone.strip_prefix(['+', '-']) {
        None => matches!(zone, "" | "Z" | "z" | "UTC").then_some(UtcOffset::UTC)?,
        Some(offset) => {
            let digits: String = offset.chars().filter(|letter| *letter != ':').collect();
            let minutes = i32::from(two(digits.get(0..2))?) * 60 + i32::from(two(digits.get(2..4)).unwrap_or_default());
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            UtcOffset::from_whole_seconds(sign * minutes * 60).ok()?
        }
    };
    in_range(PrimitiveDateTime::new(date, time).assume_offset(offset).to_offset(UtcOffset::UTC))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn moments_are_read_as_every_service_writes_them() {
        let expected = Some(datetime!(2024-08-23 10:11:12 UTC));
        for value in [
            json!("2024-08-23T10:11:12Z"),
            json!("2024-08-23T10:11:12.123Z"),
            json!("2024-08-23 10:11:12"),
            json!("2024-08-23 12:11:12.123456+02"),
            json!("2024-08-23T08:11:12-02:00"),
            json!(1_724_407_872),
            json!("1724407872123"),
            json!({"$date": "2024-08-23T10:11:12.5Z"}),
            json!({"$date": {"$numberLong": "1724407872999"}}),
            json!({"$date": 1_724_407_872_000_i64}),
        ] {
            assert_eq!(timestamp(&value), expected, "{value}");
        }
        assert_eq!(timestamp(&json!("2024-08-23")), Some(datetime!(2024-08-23 0:00 UTC)));
        for value in
            [json!("0000-00-00 00:00:00"), json!("yesterday"), json!("2024-13-01"), json!("é024-01-01"), json!(true)]
        {
            assert_eq!(timestamp(&value), None, "{value}");
        }
    }
}
