//! Searching all accounts, for admins: by words of name, username and e-mail, by id, by filters, page by page.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::model::search_key::{self, SearchTerms};
use crate::model::{Account, AccountId, Actor, Email, Status, Username};
use crate::store::account_index::{Counts, Filter, Key, RowKey, Seek};
use crate::store::{self, Connection};

use crate::error::Error;
use crate::permission::permit_admin;

/// What is asked for. The default is all accounts, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Words that must all be found in name, username or e-mail, or an id or its beginning. Empty for all accounts.
    pub text: String,
    /// Only active or only disabled accounts.
    pub status: Option<Status>,
    /// Only admins, or only others.
    pub admins: Option<bool>,
    /// Only those who have an e-mail that is not confirmed.
    pub unconfirmed: bool,
    /// Only those that mail comes back from.
    pub bounces: bool,
    /// Only those with a second factor, or only those without.
    pub two_factor: Option<bool>,
    /// In which order.
    pub sort: Sort,
    /// Which part.
    pub page: Page,
    /// How many rows a page has: [`PAGE`] when 0, [`MAX_ROWS`] at most.
    pub limit: usize,
}

/// The rows of a page.
pub const PAGE: usize = 25;

/// The most rows that are given at once.
pub const MAX_ROWS: usize = 500;

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

    fn is_descending(self) -> bool {
        matches!(self, Sort::Newest | Sort::NameBackwards)
    }

    fn cursor(self, place: &RowKey) -> Cursor {
        let key = match self {
            Sort::Newest | Sort::Oldest => Key::Joined(place.joined),
            Sort::Name | Sort::NameBackwards => Key::Name(place.sort_name.clone()),
        };
        Cursor { key, id: place.account_id }
    }

    fn start(self) -> Seek {
        let key = match self {
            Sort::Newest | Sort::Oldest => Key::Joined(0),
            Sort::Name | Sort::NameBackwards => Key::Name(String::new()),
        };
        Seek::start(&key, self.is_descending())
    }

    /// Where a page begins, and whether it is read backwards from there. A cursor of another order is none.
    fn begin(self, page: &Page) -> (Seek, bool) {
        let (cursor, backwards) = match page {
            Page::First => return (self.start(), false),
            Page::After(cursor) => (cursor, false),
            Page::Before(cursor) => (cursor, true),
        };
        if std::mem::discriminant(&cursor.key) != std::mem::discriminant(&self.start().key) {
            return (self.start(), false);
        }
        let descending = self.is_descending() != backwards;
        (Seek { key: cursor.key.clone(), id: cursor.id, descending }, backwards)
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
    key: Key,
    id: AccountId,
}

impl Cursor {
    /// From an address. Nothing when it was not made by [`Cursor::text`].
    pub fn parse(text: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (id, rest) = bytes.split_at_checked(16)?;
        let id = AccountId(Uuid::from_slice(id).ok()?);
        let key = match rest.split_first()? {
            (b'j', rest) => Key::Joined(i64::from_be_bytes(rest.try_into().ok()?)),
            (b'n', rest) => Key::Name(String::from_utf8(rest.to_vec()).ok().filter(|name| !name.contains('\0'))?),
            _ => return None,
        };
        Some(Cursor { key, id })
    }

    /// For an address: letters, digits, `-` and `_`.
    pub fn text(&self) -> String {
        let mut bytes = self.id.0.as_bytes().to_vec();
        match &self.key {
            Key::Joined(joined) => {
                bytes.push(b'j');
                bytes.extend(joined.to_be_bytes());
            }
            Key::Name(name) => {
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

impl Count {
    /// At least this many, in a round number.
    fn floor(number: u64) -> Count {
        let unit = 10_u64.pow(number.checked_ilog10().unwrap_or_default().saturating_sub(1));
        Count { number: number / unit * unit, exact: false }
    }
}

/// Finds accounts.
///
/// # Errors
/// [`Error::Forbidden`] to all but admins and the operator.
pub async fn search(app: &App, by: &Actor, query: &Query) -> Result<Found, Error> {
    // Rows and counts of one snapshot: a page never shows more than it counts.
    let mut connection = app.db().snapshot().await?;
    permit_admin(&mut connection, by).await?;
    let filter = Filter {
        terms: SearchTerms::parse(&query.text),
        status: query.status,
        admins: query.admins,
        unconfirmed: query.unconfirmed,
        bounces: query.bounces,
        two_factor: query.two_factor,
    };
    let mut exact = exact(&mut connection, query.text.trim()).await?;
    exact.retain(|row| lets(&filter, &row.account));
    if filter.bounces {
        let mut kept = Vec::new();
        for row in exact {
            let since = store::mail_failures::since(&mut connection, row.account.id).await?;
            kept.extend(since.map(|_| row));
        }
        exact = kept;
    }
    let limit = if query.limit == 0 { PAGE } else { query.limit.min(MAX_ROWS) };

    let mut page = read(&mut connection, query.sort, &query.page, &filter, &exact, limit).await?;
    if page.backwards && !page.more {
        // So near to the beginning, what is before the place is the first page.
        page = read(&mut connection, query.sort, &Page::First, &filter, &exact, limit).await?;
    }
    let is_first = !page.backwards && matches!(query.page, Page::First | Page::Before(_));
    let cursor = |place: Option<&RowKey>| place.map(|place| query.sort.cursor(place));
    let (first, last) = (cursor(page.places.first()), cursor(page.places.last()));
    let (all, active, disabled) = totals(&mut connection, &filter, page.counts, &exact).await?;
    let ids: Vec<AccountId> = page.places.iter().map(|place| place.account_id).collect();
    let mut rows = rows(&mut connection, &ids).await?;
    if is_first {
        rows.splice(0..0, exact);
    }
    Ok(Found {
        rows,
        all,
        active,
        disabled,
        next: last.filter(|_| page.more || page.backwards),
        previous: first.filter(|_| !is_first),
    })
}

/// Those whom the text names outright: by username, e-mail, id, or the first eight digits of the id or more.
async fn exact(connection: &mut Connection, text: &str) -> Result<Vec<Row>, Error> {
    let mut ids = Vec::new();
    if let Ok(username) = Username::keys(text.strip_prefix('@').unwrap_or(text)) {
        ids.extend(store::accounts::find_by_username(connection, &username).await?.map(|(account, _)| account.id));
    }
    if let Ok(email) = Email::keys(text) {
        ids.extend(store::accounts::find_by_email(connection, &email).await?.map(|(account, _)| account.id));
    }
    if let Some((first, last)) = id_range(text) {
        ids.extend(store::account_index::between(connection, first, last).await?);
    }
    let mut seen = HashSet::new();
    ids.retain(|id| seen.insert(*id));
    rows(connection, &ids).await
}

/// The ids that begin so.
fn id_range(text: &str) -> Option<(Uuid, Uuid)> {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    if !(8..=32).contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let filled = |with: &str| Uuid::parse_str(&(digits.clone() + &with.repeat(32 - digits.len()))).ok();
    Some((filled("0")?, filled("f")?))
}

/// Whether the filters by what the account holds let it through.
fn lets(filter: &Filter, account: &Account) -> bool {
    filter.status.is_none_or(|status| account.status == status)
        && filter.admins.is_none_or(|admins| account.is_admin == admins)
        && filter.two_factor.is_none_or(|two_factor| account.two_factor == two_factor)
        && (!filter.unconfirmed || (account.email.is_some() && account.email_verified_at.is_none()))
}

/// Places in their order, and whether there are more in the direction they were read in.
struct Part {
    places: Vec<RowKey>,
    counts: Option<Counts>,
    more: bool,
    backwards: bool,
}

async fn read(
    connection: &mut Connection,
    sort: Sort,
    page: &Page,
    filter: &Filter,
    exact: &[Row],
    limit: usize,
) -> Result<Part, Error> {
    let (from, backwards) = sort.begin(page);
    let found = store::account_index::find(connection, filter, &from, limit + exact.len() + 1).await?;
    let mut places = found.places;
    // They stand on top of the first page already.
    places.retain(|place| exact.iter().all(|row| row.account.id != place.account_id));
    let more = places.len() > limit;
    places.truncate(limit);
    if backwards {
        places.reverse();
    }
    Ok(Part { places, counts: found.counts, more, backwards })
}

/// How many there are in all, active and disabled, whatever status was asked for.
async fn totals(
    connection: &mut Connection,
    filter: &Filter,
    known: Option<Counts>,
    exact: &[Row],
) -> Result<(Count, Count, Count), Error> {
    let Counts { active, disabled, whole } = match known {
        Some(counts) => counts,
        None => store::account_index::count(connection, filter).await?,
    };
    // Who is found by id alone is not among those whom the words find.
    let apart = |status| {
        let found =
            |row: &&Row| row.account.status == status && !filter.terms.match_key(&search_key::key(&row.account));
        exact.iter().filter(found).count() as u64
    };
    let active = active.unsigned_abs() + apart(Status::Active);
    let disabled = disabled.unsigned_abs() + apart(Status::Disabled);
    if whole {
        let count = |number| Count { number, exact: true };
        return Ok((count(active + disabled), count(active), count(disabled)));
    }
    let few = if filter.is_open() { store::account_index::count_disabled(connection).await? } else { None };
    let disabled_in_all = few.map_or(Count::floor(disabled), |few| Count { number: few.unsigned_abs(), exact: true });
    Ok((Count::floor(active + disabled), Count::floor(active), disabled_in_all))
}

/// The accounts of these ids, in this order; those that are gone are left out.
pub(super) async fn rows(connection: &mut Connection, ids: &[AccountId]) -> Result<Vec<Row>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let seen = store::accounts::seen(connection, ids).await?;
    let mut seen: HashMap<AccountId, Row> =
        seen.into_iter().map(|(account, last_seen)| (account.id, Row { account, last_seen })).collect();
    Ok(ids.iter().filter_map(|id| seen.remove(id)).collect())
}
