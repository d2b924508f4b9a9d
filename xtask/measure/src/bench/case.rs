//! One row of the table: a kind of work, how it is timed, and the least time that it can take.

use std::time::Instant;

use ndarray::Array2;
use thalweg_experiment::{Experiment, Job};
use thalweg_network::Network;

use super::ceilings::Ceilings;
use super::training::{seconds_of_all, seconds_per_step};

/// Steps of each run of a sweep.
pub const SWEEP_STEPS: f64 = 20_000.0;

/// A row of the table: one workload with one choice of batch size, float and arithmetic.
pub struct Case {
    pub label: String,
    /// What peers call it; none if they have no such choice.
    pub peer: Option<String>,
    pub work: Work,
    pub target: Option<Target>,
    pub doing: Doing,
}

/// What one unit costs at least: a step, a pass over all test sets, or a whole sweep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// Multiplications and additions of the matrix products.
    pub flops: f64,
    /// Parameters that are updated, each once.
    pub updates: f64,
    /// Whether the numbers are f64.
    pub double: bool,
    /// Whether all cores share the work.
    pub all_cores: bool,
}

/// The share of a limit that should be reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Of the time of the multiply-adds alone.
    OfFma(f64),
    /// Of the limit line: the multiply-adds, and one pass over the parameters.
    OfLine(f64),
}

/// The limits of a unit of work, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    pub fma: f64,
    pub line: f64,
}

/// How it is timed.
pub enum Doing {
    Train(Box<Job>),
    Forward(Box<Forward>),
    Sweep(Box<Experiment>),
}

/// A network and the test sets that it is to classify.
pub struct Forward {
    pub network: Network<f32>,
    pub params: Vec<f32>,
    pub sets: Vec<Array2<f32>>,
    pub logits: Array2<f32>,
}

impl Case {
    /// Seconds for one unit of work.
    pub fn measure(&mut self) -> anyhow::Result<f64> {
        match &mut self.doing {
            Doing::Train(job) => seconds_per_step(job),
            Doing::Forward(forward) => Ok(forward.measure()),
            Doing::Sweep(experiment) => {
                let steps = experiment.jobs[0].spec.task.steps() as f64;
                Ok(seconds_of_all(experiment)? * SWEEP_STEPS / steps)
            }
        }
    }
}

impl Work {
    /// The least time that it can take on this machine.
    pub fn limit(&self, ceilings: &Ceilings) -> Limit {
        let (fma, axpy, size) = match self.double {
            true => (ceilings.fma_f64, ceilings.axpy_f64, 8.0),
            false => (ceilings.fma_f32, ceilings.axpy_f32, 4.0),
        };
        // Each core has its level-1 cache, but two of them may share their multipliers.
        let (fma, cores) =
            if self.all_cores { (ceilings.fma_all, rayon::current_num_threads() as f64) } else { (fma, 1.0) };
        let fma = self.flops / fma;
        // Parameter and gradient are read, the parameter is written.
        Limit { fma, line: fma + 3.0 * size * self.updates / (axpy * cores) }
    }
}

impl Target {
    /// The share of its limit that a time reaches.
    pub fn reached(self, seconds: f64, limit: Limit) -> f64 {
        match self {
            Self::OfFma(_) => limit.fma / seconds,
            Self::OfLine(_) => limit.line / seconds,
        }
    }

    pub fn share(self) -> f64 {
        match self {
            Self::OfFma(share) | Self::OfLine(share) => share,
        }
    }
}

impl Forward {
    fn measure(&mut self) -> f64 {
        let start = Instant::now();
        for set in &self.sets {
            self.network.logits(&self.params, set.view(), self.logits.view_mut());
        }
        start.elapsed().as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CEILINGS: Ceilings = Ceilings {
        fma_f32: 100.0,
        fma_f64: 40.0,
        fma_all: 300.0,
        read_l1: 0.0,
        read_l2: 0.0,
        axpy_f32: 12.0,
        axpy_f64: 6.0,
    };

    #[test]
    fn limits_are_those_of_a_core_or_of_all() {
        let work = Work { flops: 600.0, updates: 7.0, double: false, all_cores: false };
        assert_eq!(work.limit(&CEILINGS), Limit { fma: 6.0, line: 6.0 + 7.0 });
        let double = Work { double: true, ..work };
        assert_eq!(double.limit(&CEILINGS), Limit { fma: 15.0, line: 15.0 + 28.0 });
        let cores = rayon::current_num_threads() as f64;
        let shared = Work { all_cores: true, ..work };
        assert_eq!(shared.limit(&CEILINGS), Limit { fma: 2.0, line: 2.0 + 7.0 / cores });
    }

    #[test]
    fn targets_are_shares_of_their_own_limit() {
        let limit = Limit { fma: 2.0, line: 3.0 };
        assert_eq!(Target::OfFma(0.8).reached(4.0, limit), 0.5);
        assert_eq!(Target::OfLine(0.8).reached(4.0, limit), 0.75);
        assert_eq!(Target::OfLine(0.8).share(), 0.8);
    }
}
