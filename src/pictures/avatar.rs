//! The avatar of an account that an address names: the picture, or a placeholder.

use std::net::IpAddr;
use std::sync::Arc;

use object_store::GetOptions;
use portico_imaging::MediaType;
use portico_imaging::placeholder::Placeholder;

use crate::accounts::confirm::is_awaited;
use crate::app::App;
use crate::error::Error;
use crate::media::File;
use crate::model::avatar::AvatarSubject;
use crate::model::picture::Picture;
use crate::model::{Account, Name};
use crate::placeholders::RenderedPlaceholder;
use crate::store;

/// The fallback: what to show where there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing: the answer is that there is none.
    Nothing,
    /// A silhouette, the same for all.
    Silhouette,
    /// A pattern made from how the person was named.
    Identicon,
    /// Initials, where the person is known and has any.
    Initials,
    /// A transparent square.
    Blank,
}

/// The query of an avatar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvatarQuery {
    /// Pixels of a side.
    pub size: u16,
    /// What to show where there is no picture; by how the person is named when it is left open.
    pub fallback: Option<Fallback>,
    /// Show that even where there is one.
    pub forced: bool,
}

/// What there is to show.
#[derive(Clone, Debug)]
pub enum Avatar {
    /// The person's picture at a stored step.
    Picture {
        /// The picture.
        picture: Picture,
        /// The step to show: see [`open`].
        step: u16,
    },
    /// A placeholder.
    Placeholder(RenderedPlaceholder),
    /// Nothing, as was asked for.
    Nothing,
}

/// Finds what to show. An unknown or disabled account, one that may not be found by a hash, and one without a
/// picture who keeps their profile to themselves and is asked for by username, are answered alike, after the same look
/// into the database.
///
/// # Errors
/// [`Error::Busy`], and when the database does not answer.
pub async fn find(app: &App, who: &AvatarSubject, query: AvatarQuery, client: IpAddr) -> Result<Avatar, Error> {
    let account = account(app, who).await?;
    let picture = account.as_ref().and_then(|account| account.picture.clone());
    if let Some(picture) = picture.filter(|_| !query.forced) {
        return Ok(Avatar::Picture { step: picture.step(query.size), picture });
    }
    let unasked = match who {
        AvatarSubject::Id(_) | AvatarSubject::Username(_) => Fallback::Initials,
        AvatarSubject::Md5(_) | AvatarSubject::Sha256(_) => Fallback::Silhouette,
    };
    // A username is guessed: initials would tell who has it, and what they are called.
    let named = account.filter(|account| account.profile.public || !matches!(who, AvatarSubject::Username(_)));
    let placeholder = match (query.fallback.unwrap_or(unasked), named) {
        (Fallback::Nothing, _) => return Ok(Avatar::Nothing),
        (Fallback::Initials, Some(account)) => {
            Placeholder::initials(Name::initials(account.shown_name()), account.id.hue())
        }
        (Fallback::Initials, None) | (Fallback::Silhouette, _) => Placeholder::Silhouette { hue: None },
        (Fallback::Identicon, _) => Placeholder::Identicon { digest: who.digest() },
        (Fallback::Blank, _) => Placeholder::Blank,
    };
    Ok(Avatar::Placeholder(app.placeholders().draw(placeholder, query.size, client).await?))
}

/// Whose picture had this name in a replaced service.
///
/// # Errors
/// When the database does not answer.
pub async fn by_old_file(app: &App, file: &str) -> Result<Option<AvatarSubject>, Error> {
    // No file had such a name, and no database takes the question.
    if file.contains('\0') {
        return Ok(None);
    }
    let mut connection = app.db().read().await?;
    Ok(store::transfer::old_picture(&mut connection, file).await?.map(AvatarSubject::Id))
}

/// The file of a picture at a step. Nothing when it is gone: another picture has taken its place meanwhile, or
/// the store has lost it.
///
/// # Errors
/// When the media store does not answer.
pub async fn open(app: &App, picture: &Picture, step: u16, kind: MediaType) -> Result<Option<File>, Error> {
    match app.media().get(&picture.key, &super::file(step, kind.extension()), GetOptions::default()).await {
        Ok(file) => Ok(Some(file)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(super::set::storage_error(error)),
    }
}

async fn account(app: &App, who: &AvatarSubject) -> Result<Option<Arc<Account>>, Error> {
    let account = app.avatars().account(who, app.now()).await?;
    // By an address that may be another person's, no account is found.
    let by_address = matches!(who, AvatarSubject::Md5(_) | AvatarSubject::Sha256(_));
    Ok(account.filter(|account| account.is_active() && !(by_address && is_awaited(app, account))))
}
