//! For other services: what a token is worth (RFC 7662), ending one (RFC 7009), and the keys to verify with
//! (RFC 7517).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::error::Error;
use crate::model::{Actor, Client, Door};
use crate::tokens::{self, revoke, verify};

use super::authorization;
use super::body::{self, Fields, Input, Takes};
use super::openapi::Document;
use super::{log, retry_after};
use crate::http::bodies::RETRY_AFTER;
use crate::http::routing::{erased, get, post};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/oauth/introspect", post(introspect))
        .route("/oauth/revoke", post(revoke))
        .method_not_allowed_fallback(erased(method_not_allowed))
}

async fn method_not_allowed() -> Response {
    refuse(StatusCode::METHOD_NOT_ALLOWED, "invalid_request")
}

/// The public keys, which pages of any site may read, too.
pub(super) fn keys() -> Router<App> {
    Router::new()
        .route("/.well-known/jwks.json", get(public_keys))
        .method_not_allowed_fallback(erased(method_not_allowed))
}

#[derive(JsonSchema, Serialize)]
struct Active {
    active: bool,
    /// The account's id: who it is.
    sub: String,
    /// A label, the username or else the e-mail, which may change.
    username: String,
    token_type: &'static str,
    /// `access` or `refresh`.
    token_use: String,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct Inactive {
    active: bool,
}

#[derive(JsonSchema, Serialize)]
struct Refused {
    error: &'static str,
}

/// What is refused before it is looked at.
pub(super) fn unseen(status: StatusCode) -> Response {
    if status == StatusCode::SERVICE_UNAVAILABLE {
        fault(Error::Busy(RETRY_AFTER))
    } else {
        refuse(status, if status.is_server_error() { "server_error" } else { "invalid_request" })
    }
}

fn refuse(status: StatusCode, error: &'static str) -> Response {
    (status, Json(Refused { error })).into_response()
}

async fn introspect(State(app): State<App>, request: Request) -> Response {
    let token = match token(&app, request).await {
        Ok(token) => token,
        Err(response) => return response,
    };
    match verify::introspect(&app, &token).await {
        Ok(found) => Json(Active {
            active: true,
            sub: found.account.id.to_string(),
            username: found.account.label().to_owned(),
            token_type: "Bearer",
            token_use: found.claims.token_type.clone().unwrap_or_else(|| "access".to_owned()),
            exp: found.claims.exp,
            iat: found.claims.iat,
            jti: found.claims.jti.clone(),
            sid: found.claims.sid.map(|id| id.to_string()),
            iss: found.claims.iss.clone(),
        })
        .into_response(),
        Err(tokens::Error::Token(_)) => Json(Inactive { active: false }).into_response(),
        Err(tokens::Error::Account(error)) => fault(error),
    }
}

async fn revoke(State(app): State<App>, client: Client, request: Request) -> Response {
    let token = match token(&app, request).await {
        Ok(token) => token,
        Err(response) => return response,
    };
    match revoke::revoke_any(&app, &Actor::service(Door::Oauth, client.address), &token).await {
        Ok(()) | Err(tokens::Error::Token(_)) => StatusCode::OK.into_response(),
        Err(tokens::Error::Account(error)) => fault(error),
    }
}

async fn public_keys(State(app): State<App>) -> Response {
    let caching = [(header::CACHE_CONTROL, "public, max-age=300")];
    (caching, Json(app.keys().public())).into_response()
}

/// What introspection tells.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "the two shapes of one answer")]
enum Introspection {
    Active(Active),
    Inactive(Inactive),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the body is read field by field; this is its shape")]
struct Asked {
    token: String,
}

/// Describes it.
pub(super) fn describe(document: &mut Document) {
    let lock = json!({
        "type": "http", "scheme": "basic",
        "description": "Any name, with `PORTICO_INTROSPECTION_SECRET` as the password.",
    });
    document.lock("service", lock);
    let form = ["application/x-www-form-urlencoded"];
    for (path, summary) in [
        ("/oauth/introspect", "What a token is worth (RFC 7662)"),
        ("/oauth/revoke", "End a token and what was issued with it (RFC 7009)"),
    ] {
        let call = document
            .call("post", path, "For other services", summary)
            .locked("service")
            .takes::<Asked>(&form, json!({ "token": "eyJ…" }))
            .refuses::<Refused>(&[(400, "No form with a token"), (401, "Not the client secret")])
            .refuses::<Refused>(&[(503, "Too much to do; come again")]);
        if path == "/oauth/introspect" {
            call.answers::<Introspection>(200, "What it is worth");
        } else {
            call.empty(200, "Ended, or none of ours");
        }
    }
    document
        .call("get", "/.well-known/jwks.json", "For other services", "The public keys of tokens (RFC 7517)")
        .answers::<std::collections::BTreeMap<String, serde_json::Value>>(200, "The keys; none with HS256");
}

/// The token that a service with the client secret asks about.
async fn token(app: &App, request: Request) -> Result<String, Response> {
    let headers = request.headers().clone();
    if body::media_type(&headers) != "application/x-www-form-urlencoded" {
        return Err(refuse(StatusCode::BAD_REQUEST, "invalid_request"));
    }
    let form = body::fields(request, Takes::Forms, &[]).await;
    let form = form.map_err(|_| refuse(StatusCode::BAD_REQUEST, "invalid_request"))?;
    if !is_known(app, &headers, &form) {
        let mut response = refuse(StatusCode::UNAUTHORIZED, "invalid_client");
        let challenge = HeaderValue::from_static("Basic realm=\"portico\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        return Err(response);
    }
    field(&form, "token").map(str::to_owned).ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "invalid_request"))
}

/// Whether the secret stands in the header (as Basic's password or behind Bearer) or in the form.
fn is_known(app: &App, headers: &HeaderMap, form: &Fields) -> bool {
    let Some(secret) = &app.settings().introspection_secret else { return false };
    let header = authorization::header(headers).unwrap_or_default();
    let basic = header.strip_prefix("Basic ").and_then(|text| STANDARD.decode(text).ok());
    let basic = basic.and_then(|pair| String::from_utf8(pair).ok());
    let given = basic
        .as_deref()
        .and_then(|pair| pair.split_once(':').map(|(_, password)| password))
        .or_else(|| authorization::bearer(header))
        .or_else(|| field(form, "client_secret"))
        .unwrap_or_default();
    secret.is(given.as_bytes())
}

fn field<'f>(form: &'f Fields, name: &str) -> Option<&'f str> {
    match form.get(name) {
        Some(Input::Text(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn fault(error: Error) -> Response {
    match error {
        Error::Busy(wait) => retry_after(refuse(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"), wait),
        Error::TooMany(wait) => retry_after(refuse(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable"), wait),
        Error::Internal(error) => {
            log(&error);
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "server_error")
        }
        Error::StorageUnavailable => refuse(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        Error::Taken(_)
        | Error::Credentials(_)
        | Error::Disabled
        | Error::Forbidden
        | Error::AppPassword
        | Error::NotFound
        | Error::Closed
        | Error::Unconfirmed(_)
        | Error::LastAdmin
        | Error::Picture(_)
        | Error::Unstorable => refuse(StatusCode::BAD_REQUEST, "invalid_request"),
    }
}
