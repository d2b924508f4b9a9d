//! Settings of a probe of hidden activations.

use serde::{Deserialize, Serialize};

/// `kind = "features"`: what hidden layers hand on for the training data.
///
/// `dead`, the share of hidden units whose output is 0 for every sample. For classes, of the features of the
/// last hidden layer: `within`, the mean square around the means of the classes over that of these means
/// around theirs, and `cosine`, the mean cosine between the means of two classes, both less the mean of the
/// means. In a collapsed network (Papyan, Han & Donoho, PNAS 2020) `within` is 0 and `cosine` −1/(K − 1) for
/// K classes, which goes with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Features {}
