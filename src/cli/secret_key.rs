//! The key that everything Portico signs is signed with: set, or made once and kept beside the database file.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::app::random_token;
use crate::config::{DatabaseUrl, Secret, Settings};
use crate::private;

/// The key in force.
///
/// # Errors
/// When it cannot be read or kept.
pub(super) fn load(settings: &Settings) -> anyhow::Result<Secret> {
    if let Some(key) = &settings.secret_key {
        return Ok(key.clone());
    }
    let DatabaseUrl::Sqlite(database) = &settings.database_url else { bail!("SECRET_KEY must be set") };
    let path = database.parent().unwrap_or(Path::new("")).join("secret.key");
    let context = || format!("the key file {}", path.display());
    // Where it belongs to somebody else, the doctor tells of it.
    let _ = private::tighten(&path);
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().len() >= 32 => Ok(Secret::new(text.trim())),
        Ok(_) => bail!("{} holds less than 32 bytes; remove it to have another made (logs everybody out)", context()),
        Err(error) if error.kind() == ErrorKind::NotFound => make(&path).with_context(context),
        Err(error) => Err(error).with_context(context),
    }
}

/// Makes a key of 256 random bits. It takes its name only once it is whole, so a crash leaves no half key, and two
/// starts at once end with the same one.
fn make(path: &Path) -> anyhow::Result<Secret> {
    let key = random_token() + &random_token();
    let whole = path.with_extension(format!("key.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&whole)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    let linked = fs::hard_link(&whole, path);
    fs::remove_file(&whole)?;
    match linked {
        Ok(()) => Ok(Secret::new(key)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Secret::new(fs::read_to_string(path)?.trim())),
        Err(error) => Err(error.into()),
    }
}
