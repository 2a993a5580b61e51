//! What a look at a password costs, and that each wrong one costs the same, whatever is stored.
//!
//! Imported hashes are dearer than ours. Did a wrong password take as long as what is stored for the account, its time
//! would tell who is there. So each wrong one is charged for every kind that some account here still has. Work is
//! counted, not timed.

use super::engine::Engine;
use super::legacy;
use super::stored;

/// Work that was done for a password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// Hashes with our own parameters.
    pub(super) current: u32,
    /// Rounds of bcrypt.
    pub(super) bcrypt: u64,
    /// Iterations of PBKDF2.
    pub(super) pbkdf2: u64,
    /// Argon2 with other parameters, by how such hashes begin.
    pub(super) argon2: Vec<String>,
}

impl Work {
    /// Both together.
    pub(super) fn add(&mut self, more: Work) {
        self.current += more.current;
        self.bcrypt += more.bcrypt;
        self.pbkdf2 += more.pbkdf2;
        self.argon2.extend(more.argon2);
    }
}

/// The dearest hash of each kind that is stored for some account, our own apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// The cost of bcrypt, 0 for none.
    bcrypt: u32,
    /// The iterations of PBKDF2, 0 for none.
    pbkdf2: u32,
    /// Whether some of those are of services that trimmed passwords: what is written with spaces is then hashed twice.
    trims: bool,
    /// Argon2 with other parameters, by how such hashes begin.
    argon2: Vec<String>,
}

/// The most kinds of Argon2 that are charged for: no service had more than one or two.
const MAX_ARGON2_COSTS: usize = 4;

/// What kind a stored hash is of.
pub(super) enum Kind {
    Bcrypt { cost: u32 },
    Pbkdf2 { iterations: u32, trims: bool },
    Argon2,
}

impl Kinds {
    /// Adds the kind of a stored hash, of which the beginning is enough. Gives that beginning, which all hashes of the
    /// kind share; nothing when it is of no kind that can be read, or of our own.
    pub fn add<'h>(&mut self, stored: &'h str) -> Option<&'h str> {
        let (head, kind) = stored::kind(stored)?;
        match kind {
            Kind::Bcrypt { cost } => self.bcrypt = self.bcrypt.max(cost),
            Kind::Pbkdf2 { iterations, trims } => {
                self.pbkdf2 = self.pbkdf2.max(iterations);
                self.trims |= trims;
            }
            Kind::Argon2 => {
                if self.argon2.len() < MAX_ARGON2_COSTS && !self.argon2.iter().any(|known| known == head) {
                    self.argon2.push(head.to_owned());
                }
            }
        }
        Some(head)
    }

    /// Does what a wrong password costs beyond what was done for it.
    pub(super) fn charge(&self, engine: &mut Engine, password: &str, work: &mut Work) {
        if work.current == 0 {
            stored::dummy(engine, password, stored::CURRENT, work);
        }
        for head in &self.argon2 {
            if !work.argon2.contains(head) {
                stored::dummy(engine, password, head, work);
            }
        }
        let rounds = if self.bcrypt == 0 { 0 } else { 1_u64 << self.bcrypt };
        let left = rounds.saturating_sub(work.bcrypt);
        // A cost is a power of two: what is left is a sum of those.
        for cost in (legacy::MIN_BCRYPT_COST..=self.bcrypt).filter(|cost| left >> cost & 1 == 1) {
            legacy::spend_bcrypt(password, cost, work);
        }
        let times = if self.trims && legacy::is_padded(password) { 2 } else { 1 };
        let left = (u64::from(self.pbkdf2) * times).saturating_sub(work.pbkdf2);
        if let Ok(left @ 1..) = u32::try_from(left) {
            legacy::spend_pbkdf2(password, left, work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::password::Password;
    use crate::passwords::Verdict;

    const PBKDF2: &str = "pbkdf2_sha256$900$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const FEWER: &str = "pbkdf2_sha256$30$salt$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const GLOBAL: &str = "$pbkdf2-sha256-global$i=400$c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const BCRYPT: &str = "$2b$07$SHtqWqmz4.gn/AjKdNXjbOaa.9rFfLOjBZceffxewBDHBlnZbfIja";
    const CHEAPER: &str = "$2a$04$SHtqWqmz4.gn/AjKdNXjbOaa.9rFfLOjBZceffxewBDHBlnZbfIja";
    const ARGON2: &str =
        "$argon2i$v=19$m=64,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const OLDEST: &str = "$argon2d$m=32,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn wrong(typed: &str, stored: Option<&str>, kinds: &Kinds) -> Work {
        let password = Password::typed(typed.to_owned()).unwrap();
        let mut work = Work::default();
        let verdict = stored::verify(&mut Engine::new(), &password, stored, kinds, &mut work);
        assert_eq!(verdict, Verdict::Wrong, "{stored:?}");
        work.argon2.sort();
        work
    }

    fn kinds(stored: &[&str]) -> Kinds {
        let mut kinds = Kinds::default();
        for stored in stored {
            assert!(kinds.add(stored).is_some(), "{stored}");
        }
        kinds
    }

    #[test]
    fn every_wrong_password_costs_the_same_work_whatever_is_stored() {
        let all = [PBKDF2, FEWER, GLOBAL, BCRYPT, CHEAPER, ARGON2, OLDEST];
        let kinds = kinds(&all);
        let own = format!("{}{}", stored::CURRENT, ARGON2.rsplit_once("p=1$").unwrap().1);
        for (typed, spellings) in
            [("a wrong one", 1), (" a wrong one\n", 1), ("a wro\u{308}ng one", 2), (" wro\u{308}ng", 2)]
        {
            let no_account = wrong(typed, None, &kinds);
            let times = spellings * if typed.starts_with(' ') { 2 } else { 1 };
            let (hashes, rounds) = (u32::try_from(spellings).unwrap(), spellings << 7);
            assert_eq!((no_account.current, no_account.bcrypt, no_account.pbkdf2), (hashes, rounds, 900 * times));
            let each = ["$argon2d$m=32,t=1,p=1$", "$argon2i$v=19$m=64,t=3,p=1$"];
            let argon2: Vec<_> = each.iter().flat_map(|head| std::iter::repeat_n(*head, spellings as usize)).collect();
            assert_eq!(no_account.argon2, argon2);
            for stored in all.into_iter().chain([own.as_str(), "", "!", "$2b$12$short", "plain", "$argon2id$x"]) {
                assert_eq!(wrong(typed, Some(stored), &kinds), no_account, "{stored}");
            }
        }
    }

    #[test]
    fn where_no_account_came_from_elsewhere_a_wrong_password_costs_one_hash() {
        let one = Work { current: 1, ..Work::default() };
        assert_eq!(wrong("a wrong one", None, &Kinds::default()), one);
        assert_eq!(wrong(" a wrong one", Some("!"), &Kinds::default()), one);
    }

    #[test]
    fn a_right_password_costs_its_own_hash() {
        let kinds = kinds(&[PBKDF2, BCRYPT, ARGON2]);
        let password = Password::typed("n".to_owned()).unwrap();
        let hash = bcrypt::hash_with_salt("n", 5, [7; 16]).unwrap().to_string();
        let mut work = Work::default();
        let verdict = stored::verify(&mut Engine::new(), &password, Some(&hash), &kinds, &mut work);
        assert_eq!(verdict, Verdict::NeedsRehash);
        assert_eq!(work, Work { bcrypt: 1 << 5, ..Work::default() });
    }

    #[test]
    fn the_beginning_of_a_hash_tells_its_kind() {
        for (stored, head) in [
            (PBKDF2, "pbkdf2_sha256$900$"),
            (GLOBAL, "$pbkdf2-sha256-global$i=400$"),
            (BCRYPT, "$2b$07$"),
            (ARGON2, "$argon2i$v=19$m=64,t=3,p=1$"),
            (OLDEST, "$argon2d$m=32,t=1,p=1$"),
        ] {
            assert_eq!(Kinds::default().add(stored), Some(head));
            assert_eq!(Kinds::default().add(head), Some(head));
        }
        for none in [
            "",
            "!",
            "$2b$16$",
            "$2b$é",
            "$2x$12$",
            "pbkdf2_sha256$0$",
            "pbkdf2_sha256$x$",
            stored::CURRENT,
            "$argon2id$",
        ] {
            assert_eq!(Kinds::default().add(none), None, "{none:?}");
        }
    }
}
