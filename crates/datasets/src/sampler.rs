//! Which samples form the next batch.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;

/// The order in which the samples are visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Every epoch is a fresh random permutation, cut into batches; the last one may be short.
    #[default]
    Shuffled,
    /// Every epoch runs from the first sample to the last, cut into batches; the last one may be short. The
    /// samples of a source may be sorted by class, as those of `kind = "two-moons"` are, and so are such
    /// batches.
    Sequential,
    /// Every batch is drawn anew, each of its samples uniformly from all and independently of the others;
    /// there are no epochs and no short batches.
    WithReplacement,
}

/// An endless sequence of batches of sample indices. Serialised, it is its place in the sequence.
///
/// ```
/// use thalweg_datasets::{Order, Sampler};
/// use thalweg_numeric::Streams;
///
/// let mut sampler = Sampler::new(Order::Shuffled, 5, 2, Streams::new(42, 0).stream("batches", 0));
/// let mut epoch: Vec<u32> = (0..3).flat_map(|_| sampler.next_batch().to_vec()).collect();
/// epoch.sort();
/// assert_eq!(epoch, [0, 1, 2, 3, 4]);
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sampler {
    order: Order,
    n_samples: u32,
    batch_size: usize,
    stream: Stream,
    /// The current epoch, or the current batch if drawn with replacement.
    indices: Vec<u32>,
    /// Where in the epoch the next batch begins; at its end, a new epoch does.
    next: usize,
}

impl Sampler {
    /// Batches of `batch_size` out of samples 0 … `n_samples` − 1. A batch without replacement that is larger
    /// than all the samples is all the samples.
    ///
    /// # Panics
    /// If `n_samples` or `batch_size` is 0, or `n_samples` above 2³² − 1.
    pub fn new(order: Order, n_samples: usize, batch_size: usize, stream: Stream) -> Self {
        assert!(n_samples > 0 && batch_size > 0, "batches of {batch_size} from {n_samples} samples");
        let n_samples = u32::try_from(n_samples).expect("at most 2³² − 1 samples");
        let indices = match order {
            Order::Shuffled | Order::Sequential => (0..n_samples).collect(),
            Order::WithReplacement => vec![0; batch_size],
        };
        Self { order, n_samples, batch_size, stream, next: indices.len(), indices }
    }

    /// Takes up the random numbers of `earlier`, a sampler of the same order, and goes on with the epoch that
    /// it has begun, in batches of its own size; where the samples are others, with a new epoch.
    pub fn go_on(&mut self, earlier: Self, are_same_samples: bool) {
        self.stream = earlier.stream;
        if are_same_samples && self.order != Order::WithReplacement {
            (self.indices, self.next) = (earlier.indices, earlier.next);
        }
    }

    /// The next batch. Allocates nothing.
    ///
    /// A new epoch shuffles the permutation of the one before, not the identity: every permutation is equally
    /// likely either way, and nothing needs to be put back.
    pub fn next_batch(&mut self) -> &[u32] {
        if self.order == Order::WithReplacement {
            self.indices.fill_with(|| self.stream.below(self.n_samples));
            return &self.indices;
        }
        if self.next == self.indices.len() {
            self.next = 0;
            if self.order == Order::Shuffled {
                self.stream.shuffle(&mut self.indices);
            }
        }
        let rest = &self.indices[self.next..];
        let batch = &rest[..self.batch_size.min(rest.len())];
        self.next += batch.len();
        batch
    }
}
