//! The pictures of a folder, reached component by component: a symbolic link below the folder is followed nowhere, so
//! nothing outside is read, listed or removed. The folder itself may be a link: that is the operator's own.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, statat, unlinkat};
use rustix::io::Errno;
use time::OffsetDateTime;

/// What opens a folder and no link to one.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Where the pictures are, below the root.
pub(super) const PICTURES: &str = "pictures";

/// A folder of pictures.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// A file, whatever its name: what it is told apart from others by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(u64, u64);

impl Folder {
    pub(super) fn new(root: PathBuf) -> Folder {
        Folder(root)
    }

    fn pictures(&self) -> rustix::io::Result<OwnedFd> {
        let root = openat(CWD, &self.0, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        openat(root, PICTURES, FOLDER, Mode::empty())
    }

    fn picture(&self, key: &str) -> rustix::io::Result<OwnedFd> {
        openat(self.pictures()?, component(key)?, FOLDER, Mode::empty())
    }

    /// The file of this name, if a file stands there and no link is on the way.
    ///
    /// # Errors
    /// [`io::Error`], the system's.
    pub(super) fn find(&self, key: &str, file: &str) -> io::Result<Option<Identity>> {
        let found = self
            .picture(key)
            .and_then(|folder| statat(folder, component(file)?, AtFlags::SYMLINK_NOFOLLOW))
            .map(|stat| is_file(&stat).then(|| identity(&stat)));
        match found {
            Ok(found) => Ok(found),
            Err(error) if is_absent(error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether files of this picture come to lie where they should: nothing but folders is on the way, or nothing yet.
    ///
    /// # Errors
    /// When something else is, or the system's.
    pub(super) fn takes(&self, key: &str) -> io::Result<()> {
        match self.pictures().and_then(|pictures| openat(pictures, component(key)?, FOLDER, Mode::empty())) {
            Ok(_) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a picture with all its files. Where a link or a file stands in its place, that goes, and what the link
    /// leads to stays.
    ///
    /// # Errors
    /// [`io::Error`], the system's. Where there is no folder of pictures at all, a volume is not mounted.
    pub(super) fn remove(&self, key: &str) -> io::Result<()> {
        let pictures = self.pictures()?;
        let key = component(key)?;
        let folder = match openat(&pictures, key, FOLDER, Mode::empty()) {
            Ok(folder) => folder,
            Err(Errno::NOENT) => return Ok(()),
            Err(error) if is_absent(error) => return Ok(unlinkat(pictures, key, AtFlags::empty())?),
            Err(error) => return Err(error.into()),
        };
        for name in names(&folder)? {
            gone(unlinkat(&folder, name.as_c_str(), AtFlags::empty()))?;
        }
        gone(unlinkat(pictures, key, AtFlags::REMOVEDIR))?;
        Ok(())
    }

    /// The keys of the pictures of which something was stored before a time.
    ///
    /// # Errors
    /// [`io::Error`], the system's.
    pub(super) fn keys_stored_before(&self, timestamp: OffsetDateTime) -> io::Result<Vec<String>> {
        let limit = u64::try_from(timestamp.unix_timestamp()).unwrap_or_default();
        let is_old = |stat: Stat| u64::try_from(stat.st_mtime).unwrap_or_default() < limit;
        let pictures = match self.pictures() {
            Ok(pictures) => pictures,
            Err(Errno::NOENT) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut keys = Vec::new();
        for key in names(&pictures)? {
            // What else stands there is not ours to judge.
            let Some(key) = key.to_str().ok().filter(|key| is_key(key)) else { continue };
            let old = match openat(&pictures, key, FOLDER, Mode::empty()) {
                Ok(folder) => {
                    let names = names(&folder)?;
                    let file = |name: &CString| statat(&folder, name.as_c_str(), AtFlags::SYMLINK_NOFOLLOW).ok();
                    names.iter().filter_map(file).chain(fstat(&folder).ok().filter(|_| names.is_empty())).any(is_old)
                }
                Err(_) => statat(&pictures, key, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(is_old),
            };
            if old {
                keys.push(key.to_owned());
            }
        }
        Ok(keys)
    }
}

/// Whether this is how pictures' folders are called.
pub(super) fn is_key(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What an open file is.
///
/// # Errors
/// [`io::Error`], the system's.
pub(super) fn identity_of(file: &impl AsFd) -> io::Result<Identity> {
    Ok(identity(&fstat(file)?))
}

fn identity(stat: &Stat) -> Identity {
    Identity(stat.st_dev, stat.st_ino)
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode).is_file()
}

/// A name that leads one step down and nowhere else.
fn component(name: &str) -> rustix::io::Result<&str> {
    if matches!(name, "" | "." | "..") || name.contains('/') { Err(Errno::NOENT) } else { Ok(name) }
}

/// Whether an error says that nothing is there, a link (which is not followed) among it.
fn is_absent(error: Errno) -> bool {
    matches!(error, Errno::NOENT | Errno::NOTDIR | Errno::LOOP)
}

/// What was removed meanwhile is removed.
fn gone(removed: rustix::io::Result<()>) -> rustix::io::Result<()> {
    if removed == Err(Errno::NOENT) { Ok(()) } else { removed }
}

fn names(folder: &OwnedFd) -> rustix::io::Result<Vec<CString>> {
    let entries = Dir::read_from(folder)?.map(|entry| entry.map(|entry| entry.file_name().to_owned()));
    let own =
        |name: &rustix::io::Result<CString>| name.as_ref().is_ok_and(|name| matches!(name.to_bytes(), b"." | b".."));
    entries.filter(|name| !own(name)).collect()
}
