//! Parameters as named tensors in PyTorch's convention, for files.

use thalweg_numeric::{Block, Real};

use crate::Architecture;

/// A named array, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<F> {
    /// For example `layers.0.weight`.
    pub name: String,
    /// Extent of each axis.
    pub shape: Vec<usize>,
    /// The elements; as many as the shape says.
    pub data: Vec<F>,
}

/// Tensors that are not the parameters of an architecture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// A tensor of the architecture is not there.
    #[error("tensor {name} of shape {shape:?} is missing")]
    Missing {
        /// Its name.
        name: String,
        /// The shape that the architecture asks for.
        shape: Vec<usize>,
    },
    /// A tensor is there that the architecture does not have.
    #[error("unexpected tensor {name} of shape {shape:?}")]
    Unexpected {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A name occurs twice.
    #[error("tensor {name} is given twice")]
    Repeated {
        /// The name.
        name: String,
    },
    /// A tensor has another shape than the architecture's.
    #[error("tensor {name} has shape {found:?}, the architecture asks for {expected:?}")]
    Shape {
        /// Its name.
        name: String,
        /// The shape that the architecture asks for.
        expected: Vec<usize>,
        /// The shape that it has.
        found: Vec<usize>,
    },
    /// A tensor has more or fewer elements than its own shape says.
    #[error("tensor {name} of shape {shape:?} has {found} elements")]
    Length {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The number of its elements.
        found: usize,
    },
    /// The initial weights are to be read from a file and cannot be drawn.
    #[error("the initial weights are read from {}, not drawn", path.display())]
    NotDrawn {
        /// The file.
        path: std::path::PathBuf,
    },
}

impl Architecture {
    /// The parameters as tensors `layers.<i>.weight` of shape \[out, in\], which is PyTorch's convention and
    /// the transpose of the [`layout`](Self::layout), and `layers.<i>.bias` of shape \[out\].
    ///
    /// # Panics
    /// If `params` has not the length of the layout.
    pub fn tensors<F: Real>(&self, params: &[F]) -> Vec<Tensor<F>> {
        let layout = self.layout();
        assert_eq!(params.len(), layout.dim(), "length of the parameters");
        let tensor = |block: &Block| {
            let mut data = params[block.range.clone()].to_vec();
            if let [inputs, outputs] = block.shape[..] {
                data = transposed(&data, inputs, outputs);
            }
            Tensor { name: block.name.clone(), shape: file_shape(block), data }
        };
        layout.blocks().iter().map(tensor).collect()
    }

    /// The inverse of [`tensors`](Self::tensors), in any order of the tensors, rounded to `F`.
    ///
    /// # Errors
    /// If a tensor is missing, unexpected, given twice, or of another shape.
    pub fn from_tensors<F: Real>(&self, tensors: &[Tensor<f64>]) -> Result<Vec<F>, WeightsError> {
        let layout = self.layout();
        for (i, tensor) in tensors.iter().enumerate() {
            let name = || tensor.name.clone();
            if !layout.blocks().iter().any(|block| block.name == tensor.name) {
                return Err(WeightsError::Unexpected { name: name(), shape: tensor.shape.clone() });
            }
            if tensors[..i].iter().any(|earlier| earlier.name == tensor.name) {
                return Err(WeightsError::Repeated { name: name() });
            }
        }
        let mut params = Vec::with_capacity(layout.dim());
        for block in layout.blocks() {
            let (name, expected) = (block.name.clone(), file_shape(block));
            let Some(tensor) = tensors.iter().find(|tensor| tensor.name == name) else {
                return Err(WeightsError::Missing { name, shape: expected });
            };
            if tensor.shape != expected {
                return Err(WeightsError::Shape { name, expected, found: tensor.shape.clone() });
            }
            if tensor.data.len() != block.range.len() {
                return Err(WeightsError::Length { name, shape: expected, found: tensor.data.len() });
            }
            match expected[..] {
                [outputs, inputs] => params.extend(transposed(&tensor.data, outputs, inputs)),
                _ => params.extend_from_slice(&tensor.data),
            }
        }
        Ok(params.into_iter().map(F::from_f64).collect())
    }
}

fn file_shape(block: &Block) -> Vec<usize> {
    block.shape.iter().rev().copied().collect()
}

fn transposed<F: Real>(values: &[F], rows: usize, columns: usize) -> Vec<F> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, Loss};

    fn architecture() -> Architecture {
        Architecture {
            inputs: 3,
            hidden: vec![2],
            outputs: 4,
            activation: Activation::Relu,
            loss: Loss::CrossEntropy,
            ..Architecture::default()
        }
    }

    fn numbered() -> Vec<f64> {
        (0..20).map(f64::from).collect()
    }

    #[test]
    fn tensors_are_transposed_and_named_as_in_pytorch() {
        let tensors = architecture().tensors(&numbered());
        let names: Vec<_> = tensors.iter().map(|t| (t.name.as_str(), t.shape.clone())).collect();
        let expected = [
            ("layers.0.weight", vec![2, 3]),
            ("layers.0.bias", vec![2]),
            ("layers.1.weight", vec![4, 2]),
            ("layers.1.bias", vec![4]),
        ];
        assert_eq!(names, expected);
        assert_eq!(tensors[0].data, [0.0, 2.0, 4.0, 1.0, 3.0, 5.0]);
        assert_eq!(tensors[1].data, [6.0, 7.0]);
    }

    #[test]
    fn a_round_trip_in_any_order_changes_nothing() {
        let mut tensors = architecture().tensors(&numbered());
        tensors.reverse();
        assert_eq!(architecture().from_tensors::<f64>(&tensors).unwrap(), numbered());
        assert_eq!(architecture().from_tensors::<f32>(&tensors).unwrap()[19], 19.0);
    }

    #[test]
    fn every_mistake_is_named() {
        let message = |change: &dyn Fn(&mut Vec<Tensor<f64>>)| {
            let mut tensors = architecture().tensors(&numbered());
            change(&mut tensors);
            architecture().from_tensors::<f32>(&tensors).unwrap_err().to_string()
        };
        assert_eq!(message(&|t| t.truncate(3)), "tensor layers.1.bias of shape [4] is missing");
        assert_eq!(message(&|t| t[1].name = "head.bias".into()), "unexpected tensor head.bias of shape [2]");
        assert_eq!(message(&|t| t.push(t[0].clone())), "tensor layers.0.weight is given twice");
        assert_eq!(
            message(&|t| t[0].shape = vec![3, 2]),
            "tensor layers.0.weight has shape [3, 2], the architecture asks for [2, 3]"
        );
        assert_eq!(message(&|t| t[3].data.truncate(3)), "tensor layers.1.bias of shape [4] has 3 elements");
    }
}
