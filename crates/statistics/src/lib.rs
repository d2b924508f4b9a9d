//! Honest small-sample statistics, as pure functions on `&[f64]`.
//!
//! A study yields one score a replicate, and a claim is about the centre of their distribution.
//!
//! * [`Centre`]: evidence on a centre: [`MeanTest`] (Student's t, kept from seeing more than there is),
//!   [`MedianTest`] (signs alone), [`Welch`] (two independent samples); [`MeanProcess`] and [`MedianProcess`]
//!   may be looked at after every replicate.
//! * [`RangeTest`]: is it inside a range? Bounds, differences, equivalence, trends and slopes are this one
//!   question.
//! * [`kendall_tau`], [`slope`], [`covariance`]: what makes a score of a series; [`permutation_p`]: τ of a
//!   few points.
//! * [`holm`]: p-values of several claims, corrected for their number.
//! * [`power()`], [`detectable`], [`replicates_needed`]: what a number of replicates can decide.
//! * [`Estimate`]: a number with its interval for tables and figures: [`mean`], [`bootstrap_mean`].

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "expected values may come from the system"))]

mod centre;
mod estimate;
mod mean_test;
mod median_test;
mod multiplicity;
mod power;
mod random;
mod sequential;
mod trend;
mod welch;

pub use centre::{Centre, RangeTest};
pub use estimate::{Estimate, LEVEL, bootstrap_mean, mean, standard_deviation};
pub use mean_test::{Floor, MeanTest, ROUNDING, Sample};
pub use median_test::MedianTest;
pub use multiplicity::holm;
pub use power::{POWER, detectable, power, replicates_needed, signs_needed};
pub use sequential::{MeanProcess, MedianProcess};
pub use trend::{covariance, kendall_tau, permutation_p, slope, slope_weights};
pub use welch::Welch;
