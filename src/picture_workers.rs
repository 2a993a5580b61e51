//! The picture workers: a worker pool for pictures. The pipeline runs there, behind a bounded queue, and stops when no
//! caller waits for it any more.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use portico_imaging::{Crop, Limits, PictureError, Prepared, Rendition, crop_again, prepare, restore};

use crate::worker_pool::{Busy, WorkerPool};

/// The worker pool for pictures. Clones share it.
#[derive(Clone, Debug)]
pub struct PictureWorkers(WorkerPool<()>);

/// Cancels the work when its caller is dropped: the client went away.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl PictureWorkers {
    /// Starts the threads; at most `queue` pictures wait, of one client a quarter of that where `shared` says so.
    pub fn start(threads: usize, queue: usize, shared: bool) -> PictureWorkers {
        PictureWorkers(WorkerPool::start("pictures", threads, queue, shared, Duration::ZERO))
    }

    /// [`prepare`], on a picture thread, for the client with this address.
    ///
    /// # Errors
    /// [`Busy`] at once when the queue is full; inside, what is wrong with the picture.
    pub async fn prepare(
        &self,
        bytes: Bytes,
        crop: Crop,
        limits: Limits,
        client: Option<IpAddr>,
    ) -> Result<Result<Prepared, PictureError>, Busy> {
        self.run(client, move |cancelled| prepare(&bytes, crop, &limits, cancelled)).await
    }

    /// [`restore`], on a picture thread.
    ///
    /// # Errors
    /// As [`PictureWorkers::prepare`].
    pub async fn restore(
        &self,
        bytes: Bytes,
        crop: Crop,
        limits: Limits,
        client: Option<IpAddr>,
    ) -> Result<Result<Prepared, PictureError>, Busy> {
        self.run(client, move |cancelled| restore(&bytes, crop, &limits, cancelled)).await
    }

    /// [`crop_again`], on a picture thread.
    ///
    /// # Errors
    /// As [`PictureWorkers::prepare`].
    pub async fn crop_again(
        &self,
        working_copy: Bytes,
        crop: Crop,
        client: Option<IpAddr>,
    ) -> Result<Result<Vec<Rendition>, PictureError>, Busy> {
        self.run(client, move |cancelled| crop_again(&working_copy, crop, cancelled)).await
    }

    /// How many pictures wait.
    pub fn waiting(&self) -> usize {
        self.0.waiting()
    }

    async fn run<A: Send + 'static>(
        &self,
        client: Option<IpAddr>,
        work: impl FnOnce(&AtomicBool) -> Result<A, PictureError> + Send + 'static,
    ) -> Result<Result<A, PictureError>, Busy> {
        let guard = StopOnDrop(Arc::default());
        let cancelled = Arc::clone(&guard.0);
        self.0
            .run(client, move |()| {
                // A decoder that panics has met a file it cannot make sense of: the file's fault, not the program's.
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&cancelled)))
                    .unwrap_or(Err(PictureError::Damaged))
            })
            .await
    }
}
