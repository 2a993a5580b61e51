//! What a browser is asked, as the JSON that `PublicKeyCredential.parseCreationOptionsFromJSON` and
//! `parseRequestOptionsFromJSON` take (§5.1.8, §5.1.9).

use serde::Serialize;

use crate::{ALGORITHMS, RelyingParty, UserVerification, encoding};

/// What kind of credential is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A passkey: found without being told its id, with its user verified. To Android, anything less than `required` means one
    /// that is not synchronised.
    Passkey,
    /// A security key: no place in it is used up, and one without a PIN will do.
    SecurityKey,
}

/// Where a browser should look first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// A key that is plugged in or held near.
    SecurityKey,
    /// The device itself.
    ClientDevice,
    /// A phone beside it.
    Hybrid,
}

/// The user that a credential is made for. Authenticators show both names, and keep the handle.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User<'a> {
    /// 1 to 64 random bytes that tell nothing (§14.6.1).
    #[serde(rename = "id", serialize_with = "encoding::serialize")]
    pub handle: &'a [u8],
    /// What the account is told apart by.
    pub name: &'a str,
    /// What the person is called.
    pub display_name: &'a str,
}

/// A credential by its id.
#[derive(Clone, Debug, Serialize)]
pub struct Named {
    r#type: &'static str,
    #[serde(serialize_with = "encoding::serialize")]
    id: Vec<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transports: Vec<String>,
}

impl Named {
    /// One with this id, reached by these transports.
    pub fn new(id: Vec<u8>, transports: Vec<String>) -> Self {
        Self { r#type: "public-key", id, transports }
    }
}

/// `PublicKeyCredentialCreationOptionsJSON`: what a new credential should be like.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions<'a> {
    rp: Entity<'a>,
    user: User<'a>,
    #[serde(serialize_with = "encoding::serialize")]
    challenge: &'a [u8],
    pub_key_cred_params: Vec<Parameter>,
    timeout: u64,
    exclude_credentials: Vec<Named>,
    authenticator_selection: Selection,
    hints: Vec<Hint>,
    attestation: &'static str,
    extensions: Extensions,
}

#[derive(Clone, Debug, Serialize)]
struct Entity<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Parameter {
    r#type: &'static str,
    alg: i64,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: &'static str,
    /// For browsers of before Level 2.
    require_resident_key: bool,
    user_verification: &'static str,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    cred_props: bool,
}

fn word(verification: UserVerification) -> &'static str {
    match verification {
        UserVerification::Required => "required",
        UserVerification::Preferred => "preferred",
    }
}

impl Kind {
    /// Whether its user has to be verified as it is made.
    pub fn user_verification(self) -> UserVerification {
        match self {
            Self::Passkey => UserVerification::Required,
            Self::SecurityKey => UserVerification::Preferred,
        }
    }
}

impl<'a> CreationOptions<'a> {
    /// Asks for a credential of `kind` for `user`, on an authenticator that has none of `existing`, within `timeout`
    /// milliseconds. `name` is what people call the service.
    pub fn new(
        relying_party: &'a RelyingParty,
        name: &'a str,
        user: User<'a>,
        challenge: &'a [u8],
        kind: Kind,
        existing: Vec<Named>,
        timeout: u64,
    ) -> Self {
        let user_verification = word(kind.user_verification());
        let (resident_key, hints) = match kind {
            Kind::Passkey => ("required", Vec::new()),
            Kind::SecurityKey => ("discouraged", vec![Hint::SecurityKey]),
        };
        let require_resident_key = kind == Kind::Passkey;
        Self {
            rp: Entity { id: relying_party.id(), name },
            user,
            challenge,
            pub_key_cred_params: ALGORITHMS.map(|alg| Parameter { r#type: "public-key", alg }).to_vec(),
            timeout,
            exclude_credentials: existing,
            authenticator_selection: Selection { resident_key, require_resident_key, user_verification },
            hints,
            attestation: "none",
            extensions: Extensions { cred_props: true },
        }
    }
}

/// `PublicKeyCredentialRequestOptionsJSON`: which credentials may answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions<'a> {
    #[serde(serialize_with = "encoding::serialize")]
    challenge: &'a [u8],
    timeout: u64,
    rp_id: &'a str,
    allow_credentials: Vec<Named>,
    user_verification: &'static str,
}

impl<'a> RequestOptions<'a> {
    /// Asks for an answer by one of `allowed`, or by any that the authenticator finds by itself where there are none, within
    /// `timeout` milliseconds.
    pub fn new(
        relying_party: &'a RelyingParty,
        challenge: &'a [u8],
        allowed: Vec<Named>,
        verification: UserVerification,
        timeout: u64,
    ) -> Self {
        let user_verification = word(verification);
        Self { challenge, timeout, rp_id: relying_party.id(), allow_credentials: allowed, user_verification }
    }
}
