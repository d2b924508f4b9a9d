//! What can go wrong with a spectrum.

/// Why a spectrum cannot be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SpectrumError {
    /// A diverged network has a Hessian without numbers in it.
    #[error("product {product} of matrix and vector is not finite")]
    NotFinite {
        /// Which product of this call, from 1.
        product: usize,
    },
    /// The iteration inside the dense solver did not end.
    #[error("the eigenvalues of a matrix of size {dim} did not converge")]
    NoConvergence {
        /// d.
        dim: usize,
    },
    /// A preconditioner needs numbers above 0.
    #[error("entry {index} of the preconditioner is {value}, expected a number above 0")]
    Preconditioner {
        /// Which entry, from 0.
        index: usize,
        /// What it is.
        value: f64,
    },
}
