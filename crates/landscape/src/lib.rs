//! Probes of an [`Objective`](thalweg_numeric::Objective): what the landscape is like where an optimizer has come to.
//!
//! A probe reads; it never moves the parameters that it is given. All of it is f64.
//!
//! * [`Operator`]: a symmetric matrix known by its products, such as a [`Hessian`] or a [`Preconditioned`] one.
//! * [`Dense`]: the whole matrix and its exact eigenvalues.
//! * [`Lanczos`]: the largest and smallest eigenvalues with bounds of their errors; [`power`] the one of largest modulus.
//! * [`hutchinson`] and [`hutch_plus_plus`]: the trace; [`Quadrature`]: the density of all eigenvalues.
//! * [`noise`]: the gradients of single samples and of batches; [`width`]: how fast the loss rises around a point.
//! * [`directions`], [`slices`] and [`paths`]: the loss along lines, in planes and between two solutions.
//! * [`margins`]: of a classifier, and the separators of largest margin.
//! * [`theory`]: what a quadratic says about stability, rates and noise, to compare with what is measured.

mod dense;
mod density;
pub mod directions;
mod error;
mod krylov;
mod lanczos;
pub mod margins;
pub mod noise;
mod operator;
pub mod paths;
mod power;
pub mod slices;
#[cfg(test)]
mod testing;
pub mod theory;
mod trace;
mod tridiagonal;
pub mod width;

pub use dense::{Dense, Eigen, condition_number, positive_condition_number};
pub use density::{Density, Node, Quadrature};
pub use error::SpectrumError;
pub use lanczos::{Eigenpair, Extremes, Lanczos, Wanted};
pub use operator::{FromFn, Hessian, Operator, Preconditioned};
pub use power::{Dominant, power};
pub use trace::{Sampled, hutch_plus_plus, hutchinson};
