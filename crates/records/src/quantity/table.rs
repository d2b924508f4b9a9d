//! The table of quantities. The first row whose pattern a name has is the quantity's.

use std::borrow::Cow;
use std::f64::consts::PI;

use super::{Per, Quantity, Role};
use crate::Scale;

/// A kind of numbers: scale and range.
type Kind = (Scale, (f64, f64));
pub(super) const REAL: Kind = (Scale::Linear, (f64::NEG_INFINITY, f64::INFINITY));
pub(super) const POSITIVE: Kind = (Scale::Log, (0.0, f64::INFINITY));
pub(super) const SHARE: Kind = (Scale::Linear, (0.0, 1.0));
pub(super) const AT_MOST_ONE: Kind = (Scale::Linear, (f64::NEG_INFINITY, 1.0));
pub(super) const COSINE: Kind = (Scale::Linear, (-1.0, 1.0));
pub(super) const NOT_NEGATIVE: Kind = (Scale::Linear, (0.0, f64::INFINITY));
pub(super) const ANGLE: Kind = (Scale::Linear, (0.0, PI));

/// Rows of the form `pattern: label, unit, kind, per, role, doc;`
macro_rules! table {
    ($($pattern:literal: $label:literal, $unit:literal, $kind:expr, $per:ident, $role:ident, $doc:literal;)*) => {
        [$(Quantity {
            pattern: $pattern,
            label: Cow::Borrowed($label),
            unit: $unit,
            scale: $kind.0,
            range: $kind.1,
            per: Per::$per,
            role: Role::$role,
            doc: $doc,
        }),*]
    };
}

/// What is known of a name that has no row.
pub(super) const UNKNOWN: Quantity = {
    let [unknown] = table! { "": "", "", REAL, Run, Value, "a number of which nothing more is known"; };
    unknown
};

/// All quantities that a run can have, and what is made of them.
pub static TABLE: &[Quantity] = &table! {
    // Of all runs.
    "step": "step", "parameter updates", NOT_NEGATIVE, Step, Value,
        "number of steps taken; 0 is the initial point";
    "diverged": "share of runs that diverged", "", SHARE, Run, Value,
        "1 if a loss or parameter stopped being finite, else 0";
    "seconds": "time of a run", "s", POSITIVE, Run, Time,
        "time that all of the run took";
    "train.seconds": "time of all steps", "s", POSITIVE, Run, Time,
        "time of all steps, without evaluations";
    "train.cpu-seconds": "CPU time of all steps", "s", POSITIVE, Run, Time,
        "time for which a CPU worked on the steps in the thread of the run; other programs and a suspended machine do not \
         lengthen it, and of a batch of more than 126 rows other threads may have computed a part";
    "probe.seconds": "time of all probes", "s", POSITIVE, Run, Time,
        "time that the probes took";
    // Of a descent in closed form.
    "loss": "loss", "", POSITIVE, Step, Value,
        "value of the function at the point";
    "distance": "distance to the minimum", "", POSITIVE, Step, Value,
        "Euclidean distance of the point from the minimum";
    "steps-to-tolerance": "steps to the tolerance", "parameter updates", POSITIVE, Run, Goal,
        "first step at which the distance had shrunk to the tolerance; missing if it never did";
    "wide.share": "share of walks in the wide well", "", SHARE, Step, Value,
        "share of the walks that are in the wide well";
    "wide.occupation": "share of time in the wide well", "", SHARE, Run, Value,
        "share of all steps of all walks that were spent in the wide well";
    "wide.gibbs": "share of the wide well in equilibrium", "", SHARE, Run, Theory,
        "probability of the wide well under the Gibbs distribution, computed and not measured";
    "wide.harmonic": "share of the wide well, harmonic wells", "", SHARE, Run, Theory,
        "probability of the wide well if each well is replaced by its parabola, computed and not measured";
    "wide.deviation": "deviation from equilibrium", "", SHARE, Run, Value,
        "absolute difference between the share of time in the wide well and that of equilibrium";
    // Of training.
    "train.loss": "training loss", "", POSITIVE, Step, Value,
        "mean loss over all training rows";
    "train.accuracy": "training accuracy", "", SHARE, Step, Value,
        "share of the training rows that are classified correctly";
    "train.*.accuracy": "training accuracy, * labels", "", SHARE, Step, Value,
        "share of the training rows with a flipped label, or with a sound one (clean), that are classified as the label that they have";
    "train.flipped.fraction": "share of flipped labels", "", SHARE, Run, Value,
        "share of the training rows whose label was flipped";
    "steps-to-loss": "steps to the loss", "parameter updates", POSITIVE, Run, Goal,
        "step at which the training loss had fallen to its goal; missing if it never did";
    "test.loss": "test loss", "", POSITIVE, Run, Value,
        "mean loss over the rows that were kept from training";
    "test.accuracy": "test accuracy", "", SHARE, Run, Value,
        "share of the rows kept from training that are classified correctly";
    "test.r2": "R² on test rows", "", AT_MOST_ONE, Run, Value,
        "share of the squares around the mean of the targets that is explained, on the rows that were kept from training: 1 − Σ(t − f)²/Σ(t − t̄)², of several targets the mean; below 0 if the mean of the targets predicts better";
    "test.*.loss": "test loss, *", "", POSITIVE, TestSet, Value,
        "mean loss over the rows of a test set of this variant";
    "test.*.r2": "R² on test sets, *", "", AT_MOST_ONE, TestSet, Value,
        "share of the squares around the mean of the targets that is explained on a test set of this variant: 1 − Σ(t − f)²/Σ(t − t̄)²";
    "test.*.accuracy": "test accuracy, *", "", SHARE, TestSet, Value,
        "share of the rows of a test set of this variant that are classified correctly";
    "boundary.regions": "regions of the decision boundary", "", NOT_NEGATIVE, Run, Value,
        "number of connected regions of one class on the grid";
    "boundary.length": "length of the decision boundary", "units of the data", NOT_NEGATIVE, Run, Value,
        "length of the line between the classes on the grid";
    "templates.alignment": "likeness of weights and class means", "cosine", COSINE, Run, Value,
        "mean over the classes of the cosine between their weights and their mean image, both less the mean over the classes";
    "templates.total-variation": "roughness of the weights", "", NOT_NEGATIVE, Run, Value,
        "mean over the classes of the absolute differences between neighbouring weights, in units of the absolute weights";
    "templates.*.energy": "share of squared weights on * pixels", "", SHARE, Run, Value,
        "share of the squared weights on pixels that are never, or rarely, lit in a training image";
    "templates.*.pixels": "share of * pixels", "", SHARE, Run, Value,
        "share of the pixels that are never, or rarely, lit in a training image";
    // Of probes, kind norms.
    "<probe>.weights": "length of the weights", "", POSITIVE, Look, Value,
        "Euclidean norm of all parameters";
    "<probe>.gradient": "length of the gradient", "", POSITIVE, Look, Value,
        "Euclidean norm of the gradient of the loss";
    // Kinds norms and path.
    "<probe>.distance": "distance", "", POSITIVE, Look, Value,
        "Euclidean distance of the parameters from the first ones (kind norms) or from the other solution (kind path)";
    // Kind path.
    "<probe>.barrier": "barrier on the straight line", "", NOT_NEGATIVE, Look, Value,
        "largest height of the loss above the straight line between the losses at both ends; 0 where there is none";
    "<probe>.aligned.distance": "distance, units aligned", "", POSITIVE, Look, Value,
        "distance from the other solution after its hidden units were put in the order that fits best";
    "<probe>.aligned.barrier": "barrier, units aligned", "", NOT_NEGATIVE, Look, Value,
        "the barrier after the hidden units of the other solution were put in the order that fits best";
    "<probe>.curve.barrier": "barrier on the curve", "", NOT_NEGATIVE, Look, Value,
        "the barrier on a Bézier curve that was led around what lies on the straight line";
    "<probe>.other.loss": "loss at the other end", "", POSITIVE, Look, Value,
        "training loss of the other solution";
    // Kind spectrum; eigenvalues at the upper end are positive, those at the lower end may have either sign.
    "<probe>.top-1": "largest eigenvalue", "", POSITIVE, Look, Value,
        "largest eigenvalue of the matrix of the probe";
    "<probe>.top-*": "eigenvalue number * from above", "", POSITIVE, Look, Value,
        "eigenvalue of the matrix of the probe, counted from the largest";
    "<probe>.bottom-1": "least eigenvalue", "", REAL, Look, Value,
        "least eigenvalue of the matrix of the probe";
    "<probe>.bottom-*": "eigenvalue number * from below", "", REAL, Look, Value,
        "eigenvalue of the matrix of the probe, counted from the least";
    "<probe>.residual": "residual of the eigenpairs", "", NOT_NEGATIVE, Look, Value,
        "largest residual of the eigenvalues, which bounds their error";
    "<probe>.products": "products with the matrix", "", NOT_NEGATIVE, Look, Value,
        "number of products with the matrix that the eigenvalues took";
    // Kinds spectrum and noise.
    "<probe>.trace": "trace", "", POSITIVE, Look, Value,
        "trace of the matrix of the probe (kind spectrum), or of the covariance of the gradients of single samples (kind noise)";
    // Kind noise.
    "<probe>.noise-scale": "noise scale tr(S)/‖g‖²", "", POSITIVE, Look, Value,
        "trace of the covariance S of the gradients of single samples over the squared length of the whole gradient g";
    "<probe>.temperature": "temperature of the batch noise", "units of the loss", POSITIVE, Look, Value,
        "half the learning rate times the mean variance of a batch gradient along a parameter";
    "<probe>.share": "share of the noise in the leading directions", "", SHARE, Look, Value,
        "share of the variance of the gradients of single samples along their leading directions";
    "<probe>.effective-dimension": "effective dimension tr(S)²/tr(S²)", "", POSITIVE, Look, Value,
        "number of directions over which the gradient noise is spread";
    "<probe>.hessian.cosine": "cosine between S and the Hessian", "", COSINE, Look, Value,
        "1 if gradient noise S and curvature go together";
    "<probe>.hessian.chance": "cosine between S and the Hessian by chance", "", COSINE, Look, Value,
        "what the cosine would be if noise and curvature had nothing to do with each other";
    "<probe>.batch.trace": "mean square of batch noise", "squared gradient", POSITIVE, Look, Value,
        "mean squared distance of a batch gradient from the whole gradient";
    "<probe>.batch.bias": "bias of batch gradients", "", REAL, Look, Value,
        "squared distance of the mean batch gradient from the whole gradient, in units of what chance makes of it";
    "<probe>.batch.sharpness": "batch sharpness", "", POSITIVE, Look, Value,
        "curvature of the loss of a batch along its own gradient, each batch weighted by the square of that gradient";
    "<probe>.batch.correlation": "correlation of successive batch gradients", "", COSINE, Look, Value,
        "correlation of the noise of neighbouring batches within an epoch";
    // Kind width.
    "<probe>.noise": "rise of the loss under noise", "", POSITIVE, Look, Value,
        "mean rise under Gaussian noise on all weights";
    "<probe>.relative": "rise of the loss under relative noise", "", POSITIVE, Look, Value,
        "mean rise under Gaussian noise in units of each weight";
    "<probe>.filter": "rise of the loss under filter noise", "", POSITIVE, Look, Value,
        "mean rise under Gaussian noise in units of the weights into each unit";
    "<probe>.input": "rise of the loss under input noise", "", POSITIVE, Look, Value,
        "mean rise when all inputs are shifted by one Gaussian vector";
    "<probe>.worst": "largest rise of the loss in a ball", "", POSITIVE, Look, Value,
        "largest rise that was found within a distance of the weights";
    "<probe>.sam": "rise of the loss along the gradient", "", POSITIVE, Look, Value,
        "rise where the ball's edge meets the direction of the gradient";
    "<probe>.adaptive": "adaptive sharpness: rise of the loss", "", POSITIVE, Look, Value,
        "largest rise that was found for relative changes of limited size in all";
    "<probe>.log-radius": "mean of ln r, r where the loss has risen", "", REAL, Look, Value,
        "mean logarithm of the distance along random rays at which the loss has risen by a given height";
    // Kind margins.
    "<probe>.least": "least margin", "logits", REAL, Look, Value,
        "least margin of a sample: the logit of its label less the largest other";
    "<probe>.median": "median margin", "logits", REAL, Look, Value,
        "median of the samples' margins";
    "<probe>.normalised": "normalised margin", "", REAL, Look, Value,
        "least margin over the length of the weights to the power of the number of layers";
    "<probe>.loss-share": "share of the loss at the smallest margins", "", SHARE, Look, Value,
        "what the samples with the smallest margins carry of the whole loss";
    "<probe>.l2.angle": "angle to the l2 separator", "radians", ANGLE, Look, Value,
        "angle to the separator of largest margin among all directions of Euclidean length 1";
    "<probe>.max.angle": "angle to the max separator", "radians", ANGLE, Look, Value,
        "angle to the separator of largest margin among all directions whose largest entry is 1";
    "<probe>.l2.share": "share of the l2 margin", "", SHARE, Look, Value,
        "share of the largest margin in the Euclidean norm that the direction has";
    "<probe>.max.share": "share of the max margin", "", SHARE, Look, Value,
        "share of the largest margin in the maximum norm that the direction has";
    // Kind classes.
    "<probe>.loss-*": "loss of class *", "", POSITIVE, Look, Value,
        "mean loss over the training rows of this class";
    "<probe>.frequency-exponent": "exponent of loss in frequency", "", REAL, Look, Value,
        "slope of the logarithm of the loss of a class against that of its frequency";
    // Kind features.
    "<probe>.dead": "share of dead hidden units", "", SHARE, Look, Value,
        "share of the hidden units whose output is 0 for every training row";
    "<probe>.within": "scatter within classes over that between", "", POSITIVE, Look, Value,
        "mean square of the last hidden features around the means of their classes, over that of these means around theirs";
    "<probe>.cosine": "cosine between class means", "cosine", COSINE, Look, Value,
        "mean cosine between the means of the last hidden features of two classes, less the mean of the means";
    // Kind slice.
    "<probe>.explained": "share of the trajectory in the plane", "", SHARE, Look, Value,
        "share of the variance of the trajectory along both axes of the plane";
    // Kind stationary.
    "<probe>.mode-*.curvature": "curvature along eigenvector *", "", POSITIVE, Look, Value,
        "eigenvalue of the Hessian at the mean of the places at which the probe has looked";
    "<probe>.mode-*.variance": "variance along eigenvector *", "squared weight", POSITIVE, Look, Value,
        "variance of the places at which the probe has looked";
    "<probe>.mode-*.gibbs": "variance over that of equilibrium, eigenvector *", "", REAL, Look, Value,
        "variance over what a Gibbs distribution of the temperature of all the noise would make of it";
    "<probe>.gibbs.spread": "spread from equilibrium", "", POSITIVE, Look, Value,
        "largest over smallest of the eigenvectors' ratios to a Gibbs distribution";
    // Kind flow.
    "<probe>.loss": "loss of the flow", "", POSITIVE, Look, Value,
        "training loss where the flow has come to";
    "<probe>.run.loss": "mean loss of the run", "", POSITIVE, Look, Value,
        "training loss of the run, averaged over its last steps";
    "<probe>.run.top-1": "largest eigenvalue at the run's mean place", "", POSITIVE, Look, Value,
        "largest eigenvalue of the Hessian at the mean of the places of the run's last steps";
    "<probe>.oscillation": "oscillation of the central flow, tr Σ", "squared weight", NOT_NEGATIVE, Look, Value,
        "mean squared distance from its mean at which descent oscillates, as the central flow has it";
    "<probe>.run.oscillation": "oscillation of the run", "squared weight", POSITIVE, Look, Value,
        "mean squared change of direction from step to step over 16, which is that distance of the run";
    // Of another quantity, and of tables that others made.
    "**.predicted": "*, predicted", "*", REAL, Look, Value,
        "what theory predicts";
    "**.ratio": "* over its prediction", "", POSITIVE, Look, Value,
        "measured over predicted value";
    "**.se": "standard error of *", "*", NOT_NEGATIVE, Run, Error,
        "how exactly the value is known from what the run measured";
    "**.sd": "standard deviation of * over the test sets", "*", NOT_NEGATIVE, Run, Deviation,
        "how far the value scatters over the test sets of a run";
    "**.seconds": "time of *", "s", REAL, Run, Time,
        "time measured on a clock";
    "steps-to-*": "steps to *", "parameter updates", REAL, Run, Goal,
        "step at which a goal was reached; missing if it never was";
    "**.counted-over": "rows behind *", "rows", NOT_NEGATIVE, Run, Value,
        "number of rows that the share was counted over";
};
