//! The checks of settings and of this machine.

use crate::app::App;
use crate::breached;
use crate::clock::Clock;
use crate::config::{DoorsSecondFactor, Secret, Settings, TokenAlgorithm, Unavailable};
use crate::factors;
use crate::jwt::{Dialect, Keys};
use crate::model::common_passwords;
use crate::open_files;
use crate::private::{self, PrivatePath};
use crate::store::{self, Db};
use crate::tls;

use super::{Finding, in_time};

/// The address people come by, and the proxies before it.
pub fn address(settings: &Settings) -> Finding {
    match &settings.public_url {
        Some(url) if url.scheme() == "https" && settings.trusted_proxies.is_empty() => {
            Finding::wrong("address", "address-proxy", vec![("url", url.to_string())])
        }
        Some(url) => Finding::well("address", "address", vec![("url", url.to_string())]),
        None if !settings.trusted_proxies.is_empty() => Finding::wrong("address", "address-proxied", Vec::new()),
        None if settings.listen.ip().is_loopback() => Finding::well("address", "address-local", Vec::new()),
        None => Finding::wrong("address", "address-open", Vec::new()),
    }
}

/// Whose word about clients' addresses is taken.
pub fn proxies(settings: &Settings) -> Finding {
    let networks = &settings.trusted_proxies;
    // No organisation's network is as wide: an eighth of all addresses and more, in several pieces, too.
    match networks.iter().find(|network| network.prefix_len() < 4) {
        Some(all) => Finding::wrong("proxies", "proxies-everybody", vec![("network", all.to_string())]),
        None if networks.is_empty() => Finding::well("proxies", "proxies-none", Vec::new()),
        None => {
            let names: Vec<String> = networks.iter().map(ToString::to_string).collect();
            Finding::well("proxies", "proxies", vec![("networks", names.join(", "))])
        }
    }
}

/// Whether guessing is slowed down; nothing to say where it is. Who has switched that off has meant it, and is told.
pub fn limits(settings: &Settings) -> Option<Finding> {
    (!settings.rate_limits).then(|| Finding::well("limits", "limits-off", Vec::new()))
}

/// Whether doors without a second step take the password alone; nothing to say where they refuse it.
pub fn doors(settings: &Settings) -> Option<Finding> {
    (settings.doors_second_factor == DoorsSecondFactor::Ignore)
        .then(|| Finding::wrong("doors", "doors-ignore", Vec::new()))
}

/// What new passwords are looked up in. Whether a service answers is not tried: it is asked about passwords alone.
pub fn breached(settings: &Settings) -> Finding {
    let mut values = vec![("built_in", common_passwords::listed().to_string())];
    match settings.breached_file.as_deref().map(breached::open_filter) {
        Some(Err(error)) => {
            return Finding::wrong("breached", "breached-unusable", vec![("reason", error.to_string())]);
        }
        Some(Ok(filter)) => values.push(("entries", filter.entries().to_string())),
        None => {}
    }
    let host = settings.breached_api.as_ref().and_then(|url| url.host_str());
    values.extend(host.map(|host| ("host", host.to_owned())));
    let state = match (&settings.breached_file, host) {
        (None, None) => "breached",
        (Some(_), None) => "breached-file",
        (None, Some(_)) => "breached-api",
        (Some(_), Some(_)) => "breached-both",
    };
    Finding::well("breached", state, values)
}

/// How cookies are kept from others.
pub fn cookies(settings: &Settings) -> Finding {
    let is_local = match &settings.public_url {
        Some(url) => matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")),
        None => settings.listen.ip().is_loopback(),
    };
    match (settings.is_https(), is_local) {
        (true, _) => Finding::well("cookies", "cookies-secure", Vec::new()),
        (false, true) if settings.public_url.is_none() && !settings.trusted_proxies.is_empty() => {
            Finding::well("cookies", "cookies-proxied", Vec::new())
        }
        (false, true) => Finding::well("cookies", "cookies-local", Vec::new()),
        (false, false) => Finding::wrong("cookies", "cookies-open", Vec::new()),
    }
}

/// Whether there are passkeys at the address that people come by, and whether those there are were made for it. Where
/// that is none with a name, there simply are none.
pub async fn passkeys(settings: &Settings, db: &Db) -> Finding {
    let here = format!("http://{}", settings.listen);
    let url = settings.public_url.clone().map_or_else(|| here.parse(), Ok);
    let party = url.map_err(|_| Unavailable::Address).and_then(|url| settings.relying_party(&url));
    let domain = match &party {
        Err(Unavailable::Address) => return Finding::well("passkeys", "passkeys-address", Vec::new()),
        Err(Unavailable::Insecure) => return Finding::well("passkeys", "passkeys-insecure", Vec::new()),
        Ok(party) => party.id(),
    };
    let read = async { store::passkeys::count_elsewhere(&mut db.read().await?, domain).await };
    let named = ("domain", domain.to_owned());
    match in_time(read).await {
        Some(Ok(0)) => Finding::well("passkeys", "passkeys", vec![named]),
        Some(Ok(number)) => {
            Finding::wrong("passkeys", "passkeys-elsewhere", vec![named, ("number", number.to_string())])
        }
        // What is wrong with the database, its own finding says.
        _ => Finding::well("passkeys", "passkeys-unknown", Vec::new()),
    }
}

/// Whether other machines reach the internal listener, without authentication.
pub fn internal_is_open(settings: &Settings) -> bool {
    let is_reached = settings.internal_listen.is_some_and(|address| !address.ip().to_canonical().is_loopback());
    let asks = settings.internal_token.is_some() || settings.internal_tls_client_ca_file.is_some();
    is_reached && !asks
}

/// Who may call at the internal listener, where there is one.
pub fn internal(settings: &Settings) -> Option<Finding> {
    let address = settings.internal_listen?;
    let values = vec![("address", address.to_string())];
    if let Some(Err(error)) = settings.internal_tls().map(|files| tls::acceptor(&files)) {
        return Some(Finding::wrong("internal", "internal-tls", vec![("reason", error.to_string())]));
    }
    Some(if internal_is_open(settings) {
        Finding::wrong("internal", "internal-open", values)
    } else if address.ip().to_canonical().is_loopback() {
        Finding::well("internal", "internal-local", values)
    } else {
        Finding::well("internal", "internal", values)
    })
}

/// Whether the system lets the program have enough files open: each connection is one.
pub fn open_files() -> Finding {
    const ENOUGH: usize = 4096;
    let most = open_files::most();
    let values = vec![("number", most.to_string())];
    if most < ENOUGH {
        Finding::wrong("open-files", "open-files-few", values)
    } else {
        Finding::well("open-files", "open-files", Vec::new())
    }
}

/// The key that everything is signed with; `loaded` is what came of reading it.
pub fn key(settings: &Settings, loaded: Result<(), String>) -> Finding {
    match loaded {
        Err(reason) => Finding::wrong("key", "key-unreadable", vec![("reason", reason)]),
        Ok(()) if settings.secret_key.is_some() => Finding::well("key", "key-set", Vec::new()),
        Ok(()) => Finding::well("key", "key-kept", Vec::new()),
    }
}

/// Whether the secrets of authenticator apps can be read: not once `SECRET_KEY` is another. Nothing to say where they can.
pub async fn authenticators(app: &App) -> Option<Finding> {
    let can_be_read = in_time(factors::can_be_read(app)).await?.ok()?;
    (!can_be_read).then(|| Finding::wrong("key", "key-other", Vec::new()))
}

/// What the keys of tokens give away to services that verify tokens with them.
pub fn token_keys(settings: &Settings, dialects: &[&Dialect]) -> Finding {
    let open = settings.dialects.names();
    let names = |names: Vec<String>| vec![("names", names.join(", "))];
    let weak: Vec<String> = dialects
        .iter()
        .filter(|dialect| (dialect.secret)(settings).is_some_and(Secret::is_weak))
        .map(|dialect| format!("PORTICO_{}_SECRET", dialect.name.to_uppercase()))
        .collect();
    let shared: Vec<String> = dialects
        .iter()
        .filter(|dialect| settings.dialects.has(dialect.name) && (dialect.secret)(settings).is_none())
        .map(|dialect| dialect.name.to_owned())
        .collect();
    match settings.token_alg {
        _ if !weak.is_empty() => Finding::wrong("token-keys", "token-keys-weak", names(weak)),
        _ if open.is_empty() => Finding::well("token-keys", "token-keys-none", Vec::new()),
        TokenAlgorithm::EdDsa | TokenAlgorithm::Es256 => Finding::well("token-keys", "token-keys-public", Vec::new()),
        TokenAlgorithm::Hs256 if shared.is_empty() => Finding::well("token-keys", "token-keys-own", Vec::new()),
        TokenAlgorithm::Hs256 => Finding::well("token-keys", "token-keys-shared", names(shared)),
    }
}

/// Why the file with the keys of tokens cannot be used, if it cannot.
pub fn token_key_file(settings: &Settings, key: &Secret, dialects: Vec<&'static Dialect>) -> Option<Finding> {
    let error = Keys::load(settings, key, dialects, Clock::default()).err()?;
    Some(Finding::wrong("token-keys", "token-keys-unreadable", vec![("reason", error.to_string())]))
}

/// Which REST dialects are open.
pub fn dialects(settings: &Settings) -> Finding {
    match settings.dialects.names() {
        names if names.is_empty() => Finding::well("dialects", "dialects-none", Vec::new()),
        names => Finding::well("dialects", "dialects", vec![("names", names.join(", "))]),
    }
}

/// Whether other users of this machine can read what the installation keeps on it; `mended` is what was taken away from
/// them just now.
pub fn files(settings: &Settings, mended: &[PrivatePath]) -> Finding {
    let named = |places: &[PrivatePath]| {
        let names: Vec<String> = places.iter().map(|place| place.path.display().to_string()).collect();
        vec![("places", names.join(", "))]
    };
    match (private::open_places(settings).as_slice(), mended) {
        ([], []) => Finding::well("files", "files", Vec::new()),
        ([], mended) => Finding::well("files", "files-mended", named(mended)),
        (open, _) => Finding::wrong("files", "files-open", named(open)),
    }
}
