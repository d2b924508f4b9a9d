//! Settings of a probe of the losses of classes.

use serde::{Deserialize, Serialize};

/// `kind = "classes"`: how well each class is learned, from the mean loss ℓₖ over its nₖ samples.
///
/// `frequency-exponent`, the slope of ln ℓₖ against ln nₖ: ℓₖ falls as this power of the frequency. Gradient
/// descent tends to −1, as it learns frequent classes first; 0 if all are learned alike. There is none unless
/// two classes differ in their frequency. `loss-k` is ℓₖ of those classes that [`of`](Self::of) names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Classes {
    /// The classes, counted from 0, whose losses are measured one by one. Default none.
    #[serde(default)]
    pub of: Vec<u64>,
}
