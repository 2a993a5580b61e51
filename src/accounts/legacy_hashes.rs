//! Which kinds of imported password hashes there are: each wrong password is charged for them.

use crate::app::App;
use crate::passwords::Kinds;
use crate::store;

use crate::error::Error;

/// How the hashes that can be read begin, a family each, and how what comes after the family would.
const FAMILIES: [(&str, &str); 6] = [
    ("$2a$", "$2a%"),
    ("$2b$", "$2b%"),
    ("$2y$", "$2y%"),
    ("$argon2", "$argon3"),
    ("$pbkdf2-sha256-global$i=", "$pbkdf2-sha256-global$i>"),
    ("pbkdf2_sha256$", "pbkdf2_sha256%"),
];

/// The most look-ups in a family: more kinds than any service has had.
const MAX_ACCOUNTS: usize = 64;

/// Looks which kinds there are, from one to the next, and has wrong passwords charged for those.
///
/// # Errors
/// When the database does not answer.
pub async fn look(app: &App) -> Result<(), Error> {
    let mut kinds = Kinds::default();
    let mut connection = app.db().read().await?;
    for (first, end) in FAMILIES {
        let mut after = first.to_owned();
        for _ in 0..MAX_ACCOUNTS {
            let Some(stored) = store::accounts::next_legacy_hash(&mut connection, &after, end).await? else { break };
            after = match kinds.add(&stored).and_then(|head| head.strip_suffix('$')) {
                // Behind all that begin alike: this comes right after the dollar sign.
                Some(head) => format!("{head}%"),
                None => stored,
            };
        }
    }
    app.passwords().set_kinds(kinds);
    Ok(())
}
