//! Two optimizers on one landscape: the ways of gradient descent and of momentum through Rosenbrock's valley,
//! on a map.
//!
//! ```sh
//! cargo run --release -p thalweg --example two_optimizers
//! ```

#![expect(clippy::disallowed_methods, reason = "an example has no need of the same bits everywhere")]

use thalweg::landscape::slices::{Axis, plane};
use thalweg::numeric::bounded::Count;
use thalweg::numeric::objectives::Rosenbrock;
use thalweg::numeric::{Layout, Objective, Streams};
use thalweg::optimizers::OptimizerConfig;
use thalweg::optimizers::rule::{Momentum, Sgd};

const START: [f64; 2] = [-1.2, 1.0];
const MINIMUM: [f64; 2] = [1.0, 1.0];
const STEPS: usize = 3000;

fn main() {
    // The curvature at the start is about 1500, so plain descent leaps out of the valley from η = 2/1500 on.
    let lr = 1e-3;
    let descent = way(&Sgd::default().into(), lr);
    let momentum = way(&Momentum::default().into(), lr);

    println!("o gradient descent, x momentum with β = 0.9, * the minimum; the darker, the higher\n");
    println!("{}\n", map(&[(&descent, 'o'), (&momentum, 'x')]));
    println!("        gradient descent    momentum");
    println!(" step       loss distance       loss distance");
    for step in [0, 10, 100, 1000, STEPS] {
        print!("{step:5}");
        for way in [&descent, &momentum] {
            let at = way[step];
            print!("   {:8.2e} {:8.2e}", Rosenbrock.value(&at), distance(at));
        }
        println!();
    }

    // The effective step of momentum is η/(1 − β), so ten times as long. Without momentum so long a step is
    // too long.
    let longer = way(&Sgd::default().into(), 10.0 * lr);
    println!(
        "\nGradient descent with ten times the learning rate is at x = {:.1e} after 5 steps.",
        longer[5][0]
    );
    assert!(distance(momentum[STEPS]) < 1e-3 && distance(descent[STEPS]) > 1e-2);
    assert!(distance(longer[5]) > 1e6, "a step far beyond the edge of stability does not come back");
}

/// All places from the start on.
fn way(config: &OptimizerConfig, lr: f64) -> Vec<[f64; 2]> {
    // Only transforms that add noise would draw from the stream.
    let mut optimizer = config.build(&Layout::point(2), Streams::new(1, 0).stream("noise", 0));
    let mut at = START;
    let mut way = vec![at];
    for _ in 0..STEPS {
        optimizer.step(lr, &mut at, &mut Rosenbrock);
        way.push(at);
    }
    way
}

fn distance([x, y]: [f64; 2]) -> f64 {
    (x - MINIMUM[0]).hypot(y - MINIMUM[1])
}

/// The landscape in shades, with ways drawn over it.
fn map(ways: &[(&[[f64; 2]], char)]) -> String {
    let axes = [
        Axis { low: -1.6, high: 1.6, points: Count::of(81) },
        Axis { low: -0.5, high: 1.7, points: Count::of(27) },
    ];
    let heights = plane(&mut Rosenbrock, &[0.0, 0.0], [&[1.0, 0.0], &[0.0, 1.0]], axes);
    let shade = |loss: &f64| [' ', '.', ':', '-', '='][(loss + 0.3).log10().clamp(0.0, 4.0) as usize];
    let mut cells: Vec<Vec<char>> =
        heights.rows().into_iter().map(|row| row.iter().map(shade).collect()).collect();
    let place = |value: f64, axis: Axis| {
        let last = axis.points.size() as f64 - 1.0;
        (last * (value - axis.low) / (axis.high - axis.low)).round().clamp(0.0, last) as usize
    };
    let mut draw = |[x, y]: [f64; 2], sign| cells[place(y, axes[1])][place(x, axes[0])] = sign;
    for (way, sign) in ways {
        way.iter().for_each(|at| draw(*at, *sign));
    }
    draw(MINIMUM, '*');
    cells.iter().rev().map(|row| row.iter().collect::<String>()).collect::<Vec<_>>().join("\n")
}
