//! SQLite's data version: what tells, without asking a connection, whether anything was committed to a file.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::private;

/// The length of the header of a wal-index; it is there twice.
const HEADER: usize = 48;
/// Where a header says that it is one.
const IS_INIT: usize = 12;

/// A state of the database. Between two looks that give the same one, no transaction was committed, of this process or
/// of another one: SQLite keeps the pages that a connection has read by the same comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DataVersion([u8; HEADER]);

/// The wal-index of a file that is open (SQLite's "WAL-mode File Format", section 2): the shared memory in which each
/// transaction, as its last act, says that it is committed.
///
/// It is never closed: for the system, a process that closes a file once gives up all its locks on it, those of SQLite's
/// connections too.
#[derive(Debug)]
pub struct WalIndex {
    file: ManuallyDrop<File>,
    /// What the last look saw, and when it began.
    last: Mutex<Option<(Instant, DataVersion)>>,
}

impl WalIndex {
    /// That of the database at this path, which a connection has open.
    pub(super) fn open(database: &Path) -> io::Result<WalIndex> {
        // SQLite follows links, and has its files beside what they lead to.
        let [_, _, path] = private::database_files(&database.canonicalize()?);
        Ok(WalIndex { file: ManuallyDrop::new(File::open(path)?), last: Mutex::new(None) })
    }

    /// The state of the database at this time or after it: what was committed before is in it. One look serves all who
    /// came before it began. Nothing where it cannot be told: a transaction is being committed, or the file is no longer
    /// the one in use.
    pub(super) fn version(&self, since: Instant) -> Option<DataVersion> {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((began_at, version)) = *last()
            && began_at > since
        {
            return Some(version);
        }
        let began_at = Instant::now();
        let version = self.look()?;
        *last() = Some((began_at, version));
        Some(version)
    }

    fn look(&self) -> Option<DataVersion> {
        // The last connection that closes removes the file, and the next one makes another.
        if rustix::fs::fstat(&*self.file).ok()?.st_nlink == 0 {
            return None;
        }
        let mut both = [0; 2 * HEADER];
        self.file.read_exact_at(&mut both, 0).ok()?;
        let (first, second) = both.as_chunks::<HEADER>().0.split_first()?;
        // A writer changes the second before the first.
        (second.first() == Some(first) && first[IS_INIT] != 0).then_some(DataVersion(*first))
    }
}
