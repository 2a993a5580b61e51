//! Settings: where they come from (command line, environment, `portico.toml`, default), and the checks
//! that stop Portico from starting half-configured.

mod addresses;
mod brand;
mod dialects;
mod environment;
mod factors;
mod legacy;
mod mail;
mod mask;
mod parse;
mod passkeys;
mod secret;
mod settings;
mod storage;
mod strength;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use environment::Environment;

pub use brand::BrandFile;
pub use dialects::Dialects;
pub use factors::{DoorsSecondFactor, RequireTwoFactor};
pub use mail::{ConfirmDoors, MailRate, MailTransport, Mailbox, SmtpAuth, SmtpRelay, SmtpTls};
pub use mask::{Secrecy, address as shown_address};
pub use parse::{EmailConfirm, Synchronous, TokenAlgorithm, duration};
pub use passkeys::Unavailable;
pub use secret::Secret;
pub use settings::{InternalTls, SETTINGS, Settings};
pub use storage::{DatabaseUrl, MediaUrl, database};

/// One setting as it is declared: the README's table, `portico config` and the errors all come from this.
#[derive(Debug)]
pub struct Setting {
    /// The name of the environment variable.
    pub name: &'static str,
    /// The default; empty for none.
    pub default: &'static str,
    /// What it decides.
    pub meaning: &'static str,
    /// How much of its value may be shown.
    pub secrecy: Secrecy,
}

impl Setting {
    /// The key in `portico.toml`: the environment name in lower case, without `PORTICO_`.
    pub fn key(&self) -> String {
        self.name.strip_prefix("PORTICO_").unwrap_or(self.name).to_lowercase()
    }

    /// The option on the command line: the key with dashes.
    pub fn option(&self) -> String {
        self.key().replace('_', "-")
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An option on the command line.
    CommandLine,
    /// An environment variable of this name (the setting's own, or an older one).
    Environment(String),
    /// A key of the configuration file.
    File(PathBuf),
    /// The default.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::CommandLine => formatter.write_str("command line"),
            Source::Environment(name) => write!(formatter, "environment {name}"),
            Source::File(path) => write!(formatter, "{}", path.display()),
            Source::Default => formatter.write_str("default"),
        }
    }
}

/// Why the settings cannot be used. Each says what to change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An unknown setting.
    #[error("unknown setting {name} ({origin}); the nearest known one is {nearest}")]
    Unknown {
        /// The name.
        name: String,
        /// Where it stands.
        origin: Source,
        /// The declared name most like it.
        nearest: String,
    },
    /// A value that its setting cannot take; secrets are masked.
    #[error("{name} is {value:?} ({origin}), expected {expected}")]
    Bad {
        /// The setting.
        name: &'static str,
        /// What it was set to, secrets masked.
        value: String,
        /// Where it was set.
        origin: Source,
        /// What it takes.
        expected: String,
    },
    /// A setting that must be there beside another, or must not; or one whose value cannot be had.
    #[error("{0}")]
    Combination(String),
    /// The configuration file cannot be read or is no TOML.
    #[error("{path}: {reason}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// What the layers said, before anything is checked: the value of each setting and where it came from.
#[derive(Debug, Default)]
pub struct Values(BTreeMap<&'static str, (String, Source)>);

impl Values {
    /// The value in force and its source.
    pub fn get(&self, setting: &'static Setting) -> (&str, Source) {
        match self.0.get(setting.name) {
            Some((value, source)) => (value, source.clone()),
            None => (setting.default, Source::Default),
        }
    }

    /// The value in force as it may be shown: secrets and passwords inside URLs are masked.
    pub fn shown(&self, setting: &'static Setting) -> String {
        mask::shown(setting.secrecy, self.get(setting).0)
    }

    /// The same for an error about it.
    fn refused(&self, setting: &'static Setting) -> String {
        mask::refused(setting.secrecy, self.get(setting).0)
    }

    /// A text, such as what a library says of an address, without any secret of the settings.
    pub fn redact(&self, text: &str) -> String {
        let secrets = SETTINGS.iter().flat_map(|setting| mask::secrets(setting.secrecy, self.get(setting).0));
        mask::redact(text, &secrets.collect::<Vec<_>>())
    }

    /// Why the value in force of a setting cannot be used.
    fn bad(&self, setting: &'static Setting, expected: String) -> Error {
        Error::Bad { name: setting.name, value: self.refused(setting), origin: self.get(setting).1, expected }
    }

    fn put(&mut self, setting: &'static Setting, value: String, source: Source) {
        // An empty variable is how compose files say "not set".
        if !value.is_empty() {
            self.0.insert(setting.name, (value, source));
        }
    }

    fn is_set(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// Gathers the settings from all layers and checks them.
///
/// `options` are pairs of setting name and value from the command line, `environment` is the process
/// environment, `file` the configuration file asked for; without one `portico.toml` is read if it exists. `dialects`
/// are the names of all REST dialects that can be open.
///
/// # Errors
/// The first thing that is wrong, in words that say what to change.
pub fn load(
    options: Vec<(&'static Setting, String)>,
    environment: impl Iterator<Item = (OsString, OsString)>,
    file: Option<&Path>,
    dialects: &[&str],
) -> Result<(Settings, Values), Error> {
    let mut values = Values::default();
    read_file(&mut values, file)?;
    let environment = Environment::of(environment);
    environment.check()?;
    for setting in SETTINGS {
        if let Some((value, variable)) = environment.get(setting.name)? {
            values.put(setting, value, Source::Environment(variable));
        }
    }
    for (setting, value) in options {
        values.put(setting, value, Source::CommandLine);
    }
    legacy::apply(&mut values, &environment)?;
    let settings = Settings::read(&values, dialects)?;
    Ok((settings, values))
}

fn read_file(values: &mut Values, file: Option<&Path>) -> Result<(), Error> {
    let path = file.unwrap_or(Path::new("portico.toml"));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::File { path: path.into(), reason: error.to_string() }),
    };
    let table: toml::Table = text.parse().map_err(|error| not_toml(path, &text, &error))?;
    for (key, value) in table {
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key() == key) else {
            return Err(unknown(&key, Source::File(path.into())));
        };
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Array(items) => items
                .iter()
                .map(|item| item.as_str().map_or(item.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(","),
            toml::Value::Boolean(on) => if on { "on" } else { "off" }.to_owned(),
            other => other.to_string(),
        };
        values.put(setting, value, Source::File(path.into()));
    }
    Ok(())
}

/// Why a file is no TOML. What stands in the line, which the library would quote, may be a secret.
fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let line = error.span().and_then(|span| text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
    let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    Error::File { path: path.into(), reason: format!("{at}{}", error.message()) }
}

/// The error for an unknown setting, with the nearest declared one in the spelling of its source.
fn unknown(name: &str, origin: Source) -> Error {
    let spell = |setting: &Setting| match origin {
        Source::File(_) => setting.key(),
        _ => setting.name.to_owned(),
    };
    let nearest =
        SETTINGS.iter().map(spell).min_by_key(|known| strsim::damerau_levenshtein(known, name)).unwrap_or_default();
    Error::Unknown { name: name.to_owned(), origin, nearest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_environment(pairs: &[(&str, &str)]) -> Result<Settings, Error> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        load(Vec::new(), pairs.collect::<Vec<_>>().into_iter(), None, &[]).map(|(settings, _)| settings)
    }

    #[test]
    fn a_typo_names_the_nearest_setting() {
        let error = from_environment(&[("PORTICO_LISTNE", "x")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown setting PORTICO_LISTNE (environment PORTICO_LISTNE); the nearest known one is PORTICO_LISTEN"
        );
    }

    #[test]
    fn a_bad_value_says_what_was_expected() {
        let error = from_environment(&[("PORTICO_PASSWORD_MIN", "7")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "PORTICO_PASSWORD_MIN is \"7\" (environment PORTICO_PASSWORD_MIN), expected a number from 8 to 256"
        );
    }

    #[test]
    fn a_bad_secret_is_masked() {
        let error = from_environment(&[("SECRET_KEY", "short-secret")]).unwrap_err().to_string();
        assert!(!error.contains("short-secret"), "{error}");
        assert!(error.contains("32 bytes"), "{error}");
    }

    #[test]
    fn a_password_inside_a_url_is_masked() {
        let (_, values) = load(
            Vec::new(),
            [
                ("DATABASE_URL", "postgres://portico:hush@db/portico"),
                ("SECRET_KEY", "for these tests only: 32 bytes or more"),
            ]
            .map(|(name, value)| (name.into(), value.into()))
            .into_iter(),
            None,
            &[],
        )
        .unwrap();
        let setting = SETTINGS.iter().find(|setting| setting.name == "DATABASE_URL").unwrap();
        assert_eq!(values.shown(setting), "postgres://portico:********@db/portico");
    }

    #[test]
    fn postgres_wants_a_secret_key() {
        let error = from_environment(&[("DATABASE_URL", "postgres://db/portico")]).unwrap_err();
        assert!(error.to_string().contains("SECRET_KEY must be set"), "{error}");
    }

    #[test]
    fn the_older_names_make_up_the_urls() {
        let settings = from_environment(&[
            ("POSTGRES_DB", "users"),
            ("POSTGRES_USER", "portico"),
            ("POSTGRES_PASSWORD", "p@ss"),
            ("POSTGRES_HOST", "db"),
            ("SECRET_KEY", "for these tests only: 32 bytes or more"),
        ])
        .unwrap();
        assert_eq!(settings.database_url, DatabaseUrl::Postgres("postgres://portico:p%40ss@db:5432/users".into()));
    }

    #[test]
    fn what_stands_in_the_older_names_is_escaped() {
        let settings = from_environment(&[
            ("POSTGRES_DB", "po rt#ico?x"),
            ("POSTGRES_USER", "a/b"),
            ("POSTGRES_PASSWORD", "a%41b"),
            ("RABBITMQ_HOST", "mq"),
            ("RABBITMQ_DEFAULT_PASS", "p@ss/w%41#x"),
            ("SECRET_KEY", "for these tests only: 32 bytes or more"),
        ])
        .unwrap();
        let database = "postgres://a%2Fb:a%2541b@localhost:5432/po%20rt%23ico%3Fx";
        assert_eq!(settings.database_url, DatabaseUrl::Postgres(database.into()));
        let broker = settings.amqp_url.unwrap();
        assert_eq!(broker.expose(), "amqp://guest:p%40ss%2Fw%2541%23x@mq:5672/%2f");
    }

    #[test]
    fn the_command_line_wins_over_the_environment() {
        let setting = SETTINGS.iter().find(|setting| setting.name == "PORTICO_BRAND_NAME").unwrap();
        let environment = [("PORTICO_BRAND_NAME".into(), "Env".into())];
        let (settings, values) = load(vec![(setting, "Line".to_owned())], environment.into_iter(), None, &[]).unwrap();
        assert_eq!(settings.brand_name, "Line");
        assert_eq!(values.get(setting).1, Source::CommandLine);
    }

    #[test]
    fn the_readme_has_every_setting() {
        let readme = include_str!("../../README.md");
        let missing: Vec<String> = SETTINGS
            .iter()
            .map(|setting| {
                let default = if setting.default.is_empty() { String::new() } else { format!("`{}`", setting.default) };
                format!("| `{}` | {default} | {} |", setting.name, setting.meaning.trim())
            })
            .filter(|line| !readme.contains(line))
            .collect();
        assert!(missing.is_empty(), "README.md lacks these lines:\n{}", missing.join("\n"));
    }
}
