//! A network on a batch as a function of its parameters.

use ndarray::ArrayView2;
use thalweg_numeric::{Objective, Real};

use crate::{Loss, Network, Targets};

/// The mean loss of a network on one batch: L(θ), to be minimised or probed.
///
/// Hessian-vector products are exact (Pearlmutter 1994). Where φ has a kink (ReLU, leaky ReLU), its second
/// derivative is taken as zero. The network keeps the buffers for them, so an `OnBatch` costs nothing to make
/// of its parts; [`new`](Self::new) checks that they fit together, which otherwise the methods do, by panics.
#[derive(Debug)]
pub struct OnBatch<'a, F> {
    /// Computes, and may be used again afterwards.
    pub network: &'a mut Network<F>,
    /// One sample a row.
    pub inputs: ArrayView2<'a, F>,
    /// What it should say of each sample.
    pub targets: Targets<'a, F>,
}

/// Parts that make no batch for a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// A mean of no losses is undefined.
    #[error("a batch of 0 samples, expected at least 1")]
    Empty,
    /// Inputs and targets are not of the same samples.
    #[error("targets of {targets} samples for {rows} samples")]
    Rows {
        /// Rows of the inputs.
        rows: usize,
        /// The number of labels, or rows of numbers.
        targets: usize,
    },
    /// The samples are not those that the network is for.
    #[error("samples of {found} features, the network has {expected} inputs")]
    Features {
        /// Features of a sample.
        found: usize,
        /// Inputs of the network.
        expected: usize,
    },
    /// There is no such class.
    #[error("sample {sample} has the label {label}, the network has {outputs} outputs")]
    Label {
        /// Counts from 0.
        sample: usize,
        /// The label that it has.
        label: u32,
        /// Outputs of the network: labels are below.
        outputs: usize,
    },
    /// A regression on classes.
    #[error("the targets are classes, the squared error compares with numbers")]
    NoNumbers,
    /// A classifier on numbers.
    #[error("the targets are numbers, the loss compares with classes")]
    NoClasses,
    /// Not one number for each output.
    #[error("targets of {found} numbers, the network has {outputs} outputs")]
    Columns {
        /// Numbers of a sample.
        found: usize,
        /// Outputs of the network.
        outputs: usize,
    },
}

impl<'a, F: Real> OnBatch<'a, F> {
    /// Checks that the parts fit together, in a pass over the targets.
    ///
    /// # Errors
    /// [`BatchError`] if the batch is empty, if samples and targets are not as many, if the samples have not
    /// as many features as the network inputs, or if the targets are not what its loss compares with: labels
    /// below its number of outputs, or a number for each of them.
    pub fn new(
        network: &'a mut Network<F>,
        inputs: ArrayView2<'a, F>,
        targets: impl Into<Targets<'a, F>>,
    ) -> Result<Self, BatchError> {
        let targets = targets.into();
        let (rows, found) = inputs.dim();
        let (expected, outputs) = (network.inputs(), network.outputs());
        if rows != targets.len() {
            return Err(BatchError::Rows { rows, targets: targets.len() });
        }
        if rows == 0 {
            return Err(BatchError::Empty);
        }
        if found != expected {
            return Err(BatchError::Features { found, expected });
        }
        match targets {
            Targets::Classes(_) if network.loss == Loss::SquaredError => return Err(BatchError::NoNumbers),
            Targets::Numbers(_) if network.loss != Loss::SquaredError => return Err(BatchError::NoClasses),
            Targets::Classes(labels) => {
                if let Some(sample) = labels.iter().position(|label| *label as usize >= outputs) {
                    return Err(BatchError::Label { sample, label: labels[sample], outputs });
                }
            }
            Targets::Numbers(numbers) if numbers.ncols() != outputs => {
                return Err(BatchError::Columns { found: numbers.ncols(), outputs });
            }
            Targets::Numbers(_) => {}
        }
        Ok(Self { network, inputs, targets })
    }
}

impl<F: Real> Objective<F> for OnBatch<'_, F> {
    fn dim(&self) -> usize {
        self.network.dim()
    }

    fn value(&mut self, params: &[F]) -> F {
        self.network.loss(params, self.inputs, self.targets)
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        self.network.gradient(params, self.inputs, self.targets, grad)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        self.network.hessian_vector(params, self.inputs, self.targets, None, v, out);
    }

    fn descend(&mut self, lr: F, params: &mut [F], grad: &mut [F]) -> F {
        self.network.descend(lr, params, self.inputs, self.targets, grad)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::{Activation, Architecture, ArchitectureError, NetworkError, Numerics};

    fn linear(inputs: usize) -> Result<Network<f64>, NetworkError> {
        let (activation, loss) = (Activation::Identity, Loss::CrossEntropy);
        let architecture =
            Architecture { inputs, hidden: vec![], outputs: 3, activation, loss, ..Architecture::default() };
        Network::new(&architecture, Numerics::Portable, 2)
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let mut network = linear(4).unwrap();
        let mut check = |(rows, features): (usize, usize), labels: &[u32]| {
            let inputs = Array2::zeros((rows, features));
            OnBatch::new(&mut network, inputs.view(), labels).map(|_| ())
        };
        assert_eq!(check((2, 4), &[0, 2]), Ok(()));
        assert_eq!(check((0, 4), &[]), Err(BatchError::Empty));
        assert_eq!(check((2, 4), &[0]), Err(BatchError::Rows { rows: 2, targets: 1 }));
        assert_eq!(check((2, 5), &[0, 2]), Err(BatchError::Features { found: 5, expected: 4 }));
        let message = check((2, 4), &[0, 3]).unwrap_err().to_string();
        assert_eq!(message, "sample 1 has the label 3, the network has 3 outputs");
    }

    #[test]
    fn targets_are_what_the_loss_compares_with() {
        fn refused(loss: Loss, targets: Targets<'_, f64>) -> Option<BatchError> {
            let mut network = linear(4).unwrap();
            network.loss = loss;
            let inputs = Array2::zeros((2, 4));
            OnBatch::new(&mut network, inputs.view(), targets.reborrow()).err()
        }
        let numbers = |columns| Array2::zeros((2, columns));
        assert_eq!(refused(Loss::CrossEntropy, numbers(3).view().into()), Some(BatchError::NoClasses));
        assert_eq!(refused(Loss::SquaredError, (&[0, 2]).into()), Some(BatchError::NoNumbers));
        let columns = BatchError::Columns { found: 5, outputs: 3 };
        assert_eq!(refused(Loss::SquaredError, numbers(5).view().into()), Some(columns));
        assert_eq!(refused(Loss::SquaredError, numbers(3).view().into()), None);
    }

    #[test]
    fn a_network_needs_an_architecture_that_can_be_trained() {
        assert_eq!(linear(0).unwrap_err(), NetworkError::Architecture(ArchitectureError::NoInputs));
    }
}
