//! `[[probe]]`: what is looked at besides the loss, and when.

mod classes;
mod features;
mod flow;
mod margins;
mod noise;
mod norms;
mod path;
mod slice;
mod spectrum;
mod stationary;
mod width;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use thalweg_numeric::bounded::Count;

pub use self::classes::Classes;
pub use self::features::Features;
pub use self::flow::{Flow, FlowKind};
pub use self::margins::Margins;
pub use self::noise::Noise;
pub use self::norms::Norms;
pub use self::path::{Curve as PathCurve, Path};
pub use self::slice::{Directions, Slice};
pub use self::spectrum::{Matrix, Spectrum};
pub use self::stationary::Stationary;
pub use self::width::Width;

/// One `[[probe]]`. It reads where the run has come to, in double precision, and moves nothing: the steps of
/// a run are the same to the bit with probes and without.
///
/// All that it measures is named `<id>.<quantity>`: the last value, and a curve if it looks on the way. A
/// quantity for which theory has a prediction comes with `<id>.<quantity>.predicted` and
/// `<id>.<quantity>.ratio`, measured over predicted.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Probe {
    /// The beginning of the names of what it measures, as `spectrum` in `spectrum.top-1`. Default its kind.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub id: String,
    /// At which steps. Default at the end.
    #[cfg_attr(feature = "schema", schemars(default = "When::end"))]
    pub when: When,
    /// How many of the training data it looks at, spread evenly over them. Default all.
    pub samples: Option<Count>,
    /// What it measures.
    // Flattening is safe in this direction: it is reading that would let unknown keys through.
    #[serde(flatten)]
    pub kind: ProbeKind,
}

/// What a probe measures, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum ProbeKind {
    Norms(Norms),
    Spectrum(Spectrum),
    Noise(Noise),
    Width(Width),
    Margins(Margins),
    Path(Path),
    Slice(Slice),
    Stationary(Stationary),
    Classes(Classes),
    Features(Features),
    Flow(Flow),
}

/// When a probe looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum When {
    End(End),
    LogSpaced(LogSpaced),
    Steps(Steps),
    Every(Every),
}

/// After the last step. A run that diverges has no end to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct End {}

/// At the initial point, then evenly in the logarithm of the steps, and after the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LogSpaced {
    /// How often in each factor of 10. Default 10.
    #[serde(default = "ten")]
    pub points_per_decade: Count,
}

/// After these numbers of steps; 0 is the initial point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Steps {
    /// The numbers of steps.
    pub at: Vec<u64>,
}

/// After every so many steps, and after the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Every {
    /// Steps from one look to the next.
    pub every: Count,
    /// Steps that are passed over before. Default 0, with a look at the initial point.
    #[serde(default)]
    pub after: u64,
}

impl When {
    fn end() -> Self {
        Self::End(End {})
    }
}

impl<'de> Deserialize<'de> for Probe {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = Map::deserialize(deserializer)?;
        let mut take = |key: &str| table.remove(key);
        let (id, when, samples) = (take("id"), take("when"), take("samples"));
        let kind = table.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        let read = || {
            Ok(Self {
                id: id.map_or(Ok(kind), Deserialize::deserialize)?,
                when: when.map_or(Ok(When::end()), Deserialize::deserialize)?,
                samples: samples.map_or(Ok(None), Deserialize::deserialize)?,
                kind: ProbeKind::deserialize(Value::Object(table))?,
            })
        };
        read().map_err(<D::Error as serde::de::Error>::custom::<serde_json::Error>)
    }
}

fn ten() -> Count {
    Count::of(10)
}
