//! The older names that the replaced services were set up with: they make up `DATABASE_URL`
//! and `AMQP_URL` when those are unset. What does not fit into an address is an error: started without it, Portico
//! would serve from an empty database of its own.

use std::net::Ipv6Addr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::environment::{Environment, is_service_link};
use super::{Error, SETTINGS, Source, Values};

/// All of them.
pub(super) const OLDER: &[&str] = &[
    POSTGRES_DB,
    POSTGRES_USER,
    POSTGRES_PASSWORD,
    POSTGRES_HOST,
    POSTGRES_PORT,
    RABBITMQ_USER,
    RABBITMQ_PASSWORD,
    RABBITMQ_HOST,
];

const POSTGRES_DB: &str = "POSTGRES_DB";
const POSTGRES_USER: &str = "POSTGRES_USER";
const POSTGRES_PASSWORD: &str = "POSTGRES_PASSWORD";
const POSTGRES_HOST: &str = "POSTGRES_HOST";
const POSTGRES_PORT: &str = "POSTGRES_PORT";
const RABBITMQ_USER: &str = "RABBITMQ_DEFAULT_USER";
const RABBITMQ_PASSWORD: &str = "RABBITMQ_DEFAULT_PASS";
const RABBITMQ_HOST: &str = "RABBITMQ_HOST";

/// Everything but unreserved characters (RFC 3986 §2.3): the reader of the address decodes the rest.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An older name that is set: its value, and the variable that says so.
type Set = Option<(String, String)>;

pub(super) fn apply(values: &mut Values, environment: &Environment) -> Result<(), Error> {
    if !values.is_set("DATABASE_URL") {
        put(values, "DATABASE_URL", database(environment)?);
    }
    if !values.is_set("AMQP_URL") {
        put(values, "AMQP_URL", broker(environment)?);
    }
    Ok(())
}

fn put(values: &mut Values, name: &str, made: Set) {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    if let Some((setting, (url, origin))) = setting.zip(made) {
        values.put(setting, url, Source::Environment(origin));
    }
}

fn database(environment: &Environment) -> Result<Set, Error> {
    let [name, user, password, host] = [POSTGRES_DB, POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_HOST];
    let (name, user, password, host) =
        (environment.get(name)?, environment.get(user)?, environment.get(password)?, environment.get(host)?);
    let port = environment.get(POSTGRES_PORT)?;
    // Kubernetes sets this one wherever there is a Service called postgres: alone it says nothing of us.
    let own_port = port.as_ref().filter(|(port, _)| !is_service_link(POSTGRES_PORT, port));
    let Some(origin) = [&name, &host, &user, &password].into_iter().flatten().next().or(own_port) else {
        return Ok(None);
    };
    let origin = origin.1.clone();
    // PostgreSQL's own image calls a database like its user, too.
    let Some((database, _)) = name.as_ref().or(user.as_ref()) else {
        return Err(Error::Combination(format!(
            "{origin} is set, but neither {POSTGRES_DB} nor {POSTGRES_USER} says which database; set one, or DATABASE_URL"
        )));
    };
    let port = match &port {
        None => "5432",
        Some((port, _)) if port.parse::<u16>().is_ok_and(|port| port > 0) => port,
        Some((port, variable)) => {
            let why = "a port, like 5432; where Kubernetes set it, for a Service called postgres, set it yourself or \
                       `enableServiceLinks: false`";
            return Err(bad(POSTGRES_PORT, port, variable, why));
        }
    };
    let user = user.as_ref().map(|(user, _)| user.as_str()).or(password.as_ref().map(|_| "postgres"));
    let credentials = credentials(user, password.as_ref());
    let (host, query) = match &host {
        None => ("localhost".to_owned(), String::new()),
        Some((folder, _)) if folder.starts_with('/') => {
            ("localhost".to_owned(), format!("?host={}", utf8_percent_encode(folder, ESCAPED)))
        }
        Some((host, variable)) => (
            in_address(host)
                .ok_or_else(|| bad(POSTGRES_HOST, host, variable, "a host, an address or the folder of a socket"))?,
            String::new(),
        ),
    };
    let database = utf8_percent_encode(database, ESCAPED);
    Ok(Some((format!("postgres://{credentials}{host}:{port}/{database}{query}"), origin)))
}

fn broker(environment: &Environment) -> Result<Set, Error> {
    let (user, password) = (environment.get(RABBITMQ_USER)?, environment.get(RABBITMQ_PASSWORD)?);
    let Some((host, origin)) = environment.get(RABBITMQ_HOST)? else {
        return match user.or(password) {
            Some((_, variable)) => Err(Error::Combination(format!(
                "{variable} is set, but {RABBITMQ_HOST} does not say where RabbitMQ is; set it, or AMQP_URL"
            ))),
            None => Ok(None),
        };
    };
    let fits = "a host or an address without a port; with another port set AMQP_URL";
    let address = in_address(&host).ok_or_else(|| bad(RABBITMQ_HOST, &host, &origin, fits))?;
    let name = user.as_ref().map(|(user, _)| user.as_str()).or(password.as_ref().map(|_| "guest"));
    let credentials = credentials(name, password.as_ref());
    Ok(Some((format!("amqp://{credentials}{address}:5672/%2f"), origin)))
}

/// What stands before the host.
fn credentials(user: Option<&str>, password: Option<&(String, String)>) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    match (user, password) {
        (None, _) => String::new(),
        (Some(user), None) => format!("{}@", escaped(user)),
        (Some(user), Some((password, _))) => format!("{}:{}@", escaped(user), escaped(password)),
    }
}

/// A host as it stands in an address, where IPv6 has brackets.
fn in_address(host: &str) -> Option<String> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        return Some(format!("[{address}]"));
    }
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    host.chars().all(fits).then(|| host.to_owned())
}

fn bad(name: &'static str, value: &str, variable: &str, expected: &str) -> Error {
    let origin = Source::Environment(variable.to_owned());
    Error::Bad { name, value: value.to_owned(), origin, expected: expected.to_owned() }
}
