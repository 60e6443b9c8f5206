//! What a recurrence rule gives: the starts of a series, whatever the clocks do.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use rrule::{Frequency, RRule, Unvalidated};

use super::SessionError;

/// Most occurrences that one look at a rule gives: a daily series of ten years.
const MOST: u16 = 3660;

/// The starts that the rule gives from its first wall time until the horizon, that included.
///
/// The wall time is anchored to the zone: in UTC, local times move with daylight saving; in a zone that has it, the wall
/// time stays. A rule more frequent than daily is refused: no gathering is, and it would have no end.
///
/// # Errors
/// [`SessionError::BadRule`] where the rule cannot be taken.
pub fn starts(
    rule: &str,
    first: NaiveDateTime,
    zone: Tz,
    horizon: DateTime<Utc>,
) -> Result<Vec<DateTime<Utc>>, SessionError> {
    let bad = |e: rrule::RRuleError| SessionError::BadRule(e.to_string());
    let rule: RRule<Unvalidated> = rule.parse().map_err(bad)?;
    if matches!(
        rule.get_freq(),
        Frequency::Hourly | Frequency::Minutely | Frequency::Secondly
    ) {
        return Err(SessionError::BadRule("it repeats more often than daily".to_owned()));
    }
    let zone = rrule::Tz::Tz(zone);
    // Where the clocks go forward over the first wall time, the gathering is an hour later.
    let first = first
        .and_local_timezone(zone)
        .earliest()
        .or_else(|| (first + TimeDelta::hours(1)).and_local_timezone(zone).earliest())
        .ok_or_else(|| SessionError::BadRule("the first time does not exist in its zone".to_owned()))?;
    let set = rule.build(first).map_err(bad)?;
    Ok(set
        .before(horizon.with_timezone(&zone))
        .all(MOST)
        .dates
        .into_iter()
        .map(|start| start.to_utc())
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use chrono::{NaiveDate, TimeZone, Timelike};
    use chrono_tz::{America::New_York, Europe::Madrid, UTC};

    use super::*;

    fn wall(year: i32, month: u32, day: u32, hour: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(year, month, day)
            .unwrap()
            .and_hms_opt(hour, 0, 0)
            .unwrap()
    }

    fn utc(year: i32, month: u32, day: u32, hour: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(year, month, day, hour, 0, 0).unwrap()
    }

    const FOURTH_MONDAY: &str = "FREQ=MONTHLY;BYDAY=4MO";

    #[test]
    fn the_fourth_monday_in_utc_moves_on_the_clocks_of_its_readers() {
        let given = starts(FOURTH_MONDAY, wall(2026, 9, 28, 18), UTC, utc(2027, 1, 1, 0)).unwrap();
        assert_eq!(
            given,
            [
                utc(2026, 9, 28, 18),
                utc(2026, 10, 26, 18),
                utc(2026, 11, 23, 18),
                utc(2026, 12, 28, 18)
            ]
        );
        let in_madrid: Vec<_> = given.iter().map(|start| start.with_timezone(&Madrid).hour()).collect();
        assert_eq!(in_madrid, [20, 19, 19, 19]);
        // New York changes a week after Madrid: for October's session the two are not six hours apart.
        let in_new_york: Vec<_> = given
            .iter()
            .map(|start| start.with_timezone(&New_York).hour())
            .collect();
        assert_eq!(in_new_york, [14, 14, 13, 13]);
    }

    #[test]
    fn anchored_to_a_zone_the_wall_time_stays() {
        let given = starts("FREQ=WEEKLY", wall(2026, 10, 14, 17), Madrid, utc(2026, 11, 1, 0)).unwrap();
        assert_eq!(
            given,
            [utc(2026, 10, 14, 15), utc(2026, 10, 21, 15), utc(2026, 10, 28, 16)]
        );
        let spring = starts("FREQ=WEEKLY", wall(2027, 3, 24, 17), Madrid, utc(2027, 4, 1, 0)).unwrap();
        assert_eq!(spring, [utc(2027, 3, 24, 16), utc(2027, 3, 31, 15)]);
    }

    #[test]
    fn the_horizon_and_the_rule_s_own_end_hold() {
        let until = starts("FREQ=WEEKLY;COUNT=3", wall(2026, 1, 5, 9), UTC, utc(2030, 1, 1, 0)).unwrap();
        assert_eq!(until.len(), 3);
        let cut = starts("FREQ=WEEKLY", wall(2026, 1, 5, 9), UTC, utc(2026, 1, 12, 9)).unwrap();
        assert_eq!(cut.len(), 2);
        assert!(
            starts("FREQ=WEEKLY", wall(2026, 1, 5, 9), UTC, utc(2025, 1, 1, 0))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn a_first_time_that_the_clocks_jump_over_is_an_hour_later() {
        let given = starts("FREQ=MONTHLY;COUNT=1", wall(2027, 3, 28, 2), Madrid, utc(2027, 5, 1, 0)).unwrap();
        assert_eq!(given, [utc(2027, 3, 28, 1)]);
    }

    #[test]
    fn a_rule_that_nobody_could_keep_is_refused() {
        for rule in [
            "",
            "every monday",
            "FREQ=SECONDLY",
            "FREQ=HOURLY;INTERVAL=3",
            "FREQ=MONTHLY;BYDAY=9XX",
        ] {
            assert!(
                matches!(
                    starts(rule, wall(2026, 1, 5, 9), UTC, utc(2027, 1, 1, 0)),
                    Err(SessionError::BadRule(_))
                ),
                "{rule}"
            );
        }
    }
}
