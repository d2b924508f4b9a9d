//! Where data come from.

use serde::{Deserialize, Serialize};
use thalweg_numeric::Stream;

use crate::{
    Blobs, Circles, CsvSource, Dataset, Function, GaussianMixture, IdxSource, LinearRegression,
    LinearTeacher, LogisticTeacher, ModularAddition, NpySource, ParquetSource, Separable, SettingsError,
    SparseParity, Spirals, SwissRoll, TeacherStudent, Transform, TwoMoons, Xor,
};

/// The choice of data: the table `[data]`, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is what its settings are")]
pub enum Source {
    TwoMoons(TwoMoons),
    Separable(Separable),
    Circles(Circles),
    Spirals(Spirals),
    Blobs(Blobs),
    GaussianMixture(GaussianMixture),
    Xor(Xor),
    Function(Function),
    LinearRegression(LinearRegression),
    SwissRoll(SwissRoll),
    LinearTeacher(LinearTeacher),
    LogisticTeacher(LogisticTeacher),
    TeacherStudent(TeacherStudent),
    SparseParity(SparseParity),
    ModularAddition(ModularAddition),
    Csv(CsvSource),
    Idx(IdxSource),
    Npy(NpySource),
    Parquet(ParquetSource),
}

/// The answer of a source that is drawn; `None` for data from files.
macro_rules! if_drawn {
    ($source:expr, $it:ident => $answer:expr) => {
        match $source {
            Source::TwoMoons($it) => Some($answer),
            Source::Separable($it) => Some($answer),
            Source::Circles($it) => Some($answer),
            Source::Spirals($it) => Some($answer),
            Source::Blobs($it) => Some($answer),
            Source::GaussianMixture($it) => Some($answer),
            Source::Xor($it) => Some($answer),
            Source::Function($it) => Some($answer),
            Source::LinearRegression($it) => Some($answer),
            Source::SwissRoll($it) => Some($answer),
            Source::LinearTeacher($it) => Some($answer),
            Source::LogisticTeacher($it) => Some($answer),
            Source::TeacherStudent($it) => Some($answer),
            Source::SparseParity($it) => Some($answer),
            Source::ModularAddition($it) => Some($answer),
            Source::Csv(_) | Source::Idx(_) | Source::Npy(_) | Source::Parquet(_) => None,
        }
    };
}

impl Source {
    /// What is done to the samples for training, in this order.
    pub fn transforms(&self) -> &[Transform] {
        match self {
            Self::Csv(csv) => &csv.transforms,
            Self::Idx(idx) => &idx.transforms,
            Self::Npy(npy) => &npy.transforms,
            Self::Parquet(parquet) => &parquet.transforms,
            drawn => if_drawn!(drawn, it => &it.transforms).expect("all others are drawn"),
        }
    }

    /// The numbers of samples for training, features and classes of data that are drawn; `None` for those
    /// from files.
    pub fn drawn_extent(&self) -> Option<(usize, usize, usize)> {
        let (n_features, n_classes) = if_drawn!(self, it => it.extent())?;
        Some((if_drawn!(self, it => it.samples.size())?, n_features, n_classes))
    }

    /// Whether the targets are numbers, and not classes.
    pub fn has_numbers(&self) -> bool {
        match self {
            Self::Function(_) | Self::LinearRegression(_) => true,
            Self::Csv(source) => source.target.is_some(),
            Self::Parquet(source) => source.target.is_some(),
            _ => false,
        }
    }

    /// Whether the settings of data that are drawn fit each other.
    ///
    /// # Errors
    /// [`SettingsError`] names the key that does not.
    pub fn check(&self) -> Result<(), SettingsError> {
        match self {
            Self::Circles(circles) => circles.check(),
            Self::Spirals(spirals) => spirals.check(),
            Self::Blobs(blobs) => blobs.check(),
            Self::GaussianMixture(mixture) => mixture.check(),
            Self::Xor(xor) => xor.check(),
            Self::LinearRegression(regression) => regression.check(),
            Self::SwissRoll(roll) => roll.check(),
            Self::LinearTeacher(teacher) => teacher.check(),
            Self::LogisticTeacher(teacher) => teacher.check(),
            Self::TeacherStudent(teacher) => teacher.check(),
            Self::SparseParity(parity) => parity.check(),
            Self::ModularAddition(addition) => addition.check(),
            Self::TwoMoons(_)
            | Self::Separable(_)
            | Self::Function(_)
            | Self::Csv(_)
            | Self::Idx(_)
            | Self::Npy(_)
            | Self::Parquet(_) => Ok(()),
        }
    }

    /// Draws `samples` samples, before any transform; `None` for data from files.
    ///
    /// # Panics
    /// If [`check`](Self::check) refuses the settings.
    pub fn draw(&self, samples: usize, stream: &mut Stream) -> Option<Dataset> {
        if_drawn!(self, it => it.generate(samples, stream))
    }
}
