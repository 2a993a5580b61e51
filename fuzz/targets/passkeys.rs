//! What a browser's answer can be: any bytes at all where an authenticator's stand, and any text as a whole.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use portico_fuzz::promises::within_memory;
use portico_webauthn::{
    Authentication, Known, LONGEST_ID, PublicKey, Registration, RelyingParty, UserPresence, UserVerification,
};
use serde_json::json;

/// Bytes. An answer is read into memory a few times over.
const MEMORY: usize = 16 << 20;

const ID: &[u8] = b"id";

// The first byte says what the others are.
fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    within_memory(MEMORY, || match kind % 4 {
        0 => {
            let client_data = br#"{"type":"webauthn.create","challenge":"","origin":"https://example.org"}"#;
            register(&registration(client_data, bytes));
        }
        1 => register(&registration(bytes, b"")),
        2 => log_in(bytes),
        _ => {
            let text = String::from_utf8_lossy(bytes);
            register(&text);
            if let Ok(answer) = Authentication::from_json(&text) {
                // Nothing that was made without the key is right.
                assert!(verify(&answer, &[]).is_err());
            }
        }
    });
});

fn relying_party() -> RelyingParty {
    RelyingParty::new("example.org", ["https://example.org".to_owned()])
}

/// An answer whose id is the one of the attestation object, if it has one where an authenticator puts it.
fn registration(client_data: &[u8], object: &[u8]) -> String {
    let hash = [0xbf, 0xab, 0xc3, 0x74, 0x32, 0x95, 0x8b, 0x06];
    let id = object.windows(hash.len()).position(|window| window == hash).and_then(|start| {
        let length = object.get(start + 53..start + 55)?;
        object.get(start + 55..)?.get(..usize::from(u16::from_be_bytes([length[0], length[1]])))
    });
    let id = URL_SAFE_NO_PAD.encode(id.unwrap_or(ID));
    json!({"id": id, "rawId": id, "type": "public-key", "response": {
        "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data), "attestationObject": URL_SAFE_NO_PAD.encode(object),
    }})
    .to_string()
}

fn register(json: &str) {
    let Ok(registration) = Registration::from_json(json) else { return };
    let found = registration.verify(&relying_party(), UserPresence::Required, UserVerification::Preferred, |_| true);
    if let Ok(credential) = found {
        assert!((1..=LONGEST_ID).contains(&credential.id.len()));
        assert!(credential.user_present);
        assert!(credential.backup_eligible || !credential.backed_up);
        assert!(PublicKey::from_cose(&credential.public_key).is_ok());
    }
}

/// Two bytes of length and so much of a key, as much of a signature, then the authenticator data.
fn log_in(bytes: &[u8]) {
    let Some((&[key, signature], rest)) = bytes.split_first_chunk() else { return };
    let Some((public_key, rest)) = rest.split_at_checked(usize::from(key)) else { return };
    let Some((signature, data)) = rest.split_at_checked(usize::from(signature)) else { return };
    let client_data = br#"{"type":"webauthn.get","challenge":"","origin":"https://example.org"}"#;
    let id = URL_SAFE_NO_PAD.encode(ID);
    let json = json!({"id": id, "rawId": id, "type": "public-key", "response": {
        "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data), "authenticatorData": URL_SAFE_NO_PAD.encode(data),
        "signature": URL_SAFE_NO_PAD.encode(signature),
    }});
    if let Ok(answer) = Authentication::from_json(&json.to_string()) {
        // Keys of the fuzzer's own making may have signatures that are easy to find: only that it comes to an end matters.
        let _ = verify(&answer, public_key);
    }
}

fn verify(answer: &Authentication, public_key: &[u8]) -> Result<portico_webauthn::Assertion, portico_webauthn::Error> {
    let known = Known {
        id: answer.credential_id(),
        public_key,
        counter: 0,
        backup_eligible: false,
        user_handle: b"user",
        names_user: false,
    };
    answer.verify(&relying_party(), known, UserVerification::Preferred, |_| true)
}
