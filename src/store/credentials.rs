//! What accounts are logged in with beside their passwords, as bulk load and export carry it: rows of `authenticators`,
//! `passkeys`, `passkey_users`, `recovery_codes` and `app_passwords`.

use std::collections::HashMap;

use portico_webauthn::encoding;
use serde::{Deserialize, Serialize};
use sqlx_macros::FromRow;
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::model::{Account, AccountId};

use super::app_passwords::{AppPassword, app_password_columns};
use super::bulk::{Cell, Rows};
use super::factors::{Authenticator, authenticator_columns};
use super::passkeys::{Passkey, passkey_columns};
use super::sql_value::SqlValue;
use super::{Connection, query};

/// What an account is logged in with beside its password.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Credentials {
    /// Authenticator apps, their secrets sealed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub authenticators: Vec<Authenticator>,
    /// Passkeys and security keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passkeys: Vec<Passkey>,
    /// What authenticators know the account by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passkey_handle: Option<Handle>,
    /// Recovery codes that are left.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<RecoveryCode>,
    /// App passwords.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub app_passwords: Vec<HashedAppPassword>,
}

/// What authenticators know an account by.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Handle(#[serde(with = "encoding")] pub Vec<u8>);

/// A recovery code as it is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RecoveryCode {
    /// Its hash.
    #[serde(with = "encoding")]
    pub hash: Vec<u8>,
    /// When it was made.
    #[serde(with = "rfc3339")]
    pub created_at: OffsetDateTime,
}

/// An app password as it is kept.
#[derive(Clone, Debug, Deserialize, FromRow, Serialize)]
pub struct HashedAppPassword {
    /// What is known of it.
    #[serde(flatten)]
    #[sqlx(flatten)]
    pub password: AppPassword,
    /// SHA-256 of it.
    #[serde(with = "encoding")]
    pub hash: Vec<u8>,
}

impl Credentials {
    /// Whether a second step is asked for after the account's password.
    pub fn have_factor(&self) -> bool {
        !self.authenticators.is_empty() || !self.passkeys.is_empty()
    }

    /// The same, as those of this account.
    #[must_use]
    pub fn of(mut self, account: &Account) -> Credentials {
        self.authenticators.iter_mut().for_each(|authenticator| authenticator.account_id = account.id);
        self.passkeys.iter_mut().for_each(|passkey| passkey.account_id = account.id);
        for HashedAppPassword { password, .. } in &mut self.app_passwords {
            (password.account_id, password.generation) = (account.id, account.generation);
        }
        self
    }
}

/// The credentials of accounts whose ids lie from `first` to `last`: those that are good.
pub async fn between(
    connection: &mut Connection,
    (first, last): (AccountId, AccountId),
    now: OffsetDateTime,
) -> sqlx::Result<HashMap<AccountId, Credentials>> {
    let mut found: HashMap<AccountId, Credentials> = HashMap::new();
    let authenticators: Vec<Authenticator> = query!(
        &mut *connection,
        fetch_all,
        concat!(
            "select ",
            authenticator_columns!(),
            " from authenticators where account_id >= $1 and account_id <= $2 order by created_at, id"
        ),
        first,
        last,
    )?;
    for authenticator in authenticators {
        found.entry(authenticator.account_id).or_default().authenticators.push(authenticator);
    }
    let passkeys: Vec<Passkey> = query!(
        &mut *connection,
        fetch_all,
        concat!(
            "select ",
            passkey_columns!(),
            " from passkeys where account_id >= $1 and account_id <= $2 order by created_at, id"
        ),
        first,
        last,
    )?;
    for passkey in passkeys {
        found.entry(passkey.account_id).or_default().passkeys.push(passkey);
    }
    let handles: Vec<(AccountId, Vec<u8>)> = query!(
        &mut *connection,
        fetch_all,
        "select account_id, handle from passkey_users where account_id >= $1 and account_id <= $2",
        first,
        last,
    )?;
    for (account, handle) in handles {
        found.entry(account).or_default().passkey_handle = Some(Handle(handle));
    }
    let codes: Vec<(AccountId, Vec<u8>, OffsetDateTime)> = query!(
        &mut *connection,
        fetch_all,
        "select account_id, hash, created_at from recovery_codes where account_id >= $1 and account_id <= $2 \
         order by hash",
        first,
        last,
    )?;
    for (account, hash, created_at) in codes {
        found.entry(account).or_default().recovery_codes.push(RecoveryCode { hash, created_at });
    }
    let app_passwords: Vec<HashedAppPassword> = query!(
        connection,
        fetch_all,
        concat!(
            "select ",
            app_password_columns!(),
            ", app_passwords.hash from app_passwords \
             join accounts on accounts.id = account_id and accounts.generation = app_passwords.generation \
             where account_id >= $1 and account_id <= $2 \
             and (app_passwords.expires_at is null or app_passwords.expires_at > $3) \
             order by app_passwords.created_at, app_passwords.id",
        ),
        first,
        last,
        now,
    )?;
    for password in app_passwords {
        found.entry(password.password.account_id).or_default().app_passwords.push(password);
    }
    Ok(found)
}

/// The rows of what accounts have.
pub fn rows(all: &[(AccountId, &Credentials)]) -> [Rows; 5] {
    let each = || all.iter().map(|(_, credentials)| *credentials);
    let handles = all.iter().filter_map(|(account, credentials)| {
        let Handle(handle) = credentials.passkey_handle.as_ref()?;
        Some(vec![("account_id", (*account).into()), ("handle", handle.as_slice().into())])
    });
    let codes = all.iter().flat_map(|(account, credentials)| {
        credentials.recovery_codes.iter().map(|code| {
            vec![
                ("account_id", (*account).into()),
                ("hash", code.hash.as_slice().into()),
                ("created_at", code.created_at.into()),
            ]
        })
    });
    [
        Rows::of("authenticators", each().flat_map(|credentials| &credentials.authenticators).map(authenticator)),
        Rows::of("passkeys", each().flat_map(|credentials| &credentials.passkeys).map(passkey)),
        Rows::of("passkey_users", handles),
        Rows::of("recovery_codes", codes),
        Rows::of("app_passwords", each().flat_map(|credentials| &credentials.app_passwords).map(app_password)),
    ]
}

fn authenticator(row: &Authenticator) -> Vec<Cell> {
    vec![
        ("id", row.id.into()),
        ("account_id", row.account_id.into()),
        ("name", row.name.as_str().into()),
        ("sealed_secret", row.sealed_secret.as_slice().into()),
        ("last_step", SqlValue::Integer(row.last_step)),
        ("created_at", row.created_at.into()),
        ("used_at", row.used_at.into()),
    ]
}

fn passkey(row: &Passkey) -> Vec<Cell> {
    vec![
        ("id", row.id.as_slice().into()),
        ("account_id", row.account_id.into()),
        ("rp_id", row.rp_id.as_str().into()),
        ("name", row.name.as_str().into()),
        ("public_key", row.public_key.as_slice().into()),
        ("counter", SqlValue::Integer(row.counter)),
        ("discoverable", row.discoverable.into()),
        ("verifies_user", row.verifies_user.into()),
        ("backup_eligible", row.backup_eligible.into()),
        ("backed_up", row.backed_up.into()),
        ("transports", row.transports.as_str().into()),
        ("aaguid", row.aaguid.into()),
        ("unconfirmed", row.unconfirmed.into()),
        ("created_at", row.created_at.into()),
        ("used_at", row.used_at.into()),
    ]
}

fn app_password(HashedAppPassword { password, hash }: &HashedAppPassword) -> Vec<Cell> {
    vec![
        ("id", password.id.into()),
        ("account_id", password.account_id.into()),
        ("generation", password.generation.into()),
        ("hash", hash.as_slice().into()),
        ("label", password.label.as_str().into()),
        ("created_at", password.created_at.into()),
        ("used_at", password.used_at.into()),
        ("used_from", password.used_from.as_deref().into()),
        ("expires_at", password.expires_at.into()),
    ]
}
