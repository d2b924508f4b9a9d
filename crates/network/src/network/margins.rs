//! Class margins: how far a sample is from being classified otherwise.

use std::cmp::Ordering;

use ndarray::ArrayView2;
use thalweg_numeric::Real;

use super::{Network, blocks, check_rows};
use crate::passes::Backward;

impl<F: Real> Network<F> {
    /// Writes the margin of each row, z_y − max over j ≠ y of z_j, for logits z and label y.
    ///
    /// Positive where the label has the largest logit, 0 at a tie for it. Infinite with a single output; NaN
    /// if there is a NaN among the logits.
    pub fn margins(&mut self, params: &[F], inputs: ArrayView2<'_, F>, labels: &[u32], out: &mut [F]) {
        self.check(params, inputs);
        check_rows(inputs, labels.len());
        check_rows(inputs, out.len());
        self.space.passes.prepare(params, Backward::None);
        for rows in blocks(labels.len(), self.space.block) {
            self.forward(params, inputs, rows.clone(), None);
            for (row, sample) in rows.enumerate() {
                out[sample] = margin(self.space.passes.logits(row), labels[sample] as usize);
            }
        }
    }
}

/// The smallest lead of the label's logit over another one.
fn margin<F: Real>(logits: &[F], label: usize) -> F {
    let own = logits[label];
    let others = logits.iter().enumerate().filter(|(class, _)| *class != label);
    others.map(|(_, z)| own - *z).fold(F::from_f64(f64::INFINITY), |least, lead| {
        match lead.partial_cmp(&least) {
            Some(Ordering::Less) => lead,
            Some(_) => least,
            // One of them is NaN, and so is the sum.
            None => least + lead,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_match_hand_computed_values() {
        let logits = [1.0, -0.5, 3.0, 2.5];
        assert_eq!([0, 1, 2, 3].map(|label| margin(&logits, label)), [-2.0, -3.5, 0.5, -0.5]);
        assert_eq!(margin(&[2.0, 2.0], 1), 0.0);
        assert_eq!(margin(&[-7.0_f32], 0), f32::INFINITY);
    }

    #[test]
    fn a_nan_anywhere_gives_nan() {
        for place in 0..4 {
            let mut logits = [1.0, -0.5, 3.0, 2.5];
            logits[place] = f64::NAN;
            assert!((0..4).all(|label| margin(&logits, label).is_nan()), "at {place}");
        }
    }
}
