//! `/account…`: what people see and change of their own account.

mod app_passwords;
mod data;
pub(super) mod delete;
mod factor;
mod history;
pub(super) mod overview;
pub(super) mod passkeys;
mod picture;
pub(super) mod preferences;
pub(super) mod profile;
pub(super) mod security;
pub(super) mod two_factor;

use axum::Router;
use axum::extract::DefaultBodyLimit;

use crate::app::App;

use super::{picture_form, picture_panel, redirect};
use crate::http::routing::{form, get};

pub(super) fn router(app: &App) -> Router<App> {
    let picture = Router::new()
        .route(picture_panel::OWN, form(async || redirect("/account/profile"), picture::submit))
        .layer(DefaultBodyLimit::max(picture_form::limit(app)));
    Router::new()
        .route(overview::PATH, get(overview::show))
        .route("/account/profile", form(profile::show, profile::submit))
        .route("/account/picture/original", get(picture::original))
        .route("/account/picture/preview", get(picture::preview))
        .route("/account/email", form(preferences::show, preferences::submit))
        .route("/account/email/address", form(async || redirect("/account/email"), preferences::submit_address))
        .route("/account/email/confirm", form(async || redirect("/account"), overview::send_again))
        .route("/account/security", get(security::show))
        .route("/account/security/history", get(history::show))
        .route(security::PASSWORD, form(security::show_add_password, security::change_password))
        .route("/account/security/sessions", form(async || redirect("/account/security"), security::end_session))
        .route("/account/security/sessions/others", form(async || redirect("/account/security"), security::end_others))
        .route("/account/security/notices", form(async || redirect("/account/security"), security::set_notices))
        .route("/account/security/two-factor", get(two_factor::show))
        .route("/account/security/two-factor/app", form(two_factor::show_add, two_factor::add))
        .route("/account/security/two-factor/codes", form(two_factor::show_codes, two_factor::turn_on))
        .route(
            "/account/security/two-factor/recovery",
            form(async || redirect(two_factor::PATH), two_factor::renew_codes),
        )
        .route(
            "/account/security/two-factor/browsers",
            form(async || redirect(two_factor::PATH), two_factor::end_trust),
        )
        .route("/account/security/two-factor/app/{id}", form(two_factor::show_one, two_factor::rename))
        .route("/account/security/two-factor/app/{id}/remove", form(two_factor::back, two_factor::remove))
        .route(passkeys::PATH, get(passkeys::show))
        .route(passkeys::SIGNALS, get(passkeys::show_signals))
        .route(passkeys::ADD, form(passkeys::show_add, passkeys::add))
        .route(passkeys::ADD_KEY, form(passkeys::show_add, passkeys::add))
        .route("/account/security/passkeys/{key}", form(passkeys::show_one, passkeys::rename))
        .route("/account/security/passkeys/{key}/remove", form(passkeys::back, passkeys::remove))
        .route("/account/app-passwords", form(app_passwords::show, app_passwords::make))
        .route("/account/app-passwords/{id}/remove", form(app_passwords::show_remove, app_passwords::remove))
        .route("/account/data", get(data::show))
        .route("/account/data/download", form(async || redirect("/account/data"), data::download))
        .route("/account/delete", form(delete::show, delete::submit))
        .merge(picture)
}
