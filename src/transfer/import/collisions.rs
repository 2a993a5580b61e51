//! Which accounts of a batch collide with those that are there, or with one before them.

use std::collections::{HashMap, HashSet};

use crate::model::{AccountId, Email, Username};
use crate::store::transfer::{NameQuery, Taken};
use crate::transfer::{Incoming, Reason};

/// The names that are taken, by accounts and by records before.
pub(super) struct TakenNames<'a> {
    ids: HashSet<AccountId>,
    usernames: HashMap<&'a str, AccountId>,
    emails: HashMap<&'a str, AccountId>,
    looks: HashSet<&'a str>,
    key_looks: HashSet<&'a str>,
    /// What records before have, by its kind.
    before: HashSet<(&'static str, &'a str)>,
}

impl<'a> TakenNames<'a> {
    /// Those of the accounts that are there.
    pub(super) fn of(taken: &'a [Taken]) -> TakenNames<'a> {
        let owned = |key: fn(&Taken) -> Option<&str>| {
            taken.iter().filter_map(move |taken| Some((key(taken)?, taken.id))).collect()
        };
        TakenNames {
            ids: taken.iter().map(|taken| taken.id).collect(),
            usernames: owned(|taken| taken.username_key.as_deref()),
            emails: owned(|taken| taken.email_key.as_deref()),
            looks: taken.iter().filter_map(|taken| taken.username_skeleton.as_deref()).collect(),
            key_looks: taken.iter().filter_map(|taken| taken.username_key_skeleton.as_deref()).collect(),
            before: HashSet::new(),
        }
    }

    /// Why an account cannot come in; if it can, its names are taken from then on.
    pub(super) fn take(&mut self, incoming: &'a Incoming) -> Option<Reason> {
        let (username, email) = keys(incoming);
        let own = [("id", Some(incoming.external_id.as_str())), ("username", username), ("e-mail", email)];
        let own = own.into_iter().filter_map(|(kind, text)| Some((kind, text?)));
        let id = incoming.whole.account.id;
        if self.ids.contains(&id) {
            return Some(Reason::IdTaken(id));
        }
        if let Some(owner) = username.and_then(|username| self.usernames.get(username)) {
            return Some(Reason::UsernameTaken(*owner));
        }
        if let Some(owner) = email.and_then(|email| self.emails.get(email).or(self.usernames.get(email))) {
            return Some(Reason::EmailTaken(*owner));
        }
        if let Some((kind, _)) = own.clone().find(|name| self.before.contains(name)) {
            return Some(Reason::Twice(kind));
        }
        own.for_each(|name| {
            self.before.insert(name);
        });
        None
    }

    /// Whether the username of an account that comes in looks like another. No account is left out for that: both are
    /// of other services.
    pub(super) fn is_alike(&mut self, incoming: &'a Incoming) -> bool {
        let Some((of_typed, of_key)) = skeleton(incoming).zip(key_skeleton(incoming)) else { return false };
        if self.looks.contains(of_typed) || self.key_looks.contains(of_key) {
            return true;
        }
        self.looks.insert(of_typed);
        self.key_looks.insert(of_key);
        false
    }
}

/// The names to look for among the accounts that are there.
pub(super) fn wanted<'a>(accounts: &[(usize, &'a Incoming)]) -> NameQuery<'a> {
    let incoming = || accounts.iter().map(|(_, incoming)| *incoming);
    NameQuery {
        ids: incoming().map(|incoming| incoming.whole.account.id.0).collect(),
        usernames: incoming().filter_map(|incoming| keys(incoming).0).collect(),
        skeletons: incoming().filter_map(skeleton).collect(),
        key_skeletons: incoming().filter_map(key_skeleton).collect(),
        emails: incoming().filter_map(|incoming| keys(incoming).1).collect(),
    }
}

/// The keys of the names.
fn keys(incoming: &Incoming) -> (Option<&str>, Option<&str>) {
    let account = &incoming.whole.account;
    (account.username.as_ref().map(Username::key), account.email.as_ref().map(Email::key))
}

/// What its username looks like.
pub(super) fn skeleton(incoming: &Incoming) -> Option<&str> {
    incoming.whole.account.username.as_ref().and_then(Username::skeleton)
}

/// What the key of its username looks like.
pub(super) fn key_skeleton(incoming: &Incoming) -> Option<&str> {
    incoming.whole.account.username.as_ref().and_then(Username::key_skeleton)
}
