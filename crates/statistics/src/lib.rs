//! Honest small-sample statistics, as pure functions on `&[f64]`.
//!
//! * [`Estimate`]: a number with its 95 % interval and sample size: [`mean`] (Student's t) for a few replicates,
//!   [`bootstrap_mean`] for many values.
//! * [`RangeTest`]: is a parameter inside a range? Bounds, differences, equivalence and slopes are this one question.
//! * [`trend`]: does one quantity rise with another? Kendall's τ within replicates, tested by permutation.
//! * [`holm`]: p-values of several claims, corrected for their number.

mod estimate;
mod multiplicity;
mod random;
mod range;
mod trend;

pub use estimate::{Estimate, LEVEL, bootstrap_mean, mean, standard_deviation};
pub use multiplicity::holm;
pub use range::{Contrast, RangeTest, paired, single, slope, welch};
pub use trend::{Trend, kendall_tau, trend};
