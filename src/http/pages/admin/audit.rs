//! `/admin/audit`: who did what to whom, filtered, a page at a time; the same as a table for spreadsheets.

use askama::Template;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::unfold;
use serde::Deserialize;
use time::Date;
use time::macros::format_description;
use uuid::Uuid;

use crate::app::App;
use crate::audit::export;
use crate::audit::list::{self, Direction, Filter, Person, Record};
use crate::error::Error;
use crate::language::{Key, start_of_day};
use crate::lookup;
use crate::model::audit::Topic;
use crate::model::{AccountId, Actor, Principal};

use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::face::Face;
use crate::http::pages::recent_login::{RecentLogin, ReturnTo};
use crate::http::pages::{activity, csv};
use crate::http::same_origin;
use crate::http::visitor::AdminUser;

/// The rows of a page.
const SIZE: usize = 50;

/// The rows of a table that are read at once.
const BATCH: usize = 500;

/// What the admin looks at; it stands in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct View {
    who: String,
    whom: String,
    topic: String,
    from: String,
    to: String,
    before: String,
    after: String,
}

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    shell: PageContext,
    face: Face,
    view: View,
    topics: Vec<Choice>,
    rows: Vec<Row>,
    /// A name typed that no account has.
    unknown: Option<String>,
    /// How many days rows are kept.
    days: u64,
    table: String,
    newer: Option<String>,
    older: Option<String>,
}

struct Choice {
    value: &'static str,
    label: String,
    chosen: bool,
}

struct Row {
    timestamp: String,
    when: String,
    who: LoggedUser,
    what: String,
    notes: Vec<String>,
    whom: Option<LoggedUser>,
    is_own: bool,
    address: String,
    door: String,
}

/// A user in the table: one who is there leads to their page.
struct LoggedUser {
    name: String,
    id: Option<AccountId>,
    is_gone: bool,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    Query(view): Query<View>,
) -> Result<Response, PageError> {
    let at = activity::direction(&view.before, &view.after);
    let (part, unknown) = match view.filter(&app, &shell).await? {
        Ok(filter) => (list::list(&app, &admin.actor(), &filter, at, SIZE).await?, None),
        Err(unknown) => (list::Part::default(), Some(unknown)),
    };
    let (newer, older) = activity::neighbours(&view.path("/admin/audit"), &part);
    let topic = |topic: Topic| Choice {
        value: topic.as_str(),
        label: shell.words.text(format!("topic-{}", topic.as_str())).into_owned(),
        chosen: view.topic == topic.as_str(),
    };
    Ok(Page(AuditPage {
        face: Face::of(admin.account()),
        topics: Topic::ALL.into_iter().map(topic).collect(),
        rows: part.records.iter().map(|record| row(&shell, record)).collect(),
        unknown,
        days: app.settings().audit_retention.as_secs() / 86_400,
        table: view.path("/admin/audit.csv"),
        newer,
        older,
        view,
        shell,
    })
    .into_response())
}

/// The page with the filter of a table that is asked for.
pub(super) struct FilteredPage;

impl ReturnTo for FilteredPage {
    fn page(asked: &Uri) -> String {
        let query = asked.query().map(|query| format!("?{query}"));
        format!("/admin/audit{}", query.unwrap_or_default())
    }
}

/// Every row of the filter, written while it is read.
pub(super) async fn download(
    State(app): State<App>,
    shell: PageContext,
    admin: AdminUser,
    _: RecentLogin<FilteredPage>,
    headers: HeaderMap,
    Query(view): Query<View>,
) -> Result<Response, PageError> {
    // Each copy leaves a row.
    if same_origin::is_led_by_another(&headers) {
        return Err(PageError::CrossSite);
    }
    let Ok(filter) = view.filter(&app, &shell).await? else { return Err(PageError::NotFound) };
    let by = admin.actor();
    // Rows that come meanwhile, this one first, are not part of it.
    let newest = list::list(&app, &by, &filter, None, 1).await?.records.first().map(|record| record.sequence);
    export::begin(&app, &by).await?;
    let heading = csv::heading([
        "sequence",
        "time",
        "actor_kind",
        "actor_id",
        "actor",
        "action",
        "subject_id",
        "subject",
        "door",
        "address",
        "detail",
    ]);
    let start = Table { app, by, filter, next: newest.map(|newest| newest + 1), heading: Some(heading) };
    let lines = unfold(start, async |mut table| {
        let lines = table.lines().await.transpose()?;
        Some((lines, table))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// A table under way.
struct Table {
    app: App,
    by: Actor,
    filter: Filter,
    /// Rows before this one are to come; nothing at the end.
    next: Option<i64>,
    heading: Option<String>,
}

impl Table {
    /// Some more lines, or nothing when that was all.
    async fn lines(&mut self) -> Result<Option<String>, Error> {
        if let Some(heading) = self.heading.take() {
            return Ok(Some(heading));
        }
        let Some(next) = self.next else { return Ok(None) };
        let at = Some(Direction::Before(next));
        let part = list::list(&self.app, &self.by, &self.filter, at, BATCH).await?;
        self.next = part.records.last().filter(|_| part.has_older).map(|record| record.sequence);
        Ok(Some(part.records.iter().map(line).collect()))
    }
}

fn line(record: &Record) -> String {
    let id = |person: &Option<Person>| person.as_ref().map(|person| person.id.to_string()).unwrap_or_default();
    let name = |person: &Option<Person>| person.as_ref().and_then(|person| person.name.clone()).unwrap_or_default();
    let detail = if record.detail.is_null() { String::new() } else { record.detail.to_string() };
    csv::line([
        record.sequence.to_string().as_str(),
        &activity::timestamp(record),
        &record.actor_kind,
        &id(&record.actor),
        &name(&record.actor),
        &record.name,
        &id(&record.subject),
        &name(&record.subject),
        &record.door,
        record.address.as_deref().unwrap_or_default(),
        &detail,
    ])
}

fn row(shell: &PageContext, record: &Record) -> Row {
    let person = |person: &Person| LoggedUser {
        // The end of an id tells more than its beginning, which is the time.
        name: person.name.clone().unwrap_or_else(|| format!("…{}", &person.id.to_string()[24..])),
        id: Some(person.id),
        is_gone: person.name.is_none(),
    };
    let nameless = || LoggedUser {
        name: shell.words.text(format!("who-{}", record.actor_kind)).into_owned(),
        id: None,
        is_gone: false,
    };
    let door = Key::find(&format!("door-{}", record.door));
    Row {
        timestamp: activity::timestamp(record),
        when: activity::when(shell, record),
        who: record.actor.as_ref().map_or_else(nameless, person),
        what: activity::action(shell, record),
        notes: activity::changes(shell, record).into_iter().chain(activity::agent(shell, record)).collect(),
        whom: record.subject.as_ref().map(person),
        is_own: record.is_own(),
        address: record.address.clone().unwrap_or_default(),
        door: door.map_or_else(|| record.door.clone(), |key| shell.words.text(key).into_owned()),
    }
}

impl View {
    /// As the log takes it; or the name of an unknown user. What else makes no sense is as if it was not there.
    async fn filter(&self, app: &App, shell: &PageContext) -> Result<Result<Filter, String>, PageError> {
        let zone = shell.account.as_ref().and_then(|account| account.time_zone.as_deref());
        // Days that both databases know, and so does the day behind each.
        let day = |text: &str| {
            let day = Date::parse(text, format_description!("[year]-[month]-[day]")).ok();
            day.filter(|day| (1..=9998).contains(&day.year()))
        };
        let mut filter = Filter {
            actor: self.nameless(shell),
            subject: None,
            topic: Topic::of(&self.topic),
            from: day(&self.from).map(|day| start_of_day(day, zone)),
            until: day(&self.to).and_then(Date::next_day).map(|day| start_of_day(day, zone)),
        };
        if filter.actor.is_none() && !self.who.trim().is_empty() {
            match named(app, &self.who).await? {
                Some(id) => filter.actor = Some(Principal::Account(id)),
                None => return Ok(Err(self.who.trim().to_owned())),
            }
        }
        if !self.whom.trim().is_empty() {
            match named(app, &self.whom).await? {
                Some(id) => filter.subject = Some(id),
                None => return Ok(Err(self.whom.trim().to_owned())),
            }
        }
        Ok(Ok(filter))
    }

    /// An actor without an account, by what the table calls them.
    fn nameless(&self, shell: &PageContext) -> Option<Principal> {
        let typed = self.who.trim().to_lowercase();
        [Principal::Operator, Principal::Service, Principal::Anonymous]
            .into_iter()
            .find(|who| typed == who.kind() || typed == shell.words.text(format!("who-{}", who.kind())).to_lowercase())
    }

    /// The address of this list, from its beginning.
    fn path(&self, page: &str) -> String {
        let fields = [
            ("who", self.who.trim()),
            ("whom", self.whom.trim()),
            ("topic", &self.topic),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
    }

    fn is_narrowed(&self) -> bool {
        !self.path("").is_empty()
    }
}

/// The account an admin means: by username, e-mail or id, which may be of an account that is gone.
async fn named(app: &App, name: &str) -> Result<Option<AccountId>, PageError> {
    let name = name.trim();
    match lookup::named(app, name).await {
        Ok(account) => Ok(Some(account.id)),
        Err(Error::NotFound) => Ok(Uuid::parse_str(name).ok().map(AccountId)),
        Err(error) => Err(error.into()),
    }
}
