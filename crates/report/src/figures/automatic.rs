//! Scales and ticks that a file need not name.

use serde_json::Value;
use thalweg_records::{Quantity, Record};

use super::series::levels;
use crate::draw::{Scale, Ticks, ticks_at};

/// From this ratio on two numbers, and several, are compared by their ratios.
const WIDE: f64 = 20.0;
const FEW: f64 = 4.0;

/// The scale of an axis for some quantities: logarithmic if all of them are compared by ratios and no value
/// is 0 or below.
pub(super) fn scale_of_quantities<'a>(
    names: impl IntoIterator<Item = &'a String>,
    values: impl IntoIterator<Item = f64>,
) -> Scale {
    let is_log = names.into_iter().all(|name| Quantity::of(name).scale == Scale::Log)
        && values.into_iter().all(|value| value > 0.0);
    if is_log { Scale::Log } else { Scale::Linear }
}

/// The scale of an axis for ascending numbers, logarithmic only if they are positive: the one on which they
/// stand more evenly, if the largest is at least four times the least; of two numbers the logarithmic one
/// from a ratio of 20 on.
pub(super) fn scale_of_numbers(numbers: &[f64]) -> Scale {
    let (Some(least), Some(most)) = (numbers.first(), numbers.last()) else { return Scale::Linear };
    let unevenness = |scale: Scale| {
        let steps = numbers.windows(2).map(|pair| scale.of(pair[1]) - scale.of(pair[0]));
        let (short, long) = steps.fold((f64::INFINITY, 0.0_f64), |(a, b), step| (a.min(step), b.max(step)));
        long / short
    };
    let is_log = *least > 0.0
        && match numbers.len() {
            0..=2 => most / least >= WIDE,
            _ => most / least >= FEW && unevenness(Scale::Log) < unevenness(Scale::Linear),
        };
    if is_log { Scale::Log } else { Scale::Linear }
}

/// The values of a setting that are numbers.
pub(super) fn numbers(runs: &[&Record], key: &str) -> Vec<f64> {
    levels(runs, key).into_iter().filter_map(Value::as_f64).collect()
}

/// Ticks at the values of a setting.
pub(super) fn swept(numbers: &[f64]) -> Ticks {
    Ticks::At(ticks_at(numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_a_logarithmic_axis_where_all_have_a_place() {
        let of = |names: &[&str], values: &[f64]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            scale_of_quantities(&names, values.iter().copied())
        };
        assert_eq!(of(&["train.loss"], &[0.1, 2.0]), Scale::Log);
        assert_eq!(of(&["train.loss"], &[0.0, 2.0]), Scale::Linear, "0 has no place");
        assert_eq!(of(&["test.clean.accuracy"], &[0.1, 0.9]), Scale::Linear);
        assert_eq!(of(&["train.loss", "train.accuracy"], &[0.1]), Scale::Linear);
        assert_eq!(scale_of_numbers(&[1.0, 2.0, 4.0, 8.0]), Scale::Log);
        assert_eq!(scale_of_numbers(&[0.001, 0.003, 0.01, 0.03]), Scale::Log);
        assert_eq!(scale_of_numbers(&[1.0, 2.0, 3.0, 4.0, 5.0]), Scale::Linear);
        assert_eq!(scale_of_numbers(&[0.5, 0.9, 0.99]), Scale::Linear, "not even four times the least");
        assert_eq!(scale_of_numbers(&[1.0, 19.0]), Scale::Linear);
        assert_eq!(scale_of_numbers(&[1.0, 20.0]), Scale::Log);
        assert_eq!(scale_of_numbers(&[0.0, 100.0]), Scale::Linear);
        assert_eq!((scale_of_numbers(&[5.0]), scale_of_numbers(&[])), (Scale::Linear, Scale::Linear));
    }
}
