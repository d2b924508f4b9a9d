//! Changes of the parameters that leave the function of a network as it is.

use thalweg_numeric::Real;

use crate::assignment::assignment;
use crate::{Activation, Architecture};

/// An activation without φ(c·z) = c·φ(z) for all c > 0, so that a factor cannot pass through a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} units cannot be rescaled\nhint: only relu, leaky-relu and identity have φ(c·z) = c·φ(z) for all c > 0"
)]
pub struct NotHomogeneous(pub Activation);

/// # Panics
/// All methods panic if the parameters have not the length of the layout or if there is no hidden layer of
/// that number; the first is number 0.
impl Architecture {
    /// Whether the units of a hidden layer are bound to those of the layer below or above by a residual
    /// connection, so that they have neither an order nor a scale of their own.
    pub fn is_tied(&self, layer: usize) -> bool {
        self.adds_input(layer) || self.adds_input(layer + 1)
    }

    /// The same function with the units of a hidden layer in another order: unit j becomes what was unit
    /// `order[j]`, with the weights that come in, its bias, its gain and bias if it is normalised, and the
    /// weights that go out.
    ///
    /// # Panics
    /// Also if `order` does not hold every unit once, or if the layer [is tied](Self::is_tied).
    pub fn permuted<F: Real>(&self, params: &[F], layer: usize, order: &[usize]) -> Vec<F> {
        let units = self.free_units(layer, params);
        let mut seen = vec![false; units.width];
        order.iter().for_each(|unit| seen[*unit] = true);
        assert!(order.len() == units.width && !seen.contains(&false), "an order holds every unit once");
        let mut out = params.to_vec();
        let (incoming, outgoing) = units.parts(params);
        let (incoming_out, outgoing_out) = out[units.start..].split_at_mut(incoming.len());
        for (into, from) in incoming_out.chunks_exact_mut(units.width).zip(incoming.chunks_exact(units.width))
        {
            into.iter_mut().zip(order).for_each(|(into, unit)| *into = from[*unit]);
        }
        for (into, unit) in outgoing_out.chunks_exact_mut(units.fan_out).zip(order) {
            into.copy_from_slice(&outgoing[unit * units.fan_out..][..units.fan_out]);
        }
        out
    }

    /// The same function with the weights that come into each unit of a hidden layer and its bias multiplied
    /// by a factor, or in their place its gain and bias if it is normalised, and the weights that go out
    /// divided by it.
    ///
    /// L. Dinh, R. Pascanu, S. Bengio & Y. Bengio, *Sharp minima can generalize for deep nets*, ICML 2017,
    /// section 3.
    ///
    /// # Errors
    /// If the activation is not positively homogeneous.
    ///
    /// # Panics
    /// Also if there is not one factor for each unit or one is not positive and finite, or if the layer
    /// [is tied](Self::is_tied).
    pub fn rescaled<F: Real>(
        &self,
        params: &[F],
        layer: usize,
        factors: &[F],
    ) -> Result<Vec<F>, NotHomogeneous> {
        match self.activation {
            Activation::Relu | Activation::LeakyRelu | Activation::Identity => {}
            Activation::Tanh
            | Activation::Sigmoid
            | Activation::Gelu
            | Activation::Softplus
            | Activation::Silu
            | Activation::Elu => {
                return Err(NotHomogeneous(self.activation));
            }
        }
        let units = self.free_units(layer, params);
        assert_eq!(factors.len(), units.width, "one factor for each unit");
        assert!(factors.iter().all(|c| *c > F::ZERO && c.is_finite()), "factors are positive and finite");
        let mut out = params.to_vec();
        let (incoming, outgoing) = out[units.start..].split_at_mut(units.fan_in * units.width);
        let unnormalised = if self.is_normalised() { units.fan_in - 2 } else { 0 };
        for row in incoming.chunks_exact_mut(units.width).skip(unnormalised) {
            row.iter_mut().zip(factors).for_each(|(value, factor)| *value *= *factor);
        }
        for (row, factor) in outgoing.chunks_exact_mut(units.fan_out).zip(factors) {
            row.iter_mut().for_each(|value| *value /= *factor);
        }
        Ok(out)
    }

    /// The same function with its hidden units in the order that brings the parameters near to `reference`,
    /// by the Euclidean distance; never farther than they were.
    ///
    /// Weight matching: layer after layer, the best order of its units is found with the other layers as they
    /// are, until no layer can be improved. That ends in a local minimum, so it begins twice, and the nearer
    /// end is taken: with the units as they are, and with each layer ordered by the weights that come in
    /// alone. The second finds the reference itself in any other order, unless two units of a layer have the
    /// same weights coming in. Layers that [are tied](Self::is_tied) keep their order. Parameters that are
    /// not finite, or so large that their squares are not, come back as they are.
    ///
    /// S. K. Ainsworth, J. Hayase & S. Srinivasa, *Git Re-Basin: merging models modulo permutation
    /// symmetries*, ICLR 2023, section 3.2.
    pub fn aligned<F: Real>(&self, params: &[F], reference: &[F]) -> Vec<F> {
        self.check_length(params);
        self.check_length(reference);
        let squares: f64 = params.iter().chain(reference).map(|x| x.to_f64() * x.to_f64()).sum();
        // No squared distance is more than twice this sum.
        if !(2.0 * squares).is_finite() {
            return params.to_vec();
        }
        let as_they_are = self.descended(params.to_vec(), reference);
        let mut by_incoming = params.to_vec();
        for layer in self.free_layers() {
            let costs = self.costs(&by_incoming, reference, layer, false);
            by_incoming = self.permuted(&by_incoming, layer, &assignment(&costs));
        }
        let by_incoming = self.descended(by_incoming, reference);
        if squared_distance(&by_incoming, reference) < squared_distance(&as_they_are, reference) {
            by_incoming
        } else {
            as_they_are
        }
    }

    /// The parameters whose network does with x what that of `params` does with x + `shift`: the first bias
    /// b becomes b + shift·W. Where a residual connection leads the shift on, so does the next.
    ///
    /// # Panics
    /// Also if `shift` has not one number for each feature.
    pub fn input_shifted<F: Real>(&self, params: &[F], shift: &[F]) -> Vec<F> {
        self.check_length(params);
        assert_eq!(shift.len(), self.inputs, "one number for each feature");
        let mut out = params.to_vec();
        for (layer, ((inputs, width), (place, _))) in self.shapes().zip(self.places()).enumerate() {
            let (weights, bias) = out[place].split_at_mut(inputs * width);
            for (row, shift) in weights.chunks_exact(width).zip(shift) {
                bias.iter_mut().zip(row).for_each(|(bias, weight)| *bias += *shift * *weight);
            }
            if !self.adds_input(layer) {
                break;
            }
        }
        out
    }

    /// The hidden layers whose units have an order of their own.
    fn free_layers(&self) -> impl Iterator<Item = usize> {
        (0..self.hidden.len()).filter(|layer| !self.is_tied(*layer))
    }

    fn free_units<F>(&self, layer: usize, params: &[F]) -> Units {
        assert!(!self.is_tied(layer), "hidden layer {layer} has a residual connection");
        self.units(layer, params)
    }

    /// Orders layer after layer until none can be improved.
    fn descended<F: Real>(&self, mut params: Vec<F>, reference: &[F]) -> Vec<F> {
        loop {
            let mut improved = false;
            for layer in self.free_layers() {
                let costs = self.costs(&params, reference, layer, true);
                let order = assignment(&costs);
                let now: f64 = (0..costs.len()).map(|unit| costs[unit][unit]).sum();
                let then: f64 = order.iter().zip(&costs).map(|(unit, costs)| costs[*unit]).sum();
                // By more than rounding, so that it comes to an end.
                if then < (1.0 - 1e-10) * now {
                    params = self.permuted(&params, layer, &order);
                    improved = true;
                }
            }
            if !improved {
                return params;
            }
        }
    }

    /// What unit k in the place of the reference's unit j adds to the squared distance, \[j\]\[k\]: by all
    /// its parameters, or by those alone that come in.
    fn costs<F: Real>(&self, params: &[F], reference: &[F], layer: usize, all: bool) -> Vec<Vec<f64>> {
        let units = self.units(layer, params);
        let length = units.fan_in + if all { units.fan_out } else { 0 };
        let rows = |params| -> Vec<Vec<F>> {
            let (incoming, outgoing) = units.parts(params);
            let row = |unit: usize| {
                let incoming = incoming[unit..].iter().step_by(units.width);
                incoming.chain(&outgoing[unit * units.fan_out..]).take(length).copied().collect()
            };
            (0..units.width).map(row).collect()
        };
        let (own, theirs) = (rows(reference), rows(params));
        own.iter().map(|own| theirs.iter().map(|unit| squared_distance(own, unit)).collect()).collect()
    }

    fn units<F>(&self, layer: usize, params: &[F]) -> Units {
        self.check_length(params);
        assert!(layer < self.hidden.len(), "there is no hidden layer {layer}");
        let mut layers = self.shapes().zip(self.places()).skip(layer);
        let ((_, width), (place, of_norm)) = layers.next().expect("a hidden layer");
        let ((_, fan_out), _) = layers.next().expect("a layer behind it");
        Units { width, fan_in: (place.len() + of_norm.len()) / width, fan_out, start: place.start }
    }

    fn check_length<F>(&self, params: &[F]) {
        assert_eq!(params.len(), self.layout().dim(), "length of the parameters");
    }
}

/// What of a parameter vector belongs to the units of a hidden layer.
struct Units {
    /// Number of units.
    width: usize,
    /// Numbers that come into a unit: its weights and its bias, and behind them gain and bias of a normalised
    /// layer.
    fan_in: usize,
    /// Numbers that go out of a unit.
    fan_out: usize,
    /// Where the layer's parameters begin.
    start: usize,
}

impl Units {
    /// What comes in, \[fan_in\]\[width\], and what goes out, \[width\]\[fan_out\].
    fn parts<'a, F>(&self, params: &'a [F]) -> (&'a [F], &'a [F]) {
        let (incoming, behind) = params[self.start..].split_at(self.fan_in * self.width);
        (incoming, &behind[..self.width * self.fan_out])
    }
}

fn squared_distance<F: Real>(a: &[F], b: &[F]) -> f64 {
    let square = |(a, b): (&F, &F)| (a.to_f64() - b.to_f64()) * (a.to_f64() - b.to_f64());
    a.iter().zip(b).map(square).sum()
}
