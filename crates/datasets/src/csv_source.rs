//! Data from a CSV file.

use std::fmt;
use std::path::PathBuf;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::csv_delimiter::Delimiter;
use crate::{CsvError, Transform};

/// A text file (CSV) with a header and one row per sample.
///
/// ```
/// use thalweg_datasets::{CsvSource, Missing};
///
/// let source: CsvSource = toml::from_str("
///     path = 'plants.csv'
///     label = 'plant'
///     features = ['stem', 'leaf']
///     missing = 'drop-rows'
/// ")?;
/// assert_eq!(source.missing, Missing::DropRows);
/// let csv = source.parse(b"leaf;stem;plant\n1.5;4;reed\n?;3;moss\n2;3.5;fern\n")?;
/// assert_eq!(csv.dataset.inputs.to_array::<f64>(), ndarray::array![[4.0, 1.5], [3.5, 2.0]]);
/// assert_eq!(csv.dataset.labels, [1, 0]);
/// assert_eq!(csv.dataset.class_names.as_deref(), Some(&["fern".to_owned(), "reed".to_owned()][..]));
/// assert_eq!(csv.dropped_rows, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CsvSource {
    /// The file, from the folder of the experiment file.
    pub path: PathBuf,
    /// The name of the column that holds the classes: the numbers 0 … K − 1 or 1 … K, or names. Either this
    /// or `target` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// For a regression, the name of the column that holds the number to predict, or a list of such names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetColumns>,
    /// The columns that are features, in this order; default all others, in the order of the file. What is
    /// in the columns that are left out does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// What separates the columns; default what sets `label` or `target` apart in the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// What stands before the digits of a fraction, default a point.
    #[serde(default)]
    pub decimal: Decimal,
    /// What is done with rows that lack a value, default refuse.
    #[serde(default)]
    pub missing: Missing,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// What stands before the digits of a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Decimal {
    /// `"."`
    #[default]
    #[serde(rename = ".")]
    Point,
    /// `","`, for tables that are separated by something else.
    #[serde(rename = ",")]
    Comma,
}

/// What is done with rows that lack a feature or the label.
///
/// A field lacks its value if it is empty or, whatever its capitals, `?`, `NA`, `N/A`, `#N/A`, `<NA>`, `NaN`
/// or `null`; a feature also if it is `.`, `-` or `none`, which may be the name of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// They are errors.
    #[default]
    Refuse,
    /// They are left out, and counted.
    DropRows,
}

impl CsvSource {
    /// All columns of a table but the labels, with no value missing and no transforms.
    pub fn new(path: impl Into<PathBuf>, label: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            label: Some(label.into()),
            target: None,
            features: None,
            delimiter: None,
            decimal: Decimal::default(),
            missing: Missing::default(),
            transforms: Vec::new(),
        }
    }

    /// The columns that are not to be seen by the network: that of the labels, or those of the targets.
    pub(crate) fn answers(&self) -> &[String] {
        match (&self.label, &self.target) {
            (Some(label), _) => std::slice::from_ref(label),
            (None, Some(TargetColumns(names))) => names,
            (None, None) => &[],
        }
    }

    /// What is wrong whatever the file is.
    pub(crate) fn check(&self) -> Result<(), CsvError> {
        match (&self.label, &self.target) {
            (Some(_), Some(_)) => return Err(CsvError::TwoAnswers),
            (None, None) => return Err(CsvError::NoAnswer),
            _ => {}
        }
        if let Some(why) = names_in_vain(self.answers()) {
            return Err(CsvError::Targets(why));
        }
        if self.decimal == Decimal::Comma && self.delimiter == Some(Delimiter::Comma) {
            return Err(CsvError::TwoCommas);
        }
        let Some(features) = &self.features else { return Ok(()) };
        let refused = |why: String| Err(CsvError::Features(why));
        if features.is_empty() {
            return refused("are none\nhint: without this key all columns but the labels are".to_owned());
        }
        if let Some(answer) = self.answers().iter().find(|answer| features.contains(answer)) {
            return refused(match self.label {
                Some(_) => format!("hold the label {answer:?}, which gives the class away"),
                None => format!("hold the target {answer:?}, which is to be predicted"),
            });
        }
        names_in_vain(features).map_or(Ok(()), refused)
    }
}

/// What is wrong with a list of names.
fn names_in_vain(names: &[String]) -> Option<String> {
    if names.is_empty() {
        return Some("are none".to_owned());
    }
    let twice = (1..names.len()).find(|i| names[..*i].contains(&names[*i]))?;
    Some(format!("name {:?} twice", names[twice]))
}

/// The columns of the numbers that a regression predicts: one name, or a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetColumns(pub Vec<String>);

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TargetColumns {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TargetColumns".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "array"], "items": { "type": "string" }, "minItems": 1,
            "x-accepts": "the name of a column in quotes, or a list of such names",
        })
    }
}

impl<'de> Deserialize<'de> for TargetColumns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;

        impl<'de> Visitor<'de> for OneOrMore {
            type Value = TargetColumns;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a column in quotes, or a list of such names")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<TargetColumns, E> {
                Ok(TargetColumns(vec![name.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, names: A) -> Result<TargetColumns, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(names)).map(TargetColumns)
            }
        }

        deserializer.deserialize_any(OneOrMore)
    }
}
