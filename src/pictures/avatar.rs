//! The avatar of an account that an address names: the picture, or a placeholder.

use std::net::IpAddr;

use object_store::GetOptions;
use portico_imaging::MediaType;
use portico_imaging::placeholder::Placeholder;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::accounts::confirm::is_awaited;
use crate::app::App;
use crate::error::Error;
use crate::media::File;
use crate::model::picture::Picture;
use crate::model::{Account, AccountId, Keys, Name, Username};
use crate::placeholders::RenderedPlaceholder;
use crate::store;

/// Whose picture is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AvatarSubject {
    /// An account's.
    Id(AccountId),
    /// The account with this username, or that had it a while ago.
    Username(Keys),
    /// The account whose e-mail has this MD5 hash, if it may be found by it.
    Md5([u8; 16]),
    /// The same by SHA-256.
    Sha256([u8; 32]),
}

impl AvatarSubject {
    /// From an account id, `@username`, or 32 or 64 hexadecimal digits, and the kind that its ending asks for. All but
    /// the username may have one: `.jpg`, `.jpeg`, `.webp`, or `.png`, in which no picture is kept and which asks for
    /// nothing. Nothing when it is none of these.
    pub fn parse(text: &str) -> Option<(AvatarSubject, Option<MediaType>)> {
        // A username keeps its dots: taken for extensions, they would show another user's picture.
        if let Some(username) = text.strip_prefix('@') {
            return Username::keys(username).ok().map(|keys| (AvatarSubject::Username(keys), None));
        }
        let (text, kind) = split_ending(text);
        let subject = match text.len() {
            32 => digits(text).map(AvatarSubject::Md5),
            64 => digits(text).map(AvatarSubject::Sha256),
            // Only as ids are written here: an id without hyphens cannot be told from an MD5 hash.
            36 => Uuid::try_parse(text).ok().map(|id| AvatarSubject::Id(AccountId(id))),
            _ => None,
        };
        Some((subject?, kind))
    }

    /// The same bytes for each way to write it.
    fn digest(&self) -> [u8; 32] {
        match self {
            AvatarSubject::Id(id) => Sha256::digest(id.to_string()),
            AvatarSubject::Username(username) => Sha256::digest(format!("@{}", username.key())),
            AvatarSubject::Md5(hash) => Sha256::digest(hash),
            AvatarSubject::Sha256(hash) => Sha256::digest(hash),
        }
        .into()
    }
}

/// A name without its ending, if it is one of those that avatars may have, and the kind of picture that it means.
pub fn split_ending(text: &str) -> (&str, Option<MediaType>) {
    let Some((name, ending)) = text.rsplit_once('.') else { return (text, None) };
    match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => (name, Some(MediaType::Jpeg)),
        "webp" => (name, Some(MediaType::Webp)),
        "png" => (name, None),
        _ => (text, None),
    }
}

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

async fn account(app: &App, who: &AvatarSubject) -> Result<Option<Account>, Error> {
    let mut connection = app.db().read().await?;
    let account = match who {
        AvatarSubject::Id(id) => store::accounts::find(&mut connection, *id).await?,
        AvatarSubject::Username(username) => {
            store::former_usernames::find_account(&mut connection, username, app.now()).await?
        }
        AvatarSubject::Md5(hash) => store::accounts::find_by_email_md5(&mut connection, hash).await?,
        AvatarSubject::Sha256(hash) => store::accounts::find_by_email_sha256(&mut connection, hash).await?,
    };
    // By an address that may be another person's, no account is found.
    let by_address = matches!(who, AvatarSubject::Md5(_) | AvatarSubject::Sha256(_));
    Ok(account.filter(|account| account.is_active() && !(by_address && is_awaited(app, account))))
}

/// The bytes that twice as many hexadecimal digits mean.
fn digits<const COUNT: usize>(text: &str) -> Option<[u8; COUNT]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let mut bytes = [0; COUNT];
    if pairs.len() != COUNT || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
        *byte = u8::try_from(high? * 16 + low?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<AvatarSubject> {
        AvatarSubject::parse(text).map(|(subject, _)| subject)
    }

    #[test]
    fn an_account_is_named_by_id_username_or_hash() {
        let id = "0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f";
        assert_eq!(parsed(id), Some(AvatarSubject::Id(AccountId(id.parse().unwrap()))));
        assert_eq!(parsed("@Ada"), Username::keys("Ada").ok().map(AvatarSubject::Username));
        assert_eq!(parsed(&"0f".repeat(16)), Some(AvatarSubject::Md5([15; 16])));
        assert_eq!(parsed(&"0F".repeat(32)), Some(AvatarSubject::Sha256([15; 32])));
        for text in ["", "@", "ada", "ada@example.org", &"0g".repeat(16), &"0f".repeat(15), &"é".repeat(16)] {
            assert_eq!(AvatarSubject::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_ending_means_a_kind_and_in_a_username_nothing() {
        for (ending, kind) in [
            (".jpg", Some(MediaType::Jpeg)),
            (".JPEG", Some(MediaType::Jpeg)),
            (".webp", Some(MediaType::Webp)),
            (".Webp", Some(MediaType::Webp)),
            (".PNG", None),
            ("", None),
        ] {
            let found = AvatarSubject::parse(&("0f".repeat(16) + ending));
            assert_eq!(found, Some((AvatarSubject::Md5([15; 16]), kind)), "{ending}");
            let name = format!("ada{ending}");
            let named = Username::keys(&name).ok().map(|keys| (AvatarSubject::Username(keys), None));
            assert_eq!(AvatarSubject::parse(&format!("@{name}")), named);
        }
        assert_eq!(AvatarSubject::parse(&("0f".repeat(16) + ".gif")), None);
    }

    #[test]
    fn every_way_to_write_a_name_gives_the_same_pattern() {
        let digest = |text: &str| parsed(text).unwrap().digest();
        assert_eq!(digest("@Ada"), digest("@ADA"));
        assert_eq!(digest(&"AB".repeat(16)), digest(&("ab".repeat(16) + ".png")));
        assert_ne!(digest("@ada"), digest("@bob"));
    }
}
