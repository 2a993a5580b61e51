//! Dates and spans of time as people write them, in the reader's language and time zone.

use fluent_bundle::FluentValue;
use time::{Date, OffsetDateTime, UtcOffset};

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

/// The time zone of this name, if it is one to choose.
pub fn known_zone(name: &str) -> Option<&'static str> {
    zone_names().find(|known| *known == name)
}

/// `timestamp` as clocks of the zone show it; UTC when there is no such zone.
fn local(timestamp: OffsetDateTime, zone: Option<&str>) -> OffsetDateTime {
    let offset = zone
        .and_then(tzdb::tz_by_name)
        .and_then(|zone| zone.find_local_time_type(timestamp.unix_timestamp()).ok().map(|kind| kind.ut_offset()))
        .and_then(|seconds| UtcOffset::from_whole_seconds(seconds).ok())
        .unwrap_or(UtcOffset::UTC);
    timestamp.to_offset(offset)
}

/// When a day begins on the clocks of the zone.
pub fn start_of_day(day: Date, zone: Option<&str>) -> OffsetDateTime {
    let midnight = day.midnight();
    // The offset in force at midnight by the offset in force at midnight UTC: right but for nights of a change.
    let guess = local(midnight.assume_utc(), zone).offset();
    midnight.assume_offset(local(midnight.assume_offset(guess), zone).offset())
}

impl Words {
    /// A day, such as "12 March 2026".
    pub fn day(&self, timestamp: OffsetDateTime, zone: Option<&str>) -> String {
        let timestamp = local(timestamp, zone);
        let month = self.text(format!("month-{}", u8::from(timestamp.month()))).into_owned();
        self.with(
            "date-day",
            &[
                ("day", FluentValue::from(timestamp.day().to_string())),
                ("month", month.into()),
                ("year", FluentValue::from(timestamp.year().to_string())),
            ],
        )
    }

    /// A month, such as "March 2026".
    pub fn month(&self, timestamp: OffsetDateTime, zone: Option<&str>) -> String {
        let timestamp = local(timestamp, zone);
        let month = self.text(format!("month-alone-{}", u8::from(timestamp.month()))).into_owned();
        self.with("date-month", &[("month", month.into()), ("year", FluentValue::from(timestamp.year().to_string()))])
    }

    /// A timestamp to the minute, such as "12 March 2026, 09:05". Where no zone is known it says that it is UTC.
    pub fn timestamp(&self, timestamp: OffsetDateTime, zone: Option<&str>) -> String {
        let day = self.day(timestamp, zone);
        let timestamp = local(timestamp, zone);
        let time = format!("{:02}:{:02}", timestamp.hour(), timestamp.minute());
        let key = if zone.and_then(tzdb::tz_by_name).is_some() { "date-moment" } else { "date-moment-utc" };
        self.with(key, &[("day", day.into()), ("time", time.into())])
    }

    /// How long ago something was; a day when that is more than a week.
    pub fn ago(&self, timestamp: OffsetDateTime, now: OffsetDateTime, zone: Option<&str>) -> String {
        let minutes = (now - timestamp).whole_minutes().max(0);
        let number = |key: &str, number: i64| self.with(key, &[("number", number.into())]);
        match minutes {
            0..=5 => self.text("ago-now").into_owned(),
            6..=59 => number("ago-minutes", minutes),
            60..=1439 => number("ago-hours", minutes / 60),
            1440..=10079 => number("ago-days", minutes / 1440),
            _ => self.day(timestamp, zone),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use crate::model::Language;

    #[test]
    fn a_day_is_the_one_the_readers_clock_shows() {
        let timestamp = datetime!(2026-03-11 23:30 UTC);
        assert_eq!(Language::English.words().day(timestamp, None), "11 March 2026");
        assert_eq!(Language::English.words().day(timestamp, Some("Europe/Berlin")), "12 March 2026");
        assert_eq!(Language::Russian.words().day(timestamp, Some("no/zone")), "11 марта 2026");
    }

    #[test]
    fn a_moment_is_the_one_the_readers_clock_shows() {
        let timestamp = datetime!(2026-03-11 23:05 UTC);
        assert_eq!(Language::English.words().timestamp(timestamp, None), "11 March 2026, 23:05 UTC");
        assert_eq!(Language::Russian.words().timestamp(timestamp, Some("Asia/Tokyo")), "12 марта 2026, 08:05");
    }

    #[test]
    fn a_day_begins_at_midnight_of_its_zone() {
        let start = |day, zone| super::start_of_day(day, zone).to_offset(time::UtcOffset::UTC);
        assert_eq!(start(date!(2026 - 07 - 01), Some("Europe/Berlin")), datetime!(2026-06-30 22:00 UTC));
        assert_eq!(start(date!(2026 - 03 - 29), Some("Europe/Berlin")), datetime!(2026-03-28 23:00 UTC));
        assert_eq!(start(date!(2026 - 07 - 01), Some("America/New_York")), datetime!(2026-07-01 4:00 UTC));
        assert_eq!(start(date!(2026 - 07 - 01), None), datetime!(2026-07-01 0:00 UTC));
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
