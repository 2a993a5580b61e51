//! Ports for programs that cannot be asked which one they were given.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// A port of the loopback that nothing listens at, and that no other story of this run is told: below the range that
/// the kernel hands out itself, so that no connection of another story takes it in between. Even ones, as the servers of
/// `tests/services.sh` have odd ones.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 5000).unwrap();
    loop {
        let port = 20_002 + 2 * ((first + NEXT.fetch_add(1, Ordering::Relaxed)) % 6000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
