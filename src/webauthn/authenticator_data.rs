//! What the authenticator says of a ceremony (§6.1).

use minicbor::decode::Decoder;

use crate::{Error, LONGEST_ID, PublicKey, RelyingParty, UserPresence, UserVerification, cbor};

/// A bit field (§6.1), from the lowest bit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flags(u8);

impl Flags {
    const ATTESTED: u8 = 1 << 6;
    const EXTENSIONS: u8 = 1 << 7;

    pub(crate) fn user_present(self) -> bool {
        self.0 & 1 != 0
    }

    pub(crate) fn user_verified(self) -> bool {
        self.0 & (1 << 2) != 0
    }

    pub(crate) fn backup_eligible(self) -> bool {
        self.0 & (1 << 3) != 0
    }

    pub(crate) fn backed_up(self) -> bool {
        self.0 & (1 << 4) != 0
    }
}

/// Authenticator data, read to its end.
pub(crate) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8; 32],
    pub(crate) flags: Flags,
    pub(crate) counter: u32,
    pub(crate) attested: Option<AttestedCredential<'a>>,
}

/// What a registration adds: the new credential (§6.5.1).
pub(crate) struct AttestedCredential<'a> {
    pub(crate) aaguid: [u8; 16],
    pub(crate) id: &'a [u8],
    /// The COSE key as it was written.
    pub(crate) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let (rp_id_hash, rest) = bytes.split_first_chunk::<32>().ok_or(Error::AuthenticatorData)?;
        let (&[flags], rest) = rest.split_first_chunk::<1>().ok_or(Error::AuthenticatorData)?;
        let (counter, mut rest) = rest.split_first_chunk::<4>().ok_or(Error::AuthenticatorData)?;
        let attested = if flags & Flags::ATTESTED == 0 {
            None
        } else {
            let (credential, after) = AttestedCredential::parse(rest)?;
            rest = after;
            Some(credential)
        };
        if flags & Flags::EXTENSIONS != 0 {
            let mut decoder = Decoder::new(rest);
            match decoder.datatype() {
                Ok(minicbor::data::Type::Map) => cbor::skip(&mut decoder, 0).map_err(|_| Error::AuthenticatorData)?,
                _ => return Err(Error::AuthenticatorData),
            }
            rest = &rest[decoder.position()..];
        }
        if !rest.is_empty() {
            return Err(Error::AuthenticatorData);
        }
        Ok(Self { rp_id_hash, flags: Flags(flags), counter: u32::from_be_bytes(*counter), attested })
    }

    /// §7.1 steps 14 to 18, §7.2 steps 16 to 19.
    pub(crate) fn check(
        &self,
        relying_party: &RelyingParty,
        presence: UserPresence,
        verification: UserVerification,
    ) -> Result<(), Error> {
        if self.rp_id_hash != relying_party.id_hash() {
            return Err(Error::RelyingParty);
        }
        match presence {
            UserPresence::Required if !self.flags.user_present() => return Err(Error::UserPresence),
            UserPresence::Required | UserPresence::ConditionalCreate => {}
        }
        match verification {
            UserVerification::Required if !self.flags.user_verified() => return Err(Error::UserVerification),
            UserVerification::Required | UserVerification::Preferred => {}
        }
        if self.flags.backed_up() && !self.flags.backup_eligible() {
            return Err(Error::BackupFlags);
        }
        Ok(())
    }
}

impl<'a> AttestedCredential<'a> {
    /// Gives what follows it, too.
    fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Error> {
        let (aaguid, rest) = bytes.split_first_chunk::<16>().ok_or(Error::AuthenticatorData)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(Error::AuthenticatorData)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(1..=LONGEST_ID).contains(&length) {
            return Err(Error::CredentialId);
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(Error::AuthenticatorData)?;
        let mut decoder = Decoder::new(rest);
        PublicKey::read(&mut decoder)?;
        let (public_key, rest) = rest.split_at(decoder.position());
        Ok((Self { aaguid: *aaguid, id, public_key }, rest))
    }
}
