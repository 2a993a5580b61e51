//! Setting a picture, cropping it again, removing it. The old one stays until the new one is stored whole and
//! its row is committed; a failed upload changes nothing.

use std::net::IpAddr;

use bytes::Bytes;
use futures_util::future::try_join_all;
use futures_util::stream::BoxStream;
use portico_imaging::{Crop, Limits, MediaType, PictureError, Prepared, Rendition, Turn, unsupported};
use sha2::{Digest as _, Sha256};

use crate::accounts::change::{Change, change};
use crate::accounts::register::register;
use crate::accounts::registration::Registration;
use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::limits::{Rule, address_key};
use crate::model::picture::{Picture, PictureProblem};
use crate::model::{Account, AccountId, Actor, Client, Door};
use crate::secrets::hex;

use super::{WORKING_COPY, file, largest};

/// The most pixels a preview is wide.
const PREVIEW: u16 = 512;

/// Sets the picture of an account from the bytes of an upload.
///
/// # Errors
/// As [`prepare`] and [`keep_with`].
pub async fn set(app: &App, by: &Actor, id: AccountId, bytes: Bytes, crop: Crop) -> Result<Account, Error> {
    let prepared = prepare(app, by, id, bytes, crop).await?;
    keep_with(app, by, id, prepared, crop, Change::default()).await
}

/// Sets the picture of an account from the working copy that [`crate::transfer::export`] wrote, which stays as it is.
/// Another file goes through what an upload goes through.
///
/// # Errors
/// As [`set`].
pub async fn restore(app: &App, by: &Actor, id: AccountId, bytes: Bytes, crop: Crop) -> Result<Account, Error> {
    let prepared = app.picture_workers().restore(bytes.clone(), crop, limits(app), by.client()).await?;
    let prepared = usable(prepared, &bytes)?;
    keep_with(app, by, id, prepared, crop, Change::default()).await
}

/// Makes everything that is kept of an upload, and keeps nothing yet: for doors that have other fields to check
/// beside it.
///
/// # Errors
/// [`Error::Picture`] with what is wrong, [`Error::Busy`], [`Error::TooMany`].
pub async fn prepare(app: &App, by: &Actor, id: AccountId, bytes: Bytes, crop: Crop) -> Result<Prepared, Error> {
    count_and_prepare(app, &id.to_string(), by.client(), bytes, crop).await
}

/// The same for a client without an account yet, counted by its address.
///
/// # Errors
/// As [`prepare`].
pub async fn prepare_for_anonymous(app: &App, address: IpAddr, bytes: Bytes, crop: Crop) -> Result<Prepared, Error> {
    count_and_prepare(app, &address_key(address), Some(address), bytes, crop).await
}

async fn count_and_prepare(
    app: &App,
    who: &str,
    client: Option<IpAddr>,
    bytes: Bytes,
    crop: Crop,
) -> Result<Prepared, Error> {
    app.limits().count(Rule::Picture, who).await?;
    let prepared = app.picture_workers().prepare(bytes.clone(), crop, limits(app), client).await?;
    usable(prepared, &bytes)
}

fn limits(app: &App) -> Limits {
    Limits { max_pixels: app.settings().picture_max_pixels }
}

/// What was made of an upload, or what is wrong with it: its type, where that is what no decoder reads.
fn usable(prepared: Result<Prepared, PictureError>, bytes: &[u8]) -> Result<Prepared, Error> {
    prepared.map_err(|error| {
        let unsupported = (error == PictureError::NotAPicture).then(|| unsupported::sniff(bytes)).flatten();
        let problem = unsupported.map_or(PictureProblem::Unusable(error), PictureProblem::UnsupportedType);
        Error::Picture(problem)
    })
}

/// Makes a prepared upload the picture of an account, with what else is to change of it: all of it is one change.
///
/// # Errors
/// As [`change()`].
pub async fn keep_with(
    app: &App,
    by: &Actor,
    id: AccountId,
    prepared: Prepared,
    crop: Crop,
    wanted: Change,
) -> Result<Account, Error> {
    Files::of(prepared).store(app, by, id, crop, wanted).await
}

/// Sign-up with a prepared upload as the picture: one account is opened and announced, with its picture, or none. The
/// files are stored first and removed again where there is no account in the end.
///
/// # Errors
/// As [`register()`]; [`Error::StorageUnavailable`].
pub async fn register_with(
    app: &App,
    new: Registration,
    client: Client,
    door: Door,
    prepared: Prepared,
    crop: Crop,
) -> Result<Authenticated, Error> {
    let picture = Files::of(prepared).put(app, crop).await?;
    let key = picture.key.clone();
    let done = register(app, Registration { picture: Some(picture), ..new }, client, door).await;
    if done.is_err() {
        app.media().discard(&key).await;
    }
    done
}

/// Cuts another square out of the picture an account has. Where the picture is turned, so is the working copy from then
/// on. The same square again changes nothing.
///
/// # Errors
/// As [`set`]; [`Error::NotFound`] when it has no picture, [`PictureProblem::Replaced`] when `account` is outdated: it
/// got another picture meanwhile.
pub async fn crop(app: &App, by: &Actor, account: &Account, crop: Crop) -> Result<Account, Error> {
    if account.picture.as_ref().is_some_and(|picture| picture.crop == crop) {
        return Ok(account.clone());
    }
    app.limits().count(Rule::Picture, &account.id.to_string()).await?;
    let seen = account.picture.as_ref().map(|picture| picture.key.clone());
    let working_copy = working_copy(app, account).await?;
    let workers = app.picture_workers();
    let (working_copy, renditions) = if crop.turn().is_none() {
        let renditions =
            workers.crop_again(working_copy.clone(), crop, by.client()).await?.map_err(PictureProblem::from)?;
        (working_copy, renditions)
    } else {
        let prepared =
            workers.prepare(working_copy, crop, Limits::default(), by.client()).await?.map_err(PictureProblem::from)?;
        (prepared.working_copy.into(), prepared.renditions)
    };
    let wanted = Change { picture_seen: seen, ..Change::default() };
    Files { working_copy, renditions }.store(app, by, account.id, crop, wanted).await
}

/// Another square of the picture an account has, as WebP in a size that suits the editor; nothing is stored.
///
/// # Errors
/// As [`crop`].
pub async fn preview(app: &App, by: &Actor, account: &Account, crop: Crop) -> Result<Vec<u8>, Error> {
    app.limits().count(Rule::Picture, &account.id.to_string()).await?;
    let working_copy = working_copy(app, account).await?;
    let renditions =
        app.picture_workers().crop_again(working_copy, crop, by.client()).await?.map_err(PictureProblem::from)?;
    let fits = renditions.into_iter().filter(|rendition| rendition.step <= PREVIEW);
    fits.max_by_key(|rendition| rendition.step).map(|rendition| rendition.webp).ok_or(Error::NotFound)
}

/// The cleaned picture as it was uploaded, for its owner and admins alone.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn working_copy(app: &App, account: &Account) -> Result<Bytes, Error> {
    let picture = account.picture.as_ref().ok_or(Error::NotFound)?;
    match app.media().read(&picture.key, WORKING_COPY).await {
        Ok(bytes) => Ok(bytes),
        Err(object_store::Error::NotFound { .. }) => Err(Error::NotFound),
        Err(error) => Err(storage_error(error)),
    }
}

/// A working copy, to be sent as it is read.
pub struct OpenedWorkingCopy {
    /// Its type.
    pub kind: MediaType,
    /// How many bytes it has.
    pub size: u64,
    /// The bytes.
    pub bytes: BoxStream<'static, object_store::Result<Bytes>>,
}

/// The same as it lies in the store.
///
/// # Errors
/// As [`working_copy`].
pub async fn open_working_copy(app: &App, account: &Account) -> Result<OpenedWorkingCopy, Error> {
    let picture = account.picture.as_ref().ok_or(Error::NotFound)?;
    let told = |error| match error {
        object_store::Error::NotFound { .. } => Error::NotFound,
        error => storage_error(error),
    };
    let head = app.media().stream(&picture.key, WORKING_COPY, Some(0..2)).await.map_err(told)?;
    let kind = working_copy_type(&head.bytes().await.map_err(told)?);
    let file = app.media().stream(&picture.key, WORKING_COPY, None).await.map_err(told)?;
    Ok(OpenedWorkingCopy { kind, size: file.meta.size, bytes: file.into_stream() })
}

/// The type of a working copy, by its bytes.
pub fn working_copy_type(bytes: &[u8]) -> MediaType {
    if bytes.starts_with(&[0xFF, 0xD8]) { MediaType::Jpeg } else { MediaType::Webp }
}

/// Removes the picture of an account.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`].
pub async fn remove(app: &App, by: &Actor, id: AccountId) -> Result<Account, Error> {
    change(app, by, id, Change { picture: Some(None), ..Change::default() }).await
}

/// The files of a picture that is to be an account's.
struct Files {
    working_copy: Bytes,
    renditions: Vec<Rendition>,
}

impl Files {
    fn of(prepared: Prepared) -> Files {
        Files { working_copy: prepared.working_copy.into(), renditions: prepared.renditions }
    }

    /// Stores them, then changes the account: what is not the account's in the end is removed again.
    async fn store(self, app: &App, by: &Actor, id: AccountId, crop: Crop, wanted: Change) -> Result<Account, Error> {
        let picture = self.put(app, crop).await?;
        let key = picture.key.clone();
        let done = change(app, by, id, Change { picture: Some(Some(picture)), ..wanted }).await;
        if done.is_err() {
            app.media().discard(&key).await;
        }
        done
    }

    /// Stores all of them, or none.
    async fn put(self, app: &App, crop: Crop) -> Result<Picture, Error> {
        let Files { working_copy, renditions } = self;
        let crop = crop.with_turn(Turn::default());
        let picture = Picture { key: key(&working_copy), largest: largest(&renditions), crop };
        let kind = working_copy_type(&working_copy).name();
        let mut files = vec![(WORKING_COPY.to_owned(), kind, working_copy)];
        for rendition in renditions {
            files.push((file(rendition.step, "webp"), "image/webp", rendition.webp.into()));
            files.push((file(rendition.step, "jpg"), "image/jpeg", rendition.jpeg.into()));
        }
        let media = app.media();
        let stored = try_join_all(files.into_iter().map(|(name, kind, bytes)| {
            let key = &picture.key;
            async move { media.put(key, &name, kind, bytes).await }
        }));
        match stored.await {
            Ok(_) => Ok(picture),
            Err(error) => {
                media.discard(&picture.key).await;
                Err(storage_error(error))
            }
        }
    }
}

/// A name from the content and a random part: it cannot be guessed, and no other picture shares its files.
fn key(working_copy: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(uuid::Uuid::new_v4());
    digest.update(working_copy);
    hex(&digest.finalize()[..16])
}

pub(super) fn storage_error(error: object_store::Error) -> Error {
    tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "the media store refused");
    Error::StorageUnavailable
}
