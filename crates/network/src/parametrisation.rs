//! How initial variances and learning rates depend on the width of the layers.

use serde::{Deserialize, Serialize};

use crate::Architecture;

/// How a network is to behave as its hidden layers grow: what a step of a given learning rate does, and what
/// the outputs are at first. All but the standard one are abc-parametrisations: layer l has the weights W =
/// n^−a w, w is drawn with a variance of order n^−2b, and its learning rate is η n^−c, for the width n.
///
/// ```text
///                 a                    b                    c
/// standard        0                    0 | ½                0        input | all other layers
/// ntk             0 | ½                0                    0
/// mup             −½ | 0 | ½           ½                    0        input | hidden | output
/// mean-field      0 | 1                0                    −1       input | output
/// ```
/// G. Yang and E. J. Hu, *Tensor Programs IV: feature learning in infinite-width neural networks*, ICML 2021,
/// definition 1 and table 1. Here W itself is the parameter, and no multiplier is computed: for steps that
/// are linear in the gradient the learning rate of W is η n^−(2a + c), and for steps that do not depend on
/// its length η n^−(a + c) (equation 5 there), which takes every step that w would take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Parametrisation {
    /// Weights as `init` draws them, and one learning rate for all.
    #[default]
    Standard,
    /// That of the neural tangent kernel: weights as `init` draws them; behind the first layer the learning
    /// rate falls as 1/fan-in, or as 1/√fan-in for Adam and its kin. As the width grows, the network learns
    /// as its linearisation at the start. A. Jacot, F. Gabriel and C. Hongler, NeurIPS 2018.
    Ntk,
    /// Maximal update: every layer learns features, whatever the width, and good learning rates stay where
    /// they are. Descent: a rate of fan-out in the first layer and for hidden biases, 1 in hidden layers,
    /// 1/fan-in in the last; Adam and its kin: 1, 1/fan-in, 1/fan-in. The variance of the last layer is that
    /// of `init` over fan-in. G. Yang et al., *Tensor Programs V: tuning large neural networks via zero-shot
    /// hyperparameter transfer*, NeurIPS 2021, table 3.
    Mup,
    /// The mean over the units of one hidden layer, w/n, each of which moves at a rate that does not fall
    /// with n. The steps are those of `mup`, which is the same for one hidden layer; but a weight decay acts
    /// on w. S. Mei, A. Montanari and P.-M. Nguyen, *A mean field view of the landscape of two-layer neural
    /// networks*, PNAS 115 (2018).
    MeanField,
}

/// What a parametrisation makes of an array of parameters W = m·w.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArrayScale {
    /// What multiplies the variance of the first W.
    pub variance: f64,
    /// m.
    pub multiplier: f64,
    /// What multiplies the learning rate of w under a rule whose steps are linear in the gradient,
    pub linear_rate: f64,
    /// and under one whose steps do not depend on its length.
    pub invariant_rate: f64,
}

impl Default for ArrayScale {
    /// Nothing changes.
    fn default() -> Self {
        Self { variance: 1.0, multiplier: 1.0, linear_rate: 1.0, invariant_rate: 1.0 }
    }
}

impl Architecture {
    /// What a parametrisation makes of each array of the [layout](Self::layout), for widths in units of
    /// `base_width`: at that width all is as in the standard one.
    pub fn scales(&self, parametrisation: Parametrisation, base_width: usize) -> Vec<ArrayScale> {
        let (last, unit) = (self.hidden.len(), base_width as f64);
        let scales = self.shapes().enumerate().flat_map(|(layer, (fan_in, fan_out))| {
            // The width on each side, or 1 at the ends of the network.
            let below = if layer > 0 { fan_in as f64 / unit } else { 1.0 };
            let above = if layer < last { fan_out as f64 / unit } else { 1.0 };
            let none = ArrayScale::default();
            let of_layer = match parametrisation {
                Parametrisation::Standard => [none, none],
                Parametrisation::Ntk => [ArrayScale { multiplier: below.sqrt().recip(), ..none }, none],
                Parametrisation::Mup => mup(layer, last, below, above),
                Parametrisation::MeanField => {
                    let [weight, bias] = mup(layer, last, below, above);
                    // The rate of W = w/n in terms of that of w.
                    let linear_rate = weight.linear_rate * below * below;
                    let invariant_rate = weight.invariant_rate * below;
                    [ArrayScale { multiplier: below.recip(), linear_rate, invariant_rate, ..weight }, bias]
                }
            };
            // γ and β are vectors of the width of the layer, as its bias is (Tensor Programs V, appendix B).
            let of_norm = [of_layer[1]; 2].into_iter().filter(move |_| self.normalises(layer));
            of_layer.into_iter().chain(of_norm)
        });
        scales.collect()
    }
}

/// Weight and bias of a layer between widths.
fn mup(layer: usize, last: usize, below: f64, above: f64) -> [ArrayScale; 2] {
    let none = ArrayScale::default();
    let weight = if layer == last {
        ArrayScale { variance: below.recip(), linear_rate: below.recip(), ..none }
    } else if layer == 0 {
        ArrayScale { linear_rate: above, ..none }
    } else {
        none
    };
    [ArrayScale { invariant_rate: below.recip(), ..weight }, ArrayScale { linear_rate: above, ..none }]
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::Streams;

    use super::*;
    use crate::{Activation, He, Init, Loss};

    fn architecture(hidden: &[usize]) -> Architecture {
        let (activation, loss) = (Activation::Relu, Loss::CrossEntropy);
        Architecture {
            inputs: 3,
            hidden: hidden.to_vec(),
            outputs: 2,
            activation,
            loss,
            ..Architecture::default()
        }
    }

    /// The exponents (a, b, c) of table 1 for weights of the layers, from the widths 16 and 64: what the
    /// variance of W and the learning rate for W are multiplied by from one to the other.
    #[test]
    fn exponents_are_those_of_the_papers() {
        let growth = |parametrisation, hidden: fn(usize) -> Vec<usize>| -> Vec<[f64; 3]> {
            let of = |width: usize| architecture(&hidden(width)).scales(parametrisation, 1);
            let widths = of(64).into_iter().zip(of(16));
            let ratio = |(large, small): (ArrayScale, ArrayScale)| {
                let linear = |s: ArrayScale| s.linear_rate * s.multiplier * s.multiplier;
                let invariant = |s: ArrayScale| s.invariant_rate * s.multiplier;
                let log = |a: f64, b: f64| log4(a / b);
                [
                    log(large.variance, small.variance),
                    log(linear(large), linear(small)),
                    log(invariant(large), invariant(small)),
                ]
            };
            widths.map(ratio).collect()
        };
        let none = [0.0; 3];
        let deep: fn(usize) -> Vec<usize> = |width| vec![width; 2];
        assert_eq!(growth(Parametrisation::Standard, deep), [none; 6]);
        // Of weight and bias, layer by layer: variance beyond that of `init`, rate of descent, rate of Adam.
        let ntk = [none, none, [0.0, -1.0, -0.5], none, [0.0, -1.0, -0.5], none];
        assert_eq!(growth(Parametrisation::Ntk, deep), ntk);
        let input = [0.0, 1.0, 0.0];
        let mup = [input, input, [0.0, 0.0, -1.0], input, [-1.0; 3], none];
        assert_eq!(growth(Parametrisation::Mup, deep), mup);
        let shallow = growth(Parametrisation::Mup, |width| vec![width]);
        assert_eq!(shallow, [input, input, [-1.0; 3], none]);
        assert_eq!(growth(Parametrisation::MeanField, |width| vec![width]), shallow);
    }

    /// Of powers of 2, exactly.
    fn log4(x: f64) -> f64 {
        (-8..=8).map(f64::from).find(|power| x == power.exp2()).expect("a power of 2") / 2.0
    }

    #[test]
    fn at_the_base_width_all_is_standard_and_first_weights_have_their_variance() {
        let network = architecture(&[16, 16]);
        for parametrisation in [Parametrisation::Ntk, Parametrisation::Mup] {
            assert_eq!(network.scales(parametrisation, 16), [ArrayScale::default(); 6]);
        }
        let (init, stream) = (Init::He(He::default()), || Streams::new(1, 0).stream("init", 0));
        let plain: Vec<f64> = network.draw(&init, &mut stream()).unwrap();
        let scales = network.scales(Parametrisation::Mup, 4);
        let drawn: Vec<f64> = network.draw_scaled(&init, &scales, &mut stream()).unwrap();
        let output = network.layout().blocks()[4].range.clone();
        for (i, (drawn, plain)) in drawn.iter().zip(&plain).enumerate() {
            // A quarter of the variance of the last layer, exactly.
            let factor = if output.contains(&i) { 0.5 } else { 1.0 };
            assert_eq!(*drawn, factor * plain, "{i}");
        }
    }
}
