//! How many connections and requests are served at once, in all and from one address.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::Request;
use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::open_files;
use crate::peer::client_address;
use crate::shares::{Limit, Share, Shares};

/// Connections at once, at most: each holds memory, too.
const MAX_CONNECTIONS: usize = 10_000;
/// Requests under way at once, at most: over HTTP/2 a connection has many, each of some 15 kB before its body is
/// counted.
const REQUESTS: usize = 8_192;
/// The memory of answers that wait to be read, those of one address and of all: files, which are read as they are sent, and
/// small answers are no part of it.
const ANSWERS: Limit = Limit { each: 16 * 1024 * 1024, all: 128 * 1024 * 1024 };
/// Files for everything but connections and the database: pictures, Redis, the broker, webhooks.
const RESERVE: usize = 128;

/// The connections and requests that one listener serves at once.
#[derive(Clone)]
pub struct Capacity {
    room: Arc<Semaphore>,
    all: usize,
    each: usize,
    shares: Arc<Shares>,
    requests: Arc<Shares>,
    requests_each: usize,
    answers: Arc<Shares>,
    answers_each: usize,
    /// All of a proxy's clients come from its address.
    exempt: Arc<[IpNet]>,
}

/// A connection's place, given back when it is dropped.
pub(super) struct ConnectionPermit {
    _share: Share,
    _room: OwnedSemaphorePermit,
}

impl Capacity {
    /// Raises the limit of open files as far as it goes and divides what there is among the public and the internal
    /// listener: neither takes places from the other. One address may have an eighth of a listener's; with `shared` off as much as
    /// there is.
    pub fn divide(database_connections: usize, proxies: &[IpNet], shared: bool) -> (Capacity, Capacity) {
        let both = connections(open_files::raise(), database_connections);
        let exempt: Arc<[IpNet]> = proxies.into();
        let listener = |all, requests_each| Capacity {
            room: Arc::new(Semaphore::new(all)),
            all,
            each: if shared { each(all) } else { all },
            shares: Shares::new(),
            requests: Shares::new(),
            requests_each: if shared { requests_each } else { REQUESTS },
            answers: Shares::new(),
            answers_each: if shared && requests_each < REQUESTS { ANSWERS.each } else { ANSWERS.all },
            exempt: Arc::clone(&exempt),
        };
        let internal = both / 4;
        // The requests of services come from few addresses.
        (listener(both - internal, REQUESTS / 16), listener(internal, REQUESTS))
    }

    /// The shares of a request, unless its client or all together have as many under way as they may: of the requests, and
    /// of the memory of answers, of which it holds nothing yet.
    pub(super) fn request<B>(&self, peer: IpAddr, request: &Request<B>) -> Option<(Share, Share)> {
        let client = client_address(peer, request.headers(), &self.exempt);
        let share = self.requests.of(client);
        let limit = Limit { each: self.requests_each, all: REQUESTS };
        share.take(1, limit).then(|| (share, self.answers.of(client)))
    }

    /// The most that answers may hold.
    pub(super) fn answers(&self) -> Limit {
        Limit { each: self.answers_each, ..ANSWERS }
    }

    /// How many connections are served at once, and how many of one address.
    pub fn figures(&self) -> (usize, usize) {
        (self.all, self.each)
    }

    /// The share of an address, unless it has as many connections as it may.
    pub(super) fn share(&self, address: IpAddr) -> Option<Share> {
        let address = address.to_canonical();
        let is_exempt = self.exempt.iter().any(|network| network.contains(&address));
        let share = self.shares.of(address);
        // How many there are in all, the room decides: there a connection may wait. What a proxy holds is no part of what its
        // neighbours may.
        (is_exempt || share.take(1, Limit { each: self.each, all: usize::MAX })).then_some(share)
    }

    /// A place for a connection, as soon as there is one.
    pub(super) async fn place(&self, share: Share) -> Option<ConnectionPermit> {
        let room = Arc::clone(&self.room).acquire_owned().await.ok()?;
        Some(ConnectionPermit { _share: share, _room: room })
    }
}

/// How many connections so many files are enough for.
fn connections(files: usize, database_connections: usize) -> usize {
    files.saturating_sub(RESERVE.saturating_add(database_connections)).clamp(64, MAX_CONNECTIONS)
}

/// How many of them one address may have.
fn each(all: usize) -> usize {
    (all / 8).max(64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_for_everything_else() {
        assert_eq!(connections(1024, 10), 886);
        assert_eq!(connections(usize::MAX, 10), MAX_CONNECTIONS);
        assert_eq!(connections(100, 10), 64);
    }

    #[test]
    fn one_address_has_an_eighth_but_never_next_to_nothing() {
        assert_eq!(each(8000), 1000);
        assert_eq!(each(200), 64);
    }

    #[tokio::test]
    async fn a_proxy_may_have_all_places_and_another_address_its_share() {
        let listener = Capacity {
            room: Arc::new(Semaphore::new(10)),
            all: 10,
            each: 2,
            shares: Shares::new(),
            requests: Shares::new(),
            requests_each: 2,
            answers: Shares::new(),
            answers_each: 1,
            exempt: Arc::new(["10.0.0.0/8".parse().unwrap()]),
        };
        let take = |address: &str| listener.share(address.parse().unwrap());
        let held: Vec<_> = (0..5).map(|_| take("192.0.2.1")).collect();
        assert_eq!(held.iter().flatten().count(), 2);
        let held: Vec<_> = (0..5).map(|_| take("10.0.0.1")).collect();
        assert_eq!(held.iter().flatten().count(), 5);
        let held: Vec<_> = (0..5).map(|_| take("::ffff:10.0.0.1")).collect();
        assert_eq!(held.iter().flatten().count(), 5);
        // A proxy's requests count for those who made them.
        let of = |client: &str| {
            let request = Request::builder().header("x-forwarded-for", client).body(()).unwrap();
            listener.request("10.0.0.1".parse().unwrap(), &request)
        };
        let held: Vec<_> = (0..5).map(|_| of("192.0.2.1")).chain([of("192.0.2.2")]).collect();
        assert_eq!(held.iter().flatten().count(), 3);
    }
}
