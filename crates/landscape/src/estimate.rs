//! A value from random draws, with its standard error.

/// A value from random draws. Where a draw was not finite, neither is the value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The best guess.
    pub value: f64,
    /// The standard deviation of the guess, from the spread of the draws (divided by n − 1); infinite for a
    /// single draw.
    pub standard_error: f64,
}

impl Estimate {
    /// The mean of independent draws, of which there is at least one.
    pub(crate) fn of_mean(draws: &[f64]) -> Self {
        let n = draws.len() as f64;
        let value = draws.iter().sum::<f64>() / n;
        let squares: f64 = draws.iter().map(|x| (x - value) * (x - value)).sum();
        let standard_error =
            if draws.len() == 1 { f64::INFINITY } else { (squares / ((n - 1.0) * n)).sqrt() };
        Self { value, standard_error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_the_mean_with_its_standard_error() {
        // Squares 4 + 1 + 9 around 3, over (n − 1)·n = 6.
        let estimate = Estimate::of_mean(&[1.0, 2.0, 6.0]);
        assert_eq!(estimate.value, 3.0);
        assert_eq!(estimate.standard_error, (14.0 / 6.0_f64).sqrt());
        assert_eq!(Estimate::of_mean(&[7.0]), Estimate { value: 7.0, standard_error: f64::INFINITY });
    }
}
