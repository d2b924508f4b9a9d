//! Hidden units that are left out of a training gradient, another choice for each step and row.

use std::ops::Range;

use thalweg_numeric::aligned::{self, Aligned};
use thalweg_numeric::bounded::ProperFraction;
use thalweg_numeric::{Objective, Real, Stream};

use crate::kernels::padded;
use crate::{Architecture, OnBatch};

/// Which hidden units of each row of a batch are left out: inverted dropout.
///
/// ```text
/// a = m ∘ φ(z),   m = 0 with probability p, else 1/(1 − p)
/// ```
/// So the mean of a over m is φ(z), and the network is used without any change when it is not trained. With a
/// residual connection only what is added to the input is dropped, as in the Transformer (Vaswani et al.,
/// 2017, section 5.4). N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, *Dropout:
/// a simple way to prevent neural networks from overfitting*, JMLR 15 (2014), sections 4 and 10.
#[derive(Debug, Clone)]
pub struct Dropout<F> {
    probability: f64,
    layers: Vec<Factors<F>>,
    /// Rows that have factors.
    rows: usize,
}

/// m of a hidden layer, in rows as long as those of the work space.
#[derive(Debug, Clone)]
struct Factors<F> {
    width: usize,
    values: Aligned<F>,
}

impl<F: Real> Dropout<F> {
    /// For batches of up to `max_rows` rows. Until [`draw`](Self::draw) is called there are no factors.
    pub fn new(architecture: &Architecture, probability: ProperFraction, max_rows: usize) -> Self {
        let factors =
            |width: &usize| Factors { width: *width, values: aligned::zeros(max_rows * padded(*width)) };
        let layers = architecture.hidden.iter().map(factors).collect();
        Self { probability: probability.get(), layers, rows: 0 }
    }

    /// Chooses anew for a batch of so many rows: a number for each unit, row by row, and in a row layer by
    /// layer. Allocates nothing.
    ///
    /// # Panics
    /// If there are more rows than [`new`](Self::new) was told.
    pub fn draw(&mut self, rows: usize, stream: &mut Stream) {
        let (p, kept) = (self.probability, F::from_f64(1.0 / (1.0 - self.probability)));
        self.rows = rows;
        for row in 0..rows {
            for layer in &mut self.layers {
                for factor in &mut layer.values[row * padded(layer.width)..][..layer.width] {
                    *factor = if stream.uniform() < p { F::ZERO } else { kept };
                }
            }
        }
    }

    /// m of the units of a hidden layer, the first of which is number 0, in one row.
    ///
    /// # Panics
    /// If there is no such layer or row.
    pub fn factors(&self, layer: usize, row: usize) -> &[F] {
        assert!(row < self.rows, "there are factors of {} rows, not of row {row}", self.rows);
        let Factors { width, values } = &self.layers[layer];
        &values[row * padded(*width)..][..*width]
    }

    /// Those of some rows.
    pub(crate) fn of(&self, rows: Range<usize>) -> Dropped<'_, F> {
        assert!(rows.end <= self.rows, "there are factors of {} rows, not of {}", self.rows, rows.end);
        Dropped { dropout: self, rows }
    }
}

/// The factors of the rows of a block.
#[derive(Debug, Clone)]
pub(crate) struct Dropped<'a, F> {
    dropout: &'a Dropout<F>,
    rows: Range<usize>,
}

impl<F> Dropped<'_, F> {
    /// Of a hidden layer, in rows as long as those of the work space.
    pub(crate) fn layer(&self, layer: usize) -> &[F] {
        let Factors { width, values } = &self.dropout.layers[layer];
        &values[self.rows.start * padded(*width)..self.rows.end * padded(*width)]
    }
}

/// A network on a batch as an objective, with some of its hidden units left out.
///
/// Value, gradient and products with the Hessian are those of the same smaller network, until other units are
/// [drawn](Dropout::draw): what takes several of them for a step sees one function.
#[derive(Debug)]
pub struct WithDropout<'a, F> {
    /// The whole network on the batch.
    pub batch: OnBatch<'a, F>,
    /// The units of the rows of the batch.
    pub dropout: &'a Dropout<F>,
}

/// # Panics
/// All methods also panic if there are not factors for every row of the batch, or if these are of a network
/// with other hidden layers.
impl<F: Real> Objective<F> for WithDropout<'_, F> {
    fn dim(&self) -> usize {
        self.batch.dim()
    }

    fn value(&mut self, params: &[F]) -> F {
        let OnBatch { network, inputs, targets } = &mut self.batch;
        network.loss_with(params, *inputs, *targets, Some(self.dropout))
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        let OnBatch { network, inputs, targets } = &mut self.batch;
        network.gradient_with(params, *inputs, *targets, Some(self.dropout), grad)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        let OnBatch { network, inputs, targets } = &mut self.batch;
        network.hessian_vector(params, *inputs, *targets, Some(self.dropout), v, out);
    }
}
