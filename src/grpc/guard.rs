//! What every call passes: the token of those inside, and the deadline.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::timeout;
use tonic::Status;

use crate::app::App;
use crate::peer::knows_internal_token;

/// How long a call may take when its caller sets no deadline, or a later one.
const MAX_DEADLINE: Duration = Duration::from_secs(60);

/// Refuses callers without the internal token, where one is set, and keeps the deadline of the others.
pub(super) async fn token_and_deadline(State(app): State<App>, request: Request, next: Next) -> Response {
    if knows_internal_token(&app, request.headers()) {
        deadline(request, next).await
    } else {
        Status::unauthenticated("The internal token is wanted: authorization: Bearer …").into_http()
    }
}

/// Gives up when the caller has: what was under way is dropped, and an open transaction rolled back.
pub(super) async fn deadline(request: Request, next: Next) -> Response {
    let allowed = asked_for(request.headers()).map_or(MAX_DEADLINE, |asked| asked.min(MAX_DEADLINE));
    match timeout(allowed, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Status::deadline_exceeded("The deadline has passed.").into_http(),
    }
}

/// The time that `grpc-timeout` gives: up to eight digits and a unit. What cannot be read counts as not given.
fn asked_for(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count * 3_600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_deadline_has_digits_and_a_unit() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", HeaderValue::from_static(value));
            asked_for(&headers)
        };
        assert_eq!(read("250m"), Some(Duration::from_millis(250)));
        assert_eq!(read("99999999H"), Some(Duration::from_secs(99_999_999 * 3_600)));
        assert_eq!(read("7u"), Some(Duration::from_micros(7)));
        for odd in ["", "S", "123456789S", "-1S", "5", "5x", "5 S"] {
            assert_eq!(read(odd), None, "{odd:?}");
        }
        assert_eq!(asked_for(&HeaderMap::new()), None);
    }
}
