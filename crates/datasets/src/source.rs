//! Where data come from.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;

use crate::{CsvSource, Dataset, IdxSource, Separable, Transform, TwoMoons};

/// The choice of data: the table `[data]`, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Source {
    TwoMoons(TwoMoons),
    Separable(Separable),
    Csv(CsvSource),
    Idx(IdxSource),
}

impl Source {
    /// What is done to the samples for training, in this order.
    pub fn transforms(&self) -> &[Transform] {
        match self {
            Self::TwoMoons(moons) => &moons.transforms,
            Self::Separable(separable) => &separable.transforms,
            Self::Csv(csv) => &csv.transforms,
            Self::Idx(idx) => &idx.transforms,
        }
    }

    /// The numbers of samples for training, features and classes of data that are drawn; `None` for those
    /// from files.
    pub fn drawn_extent(&self) -> Option<(usize, usize, usize)> {
        match self {
            Self::TwoMoons(moons) => Some((moons.samples.size(), 2, 2)),
            Self::Separable(separable) => Some((separable.samples.size(), separable.features.size(), 2)),
            Self::Csv(_) | Self::Idx(_) => None,
        }
    }

    /// Draws `samples` samples, before any transform; `None` for data from files.
    pub fn draw(&self, samples: usize, stream: &mut Stream) -> Option<Dataset> {
        match self {
            Self::TwoMoons(moons) => Some(moons.generate(samples, stream)),
            Self::Separable(separable) => Some(separable.generate(samples, stream)),
            Self::Csv(_) | Self::Idx(_) => None,
        }
    }
}
