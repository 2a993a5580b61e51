//! The keys that Portico makes at its first start unless they are set, kept beside the database file: `secret.key`,
//! which everything is signed with, and `token.key` for tokens that others verify by a public key.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::{DatabaseUrl, Secret, Settings};
use crate::private;
use crate::secrets::random_token;

/// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 §7).
const ED25519: &[u8] = &[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// The key in force; the settings then name the file of the tokens' key, too, where that is kept.
///
/// # Errors
/// When it cannot be read or kept.
pub(super) fn load(settings: &mut Settings) -> anyhow::Result<Secret> {
    if settings.makes_token_key() {
        let path = beside_database(settings, "token.key")?;
        let context = || format!("the key file {}", path.display());
        if !path.try_exists().with_context(context)? {
            make(&path, &ed25519()?).with_context(context)?;
        }
        settings.token_key_file = Some(path);
    }
    if let Some(key) = &settings.secret_key {
        return Ok(key.clone());
    }
    let path = beside_database(settings, "secret.key")?;
    let context = || format!("the key file {}", path.display());
    // Where it belongs to another user of the machine, the doctor tells of it.
    let _ = private::tighten(&path);
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().len() >= 32 => Ok(Secret::new(text.trim())),
        Ok(_) => bail!("{} holds less than 32 bytes; remove it to have another made (logs all users out)", context()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(&path, &(random_token() + &random_token())).with_context(context)?;
            Ok(Secret::new(fs::read_to_string(&path).with_context(context)?.trim()))
        }
        Err(error) => Err(error).with_context(context),
    }
}

fn beside_database(settings: &Settings, name: &str) -> anyhow::Result<PathBuf> {
    let DatabaseUrl::Sqlite(database) = &settings.database_url else { bail!("SECRET_KEY must be set") };
    Ok(database.parent().unwrap_or(Path::new("")).join(name))
}

/// A new private key as PEM text.
fn ed25519() -> anyhow::Result<String> {
    let mut key = ED25519.to_vec();
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    key.extend_from_slice(&seed);
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", STANDARD.encode(key)))
}

/// Keeps a key in a new file. It takes its name only once it is whole, so a crash leaves no half key, and of two starts
/// at once both end with the first one's.
fn make(path: &Path, key: &str) -> anyhow::Result<()> {
    let whole = path.with_extension(format!("key.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&whole)?;
    writeln!(file, "{key}")?;
    file.sync_all()?;
    let linked = fs::hard_link(&whole, path);
    fs::remove_file(&whole)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}
