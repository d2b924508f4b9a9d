//! The same in the terminal: a table of results with bars and the runs on their way; lines where stdout is
//! none.

use std::collections::HashMap;
use std::io::{IsTerminal, Write, stdout};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use console::{Key, Term};
use thalweg::lab::Word;
use thalweg::records::Curve;
use thalweg::report::{Counts, Going, Scale, Standing, State, counted};

use super::latest::Latest;
use crate::Exit;
use crate::progress::duration;
use crate::stop::Wishes;

/// Between two looks at the stores, and at what was asked for meanwhile.
const LOOK: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);
/// Between two lines on one result where nobody sees them change.
const BETWEEN: Duration = Duration::from_secs(5);
/// Cells of a bar, and of a curve.
const BAR: usize = 20;
const CURVE: usize = 16;
/// Runs on their way that are listed of each result.
const MOST: usize = 6;

/// Another screen, whose end brings back what was there.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

/// Shows how results get on until `q` or a signal ends it.
pub fn run(latest: &Latest, wishes: &Wishes) -> Result<(), Exit> {
    if stdout().is_terminal() { on_screen(latest, wishes) } else { in_lines(latest) }
}

/// A line for each result when it has changed.
fn in_lines(latest: &Latest) -> Result<(), Exit> {
    let mut told: HashMap<String, (String, Instant)> = HashMap::new();
    loop {
        for standing in latest.standings().iter() {
            let (id, text) = (standing.id(), line(standing));
            if told.get(&id).is_some_and(|(known, at)| *known == text || at.elapsed() < BETWEEN) {
                continue;
            }
            // Whoever does not read on has seen enough.
            if writeln!(stdout(), "{text}").and_then(|()| stdout().flush()).is_err() {
                return Ok(());
            }
            told.insert(id, (text, Instant::now()));
        }
        std::thread::sleep(LOOK);
        latest.look();
    }
}

fn on_screen(latest: &Latest, wishes: &Wishes) -> Result<(), Exit> {
    let term = Term::stdout();
    let has_left = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&has_left);
    let keys = term.clone();
    std::thread::spawn(move || {
        while !matches!(keys.read_key(), Ok(Key::Char('q') | Key::Escape) | Err(_)) {}
        asked.store(true, Ordering::Relaxed);
    });
    // So that a signal is heard here, where the screen can be given back.
    wishes.computing(true);
    term.write_str(ENTER).context("cannot write to the terminal")?;
    let (mut looked, mut shown) = (Instant::now(), Vec::new());
    let code = loop {
        let (height, width) = term.size();
        let now = screen(&latest.standings(), usize::from(width), usize::from(height));
        if now != shown {
            // Each line clears what stood behind it, so that nothing flickers.
            let text: String = now.iter().map(|line| format!("{line}\x1b[K\r\n")).collect();
            let drawn = term.write_str(&format!("\x1b[H{}\x1b[J", text.trim_end_matches("\r\n")));
            drawn.context("cannot write to the terminal")?;
            shown = now;
        }
        std::thread::sleep(TICK);
        if wishes.stop.load(Ordering::Relaxed) || has_left.load(Ordering::Relaxed) {
            break wishes.code();
        }
        if looked.elapsed() >= LOOK {
            latest.look();
            looked = Instant::now();
        }
    };
    term.write_str(LEAVE).context("cannot write to the terminal")?;
    let Some(code) = code else { return Ok(()) };
    // The thread that waits for a key may have the terminal pass on every byte as it is.
    let _ = Command::new("stty").arg("sane").status();
    std::process::exit(i32::from(code));
}

/// `grid: 5 of 12 runs done, 2 running, 5 not begun; about 1 min 22 s remaining`
fn line(standing: &Standing) -> String {
    if let Some(problem) = &standing.problem {
        return format!("{}: {problem}", place(standing));
    }
    let rest = standing.remaining.filter(|_| standing.counts.running > 0);
    let rest = rest.map_or_else(String::new, |rest| format!("; about {} remaining", duration(rest)));
    format!("{}: {}{rest}", place(standing), standing.in_words())
}

fn place(standing: &Standing) -> String {
    let store = standing.store_name.as_ref().map_or_else(String::new, |store| format!("{store}/"));
    format!("{store}{}", standing.name)
}

/// The lines of the screen, none longer and not more than it has.
fn screen(all: &[Standing], width: usize, height: usize) -> Vec<String> {
    let mut lines = vec![format!("{} on their way; q leaves", counted(all.len(), "result")), String::new()];
    for standing in all {
        let counts = &standing.counts;
        lines.push(line(standing));
        if standing.problem.is_some() {
            continue;
        }
        lines.push(format!("  {}  {}", bar(counts), standing.title));
        lines.extend(standing.going.iter().take(MOST).map(of_run));
        if standing.going.len() > MOST {
            lines.push(format!("    and {} more", standing.going.len() - MOST));
        }
        lines.extend(verdicts(standing));
        lines.push(String::new());
    }
    if lines.len() > height {
        let cut = lines.len() - height + 1;
        lines.truncate(height.saturating_sub(1));
        lines.push(format!("… {}", counted(cut, "further line")));
    }
    let fitted = |line: String| match line.chars().count() > width {
        true => line.chars().take(width.saturating_sub(1)).chain(['…']).collect(),
        false => line,
    };
    lines.into_iter().map(fitted).collect()
}

/// A bar whose parts are as long as there are runs of a kind: done, diverged or failed, running, the others.
fn bar(counts: &Counts) -> String {
    let all = counts.planned.max(1);
    let parts = [
        (counts.completed, '█'),
        (counts.diverged + counts.failed + counts.unusable, '▓'),
        (counts.running, '▒'),
        (all, '░'),
    ];
    let (mut sum, mut cells) = (0, String::new());
    for (n, cell) in parts {
        sum = (sum + n).min(all);
        // Ends are rounded down, so that only what is done is full.
        let end = sum * BAR / all;
        cells.extend(std::iter::repeat_n(cell, end - cells.chars().count().min(end)));
    }
    cells
}

/// `    batch-size 8, replicate 2  ▇▅▃▂▁  9805 of 20000  train.loss 3.4e-6  running`
fn of_run(own: &Going) -> String {
    let steps = own.steps.map_or_else(String::new, |steps| format!(" of {steps}"));
    let step = own.step.map_or_else(|| "not saved yet".to_owned(), |step| format!("step {step}{steps}"));
    let curve = own.curve.as_ref().map_or_else(String::new, |curve| {
        let last = curve.values.last().map_or_else(String::new, |last| format!("{last:.3e}"));
        format!("  {}  {} {last}", sparkline(curve), curve.name)
    });
    let state = match own.state {
        State::Running => "",
        State::Stale => "  stale",
        State::Paused => "  nobody computes it",
    };
    format!("    {}  {step}{curve}{state}", own.words)
}

/// A curve in blocks of eight heights, on a logarithmic scale where all values are above 0.
fn sparkline(curve: &Curve) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let is_log = curve.values.iter().all(|value| *value > 0.0);
    let scale = if is_log { Scale::Log } else { Scale::Linear };
    let places: Vec<f64> = curve.values.iter().map(|value| scale.of(*value)).collect();
    let ends = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
    let (low, high) = places.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
    let n = places.len().min(CURVE);
    let at = |i: usize| places[if n > 1 { i * (places.len() - 1) / (n - 1) } else { 0 }];
    let block = |place: f64| {
        let share = if high > low { (place - low) / (high - low) } else { 0.0 };
        BLOCKS[(share * 7.0).round() as usize]
    };
    (0..n).map(|i| block(at(i))).collect()
}

/// `    would be: 1 supported, 1 refuted on 2 whole replicates; a look that decides nothing`
fn verdicts(standing: &Standing) -> Option<String> {
    let interim = &standing.interim;
    let count = |word: Word| interim.verdicts.iter().filter(|verdict| verdict.verdict == word).count();
    let words = [Word::Supported, Word::Refuted, Word::Inconclusive].map(|word| (count(word), word.as_str()));
    let told: Vec<String> =
        words.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if told.is_empty() {
        return None;
    }
    let told = told.join(", ");
    Some(match interim.is_final {
        true => format!("    {told}"),
        false => {
            let on = counted(interim.replicates, "whole replicate");
            format!("    would be: {told} on {on}; a look that decides nothing")
        }
    })
}

#[cfg(test)]
mod tests {
    use thalweg::report::Interim;

    use super::*;

    fn standing() -> Standing {
        let curve =
            Curve { name: "loss".into(), steps: (0..4).collect(), values: vec![1.0, 0.1, 0.01, 0.001] };
        let going = Going {
            key: "k".into(),
            words: "batch-size 8, replicate 2".into(),
            state: State::Stale,
            worker: None,
            step: Some(3),
            steps: Some(9),
            curve: Some(curve),
        };
        let counts =
            Counts { planned: 40, completed: 10, diverged: 2, running: 8, stale: 1, ..Counts::default() };
        Standing {
            store: 0,
            store_name: None,
            name: "grid".into(),
            title: "A grid".into(),
            problem: None,
            counts,
            remaining: Some(82.0),
            going: vec![going],
            interim: Interim::default(),
            figures: Vec::new(),
            is_reported: false,
        }
    }

    #[test]
    fn a_result_has_its_words_a_bar_and_its_runs() {
        let lines = screen(&[standing()], 100, 40);
        let told = "grid: 12 of 40 runs done, 2 diverged, 8 running, 1 stale, 19 not begun; about 1 min 22 s remaining";
        assert_eq!(lines[2], told);
        assert_eq!(lines[3], "  █████▓▒▒▒▒░░░░░░░░░░  A grid");
        assert_eq!(lines[4], "    batch-size 8, replicate 2  step 3 of 9  █▆▃▁  loss 1.000e-3  stale");
        assert_eq!(line(&Standing { problem: Some("gone".into()), ..standing() }), "grid: gone");
    }

    #[test]
    fn nothing_goes_beyond_the_screen() {
        let many = vec![standing(); 30];
        for (width, height) in [(20, 10), (80, 24), (5, 2)] {
            let lines = screen(&many, width, height);
            assert!(
                lines.len() == height && lines.iter().all(|line| line.chars().count() <= width),
                "{lines:?}"
            );
            assert!(lines[height - 1].starts_with('…'), "{lines:?}");
        }
        let full = Counts { planned: 3, completed: 3, ..Counts::default() };
        assert_eq!((bar(&full), bar(&Counts::default()).chars().count()), ("█".repeat(BAR), BAR));
    }
}
