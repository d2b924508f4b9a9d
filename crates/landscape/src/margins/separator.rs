//! The separator of largest margin, with a proof of its own optimality.

#[cfg(feature = "separators")]
mod solve;

use ndarray::ArrayView2;
use thalweg_numeric::vector;

/// Whether this build can find separators: whether it has the feature `separators`, with the solver that
/// comes with it.
pub const HAS_SOLVER: bool = cfg!(feature = "separators");

/// The norm of w by which margins are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Geometry {
    /// ‖w‖₂, so margins are Euclidean distances: the support vector machine. Gradient descent goes there. D.
    /// Soudry, E. Hoffer, M. S. Nacson, S. Gunasekar & N. Srebro, *The implicit bias of gradient descent on
    /// separable data*, JMLR 2018, Theorem 3.
    Euclidean,
    /// ‖w‖_∞, so margins are distances in ‖x‖₁. Adam goes there with an ε that is negligible: C. Zhang, D.
    /// Zou & Y. Cao, *The implicit bias of Adam on separable data*, NeurIPS 2024; so does sign descent. Once
    /// gradients have fallen far below ε Adam turns to the Euclidean one: B. Wang, Q. Meng, W. Chen & T.-Y.
    /// Liu, *The implicit bias for adaptive optimization algorithms on homogeneous neural networks*, ICML
    /// 2021. The direction need not be unique, the margin is.
    Max,
}

/// What becomes of the constant term b.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// b = 0.
    None,
    /// b is the weight of one more feature that is always 1 and counts in the norm. That is where descent on
    /// w and b goes, because to the gradient b is a weight like any other.
    Feature,
    /// b is free and counts in no norm: the support vector machine of textbooks.
    Free,
}

/// The separator of largest margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Separator {
    /// w and behind it b (0 without a bias), scaled so that the norm that counts is 1.
    pub direction: Vec<f64>,
    /// The smallest yᵢ (w·xᵢ + b), above 0.
    pub margin: f64,
    /// Which points lie on the margin, to 1e-6 of it: the support vectors.
    pub support: Vec<usize>,
    /// λ of the dual problem, one a point: at least 0, of sum 1.
    pub multipliers: Vec<f64>,
    /// By how much the margin could at most be larger, relative to itself: no direction has more than
    /// `margin · (1 + gap)`. See [`separate`] for the proof.
    pub gap: f64,
}

/// Why there is no separator.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SeparatorError {
    /// One class is empty.
    #[error("a separator needs points of class 0 and of class 1")]
    OneClass,
    /// Neither class 0 nor 1.
    #[error("point {point} has the class {class}, expected 0 or 1")]
    NotBinary {
        /// The first of them.
        point: usize,
        /// Its label.
        class: u32,
    },
    /// A feature that is no number.
    #[error("point {point} has features that are not finite")]
    NotFinite {
        /// The first of them.
        point: usize,
    },
    /// No plane has all of class 0 on one side and all of class 1 on the other, or by so little that f64 does
    /// not tell: for ℓ₂ about 1e-6 of the extent of the data.
    #[error("no plane separates the classes by more than a millionth of their extent")]
    NotSeparable,
    /// The solver stopped too early for a certain answer: the data are all but inseparable, or of very
    /// different scales.
    #[error(
        "the largest margin is known to a relative {gap:e} only, wanted {wanted:e}\nhint: bring all features to one scale"
    )]
    Uncertain {
        /// What was reached; infinite if no separator was found.
        gap: f64,
        /// What is asked for.
        wanted: f64,
    },
    /// The build has no solver: see [`HAS_SOLVER`].
    #[error(
        "this build has no solver for separators\nhint: build thalweg-landscape with its feature `separators`"
    )]
    NoSolver,
}

/// Largest gap of an answer. A direction with gap δ is no further than 2√δ radians from the Euclidean
/// optimum, because the mean of two unit vectors at angle φ has at least the mean of their margins and the
/// length cos(φ/2).
const GAP: f64 = 1e-8;

/// Points within this share of the margin are support vectors.
const ON_MARGIN: f64 = 1e-6;

/// Finds the direction of largest margin.
///
/// ```text
/// ℓ₂:  min ½‖w‖₂²   ℓ_∞:  min ‖w‖_∞    such that  yᵢ (w·xᵢ + b) ≥ 1
/// ```
/// `inputs` is [n, d]; class 1 has y = 1, class 0 has y = −1. The network with two softmax outputs is w = w₁
/// − w₀. A quadratic and a linear program, both solved by Clarabel's interior-point method (P. J. Goulart &
/// Y. Chen, 2024).
///
/// The answer proves itself, whatever the solver did. With λ ≥ 0 and Σ λᵢ = 1 every direction of norm 1 has
///
/// ```text
/// minᵢ yᵢ w·xᵢ ≤ Σ λᵢ yᵢ w·xᵢ ≤ ‖Σ λᵢ yᵢ xᵢ‖_*
/// ```
/// in the dual norm: ℓ₂ of ℓ₂, ℓ₁ of ℓ_∞. (Points have a further feature of 1 for [`Bias::Feature`]; for
/// [`Bias::Free`] both classes have the same sum of λ, so that b drops out.) The `gap` is how far the right
/// side lies above the left; it is 0 where the conditions of Karush, Kuhn and Tucker hold.
///
/// # Errors
/// [`SeparatorError`] if the classes are not two, a feature is not finite, there is no separator, the gap is
/// above 1e-8 or the build has no solver.
///
/// # Panics
/// If there is not one label a point.
///
/// ```
/// use ndarray::array;
/// use thalweg_landscape::margins::{Bias, Geometry, separate};
/// # if !thalweg_landscape::margins::HAS_SOLVER { return Ok(()) }
/// let inputs = array![[0.0, 0.0], [-1.0, 4.0], [3.0, 4.0]];
/// let separator = separate(inputs.view(), &[0, 0, 1], Geometry::Euclidean, Bias::Free)?;
/// // Half the distance of the third point from the line through the others is 16/√17 / 2.
/// assert!((separator.margin - 8.0 / 17.0_f64.sqrt()).abs() < 1e-6);
/// assert_eq!(separator.support, [0, 1, 2]);
/// # Ok::<(), thalweg_landscape::margins::SeparatorError>(())
/// ```
pub fn separate(
    inputs: ArrayView2<f64>,
    labels: &[u32],
    geometry: Geometry,
    bias: Bias,
) -> Result<Separator, SeparatorError> {
    let signed = signed(inputs, labels, bias)?;
    let problem = Problem { signed, labels, geometry, bias };
    let (direction, multipliers) = problem.solve()?;
    problem.certify(direction, multipliers)
}

/// yᵢ·(xᵢ, 1), or yᵢ·(xᵢ, 0) without a bias.
fn signed(inputs: ArrayView2<f64>, labels: &[u32], bias: Bias) -> Result<Vec<Vec<f64>>, SeparatorError> {
    assert_eq!(inputs.nrows(), labels.len(), "one label a point");
    if let Some(point) = labels.iter().position(|label| *label > 1) {
        return Err(SeparatorError::NotBinary { point, class: labels[point] });
    }
    if [0, 1].iter().any(|class| !labels.contains(class)) {
        return Err(SeparatorError::OneClass);
    }
    let constant = if bias == Bias::None { 0.0 } else { 1.0 };
    let row = |(x, label): (ndarray::ArrayView1<f64>, &u32)| -> Vec<f64> {
        let y = if *label == 1 { 1.0 } else { -1.0 };
        x.iter().chain([&constant]).map(|x| y * x).collect()
    };
    let rows: Vec<Vec<f64>> = inputs.rows().into_iter().zip(labels).map(row).collect();
    match rows.iter().position(|row| !vector::all_finite(row)) {
        Some(point) => Err(SeparatorError::NotFinite { point }),
        None => Ok(rows),
    }
}

struct Problem<'a> {
    signed: Vec<Vec<f64>>,
    labels: &'a [u32],
    geometry: Geometry,
    bias: Bias,
}

impl Problem<'_> {
    /// Length of (w, b).
    fn width(&self) -> usize {
        self.signed[0].len()
    }

    /// How many of (w, b) count in the norm.
    fn counted(&self) -> usize {
        if self.bias == Bias::Free { self.width() - 1 } else { self.width() }
    }

    /// The norm in which the counted part of a point is measured: ‖·‖_*.
    fn dual_norm(&self, point: &[f64]) -> f64 {
        let counted = &point[..self.counted()];
        match self.geometry {
            Geometry::Euclidean => vector::norm(counted),
            Geometry::Max => counted.iter().map(|x| x.abs()).sum(),
        }
    }

    #[cfg(not(feature = "separators"))]
    fn solve(&self) -> Result<(Vec<f64>, Vec<f64>), SeparatorError> {
        Err(SeparatorError::NoSolver)
    }

    /// Scales both to where they are feasible, and compares the margin with its bound.
    fn certify(
        &self,
        mut direction: Vec<f64>,
        mut multipliers: Vec<f64>,
    ) -> Result<Separator, SeparatorError> {
        let norm = match self.geometry {
            Geometry::Euclidean => vector::norm(&direction[..self.counted()]),
            Geometry::Max => direction[..self.counted()].iter().fold(0.0, |max: f64, w| max.max(w.abs())),
        };
        direction.iter_mut().for_each(|w| *w /= norm);
        let margins: Vec<f64> = self.signed.iter().map(|row| vector::dot(row, &direction)).collect();
        let margin = margins.iter().copied().fold(f64::INFINITY, f64::min);

        multipliers.iter_mut().for_each(|multiplier| *multiplier = multiplier.max(0.0));
        let total: f64 = multipliers.iter().sum();
        let of_class = [0, 1].map(|class| {
            let of_class = self.labels.iter().zip(&multipliers).filter(|(label, _)| **label == class);
            of_class.map(|(_, multiplier)| multiplier).sum::<f64>()
        });
        for (multiplier, label) in multipliers.iter_mut().zip(self.labels) {
            *multiplier /= if self.bias == Bias::Free { 2.0 * of_class[*label as usize] } else { total };
        }
        let mut mean = vec![0.0; self.width()];
        self.signed.iter().zip(&multipliers).for_each(|(row, share)| vector::axpy(*share, row, &mut mean));
        let bound = self.dual_norm(&mean);
        // A direction of length 0 leaves no margin, and `min` makes it infinite.
        let gap = if margin > 0.0 && margin.is_finite() { bound / margin - 1.0 } else { f64::INFINITY };
        if gap.is_nan() || gap > GAP {
            return Err(SeparatorError::Uncertain { gap, wanted: GAP });
        }
        let support = (0..margins.len()).filter(|i| margins[*i] <= margin * (1.0 + ON_MARGIN)).collect();
        Ok(Separator { direction, margin, support, multipliers, gap })
    }
}

#[cfg(all(test, feature = "separators"))]
mod tests;
