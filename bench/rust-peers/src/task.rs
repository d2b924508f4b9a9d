//! What is to be computed: data, initial weights, and the rows of all batches, all drawn beforehand.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, Normal, Uniform};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::Failure;

pub const WIDTHS: [usize; 4] = [2, 64, 64, 2];
pub const SET: usize = 500;

/// One training, or a forward pass over 100 sets of 500 points.
pub struct Task {
    /// x and y of all points, row by row.
    pub inputs: Vec<f32>,
    pub labels: Vec<u32>,
    /// Weights of shape [in, out] and biases of each layer.
    pub layers: Vec<(Vec<f32>, Vec<f32>)>,
    pub rule: Option<Rule>,
    /// The rows of each step.
    pub batches: Vec<Vec<u32>>,
    pub steps: usize,
    pub lr: f64,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Rule {
    Sgd,
    Momentum,
    Adam,
}

impl Task {
    pub fn new(workload: &str, steps: usize, seed: u64) -> Result<Self, Failure> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let parts: Vec<&str> = workload.split('-').collect();
        let (rule, batch, lr) = match parts[..] {
            ["w1", "sgd", batch] => (Some(Rule::Sgd), batch.parse()?, 0.15),
            ["w2", "momentum", batch] => (Some(Rule::Momentum), batch.parse()?, 0.01),
            ["w2", "adam", batch] => (Some(Rule::Adam), batch.parse()?, 0.001),
            ["w4"] => (None, SET, 0.0),
            _ => return Err(format!("unknown workload {workload}").into()),
        };
        let n = if rule.is_some() { 500 } else { 100 * SET };
        let (angle, jitter) = (Uniform::new(0.0, std::f32::consts::PI)?, Normal::new(0.0, 0.1)?);
        let (mut inputs, mut labels) = (Vec::new(), Vec::new());
        for i in 0..n {
            let t: f32 = angle.sample(&mut rng);
            let (x, y) = if i % 2 == 0 { (t.cos(), t.sin()) } else { (1.0 - t.cos(), 0.5 - t.sin()) };
            inputs.extend([x + jitter.sample(&mut rng), y + jitter.sample(&mut rng)]);
            labels.push((i % 2) as u32);
        }
        let mut layers = Vec::new();
        for pair in WIDTHS.windows(2) {
            let he = Normal::new(0.0, (2.0 / pair[0] as f32).sqrt())?;
            let weights = (0..pair[0] * pair[1]).map(|_| he.sample(&mut rng)).collect();
            layers.push((weights, vec![0.0; pair[1]]));
        }
        let mut rows = Vec::new();
        while rule.is_some() && rows.len() < steps * batch {
            let mut order: Vec<u32> = (0..n as u32).collect();
            order.shuffle(&mut rng);
            rows.extend(order);
        }
        let batches = rows.chunks_exact(batch).take(steps).map(<[u32]>::to_vec).collect();
        let steps = if rule.is_some() { steps } else { 1 };
        Ok(Self { inputs, labels, layers, rule, batches, steps, lr })
    }

    /// The learning rate of a step, the first of which is 1.
    pub fn rate(&self, step: usize) -> f64 {
        self.lr / (1.0 + step as f64 / 5e4)
    }
}
