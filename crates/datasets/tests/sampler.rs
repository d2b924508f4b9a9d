//! Properties of the batch sampler.

use proptest::prelude::*;
use thalweg_datasets::{Order, Sampler};
use thalweg_numeric::{Stream, Streams};

fn stream(seed: u64) -> Stream {
    Streams::new(seed, 0).stream("batches", 0)
}

/// The batches of one epoch.
fn epoch(sampler: &mut Sampler, n_samples: usize, batch_size: usize) -> Vec<Vec<u32>> {
    (0..n_samples.div_ceil(batch_size)).map(|_| sampler.next_batch().to_vec()).collect()
}

proptest! {
    #[test]
    fn an_epoch_visits_every_sample_once_in_batches_of_which_the_last_may_be_short(
        order in prop_oneof![Just(Order::Shuffled), Just(Order::Sequential)],
        n_samples in 1..300_usize,
        batch_size in 1..320_usize,
        seed: u64,
    ) {
        let mut sampler = Sampler::new(order, n_samples, batch_size, stream(seed));
        for _ in 0..3 {
            let batches = epoch(&mut sampler, n_samples, batch_size);
            let (last, full) = batches.split_last().unwrap();
            prop_assert!(full.iter().all(|batch| batch.len() == batch_size));
            prop_assert_eq!(last.len(), n_samples - full.len() * batch_size);
            let mut visited = batches.concat();
            if order == Order::Shuffled {
                visited.sort_unstable();
            }
            prop_assert!(visited.into_iter().eq(0..n_samples as u32));
        }
    }

    #[test]
    fn with_replacement_every_batch_is_full_and_in_range(
        n_samples in 1..300_usize,
        batch_size in 1..320_usize,
        seed: u64,
    ) {
        let mut sampler = Sampler::new(Order::WithReplacement, n_samples, batch_size, stream(seed));
        for _ in 0..3 {
            let batch = sampler.next_batch();
            prop_assert_eq!(batch.len(), batch_size);
            prop_assert!(batch.iter().all(|i| (*i as usize) < n_samples));
        }
    }

    #[test]
    fn an_epoch_goes_on_in_other_batches_and_ends_where_the_samples_are_others(
        order in prop_oneof![Just(Order::Shuffled), Just(Order::Sequential)],
        n_samples in 2..300_usize,
        batch_size in 1..320_usize,
        other_size in 1..320_usize,
        is_same: bool,
    ) {
        let other_size = if is_same { batch_size } else { other_size };
        let mut sampler = Sampler::new(order, n_samples, batch_size, stream(1));
        let first = sampler.next_batch().to_vec();
        let mut goes_on = Sampler::new(order, n_samples, other_size, stream(2));
        goes_on.go_on(sampler.clone(), true);
        let rest = n_samples - first.len();
        let mut visited = [first, epoch(&mut goes_on, rest, other_size).concat()].concat();
        visited.sort_unstable();
        prop_assert!(visited.into_iter().eq(0..n_samples as u32));
        // With the random numbers of the sampler before.
        if is_same {
            let whole: Vec<u32> = epoch(&mut sampler, rest, batch_size).concat();
            prop_assert_eq!(whole.len(), rest);
            prop_assert_eq!(sampler.next_batch(), goes_on.next_batch());
        }
        let mut begins = Sampler::new(order, n_samples + 1, other_size, stream(2));
        begins.go_on(goes_on, false);
        let mut visited = epoch(&mut begins, n_samples + 1, other_size).concat();
        visited.sort_unstable();
        prop_assert!(visited.into_iter().eq(0..=n_samples as u32));
    }

    #[test]
    fn no_batch_allocates(
        order in prop_oneof![Just(Order::Shuffled), Just(Order::Sequential), Just(Order::WithReplacement)],
        n_samples in 1..50_usize,
        batch_size in 1..60_usize,
    ) {
        let mut sampler = Sampler::new(order, n_samples, batch_size, stream(1));
        let allocations = allocation_counter::measure(|| {
            for _ in 0..100 {
                std::hint::black_box(sampler.next_batch());
            }
        });
        prop_assert_eq!(allocations.count_total, 0);
    }
}

#[test]
fn every_permutation_of_every_epoch_is_equally_likely() {
    let mut sampler = Sampler::new(Order::Shuffled, 4, 4, stream(5));
    let mut counts = std::collections::BTreeMap::<Vec<u32>, f64>::new();
    for _ in 0..24_000 {
        *counts.entry(sampler.next_batch().to_vec()).or_default() += 1.0;
    }
    assert_eq!(counts.len(), 24);
    let chi_square: f64 = counts.values().map(|n| (n - 1000.0).powi(2) / 1000.0).sum();
    // The 99.9 % quantile of χ² with 23 degrees of freedom.
    assert!(chi_square < 49.73, "χ² = {chi_square}");
}

#[test]
fn successive_epochs_are_independent() {
    let mut sampler = Sampler::new(Order::Shuffled, 5, 5, stream(6));
    // Where the first sample of one epoch stands in the next: each of five places is equally likely.
    let mut counts = [0.0_f64; 5];
    let mut first = sampler.next_batch()[0];
    for _ in 0..10_000 {
        let batch = sampler.next_batch();
        counts[batch.iter().position(|i| *i == first).unwrap()] += 1.0;
        first = batch[0];
    }
    let chi_square: f64 = counts.iter().map(|n| (n - 2000.0).powi(2) / 2000.0).sum();
    // The 99.9 % quantile of χ² with 4 degrees of freedom.
    assert!(chi_square < 18.47, "χ² = {chi_square}");
}

#[test]
fn draws_with_replacement_are_uniform_and_independent() {
    let mut sampler = Sampler::new(Order::WithReplacement, 6, 2, stream(7));
    let mut counts = [0.0_f64; 36];
    for _ in 0..36_000 {
        let batch = sampler.next_batch();
        counts[(batch[0] * 6 + batch[1]) as usize] += 1.0;
    }
    let chi_square: f64 = counts.iter().map(|n| (n - 1000.0).powi(2) / 1000.0).sum();
    // The 99.9 % quantile of χ² with 35 degrees of freedom.
    assert!(chi_square < 66.62, "χ² = {chi_square}");
}

#[test]
fn values_are_stable() {
    let first = |order| epoch(&mut Sampler::new(order, 7, 3, stream(42)), 7, 3);
    assert_eq!(first(Order::Shuffled), [vec![6, 0, 5], vec![1, 2, 3], vec![4]]);
    assert_eq!(first(Order::Sequential), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
    assert_eq!(first(Order::WithReplacement), [[3, 5, 4], [0, 3, 5], [0, 1, 6]]);
}

#[test]
#[should_panic(expected = "batches of 0 from 7 samples")]
fn empty_batches_are_a_bug() {
    Sampler::new(Order::Shuffled, 7, 0, stream(1));
}
