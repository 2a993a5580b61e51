//! Files and folders that are their owner's alone: they hold password hashes, keys and people's pictures, and other
//! users of the machine are no part of the installation.

use std::ffi::OsString;
use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;

use crate::config::{DatabaseUrl, MailTransport, MediaUrl, Settings};

/// The permission bits of group and others.
const OTHERS: u32 = 0o077;
/// Those of them that let others write.
const OTHERS_WRITE: u32 = 0o022;

/// From here on, whatever this process makes is private unless it says otherwise (umask 077). To be called before any
/// other thread runs.
pub fn by_default() {
    rustix::process::umask(Mode::from_raw_mode(OTHERS));
}

/// A path as it is told: from the root, since its reader may be in another folder.
pub fn from_root(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Makes a folder, and those above it that are missing, for their owner alone. One that is there stays as it is.
///
/// # Errors
/// [`io::Error`], the system's.
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Restricts a file or folder to its owner. Where there is none, there is nothing to do.
///
/// # Errors
/// [`io::Error`], the system's, as for what belongs to another user.
pub fn tighten(path: &Path) -> io::Result<()> {
    PrivatePath { path: path.to_owned(), closed: OTHERS }.close()
}

/// Something of an installation that other users of the machine can reach.
#[derive(Clone, Debug)]
pub struct PrivatePath {
    /// Where it is.
    pub path: PathBuf,
    /// The permission bits of group and others, which should not be set.
    closed: u32,
}

impl PrivatePath {
    fn is_open(&self) -> bool {
        mode(&self.path).is_some_and(|mode| mode & self.closed != 0)
    }

    /// Takes it away from others.
    ///
    /// # Errors
    /// [`io::Error`], the system's, as for what belongs to another user.
    pub fn close(&self) -> io::Result<()> {
        match mode(&self.path) {
            Some(mode) if mode & self.closed != 0 => {
                std::fs::set_permissions(&self.path, Permissions::from_mode(mode & !self.closed))
            }
            _ => Ok(()),
        }
    }
}

/// The files of a SQLite database, the two that it keeps beside it included.
pub fn database_files(path: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|suffix| {
        let mut name = OsString::from(path);
        name.push(suffix);
        name.into()
    })
}

/// What of an installation on this machine is open to other users.
pub fn open_places(settings: &Settings) -> Vec<PrivatePath> {
    let mut places = Vec::new();
    if let DatabaseUrl::Sqlite(path) = &settings.database_url {
        let folder = path.parent().unwrap_or(Path::new(""));
        // It may hold other things that others read; who writes to it can put another database in the place of ours.
        places.push(PrivatePath { path: folder.to_owned(), closed: OTHERS_WRITE });
        let files = database_files(path).into_iter().chain([folder.join("secret.key")]);
        places.extend(files.map(|path| PrivatePath { path, closed: OTHERS }));
    }
    if let MediaUrl::Folder(path) = &settings.media_url {
        places.push(PrivatePath { path: path.clone(), closed: OTHERS });
    }
    if let Some(MailTransport::Folder(path)) = &settings.smtp_url {
        places.push(PrivatePath { path: path.clone(), closed: OTHERS });
    }
    places.retain(PrivatePath::is_open);
    places
}

fn mode(path: &Path) -> Option<u32> {
    Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o7777)
}
