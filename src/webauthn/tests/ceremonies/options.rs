//! What browsers are asked.

use portico_webauthn::{CreationOptions, Kind, Named, RequestOptions, User, UserVerification};
use serde_json::json;

use crate::support::relying_party;

fn creation(kind: Kind) -> serde_json::Value {
    let user = User { handle: &[1, 2, 3], name: "ada@example.org", display_name: "Ada" };
    let existing = vec![Named::new(vec![255], vec!["usb".to_owned()]), Named::new(vec![0], Vec::new())];
    let relying_party = relying_party();
    let options = CreationOptions::new(&relying_party, "Portico", user, &[9; 3], kind, existing, 300_000);
    serde_json::to_value(options).unwrap()
}

#[test]
fn a_passkey_is_found_by_itself_and_verifies_its_user() {
    assert_eq!(
        creation(Kind::Passkey),
        json!({
            "rp": {"id": "example.org", "name": "Portico"},
            "user": {"id": "AQID", "name": "ada@example.org", "displayName": "Ada"},
            "challenge": "CQkJ",
            "pubKeyCredParams": [
                {"type": "public-key", "alg": -8},
                {"type": "public-key", "alg": -7},
                {"type": "public-key", "alg": -35},
                {"type": "public-key", "alg": -36},
                {"type": "public-key", "alg": -257},
            ],
            "timeout": 300_000,
            "excludeCredentials": [
                {"type": "public-key", "id": "_w", "transports": ["usb"]},
                {"type": "public-key", "id": "AA"},
            ],
            "authenticatorSelection": {
                "residentKey": "required", "requireResidentKey": true, "userVerification": "required",
            },
            "hints": [],
            "attestation": "none",
            "extensions": {"credProps": true},
        })
    );
}

#[test]
fn a_security_key_need_not_keep_anything_nor_know_a_user() {
    let options = creation(Kind::SecurityKey);
    assert_eq!(
        options["authenticatorSelection"],
        json!({"residentKey": "discouraged", "requireResidentKey": false, "userVerification": "preferred"})
    );
    assert_eq!(options["hints"], json!(["security-key"]));
}

#[test]
fn a_log_in_names_the_credentials_that_may_answer() {
    let relying_party = relying_party();
    let named = vec![Named::new(vec![1], Vec::new())];
    let options = RequestOptions::new(&relying_party, &[9; 3], named, UserVerification::Preferred, 60_000);
    assert_eq!(
        serde_json::to_value(options).unwrap(),
        json!({
            "challenge": "CQkJ",
            "timeout": 60_000,
            "rpId": "example.org",
            "allowCredentials": [{"type": "public-key", "id": "AQ"}],
            "userVerification": "preferred",
        })
    );
}
