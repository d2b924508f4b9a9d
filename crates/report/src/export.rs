//! The runs of a result in the formats of other programs.

mod json;
mod npy;
mod tensorboard;

use std::collections::BTreeMap;

use crate::table_files::Tables;
use crate::{Claim, Results};

/// A format that other programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The tables of a report, `columns.json` and `dictionary.csv`.
    Csv,
    /// The tables as lists of objects, one object a row: `runs.json`, `curves.json` and `summary.json`, with
    /// `columns.json`. A cell without a value is `null`.
    Json,
    /// Arrays of NumPy in `runs.npz`, one row a run.
    ///
    /// ```text
    /// key, status, settings/<key>      [runs]
    /// metrics/<name>                   [runs]         NaN without a value
    /// steps/<name>                     [steps]        all steps at which a run has the curve
    /// curves/<name>                    [runs, steps]  NaN where a run has no value
    /// ```
    Npz,
    /// A folder for each run with an event file of TensorBoard, which has the curves as scalars. Its numbers
    /// are f32.
    Tensorboard,
}

/// The files of an export, by their paths in its folder.
pub fn export(results: &Results, claims: &[Claim], format: Format) -> BTreeMap<String, Vec<u8>> {
    match format {
        Format::Csv => Tables::new(results, claims).files(),
        Format::Json => json::files(&Tables::new(results, claims)),
        Format::Npz => BTreeMap::from([("runs.npz".to_owned(), npy::archive(results))]),
        Format::Tensorboard => tensorboard::files(results),
    }
}
