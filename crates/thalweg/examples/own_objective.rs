//! A function of your own: value and gradient are enough. Here logistic regression with a ridge penalty. The
//! gradient is checked, the minimum found, and the curvature there tells how large a learning rate may be.
//!
//! ```sh
//! cargo run --release -p thalweg --example own_objective
//! ```

#![expect(clippy::disallowed_methods, reason = "an example has no need of the same bits everywhere")]

use std::error::Error;

use thalweg::landscape::spectrum::{Dense, Hessian, condition_number};
use thalweg::landscape::theory::gradient_descent_edge;
use thalweg::numeric::{GradientMismatch, Layout, Objective, Streams, check_gradient, vector};
use thalweg::optimizers::OptimizerConfig;
use thalweg::optimizers::method::{Lbfgs, LineSearch};
use thalweg::optimizers::rule::Sgd;

/// L(w) = mean ln(1 + e^{−yᵢ w·xᵢ}) + ½ ridge ‖w‖², y = ±1.
struct Logistic {
    samples: Vec<([f64; 3], f64)>,
    ridge: f64,
    /// 1, and −1 for a mistake that the check shall find.
    sign: f64,
}

impl Objective<f64> for Logistic {
    fn dim(&self) -> usize {
        3
    }

    fn value(&mut self, w: &[f64]) -> f64 {
        let losses = self.samples.iter().map(|(x, y)| (-y * vector::dot(w, x)).exp().ln_1p());
        losses.sum::<f64>() / self.samples.len() as f64 + 0.5 * self.ridge * vector::dot(w, w)
    }

    fn gradient(&mut self, w: &[f64], grad: &mut [f64]) -> f64 {
        grad.fill(0.0);
        vector::axpy(self.sign * self.ridge, w, grad);
        for (x, y) in &self.samples {
            let wrong = 1.0 / (1.0 + (y * vector::dot(w, x)).exp());
            vector::axpy(-y * wrong / self.samples.len() as f64, x, grad);
        }
        self.value(w)
    }
    // No `hessian_vector`: it is then a difference of two gradients.
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut stream = Streams::new(42, 0).stream("data", 0);
    let samples = (0..200).map(|_| {
        let x = [1.0, stream.normal(), 5.0 * stream.normal()];
        let side = 0.5 + x[1] - 0.3 * x[2] + stream.normal();
        (x, side.signum())
    });
    let mut logistic = Logistic { samples: samples.collect(), ridge: 0.01, sign: -1.0 };

    let mistake = check_gradient(&mut logistic, &[0.3, -0.7, 0.2]).expect_err("a wrong sign");
    println!("With a wrong sign: {mistake}.");
    assert!(matches!(mistake, GradientMismatch::Component { wrong: 3, .. }));
    logistic.sign = 1.0;
    check_gradient(&mut logistic, &[0.3, -0.7, 0.2])?;

    let lbfgs = Lbfgs { line_search: LineSearch::StrongWolfe, ..Lbfgs::default() };
    let minimum = descend(&lbfgs.into(), 1.0, &mut logistic);
    let mut grad = [0.0; 3];
    println!("L-BFGS comes to w = {minimum:.4?}, L = {:.6}", logistic.gradient(&minimum, &mut grad));
    assert!(vector::norm(&grad) < 1e-9, "{grad:?}");

    let spectrum = Dense::of(&mut Hessian { objective: &mut logistic, params: &minimum })?.eigenvalues()?;
    let condition = condition_number(&spectrum).ok_or("no curvature")?;
    println!("eigenvalues of the Hessian {spectrum:.4?}, condition number {condition:.1}");
    // The penalty alone has the curvature 0.01, and the loss is convex; 1e-8 is the error of a difference.
    assert!(spectrum.iter().all(|eigenvalue| *eigenvalue > 0.01 - 1e-8));

    // Gradient descent is stable where no eigenvalue is above 2/η.
    let edge = 2.0 / spectrum[2];
    for (share, is_stable) in [(0.95, true), (1.05, false)] {
        let lr = share * edge;
        let end = descend(&Sgd::default().into(), lr, &mut logistic);
        let distance = end.iter().zip(&minimum).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        println!(
            "gradient descent with η = {lr:.3}, {share} of 2/λ: ends {distance:.1e} away from the minimum"
        );
        assert_eq!((distance < 1e-2, spectrum[2] < gradient_descent_edge(lr)), (is_stable, is_stable));
    }
    Ok(())
}

fn descend(config: &OptimizerConfig, lr: f64, objective: &mut Logistic) -> [f64; 3] {
    let mut optimizer = config.build(&Layout::point(3), Streams::new(42, 0).stream("noise", 0));
    let mut w = [0.0; 3];
    (0..1000).for_each(|_| {
        optimizer.step(lr, &mut w, objective);
    });
    w
}
