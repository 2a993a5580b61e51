//! Shares of what runs out: how much of it each client address holds, and all hold together. Tables have a fixed size, so
//! that clients cannot fill memory with addresses (a count-min sketch of two rows: Cormode and Muthukrishnan, 2005).

use std::hash::{BuildHasher as _, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts in one row of a table.
const SLOTS: usize = 2048;

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
    networks: Table,
    sites: Table,
    /// Which address has which slots cannot be chosen from outside.
    seed: RandomState,
}

impl Shares {
    /// Nothing is held yet.
    pub fn new() -> Arc<Shares> {
        Arc::new(Shares {
            all: AtomicUsize::new(0),
            networks: Table::new(),
            sites: Table::new(),
            seed: RandomState::new(),
        })
    }

    /// What one connection or request of `address` holds: nothing at first, and nothing again once this is dropped.
    pub fn of(self: &Arc<Shares>, address: IpAddr) -> Share {
        Share {
            shares: Arc::clone(self),
            network: Slots::of(self.seed.hash_one(client_network(address))),
            site: client_site(address).map(|site| Slots::of(self.seed.hash_one(site))),
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
    network: Slots,
    site: Option<Slots>,
    held: AtomicUsize,
}

impl Share {
    /// Takes more, unless too much would be held then. Whether it did.
    pub fn take(&self, more: usize, most: Limit) -> bool {
        let Shares { all, networks, sites, .. } = &*self.shares;
        if !grow(all, more, most.all) {
            return false;
        }
        if !networks.grow(self.network, more, most.each) {
            all.fetch_sub(more, Ordering::Relaxed);
            return false;
        }
        if let Some(site) = self.site
            && !sites.grow(site, more, most.each.saturating_mul(OF_SITE))
        {
            all.fetch_sub(more, Ordering::Relaxed);
            networks.shrink(self.network, more);
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
        self.shares.networks.shrink(self.network, held);
        if let Some(site) = self.site {
            self.shares.sites.shrink(site, held);
        }
    }
}

/// What clients hold, each counted in a slot of either row. Clients share slots by chance; the emptier one of a client's two
/// decides, so that another client's share is its only where they meet in both, which one pair in four million does.
struct Table([Box<[AtomicUsize]>; 2]);

/// A client's slot in either row.
#[derive(Clone, Copy)]
struct Slots([usize; 2]);

impl Slots {
    fn of(hash: u64) -> Slots {
        let hash = hash as usize;
        Slots([hash % SLOTS, hash / SLOTS % SLOTS])
    }
}

impl Table {
    fn new() -> Table {
        Table([(); 2].map(|()| (0..SLOTS).map(|_| AtomicUsize::new(0)).collect()))
    }

    /// Counts more, unless both slots would be above `most`. Whether it did.
    fn grow(&self, Slots([first, second]): Slots, more: usize, most: usize) -> bool {
        let (first, second) = (&self.0[0][first], &self.0[1][second]);
        // What is counted in one is at once counted in the other, which others may have filled.
        let other = if grow(first, more, most) {
            second
        } else if grow(second, more, most) {
            first
        } else {
            return false;
        };
        other.fetch_add(more, Ordering::Relaxed);
        true
    }

    fn shrink(&self, Slots(slots): Slots, less: usize) {
        for (row, slot) in self.0.iter().zip(slots) {
            row[slot].fetch_sub(less, Ordering::Relaxed);
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
    fn a_client_that_meets_a_full_one_in_one_row_has_its_own_share() {
        let table = Table::new();
        assert!(table.grow(Slots([7, 11]), 3, 3));
        for met in [Slots([7, 12]), Slots([8, 11])] {
            assert!(table.grow(met, 3, 3));
            assert!(!table.grow(met, 1, 3));
            table.shrink(met, 3);
        }
        assert!(!table.grow(Slots([7, 11]), 1, 3));
        table.shrink(Slots([7, 11]), 3);
        assert!(table.0.iter().flatten().all(|slot| slot.load(Ordering::Relaxed) == 0));
    }

    #[test]
    fn a_hash_gives_two_slots_that_do_not_depend_on_each_other() {
        let hashes = [0, 1, 0x800, 0xffc0_07ff];
        assert_eq!(hashes.map(|hash| Slots::of(hash).0), [[0, 0], [1, 0], [0, 1], [0x7ff, 0]]);
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
