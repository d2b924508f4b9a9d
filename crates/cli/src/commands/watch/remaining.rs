//! How long it will take until all runs are there, as far as those that have ended tell.

use std::collections::HashMap;

/// Seconds that runs have taken: of each kind, which its replicates are, and by the step.
#[derive(Debug, Default)]
pub struct Paces {
    /// Sum and number.
    kinds: HashMap<u64, (f64, usize)>,
    /// Seconds and steps of all.
    all: (f64, f64),
}

/// A run that has not ended.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// Those of one kind take about as long.
    pub kind: u64,
    /// Steps that it will take.
    pub steps: u64,
    /// Steps and seconds that it had taken when it was saved.
    pub saved: Option<(u64, f64)>,
}

impl Paces {
    /// A run has ended.
    pub fn add(&mut self, kind: u64, steps: u64, seconds: f64) {
        let (sum, n) = self.kinds.entry(kind).or_default();
        *sum += seconds;
        *n += 1;
        self.all.0 += seconds;
        self.all.1 += steps as f64;
    }

    /// Seconds until all are there, with so many at once; `None` if nobody computes, or nothing is known.
    pub fn remaining(&self, open: &[Open], at_once: usize) -> Option<f64> {
        let saved = open.iter().filter_map(|run| run.saved);
        let all = saved.fold(self.all, |all, (step, seconds)| (all.0 + seconds, all.1 + step as f64));
        let rests = open.iter().map(|run| self.rest(run, all)).collect::<Option<Vec<f64>>>()?;
        let longest = rests.iter().copied().fold(0.0, f64::max);
        (at_once > 0).then(|| longest.max(rests.iter().sum::<f64>() / at_once as f64))
    }

    /// Seconds that a run still takes; `all` has seconds and steps of all that was done.
    fn rest(&self, run: &Open, all: (f64, f64)) -> Option<f64> {
        let saved = run.saved.filter(|(step, _)| *step > 0);
        // Its own pace says most.
        if let Some((step, seconds)) = saved {
            return Some(seconds / step as f64 * run.steps.saturating_sub(step) as f64);
        }
        if let Some((sum, n)) = self.kinds.get(&run.kind) {
            return Some(sum / *n as f64);
        }
        (all.1 > 0.0).then(|| all.0 / all.1 * run.steps as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_takes_as_long_as_its_kind_and_a_saved_one_goes_on_at_its_pace() {
        let mut paces = Paces::default();
        let open = |kind, saved| Open { kind, steps: 100, saved };
        assert_eq!(paces.remaining(&[open(1, None)], 1), None, "nothing is known");
        assert_eq!(
            paces.remaining(&[open(1, Some((50, 10.0))), open(2, None)], 1),
            Some(30.0),
            "of one on its way"
        );
        paces.add(1, 100, 10.0);
        paces.add(1, 100, 14.0);
        assert_eq!(paces.remaining(&[open(1, None); 4], 2), Some(24.0));
        // Of a kind that has not been seen: by the step, 0.12 s each.
        assert!((paces.remaining(&[open(2, None)], 2).unwrap() - 12.0).abs() < 1e-9);
        // 30 s for the first 60 steps.
        assert_eq!(paces.remaining(&[open(1, Some((60, 30.0)))], 2), Some(20.0));
        // The longest counts in full, whoever else is there.
        assert_eq!(paces.remaining(&[open(1, Some((60, 30.0))), open(1, None)], 8), Some(20.0));
        assert_eq!(paces.remaining(&[open(1, None)], 0), None, "nobody computes");
        assert_eq!(paces.remaining(&[], 1), Some(0.0));
    }
}
