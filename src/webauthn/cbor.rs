//! CBOR as CTAP2 writes it (CTAP 2.2 §8): definite lengths, no tags, no key of a map twice, shallow.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};

/// CTAP2 nests four deep at most; an attestation object is the first, its statement the second, a chain of certificates the
/// third.
const DEPTH: usize = 4;

/// Reads the head of a map: how many pairs follow.
pub(crate) fn map(decoder: &mut Decoder<'_>) -> Result<u64, Error> {
    decoder.map()?.ok_or_else(|| Error::message("a map of no definite length"))
}

/// Reads a byte string that says its length beforehand.
pub(crate) fn bytes<'a>(decoder: &mut Decoder<'a>) -> Result<&'a [u8], Error> {
    decoder.bytes()
}

/// Passes over one item with everything inside it, which stands `depth` deep itself.
pub(crate) fn skip(decoder: &mut Decoder<'_>, depth: usize) -> Result<(), Error> {
    match decoder.datatype()? {
        Type::Array => {
            let length = decoder.array()?.unwrap_or_default();
            deeper(depth)?;
            (0..length).try_for_each(|_| skip(decoder, depth + 1))
        }
        Type::Map => {
            let length = map(decoder)?;
            deeper(depth)?;
            let mut keys = Keys::default();
            for _ in 0..length {
                let start = decoder.position();
                skip(decoder, depth + 1)?;
                keys.add(&decoder.input()[start..decoder.position()])?;
                skip(decoder, depth + 1)?;
            }
            Ok(())
        }
        Type::BytesIndef | Type::StringIndef | Type::ArrayIndef | Type::MapIndef | Type::Break => {
            Err(Error::message("an item of no definite length"))
        }
        Type::Tag | Type::Undefined | Type::Simple | Type::Unknown(_) => Err(Error::message("an item CTAP2 has not")),
        _ => decoder.skip(),
    }
}

fn deeper(depth: usize) -> Result<(), Error> {
    if depth < DEPTH { Ok(()) } else { Err(Error::message("nested too deep")) }
}

/// The keys of a map so far, as they were written.
#[derive(Default)]
pub(crate) struct Keys<'a>(std::collections::BTreeSet<&'a [u8]>);

impl<'a> Keys<'a> {
    /// # Errors
    ///
    /// The map had this key before.
    pub(crate) fn add(&mut self, key: &'a [u8]) -> Result<(), Error> {
        if self.0.insert(key) { Ok(()) } else { Err(Error::message("a key that came twice")) }
    }
}
