//! Verifies answers of browsers: a JSON object a line on standard input, what was found a line on standard output. For
//! comparing the crate with others.

use std::io::BufRead as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portico_webauthn::{Authentication, Known, PublicKey, Registration, RelyingParty, UserPresence, UserVerification};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let found = match asked["ceremony"].as_str() {
            Some("create") => register(&asked)?,
            _ => log_in(&asked)?,
        };
        println!("{found}");
    }
    Ok(())
}

fn bytes(value: &Value) -> Result<Vec<u8>, base64::DecodeError> {
    URL_SAFE_NO_PAD.decode(value.as_str().unwrap_or_default())
}

fn relying_party(asked: &Value) -> RelyingParty {
    let origin = asked["origin"].as_str().unwrap_or_default().to_owned();
    RelyingParty::new(asked["rpId"].as_str().unwrap_or_default(), [origin])
}

fn verification(asked: &Value) -> UserVerification {
    if asked["requireUserVerification"] == json!(true) {
        UserVerification::Required
    } else {
        UserVerification::Preferred
    }
}

fn register(asked: &Value) -> Result<Value, base64::DecodeError> {
    let challenge = bytes(&asked["challenge"])?;
    let found = Registration::from_json(&asked["response"].to_string()).and_then(|registration| {
        registration
            .verify(&relying_party(asked), UserPresence::Required, verification(asked), |told| told == challenge)
    });
    Ok(match found {
        Ok(credential) => json!({
            "id": URL_SAFE_NO_PAD.encode(&credential.id),
            "publicKey": URL_SAFE_NO_PAD.encode(&credential.public_key),
            "algorithm": PublicKey::from_cose(&credential.public_key).map(|key| key.algorithm()).ok(),
            "counter": credential.counter,
            "userVerified": credential.user_verified,
            "backupEligible": credential.backup_eligible,
            "backedUp": credential.backed_up,
            "discoverable": credential.discoverable,
        }),
        Err(error) => json!({ "error": format!("{error:?}") }),
    })
}

fn log_in(asked: &Value) -> Result<Value, base64::DecodeError> {
    let challenge = bytes(&asked["challenge"])?;
    let credential = &asked["credential"];
    let (id, public_key) = (bytes(&credential["id"])?, bytes(&credential["publicKey"])?);
    let user_handle = bytes(&credential["userHandle"])?;
    let known = Known {
        id: &id,
        public_key: &public_key,
        counter: u32::try_from(credential["counter"].as_u64().unwrap_or_default()).unwrap_or_default(),
        backup_eligible: credential["backupEligible"] == json!(true),
        user_handle: &user_handle,
        names_user: false,
    };
    let found = Authentication::from_json(&asked["response"].to_string())
        .and_then(|answer| answer.verify(&relying_party(asked), known, verification(asked), |told| told == challenge));
    Ok(match found {
        Ok(found) => json!({
            "userVerified": found.user_verified, "backedUp": found.backed_up, "counter": found.counter,
        }),
        Err(error) => json!({ "error": format!("{error:?}") }),
    })
}
