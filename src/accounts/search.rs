//! Searching all accounts, for admins: by words of name, username and e-mail, by id, by filters, page by page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::model::searching::{self, Needles};
use crate::model::{Account, AccountId, Actor, Status};
use crate::store;

use super::{Error, permit_admin};

/// What is asked for. The default is everybody, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words that must all be found in name, username or e-mail, or an id or its beginning. Empty for everybody.
    pub text: String,
    /// Only active or only disabled accounts.
    pub status: Option<Status>,
    /// Only admins, or only others.
    pub admins: Option<bool>,
    /// Only those who have an e-mail that is not confirmed.
    pub unconfirmed: bool,
    /// In which order.
    pub sort: Sort,
    /// Which part.
    pub page: Page,
    /// How many rows a page has: [`PAGE`] when 0, [`MOST`] at most.
    pub limit: usize,
}

/// The rows of a page.
pub const PAGE: usize = 25;

/// The most rows that are given at once.
pub const MOST: usize = 500;

/// Orders that stay fast however many accounts there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// By the name that is shown, A to Z.
    Name,
    /// By the name that is shown, Z to A.
    NameBackwards,
}

impl Sort {
    /// As it stands in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Sort::Newest => "newest",
            Sort::Oldest => "oldest",
            Sort::Name => "name",
            Sort::NameBackwards => "-name",
        }
    }

    /// From an address; anything unknown is the default.
    pub fn parse(text: &str) -> Sort {
        [Sort::Oldest, Sort::Name, Sort::NameBackwards]
            .into_iter()
            .find(|sort| sort.as_str() == text)
            .unwrap_or_default()
    }

    fn is_by_name(self) -> bool {
        matches!(self, Sort::Name | Sort::NameBackwards)
    }
}

/// Which part of what is found.
#[derive(Clone, Debug, Default)]
pub enum Page {
    /// The first rows.
    #[default]
    First,
    /// Those behind a place.
    After(Cursor),
    /// Those before a place.
    Before(Cursor),
}

/// A place between two rows: it stays where it is when rows come and go. Opaque text in addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    place: Place,
    id: AccountId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Joined(i64),
    Name(String),
}

impl Cursor {
    /// From an address. Nothing when it was not made by [`Cursor::text`].
    pub fn parse(text: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, rest) = bytes.split_at_checked(16)?;
        let id = AccountId(Uuid::from_slice(id).ok()?);
        let place = match rest.split_first()? {
            (b'j', rest) => Place::Joined(i64::from_be_bytes(rest.try_into().ok()?)),
            (b'n', rest) => Place::Name(String::from_utf8(rest.to_vec()).ok().filter(|name| !name.contains('\0'))?),
            _ => return None,
        };
        Some(Cursor { place, id })
    }

    /// For an address: letters, digits, `-` and `_`.
    pub fn text(&self) -> String {
        let mut bytes = self.id.0.as_bytes().to_vec();
        match &self.place {
            Place::Joined(joined) => {
                bytes.push(b'j');
                bytes.extend(joined.to_be_bytes());
            }
            Place::Name(name) => {
                bytes.push(b'n');
                bytes.extend(name.as_bytes());
            }
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// A page of what was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The accounts. On the first page, one whose username, e-mail or id is just what was searched for stands on top.
    pub rows: Vec<Row>,
    /// How many there are, whatever status was asked for.
    pub all: Count,
    /// How many of them are active.
    pub active: Count,
    /// How many of them are disabled.
    pub disabled: Count,
    /// The page behind this one.
    pub next: Option<Cursor>,
    /// The page before this one.
    pub previous: Option<Cursor>,
}

/// An account in a list.
#[derive(Clone, Debug)]
pub struct Row {
    /// The account.
    pub account: Account,
    /// When a browser or a program of theirs was last seen, if one is logged in.
    pub last_seen: Option<OffsetDateTime>,
}

/// How many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// This many.
    pub number: u64,
    /// Just as many; otherwise there are at least as many, and counting them all would cost too much.
    pub exact: bool,
}

/// Finds accounts.
///
/// # Errors
/// [`Error::Forbidden`] to all but admins and the operator.
pub async fn search(app: &App, by: &Actor, query: &Query) -> Result<Found, Error> {
    let mut tx = app.db().read().await?;
    permit_admin(&mut tx, by).await?;
    let mut all = Vec::new();
    let mut last = None;
    loop {
        let some = store::accounts::list(&mut tx, last, 1_000).await?;
        let Some(account) = some.last() else { break };
        last = Some(account.id);
        all.extend(some);
    }
    let needles = Needles::parse(&query.text);
    all.retain(|account| needles.match_key(&searching::key(account)) || account.id.to_string() == query.text);
    all.retain(|account| query.admins.is_none_or(|admins| account.is_admin == admins));
    all.retain(|account| !query.unconfirmed || (account.email.is_some() && account.email_verified_at.is_none()));
    let count =
        |status| Count { number: all.iter().filter(|account| account.status == status).count() as u64, exact: true };
    let (active, disabled) = (count(Status::Active), count(Status::Disabled));
    all.retain(|account| query.status.is_none_or(|status| account.status == status));
    let place = |account: &Account| {
        if query.sort.is_by_name() {
            (searching::sort_key(account), 0, account.id)
        } else {
            (String::new(), account.created_at.unix_timestamp(), account.id)
        }
    };
    all.sort_by_key(place);
    if matches!(query.sort, Sort::Newest | Sort::NameBackwards) {
        all.reverse();
    }
    let limit = if query.limit == 0 { PAGE } else { query.limit.min(MOST) };
    let at = |cursor: &Cursor| all.iter().position(|account| account.id == cursor.id);
    let start = match &query.page {
        Page::First => 0,
        Page::After(cursor) => at(cursor).map_or(0, |at| at + 1),
        Page::Before(cursor) => at(cursor).map_or(0, |at| at.saturating_sub(limit)),
    };
    let end = (start + limit).min(all.len());
    let cursor = |account: &Account| {
        let (name, joined, id) = place(account);
        let place = if query.sort.is_by_name() { Place::Name(name) } else { Place::Joined(joined) };
        Cursor { place, id }
    };
    Ok(Found {
        next: (end < all.len()).then(|| cursor(&all[end - 1])),
        previous: (start > 0 && start < all.len()).then(|| cursor(&all[start])),
        all: Count { number: active.number + disabled.number, exact: true },
        active,
        disabled,
        rows: all.drain(start..end).map(|account| Row { account, last_seen: None }).collect(),
    })
}
