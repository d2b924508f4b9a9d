//! Where does the centre of a distribution lie? One question, asked of a mean or of a median, once or after
//! every value.

/// Evidence on the centre of a distribution, from a sample.
///
/// The p-values are two-sided: each is at least twice that of the one-sided test (or pays for both sides
/// otherwise), so that for any true centre the chance that *either* direction is claimed wrongly at level α
/// is at most α.
pub trait Centre {
    /// What the test is called.
    fn name(&self) -> &'static str;

    /// The estimate.
    fn point(&self) -> f64;

    /// The 95 % interval; `None` where the sample gives none.
    fn interval(&self) -> Option<(f64, f64)>;

    /// p-value against "the centre is at most `bound`".
    fn p_above(&self, bound: f64) -> f64;

    /// p-value against "the centre is at least `bound`".
    fn p_below(&self, bound: f64) -> f64;
}

/// Evidence for and against "the centre lies in \[low, high\]"; an end may be infinite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RangeTest {
    /// p-value against "it lies outside": small means that it is inside. The larger of the two tests at the
    /// ends (Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987), or the only one if an
    /// end is infinite.
    pub p_inside: f64,
    /// p-value against "it lies inside": small means that it is outside. The smaller of the two tests at the
    /// ends: at any true centre at most one of them errs with a chance worth counting, and that one pays for
    /// both sides.
    pub p_outside: f64,
}

impl RangeTest {
    /// Tests both ends.
    pub fn new(centre: &dyn Centre, low: f64, high: f64) -> Self {
        // Every centre lies above −∞, and none below; the other end likewise.
        let above = |end: f64, if_open: f64| if end.is_finite() { centre.p_above(end) } else { if_open };
        let below = |end: f64, if_open: f64| if end.is_finite() { centre.p_below(end) } else { if_open };
        Self {
            p_inside: above(low, 0.0).max(below(high, 0.0)),
            p_outside: below(low, 1.0).min(above(high, 1.0)),
        }
    }
}
