//! The cache of rendered placeholders: each is drawn once, on a thread of its own, as long as memory holds it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use portico_imaging::placeholder::{LARGEST, Placeholder};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::secrets::hex;
use crate::worker_pool::{Busy, WorkerPool};

/// How much drawn pictures may take of memory, in all.
const CACHE: u64 = 8 * 1024 * 1024;
/// The most renderings that wait: half a second's work on an idle core.
const QUEUE: usize = 64;

/// A rendered placeholder, as a file.
#[derive(Clone, Debug)]
pub struct RenderedPlaceholder {
    /// The PNG.
    pub png: Bytes,
    /// Another for every other content.
    pub tag: String,
}

/// The cache of rendered placeholders and the worker that draws them. Clones share them.
///
/// Clients choose pattern and size, so there is always something that was never drawn. One thread of the
/// lowest weight bounds what that costs, apart from the ones that uploads wait for; the cache lets go of what
/// was asked for once before what is asked for often.
#[derive(Clone, Debug)]
pub struct PlaceholderCache {
    worker: WorkerPool<()>,
    rendered: Arc<Cache<(Placeholder, u16), RenderedPlaceholder, Size>>,
}

/// A rendering weighs what it holds.
#[derive(Clone, Debug)]
struct Size;

impl Weighter<(Placeholder, u16), RenderedPlaceholder> for Size {
    fn weight(&self, _: &(Placeholder, u16), rendered: &RenderedPlaceholder) -> u64 {
        // And about as much again as the smallest rendering for its place in the cache.
        rendered.png.len() as u64 + 256
    }
}

impl PlaceholderCache {
    /// Starts the thread. One client has a quarter of the queue at most, where `shared` says so.
    pub fn start(shared: bool) -> PlaceholderCache {
        let rendered = Arc::new(Cache::with_weighter(2_000, CACHE, Size));
        PlaceholderCache { worker: WorkerPool::start("placeholders", 1, QUEUE, shared, Duration::ZERO), rendered }
    }

    /// The placeholder in this size, for the client with this address. Those who want the same one at once wait for one
    /// rendering.
    ///
    /// # Errors
    /// [`Busy`] at once when too many wait, or too many of this client.
    pub async fn draw(&self, placeholder: Placeholder, side: u16, client: IpAddr) -> Result<RenderedPlaceholder, Busy> {
        let side = side.clamp(1, LARGEST);
        let key = (placeholder, side);
        // The cache is asked and filled here, never on the thread: whatever held its lock there could be
        // stopped for long (see `worker_pool`).
        self.rendered.get_or_insert_async(&key, self.draw_anew(key.0.clone(), side, client)).await
    }

    async fn draw_anew(
        &self,
        placeholder: Placeholder,
        side: u16,
        client: IpAddr,
    ) -> Result<RenderedPlaceholder, Busy> {
        self.worker
            .run(Some(client), move |()| {
                let png = placeholder.draw(side);
                let tag = hex(&Sha256::digest(&png)[..12]);
                RenderedPlaceholder { png: png.into(), tag }
            })
            .await
    }
}
