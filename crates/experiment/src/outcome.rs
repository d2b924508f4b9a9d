//! What a run measures, as it grows.

use thalweg_records::{Curve, Metric, Samples, Tensor};

/// The measured part of a record.
pub(crate) struct Outcome {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) curves: Vec<Curve>,
    pub(crate) samples: Vec<Samples>,
    pub(crate) params: Vec<Tensor>,
    pub(crate) fields: Vec<Tensor>,
}

/// The steps after which a run is evaluated: 0, then about `per_decade` in each factor of 10, and the last.
pub(crate) fn evaluation_steps(steps: u64, per_decade: u64) -> Vec<u64> {
    let spaced = (0_u32..).map(|i| libm::exp10(f64::from(i) / per_decade as f64).round() as u64);
    let mut all: Vec<u64> =
        std::iter::once(0).chain(spaced.take_while(|step| *step < steps)).chain([steps]).collect();
    all.dedup();
    all
}

/// Quantities over the steps.
#[derive(Debug, Default)]
pub(crate) struct Curves {
    pub(crate) all: Vec<Curve>,
}

impl Curves {
    pub(crate) fn push(&mut self, name: &str, step: u64, value: f64) {
        match self.all.iter_mut().find(|curve| curve.name == name) {
            Some(curve) => {
                curve.steps.push(step);
                curve.values.push(value);
            }
            None => self.all.push(Curve { name: name.to_owned(), steps: vec![step], values: vec![value] }),
        }
    }

    /// The values of those that reach as far as any. Others are of data before a fork.
    pub(crate) fn at_the_end(&self) -> Vec<Metric> {
        let end = self.all.iter().filter_map(|curve| curve.steps.last()).max();
        let ended = self.all.iter().filter(|curve| curve.steps.last() < end).map(|curve| &curve.name);
        let ended: Vec<&String> = ended.collect();
        self.last().into_iter().filter(|metric| !ended.contains(&&metric.name)).collect()
    }

    /// The last value of each.
    pub(crate) fn last(&self) -> Vec<Metric> {
        let last = |curve: &Curve| curve.values.last().map(|value| Metric::new(&curve.name, *value));
        self.all.iter().filter_map(last).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluation_steps_are_spaced_in_their_logarithm_and_end_with_the_last() {
        assert_eq!(evaluation_steps(1, 10), [0, 1]);
        assert_eq!(evaluation_steps(100, 2), [0, 1, 3, 10, 32, 100]);
        let many = evaluation_steps(1_500_000, 10);
        assert_eq!(many[many.len() - 2..], [1_258_925, 1_500_000]);
        assert!(many.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
