//! What is graded on: Hessians in closed form, and that of a network after a short training.

use ndarray::{Array2, Axis};
use thalweg_datasets::{Order, Sampler, TwoMoons};
use thalweg_landscape::spectrum::{Dense, FromFn, Hessian, Operator};
use thalweg_network::{Activation, Architecture, He, Init, Loss, Network, Numerics, OnBatch};
use thalweg_numeric::bounded::{Count, NonNegative, Positive};
use thalweg_numeric::objectives::Quadratic;
use thalweg_numeric::{Objective, Streams, vector};

use super::estimates::Grade;

const SAMPLES: usize = 200;
const FEATURES: usize = 6;
const CLASSES: usize = 3;

/// A Hessian, and the same by its formula.
pub struct Object {
    pub name: &'static str,
    pub exact: Box<dyn Operator>,
    pub operator: Box<dyn Operator>,
}

/// How outputs become a loss.
#[derive(Debug, Clone, Copy)]
enum Link {
    Linear,
    Logistic,
    Softmax,
}

/// The Hessian of a linear model by its formula.
///
/// ```text
/// H = (1/n) Σ_samples x̃x̃ᵀ ⊗ W,   x̃ = (x, 1)
/// linear regression    W = 2/K · I             the loss is the mean of K squares
/// logistic regression  W = p(1 − p)
/// softmax regression   W = diag(p) − ppᵀ
/// ```
struct ClosedForm {
    link: Link,
    inputs: Array2<f64>,
    params: Vec<f64>,
}

impl Operator for ClosedForm {
    fn dim(&self) -> usize {
        self.params.len()
    }

    fn apply(&mut self, v: &[f64], out: &mut [f64]) {
        let outputs = self.params.len() / (FEATURES + 1);
        let linear = |x: &[f64], matrix: &[f64]| -> Vec<f64> {
            let column = |k| (0..=FEATURES).map(move |i| x[i] * matrix[i * outputs + k]).sum();
            (0..outputs).map(column).collect()
        };
        out.fill(0.0);
        for sample in self.inputs.rows() {
            let x: Vec<f64> = sample.iter().copied().chain([1.0]).collect();
            let weighted = self.link.weighted(&linear(&x, &self.params), &linear(&x, v));
            for (out, x) in out.chunks_exact_mut(outputs).zip(&x) {
                vector::axpy(x / SAMPLES as f64, &weighted, out);
            }
        }
    }
}

impl Link {
    /// W·r at some logits.
    fn weighted(self, logits: &[f64], r: &[f64]) -> Vec<f64> {
        match self {
            Self::Linear => r.iter().map(|r| 2.0 / CLASSES as f64 * r).collect(),
            Self::Logistic => {
                let p = 1.0 / (1.0 + (-logits[0]).exp());
                vec![p * (1.0 - p) * r[0]]
            }
            Self::Softmax => {
                let sum: f64 = logits.iter().map(|z| z.exp()).sum();
                let p: Vec<f64> = logits.iter().map(|z| z.exp() / sum).collect();
                let mean = vector::dot(&p, r);
                p.iter().zip(r).map(|(p, r)| p * (r - mean)).collect()
            }
        }
    }
}

/// The quadratic, and linear models of some random samples at a random point.
pub fn closed_forms() -> anyhow::Result<Vec<Object>> {
    let (dim, condition) = (Count::of(200), Positive::of(1e4));
    let mut quadratic = Quadratic::new(dim, condition);
    let eigenvalues = quadratic.eigenvalues().to_vec();
    let diagonal = move |v: &[f64], out: &mut [f64]| {
        out.iter_mut().zip(v).zip(&eigenvalues).for_each(|((out, v), l)| *out = l * v);
    };
    let point = vec![1.0; dim.size()];
    let product = move |v: &[f64], out: &mut [f64]| quadratic.hessian_vector(&point, v, out);
    Ok(vec![
        Object {
            name: "quadratic",
            exact: Box::new(FromFn { dim: dim.size(), product: diagonal }),
            operator: Box::new(FromFn { dim: dim.size(), product }),
        },
        linear_network("linear regression", Link::Linear, Loss::OneHotSquaredError)?,
        Object {
            name: "logistic regression",
            exact: Box::new(closed_form(Link::Logistic, 1)),
            operator: Box::new(closed_form(Link::Logistic, 1)),
        },
        linear_network("softmax regression", Link::Softmax, Loss::CrossEntropy)?,
    ])
}

fn closed_form(link: Link, outputs: usize) -> ClosedForm {
    let mut stream = Streams::new(42, 0).stream("samples", 0);
    // Features of different sizes, so that the eigenvalues are apart.
    let inputs = Array2::from_shape_fn((SAMPLES, FEATURES), |(_, i)| stream.normal() * (i + 1) as f64 / 3.0);
    let params = (0..(FEATURES + 1) * outputs).map(|_| 0.3 * stream.normal()).collect();
    ClosedForm { link, inputs, params }
}

/// A network without hidden layers beside its formula.
fn linear_network(name: &'static str, link: Link, loss: Loss) -> anyhow::Result<Object> {
    let exact = closed_form(link, CLASSES);
    let (inputs, params) = (exact.inputs.clone(), exact.params.clone());
    let (hidden, activation) = (vec![], Activation::Identity);
    let architecture = Architecture {
        inputs: FEATURES,
        hidden,
        outputs: CLASSES,
        activation,
        loss,
        ..Architecture::default()
    };
    let mut network = Network::new(&architecture, Numerics::best(), SAMPLES)?;
    // The Hessian does not depend on the labels.
    let labels = vec![0; SAMPLES];
    let dim = params.len();
    let product = move |v: &[f64], out: &mut [f64]| {
        OnBatch { network: &mut network, inputs: inputs.view(), targets: (&labels).into() }
            .hessian_vector(&params, v, out);
    };
    Ok(Object { name, exact: Box::new(exact), operator: Box::new(FromFn { dim, product }) })
}

/// How far the entries of a Hessian are from their formula.
pub fn difference(object: &mut Object) -> anyhow::Result<Grade> {
    let (exact, found) = (Dense::of(&mut *object.exact)?, Dense::of(&mut *object.operator)?);
    let largest = |values: &mut dyn Iterator<Item = f64>| values.map(f64::abs).fold(0.0, f64::max);
    let apart = largest(&mut exact.entries().iter().zip(found.entries()).map(|(a, b)| a - b));
    Ok(Grade {
        estimator: "largest difference of entries".to_owned(),
        exact: 0.0,
        estimate: apart,
        // Sums of 200 terms in another order.
        bound: 1e-13 * largest(&mut exact.entries().iter().copied()),
    })
}

/// Trains a network 2-64-64-2 on two moons for 2,000 steps of SGD, B = 8, and hands out the Hessian of all
/// 500 points.
pub fn with_trained_moons<T>(
    use_hessian: impl FnOnce(&mut dyn Operator) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let streams = Streams::new(42, 0);
    let moons = TwoMoons { samples: Count::of(500), noise: NonNegative::of(0.2), transforms: vec![] };
    let data = moons.generate(500, &mut streams.stream("data", 0));
    let inputs: Array2<f64> = data.inputs.to_array();
    let (activation, loss) = (Activation::Relu, Loss::CrossEntropy);
    let architecture = Architecture {
        inputs: 2,
        hidden: vec![64, 64],
        outputs: 2,
        activation,
        loss,
        ..Architecture::default()
    };
    let mut params: Vec<f64> = architecture.draw(&Init::He(He::default()), &mut streams.stream("init", 0))?;
    let mut network = Network::new(&architecture, Numerics::best(), 500)?;
    let mut sampler = Sampler::new(Order::Shuffled, 500, 8, streams.stream("batches", 0));
    let mut grad = vec![0.0; params.len()];
    for _ in 0..2000 {
        let batch: Vec<usize> = sampler.next_batch().iter().map(|i| *i as usize).collect();
        let labels: Vec<u32> = batch.iter().map(|i| data.labels[*i]).collect();
        network.gradient(&params, inputs.select(Axis(0), &batch).view(), &labels, &mut grad);
        vector::axpy(-0.1, &grad, &mut params);
    }
    let mut objective =
        OnBatch { network: &mut network, inputs: inputs.view(), targets: (&data.labels).into() };
    use_hessian(&mut Hessian { objective: &mut objective, params: &params })
}
