//! Small files kept in memory, each for a moment before the store is asked whether it is still there: what was removed
//! by another process is gone here a moment later.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// What is kept, in all, in bytes.
const MAX_CACHED_BYTES: u64 = 32 * 1024 * 1024;

/// Files by name.
#[derive(Debug)]
pub(super) struct Kept {
    files: Cache<String, Arc<File>, Size>,
    /// How long a file is sent without asking.
    life: Duration,
    since: Instant,
}

/// A file that is kept.
#[derive(Debug)]
struct File {
    bytes: Bytes,
    /// When the store last had it, or is being asked, in milliseconds.
    seen: AtomicU64,
}

/// What there is of a file.
pub(super) enum Found {
    /// The file, to be sent.
    Fresh(Bytes),
    /// The file, to be sent once the store has said that it is still there. Only one asker at a time is told so.
    Stale(Bytes),
    /// Nothing.
    Nothing,
}

/// A file weighs what it holds.
#[derive(Clone, Debug)]
struct Size;

impl Weighter<String, Arc<File>> for Size {
    fn weight(&self, name: &String, file: &Arc<File>) -> u64 {
        (name.len() + file.bytes.len()) as u64
    }
}

impl Kept {
    /// Nothing yet. What is put in is sent for so `long` before the store is to be asked.
    pub(super) fn for_so(long: Duration) -> Kept {
        Kept { files: Cache::with_weighter(1_000, MAX_CACHED_BYTES, Size), life: long, since: Instant::now() }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A file, if it may be sent without asking.
    pub(super) fn fresh(&self, name: &str) -> Option<Bytes> {
        let file = self.files.get(name)?;
        self.is_fresh(self.now(), file.seen.load(Ordering::Relaxed)).then(|| file.bytes.clone())
    }

    fn is_fresh(&self, now: u64, seen: u64) -> bool {
        u128::from(now.saturating_sub(seen)) < self.life.as_millis()
    }

    pub(super) fn find(&self, name: &str) -> Found {
        let Some(file) = self.files.get(name) else { return Found::Nothing };
        let (now, seen) = (self.now(), file.seen.load(Ordering::Relaxed));
        if self.is_fresh(now, seen) {
            return Found::Fresh(file.bytes.clone());
        }
        // The caller that looks says so at once: the others need not wait for the answer too.
        match file.seen.compare_exchange(seen, now, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => Found::Stale(file.bytes.clone()),
            Err(_) => Found::Fresh(file.bytes.clone()),
        }
    }

    pub(super) fn put(&self, name: String, bytes: Bytes) {
        self.files.insert(name, Arc::new(File { bytes, seen: AtomicU64::new(self.now()) }));
    }

    pub(super) fn forget(&self, name: &str) {
        self.files.remove(name);
    }

    /// Forgets every file of a picture.
    pub(super) fn forget_all(&self, key: &str) {
        self.files.retain(|name, _| name.split_once('/').is_none_or(|(picture, _)| picture != key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(life: Duration) -> Kept {
        let kept = Kept::for_so(life);
        kept.put("a/64.webp".to_owned(), Bytes::from_static(b"a"));
        kept.put("b/64.webp".to_owned(), Bytes::from_static(b"b"));
        kept
    }

    #[test]
    fn one_asker_is_told_to_look_and_the_others_are_served() {
        let kept = kept(Duration::ZERO);
        assert!(matches!(kept.find("a/64.webp"), Found::Stale(_)));
        let kept = Kept { life: Duration::from_secs(3600), ..kept };
        assert!(matches!(kept.find("a/64.webp"), Found::Fresh(_)));
    }

    #[test]
    fn a_picture_is_forgotten_with_all_its_files_and_no_others() {
        let kept = kept(Duration::from_secs(3600));
        kept.forget_all("a");
        assert!(matches!(kept.find("a/64.webp"), Found::Nothing));
        assert!(matches!(kept.find("b/64.webp"), Found::Fresh(_)));
    }
}
