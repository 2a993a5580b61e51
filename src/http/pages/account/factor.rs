//! The page of one second factor: an authenticator app, a passkey or a security key, renamed or removed.

use askama::Template;
use serde::Deserialize;

use crate::language::Key;
use crate::model::Account;

use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;

/// A kind of factor, as its pages show it.
pub(super) struct Kind {
    /// The address of the list.
    pub(super) list: &'static str,
    /// The key of its title.
    pub(super) title: Key,
    /// The key of what removing one does.
    pub(super) effect: Key,
}

/// A factor.
#[derive(Template)]
#[template(path = "account/factor.html")]
pub(super) struct FactorPage {
    shell: PageContext,
    face: Face,
    name: String,
    /// Whether it is the last factor.
    turns_off: bool,
    /// Its own address.
    path: String,
    list: &'static str,
    title: Key,
    effect: Key,
}

/// The page of a factor at this address. `turns_off` says whether it is the last one.
pub(super) fn page(
    shell: PageContext,
    account: &Account,
    kind: &Kind,
    path: String,
    name: String,
    turns_off: bool,
) -> Page<FactorPage> {
    let Kind { list, title, effect } = *kind;
    Page(FactorPage { shell, face: Face::of(account), name, turns_off, path, list, title, effect })
}

/// Another name for a factor.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NameForm {
    pub(super) name: String,
}
