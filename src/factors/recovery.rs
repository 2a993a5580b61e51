//! Recovery codes: ten that stand in for a factor that was lost, each once. They are kept as hashes that need no key,
//! so that an installation that has lost its key locks no user out.

use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::error::Error;
use crate::model::AccountId;
use crate::store::{self, Transaction};

/// How many codes there are in a set.
const CODES: usize = 10;

/// From so few on the person is told that they run out.
pub const FEW: usize = 3;

/// How many letters a code has, of five bits each.
const LETTERS: usize = 16;

/// Letters that are not taken for each other (Douglas Crockford's Base32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new set, as people write the codes down: in groups of four letters.
///
/// # Errors
/// When the system gives no random bytes.
pub(crate) fn new_set() -> Result<Vec<String>, Error> {
    let mut bytes = [0; CODES * LETTERS];
    getrandom::fill(&mut bytes).map_err(|error| Error::Internal(anyhow::anyhow!("no random bytes: {error}")))?;
    let code = |bytes: &[u8]| {
        let letters: Vec<char> = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("-")
    };
    Ok(bytes.chunks(LETTERS).map(code).collect())
}

/// A code without what people write between its letters and what they take them for; `None` for what is none.
pub(super) fn normalized(typed: &str) -> Option<String> {
    let letters = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    let letter = |letter: char| match letter.to_ascii_uppercase() {
        'O' => Some('0'),
        'I' | 'L' => Some('1'),
        letter => ALPHABET.contains(&u8::try_from(letter).ok()?).then_some(letter),
    };
    let code: Option<String> = letters.map(letter).collect();
    code.filter(|code| code.len() == LETTERS)
}

/// What is kept of a code. Its 80 random bits need no slow hash; the account keeps those of two accounts apart.
fn hash(account: AccountId, code: &str) -> [u8; 32] {
    Sha256::new().chain_update(account.0.as_bytes()).chain_update(code.as_bytes()).finalize().into()
}

/// Puts a set in place of the one that the account had.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn replace(app: &App, tx: &mut Transaction, account: AccountId, set: &[String]) -> Result<(), Error> {
    let codes = set.iter().filter_map(|code| normalized(code));
    let hashes: Vec<[u8; 32]> = codes.map(|code| hash(account, &code)).collect();
    Ok(store::factors::replace_recovery_codes(tx, account, &hashes, app.now()).await?)
}

/// Uses a code up. False for one that is none of the account's (any more).
///
/// # Errors
/// When the database does not answer.
pub(super) async fn take(tx: &mut Transaction, account: AccountId, code: &str) -> Result<bool, Error> {
    Ok(store::factors::take_recovery_code(tx, account, &hash(account, code)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_ten_different_codes_of_eighty_bits() {
        let mut set = new_set().unwrap();
        assert!(set.iter().all(|code| normalized(code).is_some_and(|plain| plain == code.replace('-', ""))));
        set.sort();
        set.dedup();
        assert_eq!(set.len(), CODES);
    }

    #[test]
    fn a_code_is_known_however_it_is_written() {
        assert_eq!(normalized(" oil1-abcd efgh-JKMN ").as_deref(), Some("0111ABCDEFGHJKMN"));
        for none in ["", "123456", "0111ABCDEFGHJKM", "0111ABCDEFGHJKMNP", "0111ABCDEFGHJKMU", "0111ABCDEFGHJKMé"] {
            assert_eq!(normalized(none), None, "{none}");
        }
    }
}
