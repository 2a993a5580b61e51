//! Shares of what runs out: how much of it each client address holds, and all hold together. The table has a fixed
//! size, so that clients cannot fill memory with addresses; two addresses in one of its slots, which is chance, have
//! one share between them.

use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const SLOTS: usize = 4096;

/// How many times the share of one IPv6 network all networks of its site hold, which may be one customer's.
const OF_SITE: usize = 2;

/// What counts as one client: an IPv4 address, or an IPv6 network of 64 bits, since one client has all of that.
pub fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// The site of an address: an IPv6 network of 48 bits, which one customer may have.
pub fn client_site(address: IpAddr) -> Option<Ipv6Addr> {
    match address.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Some(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

/// The most that may be held.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// By one address.
    pub each: usize,
    /// By all of them.
    pub all: usize,
}

/// What is held of one thing, by whom.
pub struct Shares {
    all: AtomicUsize,
    slots: Box<[AtomicUsize]>,
    /// The same, of sites.
    sites: Box<[AtomicUsize]>,
    /// Which address has which slot cannot be chosen from outside.
    seed: RandomState,
}

impl Shares {
    /// Nothing is held yet.
    pub fn new() -> Arc<Shares> {
        Arc::new(Shares {
            all: AtomicUsize::new(0),
            slots: (0..SLOTS).map(|_| AtomicUsize::new(0)).collect(),
            sites: (0..SLOTS).map(|_| AtomicUsize::new(0)).collect(),
            seed: RandomState::new(),
        })
    }

    /// What one connection or request of `address` holds: nothing at first, and nothing again once this is dropped.
    pub fn of(self: &Arc<Shares>, address: IpAddr) -> Share {
        let slot = |hash: u64| hash as usize % SLOTS;
        Share {
            shares: Arc::clone(self),
            slot: slot(self.seed.hash_one(client_network(address))),
            site: client_site(address).map(|site| slot(self.seed.hash_one(site))),
            held: AtomicUsize::new(0),
        }
    }

    /// What is held altogether.
    pub fn held(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }
}

/// A part of what an address holds.
pub struct Share {
    shares: Arc<Shares>,
    slot: usize,
    site: Option<usize>,
    held: AtomicUsize,
}

impl Share {
    /// Takes more, unless too much would be held then. Whether it did.
    pub fn take(&self, more: usize, most: Limit) -> bool {
        let Shares { all, slots, sites, .. } = &*self.shares;
        if !grow(all, more, most.all) {
            return false;
        }
        if !grow(&slots[self.slot], more, most.each) {
            all.fetch_sub(more, Ordering::Relaxed);
            return false;
        }
        if let Some(site) = self.site
            && !grow(&sites[site], more, most.each.saturating_mul(OF_SITE))
        {
            all.fetch_sub(more, Ordering::Relaxed);
            slots[self.slot].fetch_sub(more, Ordering::Relaxed);
            return false;
        }
        self.held.fetch_add(more, Ordering::Relaxed);
        true
    }

    /// What it holds.
    pub fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let held = *self.held.get_mut();
        self.shares.all.fetch_sub(held, Ordering::Relaxed);
        self.shares.slots[self.slot].fetch_sub(held, Ordering::Relaxed);
        if let Some(site) = self.site {
            self.shares.sites[site].fetch_sub(held, Ordering::Relaxed);
        }
    }
}

/// Adds to a count that may not exceed `most`.
fn grow(count: &AtomicUsize, more: usize, most: usize) -> bool {
    let sum = |held: usize| held.checked_add(more).filter(|sum| *sum <= most);
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, sum).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARE_LIMIT: Limit = Limit { each: 3, all: 5 };

    fn share(shares: &Arc<Shares>, address: &str) -> Share {
        shares.of(address.parse().unwrap())
    }

    #[test]
    fn no_address_holds_more_than_its_share_and_all_no_more_than_there_is() {
        let shares = Shares::new();
        let first = share(&shares, "192.0.2.1");
        assert!(first.take(2, SHARE_LIMIT) && first.take(1, SHARE_LIMIT));
        assert!(!share(&shares, "192.0.2.1").take(1, SHARE_LIMIT));
        // Two addresses may have one slot, so ten are asked.
        let others: Vec<Share> = (2..12).map(|number| share(&shares, &format!("192.0.2.{number}"))).collect();
        assert_eq!(others.iter().filter(|other| other.take(1, SHARE_LIMIT)).count(), 2);
        assert_eq!(shares.held(), 5);
    }

    #[test]
    fn what_is_dropped_is_given_back_and_what_was_refused_never_taken() {
        let shares = Shares::new();
        let first = share(&shares, "192.0.2.1");
        assert!(!first.take(4, SHARE_LIMIT));
        assert!(first.take(3, SHARE_LIMIT));
        drop(first);
        assert_eq!(shares.held(), 0);
        assert!(share(&shares, "192.0.2.1").take(3, SHARE_LIMIT));
    }

    #[test]
    fn one_ipv6_network_has_one_share() {
        let shares = Shares::new();
        let first = share(&shares, "2001:db8::1");
        assert!(first.take(3, SHARE_LIMIT));
        assert!(!share(&shares, "2001:db8::ffff:1").take(1, SHARE_LIMIT));
    }

    #[test]
    fn the_networks_of_one_site_have_two_shares_together() {
        let shares = Shares::new();
        let limit = Limit { each: 3, all: 100 };
        let networks: Vec<Share> = (0..9).map(|number| share(&shares, &format!("2001:db8:1:{number}::1"))).collect();
        assert_eq!(networks.iter().filter(|network| network.take(2, limit)).count(), 3);
        assert!(share(&shares, "2001:db8:2::1").take(2, limit));
        drop(networks);
        assert_eq!(shares.held(), 0);
        assert!(share(&shares, "2001:db8:1:1::1").take(3, limit));
    }
}
