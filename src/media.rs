//! Where picture files are kept, through object_store. It knows keys and file names, not whose they are.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetResult, ObjectStore, ObjectStoreExt as _};

use crate::config::MediaUrl;

/// The files of pictures: `pictures/{key}/{file}`.
#[derive(Clone, Debug)]
pub struct Media {
    store: Arc<dyn ObjectStore>,
    shown: String,
}

/// Why pictures cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made or used.
    #[error("the media folder {path} cannot be used: {reason}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Media {
    /// Opens the store, making a folder that is not there, and checks that it takes files.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(url: &MediaUrl) -> Result<Media, OpenError> {
        let MediaUrl::Folder(path) = url;
        let bad = |reason: String| OpenError::Folder { path: path.clone(), reason };
        std::fs::create_dir_all(path).map_err(|error| bad(error.to_string()))?;
        let store = LocalFileSystem::new_with_prefix(path).map_err(|error| bad(error.to_string()))?;
        let media =
            Media { store: Arc::new(store.with_automatic_cleanup(true)), shown: format!("folder {}", path.display()) };
        media.ping().await.map_err(|error| bad(error.to_string()))?;
        Ok(media)
    }

    /// What the log and the pages call it.
    pub fn name(&self) -> &str {
        &self.shown
    }

    /// Whether the store takes files.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> object_store::Result<()> {
        let path = Path::from("ping");
        self.store.put(&path, Bytes::from_static(b"pong").into()).await.map(|_| ())
    }

    /// Stores a file whole, or not at all.
    ///
    /// # Errors
    /// The store's.
    pub async fn put(&self, key: &str, file: &str, bytes: Bytes) -> object_store::Result<()> {
        self.store.put(&file_path(key, file), bytes.into()).await.map(|_| ())
    }

    /// A file, or the part of it that `options` asks for.
    ///
    /// # Errors
    /// The store's; `NotFound` when there is no such file.
    pub async fn get(&self, key: &str, file: &str, options: GetOptions) -> object_store::Result<GetResult> {
        self.store.get_opts(&file_path(key, file), options).await
    }

    /// The whole of a small file.
    ///
    /// # Errors
    /// The store's.
    pub async fn read(&self, key: &str, file: &str) -> object_store::Result<Bytes> {
        self.get(key, file, GetOptions::default()).await?.bytes().await
    }

    /// Removes the files of a picture. What cannot be removed now stays for the sweep, with a log line.
    pub async fn remove(&self, key: &str) {
        let prefix = Path::from("pictures").join(key);
        let paths = self.store.list(Some(&prefix)).map_ok(|object| object.location).boxed();
        let removed: Result<Vec<Path>, _> = self.store.delete_stream(paths).try_collect().await;
        if let Err(error) = removed {
            tracing::warn!(%error, "a picture's files could not be removed and stay for the sweep");
        }
    }

    /// The keys of pictures stored longer than `age` ago.
    ///
    /// # Errors
    /// The store's.
    pub async fn keys_older_than(&self, age: Duration) -> object_store::Result<Vec<String>> {
        let limit = SystemTime::now() - age;
        let mut keys: Vec<String> = self
            .store
            .list(Some(&Path::from("pictures")))
            .try_filter_map(|object| async move {
                let old = SystemTime::from(object.last_modified) < limit;
                Ok(object.location.parts().nth(1).filter(|_| old).map(|part| part.as_ref().to_owned()))
            })
            .try_collect()
            .await?;
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }
}

fn file_path(key: &str, file: &str) -> Path {
    Path::from("pictures").join(key).join(file)
}
