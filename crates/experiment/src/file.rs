//! The experiment file: what its tables mean, and what it says as a whole.
//!
//! [`Spec`] is the file as written; a [`RunSpec`] is one run with every setting resolved. Each default stands
//! beside its key, with its source.

mod descent;
mod fork;
mod hints;
mod learning;
mod probe;
mod run_spec;
mod spec;
mod sweep;
mod test;

pub use descent::{
    ClosedForm, Descent, DescentRecord, DescentTrain, DoubleWell, Occupation, Plane, Quadratic, Start,
};
pub use fork::{Fork, ForkTrain};
pub use hints::{advised, key_elsewhere, word_elsewhere};
pub use learning::{BoundaryGrid, Learning, Model, Precision, RecordSettings, Train};
pub use probe::{
    Classes, Directions, End, Every, Features, Flow, FlowKind, LogSpaced, Margins, Matrix, Noise, Norms,
    Path, PathCurve, Probe, ProbeKind, Slice, Spectrum, Stationary, Steps, When, Width,
};
pub(crate) use run_spec::SECTIONS;
pub use run_spec::{RunSpec, Task};
pub use spec::{Spec, check_names, summary};
pub(crate) use sweep::CASE;
pub use sweep::{Axis, NO_SETTING};
pub use test::{Folds, HoldOut, Test, TestFile, TestRows, TestSets};
