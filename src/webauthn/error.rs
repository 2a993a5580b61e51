//! Why an answer is refused.

/// What is wrong with a browser's answer. Each stands for one check of WebAuthn Level 3, §7.1 and §7.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not the JSON of a `PublicKeyCredential`, or `id` is not `rawId`.
    #[error("the answer is not the JSON of a public key credential")]
    Json,
    /// The client data is not the JSON that a browser makes.
    #[error("the client data cannot be read")]
    ClientData,
    /// The other ceremony's answer.
    #[error("the client data is of another ceremony")]
    Ceremony,
    /// The caller does not know the challenge.
    #[error("the challenge is not one that was given")]
    Challenge,
    /// Made on a page of another site.
    #[error("the answer comes from another origin")]
    Origin,
    /// Made in a frame inside another site's page.
    #[error("the answer comes from a frame of another site")]
    CrossOrigin,
    /// The attestation object is not what §6.5.4 says, or is not CBOR as CTAP2 has it.
    #[error("the attestation object cannot be read")]
    AttestationObject,
    /// The authenticator data is not what §6.1 says: too short, too long, or with flags that contradict what is there.
    #[error("the authenticator data cannot be read")]
    AuthenticatorData,
    /// Made for another relying party.
    #[error("the authenticator answered for another domain")]
    RelyingParty,
    /// No user touched the authenticator.
    #[error("no user was present")]
    UserPresence,
    /// The authenticator did not find out who used it, and that was asked for.
    #[error("the authenticator has not verified its user")]
    UserVerification,
    /// Backed up without being eligible for it.
    #[error("the flags of the backup contradict each other")]
    BackupFlags,
    /// Whether it is eligible for backup never changes, and did.
    #[error("the credential's eligibility for backup changed")]
    BackupEligibilityChanged,
    /// Empty, longer than [`LONGEST_ID`](crate::LONGEST_ID), or not the one that the answer is about.
    #[error("the credential's id is not good")]
    CredentialId,
    /// Not a COSE key of an algorithm that was offered, or not a good one: off the curve, too short, of a small exponent.
    #[error("the public key is not good")]
    PublicKey,
    /// The answer names another user than the one whose credential it is, or none where one has to be named.
    #[error("the answer names another user")]
    UserHandle,
    /// Not signed by the credential's key.
    #[error("the signature is wrong")]
    Signature,
    /// The counter did not go up: the authenticator may have been cloned.
    #[error("the counter went back")]
    Counter,
}
