//! Whether a server runs on a SQLite file: it holds a lock on a file beside it for as long as it lives, whatever ends
//! it.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::config::{DatabaseUrl, Settings};

fn beside(database: &Path) -> PathBuf {
    let mut name = OsString::from(database);
    name.push("-server");
    name.into()
}

/// Tells others that a server runs, until what this gives is dropped. There is nothing to tell where a server is asked
/// for every change anyway.
///
/// # Errors
/// The system's.
pub(super) fn tell(settings: &Settings) -> io::Result<Option<File>> {
    let DatabaseUrl::Sqlite(path) = &settings.database_url else { return Ok(None) };
    let file = File::create(beside(path))?;
    file.lock_shared()?;
    Ok(Some(file))
}

/// Whether a server runs on this machine with this SQLite file.
pub(super) fn is_one(settings: &Settings) -> bool {
    let DatabaseUrl::Sqlite(path) = &settings.database_url else { return false };
    let Ok(file) = File::open(beside(path)) else { return false };
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}
