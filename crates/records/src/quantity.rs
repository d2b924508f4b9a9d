//! What kind of number each value of a run is.

/// The kind of a quantity: on which scale it is compared, and what values it can have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    /// Whether values are compared by their ratios. Such a quantity is positive and often spans powers of ten; its mean is then
    /// the geometric mean.
    pub is_log: bool,
    /// The least and the largest value that there can be; an end may be infinite.
    pub range: (f64, f64),
}

const REAL: Quantity = Quantity { is_log: false, range: (f64::NEG_INFINITY, f64::INFINITY) };
const POSITIVE: Quantity = Quantity { is_log: true, range: (0.0, f64::INFINITY) };
const SHARE: Quantity = Quantity { is_log: false, range: (0.0, 1.0) };
const COSINE: Quantity = Quantity { is_log: false, range: (-1.0, 1.0) };
const NOT_NEGATIVE: Quantity = Quantity { is_log: false, range: (0.0, f64::INFINITY) };
const ANGLE: Quantity = Quantity { is_log: false, range: (0.0, std::f64::consts::PI) };

impl Quantity {
    /// The kind of the quantity with this name. Of a name that it does not know the product knows nothing: a real number.
    ///
    /// ```
    /// use thalweg_records::Quantity;
    ///
    /// assert!(Quantity::of("train.loss").is_log);
    /// assert_eq!(Quantity::of("test.clean.accuracy").range, (0.0, 1.0));
    /// assert!(!Quantity::of("score").is_log);
    /// ```
    pub fn of(name: &str) -> Self {
        let parts: Vec<&str> = name.split('.').collect();
        match parts.as_slice() {
            // Of all runs and of training.
            ["loss" | "distance" | "seconds" | "steps-to-tolerance" | "steps-to-loss"] => POSITIVE,
            ["train", "loss"] | ["train" | "probe", "seconds"] | ["test", _, "loss"] => POSITIVE,
            ["train", "accuracy"] | ["train", "clean" | "flipped", "accuracy" | "fraction"] => SHARE,
            ["test", _, "accuracy"] => SHARE,
            ["diverged"] => SHARE,
            ["wide", "share" | "occupation" | "gibbs" | "harmonic" | "deviation"] => SHARE,
            ["boundary", "regions" | "length"] => NOT_NEGATIVE,
            ["templates", "alignment"] => COSINE,
            ["templates", "total-variation"] => NOT_NEGATIVE,
            ["templates", _, "energy" | "pixels"] => SHARE,
            // Of probes, whose first part is the probe's id.
            [_, .., "ratio" | "variance" | "curvature"] => POSITIVE,
            [_, "gibbs", "spread"] => POSITIVE,
            [_, "loss-share" | "share" | "explained"] | [_, "l2" | "max", "share"] => SHARE,
            [_, "l2" | "max", "angle"] => ANGLE,
            [_, "hessian", "cosine" | "chance"] | [_, "batch", "correlation"] => COSINE,
            [_, "trace" | "noise-scale" | "temperature" | "effective-dimension"] => POSITIVE,
            [_, "batch", "trace"] => POSITIVE,
            // Eigenvalues at the upper end; those at the lower end may have either sign.
            [_, top] if top.strip_prefix("top-").is_some_and(is_number) => POSITIVE,
            [_, "noise" | "relative" | "filter" | "input" | "worst" | "sam" | "adaptive"] => POSITIVE,
            [_, "weights" | "gradient" | "distance"] | [_, "aligned", "distance"] => POSITIVE,
            // A barrier is 0 where there is none.
            [_, "barrier"] | [_, "aligned" | "curve", "barrier"] => NOT_NEGATIVE,
            [_, "other", "loss"] => POSITIVE,
            [_, .., "se" | "sd"] => NOT_NEGATIVE,
            _ => REAL,
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_scale_and_range() {
        for (name, expected) in [
            ("loss", POSITIVE),
            ("train.seconds", POSITIVE),
            ("test.clean.loss", POSITIVE),
            ("test.clean.accuracy", SHARE),
            ("test.clean.accuracy.sd", NOT_NEGATIVE),
            ("train.flipped.accuracy", SHARE),
            ("spectrum.top-1", POSITIVE),
            ("spectrum.top-1.ratio", POSITIVE),
            ("spectrum.bottom-1", REAL),
            ("to-sgd.curve.barrier", NOT_NEGATIVE),
            ("margins.max.share", SHARE),
            ("margins.normalised", REAL),
            ("noise.hessian.cosine", COSINE),
            ("width.log-radius", REAL),
            ("accuracy", REAL),
            ("val/loss", REAL),
        ] {
            assert_eq!(Quantity::of(name), expected, "{name}");
        }
    }
}
