//! What pages with passkeys share, and what browsers ask about them: `/.well-known/webauthn`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::accounts::passkeys::Signals;
use crate::app::App;
use crate::passkeys::Options;

use crate::http::page_error::PageError;

/// The other origins whose pages may use the passkeys (Web Authentication §5.11.1).
pub(super) async fn related_origins(State(app): State<App>) -> Result<Response, PageError> {
    let origins = &app.settings().passkey_origins;
    if origins.is_empty() {
        return Err(PageError::NotFound);
    }
    Ok(as_json(json!({ "origins": origins }).to_string()))
}

/// JSON for a script.
pub(super) fn as_json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// What a passkey is asked, for a script.
pub(super) fn json(options: Option<Options>) -> Result<Response, PageError> {
    Ok(as_json(options.ok_or(PageError::NotFound)?.json))
}

/// What an authenticator is told of a passkey that no account has now. Of no other: that would tell whose there are.
pub(super) fn unknown(app: &App, id: &[u8]) -> Option<String> {
    let relying_party = app.relying_party().ok()?;
    let told = json!({ "rpId": relying_party.id(), "credentialId": URL_SAFE_NO_PAD.encode(id) });
    Some(json!({ "signalUnknownCredential": told }).to_string())
}

/// What authenticators are told of an account: all the passkeys that it has, and what it is called.
pub(super) fn signal(told: &Signals) -> String {
    let encode = |bytes: &Vec<u8>| URL_SAFE_NO_PAD.encode(bytes);
    let (rp_id, user_id) = (&told.rp_id, encode(&told.handle));
    let accepted: Vec<String> = told.accepted.iter().map(encode).collect();
    json!({
        "signalAllAcceptedCredentials": { "rpId": rp_id, "userId": user_id, "allAcceptedCredentialIds": accepted },
        "signalCurrentUserDetails": {
            "rpId": rp_id, "userId": user_id, "name": told.name, "displayName": told.display_name,
        },
    })
    .to_string()
}
