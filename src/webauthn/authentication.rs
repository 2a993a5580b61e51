//! The authentication ceremony (§7.2): a browser's answer to `navigator.credentials.get`.

use serde::Deserialize;

use crate::authenticator_data::AuthenticatorData;
use crate::client_data::{Ceremony, ClientData};
use crate::registration::PublicKeyType;
use crate::relying_party::sha256;
use crate::{Error, PublicKey, RelyingParty, UserPresence, UserVerification, encoding};

/// An assertion that was asked for, as the browser told of it; nothing of it is checked.
#[derive(Clone, Debug)]
pub struct Authentication {
    json: AuthenticationJson,
    client_data: ClientData,
}

/// `AuthenticationResponseJSON` (§5.1.8.1), as far as it matters.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthenticationJson {
    #[serde(with = "encoding")]
    id: Vec<u8>,
    #[serde(with = "encoding")]
    raw_id: Vec<u8>,
    r#type: PublicKeyType,
    response: AssertionResponse,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    #[serde(rename = "clientDataJSON", with = "encoding")]
    client_data: Vec<u8>,
    #[serde(with = "encoding")]
    authenticator_data: Vec<u8>,
    #[serde(with = "encoding")]
    signature: Vec<u8>,
    #[serde(default, deserialize_with = "encoding::optional")]
    user_handle: Option<Vec<u8>>,
}

/// The credential that answers, as it was kept.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// What the authenticator calls it.
    pub id: &'a [u8],
    /// Its public key, as a COSE key.
    pub public_key: &'a [u8],
    /// The counter of its last use.
    pub counter: u32,
    /// Whether it may be copied to other devices of its owner.
    pub backup_eligible: bool,
    /// The handle of the user whose it is.
    pub user_handle: &'a [u8],
    /// Whether the answer has to name the user: where none was named before.
    pub names_user: bool,
}

/// A log-in that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Whether the authenticator found out who used it.
    pub user_verified: bool,
    /// Whether the credential was copied to other devices.
    pub backed_up: bool,
    /// The counter, to be kept.
    pub counter: u32,
}

impl Authentication {
    /// Reads the text of `PublicKeyCredential.toJSON()`.
    ///
    /// # Errors
    ///
    /// [`Error::Json`], [`Error::ClientData`].
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let json: AuthenticationJson = serde_json::from_str(json).map_err(|_| Error::Json)?;
        let PublicKeyType::PublicKey = json.r#type;
        if json.id != json.raw_id {
            return Err(Error::Json);
        }
        let client_data = ClientData::parse(&json.response.client_data)?;
        Ok(Self { json, client_data })
    }

    /// The id of the credential that it says answers.
    pub fn credential_id(&self) -> &[u8] {
        &self.json.raw_id
    }

    /// The handle of the user that it names.
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.json.response.user_handle.as_deref()
    }

    /// The challenge that it says it answers.
    pub fn challenge(&self) -> &[u8] {
        &self.client_data.challenge
    }

    /// Verifies it with the credential that it names. `is_known` decides whether its challenge was given for this ceremony,
    /// to this browser, and lately. The counter is compared last, so that [`Error::Counter`] is told of right signatures alone.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn verify(
        &self,
        relying_party: &RelyingParty,
        known: Known<'_>,
        verification: UserVerification,
        is_known: impl FnOnce(&[u8]) -> bool,
    ) -> Result<Assertion, Error> {
        if self.credential_id() != known.id {
            return Err(Error::CredentialId);
        }
        match self.user_handle() {
            Some(handle) if handle != known.user_handle => return Err(Error::UserHandle),
            None if known.names_user => return Err(Error::UserHandle),
            Some(_) | None => {}
        }
        self.client_data.check(Ceremony::Get, relying_party, is_known)?;
        let response = &self.json.response;
        let data = AuthenticatorData::parse(&response.authenticator_data)?;
        data.check(relying_party, UserPresence::Required, verification)?;
        if data.flags.backup_eligible() != known.backup_eligible {
            return Err(Error::BackupEligibilityChanged);
        }
        let signed = [&response.authenticator_data[..], &sha256(&response.client_data)].concat();
        PublicKey::from_cose(known.public_key)?.verify(&signed, &response.signature)?;
        if (data.counter, known.counter) != (0, 0) && data.counter <= known.counter {
            return Err(Error::Counter);
        }
        Ok(Assertion {
            user_verified: data.flags.user_verified(),
            backed_up: data.flags.backed_up(),
            counter: data.counter,
        })
    }
}
