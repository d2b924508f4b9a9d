//! Thalweg's libraries under one name.
//!
//! | module | what it gives |
//! |---|---|
//! | [`numeric`] | the floats f32 and f64 behind one trait, vector kernels, named random streams, the `Objective` trait |
//! | [`datasets`] | points of known geometry, random teachers, tables and arrays from files, transforms, batch samplers |
//! | [`network`] | feed-forward networks over one flat parameter vector: loss, gradient, Hessian-vector product |
//! | [`optimizers`] | update rules in the dialects of PyTorch, optax and Keras, learning-rate schedules |
//! | [`landscape`] | probes of an objective: curvature, gradient noise, sharpness, slices, paths, margins |
//! | [`statistics`] | estimates with intervals, range and trend tests, Holm's correction |
//! | [`records`] | the record of a run and the store that keeps it: read results from your own program |
//!
//! All parameters of a network are one vector, so a few lines of vector algebra ask a question of the
//! landscape. Here: gradient descent with η = 0.1 cannot stay where the largest eigenvalue of the Hessian is
//! above 2/η; how large is it where the descent has come to?
//!
//! ```
//! use thalweg::datasets::TwoMoons;
//! use thalweg::network::{Activation, Architecture, He, Init, Loss, Network, Numerics, OnBatch};
//! use thalweg::numeric::bounded::{Count, NonNegative};
//! use thalweg::numeric::{Objective, Streams, vector};
//!
//! let streams = Streams::new(42, 0);
//! let moons = TwoMoons { noise: NonNegative::of(0.2), ..TwoMoons::new(Count::of(200)) };
//! let data = moons.generate(200, &mut streams.stream("data", 0));
//! let (activation, loss) = (Activation::Tanh, Loss::CrossEntropy);
//! let architecture =
//!     Architecture { inputs: 2, hidden: vec![16], outputs: 2, activation, loss, ..Architecture::default() };
//! let mut params: Vec<f64> = architecture.draw(&Init::He(He::default()), &mut streams.stream("init", 0))?;
//! let mut network = Network::new(&architecture, Numerics::best(), 200)?;
//! let inputs = data.inputs.to_array();
//! let mut objective = OnBatch::new(&mut network, inputs.view(), &data.labels)?;
//!
//! let mut grad = vec![0.0; params.len()];
//! for _ in 0..500 {
//!     objective.gradient(&params, &mut grad);
//!     vector::axpy(-0.1, &grad, &mut params);
//! }
//! // Power iteration with exact Hessian-vector products, from the direction of the gradient.
//! let (mut direction, mut eigenvalue) = (grad.clone(), 0.0);
//! for _ in 0..100 {
//!     objective.hessian_vector(&params, &direction, &mut grad);
//!     eigenvalue = vector::norm(&grad) / vector::norm(&direction);
//!     direction.copy_from_slice(&grad);
//! }
//! assert!(0.1 < eigenvalue && eigenvalue < 2.0 / 0.1, "{eigenvalue}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `docs/rust.md` shows a training loop with batches, a schedule and an update rule. The folder `examples`
//! has programs of one page, which `cargo run --release -p thalweg --example own_objective` runs:
//!
//! * `train_a_network` and `two_optimizers`: what there is, put together.
//! * `own_objective`, `own_optimizer`, `own_data` and `own_function_probe`: what you bring along.
//! * `experiment_from_text`: the laboratory in memory.

pub mod lab;

pub use thalweg_datasets as datasets;
pub use thalweg_document as document;
pub use thalweg_experiment as experiment;
pub use thalweg_landscape as landscape;
pub use thalweg_network as network;
pub use thalweg_numeric as numeric;
pub use thalweg_optimizers as optimizers;
pub use thalweg_records as records;
pub use thalweg_report as report;
pub use thalweg_statistics as statistics;

/// Compiles and runs the Rust code of the pages with the tests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../../docs/rust.md")]
    struct Rust;

    #[doc = include_str!("../../../docs/howto/own-optimizer.md")]
    struct OwnOptimizer;
}
