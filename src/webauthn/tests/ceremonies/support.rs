//! What the tests share: the pairs of the specification, answers as a browser tells them, and an authenticator.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portico_webauthn::{
    Assertion, Authentication, Credential, Error, Known, Registration, RelyingParty, UserPresence, UserVerification,
};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn relying_party() -> RelyingParty {
    RelyingParty::new("example.org", ["https://example.org".to_owned()])
}

pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref().to_owned()
}

fn hex<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(serde::de::Error::custom))
        .collect()
}

/// A registration and the log-in that follows it: Web Authentication Level 3, §16.
#[derive(Clone, Deserialize)]
pub(crate) struct Pair {
    pub(crate) id: String,
    pub(crate) reg: Made,
    #[serde(deserialize_with = "hex")]
    pub(crate) credential_id: Vec<u8>,
    pub(crate) auth: Asserted,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Made {
    #[serde(deserialize_with = "hex")]
    pub(crate) challenge: Vec<u8>,
    #[serde(rename = "clientDataJSON", deserialize_with = "hex")]
    pub(crate) client_data: Vec<u8>,
    #[serde(deserialize_with = "hex")]
    pub(crate) attestation_object: Vec<u8>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asserted {
    #[serde(deserialize_with = "hex")]
    pub(crate) challenge: Vec<u8>,
    #[serde(rename = "clientDataJSON", deserialize_with = "hex")]
    pub(crate) client_data: Vec<u8>,
    #[serde(deserialize_with = "hex")]
    pub(crate) authenticator_data: Vec<u8>,
    #[serde(deserialize_with = "hex")]
    pub(crate) signature: Vec<u8>,
}

pub(crate) fn pairs() -> Vec<Pair> {
    let pairs: Vec<Pair> = serde_json::from_str(include_str!("vectors.json")).unwrap();
    assert_eq!(pairs.len(), 15);
    pairs
}

/// Those that are right for a relying party that stands in no frame and offers no Ed448.
pub(crate) fn good_pairs() -> Vec<Pair> {
    let bad = ["none-es256-crossOrigin", "none-es256-topOrigin", "packed-ed448"];
    pairs().into_iter().filter(|pair| !bad.iter().any(|name| pair.id.ends_with(name))).collect()
}

pub(crate) fn registration_json(id: &[u8], client_data: &[u8], attestation_object: &[u8]) -> Value {
    json!({
        "id": base64url(id), "rawId": base64url(id), "type": "public-key", "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": base64url(client_data), "attestationObject": base64url(attestation_object),
            "transports": [], "publicKeyAlgorithm": -7, "authenticatorData": "",
        },
    })
}

pub(crate) fn authentication_json(id: &[u8], client_data: &[u8], authenticator_data: &[u8], signature: &[u8]) -> Value {
    json!({
        "id": base64url(id), "rawId": base64url(id), "type": "public-key", "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": {
            "clientDataJSON": base64url(client_data), "authenticatorData": base64url(authenticator_data),
            "signature": base64url(signature), "userHandle": null,
        },
    })
}

impl Pair {
    pub(crate) fn register(&self) -> Result<Credential, Error> {
        let json = registration_json(&self.credential_id, &self.reg.client_data, &self.reg.attestation_object);
        let is_known = |challenge: &[u8]| challenge == self.reg.challenge;
        // Some authenticators of the specification verify no user.
        Registration::from_json(&json.to_string())?.verify(
            &relying_party(),
            UserPresence::Required,
            UserVerification::Preferred,
            is_known,
        )
    }

    pub(crate) fn log_in(&self, credential: &Credential) -> Result<Assertion, Error> {
        let auth = &self.auth;
        let json =
            authentication_json(&self.credential_id, &auth.client_data, &auth.authenticator_data, &auth.signature);
        let is_known = |challenge: &[u8]| challenge == auth.challenge;
        Authentication::from_json(&json.to_string())?.verify(
            &relying_party(),
            known(credential),
            UserVerification::Preferred,
            is_known,
        )
    }
}

pub(crate) const HANDLE: &[u8] = b"thirty-two random bytes, or so..";

pub(crate) fn known(credential: &Credential) -> Known<'_> {
    Known {
        id: &credential.id,
        public_key: &credential.public_key,
        counter: credential.counter,
        backup_eligible: credential.backup_eligible,
        user_handle: HANDLE,
        names_user: false,
    }
}

pub(crate) const CHALLENGE: &[u8] = b"sixteen bytes ok";
pub(crate) const USER_PRESENT: u8 = 1;
pub(crate) const USER_VERIFIED: u8 = 1 << 2;
pub(crate) const BACKUP_ELIGIBLE: u8 = 1 << 3;
pub(crate) const BACKED_UP: u8 = 1 << 4;
pub(crate) const ATTESTED: u8 = 1 << 6;
pub(crate) const EXTENSIONS: u8 = 1 << 7;

pub(crate) fn client_data(ceremony: &str) -> Value {
    json!({
        "type": ceremony, "challenge": base64url(CHALLENGE), "origin": "https://example.org", "crossOrigin": false,
    })
}

/// Writes the head of a CBOR item of a major type.
pub(crate) fn head(major: u8, value: usize) -> Vec<u8> {
    let major = major << 5;
    match value {
        0..24 => vec![major | u8::try_from(value).unwrap()],
        24..256 => vec![major | 24, u8::try_from(value).unwrap()],
        _ => [&[major | 25][..], &u16::try_from(value).unwrap().to_be_bytes()].concat(),
    }
}

pub(crate) fn byte_string(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len()), bytes.to_owned()].concat()
}

pub(crate) fn text(text: &str) -> Vec<u8> {
    [head(3, text.len()), text.as_bytes().to_owned()].concat()
}

/// An attestation object of format `none`.
pub(crate) fn attestation_object(authenticator_data: &[u8]) -> Vec<u8> {
    [
        head(5, 3),
        text("fmt"),
        text("none"),
        text("attStmt"),
        head(5, 0),
        text("authData"),
        byte_string(authenticator_data),
    ]
    .concat()
}

/// An authenticator of one ES256 key, which says what it is told to.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    pub(crate) id: Vec<u8>,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) rp_id: &'static str,
}

impl Authenticator {
    pub(crate) fn new() -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, document.as_ref()).unwrap();
        Self { key, id: b"a key".to_vec(), flags: USER_PRESENT | USER_VERIFIED, counter: 0, rp_id: "example.org" }
    }

    /// {1: 2, 3: -7, -1: 1, -2: x, -3: y}
    pub(crate) fn cose(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21][..], &byte_string(x), &[0x22], &byte_string(y)].concat()
    }

    pub(crate) fn data(&self, flags: u8, rest: &[u8]) -> Vec<u8> {
        [&sha256(self.rp_id.as_bytes()), &[self.flags | flags][..], &self.counter.to_be_bytes(), rest].concat()
    }

    /// What authenticator data holds of the credential.
    pub(crate) fn attested(&self, cose: &[u8]) -> Vec<u8> {
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        [&[7; 16][..], &length, &self.id, cose].concat()
    }

    pub(crate) fn created(&self) -> Value {
        let data = self.data(ATTESTED, &self.attested(&self.cose()));
        let client_data = client_data("webauthn.create").to_string();
        registration_json(&self.id, client_data.as_bytes(), &attestation_object(&data))
    }

    pub(crate) fn asserted(&self, client_data: &str) -> Value {
        self.asserted_with(client_data, &self.data(0, &[]))
    }

    pub(crate) fn asserted_with(&self, client_data: &str, data: &[u8]) -> Value {
        let signed = [data, &sha256(client_data.as_bytes())].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        authentication_json(&self.id, client_data.as_bytes(), data, signature.as_ref())
    }
}

pub(crate) fn register(json: &Value, verification: UserVerification) -> Result<Credential, Error> {
    let is_known = |challenge: &[u8]| challenge == CHALLENGE;
    Registration::from_json(&json.to_string())?.verify(&relying_party(), UserPresence::Required, verification, is_known)
}

pub(crate) fn log_in(json: &Value, known: Known<'_>, verification: UserVerification) -> Result<Assertion, Error> {
    let is_known = |challenge: &[u8]| challenge == CHALLENGE;
    Authentication::from_json(&json.to_string())?.verify(&relying_party(), known, verification, is_known)
}
