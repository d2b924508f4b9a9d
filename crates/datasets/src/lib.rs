//! What a network learns from: data sources, transforms of the data, and the batches cut from it.
//!
//! * [`Source`] is the `[data]` table of an experiment. Drawn are points of known geometry ([`TwoMoons`],
//!   [`Circles`], [`Spirals`], [`Blobs`], [`GaussianMixture`], [`Xor`], [`SwissRoll`], [`Separable`]), and
//!   random points with the classes of a teacher ([`LinearTeacher`], [`LogisticTeacher`], [`TeacherStudent`])
//!   or of a rule ([`SparseParity`], [`ModularAddition`]). A [`CsvSource`], a
//!   [`ParquetSource`], an [`IdxSource`] or an [`NpySource`] is read.
//! * [`parse_csv`] and [`Idx::parse`] read bytes, wherever they come from; [`read_csv`] and [`read_idx`] get
//!   them from the disk by [`read_file`].
//! * A [`Dataset`] has [`Features`], numbers or the bytes of images, and labels; [`Dataset::try_new`] makes
//!   one of arrays.
//! * [`Transform`] changes it in place: wrong or shuffled labels, noisy, stretched or standardised features,
//!   a part of the samples.
//! * [`Sampler`] says which samples form the next batch.
//!
//! Everything random draws from the stream that it is handed, so that the same stream gives the same data.
//!
//! ```
//! use thalweg_datasets::{Source, Transform};
//! use thalweg_numeric::Streams;
//!
//! let source: Source = toml::from_str("
//!     kind = 'two-moons'
//!     samples = 500
//!     transforms = [{ kind = 'flip-labels', probability = 0.1 }]
//! ")?;
//! let Source::TwoMoons(moons) = source else { unreachable!() };
//! let streams = Streams::new(42, 0);
//! let mut dataset = moons.generate(moons.samples.size(), &mut streams.stream("data", 0));
//! for (i, transform) in (0..).zip(&moons.transforms) {
//!     transform.apply(&mut dataset, &mut streams.stream("flips", i))?;
//! }
//! assert_eq!(dataset.inputs.dim(), (500, 2));
//! assert_eq!(dataset.flipped.iter().filter(|flipped| **flipped).count(), 48);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(test, expect(clippy::disallowed_methods, reason = "expected values may come from the system"))]

mod checksums;
mod csv_answers;
mod csv_classes;
mod csv_delimiter;
mod csv_error;
mod csv_faults;
mod csv_header;
mod csv_listed;
mod csv_quotes;
mod csv_rows;
mod csv_source;
mod csv_table;
mod csv_text;
mod dataset;
mod disk;
mod drawn;
mod features;
mod foreign;
mod gzip;
mod idx_error;
mod idx_file;
mod idx_names;
mod idx_pair;
mod idx_source;
mod npy_array;
mod npy_error;
mod npy_source;
mod parquet_error;
#[cfg(feature = "parquet")]
mod parquet_file;
mod parquet_source;
mod sampler;
mod separable;
mod source;
mod standardise;
mod subset;
mod transform;
mod two_moons;

pub use csv_delimiter::Delimiter;
pub use csv_error::{Cell, CsvError, ReadCsvError, RowPlace};
pub use csv_source::{CsvSource, Decimal, Missing, TargetColumns};
pub use csv_table::{Csv, Largest, parse_csv, read_csv};
pub use dataset::{Dataset, DatasetError};
pub use disk::read_file;
pub use drawn::SettingsError;
pub use drawn::blobs::Blobs;
pub use drawn::circles::Circles;
pub use drawn::function::{Function, Shape};
pub use drawn::gaussian_mixture::GaussianMixture;
pub use drawn::linear_regression::{LinearInputs, LinearRegression};
pub use drawn::linear_teacher::LinearTeacher;
pub use drawn::logistic_teacher::LogisticTeacher;
pub use drawn::modular_addition::ModularAddition;
pub use drawn::sparse_parity::SparseParity;
pub use drawn::spirals::Spirals;
pub use drawn::swiss_roll::SwissRoll;
pub use drawn::teacher_student::{TeacherActivation, TeacherStudent};
pub use drawn::xor::Xor;
pub use features::Features;
pub use idx_error::IdxError;
pub use idx_names::IdxNames;
pub use idx_source::{Idx, IdxSource, read_idx};
pub use npy_error::NpyError;
pub use npy_source::{Npy, NpySource, arrays_of};
pub use parquet_error::ParquetError;
pub use parquet_source::{Parquet, ParquetSource};
pub use sampler::{Order, Sampler};
pub use separable::Separable;
pub use source::Source;
pub use standardise::{Over, Scaling, Standardise};
pub use subset::{Choice, Subset};
pub use transform::{FlipLabels, Noise, ShuffleLabels, Stretch, Transform, TransformError};
pub use two_moons::TwoMoons;
