//! Means over replicates for tables and figures, each on the scale and within the range of its quantity.

use thalweg_records::{Quantity, Role};
use thalweg_statistics::{Centre, Floor, MeanTest, Sample};

use crate::draw::Scale;
use crate::select::Counted;

/// A mean with its 95 % interval, as numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mean {
    pub(crate) point: f64,
    pub(crate) interval: Option<(f64, f64)>,
}

/// The scale on which values of a quantity are averaged: its own, unless the axis that they are drawn on is
/// logarithmic or a value has no place on a logarithmic scale.
pub(crate) fn scale_of(quantity: &str, axis: Scale, values: impl IntoIterator<Item = f64>) -> Scale {
    let is_log = Quantity::of(quantity).scale == Scale::Log && values.into_iter().all(|value| value > 0.0);
    if is_log { Scale::Log } else { axis }
}

/// The mean over replicates, with Student's interval on the scale; that of counted shares is no narrower than
/// the counts allow, and none leaves the range of its quantity. Values without a place on the scale are to be
/// left out before. What is computed from theory alone has no interval.
///
/// # Panics
/// If there is no value.
pub(crate) fn mean(quantity: &str, scale: Scale, values: &[Counted]) -> Mean {
    let Quantity { range, role, .. } = Quantity::of(quantity);
    let per_row: Option<f64> = values.iter().map(|(_, per_row)| *per_row).sum();
    let sample = Sample {
        support: if scale == Scale::Linear { range } else { (f64::NEG_INFINITY, f64::INFINITY) },
        floor: match per_row {
            Some(sum) if scale == Scale::Linear => Floor::Binomial { per_row: sum / values.len() as f64 },
            _ => Floor::None,
        },
        ..Sample::new(values.iter().map(|(value, _)| scale.of(*value)).collect())
    };
    let Some(test) = MeanTest::new(&sample) else {
        // Itself, and not what is left of it after its logarithm.
        return Mean { point: values[0].0, interval: None };
    };
    let point = scale.at(test.point());
    let (least, most) = (range.0.min(point), range.1.max(point));
    let interval = test.interval().filter(|_| role != Role::Theory);
    let interval = interval.map(|(low, high)| (scale.at(low).max(least), scale.at(high).min(most)));
    Mean { point, interval }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_quantity_has_its_scale_and_stays_in_its_range() {
        let plain = |values: &[f64]| values.iter().map(|value| (*value, None)).collect::<Vec<Counted>>();
        let losses = [0.1, 1.0, 10.0];
        assert_eq!(scale_of("train.loss", Scale::Linear, losses), Scale::Log);
        assert_eq!(scale_of("train.loss", Scale::Linear, [0.0, 1.0]), Scale::Linear);
        assert_eq!(scale_of("score", Scale::Log, losses), Scale::Log);
        let loss = mean("train.loss", Scale::Log, &plain(&losses));
        assert!((loss.point - 1.0).abs() < 1e-12 && loss.interval.unwrap().0 > 0.0, "{loss:?}");
        let accuracy = mean("test.clean.accuracy", Scale::Linear, &plain(&[0.99, 1.0, 0.9]));
        assert_eq!(accuracy.interval.unwrap().1, 1.0, "cut off at 1");
        // A count of 20 cannot be as exact as three equal shares look.
        let rows = vec![(0.9, Some(1.0 / 20.0)); 3];
        let (low, high) = mean("test.clean.accuracy", Scale::Linear, &rows).interval.unwrap();
        assert!(low < 0.75 && high > 0.95, "{low} {high}");
        let shares = mean("test.clean.accuracy", Scale::Log, &plain(&[0.5, 1.0, 0.9]));
        assert_eq!(shares.interval.unwrap().1, 1.0, "on any scale");
        assert_eq!(
            mean("score", Scale::Linear, &plain(&[2.0; 3])).interval,
            None,
            "no scatter is no certainty"
        );
        let computed = plain(&[0.5, 0.5 + 1e-15, 0.5 - 1e-15]);
        let theory = mean("wide.gibbs", Scale::Linear, &computed);
        assert!((theory.point - 0.5).abs() < 1e-12 && theory.interval.is_none(), "rounding is no scatter");
        assert!(mean("wide.occupation", Scale::Linear, &computed).interval.is_some());
    }
}
