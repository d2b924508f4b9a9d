//! Probes of an [`Objective`](thalweg_numeric::Objective): what the landscape is like where an optimizer has come to.
//!
//! A probe reads; it never moves the parameters that it is given. All of it is f64.

pub mod directions;
pub mod margins;
pub mod paths;
pub mod slices;
