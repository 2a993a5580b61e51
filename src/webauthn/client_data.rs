//! What the browser says of a ceremony (§5.8.1), which the authenticator's signature covers.

use serde::Deserialize;

use crate::{Error, RelyingParty, encoding};

/// The ceremonies, by the `type` of their client data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ceremony {
    Create,
    Get,
}

impl Ceremony {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "webauthn.create",
            Self::Get => "webauthn.get",
        }
    }
}

/// Collected client data. Members may be added to it (§5.8.1), so others are passed over; one that comes twice is refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientData {
    r#type: String,
    #[serde(with = "encoding")]
    pub(crate) challenge: Vec<u8>,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
    #[serde(default)]
    top_origin: Option<serde::de::IgnoredAny>,
}

impl ClientData {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(json).map_err(|_| Error::ClientData)
    }

    /// §7.1 steps 7 to 11, §7.2 steps 10 to 14. No page of ours is meant to stand in another site's frame.
    pub(crate) fn check(
        &self,
        ceremony: Ceremony,
        relying_party: &RelyingParty,
        is_known: impl FnOnce(&[u8]) -> bool,
    ) -> Result<(), Error> {
        if self.r#type != ceremony.name() {
            return Err(Error::Ceremony);
        }
        if !is_known(&self.challenge) {
            return Err(Error::Challenge);
        }
        if !relying_party.origins().contains(&self.origin) {
            return Err(Error::Origin);
        }
        if self.cross_origin || self.top_origin.is_some() {
            return Err(Error::CrossOrigin);
        }
        Ok(())
    }
}
