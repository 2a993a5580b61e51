//! The account index: the table `directory`, which the list of accounts is sorted, filtered and searched by.
//!
//! A page is found in one of two ways. Where many match, they stand close together in any order: a *scan* along the
//! order finds a page of them soon. Where few match, an *index lookup* names them all, and they are sorted. The scan
//! is short and goes first; what it does not find within its length is rare enough for a lookup.

use sqlx::AssertSqlSafe;
use sqlx_macros::FromRow;
use uuid::Uuid;

use crate::model::search_key::{self, SearchTerms};
use crate::model::{AccountId, Status};

use super::mail_failures::mail_bounces;
use super::{Backend, Connection, query};

mod entries;

pub use entries::{DEFAULT_PENDING_LIST_KIB, rows, set_gin_pending_list_limit, set_two_factor, write};
pub(super) use entries::{array, fill};

/// The most rows that a scan looks at.
pub const MAX_SCANNED: i64 = 1_500;
/// As far as rows are counted.
pub const MAX_COUNTED: i64 = 10_000;
/// A search may have this many words.
const MAX_WORDS: usize = search_key::MAX_WORDS;

/// The sort keys of a row: its position in every order.
#[derive(Clone, Debug, FromRow)]
pub struct RowKey {
    /// Whose it is.
    pub account_id: AccountId,
    /// When the account was made, in seconds since 1970.
    pub joined: i64,
    /// The name that is shown, folded.
    pub sort_name: String,
}

/// By what rows are ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// By when accounts were made, in seconds since 1970.
    Joined(i64),
    /// By the name that is shown, folded.
    Name(String),
}

/// A seek (keyset pagination): an order, and the key behind which it begins.
#[derive(Clone, Debug)]
pub struct Seek {
    /// Behind this row.
    pub key: Key,
    /// See `key`.
    pub id: AccountId,
    /// The newest first, or Z to A.
    pub descending: bool,
}

impl Seek {
    /// The beginning of an order; of `key` only the kind counts.
    pub fn start(key: &Key, descending: bool) -> Seek {
        let (joined, name, id) = match descending {
            true => (i64::MAX, "\u{10FFFF}", Uuid::max()),
            false => (i64::MIN, "", Uuid::nil()),
        };
        let key = match key {
            Key::Joined(_) => Key::Joined(joined),
            Key::Name(_) => Key::Name(name.to_owned()),
        };
        Seek { key, id: AccountId(id), descending }
    }

    /// The rows behind it, in order: the place is bound to $11 and $12.
    fn rows(&self, source: &str, condition: &str) -> String {
        let column = match self.key {
            Key::Joined(_) => "joined",
            Key::Name(_) => "sort_name",
        };
        let (compare, way) = if self.descending { ("<", "desc") } else { (">", "asc") };
        format!(
            "select * from {source} where ({column}, account_id) {compare} ($11, $12) {condition} \
             order by {column} {way}, account_id {way}"
        )
    }
}

/// Which rows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// With all of these in their key.
    pub terms: SearchTerms,
    /// Of this status.
    pub status: Option<Status>,
    /// Admins, or others.
    pub admins: Option<bool>,
    /// With an e-mail that is not confirmed.
    pub unconfirmed: bool,
    /// That mail comes back from.
    pub bounces: bool,
    /// With a second factor, or without.
    pub two_factor: Option<bool>,
}

/// How many rows there are of each status.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Counts {
    /// Active ones.
    pub active: i64,
    /// Disabled ones.
    pub disabled: i64,
    /// Whether every row was looked at.
    pub whole: bool,
}

/// A page of places, and the counts if they came with it.
#[derive(Debug, Default)]
pub struct Found {
    /// The places, in their order.
    pub places: Vec<RowKey>,
    /// How many match in all, but for the filter by status. `None` when so many do that [`count`] has to be asked.
    pub counts: Option<Counts>,
}

impl Filter {
    /// What [`MATCH`] compares keys with: a pattern for each word, and one that fits everything where there is none.
    fn patterns(&self) -> [String; MAX_WORDS] {
        let mut terms = self.terms.iter();
        std::array::from_fn(|_| {
            let term = terms.next().unwrap_or_default();
            let mut pattern = "%".to_owned();
            for letter in term.chars() {
                if matches!(letter, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(letter);
            }
            pattern.push('%');
            pattern
        })
    }

    /// Whether every account passes, whatever the status.
    pub fn is_open(&self) -> bool {
        self.terms.is_empty()
            && self.admins.is_none()
            && !self.unconfirmed
            && !self.bounces
            && self.two_factor.is_none()
    }

    /// The most selective condition that has an index of its own.
    fn most_selective(&self) -> &'static str {
        match self {
            Filter { bounces: true, .. } => "and account_id in (select account_id from mail_failures)",
            Filter { admins: Some(true), .. } => "and is_admin",
            Filter { status: Some(Status::Disabled), .. } => "and status = 'disabled'",
            Filter { unconfirmed: true, .. } => "and is_unconfirmed",
            Filter { two_factor: Some(true), .. } => "and two_factor",
            Filter { .. } => "",
        }
    }
}

/// Finds a page of places, `limit` at most.
pub async fn find(connection: &mut Connection, filter: &Filter, from: &Seek, limit: usize) -> sqlx::Result<Found> {
    // Nothing is scanned where an index has the very rows in the very order.
    let has_index =
        filter.terms.is_empty() && !filter.most_selective().is_empty() && matches!(from.key, Key::Joined(_));
    if !has_index {
        let scanned = format!("{} limit {MAX_SCANNED}", from.rows("directory", ""));
        let places = fetch(connection, filter, from, limit, &scanned).await?;
        if places.len() == limit {
            return Ok(Found { places, counts: None });
        }
    }
    if filter.terms.is_empty() {
        let found = from.rows("directory", filter.most_selective());
        return Ok(Found { places: fetch(connection, filter, from, limit, &found).await?, counts: None });
    }
    find_by_index(connection, filter, from, limit).await
}

/// What every row of a page must fulfil, in the parameters that [`matching`] binds. A pattern that fits everything is
/// not tried.
const MATCH: &str = concat!(
    "($1 = '%%' or key like $1 escape '\\') and ($2 = '%%' or key like $2 escape '\\') \
     and ($3 = '%%' or key like $3 escape '\\') and ($4 = '%%' or key like $4 escape '\\') \
     and ($5 = '%%' or key like $5 escape '\\') and ($6 is null or status = $6) \
     and ($7 is null or is_admin = $7) and (is_unconfirmed or not $8) \
     and (not $9 or account_id in (select accounts.id from mail_failures join accounts on ",
    mail_bounces!(),
    ")) and ($10 is null or two_factor = $10)"
);

/// Runs a query with [`MATCH`] in it.
macro_rules! matching {
    ($tx:expr, $fetch:ident, $sql:expr, $filter:expr, $status:expr $(, $arg:expr)* $(,)?) => {{
        let [one, two, three, four, five] = $filter.patterns();
        let status: Option<Status> = $status;
        let status = status.map(Status::as_str);
        let (admins, unconfirmed, bounces) = ($filter.admins, $filter.unconfirmed, $filter.bounces);
        let two_factor = $filter.two_factor;
        // No value stands in a statement: it is put together from those in this file, and numbers.
        query!(
            $tx, $fetch, AssertSqlSafe($sql), one, two, three, four, five, status, admins, unconfirmed, bounces,
            two_factor $(, $arg)*
        )
    }};
}

/// Those of `rows`, which stand in their order already, that pass the filter.
async fn fetch(
    connection: &mut Connection,
    filter: &Filter,
    from: &Seek,
    limit: usize,
    rows: &str,
) -> sqlx::Result<Vec<RowKey>> {
    // Limits stand in the statement: a database that is not told them when it plans, plans for many more rows.
    let sql = format!("select account_id, joined, sort_name from ({rows}) as near where {MATCH} limit {limit}");
    match &from.key {
        Key::Joined(joined) => matching!(connection, fetch_all, sql, filter, filter.status, joined, from.id),
        Key::Name(name) => matching!(connection, fetch_all, sql, filter, filter.status, name, from.id),
    }
}

/// A row of [`find_by_index`]: the counts, and a place unless there is none.
#[derive(FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    counts: Counts,
    account_id: Option<AccountId>,
    joined: Option<i64>,
    sort_name: Option<String>,
}

/// Finds a page and the counts by the words' index.
async fn find_by_index(connection: &mut Connection, filter: &Filter, from: &Seek, limit: usize) -> sqlx::Result<Found> {
    let source = match connection.backend() {
        Backend::Sqlite => {
            "(select directory.* from directory_trigrams cross join directory \
              on directory.number = directory_trigrams.rowid where directory_trigrams match $13)"
        }
        Backend::Postgres => "(select * from directory where grams @> cast($13 as integer[]))",
    };
    let rows = from.rows("found", "and ($14 is null or status = $14)");
    let sql = format!(
        "with found as materialized (select account_id, joined, sort_name, status from {source} as near where {MATCH}), \
         counts as (select count(case status when 'active' then 1 end) as active, \
         count(case status when 'disabled' then 1 end) as disabled, true as whole from found) \
         select active, disabled, whole, account_id, joined, sort_name from counts left join ({rows} limit {limit}) as page \
         on true"
    );
    let status = filter.status.map(Status::as_str);
    let terms = filter.terms.iter();
    let words = match connection.backend() {
        Backend::Sqlite => {
            let quoted = |gram: &str| format!("\"{}\"", gram.replace('"', "\"\""));
            terms.flat_map(search_key::trigrams).map(quoted).collect::<Vec<_>>().join(" AND ")
        }
        Backend::Postgres => array(&terms.flat_map(search_key::trigram_hashes).collect::<Vec<_>>()),
    };
    let found: Vec<FoundRow> = match &from.key {
        Key::Joined(joined) => matching!(connection, fetch_all, sql, filter, None, joined, from.id, words, status),
        Key::Name(name) => matching!(connection, fetch_all, sql, filter, None, name, from.id, words, status),
    }?;
    let counts = found.first().map(|row| row.counts);
    let place =
        |row: FoundRow| Some(RowKey { account_id: row.account_id?, joined: row.joined?, sort_name: row.sort_name? });
    Ok(Found { places: found.into_iter().filter_map(place).collect(), counts })
}

/// Counts what matches, but for the filter by status, as far as [`MAX_COUNTED`] and one row. Where words are searched
/// for, among the newest [`MAX_SCANNED`] rows alone.
pub async fn count(connection: &mut Connection, filter: &Filter) -> sqlx::Result<Counts> {
    let role = Filter { status: None, ..filter.clone() };
    let (source, limit) = if filter.terms.is_empty() {
        (format!("select * from directory where true {}", role.most_selective()), MAX_COUNTED + 1)
    } else {
        ("select * from directory order by joined desc, account_id desc".to_owned(), MAX_SCANNED)
    };
    if filter.is_open() {
        // Nothing but the status has to be read.
        let sql = format!(
            "select count(case status when 'active' then 1 end) as active, \
             count(case status when 'disabled' then 1 end) as disabled, count(*) < {limit} as whole \
             from (select status from directory limit {limit}) as near"
        );
        return query!(connection, fetch_one, AssertSqlSafe(sql));
    }
    let sql = format!(
        "select count(case when status = 'active' and {MATCH} then 1 end) as active, \
         count(case when status = 'disabled' and {MATCH} then 1 end) as disabled, count(*) < {limit} as whole \
         from ({source} limit {limit}) as near"
    );
    matching!(connection, fetch_one, sql, filter, None)
}

/// Counts those that are disabled; `None` when they are more than [`MAX_COUNTED`].
pub async fn count_disabled(connection: &mut Connection) -> sqlx::Result<Option<i64>> {
    let sql = format!(
        "select count(*) from (select 1 from directory where status = 'disabled' limit {MAX_COUNTED} + 1) as some_of_them"
    );
    let (count,): (i64,) = query!(connection, fetch_one, AssertSqlSafe(sql))?;
    Ok((count <= MAX_COUNTED).then_some(count))
}

/// The accounts whose ids lie between two, both included, ten at most.
pub async fn between(connection: &mut Connection, first: Uuid, last: Uuid) -> sqlx::Result<Vec<AccountId>> {
    let sql = "select id from accounts where id >= $1 and id <= $2 order by id limit 10";
    let rows: Vec<(AccountId,)> = query!(connection, fetch_all, sql, first, last)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
