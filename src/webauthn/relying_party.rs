//! Whose credentials they are.

use aws_lc_rs::digest::{SHA256, digest};

/// A relying party: the domain that credentials are scoped to, and the origins whose pages may use them.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    id: String,
    id_hash: [u8; 32],
    origins: Vec<String>,
}

impl RelyingParty {
    /// One of this domain (`example.org`) and these origins (`https://login.example.org`), each as browsers write it.
    pub fn new(id: impl Into<String>, origins: impl IntoIterator<Item = String>) -> Self {
        let id = id.into();
        let id_hash = sha256(id.as_bytes());
        Self { id, id_hash, origins: origins.into_iter().collect() }
    }

    /// The RP ID: the domain that credentials are scoped to.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The origins whose pages may use the credentials.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    pub(crate) fn id_hash(&self) -> &[u8; 32] {
        &self.id_hash
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
