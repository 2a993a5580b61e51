//! Filling a database with people who do not exist, for load tests: the same ones each time, with names in many
//! scripts.

use time::{Duration, OffsetDateTime};

use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::model::audit::Action;
use crate::model::{Account, AccountId, Actor, Email, Generation, Name, Profile, Status, Theme, Username};
use crate::permission::permit_admin;
use crate::store;
use crate::store::transfer::AccountWithSecrets;

/// What they are kept as among what came from elsewhere.
const SOURCE: &str = "seed";
/// How many are made at once.
const BATCH: u64 = 5_000;

/// Given names, and how a keyboard without their letters writes them.
const FIRST: &[(&str, &str)] = &[
    ("Anna", "anna"),
    ("James", "james"),
    ("Maria", "maria"),
    ("Olivia", "olivia"),
    ("Noah", "noah"),
    ("Zoë", "zoe"),
    ("René", "rene"),
    ("Jürgen", "juergen"),
    ("Søren", "soren"),
    ("Łukasz", "lukasz"),
    ("Şeyma", "seyma"),
    ("İbrahim", "ibrahim"),
    ("José", "jose"),
    ("Chloé", "chloe"),
    ("Björn", "bjorn"),
    ("Дмитрий", "dmitry"),
    ("Елена", "elena"),
    ("Семён", "semyon"),
    ("Алёна", "alyona"),
    ("Тарас", "taras"),
    ("Σοφία", "sofia"),
    ("Γιώργος", "giorgos"),
    ("محمد", "mohammed"),
    ("فاطمة", "fatima"),
    ("יעל", "yael"),
    ("伟", "wei"),
    ("秀英", "xiuying"),
    ("さくら", "sakura"),
    ("민준", "minjun"),
    ("प्रिया", "priya"),
    ("Nguyễn", "nguyen"),
    ("Adaeze", "adaeze"),
    ("Kwame", "kwame"),
    ("Leilani", "leilani"),
    ("Matthías", "matthias"),
];

/// Syllables of family names.
const SYLLABLES: &[&str] = &[
    "al", "ber", "ca", "dor", "el", "fin", "gar", "hol", "is", "jen", "ka", "lund", "mar", "no", "or", "pet", "qui",
    "ros", "son", "tal", "ul", "van", "wes", "xi", "yor", "zan", "bek", "der", "ko", "lin", "mi", "ta", "vic", "sti",
    "ra", "ne",
];

/// Where their mail would go, were there any.
const DOMAINS: &[&str] = &["example.org", "example.com", "mail.example", "post.example", "example.net", "uni.example"];

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many.
    pub users: u64,
    /// Whether there may be accounts already.
    pub more: bool,
}

/// Makes them. Gives how many there are now in all that were made so.
///
/// # Errors
/// [`Error::Closed`] when there are accounts already and no more are wanted.
pub async fn seed(app: &App, by: &Actor, options: Options, progress: impl FnMut(u64)) -> Result<u64, Error> {
    let mut connection = app.db().read().await?;
    permit_admin(&mut connection, by).await?;
    if !options.more && store::transfer::any_account(&mut connection).await? {
        return Err(Error::Closed);
    }
    let before = store::transfer::count_imports(&mut connection, SOURCE).await?;
    drop(connection);
    let end = before + options.users;
    store::transfer::in_bulk(app.db(), make(app, by, before, end, progress)).await?;
    Ok(end)
}

async fn make(app: &App, by: &Actor, before: u64, end: u64, mut progress: impl FnMut(u64)) -> Result<(), Error> {
    let now = app.now();
    let mut next = before;
    while next < end {
        let until = (next + BATCH).min(end);
        let people: Vec<AccountWithSecrets> = (next..until).map(|number| person(number, now)).collect();
        let numbers: Vec<String> = (next..until).map(|number| number.to_string()).collect();
        let came = people.iter().zip(&numbers).map(|(whole, number)| (SOURCE, number.as_str(), whole.account.id));
        let came = store::transfer::import_rows(came);
        let [accounts, directory] = store::transfer::account_rows(app.db(), &people.iter().collect::<Vec<_>>());
        let mut tx = store::transfer::begin(app.db()).await?;
        // The directory last: every statement after it would have SQLite write the search index.
        for rows in [accounts, came, directory] {
            rows.insert(&mut tx).await?;
        }
        tx.commit().await?;
        next = until;
        progress(next - before);
    }
    let mut tx = app.db().begin().await?;
    let mut detail = audit::detail("from", SOURCE.into());
    detail.insert("count".to_owned(), (end - before).into());
    audit::record(&mut tx, by, Action::Imported, None, detail, now).await?;
    Ok(tx.commit().await?)
}

/// Numbers that look like chance and are the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.throw() % limit.max(1) as u64).unwrap_or_default()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// The person of this number, who came some time in the last six years.
fn person(number: u64, now: OffsetDateTime) -> AccountWithSecrets {
    let mut dice = Dice(number.wrapping_mul(0xD134_2543_DE82_EF95));
    let (first, plain) = dice.pick(FIRST);
    let mut last = String::new();
    for _ in 0..2 + dice.below(3) {
        last.push_str(dice.pick(SYLLABLES));
    }
    let shown = last[..1].to_uppercase() + &last[1..];
    let username = format!("{plain}.{}{}", &last[..3], number);
    let email = format!("{plain}.{last}{number}@{}", dice.pick(DOMAINS));
    let age = Duration::seconds(i64::try_from(dice.below(6 * 365 * 86_400)).unwrap_or_default());
    let created_at = now - age;
    let milliseconds = created_at.unix_timestamp().unsigned_abs() * 1_000 + dice.throw() % 1_000;
    let mut random = [0; 10];
    random[..8].copy_from_slice(&number.to_be_bytes());
    random[8..].copy_from_slice(&dice.throw().to_be_bytes()[..2]);
    let id = uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid();
    let account = Account {
        id: AccountId(id),
        // One in ten came by e-mail alone.
        username: if dice.below(10) == 0 { None } else { Username::imported(&username).ok() },
        email: Email::parse(&email).ok(),
        name: Name::full(&format!("{first} {shown}")),
        organization: None,
        profile: Profile { public: dice.below(4) == 0, ..Profile::default() },
        language: None,
        time_zone: None,
        theme: Theme::System,
        terms: None,
        is_admin: false,
        status: if dice.below(50) == 0 { Status::Disabled } else { Status::Active },
        picture: None,
        email_verified_at: (dice.below(5) != 0).then_some(created_at),
        two_factor: false,
        password_changed_at: created_at,
        generation: Generation::default(),
        created_at,
        updated_at: created_at,
    };
    AccountWithSecrets { account, password_hash: None, tokens_after: None, notify_devices: true }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_are_called_or_look_the_same() {
        let (mut looks, mut keys) = (HashSet::new(), HashSet::new());
        for number in (0..4_000).chain(999_000..1_000_000) {
            let username = person(number, OffsetDateTime::UNIX_EPOCH).account.username;
            let skeleton = username.as_ref().map(|username| username.skeleton().map(str::to_owned));
            assert!(skeleton.is_none_or(|skeleton| looks.insert(skeleton)), "{username:?}");
            let of_key = username.as_ref().map(|username| username.key_skeleton().map(str::to_owned));
            assert!(of_key.is_none_or(|skeleton| keys.insert(skeleton)), "{username:?}");
        }
    }
}
