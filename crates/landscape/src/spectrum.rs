//! The spectrum of a symmetric matrix, such as the Hessian: exact, at its ends, its trace and its density.
//!
//! * [`Operator`]: a matrix known by its products, such as a [`Hessian`] or a [`Preconditioned`] one.
//! * [`Dense`]: the whole matrix and its exact eigenvalues.
//! * [`Lanczos`]: the largest and smallest eigenvalues with bounds of their errors; [`power`] the one of
//!   largest modulus.
//! * [`hutchinson`] and [`hutch_plus_plus`]: the trace; [`Quadrature`]: the density of all eigenvalues.

mod dense;
mod density;
mod error;
mod householder;
mod krylov;
mod lanczos;
mod operator;
mod power;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trace;
mod tridiagonal;

pub use dense::{Dense, Eigen, condition_number, positive_condition_number};
pub use density::{Density, Node, Quadrature};
pub use error::SpectrumError;
pub use lanczos::{Eigenpair, Extremes, Lanczos, Wanted};
pub use operator::{FromFn, Hessian, Operator, Preconditioned};
pub use power::{Dominant, power};
pub use trace::{hutch_plus_plus, hutchinson};
