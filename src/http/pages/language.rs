//! `/language/{tag}`: a plain link that picks the language, and leads back to where it stood.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::Response;
use serde::Deserialize;

use crate::accounts::Client;
use crate::accounts::preferences::{self, Preferences};
use crate::app::App;
use crate::language::Language;
use crate::model::{Actor, Door};

use super::super::cookies;
use super::super::fault::Fault;
use super::shell::Shell;
use super::{own_path, see_other};

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    next: String,
}

pub(super) async fn choose(
    State(app): State<App>,
    shell: Shell,
    client: Client,
    Path(tag): Path<String>,
    Query(back): Query<Back>,
) -> Result<Response, Fault> {
    let language = Language::of_tag(&tag).ok_or(Fault::NotFound)?;
    // A saved choice would win over the cookie; whoever follows the link means this one.
    if let Some(account) = shell.account.filter(|account| account.language.is_some()) {
        let chosen = Preferences {
            language: Some(language.tag().to_owned()),
            time_zone: account.time_zone.clone(),
            theme: account.theme,
        };
        let by = Actor::logged_in(&account, Door::Pages, client.address);
        preferences::set(&app, &by, account.id, chosen).await?;
    }
    let mut response = see_other(own_path(&back.next).unwrap_or("/"));
    response.headers_mut().append(header::SET_COOKIE, cookies::set_language(&app, language));
    Ok(response)
}
