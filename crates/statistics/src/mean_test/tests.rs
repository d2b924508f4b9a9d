//! t beside the tables, and what it is kept from.

use super::*;
use crate::RangeTest;

const INF: f64 = f64::INFINITY;

fn test(values: &[f64]) -> MeanTest {
    MeanTest::new(&Sample::new(values.to_vec())).unwrap()
}

fn shares(values: &[f64], rows: f64) -> MeanTest {
    let sample = Sample {
        support: (0.0, 1.0),
        floor: Floor::Binomial { per_row: 1.0 / rows },
        ..Sample::new(values.to_vec())
    };
    MeanTest::new(&sample).unwrap()
}

#[test]
fn p_values_are_those_of_the_t_distribution() {
    // Mean 2, se 1/√3, df 2, t = 2√3: P(T₂ ≥ t) = ½(1 − t/√(t² + 2)) = 0.0370901.
    let test = test(&[1.0, 2.0, 3.0]);
    assert!((test.p_above(0.0) - 2.0 * 0.037_090_1).abs() < 1e-6, "{}", test.p_above(0.0));
    assert_eq!((test.p_below(0.0), test.p_above(2.0)), (1.0, 1.0));
    assert!((test.p_below(4.0) - test.p_above(0.0)).abs() < 1e-15);
    let range = RangeTest::new(&test, -INF, 0.0);
    assert!((range.p_outside - 2.0 * 0.037_090_1).abs() < 1e-6 && range.p_inside == 1.0, "{range:?}");
}

#[test]
fn equivalence_takes_the_worse_side_and_the_interval_belongs_to_the_tests() {
    let test = test(&[0.0, 0.1, 0.2, 0.05, 0.15]);
    let range = RangeTest::new(&test, -0.5, 0.3);
    assert_eq!((range.p_inside, range.p_outside), (test.p_below(0.3), 1.0));
    let (low, high) = test.interval().unwrap();
    assert!((test.p_above(low) - 0.05).abs() < 1e-9 && (test.p_below(high) - 0.05).abs() < 1e-9);
}

#[test]
fn equal_values_are_no_certainty() {
    // Of nothing it is known how far off the rare other value may be.
    let open = test(&[1.0; 20]);
    assert_eq!((open.p_above(0.999), open.interval()), (1.0, None));
    // Three accuracies of 1: a mean of 0.999 gives them in 997 cases of 1000.
    let all_right = shares(&[1.0; 3], 20.0);
    assert!((all_right.p_above(0.5) - 2.0 * 0.125).abs() < 1e-12);
    assert_eq!(all_right.p_above(0.999), 1.0);
    // The low end is the mean at which the chance of equal values is 2.5 %.
    let (low, high) = all_right.interval().unwrap();
    assert!((low - 0.025_f64.powf(1.0 / 3.0)).abs() < 1e-12 && high == 1.0, "{low} {high}");
    assert!(Sample::new(vec![1e6, 1e6 + 0.5]).is_equal() && !Sample::new(vec![1.0, 1.001]).is_equal());
}

#[test]
fn counted_shares_scatter_at_least_as_their_counts() {
    // One wrong in 500 in one of five: s = 0.0009, but at a mean of 0.99 a count of 500 has 0.0044.
    let test = shares(&[1.0, 1.0, 1.0, 1.0, 0.998], 500.0);
    let t = (0.9996 - 0.99) / (0.99 * 0.01 / 500.0 / 5.0_f64).sqrt();
    assert!((test.t(0.99) - t).abs() < 1e-9, "{} {t}", test.t(0.99));
    let (low, high) = test.interval().unwrap();
    assert!((test.p_above(low) - 0.05).abs() < 1e-9 && high <= 1.0, "{low} {high}");
    // Scatter beyond that of the counts is the replicates' own.
    let wide = [0.5, 0.9, 0.7];
    assert_eq!(shares(&wide, 500.0).p_above(0.3), self::test(&wide).p_above(0.3));
}

#[test]
fn a_mean_that_hangs_on_few_values_is_less_certain_than_t_says() {
    // 19 accuracies of 1 and one of 0.9: by s = 0.0224 t = 3 above 0.98, which 20 values with a fifth at 0.9
    // reach in 6 % of cases. Two points at 1 and 0.9 with the mean 0.98 have the deviation √(0.02 · 0.08) =
    // 0.04.
    let mut values = vec![1.0; 19];
    values.push(0.9);
    let skewed = shares(&values, 500.0);
    assert!((skewed.t(0.98) - 0.015 / 0.04 * 20.0_f64.sqrt()).abs() < 1e-9, "{}", skewed.t(0.98));
    assert!(skewed.p_above(0.98) > 0.1 && skewed.p_above(0.5) < 1e-9, "and still far from one half");
    let (low, high) = skewed.interval().unwrap();
    assert!(low < 0.98 && high <= 1.0 && (skewed.p_above(low) - 0.05).abs() < 1e-6, "{low} {high}");
    // The same upwards, without a range.
    let mut rare = vec![0.0; 19];
    rare.push(1.0);
    let rare = test(&rare);
    assert!((rare.t(0.2) + 0.15 / 0.4 * 20.0_f64.sqrt()).abs() < 1e-9, "{}", rare.t(0.2));
    assert!((rare.p_below(rare.interval().unwrap().1) - 0.05).abs() < 1e-6);
    // Values that all differ are left to t, however skewed.
    assert_eq!(test(&[1.0, 2.0, 4.0, 8.0, 100.0]).atom, None);
}

#[test]
fn no_size_of_the_values_makes_a_certainty_of_them() {
    for unit in [1e-200, 1e200] {
        let spread = test(&[unit, -2.0 * unit, 4.0 * unit]);
        assert!((spread.p_above(0.0) - test(&[1.0, -2.0, 4.0]).p_above(0.0)).abs() < 1e-12, "{unit}");
    }
}

#[test]
fn a_fixed_floor_widens_test_and_interval_alike() {
    let sample = Sample { floor: Floor::Variance(4.0), ..Sample::new(vec![1.0, 1.5, 2.0, 1.5]) };
    let test = MeanTest::new(&sample).unwrap();
    assert!((test.t(0.0) - 1.5).abs() < 1e-12);
    let (low, _) = test.interval().unwrap();
    assert!((test.p_above(low) - 0.05).abs() < 1e-9);
}
