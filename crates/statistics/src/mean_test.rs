//! The mean of a few replicates, by Student's t, kept from seeing more than there is.

use statrs::distribution::ContinuousCDF;

use crate::centre::Centre;
use crate::estimate::{LEVEL, plain_mean, standard_deviation, student, t_quantile};

/// Values whose spread is below this share of their size are equal: a few roundings of single precision
/// (6·10⁻⁸).
pub const ROUNDING: f64 = 1e-6;

/// One value a replicate, and what is known of them beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The values.
    pub values: Vec<f64>,
    /// The least and the largest value that there can be; infinite by default.
    pub support: (f64, f64),
    /// How much a value scatters at the least. None by default.
    pub floor: Floor,
    /// Values this close together count as equal. Default 10⁻⁶ of the largest value.
    pub resolution: f64,
}

/// The variance that a value must have because it was counted over a finite number of rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Floor {
    /// Nothing is known.
    None,
    /// This variance, estimated from the counts themselves.
    Variance(f64),
    /// A share μ of 1/`per_row` rows: μ(1 − μ) · `per_row` at the mean that is tested; on a support from a to
    /// b, such as per cent, (μ − a)(b − μ) · `per_row`.
    Binomial {
        /// The mean of 1/rows over the values.
        per_row: f64,
    },
}

impl Floor {
    /// The variance at this mean.
    fn at(self, mean: f64, (least, most): (f64, f64)) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Variance(variance) => variance,
            Self::Binomial { per_row } => ((mean - least) * (most - mean)).max(0.0) * per_row,
        }
    }
}

impl Sample {
    /// Values of which nothing else is known.
    pub fn new(values: Vec<f64>) -> Self {
        let size = values.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let support = (f64::NEG_INFINITY, f64::INFINITY);
        Self { values, support, floor: Floor::None, resolution: ROUNDING * size }
    }

    /// The scatter of the values, or that of their counts at `mean` if it is larger.
    pub fn spread_at(&self, mean: f64) -> f64 {
        let least = self.floor.at(mean, self.support);
        standard_deviation(&self.values).max(least.sqrt())
    }

    /// The least value, the one that half or more of them are to within rounding, and the largest, if there
    /// is such a one.
    fn atom(&self) -> Option<(f64, f64, f64)> {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let half = sorted.len().div_ceil(2).max(2);
        let run = sorted.windows(half).find(|run| run[half - 1] - run[0] <= self.resolution)?;
        Some((sorted[0], run[0], sorted[sorted.len() - 1]))
    }

    /// Whether all values are the same, to within rounding.
    pub fn is_equal(&self) -> bool {
        let ends = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
        let (low, high) = self.values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        high - low <= self.resolution
    }
}

/// Student's t test of a mean.
///
/// ```text
/// t = (x̄ − μ₀) / √(max(s², σ²(μ₀))/n)   with n − 1 degrees of freedom
/// ```
/// with σ² the [`Floor`]. For normal values it is exact at every n ≥ 2; the floor can only make |t| smaller.
/// No interval leaves the support, and no scatter is no certainty: if all n values are equal to c, they say
/// no more than that other values are rare, so p is that of the distribution on the support that puts as much
/// as it can on c and still has the mean μ₀,
///
/// ```text
/// p = 2 ((μ₀ − low)/(c − low))ⁿ  for c > μ₀,   p = 2 ((high − μ₀)/(high − c))ⁿ  for c < μ₀,
/// ```
/// and 1 on a support that has no end on that side.
///
/// Where half of the values or more are one value c, the mean depends on the few others: an accuracy of 1 in
/// 19 of 20 replicates. Then the variance is at least that which values at c and at the extreme x on the
/// other side of μ₀ have if their mean is μ₀, as in Wilson's test of a share:
///
/// ```text
/// σ²(μ₀) ≥ (c − μ₀)(μ₀ − x)
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MeanTest {
    mean: f64,
    sd: f64,
    n: usize,
    is_equal: bool,
    /// The least of the values, the one that half or more of them are, and the largest.
    atom: Option<(f64, f64, f64)>,
    support: (f64, f64),
    floor: Floor,
}

impl MeanTest {
    /// `None` for fewer than 2 values.
    pub fn new(sample: &Sample) -> Option<Self> {
        let n = sample.values.len();
        (n >= 2).then(|| Self {
            mean: plain_mean(&sample.values),
            sd: standard_deviation(&sample.values),
            n,
            is_equal: sample.is_equal(),
            atom: sample.atom(),
            support: sample.support,
            floor: sample.floor,
        })
    }

    /// Degrees of freedom.
    pub(crate) fn df(&self) -> f64 {
        (self.n - 1) as f64
    }

    /// The number of values.
    pub(crate) fn n(&self) -> usize {
        self.n
    }

    /// (x̄ − `bound`) in standard errors; 0 where there is neither distance nor scatter.
    pub(crate) fn t(&self, bound: f64) -> f64 {
        let floor = self.floor.at(bound, self.support);
        // That of two points whose mean is the bound.
        let of_two = self.atom.map_or(0.0, |(least, atom, most)| {
            ((atom - bound) * (bound - least)).max((bound - atom) * (most - bound)).max(0.0)
        });
        let distance = self.mean - bound;
        if distance == 0.0 {
            return 0.0;
        }
        distance / self.sd.max(floor.max(of_two).sqrt()) * (self.n as f64).sqrt()
    }

    /// p-value above `bound`: what `of_t` makes of t, or that of equal values.
    pub(crate) fn p_above_by(&self, bound: f64, of_t: impl Fn(f64) -> f64) -> f64 {
        match self.is_equal {
            true => p_of_equal(self.mean - bound, bound - self.support.0, self.n),
            false => of_t(self.t(bound)),
        }
    }

    /// p-value below `bound`: what `of_t` makes of t, or that of equal values.
    pub(crate) fn p_below_by(&self, bound: f64, of_t: impl Fn(f64) -> f64) -> f64 {
        match self.is_equal {
            true => p_of_equal(bound - self.mean, self.support.1 - bound, self.n),
            false => of_t(-self.t(bound)),
        }
    }

    /// All means within `reach` standard errors, or those that equal values do not exclude at level 1 −
    /// `coverage`; cut off at the support.
    pub(crate) fn within(&self, reach: f64, coverage: f64) -> Option<(f64, f64)> {
        let ((least, most), n) = (self.support, self.n as f64);
        if self.is_equal {
            let share = libm::pow((1.0 - coverage) / 2.0, 1.0 / n);
            let ends = (least + (self.mean - least) * share, most - (most - self.mean) * share);
            return (least.is_finite() && most.is_finite()).then_some(ends);
        }
        let half = |sd: f64| reach * sd / n.sqrt();
        let around = |half: f64| (self.mean - half, self.mean + half);
        let mut ends = around(half(self.sd));
        let mut widen = |(low, high): (f64, f64)| ends = (ends.0.min(low), ends.1.max(high));
        if let Floor::Variance(variance) = self.floor {
            widen(around(half(variance.sqrt())));
        }
        // Shares of two points: of right and wrong rows, and of the atom and the values on either side.
        let of_rows =
            if let Floor::Binomial { per_row } = self.floor { Some((least, most, per_row)) } else { None };
        let of_atom = self.atom.map(|(low, atom, high)| [(low, atom, 1.0), (atom, high, 1.0)]);
        for (from, to, per_row) in of_rows.into_iter().chain(of_atom.into_iter().flatten()) {
            let length = to - from;
            if length > 0.0
                && let Some((low, high)) = wilson((self.mean - from) / length, reach * reach * per_row / n)
            {
                widen((from + low * length, from + high * length));
            }
        }
        Some((ends.0.max(least), ends.1.min(most)))
    }
}

impl Centre for MeanTest {
    fn name(&self) -> &'static str {
        if self.is_equal { "equal values" } else { "Student's t" }
    }

    fn point(&self) -> f64 {
        self.mean
    }

    fn interval(&self) -> Option<(f64, f64)> {
        self.within(t_quantile(self.df()), LEVEL)
    }

    fn p_above(&self, bound: f64) -> f64 {
        self.p_above_by(bound, |t| two_sided(t, self.df()))
    }

    fn p_below(&self, bound: f64) -> f64 {
        self.p_below_by(bound, |t| two_sided(t, self.df()))
    }
}

/// Twice the chance of a t at least this far on the positive side.
pub(crate) fn two_sided(t: f64, df: f64) -> f64 {
    match t {
        t if t == f64::INFINITY => 0.0,
        // Of numbers too large to be squared nothing is known.
        t if t.is_nan() => 1.0,
        t => (2.0 * student(df).sf(t)).min(1.0),
    }
}

/// Twice the largest chance of n equal values at `distance` beyond a mean that lies `room` from the other
/// end.
fn p_of_equal(distance: f64, room: f64, n: usize) -> f64 {
    if distance <= 0.0 || room == f64::INFINITY {
        return 1.0;
    }
    let share = room.max(0.0) / (room.max(0.0) + distance);
    (2.0 * share.powi(n as i32)).min(1.0)
}

/// The shares b with (x̄ − b)² ≤ c · b(1 − b), if there are any: E. B. Wilson, *Probable inference, the law
/// of succession, and statistical inference*, Journal of the American Statistical Association 22 (1927).
fn wilson(mean: f64, c: f64) -> Option<(f64, f64)> {
    let square = c * mean * (1.0 - mean) + c * c / 4.0;
    (square >= 0.0).then(|| {
        let half = square.sqrt();
        ((mean + c / 2.0 - half) / (1.0 + c), (mean + c / 2.0 + half) / (1.0 + c))
    })
}

#[cfg(test)]
mod tests;
