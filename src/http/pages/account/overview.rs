//! `/account`: where everything is, and how it stands.

use askama::Template;
use axum::extract::State;

use crate::accounts;
use crate::app::App;

use super::super::super::fault::Fault;
use super::super::super::visitor::CurrentUser;
use super::super::shell::{Page, Shell};
use super::Face;

#[derive(Template)]
#[template(path = "account/overview.html")]
pub(crate) struct OverviewPage {
    shell: Shell,
    face: Face,
    name: String,
    devices: usize,
    username: Option<String>,
    email: Option<String>,
    public_page: Option<String>,
    has_picture: bool,
}

pub(super) async fn show(State(app): State<App>, shell: Shell, user: CurrentUser) -> Result<Page<OverviewPage>, Fault> {
    let devices = accounts::devices::list(&app, user.0.id).await?.len();
    Ok(Page(OverviewPage {
        shell,
        face: Face::of(&user.0),
        name: user.0.shown_name().to_owned(),
        devices,
        username: user.0.username().map(str::to_owned),
        email: user.0.email().map(str::to_owned),
        public_page: user.0.username().filter(|_| user.0.profile.public).map(super::super::user::path),
        has_picture: user.0.picture.is_some(),
    }))
}
