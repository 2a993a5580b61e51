//! Building a filter of a list.

use std::io::{self, BufRead, Read as _, Seek, SeekFrom, Write};

use unicode_normalization::UnicodeNormalization as _;
use xorf::BinaryFuse16;

use super::{CHECKED, HEADER, Kind, MAGIC, MAX_SHARDS, Shard, VERSION, checksum};

/// The most numbers of a shard. One takes some 40 MB while it is built.
const PER_SHARD: usize = 1 << 20;

/// The longest line that is read, in bytes: longer than any password may be.
const MAX_LINE: u64 = 8 * 1024;

/// Why a filter was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A list of hashes is read as it comes, once.
    #[error("line {0}: hashes must be in ascending order, as the downloader writes them")]
    Order(u64),
    /// A line among hashes that is none.
    #[error("line {0} is no SHA-1 hash in hexadecimal digits with a count behind it")]
    Hash(u64),
    /// Nothing to build of.
    #[error("there is nothing in the list")]
    Empty,
    /// More than a filter holds.
    #[error("the list is too long")]
    TooLong,
    /// The construction came to nothing, which chance alone does not bring about.
    #[error("the filter cannot be constructed: {0}")]
    Construction(&'static str),
    /// It cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Builds a filter of a list and writes it. A list whose first line is a SHA-1 hash with a count behind it (`HASH:7`, what
/// the downloader of Have I Been Pwned writes) is one of hashes in ascending order, read as it comes. Any other is one of
/// passwords, a line each, whose hashes are sorted in memory, eight bytes for each. Gives how many entries there are.
///
/// # Errors
/// See [`BuildError`].
pub fn build(list: impl BufRead, to: impl Write + Seek) -> Result<u64, BuildError> {
    let mut lines = Lines { list, line: Vec::new(), number: 0 };
    let mut is_more = lines.next()?;
    if hashed(&lines.line).is_some() {
        let mut writer = Writer::start(to, Kind::Sha1)?;
        while is_more {
            let key = hashed(&lines.line).ok_or(BuildError::Hash(lines.number))?;
            if !writer.push(key)? {
                return Err(BuildError::Order(lines.number));
            }
            is_more = lines.next()?;
        }
        return writer.finish();
    }
    let mut keys = Vec::new();
    while is_more {
        // What is no text can be no password.
        if let Ok(text) = str::from_utf8(&lines.line) {
            keys.push(Kind::Folded.key(&text.nfc().collect::<String>()));
        }
        is_more = lines.next()?;
    }
    keys.sort_unstable();
    let mut writer = Writer::start(to, Kind::Folded)?;
    for key in keys {
        writer.push(key)?;
    }
    writer.finish()
}

/// The lines of a list.
struct Lines<R> {
    list: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next one that is not empty, without its end. Of one that is too long, the beginning. False at the end.
    fn next(&mut self) -> io::Result<bool> {
        loop {
            self.line.clear();
            self.number += 1;
            if self.list.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.line)? == 0 {
                return Ok(false);
            }
            if self.line.last() != Some(&b'\n') {
                self.list.skip_until(b'\n')?;
            }
            while self.line.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
                self.line.pop();
            }
            if !self.line.is_empty() {
                return Ok(true);
            }
        }
    }
}

/// The number of a line `HASH:COUNT`.
fn hashed(line: &[u8]) -> Option<u64> {
    let (hash, count) = line.split_at_checked(40)?;
    let digits = count.strip_prefix(b":")?;
    let is_line = hash.iter().all(u8::is_ascii_hexdigit) && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let text = str::from_utf8(hash.get(..16)?).ok().filter(|_| is_line)?;
    u64::from_str_radix(text, 16).ok()
}

/// Writes numbers that come in ascending order, a shard at a time. The header comes last: what was not built to its end
/// has none.
struct Writer<W> {
    to: W,
    kind: Kind,
    pending: Vec<u64>,
    shards: Vec<Shard>,
    entries: u64,
    offset: u64,
    last: Option<u64>,
}

impl<W: Write + Seek> Writer<W> {
    fn start(mut to: W, kind: Kind) -> io::Result<Writer<W>> {
        to.write_all(&[0; HEADER])?;
        let offset = HEADER as u64;
        Ok(Writer { to, kind, pending: Vec::new(), shards: Vec::new(), entries: 0, offset, last: None })
    }

    /// Takes the next number; one that was the last, too, counts once. False where it should have come before.
    fn push(&mut self, key: u64) -> Result<bool, BuildError> {
        match self.last {
            Some(last) if key < last => return Ok(false),
            Some(last) if key == last => return Ok(true),
            _ => self.last = Some(key),
        }
        if self.pending.len() == PER_SHARD {
            self.flush()?;
        }
        self.pending.push(key);
        self.entries += 1;
        Ok(true)
    }

    fn flush(&mut self) -> Result<(), BuildError> {
        let Some(first) = self.pending.first().copied() else { return Ok(()) };
        if self.shards.len() >= MAX_SHARDS as usize {
            return Err(BuildError::TooLong);
        }
        let filter = BinaryFuse16::try_from(&self.pending).map_err(BuildError::Construction)?;
        let made = &filter.descriptor;
        let segments = made.segment_count_length / made.segment_length;
        let shard =
            Shard { first, seed: made.seed, offset: self.offset, segment_length: made.segment_length, segments };
        let bytes: Vec<u8> = filter.fingerprints.iter().flat_map(|fingerprint| fingerprint.to_le_bytes()).collect();
        self.to.write_all(&bytes)?;
        self.offset += bytes.len() as u64;
        self.shards.push(shard);
        self.pending.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<u64, BuildError> {
        self.flush()?;
        if self.entries == 0 {
            return Err(BuildError::Empty);
        }
        let rows: Vec<u8> = self.shards.iter().flat_map(Shard::row).collect();
        self.to.write_all(&rows)?;
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..10].copy_from_slice(&VERSION.to_le_bytes());
        header[10..12].copy_from_slice(&(self.kind as u16).to_le_bytes());
        header[12..16].copy_from_slice(&u32::try_from(self.shards.len()).unwrap_or_default().to_le_bytes());
        header[16..24].copy_from_slice(&self.entries.to_le_bytes());
        header[24..32].copy_from_slice(&self.offset.to_le_bytes());
        let sum = checksum(&header[..CHECKED], &rows);
        header[CHECKED..].copy_from_slice(&sum);
        self.to.seek(SeekFrom::Start(0))?;
        self.to.write_all(&header)?;
        self.to.flush()?;
        Ok(self.entries)
    }
}
