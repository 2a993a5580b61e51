//! Dates and spans of time as people write them, in the reader's language and time zone.

use fluent_bundle::FluentValue;
use time::{OffsetDateTime, UtcOffset};

use super::Words;

/// The IANA time zones to choose from.
pub fn zone_names() -> impl Iterator<Item = &'static str> {
    // The others are older names for the same zones, or offsets that people don't live in.
    tzdb::TZ_NAMES.iter().copied().filter(|name| {
        *name == "UTC"
            || [
                "Africa/",
                "America/",
                "Antarctica/",
                "Asia/",
                "Atlantic/",
                "Australia/",
                "Europe/",
                "Indian/",
                "Pacific/",
            ]
            .iter()
            .any(|region| name.starts_with(region))
    })
}

/// `moment` as clocks of the zone show it; UTC when there is no such zone.
fn local(moment: OffsetDateTime, zone: Option<&str>) -> OffsetDateTime {
    let offset = zone
        .and_then(tzdb::tz_by_name)
        .and_then(|zone| zone.find_local_time_type(moment.unix_timestamp()).ok().map(|kind| kind.ut_offset()))
        .and_then(|seconds| UtcOffset::from_whole_seconds(seconds).ok())
        .unwrap_or(UtcOffset::UTC);
    moment.to_offset(offset)
}

impl Words {
    /// A day, such as "12 March 2026".
    pub fn day(&self, moment: OffsetDateTime, zone: Option<&str>) -> String {
        let moment = local(moment, zone);
        let month = self.text(&format!("month-{}", u8::from(moment.month()))).into_owned();
        self.with(
            "date-day",
            &[
                ("day", FluentValue::from(moment.day().to_string())),
                ("month", month.into()),
                ("year", FluentValue::from(moment.year().to_string())),
            ],
        )
    }

    /// A month, such as "March 2026".
    pub fn month(&self, moment: OffsetDateTime, zone: Option<&str>) -> String {
        let moment = local(moment, zone);
        let month = self.text(&format!("month-alone-{}", u8::from(moment.month()))).into_owned();
        self.with("date-month", &[("month", month.into()), ("year", FluentValue::from(moment.year().to_string()))])
    }

    /// How long ago something was; a day when that is more than a week.
    pub fn ago(&self, moment: OffsetDateTime, now: OffsetDateTime, zone: Option<&str>) -> String {
        let minutes = (now - moment).whole_minutes().max(0);
        let number = |key: &str, number: i64| self.with(key, &[("number", number.into())]);
        match minutes {
            0..=5 => self.text("ago-now").into_owned(),
            6..=59 => number("ago-minutes", minutes),
            60..=1439 => number("ago-hours", minutes / 60),
            1440..=10079 => number("ago-days", minutes / 1440),
            _ => self.day(moment, zone),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use crate::language::Language;

    #[test]
    fn a_day_is_the_one_the_readers_clock_shows() {
        let moment = datetime!(2026-03-11 23:30 UTC);
        assert_eq!(Language::English.words().day(moment, None), "11 March 2026");
        assert_eq!(Language::English.words().day(moment, Some("Europe/Berlin")), "12 March 2026");
        assert_eq!(Language::Russian.words().day(moment, Some("no/zone")), "11 марта 2026");
    }

    #[test]
    fn russian_counts_in_three_forms() {
        let words = Language::Russian.words();
        let now = datetime!(2026-03-11 12:00 UTC);
        assert_eq!(words.ago(now - time::Duration::hours(1), now, None), "1 час назад");
        assert_eq!(words.ago(now - time::Duration::hours(3), now, None), "3 часа назад");
        assert_eq!(words.ago(now - time::Duration::hours(11), now, None), "11 часов назад");
    }
}
