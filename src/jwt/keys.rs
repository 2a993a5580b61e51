//! The keys that tokens are signed and verified with, parsed once.
//!
//! `SECRET_KEY` (or a dialect's own secret) is the HMAC key as it stands, not a key derived from it: siblings and
//! gateways of the replaced services hold the same text and verify with it. Everything else that Portico signs
//! uses keys derived from `SECRET_KEY` by purpose ([`crate::app::App::sign`]): who holds a dialect's own secret, or a
//! derived key, learns no other; who holds `SECRET_KEY` has them all, so no sibling should be given that.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::clock::Clock;
use crate::config::{Secret, Settings, TokenAlgorithm};
use crate::secrets::hex;

use super::claims::NewClaims;
use super::{Claims, Dialect, TokenProblem};

/// The most tokens of a key that are kept with what they say.
const MAX_KEPT: usize = 1_024;
/// The longest of them, in bytes. Ours have some 500.
const MAX_KEPT_TOKEN: usize = 1_024;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("PORTICO_TOKEN_KEY_FILE {path} cannot be read: {source}", path = path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A key in it is of no use.
    #[error("PORTICO_TOKEN_KEY_FILE {path} holds no private key for {algorithm:?} in PEM form (PKCS #8)", path = path.display())]
    Pem {
        /// The file.
        path: std::path::PathBuf,
        /// What it is wanted for.
        algorithm: TokenAlgorithm,
    },
}

/// One key that verifies.
struct Verifier {
    algorithm: Algorithm,
    /// The key's id; HMAC keys have none.
    id: Option<String>,
    key: DecodingKey,
    validation: Validation,
}

/// A key that signs, and those that verify beside it.
struct Ring {
    header: Header,
    /// The header as tokens have it, which is what nearly all that are presented begin with.
    encoded_header: String,
    signer: EncodingKey,
    verifiers: Vec<Verifier>,
    /// What tokens say whose signature was found right: a program presents the same one time and again, and nothing but
    /// time changes what comes of it. Who could read them here could read the key.
    verified: Cache<Box<str>, Arc<Claims>>,
}

/// Every key there is.
pub struct Keys {
    shared: Ring,
    dialects: Vec<&'static Dialect>,
    /// Those of dialects that have their own, by name.
    own: HashMap<&'static str, Ring>,
    public: JwkSet,
    clock: Clock,
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Keys")
    }
}

impl Keys {
    /// Reads the keys of these dialects. `clock` says which tokens have run out.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub fn load(
        settings: &Settings,
        secret_key: &Secret,
        dialects: Vec<&'static Dialect>,
        clock: Clock,
    ) -> Result<Keys, KeyError> {
        let own = |dialect: &&'static Dialect| Some((dialect.name, Ring::secret((dialect.secret)(settings)?, &[])));
        let (shared, public) = match (settings.token_alg, &settings.token_key_file) {
            (algorithm @ (TokenAlgorithm::EdDsa | TokenAlgorithm::Es256), Some(path)) => {
                let text =
                    std::fs::read_to_string(path).map_err(|source| KeyError::File { path: path.clone(), source })?;
                Ring::pair(&text, algorithm).ok_or_else(|| KeyError::Pem { path: path.clone(), algorithm })?
            }
            _ => (Ring::secret(secret_key, &settings.previous_secret_keys), JwkSet { keys: Vec::new() }),
        };
        Ok(Keys { shared, own: dialects.iter().filter_map(own).collect(), dialects, public, clock })
    }

    /// The public keys, for services that verify tokens themselves.
    pub fn public(&self) -> &JwkSet {
        &self.public
    }

    /// Every dialect that may have issued a token.
    pub fn dialects(&self) -> &[&'static Dialect] {
        &self.dialects
    }

    /// Whether a dialect has a key that no other shares.
    pub(crate) fn has_own(&self, dialect: &Dialect) -> bool {
        self.own.contains_key(dialect.name)
    }

    fn ring(&self, dialect: &Dialect) -> &Ring {
        self.own.get(dialect.name).unwrap_or(&self.shared)
    }

    /// Signs a token of a dialect.
    pub(crate) fn sign(&self, dialect: &Dialect, claims: &NewClaims) -> anyhow::Result<String> {
        let ring = self.ring(dialect);
        Ok(jsonwebtoken::encode(&ring.header, claims, &ring.signer)?)
    }

    /// Reads a token that is presented to a dialect.
    pub(crate) fn read(&self, dialect: &Dialect, token: &str) -> Result<Arc<Claims>, TokenProblem> {
        self.ring(dialect).read(token, self.clock.now())
    }
}

impl Ring {
    fn new(header: Header, signer: EncodingKey, verifiers: Vec<Verifier>) -> Ring {
        let encoded_header = serde_json::to_vec(&header).map(|text| URL_SAFE_NO_PAD.encode(text)).unwrap_or_default();
        Ring { header, encoded_header, signer, verifiers, verified: Cache::new(MAX_KEPT) }
    }

    fn secret(secret: &Secret, previous: &[Secret]) -> Ring {
        let verifier = |secret: &Secret| Verifier {
            algorithm: Algorithm::HS256,
            id: None,
            key: DecodingKey::from_secret(secret.expose().as_bytes()),
            validation: validation(Algorithm::HS256),
        };
        let signer = EncodingKey::from_secret(secret.expose().as_bytes());
        Ring::new(
            Header::new(Algorithm::HS256),
            signer,
            std::iter::once(secret).chain(previous).map(verifier).collect(),
        )
    }

    /// The private keys of a PEM text: the first signs, all verify.
    fn pair(text: &str, algorithm: TokenAlgorithm) -> Option<(Ring, JwkSet)> {
        let algorithm = match algorithm {
            TokenAlgorithm::EdDsa => Algorithm::EdDSA,
            TokenAlgorithm::Es256 | TokenAlgorithm::Hs256 => Algorithm::ES256,
        };
        let mut pairs = Vec::new();
        let (mut rest, end) = (text, "-----END PRIVATE KEY-----");
        while let Some(start) = rest.find("-----BEGIN PRIVATE KEY-----") {
            let stop = start + rest[start..].find(end)? + end.len();
            let pem = &rest.as_bytes()[start..stop];
            let signer = if algorithm == Algorithm::EdDSA {
                EncodingKey::from_ed_pem(pem).ok()?
            } else {
                EncodingKey::from_ec_pem(pem).ok()?
            };
            let mut public = Jwk::from_encoding_key(&signer, algorithm).ok()?;
            public.common.key_id = Some(public.thumbprint(ThumbprintHash::SHA256).ok()?);
            public.common.public_key_use = Some(PublicKeyUse::Signature);
            pairs.push((signer, public));
            rest = &rest[stop..];
        }
        let verifier = |public: &Jwk| {
            Some(Verifier {
                algorithm,
                id: public.common.key_id.clone(),
                key: DecodingKey::from_jwk(public).ok()?,
                validation: validation(algorithm),
            })
        };
        let verifiers = pairs.iter().map(|(_, public)| verifier(public)).collect::<Option<Vec<_>>>()?;
        let public = pairs.iter().map(|(_, public)| public.clone()).collect();
        let mut header = Header::new(algorithm);
        header.kid = verifiers.first()?.id.clone();
        let (signer, _) = pairs.into_iter().next()?;
        Some((Ring::new(header, signer, verifiers), JwkSet { keys: public }))
    }

    /// A token's claims, once its signature, algorithm, times and audience are right. The header chooses nothing: its
    /// algorithm has to be the key's, and a key id only tells which of our own keys is meant. A header that says of
    /// itself that it must be understood, or that this is something else than a token, is believed.
    fn read(&self, token: &str, now: OffsetDateTime) -> Result<Arc<Claims>, TokenProblem> {
        // No client has a reason to send much more than we do.
        if token.len() > 8 * 1024 {
            return Err(TokenProblem::Malformed);
        }
        let claims = match self.verified.get(token) {
            Some(claims) => claims,
            None => self.verify(token)?,
        };
        claims.check_times(now)?;
        if !claims.is_for_us() {
            return Err(TokenProblem::Signature);
        }
        Ok(claims)
    }

    /// The same, but for times and audience.
    fn verify(&self, token: &str) -> Result<Arc<Claims>, TokenProblem> {
        let header = self.header(token)?;
        let mut found = TokenProblem::Signature;
        for verifier in &self.verifiers {
            let is_meant = header.kid.is_none() || verifier.id.is_none() || header.kid == verifier.id;
            if verifier.algorithm != header.alg || !is_meant {
                continue;
            }
            match jsonwebtoken::decode::<Claims>(token, &verifier.key, &verifier.validation) {
                Ok(data) => {
                    let claims = Arc::new(with_digest(data.claims, token));
                    if token.len() <= MAX_KEPT_TOKEN {
                        self.verified.insert(token.into(), Arc::clone(&claims));
                    }
                    return Ok(claims);
                }
                Err(error) => match problem(error.kind()) {
                    TokenProblem::Signature => {}
                    other => found = other,
                },
            }
        }
        Err(found)
    }

    /// The header of a token, unless it asks for what we do not do.
    fn header(&self, token: &str) -> Result<Cow<'_, Header>, TokenProblem> {
        if token.split('.').next() == Some(self.encoded_header.as_str()) {
            return Ok(Cow::Borrowed(&self.header));
        }
        let header = jsonwebtoken::decode_header(token).map_err(|error| problem(error.kind()))?;
        if is_plain(token, &header) { Ok(Cow::Owned(header)) } else { Err(TokenProblem::Malformed) }
    }
}

/// The claims of a token whose signature is right, with a name for it where it has no id: the same claims make the same
/// token.
fn with_digest(mut claims: Claims, token: &str) -> Claims {
    if claims.jti.is_none() {
        let said = token.split('.').nth(1).unwrap_or_default();
        claims.digest = hex(&Sha256::digest(said));
    }
    claims
}

/// What every token is held to: this algorithm, and that it runs out.
fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    // By our own clock: `Claims::check_times`.
    validation.validate_exp = false;
    // The audience of a CLARK token is its own user, which the library cannot know: `Claims::is_for_us` compares it.
    validation.validate_aud = false;
    validation
}

/// Whether a header asks for nothing that we do not do: no extension that it calls critical (RFC 7515 §4.1.11; `b64` of
/// RFC 7797 is one), and no other use of the same key (RFC 8725 §3.11).
fn is_plain(token: &str, header: &Header) -> bool {
    let part = token.split('.').next().unwrap_or_default();
    let fields = URL_SAFE_NO_PAD.decode(part).ok();
    let fields = fields.and_then(|text| serde_json::from_slice::<Map<String, Value>>(&text).ok());
    let has_extensions = fields.is_none_or(|fields| fields.contains_key("crit") || fields.contains_key("b64"));
    let is_token = header.typ.as_ref().is_none_or(|kind| kind.eq_ignore_ascii_case("JWT"));
    is_token && !has_extensions
}

fn problem(kind: &jsonwebtoken::errors::ErrorKind) -> TokenProblem {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::InvalidSignature | ErrorKind::InvalidAlgorithm => TokenProblem::Signature,
        _ => TokenProblem::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(secret: &str) -> Ring {
        Ring::secret(&Secret::new(secret), &[])
    }

    fn claims(exp: i64) -> Value {
        serde_json::json!({ "exp": exp })
    }

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-01 00:00 UTC);
    const LATER: i64 = 4_000_000_000;

    #[test]
    fn a_key_reads_what_it_signed_and_nothing_else() {
        let (ours, theirs) = (ring("one secret of thirty-two bytes!!"), ring("another secret of 32 bytes!!!!!!"));
        let token = jsonwebtoken::encode(&ours.header, &claims(LATER), &ours.signer).unwrap();
        assert_eq!(ours.read(&token, NOW).unwrap().exp, LATER);
        assert!(matches!(ours.header(&token), Ok(Cow::Borrowed(_))));
        assert_eq!(theirs.read(&token, NOW).unwrap_err(), TokenProblem::Signature);
        assert_eq!(ours.read(&token[..token.len() - 3], NOW).unwrap_err(), TokenProblem::Signature);
        assert_eq!(ours.read("junk", NOW).unwrap_err(), TokenProblem::Malformed);
    }

    #[test]
    fn times_are_numbers_and_are_kept_to() {
        let ours = ring("one secret of thirty-two bytes!!");
        let sign = |claims: &serde_json::Value| jsonwebtoken::encode(&ours.header, claims, &ours.signer).unwrap();
        let read = |claims: serde_json::Value| ours.read(&sign(&claims), NOW).map(|_| ());
        assert_eq!(read(serde_json::json!({ "exp": 1 })), Err(TokenProblem::Expired));
        assert_eq!(read(serde_json::json!({ "exp": LATER, "nbf": LATER })), Err(TokenProblem::NotYet));
        let now = NOW.unix_timestamp();
        assert_eq!(read(serde_json::json!({ "exp": now, "nbf": now + 1 })), Err(TokenProblem::Expired));
        assert_eq!(read(serde_json::json!({ "exp": now + 1, "nbf": now })), Ok(()));
        assert_eq!(read(serde_json::json!({ "exp": now + 1, "nbf": now + 1 })), Err(TokenProblem::NotYet));
        assert_eq!(read(serde_json::json!({ "exp": now + 1, "nbf": 0.5 })), Ok(()));
        for nbf in [serde_json::json!(-1), Value::Null, serde_json::json!(true)] {
            assert_eq!(read(serde_json::json!({ "exp": LATER, "nbf": nbf })), Err(TokenProblem::Malformed));
        }
        assert_eq!(read(serde_json::json!({ "exp": "4000000000" })), Err(TokenProblem::Malformed));
        assert_eq!(read(serde_json::json!({ "exp": LATER, "nbf": "0" })), Err(TokenProblem::Malformed));
        assert_eq!(read(serde_json::json!({})), Err(TokenProblem::Malformed));
    }

    #[test]
    fn a_header_that_must_be_understood_is_not_passed_over() {
        let ours = ring("one secret of thirty-two bytes!!");
        let read = |header: serde_json::Value| {
            let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let text = format!("{}.{}", part(header), part(serde_json::json!({ "exp": LATER })));
            let signature = jsonwebtoken::crypto::sign(text.as_bytes(), &ours.signer, Algorithm::HS256).unwrap();
            ours.read(&format!("{text}.{signature}"), NOW).map(|_| ())
        };
        assert_eq!(read(serde_json::json!({ "alg": "HS256", "typ": "jwt", "x": "unknown" })), Ok(()));
        assert_eq!(read(serde_json::json!({ "alg": "HS256" })), Ok(()));
        for header in [
            serde_json::json!({ "alg": "HS256", "crit": ["x"], "x": true }),
            serde_json::json!({ "alg": "HS256", "crit": [] }),
            serde_json::json!({ "alg": "HS256", "crit": null }),
            serde_json::json!({ "alg": "HS256", "crit": ["b64"], "b64": true }),
            serde_json::json!({ "alg": "HS256", "b64": false }),
            serde_json::json!({ "alg": "HS256", "typ": "secevent+jwt" }),
        ] {
            assert!(read(header.clone()).is_err(), "{header}");
        }
    }

    #[test]
    fn a_token_for_another_audience_is_not_ours() {
        let ours = ring("one secret of thirty-two bytes!!");
        let read = |aud: Option<&str>, username: Option<&str>| {
            let claims = serde_json::json!({ "aud": aud, "username": username, "exp": LATER });
            ours.read(&jsonwebtoken::encode(&ours.header, &claims, &ours.signer).unwrap(), NOW).map(|_| ())
        };
        assert_eq!(read(None, Some("ada")), Ok(()));
        assert_eq!(read(Some("ada"), Some("ada")), Ok(()));
        assert_eq!(read(Some("https://posts.example"), Some("ada")), Err(TokenProblem::Signature));
        assert_eq!(read(Some("ada"), None), Err(TokenProblem::Signature));
    }

    #[test]
    fn the_token_does_not_choose_its_algorithm() {
        let ours = ring("one secret of thirty-two bytes!!");
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            let token = jsonwebtoken::encode(&Header::new(algorithm), &claims(LATER), &ours.signer).unwrap();
            assert_eq!(ours.read(&token, NOW).unwrap_err(), TokenProblem::Signature);
        }
        // {"alg":"none","typ":"JWT"} and {"exp":4000000000}
        let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJleHAiOjQwMDAwMDAwMDB9.";
        assert!(ours.read(unsigned, NOW).is_err());
    }
}
