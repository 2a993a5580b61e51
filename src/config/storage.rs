//! Where things are kept, as settings say it: the database, and the pictures.

use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;
use url::Url;

use super::parse::Parsed;

/// The database to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file of this path, created when missing.
    Sqlite(PathBuf),
    /// A server, by its URL.
    Postgres(String),
}

/// Where pictures are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaUrl {
    /// A folder, created when missing.
    Folder(PathBuf),
    /// A bucket of an S3-compatible store, and what all names in it begin with.
    S3 {
        /// The bucket.
        bucket: String,
        /// Empty, or a path without slashes at its ends.
        prefix: String,
    },
}

/// A database, by its address.
///
/// # Errors
/// What is expected, in words.
pub fn database(value: &str) -> Parsed<DatabaseUrl> {
    let value = value.trim();
    let (scheme, rest) = value.split_once(':').unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "postgres" | "postgresql" if rest.starts_with("//") => {
            postgres(format!("{}:{rest}", scheme.to_ascii_lowercase()))
        }
        "sqlite" => sqlite(rest),
        _ => Err("sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE".into()),
    }
}

fn postgres(address: String) -> Parsed<DatabaseUrl> {
    let is_whole = |url: &Url| url.fragment().is_none() && !url.path().contains('@');
    // What ends the address early for a parser was meant to be a part of the password, mostly.
    if !Url::parse(&address).is_ok_and(|url| is_whole(&url)) {
        return Err(
            "postgres://USER:PASSWORD@HOST:PORT/DATABASE with one host; in a password / is written %2F, ? %3F, # %23, \
                    @ %40 and % %25"
                .into(),
        );
    }
    match address.parse::<PgConnectOptions>() {
        Ok(_) => Ok(DatabaseUrl::Postgres(address)),
        Err(_) => Err("postgres://USER:PASSWORD@HOST:PORT/DATABASE with parameters that PostgreSQL takes".into()),
    }
}

/// A file by its path as it stands: another program would read more into some.
fn sqlite(path: &str) -> Parsed<DatabaseUrl> {
    let path = path.strip_prefix("//").unwrap_or(path);
    let is_escaped =
        || path.as_bytes().windows(3).any(|part| part[0] == b'%' && part[1..].iter().all(u8::is_ascii_hexdigit));
    if path.contains('?') {
        Err("sqlite:FILE without parameters: no ? in it".into())
    } else if is_home(path) {
        Err(HOME.into())
    } else if is_escaped() {
        Err("sqlite:FILE with the path as it is, without escapes such as %20".into())
    } else if path.is_empty() || path.contains(":memory:") || path.starts_with("file:") {
        Err("sqlite:FILE, a file with a name".into())
    } else {
        Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
    }
}

const HOME: &str = "the whole path: ~ is a folder of that name for everything but a shell";

/// Whether a path begins as shells write a home folder, which only a shell replaces.
pub(super) fn is_home(path: &str) -> bool {
    path.split('/').next().is_some_and(|first| first.starts_with('~'))
}

pub(super) fn media(value: &str) -> Parsed<MediaUrl> {
    let value = value.trim();
    let expected = || "a folder, as a path or file:///…, or s3://BUCKET/PREFIX".to_owned();
    match value.split_once("://") {
        // A folder of such a name is a bucket's address with something missing, and perhaps with credentials.
        None if ["s3:", "s3/", "file:"].iter().any(|scheme| value.starts_with(scheme))
            || value.contains("//") && value.contains('@') =>
        {
            Err(expected())
        }
        None if is_home(value) => Err(HOME.into()),
        None => Ok(MediaUrl::Folder(PathBuf::from(value))),
        Some(("file", _)) => {
            Url::parse(value).ok().and_then(|url| url.to_file_path().ok()).map(MediaUrl::Folder).ok_or_else(expected)
        }
        Some(("s3", rest)) => {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() || bucket.contains(['@', ':']) {
                return Err(expected());
            }
            Ok(MediaUrl::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
        }
        Some(_) => Err(expected()),
    }
}
