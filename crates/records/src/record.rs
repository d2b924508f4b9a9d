//! The record of one run.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ResolvedSpec, Tensor, write_tensors};

/// Raised whenever the same spec would give other numbers than before, so that old records are not taken for
/// new. What each revision changed stands in `CHANGELOG.md`.
pub const REVISION: u32 = 6;

/// Raised whenever records or plans are written in another way.
pub const FORMAT: u32 = 2;

/// Digits of a key: 64 bits.
pub(crate) const KEY_DIGITS: usize = 16;

/// The revision of records from before it was written into them.
fn untold() -> u32 {
    5
}

/// What one run produced. Only finite numbers are stored: a value that does not exist or is not finite is
/// left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    /// How it is written: [`FORMAT`]. 0 before this was told.
    #[serde(default)]
    pub format: u32,
    /// What its numbers mean: [`REVISION`].
    #[serde(default = "untold")]
    pub revision: u32,
    /// [`key_of`] the spec.
    pub key: String,
    /// Every setting, nothing optional.
    pub spec: ResolvedSpec,
    /// How the run ended.
    pub status: Status,
    /// Whether the run drew no random number at all, so that every replicate is the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deterministic: bool,
    /// Final values.
    pub metrics: Vec<Metric>,
    /// Seconds spent. Apart from the metrics, because they are the one thing that differs between two runs of
    /// a spec.
    pub seconds: Vec<Metric>,
    /// Values over training steps.
    pub curves: Vec<Curve>,
    /// Values over test sets.
    pub samples: Vec<Samples>,
    /// What computed it.
    pub provenance: Provenance,
    /// [`Record::hash`] when the run ended. `None` before this was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// The end weights.
    #[serde(skip)]
    pub params: Vec<Tensor>,
    /// Arrays for figures: the data set, the boundary on a grid.
    #[serde(skip)]
    pub fields: Vec<Tensor>,
}

impl Record {
    /// A completed run that measured nothing.
    pub fn empty(key: String, spec: impl Into<ResolvedSpec>) -> Self {
        Self {
            format: FORMAT,
            revision: REVISION,
            key,
            spec: spec.into(),
            status: Status::Completed,
            deterministic: false,
            metrics: Vec::new(),
            seconds: Vec::new(),
            curves: Vec::new(),
            samples: Vec::new(),
            provenance: Provenance { code: String::new(), machine: String::new() },
            outcome: None,
            params: Vec::new(),
            fields: Vec::new(),
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Status {
    Completed,
    Diverged { step: Option<u64> },
    Failed { why: String },
}

impl Status {
    /// The word for it in a table: `completed`, `diverged` or `failed`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Diverged { .. } => "diverged",
            Self::Failed { .. } => "failed",
        }
    }
}

/// `completed`, `diverged at step 7` or `diverged`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Completed => f.write_str("completed"),
            Self::Diverged { step: Some(step) } => write!(f, "diverged at step {step}"),
            Self::Diverged { step: None } => f.write_str("diverged"),
            Self::Failed { why } => write!(f, "failed: {why}"),
        }
    }
}

/// A named number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Metric {
    /// For example `train.loss`.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// For a share, such as an accuracy: the number of rows that it was counted over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted_over: Option<u64>,
}

impl Metric {
    /// A number that was not counted.
    pub fn new(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value, counted_over: None }
    }
}

/// A quantity over training steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// For example `train.loss`.
    pub name: String,
    /// The number of steps taken, ascending; 0 is the initial point.
    pub steps: Vec<u64>,
    /// One value a step.
    pub values: Vec<f64>,
}

/// A quantity over test sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// For example `test.clean.accuracy`.
    pub name: String,
    /// One value a test set.
    pub values: Vec<f64>,
}

/// Which code on which machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of the code.
    pub code: String,
    /// Operating system and processor.
    pub machine: String,
}

/// The key of a run: 16 hexadecimal digits of the BLAKE3 hash of its resolved spec.
pub fn key_of(spec: &impl Serialize) -> String {
    key_of_text(&serde_json::to_string(spec).expect("specs are plain data"))
}

/// The key of a spec that is written as [`key_of`] writes it.
pub(crate) fn key_of_text(spec: &str) -> String {
    let text = format!("thalweg record {REVISION}\n{spec}");
    blake3::hash(text.as_bytes()).to_hex()[..KEY_DIGITS].to_owned()
}

/// A setting of a resolved spec by its dotted key, such as `train.batch-size` or
/// `optimizer.transforms.0.rate`. A key that stands in the spec as a whole, dots and all, comes first.
pub fn setting<'a>(spec: &'a Value, key: &str) -> Option<&'a Value> {
    let step = |key: &str| match spec {
        Value::Object(fields) => fields.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    };
    step(key).or_else(|| {
        let mut dots = key.match_indices('.');
        dots.find_map(|(dot, _)| setting(step(&key[..dot])?, &key[dot + 1..]))
    })
}

impl Record {
    /// A final value or a time by its name, such as `test.clean.accuracy` or `train.seconds`.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.measured(name).map(|metric| metric.value)
    }

    /// The same, with what it was counted over.
    pub fn measured(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().chain(&self.seconds).find(|metric| metric.name == name)
    }

    /// A setting of the resolved spec by its dotted key, see [`setting`].
    pub fn setting(&self, key: &str) -> Option<&Value> {
        self.spec.setting(key)
    }

    /// The hash of all that came out of the run, times apart: status, values, curves, weights and arrays. Two
    /// computations of a spec give the same, on whatever machine.
    pub fn hash(&self) -> String {
        let told = (&self.status, self.deterministic, &self.metrics, &self.curves, &self.samples);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&serde_json::to_vec(&told).expect("records are plain data"));
        for tensors in [&self.params, &self.fields] {
            hasher.update(&write_tensors(tensors));
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }

    /// The same record, with the hash of what came out.
    #[must_use]
    pub fn sealed(self) -> Self {
        Self { outcome: Some(self.hash()), ..self }
    }

    /// A curve by its name.
    pub fn curve(&self, name: &str) -> Option<&Curve> {
        self.curves.iter().find(|curve| curve.name == name)
    }

    /// The values over test sets by their name.
    pub fn samples(&self, name: &str) -> Option<&[f64]> {
        self.samples.iter().find(|samples| samples.name == name).map(|samples| samples.values.as_slice())
    }

    /// An array for figures by its name.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.fields.iter().find(|tensor| tensor.name == name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_found_by_their_dotted_key_nested_or_as_a_whole() {
        let spec = json!({ "train": { "steps": 3 }, "list": [{ "rate": 0.5 }], "train/loss": 1, "a.b": { "c.d": 2 } });
        for (key, expected) in [
            ("train.steps", json!(3)),
            ("list.0.rate", json!(0.5)),
            ("train/loss", json!(1)),
            ("a.b.c.d", json!(2)),
        ] {
            assert_eq!(setting(&spec, key), Some(&expected), "{key}");
        }
        assert_eq!((setting(&spec, "train.rate"), setting(&spec, "list.1")), (None, None));
    }
}
