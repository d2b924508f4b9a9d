//! The ground floor of Thalweg: what every other crate computes with.
//!
//! * [`Real`]: the two floats, f32 and f64, behind one sealed trait.
//! * [`vector`]: dot products, norms and updates on flat slices; the only copies in the workspace.
//! * [`aligned`]: arrays that begin with a cache line.
//! * [`simd`]: vectors to write kernels with, and the choice of machine code at run time.
//! * [`bounded`]: numbers of a configuration that cannot hold an impossible value.
//! * [`Streams`]: named random streams, so that no consumer of randomness can shift another's numbers.
//! * [`Layout`]: names and shapes of the pieces of one flat parameter vector.
//! * [`Objective`]: a function to be minimised, [`check_gradient`] for one of your own, and [`objectives`] in
//!   closed form to test with.

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "expected values may come from the system"))]

pub mod aligned;
pub mod bounded;
mod elementary;
mod gradient_check;
mod layout;
mod objective;
pub mod objectives;
mod real;
pub mod simd;
mod stream;
pub mod vector;

pub use gradient_check::{GradientMismatch, check_gradient};
pub use layout::{Block, Layout};
pub use objective::Objective;
pub use real::{Either, Real};
pub use stream::{Stream, Streams};
