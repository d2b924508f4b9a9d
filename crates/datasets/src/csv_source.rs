//! Data from a CSV file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::csv_delimiter::Delimiter;
use crate::{CsvError, Transform};

/// A table with a header; [`read_csv`](crate::read_csv) reads one with no more settings than its labels.
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
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CsvSource {
    /// The file.
    pub path: PathBuf,
    /// The name of the column that holds the classes: the numbers 0 … K − 1, or names.
    pub label: String,
    /// The columns that are features, in this order; default all others, in the order of the file. What is
    /// in the columns that are left out does not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Vec<String>>,
    /// What separates the columns; default what sets `label` apart in the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<Delimiter>,
    /// What stands before the digits of a fraction, default a point.
    #[serde(default, skip_serializing_if = "Decimal::is_point")]
    pub decimal: Decimal,
    /// What is done with rows that lack a value, default refuse.
    #[serde(default, skip_serializing_if = "Missing::is_refuse")]
    pub missing: Missing,
    /// What is done to the samples for training, in this order; default nothing.
    #[serde(default)]
    pub transforms: Vec<Transform>,
}

/// What stands before the digits of a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// The first of them is an error.
    #[default]
    Refuse,
    /// They are left out, and counted.
    DropRows,
}

impl Decimal {
    fn is_point(&self) -> bool {
        *self == Self::Point
    }
}

impl Missing {
    fn is_refuse(&self) -> bool {
        *self == Self::Refuse
    }
}

impl CsvSource {
    /// All columns of a table but the labels, with no value missing and no transforms.
    pub fn new(path: impl Into<PathBuf>, label: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            label: label.into(),
            features: None,
            delimiter: None,
            decimal: Decimal::default(),
            missing: Missing::default(),
            transforms: Vec::new(),
        }
    }

    /// What is wrong whatever the file is.
    pub(crate) fn check(&self) -> Result<(), CsvError> {
        if self.decimal == Decimal::Comma && self.delimiter == Some(Delimiter::Comma) {
            return Err(CsvError::TwoCommas);
        }
        let Some(features) = &self.features else { return Ok(()) };
        let refused = |why: String| Err(CsvError::Features(why));
        if features.is_empty() {
            return refused("are none\nhint: without this key all columns but the labels are".to_owned());
        }
        if features.contains(&self.label) {
            return refused(format!("hold the label {:?}, which gives the class away", self.label));
        }
        match (1..features.len()).find(|i| features[..*i].contains(&features[*i])) {
            Some(twice) => refused(format!("name {:?} twice", features[twice])),
            None => Ok(()),
        }
    }
}
