//! The process environment: values, files that hold one (`…_FILE`), and what Kubernetes puts there by itself.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};

use super::legacy::OLDER;
use super::{Error, SETTINGS, Source, unknown};

/// What stands behind the name of a variable whose value is the path of a file that holds the value itself: how
/// containers are given secrets.
const FILE: &str = "_FILE";

/// The variables that a process was started with.
#[derive(Debug, Default)]
pub(super) struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// Takes them as the system has them.
    pub(super) fn of(variables: impl Iterator<Item = (OsString, OsString)>) -> Environment {
        Environment(variables.map(|(name, value)| (name.to_string_lossy().into_owned(), value)).collect())
    }

    /// Refuses variables that look like settings and are none.
    ///
    /// # Errors
    /// [`Error::Unknown`].
    pub(super) fn check(&self) -> Result<(), Error> {
        let is_name = |name: &str| SETTINGS.iter().any(|setting| setting.name == name) || OLDER.contains(&name);
        let is_known = |name: &str| is_name(name) || name.strip_suffix(FILE).is_some_and(is_name);
        let is_injected =
            |name: &str, value: &OsString| value.to_str().is_some_and(|value| is_service_link(name, value));
        let stranger = self
            .0
            .iter()
            .find(|(name, value)| name.starts_with("PORTICO_") && !is_known(name) && !is_injected(name, value));
        match stranger {
            Some((name, _)) => Err(unknown(name, Source::Environment(name.clone()))),
            None => Ok(()),
        }
    }

    /// The value of a variable, or what stands in the file that its twin with `_FILE` behind the name leads to, and
    /// which of the two it was. An empty one counts as not set: compose files say so.
    ///
    /// # Errors
    /// [`Error::Combination`] when both are set, when a value is no UTF-8, and when the file cannot be read or is
    /// empty. Neither the value nor the path is told: what was mistaken for a path may be the secret.
    pub(super) fn get(&self, name: &str) -> Result<Option<(String, String)>, Error> {
        let twin = format!("{name}{FILE}");
        match (self.text(name)?, self.text(&twin)?) {
            (Some(_), Some(_)) => Err(Error::Combination(format!("{name} and {twin} are both set; one has to go"))),
            (Some(text), None) => Ok(Some((text.to_owned(), name.to_owned()))),
            (None, Some(path)) => Ok(Some((read(&twin, path)?, twin))),
            (None, None) => Ok(None),
        }
    }

    fn text(&self, name: &str) -> Result<Option<&str>, Error> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        let text =
            value.to_str().ok_or_else(|| Error::Combination(format!("{name} is set to what is no UTF-8 text")))?;
        Ok(Some(text))
    }
}

/// The text of a file, without the line end that editors put behind it.
fn read(variable: &str, path: &str) -> Result<String, Error> {
    let refused = |why: &str| Error::Combination(format!("the file that {variable} names {why}"));
    let bytes = std::fs::read(path).map_err(|error| refused(&format!("cannot be read: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| refused("is no UTF-8 text"))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err(refused("is empty")) } else { Ok(text.to_owned()) }
}

/// Whether Kubernetes put this variable there. It does so in every pod, for each Service of the namespace and under its
/// name, which may be `portico` or `portico-…`. By shape and by value, so that `PORTICO_PORT=8080` is still told to be
/// no setting.
pub(super) fn is_service_link(name: &str, value: &str) -> bool {
    let is_protocol = |word: &str| matches!(word, "TCP" | "UDP" | "SCTP");
    let is_address = || value.parse::<IpAddr>().is_ok();
    let is_number = || value.parse::<u16>().is_ok();
    let is_link = || {
        let link = value.split_once("://");
        link.is_some_and(|(word, at)| is_protocol(&word.to_uppercase()) && at.parse::<SocketAddr>().is_ok())
    };
    let words: Vec<&str> = name.split('_').collect();
    match words.as_slice() {
        [_, .., "SERVICE", "HOST"] => is_address(),
        [_, .., "SERVICE", "PORT"] => is_number(),
        [_, .., "PORT", _, word, "ADDR"] if is_protocol(word) => is_address(),
        [_, .., "PORT", _, word, "PORT"] if is_protocol(word) => is_number(),
        [_, .., "PORT", _, word, "PROTO"] if is_protocol(word) => is_protocol(&value.to_uppercase()),
        [_, .., "PORT", _, word] if is_protocol(word) => is_link(),
        [_, .., "PORT"] => is_link(),
        // The port of a name: `PORTICO_SERVICE_PORT_HTTP`.
        _ => words.windows(2).skip(1).any(|pair| pair == ["SERVICE", "PORT"]) && is_number(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_puts_there_is_told_from_settings() {
        for (name, value) in [
            ("PORTICO_PORT", "tcp://10.96.12.7:8000"),
            ("PORTICO_SERVICE_HOST", "10.96.12.7"),
            ("PORTICO_SERVICE_PORT", "8000"),
            ("PORTICO_SERVICE_PORT_HTTP", "8000"),
            ("PORTICO_SERVICE_PORT_WEB_ADMIN", "8000"),
            ("PORTICO_PORT_8000_TCP", "tcp://[fd00::7]:8000"),
            ("PORTICO_PORT_8000_TCP_ADDR", "fd00::7"),
            ("PORTICO_PORT_8000_TCP_PORT", "8000"),
            ("PORTICO_PORT_8000_UDP_PROTO", "udp"),
            ("PORTICO_WEB_SERVICE_HOST", "10.96.12.7"),
            ("PORTICO_WEB_PORT_8000_TCP", "tcp://10.96.12.7:8000"),
        ] {
            assert!(is_service_link(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("PORTICO_PORT", "8080"),
            ("PORTICO_PORT", "0.0.0.0:8080"),
            ("PORTICO_HOST", "10.96.12.7"),
            ("PORTICO_SERVICE_HOST", "accounts.example.org"),
            ("PORTICO_PORT_8000_TCP_NAME", "portico"),
            ("PORTICO_LISTNE", "tcp://10.96.12.7:8000"),
        ] {
            assert!(!is_service_link(name, value), "{name}={value}");
        }
    }
}
