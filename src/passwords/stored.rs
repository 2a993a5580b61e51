//! What is stored for a password: our own PHC strings, written and read, beside older forms.

use std::panic::{AssertUnwindSafe, catch_unwind};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;

use crate::model::password::Password;
use crate::worker_pool::WorkerState as _;

use super::Verdict;
use super::engine::Engine;
use super::legacy::{self, Legacy};
use super::work::{Kind, Kinds, Work};

/// How every hash of the current parameters begins.
pub(super) const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// The rest of the dummy hash: a salt and a tag, as long as our own.
const NOBODY: &str = "AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Nothing that we read is longer.
const MAX_HASH_BYTES: usize = 512;

/// The most that a hash from elsewhere may ask for: KiB of memory, passes, lanes, and KiB × passes.
const MAX_MEMORY_KIB: u32 = 1 << 20;
const MAX_PASSES: u32 = 32;
const MAX_LANES: u32 = 16;
const MAX_WORK: u64 = 4 << 20;

/// A new hash as a PHC string, or nothing when the system is out of memory or random bytes.
pub(super) fn hash(engine: &mut Engine, password: &Password) -> Option<String> {
    let mut salt = [0; 16];
    let mut tag = [0; 32];
    let made = getrandom::fill(&mut salt).map_err(|error| error.to_string()).and_then(|()| {
        engine
            .derive(&Argon2Params::CURRENT, password.text().as_bytes(), &salt, &mut tag)
            .map_err(|error| error.to_string())
    });
    if let Err(error) = made {
        tracing::error!(error, "A password could not be hashed");
        return None;
    }
    let (salt, tag) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(tag));
    Some(format!("{CURRENT}{salt}${tag}"))
}

/// Compares a password with what is stored, in each of its spellings. A wrong one costs the same work whatever is stored,
/// or when nothing is.
pub(super) fn verify(
    engine: &mut Engine,
    password: &Password,
    stored: Option<&str>,
    kinds: &Kinds,
    work: &mut Work,
) -> Verdict {
    let stored = stored.filter(|stored| stored.len() <= MAX_HASH_BYTES).unwrap_or_default();
    let is_current = stored.starts_with(CURRENT) && stored.len() == CURRENT.len() + NOBODY.len();
    for (nth, text) in password.spellings().enumerate() {
        let mut spent = Work::default();
        // Readers refuse what is malformed; one that panics all the same has read nothing, and the engine is fit for
        // the next hash because it wipes its memory on every way out.
        let matched = catch_unwind(AssertUnwindSafe(|| matches(engine, text, stored, &mut spent)));
        let is_right = matched.unwrap_or_default() == Some(true);
        if !is_right {
            // A quick "no" would tell what is stored, and a slow one, too.
            kinds.charge(engine, text, &mut spent);
        }
        work.add(spent);
        if is_right {
            return if is_current && nth == 0 { Verdict::Right } else { Verdict::NeedsRehash };
        }
    }
    Verdict::Wrong
}

/// Does the work of a hash of Argon2 that begins so, for nothing.
pub(super) fn dummy(engine: &mut Engine, password: &str, head: &str, work: &mut Work) {
    matches(engine, password, &format!("{head}{NOBODY}"), work);
}

/// The kind of a stored hash that is none of ours, and how those of the kind begin.
pub(super) fn kind(stored: &str) -> Option<(&str, Kind)> {
    if !stored.starts_with("$argon2") {
        return legacy::kind(stored);
    }
    let head = argon2_head(stored).filter(|head| *head != CURRENT)?;
    is_readable(&format!("{head}{NOBODY}")).then_some((head, Kind::Argon2))
}

/// How a hash of Argon2 begins: everything before the salt.
fn argon2_head(stored: &str) -> Option<&str> {
    // $argon2id$v=19$m=…,t=…,p=…$, or without the version.
    let dollars = if stored.split('$').nth(2)?.starts_with("v=") { 4 } else { 3 };
    let (end, _) = stored.match_indices('$').nth(dollars - 1)?;
    stored.get(..=end)
}

/// Whether what is stored is a hash that a password can be compared with here: an importer asks.
pub fn is_readable(stored: &str) -> bool {
    if stored.len() > MAX_HASH_BYTES {
        return false;
    }
    if !stored.starts_with("$argon2") {
        return Legacy::read(stored).is_some();
    }
    PasswordHash::new(stored)
        .is_ok_and(|hash| hash.hash.is_some() && hash.salt.is_some() && Argon2Params::read(&hash).is_some())
}

/// Whether the password is the stored one, or nothing if what is stored is of no use.
fn matches(engine: &mut Engine, password: &str, stored: &str, work: &mut Work) -> Option<bool> {
    if !stored.starts_with("$argon2") {
        return Some(Legacy::read(stored)?.matches(password, work));
    }
    let head = argon2_head(stored)?;
    let stored = PasswordHash::new(stored).ok()?;
    let recipe = Argon2Params::read(&stored)?;
    let expected = stored.hash?;
    let mut tag = vec![0; expected.len()];
    match head {
        CURRENT => work.current += 1,
        head => work.argon2.push(head.to_owned()),
    }
    engine.derive(&recipe, password.as_bytes(), &stored.salt?, &mut tag).ok()?;
    if recipe.params.m_cost() > Argon2Params::CURRENT.params.m_cost() {
        // Kept memory is for our own hashes; a foreign giant's is not kept.
        engine.release_memory();
    }
    Some(tag.ct_eq(expected.as_bytes()).into())
}

/// Everything that makes an Argon2 tag beside password and salt.
pub(super) struct Argon2Params {
    /// Which Argon2.
    pub(super) algorithm: Algorithm,
    /// Its revision.
    pub(super) version: Version,
    /// What it costs, and how long the tag is.
    pub(super) params: Params,
}

impl Argon2Params {
    /// What every new hash is made with.
    pub(super) const CURRENT: Argon2Params =
        Argon2Params { algorithm: Algorithm::Argon2id, version: Version::V0x13, params: Params::DEFAULT };

    /// The recipe in a PHC string, if it may be cooked here.
    fn read(stored: &PasswordHash) -> Option<Argon2Params> {
        let params = Params::try_from(stored).ok()?;
        let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
        if params.m_cost() > MAX_MEMORY_KIB
            || params.t_cost() > MAX_PASSES
            || params.p_cost() > MAX_LANES
            || work > MAX_WORK
        {
            tracing::warn!(
                memory = params.m_cost(),
                passes = params.t_cost(),
                lanes = params.p_cost(),
                "A stored Argon2 hash asks for more work than is allowed, so it is not checked"
            );
            return None;
        }
        Some(Argon2Params {
            algorithm: Algorithm::new(stored.algorithm.as_str()).ok()?,
            // A PHC string without a version is of the first one.
            version: stored.version.map_or(Ok(Version::V0x10), Version::try_from).ok()?,
            params,
        })
    }
}
