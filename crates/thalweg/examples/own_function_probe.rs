//! A look at the landscape of a function of your own: of all its minima, which are wide, and which can
//! gradient descent keep?
//!
//! ```sh
//! cargo run --release -p thalweg --example own_function_probe
//! ```

use std::error::Error;

use thalweg::landscape::slices::{Axis, line};
use thalweg::landscape::spectrum::{Hessian, Lanczos, Wanted};
use thalweg::landscape::width::{Ascent, Ball};
use thalweg::numeric::bounded::{Count, NonNegative, Positive};
use thalweg::numeric::{Objective, Streams, vector};

/// A linear network with one hidden layer and one sample: L(u, v) = ½ (u·v − 1)². Wherever u·v = 1 there is a
/// minimum, whose one eigenvalue that is not 0 is ‖u‖² + ‖v‖².
struct Product {
    /// Entries of u, and of v.
    width: usize,
}

impl Objective<f64> for Product {
    fn dim(&self) -> usize {
        2 * self.width
    }

    fn value(&mut self, params: &[f64]) -> f64 {
        let (u, v) = params.split_at(self.width);
        0.5 * (vector::dot(u, v) - 1.0).powi(2)
    }

    fn gradient(&mut self, params: &[f64], grad: &mut [f64]) -> f64 {
        let (u, v) = params.split_at(self.width);
        let error = vector::dot(u, v) - 1.0;
        let (by_u, by_v) = grad.split_at_mut(self.width);
        by_u.iter_mut().zip(v).for_each(|(g, v)| *g = error * v);
        by_v.iter_mut().zip(u).for_each(|(g, u)| *g = error * u);
        0.5 * error * error
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut product = Product { width: 10 };
    let wanted = Wanted { top: 2, bottom: 1, tolerance: NonNegative::of(1e-6), steps: Count::of(20) };
    let mut lanczos = Lanczos::new(product.dim(), wanted);
    let radius = Positive::of(0.1);
    let ascent = Ascent { ball: Ball::Euclidean, radius, starts: Count::of(3), steps: Count::of(100) };
    let mut ends = Vec::new();
    for balance in [1.0, 2.0, 2.5] {
        // u = b e₀ and v = e₀/b: the same function of the inputs, at another place.
        let mut minimum = vec![0.0; 20];
        (minimum[0], minimum[10]) = (balance, 1.0 / balance);
        let streams = Streams::new(42, 0);
        let mut hessian = Hessian { objective: &mut product, params: &minimum };
        let found = lanczos.run(&mut hessian, &mut streams.stream("lanczos", 0))?;
        let (sharpest, second) = (found.top[0].clone(), found.top[1].value);
        let rise = ascent.worst_case(&mut product, &minimum, &mut streams.stream("ascent", 0)).rise;
        println!("u = {balance} e₀, v = e₀/{balance}");
        println!("  largest eigenvalues {:.4} and {second:.4}, worst rise at 0.1: {rise:.5}", sharpest.value);
        let exact = balance.powi(2) + balance.powi(-2);
        // The Hessian is a difference of gradients here, exact to about 1e-10 of it.
        assert!((sharpest.value - exact).abs() < 1e-6, "{} {exact}", sharpest.value);
        assert!(second.abs() < 1e-6);
        assert!(rise >= 0.5 * exact * 0.01, "at least that of the parabola along the sharpest direction");

        let axis = Axis { low: -0.3, high: 0.3, points: Count::of(7) };
        let losses = line(&mut product, &minimum, &sharpest.vector, axis);
        println!("  the loss across the valley {losses:.3?}");

        // Where the eigenvalue is above 2/η, descent is driven out of the minimum, and below 4/η it finds a
        // wider one: A. Lewkowycz et al., *The large learning rate phase of deep learning: the catapult
        // mechanism*, 2020.
        let mut params = minimum.clone();
        vector::axpy(0.01, &sharpest.vector, &mut params);
        let mut grad = vec![0.0; 20];
        (0..500).for_each(|_| {
            product.descend(0.4, &mut params, &mut grad);
        });
        let sharpness = vector::dot(&params, &params);
        println!("  gradient descent with η = 0.4, 2/η = 5, ends where the eigenvalue is {sharpness:.4}\n");
        ends.push((exact, sharpness, product.value(&params)));
    }
    for (before, after, loss) in ends {
        assert!(loss < 1e-12 && after < 5.0, "{loss} {after}");
        assert_eq!((after - before).abs() < 0.01, before < 5.0, "{before} {after}");
    }
    Ok(())
}
