//! Public keys as COSE has them (RFC 9052, RFC 9053, RFC 8230), and signatures made with them.

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use minicbor::decode::Decoder;

use crate::{Error, cbor};

/// The algorithms that are offered, by their COSE numbers, the best first: Ed25519, ES256, ES384, ES512, and RS256, which is
/// all that the TPMs of older Windows machines have.
pub const ALGORITHMS: [i64; 5] = [EDDSA, ES256, ES384, ES512, RS256];

const EDDSA: i64 = -8;
const ES256: i64 = -7;
const ES384: i64 = -35;
const ES512: i64 = -36;
const RS256: i64 = -257;

/// The key of a credential, good to verify signatures with.
#[derive(Debug)]
pub struct PublicKey {
    key: ParsedPublicKey,
    algorithm: i64,
}

/// The parameters of a COSE key. The labels below zero mean one thing for curves and another for RSA.
#[derive(Default)]
struct Parameters<'a> {
    kind: Option<i64>,
    algorithm: Option<i64>,
    curve: Option<i64>,
    /// −1 (RSA's modulus), −2 (x, RSA's exponent), −3 (y).
    bytes: [Option<&'a [u8]>; 3],
}

impl<'a> Parameters<'a> {
    /// Only what a key needs may stand there (§6.5.1), each once.
    fn read(decoder: &mut Decoder<'a>) -> Result<Self, minicbor::decode::Error> {
        let mut found = Self::default();
        for _ in 0..cbor::map(decoder)? {
            let label = decoder.i64()?;
            let taken = match label {
                1 => found.kind.replace(decoder.i64()?).is_some(),
                3 => found.algorithm.replace(decoder.i64()?).is_some(),
                -1 if decoder.datatype()? != minicbor::data::Type::Bytes => {
                    found.curve.replace(decoder.i64()?).is_some() || found.bytes[0].is_some()
                }
                -1 => found.bytes[0].replace(cbor::bytes(decoder)?).is_some() || found.curve.is_some(),
                -2 => found.bytes[1].replace(cbor::bytes(decoder)?).is_some(),
                -3 => found.bytes[2].replace(cbor::bytes(decoder)?).is_some(),
                _ => true,
            };
            if taken {
                return Err(minicbor::decode::Error::message("a parameter that does not belong there"));
            }
        }
        Ok(found)
    }
}

impl PublicKey {
    /// Reads a COSE key, whole.
    ///
    /// # Errors
    ///
    /// [`Error::PublicKey`]: not a key of one of the [`ALGORITHMS`], or not a good one.
    pub fn from_cose(cose: &[u8]) -> Result<Self, Error> {
        let mut decoder = Decoder::new(cose);
        let key = Self::read(&mut decoder)?;
        if decoder.position() == cose.len() { Ok(key) } else { Err(Error::PublicKey) }
    }

    /// Reads the COSE key that comes next, and leaves what follows it.
    pub(crate) fn read(decoder: &mut Decoder<'_>) -> Result<Self, Error> {
        let found = Parameters::read(decoder).map_err(|_| Error::PublicKey)?;
        let algorithm = found.algorithm.ok_or(Error::PublicKey)?;
        let key = match (found.kind, algorithm, found.curve, found.bytes) {
            (Some(1), EDDSA, Some(6), [None, Some(x), None]) if x.len() == 32 => ParsedPublicKey::new(&ED25519, x),
            (Some(2), ES256, Some(1), [None, Some(x), Some(y)]) => point(&ECDSA_P256_SHA256_ASN1, 32, x, y)?,
            (Some(2), ES384, Some(2), [None, Some(x), Some(y)]) => point(&ECDSA_P384_SHA384_ASN1, 48, x, y)?,
            (Some(2), ES512, Some(3), [None, Some(x), Some(y)]) => point(&ECDSA_P521_SHA512_ASN1, 66, x, y)?,
            (Some(3), RS256, None, [Some(n), Some(e), None]) if is_good_modulus(n) && is_good_exponent(e) => {
                PublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            }
            _ => return Err(Error::PublicKey),
        };
        Ok(Self { key: key.map_err(|_| Error::PublicKey)?, algorithm })
    }

    /// The number of its COSE algorithm.
    pub fn algorithm(&self) -> i64 {
        self.algorithm
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.key.verify_sig(message, signature).map_err(|_| Error::Signature)
    }
}

/// A point of a curve, uncompressed (SEC 1 §2.3.3). The library refuses one that is off it.
fn point(
    algorithm: &'static impl VerificationAlgorithm,
    size: usize,
    x: &[u8],
    y: &[u8],
) -> Result<Result<ParsedPublicKey, aws_lc_rs::error::KeyRejected>, Error> {
    if x.len() != size || y.len() != size {
        return Err(Error::PublicKey);
    }
    Ok(ParsedPublicKey::new(algorithm, [&[4], x, y].concat()))
}

/// 2,048 to 8,192 bits, without a zero in front: the library looks at it when a signature is verified, and no sooner.
fn is_good_modulus(bytes: &[u8]) -> bool {
    let first = bytes.first().copied().unwrap_or_default();
    match bytes.len() {
        256 => first >= 0x80,
        257..=1_024 => first != 0,
        _ => false,
    }
}

/// Odd, at least 3, without a zero in front and of at most 64 bits: for an exponent of 1 any client signs, and a long
/// one costs time.
fn is_good_exponent(bytes: &[u8]) -> bool {
    let ends_odd = bytes.last().is_some_and(|last| last % 2 == 1);
    (1..=8).contains(&bytes.len()) && bytes[0] != 0 && ends_odd && bytes != [1]
}
