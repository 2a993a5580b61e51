//! Mails as files, for development: what would be sent is opened by any mail program.

use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, OpenOptions};
use tokio::io::AsyncWriteExt as _;

use super::Message;
use super::compose::Mail;
use super::failure::{Reply, SendError};
use crate::private;

/// Their owner alone reads them: links in them open accounts.
const MODE: u32 = 0o600;

/// The folder, which is made when the first mail is written.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Folder {
        Folder { path: path.to_owned() }
    }

    /// Writes a mail, in the order of their dates; one that is sent again takes its own place.
    pub(super) async fn write(&self, message: &Message<'_>, mail: &Mail) -> Result<(), SendError> {
        let millis = message.date.unix_timestamp_nanos() / 1_000_000;
        let file = self.path.join(format!("{millis}-{}.eml", message.id));
        let temporary = self.path.join(format!(".{}.tmp", message.id));
        self.put(&temporary, Some(&file), &mail.bytes).await.map_err(|error| SendError::Relay(self.reply(&error)))
    }

    /// Whether it could be written to.
    pub(super) async fn check(&self) -> Result<(), SendError> {
        let temporary = self.path.join(format!(".{}.tmp", std::process::id()));
        self.put(&temporary, None, b"").await.map_err(|error| SendError::Relay(self.reply(&error)))
    }

    /// Writes a file under a name that no process looks for, and gives it its own when it is whole, or removes it.
    async fn put(&self, temporary: &Path, file: Option<&Path>, bytes: &[u8]) -> io::Result<()> {
        private::create_folder(&self.path)?;
        let mut options = OpenOptions::new();
        let mut open = options.write(true).create(true).truncate(true).mode(MODE).open(temporary).await?;
        open.write_all(bytes).await?;
        open.sync_all().await?;
        match file {
            Some(file) => fs::rename(temporary, file).await,
            None => fs::remove_file(temporary).await,
        }
    }

    fn reply(&self, error: &io::Error) -> Reply {
        Reply::of(format!("{}: {error}", private::from_root(&self.path).display()))
    }
}
