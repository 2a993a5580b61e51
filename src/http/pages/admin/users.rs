//! `/admin/users`: all accounts, found by words and filters, a page at a time.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::search::{self, Count, Cursor, Found, Page as Part, Sort};
use crate::app::App;
use crate::language::Key;
use crate::model::{AccountId, Status};

use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::visitor::AdminUser;

/// Which part of the list the admin looks at; it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct View {
    pub(super) q: String,
    /// `active`, `disabled`, `unconfirmed` or `bounces`.
    pub(super) status: String,
    /// `admin` or `member`.
    pub(super) role: String,
    /// `on` or `off`.
    #[serde(rename = "two-factor")]
    pub(super) two_factor: String,
    pub(super) sort: String,
    pub(super) after: String,
    pub(super) before: String,
}

impl View {
    /// From the query of such an address.
    pub(super) fn of_query(query: &str) -> View {
        let mut view = View::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let field = match name.as_ref() {
                "q" => &mut view.q,
                "status" => &mut view.status,
                "role" => &mut view.role,
                "two-factor" => &mut view.two_factor,
                "sort" => &mut view.sort,
                _ => continue,
            };
            *field = value.into_owned();
        }
        view
    }

    /// As the search takes it. What makes no sense is as if it was not there: addresses are typed by people.
    pub(super) fn query(&self) -> search::Query {
        search::Query {
            text: self.q.trim().chars().take(200).filter(|letter| *letter != '\0').collect(),
            status: Status::try_from(self.status.clone()).ok(),
            admins: match self.role.as_str() {
                "admin" => Some(true),
                "member" => Some(false),
                _ => None,
            },
            two_factor: match self.two_factor.as_str() {
                "on" => Some(true),
                "off" => Some(false),
                _ => None,
            },
            unconfirmed: self.status == "unconfirmed",
            bounces: self.status == "bounces",
            sort: Sort::parse(&self.sort),
            page: match (Cursor::parse(&self.after), Cursor::parse(&self.before)) {
                (Some(cursor), _) => Part::After(cursor),
                (None, Some(cursor)) => Part::Before(cursor),
                (None, None) => Part::First,
            },
            limit: 0,
        }
    }

    /// The address of the first page of this list.
    pub(super) fn path(&self) -> String {
        let start = View { after: String::new(), before: String::new(), ..self.clone() };
        start.path_at("", "")
    }

    fn path_at(&self, place: &str, cursor: &str) -> String {
        let fields = [
            ("q", self.q.trim()),
            ("status", &self.status),
            ("role", &self.role),
            ("two-factor", &self.two_factor),
            ("sort", &self.sort),
        ];
        let fields = fields.into_iter().chain([(place, cursor)]).filter(|(_, value)| !value.is_empty());
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        if query.is_empty() { "/admin/users".to_owned() } else { format!("/admin/users?{query}") }
    }

    fn with(&self, change: impl FnOnce(&mut View)) -> String {
        let mut view = self.clone();
        change(&mut view);
        view.path()
    }

    fn is_narrowed(&self) -> bool {
        [self.q.trim(), &self.status, &self.role, &self.two_factor].iter().any(|filter| !filter.is_empty())
    }
}

#[derive(Template)]
#[template(path = "admin/users.html")]
pub(super) struct UsersPage {
    shell: PageContext,
    face: Face,
    view: View,
    tabs: Vec<Tab>,
    by_name: Heading,
    by_joined: Heading,
    rows: Vec<Row>,
    /// "25 of 1,284".
    shown: String,
    /// "all 1,284", for the button that exports them.
    total: String,
    previous: Option<String>,
    next: Option<String>,
    /// Something was to be done, and no account was selected for it.
    none_chosen: bool,
}

struct Tab {
    label: String,
    path: String,
    count: Option<String>,
    is_current: bool,
}

/// A column that the list can be sorted by.
struct Heading {
    path: String,
    /// The value of `aria-sort`, when it is sorted by this one.
    order: Option<&'static str>,
}

struct Row {
    id: AccountId,
    face: Face,
    name: String,
    /// What else it is known by.
    login: String,
    is_active: bool,
    is_admin: bool,
    two_factor: bool,
    seen: String,
    joined: String,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    Query(view): Query<View>,
) -> Result<Response, PageError> {
    Ok(page(&app, shell, &admin, view, false).await?.into_response())
}

/// The list; `none_chosen` when something was to be done and no box was ticked.
pub(super) async fn page(
    app: &App,
    shell: PageContext,
    admin: &AdminUser,
    view: View,
    none_chosen: bool,
) -> Result<Page<UsersPage>, PageError> {
    let found = search::search(app, &admin.actor(), &view.query()).await?;
    let number = |count: Count| {
        let number = shell.words.number(count.number);
        if count.exact { number } else { shell.text_with(key!("count-at-least"), "number", &number) }
    };
    let of = match view.query().status {
        None => found.all,
        Some(Status::Active) => found.active,
        Some(Status::Disabled) => found.disabled,
    };
    let shown = [("number", found.rows.len().into()), ("total", number(of).into())];
    let zone = admin.account().time_zone.as_deref();
    let now = app.now();
    let row = |row: &search::Row| {
        let account = &row.account;
        let name = account.shown_name().to_owned();
        let login = [account.email(), account.username()].into_iter().flatten().find(|login| *login != name);
        Row {
            id: account.id,
            face: Face::of(account),
            login: login.unwrap_or_default().to_owned(),
            is_active: account.is_active(),
            is_admin: account.is_admin,
            two_factor: account.two_factor,
            seen: row.last_seen.map_or_else(
                || shell.words.text(key!("admin-never")).into_owned(),
                |seen| shell.words.ago(seen, now, zone),
            ),
            joined: shell.words.day(account.created_at, zone),
            name,
        }
    };
    Ok(Page(UsersPage {
        face: Face::of(admin.account()),
        tabs: tabs(&shell, &view, &found, number),
        by_name: by_name(&view),
        by_joined: by_joined(&view),
        rows: found.rows.iter().map(row).collect(),
        shown: shell.words.with(key!("admin-users-shown"), &shown),
        total: number(of),
        previous: found.previous.as_ref().map(|cursor| view.path_at("before", &cursor.text())),
        next: found.next.as_ref().map(|cursor| view.path_at("after", &cursor.text())),
        none_chosen,
        view,
        shell,
    }))
}

fn tabs(shell: &PageContext, view: &View, found: &Found, number: impl Fn(Count) -> String) -> Vec<Tab> {
    // Behind each tab stands how many it would show. How many are unconfirmed, or have mail come back, is counted only
    // when asked for, and then the others are not: each would be a search of its own.
    let narrowed = ["unconfirmed", "bounces"].contains(&view.status.as_str());
    let own = |status: &str| Some(found.all).filter(|_| view.status == status);
    let tab = |status: &str, key: Key, count: Option<Count>| Tab {
        label: shell.words.text(key).into_owned(),
        path: view.with(|view| view.status = status.to_owned()),
        count: count.map(&number),
        is_current: view.status == status,
    };
    let mut tabs = vec![
        tab("", key!("admin-tab-all"), Some(found.all).filter(|_| !narrowed)),
        tab("active", key!("admin-tab-active"), Some(found.active).filter(|_| !narrowed)),
        tab("unconfirmed", key!("admin-tab-unconfirmed"), own("unconfirmed")),
        tab("disabled", key!("admin-tab-disabled"), Some(found.disabled).filter(|_| !narrowed)),
    ];
    if shell.sends_mail() {
        tabs.push(tab("bounces", key!("admin-tab-bounces"), own("bounces")));
    }
    tabs
}

fn by_name(view: &View) -> Heading {
    let (order, next) = match Sort::parse(&view.sort) {
        Sort::Name => (Some("ascending"), Sort::NameBackwards),
        Sort::NameBackwards => (Some("descending"), Sort::Name),
        Sort::Newest | Sort::Oldest => (None, Sort::Name),
    };
    Heading { order, path: view.with(|view| view.sort = next.as_str().to_owned()) }
}

fn by_joined(view: &View) -> Heading {
    let (order, next) = match Sort::parse(&view.sort) {
        Sort::Newest => (Some("descending"), Sort::Oldest),
        Sort::Oldest => (Some("ascending"), Sort::Newest),
        Sort::Name | Sort::NameBackwards => (None, Sort::Newest),
    };
    Heading { order, path: view.with(|view| view.sort = next.as_str().to_owned()) }
}
