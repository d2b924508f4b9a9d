//! `[test]`: what the trained network is tested on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use thalweg_datasets::Transform;
use thalweg_numeric::bounded::{Count, Fraction};

/// `[test]`: without `kind` sets of their own, with `kind` rows that are kept from training.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Test {
    /// Fresh sets from the source of the training data, or the one set that its files bring along.
    #[cfg_attr(feature = "schema", schemars(title = "with sets of their own"))]
    Sets(TestSets),
    /// Rows of a table that the network does not learn from.
    #[cfg_attr(feature = "schema", schemars(title = "with rows kept from training"))]
    Rows(TestRows),
}

/// Fresh sets from the source of the training data, or the one set that its files bring along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TestSets {
    /// How many sets are drawn, for data that are generated; others bring one along.
    #[serde(default)]
    pub sets: Option<Count>,
    /// Samples in each of them.
    #[serde(default)]
    pub samples: Option<Count>,
    /// What is done to each set before it is used, by name: all variants share the points of a set. The
    /// metrics of a variant `clean` are `test.clean.accuracy` and `test.clean.loss`.
    pub variants: BTreeMap<String, Vec<Transform>>,
}

/// Rows that the network does not learn from, told apart by `kind`. Their features are
/// [stretched](thalweg_datasets::Stretch) and [standardised](thalweg_datasets::Standardise) as those of the
/// training data were; no other transform is applied to them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum TestRows {
    HoldOut(HoldOut),
    Folds(Folds),
    File(TestFile),
}

/// A share of the rows, at random.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HoldOut {
    /// The share of all rows, between 0 and 1; of n rows ⌈fraction · n⌉ are held out, as by scikit-learn's
    /// `train_test_split`.
    pub fraction: Fraction,
    /// Whether every class has its share of the rows held out, to a row. Rows that are left over go to the
    /// classes with the largest remainders, of equal ones to those that come first, in every replicate.
    /// Default false.
    #[serde(default)]
    pub stratified: bool,
    /// Whether all replicates hold out the same rows. Default false: each draws its own.
    #[serde(default)]
    pub fixed: bool,
}

/// Cross-validation: the rows are cut into folds at random, and each replicate holds out another fold.
/// Replicates 0 to `count` − 1 share one cut, the next `count` another, and so on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Folds {
    /// The number of folds, at least 2. With as many replicates every row is tested once.
    pub count: Count,
    /// Whether every class has its share of each fold, to a row. Default false.
    #[serde(default)]
    pub stratified: bool,
}

/// All rows of a second file, which is read as that of the training data: the same columns of a CSV or
/// Parquet file or the same arrays of a NumPy archive, the same names of classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TestFile {
    /// The file.
    pub path: PathBuf,
}

impl Test {
    /// What is done to the samples of sets, by name; nothing is to rows.
    pub fn variants(&self) -> Option<&BTreeMap<String, Vec<Transform>>> {
        match self {
            Self::Sets(sets) => Some(&sets.variants),
            Self::Rows(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Test {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = Map::deserialize(deserializer)?;
        let has_kind = table.contains_key("kind");
        let table = Value::Object(table);
        let read = if has_kind {
            TestRows::deserialize(table).map(Self::Rows)
        } else {
            TestSets::deserialize(table).map(Self::Sets)
        };
        read.map_err(<D::Error as serde::de::Error>::custom::<serde_json::Error>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Test, String> {
        toml::from_str(text).map_err(|e| e.message().to_owned())
    }

    #[test]
    fn a_kind_makes_the_difference() {
        let sets = read("sets = 3\nsamples = 4\nvariants = { clean = [] }").unwrap();
        assert!(matches!(&sets, Test::Sets(sets) if sets.sets == Some(Count::of(3))));
        let held_out = read("kind = 'hold-out'\nfraction = 0.25").unwrap();
        let expected = HoldOut { fraction: Fraction::of(0.25), stratified: false, fixed: false };
        assert_eq!(held_out, Test::Rows(TestRows::HoldOut(expected)));
        for test in [sets, held_out, read("kind = 'file'\npath = 'a.csv'").unwrap()] {
            assert_eq!(serde_json::from_value::<Test>(serde_json::to_value(&test).unwrap()).unwrap(), test);
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        for (text, key) in [
            ("variants = {}\nfraction = 0.1", "fraction"),
            ("kind = 'hold-out'\nfraction = 0.1\nsets = 3", "sets"),
            ("kind = 'folds'\ncount = 5\nfixed = true", "fixed"),
            ("kind = 'file'\npath = 'a'\nlabel = 'b'", "label"),
        ] {
            let message = read(text).unwrap_err();
            assert!(message.starts_with(&format!("unknown field `{key}`")), "{message}");
        }
        assert!(read("kind = 'holdout'").unwrap_err().starts_with("unknown variant `holdout`"));
    }
}
