//! The rise of the loss under shifts: of one direction, or of all inputs at once.

use std::ops::Range;

use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::{Layout, Objective, Stream, vector};

use super::Surroundings;
use crate::Estimate;

/// A layout that does not begin with a weight of shape \[in, out\] and its bias of shape \[out\].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a weight [in, out] and its bias [out] at the beginning of the parameters, found arrays {shapes:?}"
)]
pub struct NoInputLayer {
    /// The shapes of the first two arrays.
    pub shapes: Vec<Vec<usize>>,
}

/// The rise along ±v, in which the slope at θ cancels.
///
/// ```text
/// ½(L(θ + v) + L(θ − v)) − L(θ)
/// ```
/// To second order ½ vᵀHv.
///
/// # Panics
/// If `params` or `v` is not of the objective's length.
///
/// ```
/// use thalweg_landscape::width::rise_along;
/// use thalweg_numeric::bounded::{Count, Positive};
/// use thalweg_numeric::objectives::Quadratic;
///
/// let mut quadratic = Quadratic::new(Count::of(2), Positive::of(4.0)); // λ = 1, 4
/// assert_eq!(rise_along(&mut quadratic, &[3.0, -1.0], &[2.0, 1.0]), 0.5 * (4.0 + 4.0));
/// ```
pub fn rise_along(objective: &mut dyn Objective<f64>, params: &[f64], v: &[f64]) -> f64 {
    Surroundings::new(objective, params).even_rise(1.0, v)
}

/// The mean rise of the loss under random changes σ·v, in pairs ±v: `draw` writes the next v.
///
/// σ is `sigma`. Takes 2 · `pairs` + 1 values of the loss.
///
/// # Panics
/// If `params` is not of the objective's length.
///
/// ```
/// use thalweg_landscape::width::rise_under_changes;
/// use thalweg_numeric::bounded::{Count, Positive};
/// use thalweg_numeric::objectives::Quadratic;
///
/// let mut quadratic = Quadratic::new(Count::of(2), Positive::of(4.0)); // λ = 1, 4
/// let (sigma, pairs) = (Positive::of(0.5), Count::of(3));
/// let rise = rise_under_changes(&mut quadratic, &[3.0, -1.0], sigma, pairs, |v| v.fill(1.0));
/// assert_eq!(rise.value, 0.5 * (1.0 + 4.0) * 0.25);
/// ```
pub fn rise_under_changes(
    objective: &mut dyn Objective<f64>,
    params: &[f64],
    sigma: Positive,
    pairs: Count,
    draw: impl FnMut(&mut [f64]),
) -> Estimate {
    Surroundings::new(objective, params).mean_even_rise(sigma.get(), pairs, draw)
}

/// The mean rise of the loss when all inputs are shifted by the same Gaussian noise.
///
/// ```text
/// E[L_{x+δ}(θ)] − L(θ),   δ = σ ξ ∈ ℝ^in,   estimated in pairs ±δ
/// (x + δ)·W + b = x·W + (b + δ·W)
/// ```
/// σ is `sigma`, in units of the inputs. W and b are the first two arrays of `layout`: a shift of all inputs
/// is one of the first bias. Shifts that differ from input to input are not of this kind; they need the
/// inputs. Where a residual connection leads the inputs past the first layer, this is not a shift of them;
/// see [`rise_under_changes`]. Takes 2 · `pairs` + 1 values of the loss.
///
/// # Errors
/// [`NoInputLayer`].
///
/// # Panics
/// If `params` is not of the objective's and the layout's length.
pub fn rise_under_input_noise(
    objective: &mut dyn Objective<f64>,
    params: &[f64],
    layout: &Layout,
    sigma: Positive,
    pairs: Count,
    stream: &mut Stream,
) -> Result<Estimate, NoInputLayer> {
    assert_eq!(params.len(), layout.dim(), "length of the parameters");
    let layer = InputLayer::of(layout)?;
    let mut shift = vec![0.0; layer.inputs];
    Ok(Surroundings::new(objective, params).mean_even_rise(sigma.get(), pairs, |change| {
        shift.fill_with(|| stream.normal());
        layer.shift(params, &shift, change);
    }))
}

/// Where the first layer lies.
struct InputLayer {
    inputs: usize,
    outputs: usize,
    weight: Range<usize>,
    bias: Range<usize>,
}

impl InputLayer {
    fn of(layout: &Layout) -> Result<Self, NoInputLayer> {
        if let [weight, bias, ..] = layout.blocks()
            && let ([inputs, outputs], [biases]) = (&weight.shape[..], &bias.shape[..])
            && outputs == biases
        {
            let (weight, bias) = (weight.range.clone(), bias.range.clone());
            return Ok(Self { inputs: *inputs, outputs: *outputs, weight, bias });
        }
        Err(NoInputLayer {
            shapes: layout.blocks().iter().take(2).map(|block| block.shape.clone()).collect(),
        })
    }

    /// Writes the change of parameters that is the same as shifting all inputs by `shift`, \[in\], into
    /// `out`, \[d\].
    fn shift(&self, params: &[f64], shift: &[f64], out: &mut [f64]) {
        assert_eq!(shift.len(), self.inputs, "length of the shift");
        out.fill(0.0);
        let bias = &mut out[self.bias.clone()];
        for (weights, shift) in params[self.weight.clone()].chunks_exact(self.outputs).zip(shift) {
            vector::axpy(*shift, weights, bias);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use thalweg_network::{Activation, Architecture, Loss, Network, Numerics, OnBatch};
    use thalweg_numeric::Streams;
    use thalweg_numeric::objectives::Quadratic;

    use super::*;

    #[test]
    fn a_shift_of_the_bias_is_a_shift_of_the_inputs() {
        let (activation, loss) = (Activation::Tanh, Loss::CrossEntropy);
        let architecture = Architecture {
            inputs: 3,
            hidden: vec![5],
            outputs: 2,
            activation,
            loss,
            ..Architecture::default()
        };
        let mut network = Network::<f64>::new(&architecture, Numerics::Portable, 4).unwrap();
        let layout = architecture.layout();
        let mut stream = Streams::new(8, 0).stream("init", 0);
        let params: Vec<f64> = (0..layout.dim()).map(|_| stream.normal()).collect();
        let inputs: Array2<f64> = Array2::from_shape_fn((4, 3), |_| stream.normal());
        let shift = array![0.5, -1.0, 0.25];
        let mut change = vec![f64::NAN; layout.dim()];
        InputLayer::of(&layout).unwrap().shift(&params, shift.as_slice().unwrap(), &mut change);
        let moved: Vec<f64> = params.iter().zip(&change).map(|(x, change)| x + change).collect();
        let by_bias = network.loss(&moved, inputs.view(), &[0, 1, 1, 0]);
        let by_inputs = network.loss(&params, (&inputs + &shift).view(), &[0, 1, 1, 0]);
        // Sums of a few products of order 1 in another order.
        assert!((by_bias - by_inputs).abs() < 1e-14, "{by_bias} {by_inputs}");

        let mut batch =
            OnBatch { network: &mut network, inputs: inputs.view(), targets: (&[0, 1, 1, 0]).into() };
        let center = batch.value(&params);
        let back = {
            let back: Vec<f64> = params.iter().zip(&change).map(|(x, change)| x - change).collect();
            batch.value(&back)
        };
        let rise = rise_along(&mut batch, &params, &change);
        assert!((rise - (0.5 * (by_bias + back) - center)).abs() < 1e-14);
    }

    #[test]
    fn input_noise_reaches_the_bias_through_the_weights() {
        // θ = W [2, 2], b [2], one more; of the quadratic's λ the bias has λ₄ and λ₅, at θ = b = 0 with δ·W
        // for b.
        let layout = Layout::new([("weight", vec![2, 2]), ("bias", vec![2]), ("rest", vec![1])]);
        let mut quadratic = Quadratic::new(Count::of(7), Positive::of(64.0)); // λ = 1, 2, 4 … 64
        let params = [1.0, -0.5, 2.0, 0.25, 0.3, -0.1, 1.0];
        let (sigma, pairs) = (Positive::of(0.5), Count::of(20_000));
        let mut stream = Streams::new(8, 0).stream("input-noise", 0);
        let rise =
            rise_under_input_noise(&mut quadratic, &params, &layout, sigma, pairs, &mut stream).unwrap();
        // σ²/2 (λ₄ ‖column 0 of W‖² + λ₅ ‖column 1‖²)
        let expected = 0.125 * (16.0 * 5.0 + 32.0 * 0.3125);
        assert!((rise.value - expected).abs() < 4.0 * rise.standard_error, "{rise:?} {expected}");
        assert!(rise.standard_error < 0.02 * expected);
    }

    #[test]
    fn layouts_without_an_input_layer_are_refused() {
        for shapes in [vec![vec![2]], vec![vec![3, 2], vec![3]], vec![vec![2, 3], vec![2, 3]]] {
            let layout =
                Layout::new(shapes.iter().enumerate().map(|(i, shape)| (i.to_string(), shape.clone())));
            assert_eq!(InputLayer::of(&layout).err(), Some(NoInputLayer { shapes }));
        }
    }
}
