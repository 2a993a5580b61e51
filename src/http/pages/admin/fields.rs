//! The form of an account, as admins fill it in, and what another admin saved while they did.

use std::borrow::Cow;

use askama::filters::Safe;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::accounts::change::Change;
use crate::accounts::manage::Managed;
use crate::accounts::manage::edit::Edit;
use crate::language::zone_names;
use crate::model::Language;
use crate::model::profile::{TEXTS, limits, line, text};
use crate::model::{Account, Email, Field, Problem, Profile, Username};

use crate::http::pages::context::PageContext;
use crate::http::pages::forms::{Fields, Problems, kept_or, typed_profile};

/// What the form holds.
#[derive(Clone, Debug, Default)]
pub(super) struct UserForm {
    pub(super) revision: String,
    /// What the editor was shown, a fingerprint for each field: it tells what they changed from what they left alone.
    pub(super) seen: String,
    pub(super) name: String,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) email_confirmed: bool,
    pub(super) role: String,
    pub(super) organization: String,
    /// What other people see, as it was typed.
    pub(super) profile: Profile,
    pub(super) language: String,
    pub(super) time_zone: String,
    pub(super) note: String,
}

impl UserForm {
    pub(super) fn of(found: &Managed) -> UserForm {
        let account = &found.account;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let form = UserForm {
            revision: found.revision.to_string(),
            seen: String::new(),
            name: account.name.full.clone(),
            username: account.username().unwrap_or_default().to_owned(),
            email: account.email().unwrap_or_default().to_owned(),
            email_confirmed: account.email_verified_at.is_some(),
            role: if account.is_admin { "admin" } else { "member" }.to_owned(),
            organization: text(&account.organization),
            profile: account.profile.clone(),
            language: text(&account.language),
            time_zone: text(&account.time_zone),
            note: found.note.clone(),
        };
        let seen = form.values().map(|(field, value)| format!("{field}:{}", fingerprint(&value))).collect::<Vec<_>>();
        UserForm { seen: seen.join(" "), ..form }
    }

    pub(super) fn of_fields(mut fields: Fields) -> UserForm {
        let profile = typed_profile(&mut fields);
        let email_confirmed = fields.contains_key("email_confirmed");
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        UserForm {
            revision: take("revision"),
            seen: take("seen"),
            name: take("name"),
            username: take("username"),
            email: take("email"),
            email_confirmed,
            role: take("role"),
            organization: take("organization"),
            profile,
            language: take("language"),
            time_zone: take("time_zone"),
            note: take("note"),
        }
    }

    /// Each field by its name, as browsers send them; what is not ticked is empty.
    fn values(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let tick = |on: bool| if on { "1" } else { "" };
        let own = [
            ("name", self.name.as_str()),
            ("username", &self.username),
            ("email", &self.email),
            ("email_confirmed", tick(self.email_confirmed)),
            ("role", &self.role),
            ("organization", &self.organization),
            ("public", tick(self.profile.public)),
            ("findable", tick(self.profile.findable)),
            ("language", &self.language),
            ("time_zone", &self.time_zone),
            ("note", &self.note),
        ];
        let texts = TEXTS.iter().map(|text| (text.field.name(), (text.of)(&self.profile).as_str()));
        // Browsers send each line break as two characters.
        let unified = |(field, value): (_, &'_ str)| (field, Cow::from(value.replace("\r\n", "\n")));
        own.into_iter().chain(texts).map(unified)
    }

    /// The form made anew from how the account stands now: what its editor left alone is as it is now, so that saving
    /// again writes what they changed and nothing else.
    pub(super) fn over(&self, now: &Managed) -> UserForm {
        let now = UserForm::of(now);
        let is_left_alone = |field: &str, typed: &str| {
            let seen = self.seen.split(' ').filter_map(|part| part.split_once(':')).find(|(known, _)| *known == field);
            seen.is_some_and(|(_, seen)| seen == fingerprint(typed))
        };
        let merged = self.values().zip(now.values()).map(|((field, typed), (_, stored))| {
            (field.to_owned(), if is_left_alone(field, &typed) { stored } else { typed }.into_owned())
        });
        let fields = merged.filter(|(_, value)| !value.is_empty()).collect();
        UserForm { revision: now.revision.clone(), seen: now.seen.clone(), ..UserForm::of_fields(fields) }
    }

    /// The fields as the account takes them, or everything that is wrong. What an account has stays acceptable, by
    /// whatever rule it came in.
    pub(super) fn check(&self, account: &Account) -> Result<Edit, Problems> {
        let mut problems = Problems::default();
        let name =
            problems.check(Field::Name, kept_or(&self.name, &account.name.full, |name| line(name, limits::NAME)));
        let username = problems.check(Field::Username, self.username(account));
        let email = problems.check(Field::Email, self.email(account));
        let known = account.organization.clone().unwrap_or_default();
        let organization =
            problems.check(Field::Organization, kept_or(&self.organization, &known, |name| line(name, limits::NAME)));
        let profile = problems.check_profile(&self.profile, &account.profile);
        let language = chosen(&self.language, account.language.as_ref(), Language::of_tag(&self.language).is_some());
        let language = problems.check(Field::Language, language);
        let known_zone = zone_names().any(|name| name == self.time_zone);
        let time_zone =
            problems.check(Field::TimeZone, chosen(&self.time_zone, account.time_zone.as_ref(), known_zone));
        let role = match self.role.as_str() {
            "admin" => Ok(true),
            "member" => Ok(false),
            _ => Err(Problem::Malformed),
        };
        let is_admin = problems.check(Field::Role, role);
        let note = problems.check(Field::Note, text(&self.note, limits::NOTE));
        // A form without a readable number was made from nothing that is known: the use case says so.
        let revision = self.revision.parse().unwrap_or(-1);
        let edit = note.map(|note| Edit {
            revision,
            note,
            change: Change {
                full_name: name,
                username,
                email,
                email_confirmed: Some(self.email_confirmed),
                profile: Some(profile),
                organization: organization.map(|name| Some(name).filter(|name| !name.is_empty())),
                language,
                time_zone,
                is_admin,
                ..Change::default()
            },
        });
        problems.or(edit)
    }

    fn username(&self, account: &Account) -> Result<Option<Username>, Problem> {
        if self.username == account.username().unwrap_or_default() {
            return Ok(account.username.clone());
        }
        // One of the two names has to stay.
        if self.username.trim().is_empty() && !self.email.trim().is_empty() {
            return Ok(None);
        }
        Username::assign(&self.username).map(Some)
    }

    fn email(&self, account: &Account) -> Result<Option<Email>, Problem> {
        if self.email == account.email().unwrap_or_default() {
            return Ok(account.email.clone());
        }
        if self.email.trim().is_empty() && !self.username.trim().is_empty() {
            return Ok(None);
        }
        Email::choose(&self.email).map(Some)
    }
}

/// What tells one value of a field from another, whatever its length.
fn fingerprint(value: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(value)[..9])
}

/// An entry of a list; empty is the first of each.
fn chosen(value: &String, stored: Option<&String>, is_known: bool) -> Result<Option<String>, Problem> {
    match value.as_str() {
        "" => Ok(None),
        _ if is_known || stored == Some(value) => Ok(Some(value.clone())),
        _ => Err(Problem::Malformed),
    }
}

/// What stands in the account now where it differs from what was typed.
#[derive(Default)]
pub(super) struct EditConflict {
    is_there: bool,
    by: Option<String>,
    fields: Vec<(&'static str, String)>,
}

impl EditConflict {
    /// What differs between a form and the account.
    pub(super) fn between(shell: &PageContext, form: &UserForm, now: &Managed) -> EditConflict {
        let stored = UserForm::of(now);
        let yes_or_no = |yes: bool| shell.words.text(if yes { "admin-yes" } else { "admin-no" }).into_owned();
        let differing = form.values().zip(stored.values()).filter(|((_, typed), (_, stored))| typed != stored);
        let fields = differing.map(|(_, (field, stored))| {
            let shown = match field {
                "email_confirmed" | "public" | "findable" => yes_or_no(!stored.is_empty()),
                "role" => shell.words.text(format!("admin-{stored}")).into_owned(),
                _ if stored.is_empty() => shell.words.text(key!("admin-empty")).into_owned(),
                _ => stored.into_owned(),
            };
            (field, shown)
        });
        let fields = fields.collect();
        EditConflict { is_there: true, by: None, fields }
    }

    /// The same, and who saved it, where that is known.
    pub(super) fn by(self, admin: Option<String>) -> EditConflict {
        EditConflict { by: admin, ..self }
    }

    /// What to say of it above the form.
    pub(super) fn sentence(&self, shell: &PageContext) -> Option<String> {
        self.is_there.then(|| match &self.by {
            Some(admin) => shell.text_with(key!("admin-conflict"), "admin", admin),
            None => shell.words.text(key!("admin-conflict-somebody")).into_owned(),
        })
    }

    /// What is saved at a field.
    pub(super) fn at(&self, field: &str) -> Option<&String> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, value)| value)
    }

    /// What a control says about its hint, what is saved, and its message: attributes of ours.
    pub(super) fn described(&self, shell: &PageContext, problems: &Problems, field: &str, hint: bool) -> Safe<String> {
        let is_wrong = problems.on(shell, field).is_some();
        let ids = [("hint", hint), ("now", self.at(field).is_some()), ("error", is_wrong)];
        let ids: Vec<_> = ids.iter().filter(|(_, there)| *there).map(|(id, _)| format!("{field}-{id}")).collect();
        let invalid = if is_wrong || problems.about(field) { " aria-invalid=\"true\"" } else { "" };
        let described = if ids.is_empty() { String::new() } else { format!(" aria-describedby=\"{}\"", ids.join(" ")) };
        Safe(invalid.to_owned() + &described)
    }
}
