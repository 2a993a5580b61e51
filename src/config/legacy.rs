//! The older names that the replaced services were set up with: they make up `DATABASE_URL`
//! and `AMQP_URL` when those are unset.

use std::collections::BTreeMap;

use url::Url;

use super::{SETTINGS, Source, Values};

pub(super) fn apply(values: &mut Values, environment: &BTreeMap<String, String>) {
    let get = |name: &str| environment.get(name).map(String::as_str).filter(|value| !value.is_empty());
    if let Some(database) = get("POSTGRES_DB") {
        let url = build(
            "postgres",
            get("POSTGRES_USER"),
            get("POSTGRES_PASSWORD"),
            get("POSTGRES_HOST").unwrap_or("localhost"),
            get("POSTGRES_PORT").unwrap_or("5432"),
            database,
        );
        put(values, "DATABASE_URL", url, "POSTGRES_DB");
    }
    if let Some(host) = get("RABBITMQ_HOST") {
        let url = build("amqp", get("RABBITMQ_DEFAULT_USER"), get("RABBITMQ_DEFAULT_PASS"), host, "5672", "%2f");
        put(values, "AMQP_URL", url, "RABBITMQ_HOST");
    }
}

fn put(values: &mut Values, name: &str, url: Option<String>, origin: &str) {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    if let (Some(setting), Some(url), false) = (setting, url, values.is_set(name)) {
        values.put(setting, url, Source::Environment(origin.to_owned()));
    }
}

/// A URL of these parts; `Url` does the escaping of user and password.
fn build(
    scheme: &str,
    user: Option<&str>,
    password: Option<&str>,
    host: &str,
    port: &str,
    path: &str,
) -> Option<String> {
    let mut url = Url::parse(&format!("{scheme}://{host}:{port}/{path}")).ok()?;
    if let Some(user) = user {
        url.set_username(user).ok()?;
        url.set_password(password).ok()?;
    }
    Some(url.to_string())
}
