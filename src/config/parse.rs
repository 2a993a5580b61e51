//! How the text of a setting becomes its value; each error is the "expected …" of the message.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};
use url::Url;

use crate::model::Language;

use super::dialects::Dialects;
use super::{Secret, strength};

pub(super) type Parsed<T> = Result<T, String>;

/// Whether a new e-mail must be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailConfirm {
    /// No mail about it is sent.
    Off,
    /// A mail is sent; what the account is good for waits for nothing but what would strengthen it.
    Optional,
    /// No log-in is possible before.
    Required,
}

/// How tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenAlgorithm {
    /// HMAC-SHA256 under `SECRET_KEY`.
    Hs256,
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256.
    Es256,
}

/// SQLite's `synchronous` pragma.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// Synced at checkpoints.
    Normal,
    /// Synced at each commit.
    Full,
}

pub(super) fn text(value: &str) -> Parsed<String> {
    if value.trim().is_empty() { Err("some text".into()) } else { Ok(value.trim().to_owned()) }
}

pub(super) fn optional_text(value: &str) -> Parsed<Option<String>> {
    Ok(Some(value.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// What a version is called.
pub(super) fn version(value: &str) -> Parsed<String> {
    text(value).ok().filter(|text| text.chars().count() <= 64).ok_or_else(|| "up to 64 characters".into())
}

pub(super) fn list(value: &str) -> Parsed<Vec<String>> {
    Ok(value.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
}

/// Queues, by names as they are: one that looks like a part of a list in another notation is none.
pub(super) fn queues(value: &str) -> Parsed<Vec<String>> {
    let odd = |name: &String| name.starts_with(['[', '"', '\'']) || name.ends_with([']', '"', '\'']);
    match list(value)? {
        names if names.iter().any(odd) => {
            Err("names of queues separated by commas, without brackets and quotes".into())
        }
        names => Ok(names),
    }
}

pub(super) fn path(value: &str) -> Parsed<Option<PathBuf>> {
    Ok(optional_text(value)?.map(PathBuf::from))
}

pub(super) fn secret(value: &str) -> Parsed<Option<Secret>> {
    Ok(Some(value).filter(|value| !value.is_empty()).map(Secret::new))
}

/// What services prove themselves with.
pub(super) fn client_secret(value: &str) -> Parsed<Option<Secret>> {
    strong(value, 16, "at least 16 characters that cannot be guessed; `openssl rand -base64 24` makes some")
}

/// A dialect's key. The key of a replaced service has to do, so it may be shorter than ours, and Django's may be the
/// one of a new project, which the doctor points out.
pub(super) fn dialect_secret(value: &str) -> Parsed<Option<Secret>> {
    if value.len() >= 32 && strength::is_of_a_new_project(value) {
        return secret(value);
    }
    strong(
        value,
        12,
        "at least 12 characters that cannot be guessed; for a new one `openssl rand -base64 48` makes some",
    )
}

/// A secret of at least so many bytes.
fn strong(value: &str, bytes: usize, expected: &str) -> Parsed<Option<Secret>> {
    let is_weak = value.len() < bytes || strength::is_placeholder(value);
    if !value.is_empty() && is_weak { Err(expected.to_owned()) } else { secret(value) }
}

pub(super) fn secret_keys(value: &str) -> Parsed<Vec<Secret>> {
    let keys = list(value)?.iter().map(|key| secret_key(key)).collect::<Result<Vec<_>, _>>()?;
    Ok(keys.into_iter().flatten().collect())
}

pub(super) fn amqp(value: &str) -> Parsed<Option<Secret>> {
    match Url::parse(value) {
        _ if value.is_empty() => Ok(None),
        Ok(url) if matches!(url.scheme(), "amqp" | "amqps") && url.has_host() => secret(value),
        _ => Err("amqp://USER:PASSWORD@HOST:5672/VHOST".into()),
    }
}

pub(super) fn secret_key(value: &str) -> Parsed<Option<Secret>> {
    if !value.is_empty() && value.len() < 32 {
        return Err("at least 32 bytes; `openssl rand -base64 48` makes a good one".into());
    }
    strong(value, 32, "a random key, not a placeholder; `openssl rand -base64 48` makes a good one")
}

pub(super) fn count(value: &str) -> Parsed<usize> {
    value.parse().map_err(|_| "a number".into())
}

pub(super) fn mail_workers(value: &str) -> Parsed<usize> {
    in_range(value, 1, 100)
}

pub(super) fn pixels(value: &str) -> Parsed<u64> {
    value.parse().map_err(|_| "a number of pixels".into())
}

pub(super) fn connections(value: &str) -> Parsed<u32> {
    in_range(value, 1, 1_000)
}

pub(super) fn password_min(value: &str) -> Parsed<usize> {
    in_range(value, 8, 256)
}

pub(super) fn hue(value: &str) -> Parsed<f32> {
    in_range(value, 0.0, 360.0)
}

pub(super) fn chroma(value: &str) -> Parsed<f32> {
    in_range(value, 0.0, 0.16)
}

/// A length of time.
///
/// # Errors
/// What is expected, in words.
pub fn duration(value: &str) -> Parsed<Duration> {
    let digits = value.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let seconds = match &value[digits.len()..] {
        "s" | "" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => 0,
    };
    match digits.parse::<u64>().ok().and_then(|count| count.checked_mul(seconds)) {
        Some(total) if seconds > 0 && total <= 100 * 366 * 86_400 => Ok(Duration::from_secs(total)),
        _ => Err("a length of time, like 30s, 10m, 24h or 30d".into()),
    }
}

pub(super) fn lifetime(value: &str) -> Parsed<Duration> {
    duration(value).and_then(|time| if time.is_zero() { Err("a length of time above zero".into()) } else { Ok(time) })
}

pub(super) fn audit_retention(value: &str) -> Parsed<Duration> {
    // The database itself keeps the last day.
    duration(value)
        .and_then(|time| if time < Duration::from_secs(86_400) { Err("a day (1d) or more".into()) } else { Ok(time) })
}

pub(super) fn on_or_off(value: &str) -> Parsed<bool> {
    one_of(value, &[("on", true), ("off", false)])
}

pub(super) fn language(value: &str) -> Parsed<Language> {
    one_of(value, &Language::ALL.map(|language| (language.tag(), language)))
}

pub(super) fn open_or_closed(value: &str) -> Parsed<bool> {
    one_of(value, &[("open", true), ("closed", false)])
}

/// The dialects that are open, by names that are yet to be compared with those that there are.
pub(super) fn dialects(value: &str) -> Parsed<Dialects> {
    Ok(Dialects::written(value))
}

/// Directives of `tracing`, one of which may be a level alone. A word that is none would be taken for a target, and
/// everything else, the setup link included, would not be logged.
pub(super) fn log_directives(value: &str) -> Parsed<String> {
    let is_level = |word: &str| word.trim().parse::<LevelFilter>().is_ok();
    let is_directive = |item: &str| match item.rsplit_once('=') {
        Some((target, level)) => !target.trim().is_empty() && is_level(level),
        None => is_level(item),
    };
    if list(value)?.iter().all(|item| is_directive(item)) && value.parse::<Targets>().is_ok() {
        text(value)
    } else {
        Err("off, error, warn, info, debug or trace, or such as info,portico::http=debug".into())
    }
}

pub(super) fn email_confirm(value: &str) -> Parsed<Option<EmailConfirm>> {
    use EmailConfirm::{Off, Optional, Required};
    if value.is_empty() {
        return Ok(None);
    }
    one_of(value, &[("off", Some(Off)), ("optional", Some(Optional)), ("required", Some(Required))])
}

pub(super) fn token_algorithm(value: &str) -> Parsed<TokenAlgorithm> {
    use TokenAlgorithm::{EdDsa, Es256, Hs256};
    one_of(value, &[("HS256", Hs256), ("EdDSA", EdDsa), ("ES256", Es256)])
}

pub(super) fn synchronous(value: &str) -> Parsed<Synchronous> {
    one_of(value, &[("normal", Synchronous::Normal), ("full", Synchronous::Full)])
}

pub(super) fn one_of<T: Copy>(value: &str, words: &[(&str, T)]) -> Parsed<T> {
    words
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(value))
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or "))
}

fn in_range<T: FromStr + PartialOrd + std::fmt::Display>(value: &str, low: T, high: T) -> Parsed<T> {
    match value.parse::<T>() {
        Ok(number) if number >= low && number <= high => Ok(number),
        _ => Err(format!("a number from {low} to {high}")),
    }
}
