//! Learning-rate schedules: pure functions of the step, one file a family.

mod constant;
mod cosine;
mod cosine_restarts;
mod exponential;
mod inverse_sqrt;
mod linear;
mod one_cycle;
mod power_law;
mod step;
mod warm_up;
mod warm_up_stable_decay;

use serde::{Deserialize, Serialize};

pub use constant::Constant;
pub use cosine::Cosine;
pub use cosine_restarts::CosineRestarts;
pub use exponential::Exponential;
pub use inverse_sqrt::InverseSqrt;
pub use linear::Linear;
pub use one_cycle::OneCycle;
pub use power_law::PowerLaw;
pub use step::Step;
pub use warm_up::WarmUp;
pub use warm_up_stable_decay::{DecayForm, WarmUpStableDecay};

/// A number η, such as the learning rate, as a function of the step t: the table `[schedule]`, told apart by
/// `kind`.
///
/// The first step is t = 1. Frameworks that count from 0 call that moment "epoch 0" or "step 0"; the families
/// that equal one of theirs are functions of t − 1.
///
/// ```
/// use thalweg_optimizers::Schedule;
/// let schedule: Schedule = toml::from_str("
///     kind = 'warm-up'
///     steps = 4
///     then = { kind = 'cosine', initial = 0.1, steps = 100 }
/// ")?;
/// assert_eq!([1, 2, 4, 54, 104].map(|t| schedule.at(t)), [0.025, 0.05, 0.1, 0.05, 0.0]);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Schedule {
    Constant(Constant),
    PowerLaw(PowerLaw),
    Step(Step),
    Exponential(Exponential),
    Cosine(Cosine),
    OneCycle(OneCycle),
    WarmUp(WarmUp),
    Linear(Linear),
    InverseSqrt(InverseSqrt),
    CosineRestarts(CosineRestarts),
    WarmUpStableDecay(WarmUpStableDecay),
}

impl Schedule {
    /// η at step t ≥ 1: finite, at least 0 and, if the settings pass [`check`](Self::check), never above
    /// `initial` or `peak`.
    ///
    /// # Panics
    /// If `step` is 0: the first step is 1.
    pub fn at(&self, step: u64) -> f64 {
        assert_ne!(step, 0, "steps count from 1");
        self.settings().at(step)
    }

    /// Checks what no single number shows: how the settings of one schedule relate.
    ///
    /// # Errors
    /// [`ScheduleError`] names the key.
    pub fn check(&self) -> Result<(), ScheduleError> {
        self.settings().check()
    }

    /// The value at every step, if the schedule is [`Constant`].
    pub fn constant(&self) -> Option<f64> {
        self.settings().constant()
    }

    fn settings(&self) -> &dyn ScheduleSettings {
        match self {
            Self::Constant(config) => config,
            Self::PowerLaw(config) => config,
            Self::Step(config) => config,
            Self::Exponential(config) => config,
            Self::Cosine(config) => config,
            Self::OneCycle(config) => config,
            Self::WarmUp(config) => config,
            Self::Linear(config) => config,
            Self::InverseSqrt(config) => config,
            Self::CosineRestarts(config) => config,
            Self::WarmUpStableDecay(config) => config,
        }
    }
}

/// The settings of a schedule.
trait ScheduleSettings {
    /// As [`Schedule::at`].
    fn at(&self, step: u64) -> f64;

    /// As [`Schedule::check`].
    fn check(&self) -> Result<(), ScheduleError> {
        Ok(())
    }

    /// As [`Schedule::constant`].
    fn constant(&self) -> Option<f64> {
        None
    }
}

/// Settings of a schedule that are possible one by one, but not together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    /// A decay that would rise.
    #[error("floor = {floor} lies above initial = {initial}")]
    FloorAboveInitial {
        /// Where the schedule would end.
        floor: f64,
        /// Where it would start.
        initial: f64,
    },
    /// A cycle that would start above its peak, or end above its start.
    #[error("{key} = {value} is not a number of at least 1")]
    DivisorBelowOne {
        /// `"start-divisor"` or `"end-divisor"`.
        key: &'static str,
        /// The number that was given.
        value: f64,
    },
    /// Another decay that would rise.
    #[error("floor = {floor} lies above peak = {peak}")]
    FloorAbovePeak {
        /// Where the schedule would end.
        floor: f64,
        /// Its highest value.
        peak: f64,
    },
    /// A warm-up and a decay that would overlap.
    #[error("warm-up-steps = {rise} and decay-steps = {fall} do not fit into steps = {steps}")]
    PhasesTooLong {
        /// The steps of the warm-up.
        rise: u64,
        /// The steps of the decay.
        fall: u64,
        /// All steps.
        steps: u64,
    },
}
