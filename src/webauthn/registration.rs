//! The registration ceremony (§7.1): a browser's answer to `navigator.credentials.create`.

use minicbor::decode::Decoder;
use serde::Deserialize;

use crate::authenticator_data::AuthenticatorData;
use crate::client_data::{Ceremony, ClientData};
use crate::{Error, RelyingParty, UserPresence, UserVerification, cbor, encoding};

/// A new credential that was asked for, as the browser told of it; nothing of it is checked.
#[derive(Clone, Debug)]
pub struct Registration {
    json: RegistrationJson,
    client_data: ClientData,
}

/// `RegistrationResponseJSON` (§5.1.8.1), as far as it matters.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegistrationJson {
    #[serde(with = "encoding")]
    id: Vec<u8>,
    #[serde(with = "encoding")]
    raw_id: Vec<u8>,
    r#type: PublicKeyType,
    response: AttestationResponse,
    #[serde(default)]
    client_extension_results: ExtensionResults,
}

/// The one type of credentials there is.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) enum PublicKeyType {
    #[serde(rename = "public-key")]
    PublicKey,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttestationResponse {
    #[serde(rename = "clientDataJSON", with = "encoding")]
    client_data: Vec<u8>,
    #[serde(with = "encoding")]
    attestation_object: Vec<u8>,
    #[serde(default)]
    transports: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExtensionResults {
    #[serde(default)]
    cred_props: Option<CredentialProperties>,
}

#[derive(Clone, Debug, Deserialize)]
struct CredentialProperties {
    #[serde(default)]
    rk: Option<bool>,
}

/// A credential that was verified, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// What the authenticator calls it: 1 to [`LONGEST_ID`](crate::LONGEST_ID) bytes.
    pub id: Vec<u8>,
    /// Its public key, as a COSE key.
    pub public_key: Vec<u8>,
    /// How often it was used, as the authenticator says; always 0 where it does not count.
    pub counter: u32,
    /// Whether the authenticator found out who used it.
    pub user_verified: bool,
    /// Whether a user was there.
    pub user_present: bool,
    /// Whether it may be copied to other devices of its owner. Never changes.
    pub backup_eligible: bool,
    /// Whether it was.
    pub backed_up: bool,
    /// The model of the authenticator; zeros where it does not say. Not proven: a hint for a name.
    pub aaguid: [u8; 16],
    /// How the browser reaches it: `internal`, `usb`, `nfc`, `ble`, `hybrid`, `smart-card`, or what may come.
    pub transports: Vec<String>,
    /// Whether it is found without being told its id; none where the browser does not say.
    pub discoverable: Option<bool>,
}

impl Registration {
    /// Reads the text of `PublicKeyCredential.toJSON()`.
    ///
    /// # Errors
    ///
    /// [`Error::Json`], [`Error::ClientData`].
    pub fn from_json(json: &str) -> Result<Self, Error> {
        let json: RegistrationJson = serde_json::from_str(json).map_err(|_| Error::Json)?;
        let PublicKeyType::PublicKey = json.r#type;
        if json.id != json.raw_id {
            return Err(Error::Json);
        }
        let client_data = ClientData::parse(&json.response.client_data)?;
        Ok(Self { json, client_data })
    }

    /// The challenge that it says it answers.
    pub fn challenge(&self) -> &[u8] {
        &self.client_data.challenge
    }

    /// Verifies it. `is_known` decides whether its challenge was given for this ceremony, to this browser, and lately.
    /// That no account has the credential yet is for the caller to see to.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn verify(
        self,
        relying_party: &RelyingParty,
        presence: UserPresence,
        verification: UserVerification,
        is_known: impl FnOnce(&[u8]) -> bool,
    ) -> Result<Credential, Error> {
        self.client_data.check(Ceremony::Create, relying_party, is_known)?;
        let response = self.json.response;
        let data = AuthenticatorData::parse(authenticator_data(&response.attestation_object)?)?;
        data.check(relying_party, presence, verification)?;
        let attested = data.attested.ok_or(Error::AuthenticatorData)?;
        if attested.id != self.json.raw_id {
            return Err(Error::CredentialId);
        }
        Ok(Credential {
            id: attested.id.to_owned(),
            public_key: attested.public_key.to_owned(),
            counter: data.counter,
            user_verified: data.flags.user_verified(),
            user_present: data.flags.user_present(),
            backup_eligible: data.flags.backup_eligible(),
            backed_up: data.flags.backed_up(),
            aaguid: attested.aaguid,
            transports: transports(response.transports),
            discoverable: self.json.client_extension_results.cred_props.and_then(|properties| properties.rk),
        })
    }
}

/// Names of transports as the registry has them: a few short words. Others would not get far in a list of them.
fn transports(mut told: Vec<String>) -> Vec<String> {
    told.retain(|name| {
        (1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    });
    told.sort();
    told.dedup();
    told.truncate(8);
    told
}

/// What an attestation object (§6.5.4) has beside the statement, which was not asked for.
fn authenticator_data(object: &[u8]) -> Result<&[u8], Error> {
    let mut decoder = Decoder::new(object);
    let found = members(&mut decoder).map_err(|_| Error::AttestationObject)?;
    if decoder.position() == object.len() { Ok(found) } else { Err(Error::AttestationObject) }
}

/// `fmt`, `attStmt` and `authData`, each once, in whatever order.
fn members<'a>(decoder: &mut Decoder<'a>) -> Result<&'a [u8], minicbor::decode::Error> {
    let (mut format, mut statement, mut data) = (false, false, None);
    for _ in 0..cbor::map(decoder)? {
        let was_there = match decoder.str()? {
            "fmt" => {
                decoder.str()?;
                std::mem::replace(&mut format, true)
            }
            "attStmt" if decoder.datatype()? == minicbor::data::Type::Map => {
                cbor::skip(decoder, 1)?;
                std::mem::replace(&mut statement, true)
            }
            "authData" => data.replace(cbor::bytes(decoder)?).is_some(),
            _ => true,
        };
        if was_there {
            return Err(minicbor::decode::Error::message("a member that does not belong there"));
        }
    }
    data.filter(|_| format && statement).ok_or_else(|| minicbor::decode::Error::message("a member that is missing"))
}
