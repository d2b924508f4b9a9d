//! Where data come from.

use serde::{Deserialize, Serialize};

use crate::{CsvSource, IdxSource, TwoMoons};

/// The choice of data: the table `[data]`, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    /// `kind = "two-moons"`
    TwoMoons(TwoMoons),
    /// `kind = "csv"`
    Csv(CsvSource),
    /// `kind = "idx"`
    Idx(IdxSource),
}
