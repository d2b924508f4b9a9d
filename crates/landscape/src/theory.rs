//! What a quadratic says about an optimizer, to be compared with what is measured.
//!
//! On L(θ) = ½ λ θ² every linear method is a recursion with a known answer; at a minimum of any smooth
//! function each eigenvector of the Hessian is one such mode. η is the learning rate, β the momentum, λ an
//! eigenvalue of the Hessian.

mod noise;
mod stability;

pub use noise::{batch_noise, heavy_ball_variance, noise_scale, sgd_variance, temperature};
pub use stability::{
    gradient_descent_edge, gradient_descent_error, gradient_descent_rate, heavy_ball_edge, heavy_ball_rate,
    nesterov_edge, preconditioned_edge,
};
