//! Leaked passwords beyond the list that is part of the program: in a filter that the operator has built, and at a
//! service that answers for ranges of hashes. What cannot be asked says nothing: a password is then taken.

mod range;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use url::Url;

use crate::model::password::Password;
use crate::password_filter::{Filter, OpenError};

use range::RangeApi;

/// What passwords are looked up in. Clones share it.
#[derive(Clone, Debug)]
pub struct Breached {
    file: Option<Arc<Filter<File>>>,
    api: Option<RangeApi>,
}

/// Why it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BreachedError {
    /// The filter cannot.
    #[error("{}: {reason}", path.display())]
    File {
        /// Where it is.
        path: PathBuf,
        /// Why.
        reason: OpenError,
    },
    /// The system's certificates cannot be read.
    #[error("no connections can be made: {0}")]
    Api(#[from] reqwest::Error),
}

/// Opens a filter in a file.
///
/// # Errors
/// [`BreachedError::File`].
pub fn open_filter(path: &Path) -> Result<Filter<File>, BreachedError> {
    let failed = |reason| BreachedError::File { path: path.to_owned(), reason };
    Filter::open(File::open(path).map_err(|error| failed(error.into()))?).map_err(failed)
}

impl Breached {
    /// Opens what is set.
    ///
    /// # Errors
    /// See [`BreachedError`].
    pub fn open(file: Option<&Path>, api: Option<&Url>) -> Result<Breached, BreachedError> {
        let file = file.map(open_filter).transpose()?.map(Arc::new);
        Ok(Breached { file, api: api.map(RangeApi::new).transpose()? })
    }

    /// Whether a service is asked.
    pub fn asks_service(&self) -> bool {
        self.api.is_some()
    }

    /// Whether a password has leaked, as far as anything tells: the built-in list, the filter, then the service, which is
    /// asked only where nothing nearer knows it, and only if `ask_service` says so.
    pub async fn has(&self, password: &Password, ask_service: bool) -> bool {
        password.is_common() || self.is_filtered(password).await || ask_service && self.is_answered(password).await
    }

    async fn is_filtered(&self, password: &Password) -> bool {
        let Some(filter) = self.file.clone() else { return false };
        let password = password.clone();
        let look = move || password.spellings().map(|text| filter.has(text)).find(|found| !matches!(found, Ok(false)));
        match tokio::task::spawn_blocking(look).await {
            Ok(None) => false,
            Ok(Some(Ok(found))) => found,
            Ok(Some(Err(error))) => {
                tracing::error!(%error, "the filter of leaked passwords cannot be read");
                false
            }
            Err(_) => false,
        }
    }

    async fn is_answered(&self, password: &Password) -> bool {
        let Some(api) = &self.api else { return false };
        match api.has(password).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "the service that knows leaked passwords does not answer");
                false
            }
        }
    }
}
