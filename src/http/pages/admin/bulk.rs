//! `/admin/users/selected`: bulk actions on many accounts of the list at once.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use crate::accounts::manage::{self, bulk};
use crate::app::App;
use crate::mails::Tell;
use crate::model::profile::{limits, text};
use crate::model::{AccountId, Field, Status};

use super::users::{self, View};
use super::{export, is_admin_path, ticked};
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::forms::{Fields, Form, Problems};
use crate::http::pages::recent_login;
use crate::http::pages::{draft, local_path, redirect, redirect_with_flash};
use crate::http::sessions::Current;
use crate::http::visitor::AdminUser;

const PATH: &str = "/admin/users/selected";

/// The accounts that boxes are ticked of, what to do, and the list to go back to.
struct Selection {
    ids: Vec<AccountId>,
    act: String,
    back: String,
    reason: String,
    /// What they are told by mail, once that was asked.
    tell: Option<Tell>,
}

impl Selection {
    /// From a form; each ticked box is a field of the same name.
    fn of(pairs: &[(String, String)]) -> Selection {
        let id = |text: &str| text.parse::<Uuid>().ok().map(AccountId);
        let one = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        let chosen = pairs.iter().filter(|(name, _)| name == "id").map(|(_, value)| value.as_str());
        let ids = chosen.chain(one("ids").into_iter().flat_map(|ids| ids.split(','))).filter_map(id);
        let back = one("back").and_then(local_path).filter(|path| is_admin_path(path));
        Selection {
            ids: ids.take(bulk::MAX_ACCOUNTS).collect(),
            act: one("do").unwrap_or_default().to_owned(),
            back: back.unwrap_or("/admin/users").to_owned(),
            reason: one("reason").unwrap_or_default().to_owned(),
            tell: one("reason").map(|_| ticked(|name| one(name).is_some())),
        }
    }

    /// The ids in one field.
    fn joined(&self) -> String {
        self.ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    /// As it is kept while the admin proves who they are.
    fn fields(&self) -> Fields {
        let mut fields = vec![("ids", self.joined()), ("do", self.act.clone()), ("back", self.back.clone())];
        if let Some(tell) = self.tell {
            fields.push(("reason", self.reason.clone()));
            let boxes = [("tell", tell != Tell::No), ("tell_reason", tell == Tell::Reason)];
            fields.extend(boxes.into_iter().filter(|(_, ticked)| *ticked).map(|(name, _)| (name, "1".to_owned())));
        }
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The list it was chosen from.
    fn view(&self) -> View {
        let query = self.back.split_once('?').map(|(_, query)| query).unwrap_or_default();
        View::of_query(query)
    }
}

#[derive(Template)]
#[template(path = "admin/chosen_disable.html")]
struct DisablePage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    ids: String,
    back: String,
    reason: String,
    /// None where no mail can tell any of them.
    tell: Option<Tell>,
    /// How many will be disabled, what the first of them are called, and how many more there are.
    count: usize,
    names: Vec<String>,
    more: usize,
    /// How many of those chosen are disabled already.
    already: usize,
    /// The admin is one of them.
    is_own: bool,
}

#[derive(Template)]
#[template(path = "admin/chosen_export.html")]
struct ExportPage {
    shell: PageContext,
    face: Face,
    ids: String,
    back: String,
    act: String,
    count: usize,
}

#[derive(Template)]
#[template(path = "admin/chosen_enable.html")]
struct EnablePage {
    shell: PageContext,
    face: Face,
    ids: String,
    back: String,
    count: usize,
}

/// After a proof: the act as it was asked for, to confirm.
pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
) -> Result<Response, PageError> {
    let Some(fields) = draft::take(&session, PATH).await? else { return Ok(redirect("/admin/users")) };
    let chosen = Selection::of(&fields.into_iter().collect::<Vec<_>>());
    match chosen.act.as_str() {
        "disable" => Ok(confirm_disable(&app, shell, &admin, &chosen, Problems::default()).await?.into_response()),
        "enable" => {
            let (ids, count) = (chosen.joined(), chosen.ids.len());
            Ok(Page(EnablePage { shell, face: Face::of(admin.account()), ids, back: chosen.back, count })
                .into_response())
        }
        "export" | "export-all" => {
            let (ids, count) = (chosen.joined(), chosen.ids.len());
            let (back, act) = (chosen.back, chosen.act);
            Ok(Page(ExportPage { shell, face: Face::of(admin.account()), ids, back, act, count }).into_response())
        }
        _ => Ok(redirect(&chosen.back)),
    }
}

pub(super) async fn submit(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let chosen = Selection::of(&pairs);
    if chosen.ids.is_empty() && chosen.act != "export-all" {
        let page = users::page(&app, shell.at("/admin/users"), &admin, chosen.view(), true).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    // Whatever is no act at all is answered below.
    let is_act = matches!(chosen.act.as_str(), "disable" | "enable" | "export" | "export-all");
    if is_act && let Some(first) = recent_login::required(&app, &session, PATH, &chosen.fields()).await? {
        return Ok(first);
    }
    match chosen.act.as_str() {
        "disable" => Ok(confirm_disable(&app, shell, &admin, &chosen, Problems::default()).await?.into_response()),
        "enable" => {
            let done = bulk::set_status(&app, &admin.actor(), &chosen.ids, Status::Active, "", Tell::Done).await?;
            Ok(redirect_with_flash(&chosen.back, key!("flash-users-enabled"), done.done))
        }
        "export" => export::chosen(&app, &admin, chosen.ids).await,
        "export-all" => export::all(&app, &admin, chosen.view()).await,
        _ => Err(PageError::BadForm),
    }
}

async fn confirm_disable(
    app: &App,
    shell: PageContext,
    admin: &AdminUser,
    chosen: &Selection,
    problems: Problems,
) -> Result<Page<DisablePage>, PageError> {
    let found = manage::find_all(app, &admin.actor(), &chosen.ids).await?;
    let active = found.iter().filter(|account| account.is_active());
    let is_told = shell.sends_mail() && active.clone().any(|account| account.email.is_some());
    let mut names: Vec<String> = active.map(|account| account.shown_name().to_owned()).collect();
    let count = names.len();
    let already = found.len() - count;
    names.truncate(10);
    Ok(Page(DisablePage {
        shell,
        face: Face::of(admin.account()),
        problems,
        ids: chosen.joined(),
        back: chosen.back.clone(),
        reason: chosen.reason.clone(),
        tell: is_told.then_some(chosen.tell.unwrap_or(Tell::Done)),
        count,
        more: count - names.len(),
        names,
        already,
        is_own: chosen.ids.contains(&admin.account().id),
    }))
}

pub(super) async fn disable(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    admin: AdminUser,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let chosen = Selection { act: "disable".to_owned(), ..Selection::of(&pairs) };
    if let Some(first) = recent_login::required(&app, &session, PATH, &chosen.fields()).await? {
        return Ok(first);
    }
    let mut problems = Problems::default();
    let Some(reason) = problems.check(Field::Reason, text(&chosen.reason, limits::REASON)) else {
        let page = confirm_disable(&app, shell.at(PATH), &admin, &chosen, problems).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let tell = chosen.tell.unwrap_or(Tell::No);
    let done = bulk::set_status(&app, &admin.actor(), &chosen.ids, Status::Disabled, &reason, tell).await?;
    let key = if done.kept > 0 { key!("flash-warn-users-disabled-but-one") } else { key!("flash-users-disabled") };
    Ok(redirect_with_flash(&chosen.back, key, done.done))
}
