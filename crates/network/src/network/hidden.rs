//! What hidden layers hand on.

use ndarray::ArrayView2;
use thalweg_numeric::Real;

use super::{Network, blocks};
use crate::passes::Backward;

impl<F: Real> Network<F> {
    /// Hands the outputs of each hidden layer for each row to `see`: the number of the layer, from 0 at the
    /// inputs, the number of the row, and one number for each unit.
    pub fn hidden(
        &mut self,
        params: &[F],
        inputs: ArrayView2<'_, F>,
        mut see: impl FnMut(usize, usize, &[F]),
    ) {
        self.check(params, inputs);
        self.space.passes.prepare(params, Backward::None);
        for rows in blocks(inputs.nrows(), self.space.block) {
            self.forward(params, inputs, rows.clone(), None);
            let passes = &self.space.passes;
            let (_, hidden) = passes.layers.split_last().expect("a network has a layer");
            for (l, layer) in hidden.iter().enumerate() {
                for (row, sample) in rows.clone().enumerate() {
                    see(l, sample, &passes.outputs[l][row * layer.stride()..][..layer.outputs]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use crate::{Activation, Architecture, Network, Numerics};

    #[test]
    fn outputs_of_hidden_layers_are_those_of_the_formula() {
        let architecture = Architecture {
            inputs: 2,
            hidden: vec![3, 2],
            activation: Activation::Relu,
            ..Architecture::default()
        };
        let mut network = Network::<f64>::new(&architecture, Numerics::Portable, 1).unwrap();
        // Weights [in, out] and then biases, layer after layer.
        let params: Vec<f64> = [
            &[1.0, -1.0, 2.0, 0.5, 0.25, -3.0, 0.0, 0.5, -1.0][..],
            &[1.0, 0.0, 2.0, -1.0, 0.5, 1.0, 0.25, -0.5],
            &[0.0; 6],
        ]
        .concat();
        let mut seen = Vec::new();
        let inputs = array![[1.0, 2.0], [-1.0, 1.0]];
        network.hidden(&params, inputs.view(), |l, row, units| seen.push((l, row, units.to_vec())));
        seen.sort_by_key(|(l, row, _)| (*l, *row));
        let expected = [
            (0, 0, vec![2.0, 0.0, 0.0]),
            (0, 1, vec![0.0, 1.75, 0.0]),
            (1, 0, vec![2.25, 0.0]),
            (1, 1, vec![3.75, 0.0]),
        ];
        assert_eq!(seen, expected);
    }
}
