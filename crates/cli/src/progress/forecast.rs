//! How long it will take: the estimated work of the runs, corrected by the speed at which it gets done.
//!
//! Runs of one estimate are of one kind, as those of a point of the sweep are. A kind of which some work was
//! done goes on at the speed of that; one that has not begun, at that of the kind whose estimate is nearest.
//! What is left is dealt out to the threads as it will be, the longest run first: so the last run, for which
//! all threads but one wait, counts in full.

use std::collections::{BTreeMap, HashMap};

/// The share of a run after which its own speed says more than that of its kind.
const TELLING: f64 = 0.1;

/// Runs that were done, are being computed and are left.
#[derive(Debug)]
pub struct Forecast {
    threads: usize,
    /// How many runs have not begun, by the bits of their work, which order as the numbers do.
    open: BTreeMap<u64, usize>,
    /// Those that were saved on their way: their work, and how much of it was done.
    saved: HashMap<String, (f64, f64)>,
    running: HashMap<String, Going>,
    /// What was done of each kind by runs that have ended.
    paces: BTreeMap<u64, Pace>,
    /// Work of all runs, and what was done of it by runs that have ended or were there.
    all: f64,
    ended: f64,
}

/// A run on its way.
#[derive(Debug, Clone, Copy)]
struct Going {
    work: f64,
    /// What was done before this call.
    before: f64,
    /// What was done in it.
    here: f64,
    /// When it began.
    since: f64,
}

/// Work, and the seconds of a thread that it took.
#[derive(Debug, Clone, Copy, Default)]
struct Pace {
    work: f64,
    seconds: f64,
}

impl Forecast {
    pub fn new(threads: usize) -> Self {
        Self {
            threads: threads.max(1),
            open: BTreeMap::new(),
            saved: HashMap::new(),
            running: HashMap::new(),
            paces: BTreeMap::new(),
            all: 0.0,
            ended: 0.0,
        }
    }

    /// Adds a run, which may be there already.
    pub fn add(&mut self, work: f64, is_there: bool) {
        self.all += work;
        if is_there {
            self.ended += work;
        } else {
            *self.open.entry(work.to_bits()).or_default() += 1;
        }
    }

    /// Adds a run that was saved on its way, with what was done of it.
    pub fn add_saved(&mut self, key: &str, work: f64, before: f64) {
        self.all += work;
        self.saved.insert(key.to_owned(), (work, before.min(work)));
    }

    /// A run begins; where it was saved, [`resume`](Self::resume) follows.
    pub fn begin(&mut self, key: &str, work: f64, now: f64) {
        if self.saved.remove(key).is_none()
            && let Some(n) = self.open.get_mut(&work.to_bits())
        {
            *n -= 1;
            if *n == 0 {
                self.open.remove(&work.to_bits());
            }
        }
        self.running.insert(key.to_owned(), Going { work, before: 0.0, here: 0.0, since: now });
    }

    /// A run goes on where it was saved.
    pub fn resume(&mut self, key: &str, before: f64) {
        if let Some(run) = self.running.get_mut(key) {
            run.before = before.min(run.work);
        }
    }

    pub fn work(&mut self, key: &str, work: f64) {
        if let Some(run) = self.running.get_mut(key) {
            run.here = (run.here + work).min(run.work - run.before);
        }
    }

    /// A run has ended. One that diverged has done its work too: others of its kind may take as short a time.
    pub fn end(&mut self, key: &str, now: f64) {
        if let Some(run) = self.running.remove(key) {
            self.ended += run.work;
            let pace = self.paces.entry(run.work.to_bits()).or_default();
            pace.work += run.work - run.before;
            pace.seconds += now - run.since;
        }
    }

    pub fn running(&self) -> usize {
        self.running.len()
    }

    /// The share of the work that is done, of all runs together.
    pub fn share(&self) -> f64 {
        let going: f64 = self.running.values().map(|run| run.before + run.here).sum();
        let saved: f64 = self.saved.values().map(|(_, before)| before).sum();
        if self.all > 0.0 { ((self.ended + going + saved) / self.all).min(1.0) } else { 1.0 }
    }

    /// Seconds until all is done; `None` while nothing is known of the speed.
    pub fn remaining(&self, now: f64) -> Option<f64> {
        let mut paces = self.paces.clone();
        for run in self.running.values().filter(|run| run.here > 0.0) {
            let pace = paces.entry(run.work.to_bits()).or_default();
            pace.work += run.here;
            pace.seconds += now - run.since;
        }
        paces.retain(|_, pace| pace.work > 0.0 && pace.seconds > 0.0);
        let slowness = |work: f64| nearest(&paces, work).map(|pace| pace.seconds / pace.work);
        let mut busy = Vec::new();
        for run in self.running.values() {
            let own = (now - run.since) / run.here;
            let is_telling = run.here > TELLING * run.work;
            let slowness = if is_telling { own } else { slowness(run.work)? };
            busy.push((run.work - run.before - run.here) * slowness);
        }
        busy.resize(self.threads.max(busy.len()), 0.0);
        for (work, before) in self.saved.values() {
            deal(&mut busy, (work - before) * slowness(*work)?, 1);
        }
        for (bits, n) in self.open.iter().rev() {
            let work = f64::from_bits(*bits);
            deal(&mut busy, work * slowness(work)?, *n);
        }
        // Not `max` alone, whose nothing is −∞.
        Some(busy.into_iter().fold(0.0, f64::max))
    }
}

/// That of the kind whose estimate of the work is nearest, by the factor between them.
fn nearest(paces: &BTreeMap<u64, Pace>, work: f64) -> Option<Pace> {
    let below = paces.range(..=work.to_bits()).next_back();
    let above = paces.range(work.to_bits()..).next();
    match (below, above) {
        (Some((low, below)), Some((high, above))) => {
            let is_nearer_below = work / f64::from_bits(*low) <= f64::from_bits(*high) / work;
            Some(if is_nearer_below { *below } else { *above })
        }
        (one, other) => one.or(other).map(|(_, pace)| *pace),
    }
}

/// Gives so many runs of equal length to whichever thread is free first.
fn deal(busy: &mut [f64], seconds: f64, mut n: usize) {
    // As many as make all threads busy for about as long are dealt out at once.
    if n > 2 * busy.len() {
        let at_once = n - busy.len();
        let level = (busy.iter().sum::<f64>() + seconds * at_once as f64) / busy.len() as f64;
        if busy.iter().all(|free| *free <= level) {
            busy.fill(level);
            n -= at_once;
        }
    }
    for _ in 0..n {
        if let Some(first) = busy.iter_mut().min_by(|a, b| a.total_cmp(b)) {
            *first += seconds;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run as it will turn out: its work and seconds, and the share that was done before.
    #[derive(Clone, Copy)]
    struct Truth {
        work: f64,
        seconds: f64,
        before: f64,
    }

    /// Plays the runs, longest estimate first, and returns for times between a tenth and the end what was
    /// foretold, with what was true.
    fn play(truth: &[Truth], threads: usize) -> Vec<(f64, f64)> {
        let mut order: Vec<usize> = (0..truth.len()).collect();
        order.sort_by(|a, b| truth[*b].work.total_cmp(&truth[*a].work));
        let mut free = vec![0.0; threads];
        let mut spans = vec![(0.0, 0.0); truth.len()];
        for i in order {
            let first = free.iter_mut().min_by(|a, b| f64::total_cmp(a, b)).unwrap();
            spans[i] = (*first, *first + truth[i].seconds * (1.0 - truth[i].before));
            *first = spans[i].1;
        }
        let end = free.iter().copied().fold(0.0, f64::max);
        let at = |now: f64| {
            let mut forecast = Forecast::new(threads);
            for (i, run) in truth.iter().enumerate() {
                match run.before {
                    0.0 => forecast.add(run.work, false),
                    before => forecast.add_saved(&i.to_string(), run.work, before * run.work),
                }
            }
            for (i, (run, (start, stop))) in truth.iter().zip(&spans).enumerate() {
                let key = i.to_string();
                if *start <= now {
                    forecast.begin(&key, run.work, *start);
                    forecast.resume(&key, run.before * run.work);
                    let done = ((now - start) / (stop - start)).min(1.0);
                    forecast.work(&key, done * (1.0 - run.before) * run.work);
                }
                if *stop <= now {
                    forecast.end(&key, *stop);
                }
            }
            (forecast.remaining(now).unwrap(), end - now)
        };
        (2..20).map(|i| at(end * f64::from(i) / 20.0)).collect()
    }

    /// Within 20 %, and at the very end within 2 % of the whole: there the scatter of the last run alone is
    /// more than a fifth of what is left.
    fn hold(truth: &[Truth], threads: usize) {
        let foretold = play(truth, threads);
        let whole = foretold[0].1 / 0.9;
        for (told, is) in foretold {
            assert!(
                (told - is).abs() <= 0.2 * is + 0.02 * whole,
                "{told} was told, {is} was true on {threads}"
            );
        }
    }

    /// A scatter of ±10 % that is the same each time.
    fn scatter(i: usize) -> f64 {
        1.0 + 0.1 * (i as f64 * 12.9898).sin()
    }

    #[test]
    fn what_remains_is_foretold_within_a_fifth_after_a_tenth() {
        for threads in [1, 2, 7, 16] {
            // The machine does a unit of work in 0.3 s, which nobody knows before; runs of several lengths.
            let sweep = |i: usize| {
                let work = [1.0, 2.0, 4.0, 8.0][i % 4];
                Truth { work, seconds: 0.3 * work * scatter(i), before: 0.0 }
            };
            hold(&(0..80).map(sweep).collect::<Vec<_>>(), threads);
            // One long run at which all other threads wait at the end.
            let mut tail: Vec<Truth> = (0..40).map(sweep).collect();
            tail.push(Truth { work: 60.0, seconds: 18.0, before: 0.0 });
            hold(&tail, threads);
            // Runs that were stopped half-way.
            let resumed = |i: usize| Truth { before: if i < 2 * threads { 0.5 } else { 0.0 }, ..sweep(i) };
            hold(&(0..80).map(resumed).collect::<Vec<_>>(), threads);
        }
    }

    #[test]
    fn what_was_there_or_saved_is_done_and_says_nothing_of_the_speed() {
        let mut forecast = Forecast::new(1);
        forecast.add(6.0, true);
        forecast.add_saved("a", 4.0, 2.0);
        assert_eq!((forecast.share(), forecast.remaining(0.0)), (0.8, None), "it starts where it was");
        forecast.begin("a", 4.0, 10.0);
        assert_eq!(forecast.share(), 0.6, "what was saved could not be read");
        forecast.resume("a", 2.0);
        assert_eq!((forecast.share(), forecast.remaining(10.0)), (0.8, None));
        // A unit in two seconds, and one is left.
        forecast.work("a", 1.0);
        assert_eq!((forecast.share(), forecast.remaining(12.0)), (0.9, Some(2.0)));
        forecast.end("a", 14.0);
        assert_eq!((forecast.share(), forecast.remaining(14.0), forecast.running()), (1.0, Some(0.0), 0));
    }

    #[test]
    fn a_kind_that_has_not_begun_goes_at_the_speed_of_its_neighbour() {
        let mut forecast = Forecast::new(1);
        for work in [1.0, 10.0, 100.0] {
            forecast.add(work, false);
        }
        for (work, seconds) in [(100.0, 100.0), (1.0, 5.0)] {
            forecast.begin("a", work, 0.0);
            forecast.end("a", seconds);
        }
        // Ten is as near to one as to a hundred, in factors: the smaller has it.
        assert_eq!(forecast.remaining(200.0), Some(50.0));
        assert_eq!(Forecast::new(3).remaining(0.0), Some(0.0), "nothing to do");
    }

    #[test]
    fn many_equal_runs_are_dealt_evenly() {
        let mut busy = vec![5.0, 0.0];
        deal(&mut busy, 1.0, 100_001);
        // (5 + 100,001)/2 = 50,003.
        assert_eq!(busy.iter().copied().fold(0.0, f64::max), 50_003.0);
    }
}
