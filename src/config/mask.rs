//! What may be shown of a setting's value: on `portico config`, in errors, in the log. What cannot be told from a
//! credential counts as one.

use url::Url;

/// How much of a setting's value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// All of it.
    Plain,
    /// An address, which may hold credentials: all but those, and nothing of one that cannot be used.
    Address,
    /// Nothing.
    Secret,
}

const HIDDEN: &str = "********";

/// Parameters of a query whose values open nothing.
const HARMLESS: &[&str] =
    &["application_name", "dbname", "host", "hostaddr", "insecure", "port", "ssl-mode", "sslmode", "user"];

/// A value in force.
pub(super) fn shown(secrecy: Secrecy, value: &str) -> String {
    match secrecy {
        _ if value.is_empty() => String::new(),
        Secrecy::Plain if !may_hold_credentials(value) => value.to_owned(),
        Secrecy::Plain | Secrecy::Address => address(value),
        Secrecy::Secret => HIDDEN.to_owned(),
    }
}

/// A value that its setting does not take. Where a credential stands in a mistyped address cannot be told, so none of
/// it is shown where there may be one.
pub(super) fn refused(secrecy: Secrecy, value: &str) -> String {
    let is_bare = || match value.contains("://") {
        _ if value.contains(['@', '?', '#', '%', ';', '=']) => false,
        true => Url::parse(value).is_ok(),
        false => !value.contains(':') && !value.contains("//"),
    };
    match secrecy {
        Secrecy::Plain => shown(secrecy, value),
        _ if value.is_empty() => String::new(),
        Secrecy::Address if is_bare() => value.to_owned(),
        Secrecy::Address | Secrecy::Secret => HIDDEN.to_owned(),
    }
}

/// Whether a value that should be no secret looks like an address with one.
fn may_hold_credentials(value: &str) -> bool {
    value.contains("//") && value.contains(['@', '?'])
}

/// An address without user's password, query and fragment, as far as it is clear where these stand; else nothing of it.
pub fn address(value: &str) -> String {
    let Some((_, rest)) = value.split_once("://") else {
        // A path, perhaps behind `sqlite:`.
        return match value.split_once('?') {
            _ if value.contains('@') => HIDDEN.to_owned(),
            Some((path, _)) => format!("{path}?{HIDDEN}"),
            None => value.to_owned(),
        };
    };
    // A password with a `/`, `?` or `#` that was not escaped ends the authority for a parser, which takes the user for
    // the host: the `@` then stands too far behind.
    let tail = rest.find(['/', '?', '#']).map_or("", |end| &rest[end..]);
    let Some(url) = Url::parse(value).ok().filter(|_| !tail.contains('@')) else { return HIDDEN.to_owned() };
    let user = match (url.username(), url.password()) {
        ("", None) => String::new(),
        // A user alone may be a token.
        (_, None) => format!("{HIDDEN}@"),
        (user, Some(_)) => format!("{user}:{HIDDEN}@"),
    };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = url.query().map(|query| format!("?{}", parameters(query))).unwrap_or_default();
    let fragment = url.fragment().map(|_| format!("#{HIDDEN}")).unwrap_or_default();
    format!("{}://{user}{host}{port}{}{query}{fragment}", url.scheme(), url.path())
}

fn parameters(query: &str) -> String {
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let parameter = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if HARMLESS.contains(&name) => pair.to_owned(),
        Some((name, _)) if plain(name) => format!("{name}={HIDDEN}"),
        _ => HIDDEN.to_owned(),
    };
    query.split('&').map(parameter).collect::<Vec<_>>().join("&")
}

/// Everything secret in a value, as it may turn up in what a library says of it.
pub(super) fn secrets(secrecy: Secrecy, value: &str) -> Vec<String> {
    let mut secrets = Vec::new();
    if secrecy == Secrecy::Secret {
        secrets.push(value.to_owned());
    }
    if let Ok(url) = Url::parse(value) {
        secrets.extend(url.password().map(str::to_owned));
        let values =
            |query: &str| query.split('&').filter_map(|pair| Some(pair.split_once('=')?.1.to_owned())).collect();
        let raw: Vec<String> = url.query().map(values).unwrap_or_default();
        secrets.extend(raw);
        let pairs = url.query_pairs().filter(|(name, _)| !HARMLESS.contains(&name.as_ref()));
        secrets.extend(pairs.map(|(_, value)| value.into_owned()));
        // The same as it was before it was escaped.
        let decoded = url.password().map(|password| format!("p={}", password.replace('+', "%2B")));
        let decoded = decoded.as_deref().map(|pair| url::form_urlencoded::parse(pair.as_bytes()));
        secrets.extend(decoded.into_iter().flatten().map(|(_, password)| password.into_owned()));
    }
    // Shorter ones would be found in ordinary words.
    secrets.retain(|secret| secret.len() >= 6);
    secrets
}

/// The text without any of these secrets.
pub(super) fn redact(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), HIDDEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_opens_it() {
        for (address, shown) in [
            ("postgres://portico:hush@db/portico", "postgres://portico:********@db/portico"),
            ("postgres://portico:h%40sh@db:5433/portico", "postgres://portico:********@db:5433/portico"),
            ("postgres://portico:hu@sh@db/portico", "postgres://portico:********@db/portico"),
            ("postgres://db/portico?user=ada&password=hush", "postgres://db/portico?user=ada&password=********"),
            (
                "postgres://db/p?sslmode=require&sslpassword=hush",
                "postgres://db/p?sslmode=require&sslpassword=********",
            ),
            ("postgres://db/p?sslkey=hush&hush", "postgres://db/p?sslkey=********&********"),
            ("postgres://db/p?pass%77ord=hush", "postgres://db/p?********"),
            ("postgres://hush@db/p", "postgres://********@db/p"),
            ("postgres://db/p#hush", "postgres://db/p#********"),
            ("rediss://default:hush@cache:6380/1", "rediss://default:********@cache:6380/1"),
            ("amqp+weird://u:hush@broker/%2f", "amqp+weird://u:********@broker/%2f"),
            ("sqlite:data/portico.db", "sqlite:data/portico.db"),
            ("sqlite:data/portico.db?key=hush", "sqlite:data/portico.db?********"),
            ("/srv/media", "/srv/media"),
            ("s3://bucket/prefix", "s3://bucket/prefix"),
            ("s3://id:hush@bucket/prefix", "s3://id:********@bucket/prefix"),
        ] {
            assert_eq!(super::address(address), shown);
        }
    }

    #[test]
    fn nothing_is_shown_where_a_credential_may_be_anywhere() {
        for address in [
            "postgres//portico:hush@db/portico",
            "postgres:portico:hush@db/portico",
            "postgres://portico:hu/sh@db/portico",
            "postgres://portico:1?hush@db/portico",
            "postgres://portico:1#hush@db/portico",
            "postgres://portico:hush@db:port/portico",
            "postgres://por tico:hush@[db/portico",
            "s3//id:hush@bucket",
            "portico:hush@db",
            "postgres://db/p?password=hu@sh",
        ] {
            assert_eq!(super::address(address), HIDDEN, "{address}");
            assert_eq!(refused(Secrecy::Address, address), HIDDEN);
        }
        assert_eq!(refused(Secrecy::Address, "mysql://db/portico"), "mysql://db/portico");
        assert_eq!(refused(Secrecy::Address, "accounts.example.org"), "accounts.example.org");
        assert_eq!(refused(Secrecy::Address, "postgres://portico:hush"), HIDDEN);
        assert_eq!(refused(Secrecy::Address, "postgres:portico:hush"), HIDDEN);
        assert_eq!(shown(Secrecy::Plain, "https://u:hush@example.org/"), "https://u:********@example.org/");
        assert_eq!(refused(Secrecy::Plain, "https//u:hush@example.org/"), HIDDEN);
        assert_eq!(shown(Secrecy::Plain, "security@example.org"), "security@example.org");
        assert_eq!(shown(Secrecy::Secret, "anything"), HIDDEN);
    }

    #[test]
    fn what_a_library_says_is_told_without_secrets() {
        let secrets = secrets(Secrecy::Address, "postgres://portico:h%40sh-hush@db/p?sslpassword=silence%21");
        let text = "no: portico h%40sh-hush h@sh-hush silence%21 silence!";
        assert_eq!(redact(text, &secrets), "no: portico ******** ******** ******** ********");
    }
}
