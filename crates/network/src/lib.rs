//! Feed-forward networks over one flat parameter vector, made for very many very small steps.
//!
//! * [`Architecture`]: the shape of a network, the names of its parameters and its initial weights
//!   ([`Init`]).
//! * [`Parametrisation`]: how initial variances and learning rates depend on the width.
//! * [`Network`]: loss, gradient, logits and scores, in a workspace that is allocated once; also the gradient
//!   of every sample, and margins.
//! * [`OnBatch`]: a network on a batch as an [`Objective`](thalweg_numeric::Objective), with exact products
//!   of Hessian and vector; [`GaussNewton`] the same with the Gauss–Newton matrix; [`Curvature`] either of
//!   them at one place, for many products.
//! * [`Normalisation`] and residual connections, as an [`Architecture`] says; [`WithDropout`]: an objective
//!   of which some hidden units are left out, by the choice of a [`Dropout`].
//! * [`Targets`]: what the outputs are compared with, classes or numbers.
//! * Symmetries, on [`Architecture`]: hidden units [permuted](Architecture::permuted),
//!   [rescaled](Architecture::rescaled) and [aligned](Architecture::aligned) with another network's, and a
//!   shift of the inputs [taken into the bias](Architecture::input_shifted).
//! * [`Numerics`]: whether products and sums are rounded once (fast) or twice (the same bits on every CPU).
//!
//! ```
//! use ndarray::array;
//! use thalweg_network::{Activation, Architecture, He, Init, Loss, Network, Numerics};
//! use thalweg_numeric::Streams;
//!
//! let architecture = Architecture {
//!     inputs: 2,
//!     hidden: vec![64, 64],
//!     outputs: 2,
//!     activation: Activation::Relu,
//!     loss: Loss::CrossEntropy,
//!     ..Architecture::default()
//! };
//! let mut stream = Streams::new(42, 0).stream("init", 0);
//! let mut params: Vec<f32> = architecture.draw(&Init::He(He::default()), &mut stream)?;
//! let mut grad = vec![0.0; params.len()];
//!
//! let mut network = Network::new(&architecture, Numerics::best(), 3)?;
//! let inputs = array![[0.0, 1.0], [1.0, 0.0], [-1.0, 0.5]];
//! let before = network.gradient(&params, inputs.view(), &[0, 1, 0], &mut grad);
//! thalweg_numeric::vector::axpy(-0.01, &grad, &mut params);
//! let after = network.gradient(&params, inputs.view(), &[0, 1, 0], &mut grad);
//! assert!(after < before);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "expected values may come from the system"))]

mod activation;
mod architecture;
mod assignment;
mod division;
mod dropout;
mod extra_passes;
mod extras;
mod init;
mod kernels;
mod layer;
mod loss;
mod network;
mod normalisation;
mod numerics;
mod objective;
mod parametrisation;
mod passes;
mod shares;
mod sink;
mod symmetry;
mod tangents;
mod targets;
mod weights;
mod workspace;

pub use activation::Activation;
pub use architecture::{Architecture, ArchitectureError, Widths};
pub use division::{gradients_of_shares, rows_of_block};
pub use dropout::{Dropout, WithDropout};
pub use init::{Distribution, FileInit, Glorot, He, Init, Lecun, Zeros};
pub use loss::Loss;
pub use network::{Curvature, GaussNewton, Network, NetworkError};
pub use normalisation::Normalisation;
pub use numerics::{Numerics, UnsupportedNumerics};
pub use objective::{BatchError, OnBatch};
pub use parametrisation::{ArrayScale, Parametrisation};
pub use symmetry::NotHomogeneous;
pub use targets::Targets;
pub use weights::{Tensor, WeightsError};
