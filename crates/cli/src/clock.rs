//! Clocks of the operating system, and how much work this machine does in a second.

use std::time::{SystemTime, UNIX_EPOCH};

use rayon::ThreadPoolBuilder;
pub use rustix::time::ClockId;
use thalweg::lab::Study;

/// A step of a small network in single precision with batches of 64, of which most of a step is arithmetic.
const SAMPLE: &str = "
    title = 'A sample of work'
    data = { kind = 'two-moons', samples = 500 }
    model = { hidden = [64, 64] }
    optimizer = { kind = 'sgd' }
    schedule = { kind = 'constant', initial = 0.01 }
    train = { steps = 500, batch-size = 64 }
    record = { points-per-decade = 1 }
";

/// Work that one thread does in a second of CPU time, in the units of a plan: the best of three short
/// trainings, some thirty milliseconds in all. Other programs that run beside hardly change it.
pub fn speed() -> anyhow::Result<f64> {
    let study = Study::from_text(SAMPLE).expect("the sample is an experiment");
    let work: f64 = study.experiment.jobs.iter().map(|job| job.work.all).sum();
    let thread = ThreadPoolBuilder::new().num_threads(1).build()?;
    let seconds = || {
        let start = seconds_of(ClockId::ProcessCPUTime);
        thread.install(|| study.run());
        seconds_of(ClockId::ProcessCPUTime) - start
    };
    Ok(work / (0..3).map(|_| seconds()).fold(f64::INFINITY, f64::min))
}

/// Seconds on a clock of the operating system.
pub fn seconds_of(clock: ClockId) -> f64 {
    let time = rustix::time::clock_gettime(clock);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// `2026-12-01T01:02:03Z`: a time as RFC 3339 writes it, in the proleptic Gregorian calendar (E. Richards,
/// *Calendars*, Explanatory Supplement to the Astronomical Almanac, 2013, §15.11.3).
pub fn date(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, of_day) = (seconds / 86400, seconds % 86400);
    // The Julian day number of the first of January 1970 is 2440588.
    let julian = days + 2_440_588;
    let f = julian + 1401 + (4 * julian + 274_277) / 146_097 * 3 / 4 - 38;
    let e = 4 * f + 3;
    let h = 5 * (e % 1461 / 4) + 2;
    let (day, month) = (h % 153 / 5 + 1, (h / 153 + 2) % 12 + 1);
    let year = e / 1461 - 4716 + (14 - month) / 12;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // `date -u -d @SECONDS +%FT%TZ` of GNU coreutils 9.1.
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_200, "2024-03-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(date(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }
}
