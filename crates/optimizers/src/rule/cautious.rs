//! Cautious rules: no step against the gradient.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thalweg_numeric::{Layout, Real, vector};

use super::{Inner, Memory, RuleSettings, RuleState, check_lengths, ranges};
use crate::properties::Properties;

/// Any rule, without those of its steps u that lead up the gradient, entry by entry. Every array of the
/// layout is for itself:
///
/// ```text
/// u = what the base rule would take from θ
/// θ ← θ − r u where uᵢ gᵢ > 0, else θ
///     r = 1 / max(s, 10⁻³)        rescale = "share": s is the share of entries that move
///     r = d / (n + 1)             rescale = "count": n of d entries move
///     r = 1                       rescale = "none"
/// ```
/// K. Liang et al., *Cautious optimizers: improving training with one line of code* (2024), algorithm 1 with
/// the first r in the authors' code, `C_AdamW`, and the second in the paper and in the package
/// pytorch-optimizer. What the base rule remembers knows nothing of it. Where all signs agree, the step is
/// that of the base rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Cautious {
    /// How the steps that remain are lengthened. Default `"share"` (the authors' code).
    #[serde(default)]
    pub rescale: Rescale,
    /// The rule whose steps these are, with its settings and perhaps a `dialect` of its own.
    pub base: Inner,
}

/// r, by which the steps that remain are lengthened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Rescale {
    /// One over the share of entries that move, at most 1000.
    #[default]
    Share,
    /// All entries over one more than those that move.
    Count,
    /// They are not.
    None,
}

impl Rescale {
    fn factor(self, moving: usize, all: usize) -> f64 {
        let (moving, all) = (moving as f64, all as f64);
        match self {
            Self::Share => 1.0 / (moving / all).max(1e-3),
            Self::Count => all / (moving + 1.0),
            Self::None => 1.0,
        }
    }
}

impl Cautious {
    /// A rule without the steps that lead up the gradient.
    pub fn new(base: impl Into<Inner>) -> Self {
        Self { rescale: Rescale::default(), base: base.into() }
    }
}

impl Properties for Cautious {
    fn base(&self) -> Option<&dyn Properties> {
        Some(self.base.properties())
    }

    fn numbers_per_parameter(&self) -> f64 {
        self.base.properties().numbers_per_parameter()
    }
}

impl<F: Real> RuleSettings<F> for Cautious {
    fn build(&self, layout: &Layout) -> Box<dyn RuleState<F>> {
        Box::new(State {
            rescale: self.rescale,
            base: self.base.0.build(layout),
            arrays: ranges(layout),
            before: vec![F::ZERO; layout.dim()],
        })
    }
}

struct State<F> {
    rescale: Rescale,
    base: Box<dyn RuleState<F>>,
    arrays: Vec<Range<usize>>,
    // Work space, not remembered.
    before: Vec<F>,
}

impl<F: Real> RuleState<F> for State<F> {
    fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        check_lengths(self.before.len(), params, grad);
        self.before.copy_from_slice(params);
        self.base.step(lr, params, grad);
        for array in &self.arrays {
            let (params, grad) = (&mut params[array.clone()], &grad[array.clone()]);
            let before = &self.before[array.clone()];
            let all = params.iter().zip(before).zip(grad);
            let moving = all.filter(|((x, before), g)| is_downhill(**x, **before, **g)).count();
            let factor = F::from_f64(self.rescale.factor(moving, params.len()));
            let all = params.iter_mut().zip(before).zip(grad);
            vector::for_each(all, move |((x, before), g)| {
                let moved = if factor == F::ONE { *x } else { *before - factor * (*before - *x) };
                // A step that is no number stays one.
                let is_kept = is_downhill(*x, *before, *g) || !x.is_finite();
                *x = if is_kept { moved.zero_below(F::LEAST_NORMAL) } else { *before };
            });
        }
    }

    fn memory(&mut self) -> Memory<'_, F> {
        self.base.memory()
    }

    fn answer(&self, params: &[F], out: &mut [F]) -> bool {
        self.base.answer(params, out)
    }
}

/// Whether a step leads down the gradient. Their product may vanish.
#[inline(always)]
fn is_downhill<F: Real>(after: F, before: F, g: F) -> bool {
    (after < before && g > F::ZERO) || (after > before && g < F::ZERO)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{gradients, path};

    /// Averages of β = ½ go on upwards where the gradient turns.
    fn cautious(rescale: &str) -> String {
        format!(
            "kind = 'cautious'\nrescale = '{rescale}'\nbase = {{ kind = 'momentum', beta = 0.5, dampening = 0.5 }}"
        )
    }

    #[test]
    fn steps_against_the_gradient_are_left_out() {
        // m = (4, 4, 4), then (2 − 1, 2 + 1, 2) with gradients −2, 2, 0: the second of three moves, by 3 r.
        for (rescale, all, one) in [("share", 1.0, 3.0), ("count", 0.75, 1.5), ("none", 1.0, 1.0)] {
            let steps = path(&cautious(rescale), 1.0, &[[8.0; 3], [-2.0, 2.0, 0.0]]);
            let first: f64 = -4.0 * all;
            for (x, expected) in steps[1].iter().zip([first, first - 3.0 * one, first]) {
                assert!((x - expected).abs() < 1e-14, "{rescale}: {steps:?}");
            }
        }
    }

    #[test]
    fn where_signs_agree_it_is_the_base() {
        for base in ["sgd", "signsgd"] {
            let text = format!("kind = 'cautious'\nbase = {{ kind = '{base}' }}");
            let plain = path(&format!("kind = '{base}'"), 0.1, &gradients());
            assert_eq!(path(&text, 0.1, &gradients()), plain, "{base}");
        }
        let grads: Vec<[f64; 3]> = gradients().into_iter().map(|grad| grad.map(f64::abs)).collect();
        let text = "kind = 'cautious'\nbase = { kind = 'adam' }";
        assert_eq!(path(text, 0.1, &grads), path("kind = 'adam'", 0.1, &grads));
        assert!(path(text, 0.1, &[[f64::NAN]])[0][0].is_nan());
    }
}
