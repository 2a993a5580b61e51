//! What was done, in words: lines for a person's own history and for the page that admins see of a user.

use serde_json::{Map, Value};
use time::format_description::well_known::Rfc3339;

use crate::audit::list::{Direction, Part, Record};
use crate::language::{Key, device_name};
use crate::model::Field;
use crate::model::audit::Action;

use super::context::PageContext;

/// The reader of an activity list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The person it is about: admins have neither name nor address.
    Person,
    /// An admin.
    Admin,
}

/// Something that was done.
pub(crate) struct Line {
    /// What.
    pub(crate) text: String,
    /// More of it: on which device, from where, which fields.
    pub(crate) notes: Vec<String>,
    /// When, for machines.
    pub(crate) timestamp: String,
    /// When, for people.
    pub(crate) when: String,
}

/// The lines of some rows of the log. Wrong passwords behind one another, from one address, are one line.
pub(crate) fn lines(shell: &PageContext, records: &[Record], reader: Reader) -> Vec<Line> {
    let is_same = |one: &Record, other: &Record| {
        let is_wrong = |record: &Record| record.action == Some(Action::WrongPassword);
        is_wrong(one) && is_wrong(other) && one.address == other.address
    };
    // What admins note is theirs: that they did so, too.
    let records: Vec<&Record> =
        records.iter().filter(|record| reader == Reader::Admin || record.action != Some(Action::NoteChanged)).collect();
    records
        .chunk_by(|one, other| is_same(one, other))
        .map(|records| line(shell, records[0], records.len(), reader))
        .collect()
}

fn line(shell: &PageContext, record: &Record, attempts: usize, reader: Reader) -> Line {
    let mut notes: Vec<String> = fields(shell, record).into_iter().chain(agent(shell, record)).collect();
    if reader == Reader::Admin || record.is_own() || record.actor_kind == "stranger" {
        notes.extend(record.address.clone());
    }
    if reader == Reader::Admin {
        notes.extend(record.detail.get("reason").and_then(|reason| reason.as_str()).map(str::to_owned));
    }
    Line {
        text: sentence(shell, record, attempts, reader),
        notes,
        timestamp: timestamp(record),
        when: when(shell, record),
    }
}

/// When it happened, as machines read it.
pub(crate) fn timestamp(record: &Record) -> String {
    record.created_at.format(&Rfc3339).unwrap_or_default()
}

/// When it happened, as the reader's clock shows it.
pub(crate) fn when(shell: &PageContext, record: &Record) -> String {
    let zone = shell.account.as_ref().and_then(|account| account.time_zone.as_deref());
    shell.words.timestamp(record.created_at, zone)
}

/// What was done, and by whom where it was not the person.
fn sentence(shell: &PageContext, record: &Record, attempts: usize, reader: Reader) -> String {
    let name = record.actor.as_ref().and_then(|actor| actor.name.as_deref());
    let who = match record.actor_kind.as_str() {
        "account" if record.is_own() => "own",
        "account" if reader == Reader::Admin && name.is_some() => "person",
        "account" => "admin",
        "service" => "service",
        "operator" => "operator",
        _ => "own",
    };
    said(shell, record, who, name.unwrap_or_default(), attempts)
}

/// What was done, by any actor.
pub(crate) fn action(shell: &PageContext, record: &Record) -> String {
    said(shell, record, "own", "", 1)
}

fn said(shell: &PageContext, record: &Record, who: &'static str, name: &str, attempts: usize) -> String {
    // What a newer program wrote has no sentence here: its name says enough.
    let Some(action) = record.action else { return record.name.clone() };
    let values = [("who", who.into()), ("name", name.into()), ("number", attempts.into())];
    shell.words.with(format!("act-{}", action.as_str()), &values)
}

/// The device that logged in, if that is known.
pub(crate) fn agent(shell: &PageContext, record: &Record) -> Option<String> {
    let agent = record.detail.get("agent")?.as_str().filter(|agent| !agent.is_empty())?;
    Some(device_name(agent, shell.words).0)
}

/// What the fields are called that changed.
fn fields(shell: &PageContext, record: &Record) -> Option<String> {
    // What an account began with is no change.
    record.detail.get("before")?;
    let after = record.detail.get("after")?.as_object()?;
    let names: Vec<_> = told(after).into_iter().map(|(name, _)| field(shell, name)).collect();
    Some(names.join(", ")).filter(|_| names.len() > 1 || record.action == Some(Action::ProfileChanged))
}

/// The fields of a change in the order of [`Field::ALL`], those of other programs last. The parts of a name that is
/// there whole say nothing more.
fn told(fields: &Map<String, Value>) -> Vec<(&String, &Value)> {
    // Whether an e-mail is confirmed goes with it.
    let place = |name: &str| {
        let name = name.trim_end_matches("_confirmed");
        Field::ALL.iter().position(|known| known.name() == name).unwrap_or(Field::ALL.len())
    };
    let is_part = |name: &str| matches!(name, "first_name" | "last_name") && fields.contains_key("name");
    let mut told: Vec<_> = fields.iter().filter(|(name, _)| !is_part(name)).collect();
    told.sort_by_key(|(name, _)| place(name));
    told
}

/// What a field is called.
fn field(shell: &PageContext, name: &str) -> String {
    let key = Key::find(&format!("change-{}", name.replace('_', "-")));
    key.map_or_else(|| name.to_owned(), |key| shell.words.text(key).into_owned())
}

/// Values before and after, a line for each field.
pub(crate) fn changes(shell: &PageContext, record: &Record) -> Vec<String> {
    let Some(after) = record.detail.get("after").and_then(Value::as_object) else { return Vec::new() };
    let before = record.detail.get("before");
    let line = |(name, after): (&String, &Value)| match before {
        Some(before) => {
            let before = before.get(name).unwrap_or(&Value::Null);
            let values =
                [("field", field(shell, name)), ("before", shown(shell, before)), ("after", shown(shell, after))];
            shell.words.with(key!("change-line"), &values.map(|(name, value)| (name, value.into())))
        }
        None => {
            let values = [("field", field(shell, name)), ("after", shown(shell, after))];
            shell.words.with(key!("change-first"), &values.map(|(name, value)| (name, value.into())))
        }
    };
    let is_worth_a_line = |(_, after): &(&String, &Value)| before.is_some() || !is_nothing(after);
    told(after).into_iter().filter(is_worth_a_line).map(line).collect()
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value.as_str().is_some_and(str::is_empty)
}

/// A value as people read it; of a long text the beginning.
fn shown(shell: &PageContext, value: &Value) -> String {
    const MAX_VALUE_LETTERS: usize = 80;
    match value {
        Value::Bool(true) => shell.words.text(key!("change-yes")).into_owned(),
        Value::Bool(false) => shell.words.text(key!("change-no")).into_owned(),
        Value::String(text) if !text.is_empty() => {
            let mut short: String = text.chars().take(MAX_VALUE_LETTERS).collect();
            if short.len() < text.len() {
                short.push('…');
            }
            short
        }
        Value::Null | Value::String(_) => "–".to_owned(),
        other => other.to_string(),
    }
}

/// The addresses of the parts before and behind this one, of a page whose address ends in what stands in `base`.
pub(crate) fn neighbours(base: &str, part: &Part) -> (Option<String>, Option<String>) {
    let link = |name: &str, number: i64| {
        let sign = if base.contains('?') { '&' } else { '?' };
        format!("{base}{sign}{name}={number}")
    };
    let newer = part.records.first().filter(|_| part.has_newer).map(|record| link("after", record.sequence));
    let older = part.records.last().filter(|_| part.has_older).map(|record| link("before", record.sequence));
    (newer, older)
}

/// Where in the log an address leads.
pub(crate) fn direction(before: &str, after: &str) -> Option<Direction> {
    let behind = after.parse().ok().map(Direction::Behind);
    behind.or_else(|| before.parse().ok().map(Direction::Before))
}
