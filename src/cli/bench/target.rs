//! Where the load goes: an address that is looked at before anything is sent to it, and clients that keep to it.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::redirect::Policy;
use url::{Host, Url};

use super::client::Client;

/// How long an answer may take. Later it is an error.
const ANSWERING: Duration = Duration::from_secs(30);

/// A server by its address, its name resolved once for all clients.
pub(super) struct Target {
    /// Scheme, host and port.
    base: String,
    /// The host, where it is a name.
    name: Option<String>,
    addresses: Vec<SocketAddr>,
    is_https: bool,
}

impl Target {
    /// Resolves an address. One of another network than one's own is refused unless `remote` says that it is meant.
    pub(super) async fn resolve(url: &Url, remote: bool) -> anyhow::Result<Target> {
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            bail!("an address is http:// or https:// with a host, without user or password");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            bail!("an address ends with its host and port, as http://127.0.0.1:8000 does");
        }
        let base = url.as_str().trim_end_matches('/').to_owned();
        let port = url.port_or_known_default().unwrap_or_default();
        let (name, addresses) = match url.host() {
            Some(Host::Ipv4(address)) => (None, vec![SocketAddr::from((address, port))]),
            Some(Host::Ipv6(address)) => (None, vec![SocketAddr::from((address, port))]),
            Some(Host::Domain(name)) => {
                let found = tokio::net::lookup_host((name, port)).await;
                (Some(name.to_owned()), found.with_context(|| format!("{name} is not known"))?.collect())
            }
            None => bail!("the address has no host"),
        };
        if !remote && !addresses.iter().all(|address| is_own(address.ip())) {
            bail!(
                "{base} is neither this machine nor of a private network; --remote has the load go there all the same"
            );
        }
        Ok(Target { base, name, addresses, is_https: url.scheme() == "https" })
    }

    /// Scheme, host and port.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// A client with a connection of its own.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        self.build(reqwest::Client::builder())
    }

    /// The same for gRPC, which is spoken over HTTP/2 from the first byte on.
    pub(super) fn grpc_client(&self) -> anyhow::Result<Client> {
        self.build(reqwest::Client::builder().http2_prior_knowledge())
    }

    fn build(&self, mut builder: reqwest::ClientBuilder) -> anyhow::Result<Client> {
        if let Some(name) = &self.name {
            // What the name resolves to later has not been looked at.
            builder = builder.resolve_to_addrs(name, &self.addresses);
        }
        if !self.is_https {
            // Reading the system's certificates takes longer than anything else here, and each client would do it.
            builder = builder.tls_certs_only([]);
        }
        let client = builder
            .no_proxy()
            .redirect(Policy::none())
            .pool_max_idle_per_host(1)
            .timeout(ANSWERING)
            .user_agent("Portico-Bench")
            .build()?;
        Ok(Client::new(client, self.base.clone()))
    }
}

/// Whether an address is of this machine or of a private network.
fn is_own(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_addresses_are_loopback_and_private_ones() {
        for own in
            ["127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.1"]
        {
            assert!(is_own(own.parse().unwrap()), "{own}");
        }
        for foreign in
            ["1.1.1.1", "172.32.0.1", "169.254.169.254", "0.0.0.0", "::", "2606:4700::1111", "::ffff:1.1.1.1"]
        {
            assert!(!is_own(foreign.parse().unwrap()), "{foreign}");
        }
    }

    #[tokio::test]
    async fn foreign_addresses_are_refused_and_odd_ones_always() {
        let resolve = async |url: &str, remote| Target::resolve(&url.parse().unwrap(), remote).await.is_ok();
        assert!(resolve("http://127.0.0.1:8000", false).await);
        assert!(resolve("https://[::1]/", false).await);
        assert!(!resolve("http://1.1.1.1", false).await);
        assert!(resolve("http://1.1.1.1", true).await);
        for odd in
            ["ftp://127.0.0.1", "http://user@127.0.0.1", "http://127.0.0.1/login", "http://127.0.0.1/?a", "data:,"]
        {
            assert!(!resolve(odd, true).await, "{odd}");
        }
    }
}
