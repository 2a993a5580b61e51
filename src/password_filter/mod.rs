//! Filters of leaked passwords: binary fuse filters (Graf and Lemire, 2022) of 16 bits over hashes of passwords. All that
//! are in one are found; of others, one in 65,536 is taken for one of them. Each look-up reads three places, wherever
//! they lie: in memory or in a file of gigabytes.
//!
//! A filter is cut into shards of a million hashes in ascending order, so that building one takes the memory of a shard.
//! Its file: a header of 48 bytes, the shards' fingerprints, then a row for each shard. Numbers are little-endian.

mod build;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

pub use build::{BuildError, build};

/// What a file begins with.
const MAGIC: &[u8; 8] = b"PWFILTER";

/// The version of the format.
const VERSION: u16 = 1;

/// How long the header is, in bytes.
const HEADER: usize = 48;

/// How much of the header the checksum covers.
const CHECKED: usize = 40;

/// How long the row of a shard is, in bytes.
const ROW: usize = 32;

/// The most shards that a file may have: four thousand million passwords.
const MAX_SHARDS: u32 = 1 << 12;

/// How a password becomes the number that is looked up: the first 64 bits of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// SHA-256 of the text in lower case: of lists of passwords.
    Folded = 1,
    /// SHA-1 of the text as it is: of lists of hashes.
    Sha1 = 2,
}

impl Kind {
    /// The number of a password.
    pub fn key(self, text: &str) -> u64 {
        match self {
            Kind::Folded => first(&Sha256::digest(Zeroizing::new(text.to_lowercase()).as_bytes())),
            Kind::Sha1 => first(&Sha1::digest(text.as_bytes())),
        }
    }
}

/// The first 64 bits, or as many as there are.
fn first(hash: &[u8]) -> u64 {
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Where the bytes of a filter lie.
pub trait Source {
    /// Fills `buffer` from `offset` on.
    ///
    /// # Errors
    /// Where there are no so many bytes, or they cannot be read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// How many bytes there are.
    ///
    /// # Errors
    /// Where that cannot be told.
    fn length(&self) -> io::Result<u64>;
}

impl Source for &[u8] {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let from = usize::try_from(offset).ok().and_then(|offset| self.get(offset..));
        let from = from.and_then(|rest| rest.get(..buffer.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(from);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }
}

impl Source for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

/// Why bytes are no filter.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// They are something else.
    #[error("it is no filter that `portico passwords filter` has built")]
    Foreign,
    /// A newer program has made them, or the build did not get to its end.
    #[error("it is of another version of the format, or was not built to its end")]
    Version,
    /// They are fewer, more or others than were written.
    #[error("it is damaged, or not all of it was copied")]
    Damaged,
    /// They cannot be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
}

/// A filter that is open.
#[derive(Debug)]
pub struct Filter<S> {
    source: S,
    kind: Kind,
    entries: u64,
    shards: Vec<Shard>,
}

/// Where one shard lies, and what it was built with.
#[derive(Clone, Copy, Debug)]
struct Shard {
    /// The least number in it.
    first: u64,
    seed: u64,
    offset: u64,
    segment_length: u32,
    segments: u32,
}

impl Shard {
    /// How many fingerprints it has.
    fn slots(&self) -> u64 {
        (u64::from(self.segments) + 2) * u64::from(self.segment_length)
    }

    /// The three places that tell of a number, and what they have to come to.
    fn places(&self, key: u64) -> ([u64; 3], u16) {
        let hash = mix(key.wrapping_add(self.seed));
        let span = u128::from(self.segments) * u128::from(self.segment_length);
        let (length, mask) = (u64::from(self.segment_length), u64::from(self.segment_length) - 1);
        let start = u64::try_from((u128::from(hash) * span) >> 64).unwrap_or_default();
        let places = [start, (start + length) ^ ((hash >> 18) & mask), (start + 2 * length) ^ (hash & mask)];
        (places, (hash ^ (hash >> 32)) as u16)
    }

    fn row(&self) -> [u8; ROW] {
        let mut row = [0; ROW];
        row[..8].copy_from_slice(&self.first.to_le_bytes());
        row[8..16].copy_from_slice(&self.seed.to_le_bytes());
        row[16..24].copy_from_slice(&self.offset.to_le_bytes());
        row[24..28].copy_from_slice(&self.segment_length.to_le_bytes());
        row[28..].copy_from_slice(&self.segments.to_le_bytes());
        row
    }

    fn of(row: &[u8]) -> Shard {
        Shard {
            first: u64::from_le_bytes(at(row, 0)),
            seed: u64::from_le_bytes(at(row, 8)),
            offset: u64::from_le_bytes(at(row, 16)),
            segment_length: u32::from_le_bytes(at(row, 24)),
            segments: u32::from_le_bytes(at(row, 28)),
        }
    }
}

/// The finalizer of MurmurHash3, as the filters' reference has it.
fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ hash >> 33
}

/// Some bytes, of which there are enough.
fn at<const N: usize>(bytes: &[u8], offset: usize) -> [u8; N] {
    bytes.get(offset..offset + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
}

/// What the header and the rows have to come to.
fn checksum(header: &[u8], rows: &[u8]) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(header);
    hash.update(rows);
    at(&hash.finalize(), 0)
}

impl<S: Source> Filter<S> {
    /// Reads header and rows, and holds the source to them.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(source: S) -> Result<Filter<S>, OpenError> {
        let length = source.length()?;
        let mut header = [0; HEADER];
        if length < HEADER as u64 {
            return Err(OpenError::Foreign);
        }
        source.read_at(&mut header, 0)?;
        if at::<8>(&header, 0) != *MAGIC {
            return Err(OpenError::Foreign);
        }
        let kind = match (u16::from_le_bytes(at(&header, 8)), u16::from_le_bytes(at(&header, 10))) {
            (VERSION, 1) => Kind::Folded,
            (VERSION, 2) => Kind::Sha1,
            _ => return Err(OpenError::Version),
        };
        let count = u32::from_le_bytes(at(&header, 12));
        let entries = u64::from_le_bytes(at(&header, 16));
        let table = u64::from_le_bytes(at(&header, 24));
        let rows = u64::from(count) * ROW as u64;
        if count > MAX_SHARDS || table.checked_add(rows) != Some(length) {
            return Err(OpenError::Damaged);
        }
        let mut rows = vec![0; count as usize * ROW];
        source.read_at(&mut rows, table)?;
        if checksum(&header[..CHECKED], &rows) != at(&header, CHECKED) {
            return Err(OpenError::Damaged);
        }
        let shards: Vec<Shard> = rows.chunks(ROW).map(Shard::of).collect();
        let fits = |shard: &Shard| {
            let end = shard.slots().checked_mul(2).and_then(|bytes| bytes.checked_add(shard.offset));
            shard.segment_length.is_power_of_two() && end.is_some_and(|end| end <= table)
        };
        if !shards.iter().all(fits) {
            return Err(OpenError::Damaged);
        }
        Ok(Filter { source, kind, entries, shards })
    }

    /// How many passwords are in it.
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Whether a password is in it, as far as a filter tells.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn has(&self, text: &str) -> io::Result<bool> {
        let key = self.kind.key(text);
        let behind = self.shards.partition_point(|shard| shard.first <= key);
        let Some(shard) = behind.checked_sub(1).and_then(|index| self.shards.get(index)) else { return Ok(false) };
        let (places, mut left) = shard.places(key);
        for place in places {
            let mut fingerprint = [0; 2];
            self.source.read_at(&mut fingerprint, shard.offset + 2 * place)?;
            left ^= u16::from_le_bytes(fingerprint);
        }
        Ok(left == 0)
    }
}

#[cfg(test)]
mod tests;
