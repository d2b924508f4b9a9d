//! Which rows of a table the network learns from, and which are kept for its test.

use thalweg_datasets::Dataset;
use thalweg_numeric::{Stream, Streams};

use crate::file::{Folds, HoldOut, TestRows};

/// Rows of a table, each part in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) train: Vec<usize>,
    pub(crate) test: Vec<usize>,
}

/// The least number of rows to learn from and the least to be tested with, of `n`, whatever the replicate;
/// `None` where all are learned from.
pub(crate) fn sizes(rows: &TestRows, n: usize) -> Option<(usize, usize)> {
    let test = match rows {
        TestRows::HoldOut(held_out) => (held_out.fraction.get() * n as f64).ceil() as usize,
        TestRows::Folds(folds) => {
            let count = folds.count.size();
            return Some((n - n.div_ceil(count).min(n), n / count));
        }
        TestRows::File(_) => return None,
    };
    Some((n - test.min(n), test))
}

/// Cuts the rows of a table for one replicate; `None` where all are learned from.
pub(crate) fn split(rows: &TestRows, data: &Dataset, streams: Streams) -> Option<Split> {
    let n = data.n_samples();
    let mut is_test = vec![false; n];
    match rows {
        TestRows::HoldOut(held_out) => {
            let replicate = if held_out.fixed { 0 } else { streams.replicate() };
            let order = shuffled(n, &mut streams.of_replicate(replicate).stream("hold-out", 0));
            let (_, test) = sizes(rows, n)?;
            hold_out(held_out, data, &order, test).into_iter().for_each(|row| is_test[row] = true);
        }
        TestRows::Folds(Folds { count, stratified }) => {
            let (count, replicate) = (count.get(), streams.replicate());
            let of_cut = streams.of_replicate(replicate - replicate % count);
            let mut order = shuffled(n, &mut of_cut.stream("folds", 0));
            if *stratified {
                // Neighbours of one class go to different folds.
                order.sort_by_key(|row| data.labels[*row]);
            }
            let fold = (replicate % count) as usize;
            order.into_iter().skip(fold).step_by(count as usize).for_each(|row| is_test[row] = true);
        }
        TestRows::File(_) => return None,
    }
    let (test, train) = (0..n).partition(|row| is_test[*row]);
    Some(Split { train, test })
}

/// The rows held out: the first of an order at random, or of each class the first.
fn hold_out(held_out: &HoldOut, data: &Dataset, order: &[usize], test: usize) -> Vec<usize> {
    if !held_out.stratified {
        return order[..test].to_vec();
    }
    let mut left = shares(&counts(data), test);
    let is_taken = |row: &usize| {
        let left = &mut left[data.labels[*row] as usize];
        let is_taken = *left > 0;
        *left -= usize::from(is_taken);
        is_taken
    };
    order.iter().copied().filter(is_taken).collect()
}

/// How many rows of each class there are.
pub(crate) fn counts(data: &Dataset) -> Vec<usize> {
    let mut counts = vec![0; data.n_classes];
    data.labels.iter().for_each(|label| counts[*label as usize] += 1);
    counts
}

/// How many of each class are held out if `test` are in all: in proportion to their `counts`, the rows that
/// remain by the largest remainders.
pub(crate) fn shares(counts: &[usize], test: usize) -> Vec<usize> {
    let n: usize = counts.iter().sum();
    let mut shares: Vec<usize> = counts.iter().map(|count| count * test / n).collect();
    let mut by_remainder: Vec<usize> = (0..counts.len()).collect();
    by_remainder.sort_by_key(|class| std::cmp::Reverse(counts[*class] * test % n));
    let missing = test - shares.iter().sum::<usize>();
    by_remainder.into_iter().take(missing).for_each(|class| shares[class] += 1);
    shares
}

fn shuffled(n: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    stream.shuffle(&mut order);
    order
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use thalweg_numeric::bounded::{Count, Fraction};

    use super::*;

    fn data(labels: &[u32]) -> Dataset {
        Dataset::new(Array2::<f64>::zeros((labels.len(), 1)), labels.to_vec(), 3)
    }

    fn held_out(fraction: f64, stratified: bool, fixed: bool) -> TestRows {
        TestRows::HoldOut(HoldOut { fraction: Fraction::of(fraction), stratified, fixed })
    }

    const LABELS: [u32; 14] = [0, 1, 0, 2, 0, 1, 0, 0, 1, 0, 0, 0, 1, 2];

    #[test]
    fn rows_are_learned_from_or_kept() {
        let split_of = |replicate| {
            split(&held_out(0.3, false, false), &data(&LABELS), Streams::new(5, replicate)).unwrap()
        };
        // ⌈0.3·14⌉
        let first = split_of(0);
        assert_eq!((first.train.len(), first.test.len()), (9, 5));
        let mut all = [first.train.clone(), first.test.clone()].concat();
        all.sort();
        assert_eq!(all, (0..14).collect::<Vec<_>>());
        assert!(first.train.is_sorted() && first.test.is_sorted());
        assert_eq!(split_of(0), first);
        assert_ne!(split_of(1), first);
        let fixed =
            |replicate| split(&held_out(0.3, false, true), &data(&LABELS), Streams::new(5, replicate));
        assert_eq!((fixed(0), fixed(7)), (Some(first.clone()), Some(first)));
    }

    #[test]
    fn every_class_has_its_share() {
        // Of 8, 4 and 2 rows 14·0.5 = 7 are kept: 4, 2 and 1.
        let split = split(&held_out(0.5, true, false), &data(&LABELS), Streams::new(5, 0)).unwrap();
        let of_class = |class| split.test.iter().filter(|row| LABELS[**row] == class).count();
        assert_eq!([of_class(0), of_class(1), of_class(2)], [4, 2, 1]);
        // 6·8/14 = 3.43, 6·4/14 = 1.71 and 6·2/14 = 0.86: two rows go to the largest remainders.
        assert_eq!(shares(&[8, 4, 2], 6), [3, 2, 1]);
    }

    #[test]
    fn folds_test_every_row_once() {
        for stratified in [false, true] {
            let rows = TestRows::Folds(Folds { count: Count::of(4), stratified });
            let mut tested = Vec::new();
            for replicate in 4..8 {
                let split = split(&rows, &data(&LABELS), Streams::new(5, replicate)).unwrap();
                assert!((3..=4).contains(&split.test.len()));
                let zeros = split.test.iter().filter(|row| LABELS[**row] == 0).count();
                assert!(!stratified || zeros == 2, "8 rows of class 0 in 4 folds");
                tested.extend(split.test);
            }
            tested.sort();
            assert_eq!(tested, (0..14).collect::<Vec<_>>());
        }
        assert_eq!(
            sizes(&TestRows::Folds(Folds { count: Count::of(4), stratified: false }), 14),
            Some((10, 3))
        );
    }
}
