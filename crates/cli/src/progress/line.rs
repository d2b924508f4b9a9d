//! The line that tells how far the runs are, at any width.

use thalweg::report::counted;

/// How far the runs are.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Of the work that is to be done, what was done or was there.
    pub share: f64,
    pub done: usize,
    pub jobs: usize,
    pub running: usize,
    pub diverged: usize,
    pub failed: usize,
    /// Runs of other processes that are waited for.
    pub waiting: usize,
    /// Seconds.
    pub elapsed: f64,
    /// Seconds; `None` while nothing is known of the speed.
    pub remaining: Option<f64>,
}

/// The fullest line that fits: times and failures are the last to go.
pub fn line(standing: &Standing, width: usize) -> String {
    let Standing { done, jobs, running, diverged, failed, waiting, .. } = standing;
    let percent = format!("{:>3.0} %", (100.0 * standing.share).floor());
    let elapsed = duration(standing.elapsed);
    let remaining = standing.remaining.map(duration);
    let ended: String = [(diverged, "diverged"), (failed, "failed")]
        .into_iter()
        .filter(|(n, _)| **n > 0)
        .map(|(n, word)| format!(", {n} {word}"))
        .collect();
    let elsewhere = if *waiting > 0 { format!(", {waiting} elsewhere") } else { String::new() };
    let runs = counted_of(*done, *jobs, "run");
    let at_most = remaining.as_ref().map_or_else(String::new, |rest| format!(", {rest} remaining"));
    let candidates = [
        format!("{percent}  {runs} done, {running} running{ended}{elsewhere}; {elapsed} elapsed{at_most}"),
        format!("{percent}  {done}/{jobs} done, {running} running{ended}{elsewhere}{at_most}"),
        format!("{done}/{jobs} done{ended}{at_most}"),
        format!("{done}/{jobs} done{ended}"),
    ];
    let fits = |text: &&String| text.chars().count() < width;
    let shortest = candidates.last().expect("there are four").chars().take(width.saturating_sub(1)).collect();
    candidates.iter().find(fits).cloned().unwrap_or(shortest)
}

/// `1 of 1 run`, `3 of 40 runs`
pub fn counted_of(n: usize, all: usize, what: &str) -> String {
    format!("{n} of {}", counted(all, what))
}

/// The verb after so many runs.
pub fn are(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// Seconds in words, to two units: `0.25 s`, `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`.
pub fn duration(seconds: f64) -> String {
    if seconds < 9.95 {
        return if seconds < 0.9995 { format!("{:.0} ms", 1e3 * seconds) } else { format!("{seconds:.1} s") };
    }
    let whole = seconds.round() as u64;
    let of = |large: u64, small: u64| (whole / large, whole % large / small);
    let two = |(a, b): (u64, u64), one: &str, other: &str| match b {
        0 => format!("{a} {one}"),
        b => format!("{a} {one} {b} {other}"),
    };
    match whole {
        0..60 => format!("{whole} s"),
        60..3_600 => two(of(60, 1), "min", "s"),
        3_600..86_400 => two(of(3_600, 60), "h", "min"),
        _ => two(of(86_400, 3_600), "d", "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Standing {
        Standing {
            share: 0.4567,
            done: 120,
            jobs: 400,
            running: 16,
            diverged: 3,
            failed: 1,
            waiting: 0,
            elapsed: 83.0,
            remaining: Some(7_500.0),
        }
    }

    #[test]
    fn a_line_fits_and_says_as_much_as_it_can() {
        let all = standing();
        assert_eq!(
            line(&all, 120),
            " 45 %  120 of 400 runs done, 16 running, 3 diverged, 1 failed; 1 min 23 s elapsed, 2 h 5 min remaining"
        );
        for width in [20, 40, 60, 80, 100, 200] {
            let text = line(&all, width);
            assert!(text.chars().count() < width && text.contains("120"), "{width}: {text}");
            assert!(width < 40 || text.contains("1 failed"), "{width}: {text}");
            assert!(width < 60 || text.contains("2 h 5 min remaining"), "{width}: {text}");
        }
    }

    #[test]
    fn one_is_one() {
        let one =
            Standing { done: 1, jobs: 1, running: 0, diverged: 0, failed: 0, remaining: None, ..standing() };
        assert_eq!(line(&one, 80), " 45 %  1 of 1 run done, 0 running; 1 min 23 s elapsed");
    }

    #[test]
    fn durations_have_two_units() {
        for (seconds, expected) in [
            (0.0, "0 ms"),
            (0.0123, "12 ms"),
            (0.9996, "1.0 s"),
            (9.96, "10 s"),
            (59.6, "1 min"),
            (200.0, "3 min 20 s"),
            (7_500.0, "2 h 5 min"),
            (273_700.0, "3 d 4 h"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }
}
