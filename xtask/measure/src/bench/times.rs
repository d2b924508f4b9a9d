//! Times of one thing in several rounds, and how they are told.

/// Seconds, one a round.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Times(Vec<f64>);

impl Times {
    pub fn push(&mut self, seconds: f64) {
        self.0.push(seconds);
    }

    /// The fastest round: what the machine can do when nothing is in the way.
    pub fn min(&self) -> f64 {
        self.quantile(0.0)
    }

    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// Between the quartiles, as a share of the median.
    pub fn spread(&self) -> f64 {
        (self.quantile(0.75) - self.quantile(0.25)) / self.median()
    }

    /// Interpolated between the rounds; NaN if there is none.
    fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = share * sorted.len().saturating_sub(1) as f64;
        let (low, high) = (at.floor() as usize, at.ceil() as usize);
        match (sorted.get(low), sorted.get(high)) {
            (Some(low), Some(high)) => low + (high - low) * at.fract(),
            _ => f64::NAN,
        }
    }
}

/// Three digits and the unit that suits them.
pub fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if !s.is_finite() => return "–".to_owned(),
        s if s < 0.999_5e-3 => (s * 1e6, "µs"),
        s if s < 0.999_5 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let decimals = match value {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// A share in whole per cent.
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.0} %", 100.0 * share) } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_rounds() {
        let mut times = Times::default();
        assert!(times.min().is_nan() && times.median().is_nan());
        for seconds in [4.0, 1.0, 2.0, 8.0] {
            times.push(seconds);
        }
        assert_eq!((times.min(), times.median()), (1.0, 3.0));
        // Quartiles 1.75 and 5.
        assert_eq!(times.spread(), 3.25 / 3.0);
    }

    #[test]
    fn three_digits_and_a_unit() {
        for (seconds, shown) in [
            (0.65e-6, "0.65 µs"),
            (9.996e-6, "10.0 µs"),
            (152.4e-6, "152 µs"),
            (999.6e-6, "1.00 ms"),
            (5.2e-3, "5.20 ms"),
            (3.0, "3.00 s"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(duration(seconds), shown);
        }
        assert_eq!((percent(0.704), percent(f64::NAN)), ("70 %".to_owned(), "–".to_owned()));
    }
}
