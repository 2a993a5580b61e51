//! A read-through cache: what was read answers the same question again, until anything is committed to the database. So
//! it is as fresh as a read, whichever process has written: what ends is refused at the very next request. PostgreSQL tells of no
//! commit without being asked, which costs as much as the read: nothing is kept there.

use std::fmt;
use std::hash::Hash;
use std::time::Instant;

use quick_cache::sync::Cache;

use super::Db;
use super::data_version::DataVersion;

/// The most answers that a cache keeps.
const MAX_KEPT: usize = 1_024;

/// Answers by what was asked.
pub(super) struct ReadThrough<K, V> {
    db: Db,
    kept: Cache<K, (DataVersion, V)>,
}

/// What there is of an answer.
pub(super) enum Look<'a, K, V> {
    /// What a read would find.
    Kept(V),
    /// Nothing: it has to be read.
    Absent(Absent<'a, K, V>),
}

/// Where an answer belongs that is read from now on.
pub(super) struct Absent<'a, K, V> {
    cache: &'a ReadThrough<K, V>,
    key: K,
    /// Before the read begins: what is committed meanwhile makes the answer an old one.
    version: Option<DataVersion>,
}

impl<K: Eq + Hash, V: Clone> ReadThrough<K, V> {
    /// An empty cache.
    pub(super) fn new(db: Db) -> ReadThrough<K, V> {
        ReadThrough { db, kept: Cache::new(MAX_KEPT) }
    }

    /// What was read for this key, if it is what a read would find now. Where time alone changes an answer, `is_current`
    /// tells whether it has.
    pub(super) fn look(&self, key: K, is_current: impl FnOnce(&V) -> bool) -> Look<'_, K, V> {
        self.look_since(Instant::now(), key, is_current)
    }

    /// The same for one who has asked at this time and waited: what was committed before is in the answer.
    pub(super) fn look_since(&self, since: Instant, key: K, is_current: impl FnOnce(&V) -> bool) -> Look<'_, K, V> {
        let version = self.db.data_version(since);
        if let Some(version) = version
            && let Some((of, answer)) = self.kept.get(&key)
            && of == version
            && is_current(&answer)
        {
            return Look::Kept(answer);
        }
        Look::Absent(Absent { cache: self, key, version })
    }
}

impl<K: Eq + Hash, V: Clone> Absent<'_, K, V> {
    /// Keeps what was read, and gives it back.
    pub(super) fn fill(self, answer: V) -> V {
        if let Some(version) = self.version {
            self.cache.kept.insert(self.key, (version, answer.clone()));
        }
        answer
    }

    /// The same where there may be nothing, which is not kept.
    pub(super) fn fill_found(self, answer: Option<V>) -> Option<V> {
        answer.map(|found| self.fill(found))
    }
}

impl<K, V> fmt::Debug for ReadThrough<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ReadThrough").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

    use sqlx::sqlite::SqliteConnectOptions;
    use sqlx::{ConnectOptions as _, Connection as _};
    use tempfile::TempDir;

    use crate::config::Synchronous;
    use crate::store::open::open_sqlite;
    use crate::store::query;

    use super::*;

    /// One row of a table, read through a cache.
    struct Counter {
        db: Db,
        cache: ReadThrough<i64, i64>,
        reads: AtomicUsize,
        folder: TempDir,
    }

    impl Counter {
        async fn new() -> Arc<Counter> {
            let folder = tempfile::tempdir().unwrap();
            let db = open_sqlite(&folder.path().join("portico.db"), Synchronous::Normal).await.unwrap();
            let counter = Counter { cache: ReadThrough::new(db.clone()), db, reads: AtomicUsize::new(0), folder };
            counter.write("create table counters (id integer primary key, value integer not null)").await;
            counter.write("insert into counters values (1, 0)").await;
            Arc::new(counter)
        }

        async fn write(&self, sql: &'static str) {
            query!(&mut self.db.write_once().await.unwrap(), execute, sql).unwrap();
        }

        async fn value(&self, id: i64, is_current: bool) -> Option<i64> {
            let place = match self.cache.look(id, |_| is_current) {
                Look::Kept(value) => return Some(value),
                Look::Absent(place) => place,
            };
            self.reads.fetch_add(1, Ordering::Relaxed);
            let mut connection = self.db.read().await.unwrap();
            let row: Option<(i64,)> =
                query!(&mut connection, fetch_optional, "select value from counters where id = $1", id).unwrap();
            place.fill_found(row.map(|(value,)| value))
        }

        fn reads(&self) -> usize {
            self.reads.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn what_was_read_is_kept_until_a_commit() {
        let counter = Counter::new().await;
        assert_eq!((counter.value(1, true).await, counter.value(1, true).await), (Some(0), Some(0)));
        assert_eq!(counter.reads(), 1);
        counter.write("update counters set value = 7").await;
        assert_eq!((counter.value(1, true).await, counter.reads()), (Some(7), 2));
    }

    #[tokio::test]
    async fn what_another_process_commits_is_seen_at_once() {
        let counter = Counter::new().await;
        let options = SqliteConnectOptions::new().filename(counter.folder.path().join("portico.db"));
        let mut other = options.connect().await.unwrap();
        for value in 1..50 {
            counter.value(1, true).await;
            sqlx::query("update counters set value = $1").bind(value).execute(&mut other).await.unwrap();
            assert_eq!(counter.value(1, true).await, Some(value));
            sqlx::raw_sql("pragma wal_checkpoint(truncate)").execute(&mut other).await.unwrap();
        }
        other.close().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_answer_is_older_than_a_commit_before_the_question() {
        let counter = Counter::new().await;
        let committed = Arc::new(AtomicI64::new(0));
        let readers: Vec<_> = (0..3)
            .map(|_| {
                let (counter, committed) = (Arc::clone(&counter), Arc::clone(&committed));
                tokio::spawn(async move {
                    loop {
                        let before = committed.load(Ordering::SeqCst);
                        let value = counter.value(1, true).await.unwrap();
                        assert!(value >= before, "{value} after {before} was committed");
                        if before == 500 {
                            break;
                        }
                    }
                })
            })
            .collect();
        for value in 1..=500 {
            counter.write("update counters set value = value + 1").await;
            committed.store(value, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
        for reader in readers {
            reader.await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_time_has_changed_is_read_again_and_what_is_not_there_too() {
        let counter = Counter::new().await;
        counter.value(1, true).await;
        counter.value(1, false).await;
        assert_eq!((counter.value(2, true).await, counter.value(2, true).await), (None, None));
        assert_eq!(counter.reads(), 4);
    }

    #[tokio::test]
    async fn a_look_serves_those_alone_who_came_before_it() {
        let counter = Counter::new().await;
        let before = Instant::now();
        let seen = counter.db.data_version(Instant::now());
        counter.write("update counters set value = 7").await;
        let after = Instant::now();
        assert!(seen.is_some());
        assert_eq!(counter.db.data_version(before), seen);
        assert_ne!(counter.db.data_version(after), seen);
        assert_ne!(counter.db.data_version(before), seen);
    }

    #[tokio::test]
    async fn nothing_is_kept_once_the_file_was_closed() {
        let counter = Counter::new().await;
        counter.value(1, true).await;
        counter.db.close().await;
        assert!(counter.db.data_version(Instant::now()).is_none());
        assert!(matches!(counter.cache.look(1, |_| true), Look::Absent(_)));
    }
}
