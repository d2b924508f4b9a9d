//! Probes of an [`Objective`](thalweg_numeric::Objective): what the landscape is like where an optimizer has
//! come to.
//!
//! A probe reads; it never moves the parameters that it is given. All of it is f64.
//!
//! * [`spectrum`]: the eigenvalues of the Hessian, all of them, the largest, their sum and their density.
//! * [`noise`]: the gradients of single samples and of batches; [`width`]: how fast the loss rises around a
//!   point.
//! * [`directions`], [`slices`] and [`paths`]: the loss along lines, in planes and between two solutions.
//! * [`classes`]: the loss of each, and how far its features lie from those of others.
//! * [`margins`]: of a classifier, and the separators of largest margin.
//! * [`flows`]: what gradient descent follows, nearly, in continuous time.
//! * [`theory`]: what a quadratic says about stability, rates and noise, to compare with what is measured.
//!
//! What comes from random draws is an [`Estimate`].

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "expected values may come from the system"))]

pub mod classes;
pub mod directions;
mod estimate;
pub mod flows;
pub mod margins;
pub mod noise;
pub mod paths;
pub mod slices;
pub mod spectrum;
pub mod theory;
pub mod width;

pub use estimate::Estimate;
