//! What a run moves and measures, and the world around it.

use std::sync::atomic::{AtomicBool, AtomicU64};

use thalweg_records::{Curve, Provenance, Record, Status};

use crate::checkpoint::{State, Stop};
use crate::outcome::Outcome;
use crate::plan::Job;
use crate::probes::Snapshot;

/// What runs need from the world around them, and must not reach for themselves.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Seconds on a clock that never goes back.
    pub now: &'a (dyn Fn() -> f64 + Sync),
    /// Seconds for which a CPU has worked on the thread that asks; `None` where nobody tells, and then it is
    /// not recorded.
    pub cpu: &'a (dyn Fn() -> Option<f64> + Sync),
    /// Set when the user wants to stop.
    pub cancelled: &'a AtomicBool,
    /// Seconds between two times that a run on its way is saved.
    pub checkpoint: f64,
    /// Raised when the user wants all runs to be saved now.
    pub save: &'a AtomicU64,
    /// Waits a moment for what other processes do.
    pub pause: &'a (dyn Fn() + Sync),
    /// Which code on which machine.
    pub provenance: &'a Provenance,
}

static NEVER: AtomicBool = AtomicBool::new(false);
static NOT: AtomicU64 = AtomicU64::new(0);
static UNKNOWN: Provenance = Provenance { code: String::new(), machine: String::new() };

impl Surroundings<'static> {
    /// No clock, so that all times are 0, nobody who stops a run, and nothing known of code and machine.
    pub fn without_clock() -> Self {
        Self {
            now: &|| 0.0,
            cpu: &|| None,
            cancelled: &NEVER,
            checkpoint: f64::INFINITY,
            save: &NOT,
            pause: &|| {},
            provenance: &UNKNOWN,
        }
    }
}

/// What happens while runs are computed.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A run has begun.
    Started(&'a Job),
    /// A run goes on after this step, at which it was saved.
    Resumed(&'a Job, u64),
    /// So many runs are computed by other processes, which are waited for.
    Waiting(usize),
    /// A run has done this much of its [`work`](Job::work).
    Worked(&'a Job, f64),
    /// A curve of a run has grown by a value at a step.
    Measured(&'a Job, &'a str, u64, f64),
    /// A run has ended and its record is kept.
    Finished(&'a Job, &'a Record),
}

/// What a run moves and measures.
pub(crate) trait Subject {
    /// Updates taken so far.
    fn step(&self) -> u64;

    /// Takes steps until `end` have been taken in all, or fewer if its goal is reached.
    ///
    /// # Errors
    /// The step at which the loss is not finite; its update is not made.
    fn advance(&mut self, end: u64) -> Result<Advance, u64>;

    /// Measures where it stands and whether that is good enough to stop; `None` if it is not finite, which is
    /// then not recorded.
    fn evaluate(&mut self) -> Option<Advance>;

    /// What was measured so far.
    fn curves(&self) -> &[Curve];

    /// Where it stands, for probes to look at.
    fn snapshot(&mut self) -> Snapshot<'_>;

    /// Names all that its further course depends on.
    fn visit(&mut self, state: &mut State);

    /// What came out; after a divergence only what was seen on the way.
    fn finish(self: Box<Self>, status: &Status, stop: Stop<'_>) -> Outcome;
}

/// How far a subject has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advance {
    /// To where it was asked to.
    Taken,
    /// There is nothing left to do.
    GoalReached,
}
