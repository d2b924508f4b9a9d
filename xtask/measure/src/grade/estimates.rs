//! The estimators, each with the bound that it states of its own error.

use thalweg_landscape::Estimate;
use thalweg_landscape::spectrum::{
    Lanczos, Operator, Quadrature, Wanted, hutch_plus_plus, hutchinson, power,
};
use thalweg_numeric::bounded::{Count, NonNegative, Positive};
use thalweg_numeric::{Stream, Streams};

/// Eigenvalues at the upper end.
const TOP: usize = 5;
/// Standard errors that a mean may be off. The numbers are the same at every call, so this is no test that
/// fails by chance some day: it passes or it does not.
const STANDARD_ERRORS: f64 = 3.0;
/// Rounding of sums of some thousand terms, relative to the largest.
const ROUNDING: f64 = 1e-12;

/// One estimate beside the exact value.
pub struct Grade {
    pub estimator: String,
    pub exact: f64,
    pub estimate: f64,
    /// How far off it may be, by its own statement.
    pub bound: f64,
}

impl Grade {
    pub fn error(&self) -> f64 {
        (self.estimate - self.exact).abs()
    }

    pub fn is_ok(&self) -> bool {
        self.error() <= self.bound
    }
}

/// All estimates of the spectrum of `operator`, whose eigenvalues are `exact`, ascending.
pub fn grades(operator: &mut dyn Operator, exact: &[f64]) -> anyhow::Result<Vec<Grade>> {
    let (dim, scale) = (exact.len(), exact[0].abs().max(exact[exact.len() - 1].abs()));
    let stream = |purpose| Streams::new(42, 0).stream(purpose, 0);
    let mut all = lanczos(operator, exact, scale, &mut stream("lanczos"))?;

    let mut start = vec![0.0; dim];
    let mut random = stream("power");
    start.iter_mut().for_each(|x| *x = random.normal());
    let dominant = power(operator, &mut start, NonNegative::of(1e-4), Count::of(10_000))?;
    let largest = exact.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
    all.push(Grade {
        estimator: format!("power, {} products", dominant.products),
        exact: largest.unwrap_or(0.0),
        estimate: dominant.value,
        bound: dominant.residual + ROUNDING * scale,
    });

    let sampled = |name: String, exact: f64, found: Estimate, size: f64| Grade {
        estimator: name,
        exact,
        estimate: found.value,
        bound: STANDARD_ERRORS * found.standard_error + ROUNDING * size,
    };
    let (trace, size) = (exact.iter().sum(), exact.iter().map(|value| value.abs()).sum());
    let found = hutchinson(operator, Count::of(99), &mut stream("hutchinson"))?;
    all.push(sampled("trace, Hutchinson, 99 products".to_owned(), trace, found, size));
    let found = hutch_plus_plus(operator, Count::of(33), &mut stream("hutch++"))?;
    all.push(sampled("trace, Hutch++, 99 products".to_owned(), trace, found, size));

    let density = Quadrature::new(dim, Count::of(90)).run(operator, Count::of(10), &mut stream("density"))?;
    for k in 1..=3 {
        let moment = |of: fn(f64) -> f64| exact.iter().map(|v| of(*v).powi(k)).sum::<f64>() / dim as f64;
        let found = density.mean(|value| value.powi(k));
        all.push(sampled(format!("moment {k} of the density"), moment(|v| v), found, moment(f64::abs)));
    }
    let width = Positive::of(scale / 100.0);
    let grid = density.grid(width, Count::of(400));
    let step = grid[1] - grid[0];
    all.push(Grade {
        estimator: "integral of the density".to_owned(),
        exact: 1.0,
        estimate: density.curve(&grid, width).iter().sum::<f64>() * step,
        bound: 1e-6,
    });
    Ok(all)
}

/// The largest eigenvalues, to the smaller of the residual and 10⁻⁸ of the eigenvalue, and the smallest one.
fn lanczos(
    operator: &mut dyn Operator,
    exact: &[f64],
    scale: f64,
    stream: &mut Stream,
) -> anyhow::Result<Vec<Grade>> {
    let wanted = Wanted { top: TOP, bottom: 1, tolerance: NonNegative::of(1e-7), steps: Count::of(400) };
    let mut lanczos = Lanczos::new(exact.len(), wanted);
    let found = lanczos.run(operator, stream)?;
    let top = found.top.iter().zip(exact.iter().rev()).enumerate().map(|(rank, (pair, exact))| Grade {
        estimator: format!("λ{} by Lanczos, {} steps", rank + 1, found.steps),
        exact: *exact,
        estimate: pair.value,
        bound: (pair.residual + ROUNDING * scale).min(1e-8 * exact.abs()),
    });
    let bottom = found.bottom.iter().map(|pair| Grade {
        estimator: "λ_min by Lanczos".to_owned(),
        exact: exact[0],
        estimate: pair.value,
        bound: pair.residual + ROUNDING * scale,
    });
    Ok(top.chain(bottom).collect())
}
