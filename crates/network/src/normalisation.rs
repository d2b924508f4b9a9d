//! Layer normalisation of the pre-activations of one row, with its derivatives.
//!
//! ```text
//! x̂ = r (z − μ),   μ = mean(z),   r = 1/√(mean((z − μ)²) + ε),   y = γ ∘ x̂ + β
//!
//! backward:  g = γ ∘ δy,   δz = r P(g),   P(u) = u − mean(u) − x̂ mean(x̂ ∘ u)
//! along v:   R{x̂} = r P(R{z}),   R{r} = −r² mean(x̂ ∘ R{z}),   R{y} = γ ∘ R{x̂} + v_γ ∘ x̂ + v_β
//!            R{δz} = r P(R{g}) − r (R{x̂} mean(x̂ ∘ g) + x̂ mean(R{x̂} ∘ g)) − r mean(x̂ ∘ R{z}) δz
//! ```
//! J. L. Ba, J. R. Kiros and G. E. Hinton, *Layer normalization* (2016), equations 3 and 4, with an ε under
//! the root; R is the R-operator of `tangents.rs`. Means are summed in the order of [`vector::dot`].

use serde::{Deserialize, Serialize};
use thalweg_numeric::{Real, vector};

/// ε under the root: PyTorch's default.
pub(crate) const EPSILON: f64 = 1e-5;

/// What is done to the pre-activations of the hidden layers before φ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Nothing.
    #[default]
    None,
    /// Layer normalisation: for each sample the pre-activations of a layer get mean 0 and variance 1, and
    /// then a gain γ and a bias β for each unit, which are learned from 1 and 0:
    /// γ ∘ (z − mean)/√(variance + ε) + β, with ε = 10⁻⁵ as in PyTorch. Ba, Kiros & Hinton, *Layer
    /// normalization* (2016), equations 3 and 4.
    Layer,
}

/// γ and β of a layer, or anything in their places.
#[derive(Clone, Copy)]
pub(crate) struct Affine<'a, F> {
    pub gain: &'a [F],
    pub bias: &'a [F],
}

impl<'a, F> Affine<'a, F> {
    /// Of the arrays one behind the other.
    pub(crate) fn of(block: &'a [F]) -> Self {
        let (gain, bias) = block.split_at(block.len() / 2);
        Self { gain, bias }
    }
}

/// A normalised row: x̂, and r.
#[derive(Clone, Copy)]
pub(crate) struct Normalised<'a, F> {
    pub values: &'a [F],
    pub inverse: F,
}

/// The same along a direction: R{x̂}, and mean(x̂ ∘ R{z}).
#[derive(Clone, Copy)]
pub(crate) struct NormalisedAlong<'a, F> {
    pub values: &'a [F],
    pub correlation: F,
}

/// z ← y; writes x̂ and returns r.
pub(crate) fn forward<F: Real>(affine: Affine<'_, F>, row: &mut [F], normalised: &mut [F]) -> F {
    let centre = mean(row);
    vector::for_each(normalised.iter_mut().zip(&*row), move |(x, z)| *x = *z - centre);
    let variance = mean_product(normalised, normalised);
    let inverse = F::ONE / (variance + F::from_f64(EPSILON)).sqrt();
    let terms = normalised.iter_mut().zip(affine.gain).zip(affine.bias);
    vector::for_each(row.iter_mut().zip(terms), move |(y, ((x, gain), bias))| {
        *x *= inverse;
        *y = *gain * *x + *bias;
    });
    inverse
}

/// δy ← δz.
pub(crate) fn backward<F: Real>(gain: &[F], at: Normalised<'_, F>, row: &mut [F]) {
    vector::for_each(row.iter_mut().zip(gain), |(g, gain)| *g *= *gain);
    project(at, row);
}

/// R{z} ← R{y}; writes R{x̂} and returns mean(x̂ ∘ R{z}).
pub(crate) fn forward_along<F: Real>(
    (affine, v): (Affine<'_, F>, Affine<'_, F>),
    at: Normalised<'_, F>,
    row: &mut [F],
    along: &mut [F],
) -> F {
    let correlation = mean_product(at.values, row);
    along.copy_from_slice(row);
    project(at, along);
    let terms = along.iter().zip(at.values).zip(affine.gain).zip(v.gain).zip(v.bias);
    vector::for_each(row.iter_mut().zip(terms), |(y, ((((along, x), gain), v_gain), v_bias))| {
        *y = *gain * *along + *v_gain * *x + *v_bias;
    });
    correlation
}

/// R{δy} ← R{δz} with all second derivatives; [`backward`] without them. `deltas` are δy and δz, `room` is
/// for a row.
pub(crate) fn backward_along<F: Real>(
    (gain, v_gain): (&[F], &[F]),
    (at, along): (Normalised<'_, F>, NormalisedAlong<'_, F>),
    (delta_y, delta_z): (&[F], &[F]),
    row: &mut [F],
    room: &mut [F],
) {
    // R{g} in `row`, g in `room`.
    let terms = gain.iter().zip(v_gain).zip(delta_y);
    vector::for_each(row.iter_mut().zip(&mut *room).zip(terms), |((rg, g), ((gain, v_gain), delta))| {
        *rg = *gain * *rg + *v_gain * *delta;
        *g = *gain * *delta;
    });
    project(at, row);
    let of_along = at.inverse * mean_product(at.values, room);
    let of_values = at.inverse * mean_product(along.values, room);
    let of_delta = at.inverse * along.correlation;
    let terms = along.values.iter().zip(at.values).zip(delta_z);
    vector::for_each(row.iter_mut().zip(terms), move |(out, ((along, x), delta))| {
        *out -= of_along * *along + of_values * *x + of_delta * *delta;
    });
}

/// u ← r P(u).
fn project<F: Real>(at: Normalised<'_, F>, row: &mut [F]) {
    let (centre, correlation, inverse) = (mean(row), mean_product(at.values, row), at.inverse);
    vector::for_each(row.iter_mut().zip(at.values), move |(u, x)| {
        *u = inverse * (*u - centre - *x * correlation);
    });
}

fn mean<F: Real>(row: &[F]) -> F {
    let (blocks, rest) = row.as_chunks::<8>();
    let mut lanes = [F::ZERO; 8];
    vector::for_each(blocks, |block| lanes.iter_mut().zip(block).for_each(|(sum, x)| *sum += *x));
    lanes.iter_mut().zip(rest).for_each(|(sum, x)| *sum += *x);
    let [a, b, c, d, e, f, g, h] = lanes;
    (((a + b) + (c + d)) + ((e + f) + (g + h))) / F::from_f64(row.len() as f64)
}

fn mean_product<F: Real>(a: &[F], b: &[F]) -> F {
    vector::dot(a, b) / F::from_f64(a.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_row() {
        // Mean 3, variance (4 + 0 + 1 + 9)/4 = 3.5.
        let (mut row, mut normalised) = ([1.0, 3.0, 2.0, 6.0_f64], [0.0; 4]);
        let affine = Affine::of(&[1.0, 2.0, 1.0, -1.0, 0.0, 0.5, 0.0, 4.0]);
        let inverse = forward(affine, &mut row, &mut normalised);
        let r = 1.0 / (3.5_f64 + 1e-5).sqrt();
        assert_eq!(inverse, r);
        assert_eq!(normalised, [-2.0 * r, 0.0, -r, 3.0 * r]);
        assert_eq!(row, [-2.0 * r, 0.5, -r, 4.0 - 3.0 * r]);
    }

    #[test]
    fn a_row_of_equal_numbers_gives_the_bias() {
        let (mut row, mut normalised) = ([0.7_f32; 11], [f32::NAN; 11]);
        let block: Vec<f32> = (0..22).map(|i| i as f32).collect();
        forward(Affine::of(&block), &mut row, &mut normalised);
        // A rounding of the mean, 1e-7, by √ε.
        assert!(row.iter().zip(&block[11..]).all(|(y, bias)| (y - bias).abs() < 1e-3), "{row:?}");
    }
}
