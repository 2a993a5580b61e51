//! The words: every sentence people read, in every language Portico speaks, found by key. Sentences live in
//! `en.ftl` and `ru.ftl` (Project Fluent), with named values and plural rules. `build.rs` takes out those that are nothing
//! but a line of text with values in it.

#[macro_use]
mod key;
mod dates;
mod device_name;
mod numbers;

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::{Arc, LazyLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use quick_cache::sync::Cache;
use unic_langid::LanguageIdentifier;

use crate::html::escape;
use crate::model::{Field, Language, Problem};

pub use dates::{known_zone, start_of_day, zone_names};
pub use device_name::device_name;
pub use key::{Key, Named};

impl Language {
    /// Its words.
    pub fn words(self) -> &'static Words {
        match self {
            Language::English => &ENGLISH,
            Language::Russian => &RUSSIAN,
        }
    }
}

/// What `build.rs` has made of a language's sentences: lines of text in the order of their keys, and the rest.
macro_rules! sentences {
    ($language:literal) => {
        (
            include_str!(concat!(env!("OUT_DIR"), "/", $language, ".tsv")),
            include_str!(concat!(env!("OUT_DIR"), "/", $language, ".ftl")),
        )
    };
}

static ENGLISH: LazyLock<Words> = LazyLock::new(|| Words::new(Language::English, sentences!("en")));
static RUSSIAN: LazyLock<Words> = LazyLock::new(|| Words::new(Language::Russian, sentences!("ru")));

/// The words of one language.
pub struct Words {
    language: Language,
    /// Sentences of one line, whose values stand in them as they are, by the index of their keys.
    lines: Box<[Option<Line>]>,
    /// The other ones.
    patterns: FluentBundle<FluentResource>,
    cached: Cache<(Key, String), Arc<str>>,
}

/// A sentence of one line.
struct Line {
    /// What stands before its first value.
    text: &'static str,
    /// The same as HTML.
    html: Cow<'static, str>,
    /// The names of its values, each with the text behind it.
    values: Box<[(&'static str, &'static str)]>,
}

/// Room for a value of usual length, in bytes.
const ROOM: usize = 32;

impl Line {
    /// As `build.rs` has written it: text and names by turns, with tabs between them. `None` of a sentence that is no such
    /// line.
    fn parse(row: &'static str) -> Option<Line> {
        let mut parts = row.strip_prefix('=')?.split('\t');
        let text = parts.next().unwrap_or_default();
        let values = std::iter::from_fn(|| parts.next().zip(parts.next())).collect();
        Some(Line { text, html: escape(text), values })
    }

    /// The sentence with these values in it.
    fn fill(&self, values: &[(&'static str, FluentValue<'_>)]) -> Cow<'static, str> {
        if self.values.is_empty() {
            return Cow::Borrowed(self.text);
        }
        let usual = self.values.iter().map(|(_, after)| ROOM + after.len()).sum::<usize>() + self.text.len();
        let mut filled = String::with_capacity(usual);
        filled.push_str(self.text);
        for (name, after) in &self.values {
            match values.iter().find(|(given, _)| given == name) {
                Some((_, FluentValue::String(text))) => filled.push_str(text),
                Some((_, FluentValue::Number(number))) => filled.push_str(&number.as_string()),
                // As Fluent shows what is missing; other kinds of values, no sentence is given.
                _ => filled.extend(["{$", name, "}"]),
            }
            filled.push_str(after);
        }
        Cow::Owned(filled)
    }
}

/// How many sentences with a setting in them are kept: many times as many as there are.
const MAX_CACHED: usize = 256;

/// A value that stands in a sentence.
pub trait Value {
    /// As the sentence takes it: numbers choose plural forms.
    fn value(&self) -> FluentValue<'_>;
}

impl Words {
    fn new(language: Language, (lines, patterns): (&'static str, &str)) -> Words {
        // `build.rs` has parsed it before.
        let resource = FluentResource::try_new(patterns.to_owned()).unwrap_or_else(|(resource, _)| resource);
        let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut patterns = FluentBundle::new_concurrent(vec![tag]);
        patterns.set_use_isolating(false);
        patterns.add_resource_overriding(resource);
        let lines = lines.lines().map(Line::parse).collect();
        Words { language, lines, patterns, cached: Cache::new(MAX_CACHED) }
    }

    /// Which language these are.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The sentence of a key.
    pub fn text(&self, key: impl Named) -> Cow<'_, str> {
        self.format(&key, &[])
    }

    /// The sentence of a key as HTML. Nearly all that a page says is looked through once, not for each page.
    pub fn html(&self, key: impl Named) -> Cow<'_, str> {
        match self.line(key.key()) {
            Some(line) if line.values.is_empty() => Cow::Borrowed(&line.html),
            _ => Cow::Owned(escape(&self.format(&key, &[])).into_owned()),
        }
    }

    /// The sentence of a key, with values in it.
    pub fn with(&self, key: impl Named, values: &[(&'static str, FluentValue<'_>)]) -> String {
        self.format(&key, values).into_owned()
    }

    /// The sentence of a key, with a value in it that settings give: it is kept, since pages show it all the time.
    pub fn cached<V: Value + Display + ?Sized>(&self, key: Key, name: &'static str, value: &V) -> Arc<str> {
        let place = (key, value.to_string());
        if let Some(known) = self.cached.get(&place) {
            return known;
        }
        let sentence = Arc::<str>::from(self.with(key, &[(name, value.value())]));
        self.cached.insert(place, Arc::clone(&sentence));
        sentence
    }

    /// What is wrong with a field, in words.
    pub fn problem(&self, field: Field, problem: &Problem) -> String {
        let (kind, number, text) = match problem {
            Problem::Missing => ("missing", 0, None),
            Problem::TooShort { min } => ("short", *min, None),
            Problem::TooLong { max } => ("long", *max, None),
            Problem::Characters => ("characters", 0, None),
            Problem::Malformed => ("malformed", 0, None),
            Problem::Taken { suggestion: Some(suggestion) } => ("taken-suggestion", 0, Some(suggestion.as_str())),
            Problem::Taken { suggestion: None } => ("taken", 0, None),
            Problem::Reserved => ("reserved", 0, None),
            Problem::Leaked => ("leaked", 0, None),
            Problem::AlmostLeaked => ("almost-leaked", 0, None),
            Problem::Pattern => ("pattern", 0, None),
            Problem::Personal => ("personal", 0, None),
            Problem::Wrong => ("wrong", 0, None),
            Problem::Unproved => ("unproved", 0, None),
            Problem::Unconfirmed { word } => ("unconfirmed", 0, Some(word.as_str())),
        };
        let own = format!("problem-{}-{kind}", field.name().replace('_', "-"));
        let values = [("number", number.into()), ("suggestion", text.unwrap_or_default().into())];
        match Key::find(&own) {
            Some(key) => self.with(key, &values),
            None => self.with(format!("problem-{kind}"), &values),
        }
    }

    fn line(&self, key: Option<Key>) -> Option<&Line> {
        self.lines.get(key?.0)?.as_ref()
    }

    fn format(&self, key: &dyn Named, values: &[(&'static str, FluentValue<'_>)]) -> Cow<'_, str> {
        if let Some(line) = self.line(key.key()) {
            return line.fill(values);
        }
        let name = key.name();
        let Some(pattern) = self.patterns.get_message(name).and_then(|message| message.value()) else {
            tracing::error!(key = name, language = self.language.tag(), "a sentence is missing");
            return Cow::Owned(name.to_owned());
        };
        let args: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        let text = self.patterns.format_pattern(pattern, Some(&args), &mut errors);
        Cow::Owned(text.into_owned())
    }
}

impl<T: Value + ?Sized> Value for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Value for str {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self)
    }
}

impl Value for Cow<'_, str> {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(&**self)
    }
}

impl Value for String {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_str())
    }
}

impl Value for usize {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(*self)
    }
}

impl Value for u64 {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(*self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Each key of a source, and the values its sentence takes.
    fn keys(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys = BTreeMap::new();
        let mut current = String::new();
        for line in source.lines() {
            if let Some((key, _)) = line.split_once(" =")
                && line.starts_with(|letter: char| letter.is_ascii_lowercase())
            {
                current = key.to_owned();
                assert!(keys.insert(current.clone(), BTreeSet::new()).is_none(), "{key} stands twice");
            }
            for part in line.split('$').skip(1) {
                let name: String =
                    part.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
                if let Some(names) = keys.get_mut(&current) {
                    names.insert(name);
                }
            }
        }
        keys
    }

    #[test]
    fn both_languages_have_the_same_keys_and_values() {
        let (english, russian) = (keys(include_str!("en.ftl")), keys(include_str!("ru.ftl")));
        for (key, values) in &english {
            assert_eq!(Some(values), russian.get(key), "{key}");
        }
        assert_eq!(english.len(), russian.len());
    }

    #[test]
    fn every_sentence_says_what_its_source_says() {
        for (language, source) in
            [(Language::English, include_str!("en.ftl")), (Language::Russian, include_str!("ru.ftl"))]
        {
            assert!(FluentResource::try_new(source.to_owned()).is_ok(), "{language:?} is well formed");
            let whole = Words::new(language, ("", source));
            for (key, names) in keys(source) {
                let names: Vec<&'static str> = names.into_iter().map(|name| &*name.leak()).collect();
                for value in [FluentValue::from(21), FluentValue::from(0.5), FluentValue::from("a & b")] {
                    let values: Vec<_> = names.iter().map(|name| (*name, value.clone())).collect();
                    assert_eq!(language.words().format(&key, &values), whole.format(&key, &values), "{key}");
                }
                assert_eq!(language.words().format(&key, &[]), whole.format(&key, &[]), "{key}");
            }
        }
    }

    #[test]
    fn every_action_and_topic_of_the_log_has_its_words() {
        use crate::model::audit::{Action, Topic};
        let actions = Action::ALL.iter().map(|action| format!("act-{}", action.as_str()));
        let topics = Topic::ALL.into_iter().map(|topic| format!("topic-{}", topic.as_str()));
        let missing: Vec<_> = actions.chain(topics).filter(|key| Key::find(key).is_none()).collect();
        assert_eq!(missing, Vec::<String>::new());
    }
}
