//! What moves the parameters: update rules, methods that look further, and the learning-rate schedules that pace them.
//!
//! * [`Rule`] says how, given one gradient; [`Rule::build`] makes an [`Optimizer`], the state that steps.
//! * [`Method`] asks the objective for more: a second gradient, products with the Hessian, a line search.
//! * [`Update`] is the `[optimizer]` table of an experiment: a rule or a method, perhaps in the [`Dialect`] of another
//!   library, and [`Transform`]s ahead of it, which clip, decay and shake.
//! * [`Schedule`] is the `[schedule]` table; [`Schedule::at`] is a pure function of the step.
//!
//! Schedules and rules do not know each other: whoever trains hands η from the schedule to the rule.
//!
//! ```
//! use thalweg_numeric::bounded::{Count, Positive};
//! use thalweg_numeric::objectives::Quadratic;
//! use thalweg_numeric::{Layout, Objective};
//! use thalweg_optimizers::{Rule, Schedule};
//!
//! let rule: Rule = toml::from_str("kind = 'sgd'")?;
//! let schedule: Schedule = toml::from_str("kind = 'power-law'\ninitial = 0.1\ntime-scale = 1e3")?;
//!
//! let mut objective = Quadratic::new(Count::of(3), Positive::of(10.0));
//! let (mut params, mut grad) = ([1.0, -2.0, 3.0], [0.0; 3]);
//! let mut optimizer = rule.build(&Layout::new([("point", vec![3])]));
//! for step in 1..=200 {
//!     objective.gradient(&params, &mut grad);
//!     optimizer.step(schedule.at(step), &mut params, &grad);
//! }
//! assert!(objective.value(&params) < 1e-12);
//! # Ok::<(), toml::de::Error>(())
//! ```

mod dialect;
mod kind;
pub mod method;
pub mod rule;
pub mod schedule;
pub mod transform;
mod update;

pub use dialect::Dialect;
pub use kind::Kind;
pub use method::{Method, Minimizer};
pub use rule::{Memory, Optimizer, Rule};
pub use schedule::{Schedule, ScheduleError};
pub use transform::Transform;
pub use update::{Update, Updater};
