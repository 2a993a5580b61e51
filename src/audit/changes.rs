//! What changed of an account, as the log tells it: values before and after, field by field.

use serde_json::{Map, Value, json};

use crate::model::audit::Action;
use crate::model::{Account, Status};

type Fields = Vec<(&'static str, Value)>;

/// What was done to `before` to make it `after`.
pub(super) fn between(before: &Account, after: &Account) -> Vec<(Action, Map<String, Value>)> {
    let mut changes = Vec::new();
    let mut compare = |action: Action, fields: fn(&Account) -> Fields| {
        let differ = fields(before).into_iter().zip(fields(after)).filter(|(old, new)| old != new);
        let (old, new): (Map<_, _>, Map<_, _>) = differ.map(|(old, new)| (named(old), named(new))).unzip();
        if !new.is_empty() {
            let detail = [("before".to_owned(), Value::Object(old)), ("after".to_owned(), Value::Object(new))];
            changes.push((action, Map::from_iter(detail)));
        }
    };
    compare(Action::UsernameChanged, |account| vec![("username", json!(account.username()))]);
    compare(Action::EmailChanged, |account| {
        vec![("email", json!(account.email())), ("email_confirmed", json!(account.email_verified_at.is_some()))]
    });
    compare(Action::ProfileChanged, profile);
    compare(Action::PreferencesChanged, |account| {
        vec![
            ("language", json!(account.language)),
            ("time_zone", json!(account.time_zone)),
            ("theme", json!(account.theme.as_str())),
        ]
    });
    if before.picture != after.picture {
        let action = if after.picture.is_some() { Action::PictureSet } else { Action::PictureRemoved };
        changes.push((action, Map::new()));
    }
    if before.status != after.status {
        let action = if after.status == Status::Active { Action::Enabled } else { Action::Disabled };
        changes.push((action, Map::new()));
    }
    if before.is_admin != after.is_admin {
        changes.push((if after.is_admin { Action::Promoted } else { Action::Demoted }, Map::new()));
    }
    changes
}

/// What an account began with.
pub(super) fn opened(account: &Account) -> Map<String, Value> {
    let mut fields: Fields = vec![
        ("username", json!(account.username())),
        ("email", json!(account.email())),
        ("name", json!(account.name.full)),
        ("is_admin", json!(account.is_admin)),
    ];
    fields.extend(account.terms.as_ref().map(|terms| ("terms", json!(terms.version))));
    Map::from_iter([("after".to_owned(), Value::Object(fields.into_iter().map(named).collect()))])
}

fn profile(account: &Account) -> Fields {
    let mut fields = vec![
        ("name", json!(account.name.full)),
        ("first_name", json!(account.name.first)),
        ("last_name", json!(account.name.last)),
        ("organization", json!(account.organization)),
        ("public_profile", json!(account.profile.public)),
        ("findable_by_email", json!(account.profile.findable)),
    ];
    fields.extend(account.profile.texts().map(|(name, text)| (name, json!(text))));
    fields
}

fn named((name, value): (&'static str, Value)) -> (String, Value) {
    (name.to_owned(), value)
}
