//! What moves the parameters: update rules, methods that look further, and the learning-rate schedules that
//! pace them.
//!
//! * [`OptimizerConfig`] is the `[optimizer]` table of an experiment: a rule or a method, perhaps in the
//!   [`Dialect`] of another library, and [`Transform`]s ahead of it, which clip, decay and shake. It tells
//!   what a step costs and which [`Dynamics`] it follows, and [`builds`](OptimizerConfig::build) the
//!   [`Optimizer`] that steps.
//! * [`Group`]s of parameters take steps of their own, and a [`Scale`] is what a parametrisation of the
//!   network makes of them.
//! * [`Rule`] says how to step, given one gradient; [`RuleState`] is what it remembers.
//! * [`Method`] asks the objective for more: a second gradient, products with the Hessian, a line search.
//! * [`Schedule`] is the `[schedule]` table; [`Schedule::at`] is a pure function of the step.
//!
//! Schedules and rules do not know each other: whoever trains hands η from the schedule to the optimizer.
//! Both are read from tables, or made in code.
//!
//! ```
//! use thalweg_numeric::bounded::{Count, Positive};
//! use thalweg_numeric::objectives::Quadratic;
//! use thalweg_numeric::{Layout, Objective, Streams};
//! use thalweg_optimizers::rule::Momentum;
//! use thalweg_optimizers::{OptimizerConfig, Schedule};
//!
//! let config = OptimizerConfig::from(Momentum { nesterov: true, ..Momentum::default() });
//! assert_eq!(config, toml::from_str("kind = 'momentum'\nnesterov = true")?);
//! let schedule: Schedule = toml::from_str("kind = 'power-law'\ninitial = 0.02\ntime-scale = 1e3")?;
//!
//! let mut objective = Quadratic::new(Count::of(3), Positive::of(10.0));
//! let mut params = [1.0, -2.0, 3.0];
//! let noise = Streams::new(42, 0).stream("noise", 0);
//! let mut optimizer = config.build(&Layout::point(3), noise);
//! for step in 1..=200 {
//!     optimizer.step(schedule.at(step), &mut params, &mut objective);
//! }
//! assert!(objective.value(&params) < 1e-6);
//! # Ok::<(), toml::de::Error>(())
//! ```

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "expected values may come from the system"))]

mod config;
mod conversions;
mod dialect;
mod group;
mod grouped;
mod kind;
pub mod method;
mod optimizer;
mod properties;
pub mod rule;
mod scale;
pub mod schedule;
pub mod transform;

pub use config::OptimizerConfig;
pub use dialect::Dialect;
pub use group::{Group, GroupError, Parameters, Part};
pub use kind::Kind;
pub use method::{Method, MethodState};
pub use optimizer::Optimizer;
pub use properties::Dynamics;
pub use rule::{Memory, Rule, RuleState};
pub use scale::{Degree, Scale};
pub use schedule::{Schedule, ScheduleError};
pub use transform::Transform;
