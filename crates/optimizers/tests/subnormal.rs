//! Subnormal numbers: no rule leaves one behind in what it remembers or in the parameters, whatever becomes
//! of the gradient, and where there is none, nothing changes.
//!
//! A CPU may take a hundred times as long for an operation on one; hence a step must not meet them again and
//! again.

use thalweg_numeric::bounded::{Count, Positive};
use thalweg_numeric::objectives::Quadratic;
use thalweg_numeric::{Layout, Objective, Real, Stream, Streams, vector};
use thalweg_optimizers::{Optimizer, OptimizerConfig, Rule};

/// Every rule with the switches that change its loop, each also in the dialects that have it, and every
/// method.
const ZOO: &[&str] = &[
    "kind = 'sgd'",
    "kind = 'momentum'",
    "kind = 'momentum'\nbeta = 0.99\ndampening = 0.99",
    "kind = 'momentum'\nnesterov = true",
    "kind = 'momentum'\nbeta = 0.3\nnesterov = true\nlearning-rate-inside = true",
    "kind = 'adam'",
    "kind = 'adam'\nbeta1 = 0\nbeta2 = 0.5",
    "kind = 'adam'\nepsilon-inside-root = true",
    "kind = 'adam'\namsgrad = 'raw'",
    "kind = 'adam'\namsgrad = 'corrected'",
    "kind = 'adam'\nepsilon = 0",
    "kind = 'adam'\nepsilon = 1e-30\nbeta1 = 0.99\nbeta2 = 0.9",
    "kind = 'rmsprop'",
    "kind = 'rmsprop'\ncentred = true",
    "kind = 'rmsprop'\nmomentum = 0.9\nlearning-rate-inside = true",
    "kind = 'rmsprop'\ncentred = true\nmomentum = 0.9\nbias-correction = true",
    "kind = 'rmsprop'\nepsilon = 0",
    "kind = 'adagrad'",
    "kind = 'adagrad'\nepsilon = 0",
    "kind = 'adadelta'",
    "kind = 'adadelta'\nepsilon = 1e-30",
    "kind = 'nadam'",
    "kind = 'nadam'\nepsilon = 0",
    "kind = 'radam'",
    "kind = 'radam'\nbeta2 = 0.5",
    "kind = 'adamax'",
    "kind = 'adamax'\nepsilon = 0",
    "kind = 'adamax'\nepsilon-inside-maximum = false\nbeta2 = 0.9",
    "kind = 'lion'",
    "kind = 'signsgd'",
    "kind = 'lars'",
    "kind = 'lamb'",
    "kind = 'lamb'\nweight-decay = 0.1",
    "kind = 'muon'",
    "kind = 'schedule-free'\nbase = { kind = 'sgd' }",
    "kind = 'schedule-free'\nbase = { kind = 'adam' }",
    "kind = 'schedule-free'\nweight-decay = 0.1\nbase = { kind = 'adam' }",
    "kind = 'sam'\nbase = { kind = 'momentum' }",
    "kind = 'sam'\nadaptive = true\nbase = { kind = 'adam' }",
    "kind = 'newton'",
    "kind = 'lbfgs'",
    "kind = 'lbfgs'\nline-search = 'strong-wolfe'",
];

/// Rules and methods that came later, which have no bits from before.
const LATER: &[&str] = &[
    "kind = 'shampoo'",
    "kind = 'shampoo'\nbeta = 0.9",
    "kind = 'shampoo'\nbeta = 0\nepsilon = 0",
    "kind = 'soap'",
    "kind = 'soap'\nrotate-vectors = true\ninterval = 1\nskip-first = false",
    "kind = 'spectral'",
    "kind = 'spectral'\ndual-norm = true\nvectors = 'sign'",
    "kind = 'scion'",
    "kind = 'scion'\nconstrained = true\npolar = 'exact'",
    "kind = 'scion'\nmatrices = 'sign'\nvectors = 'sign'",
    "kind = 'scion'\nmatrices = 'euclidean'\nconstrained = true",
    "kind = 'normalised'",
    "kind = 'ademamix'",
    "kind = 'adan'",
    "kind = 'adan'\nweight-decay = 0.1",
    "kind = 'adopt'",
    "kind = 'laprop'",
    "kind = 'laprop'\nlearning-rate-inside = true",
    "kind = 'mars'",
    "kind = 'prodigy'",
    "kind = 'normuon'",
    "kind = 'cautious'\nbase = { kind = 'adam' }",
    "kind = 'grams'\nbase = { kind = 'adam' }",
    "kind = 'lookahead'\nbase = { kind = 'adam' }",
    "kind = 'averaged'\nbeta = 0.9\nbase = { kind = 'sgd' }",
    "kind = 'averaged'\nform = 'uniform'\nbase = { kind = 'adam' }",
    "kind = 'schedule-free'\nweight-decay = 0.1\nbase = { kind = 'rule', rule = { kind = 'rmsprop' } }",
    "kind = 'polyak'",
];

const DECAYS: [&str; 2] = [
    "{ kind = 'weight-decay', rate = 0.1, decoupled = false }",
    "{ kind = 'weight-decay', rate = 0.1, decoupled = true }",
];

/// Weights that nothing but their decay moves.
fn decaying() -> Vec<(String, OptimizerConfig)> {
    let rules =
        |decay| ["kind = 'momentum'", "kind = 'adam'"].map(|rule| format!("{rule}\ntransforms = [{decay}]"));
    DECAYS
        .into_iter()
        .flat_map(rules)
        .map(|text| (text.clone(), toml::from_str(&text).expect("settings")))
        .collect()
}

/// Settings in every dialect.
fn zoo(settings: &[&str]) -> Vec<(String, OptimizerConfig)> {
    let mut all = Vec::new();
    for settings in settings {
        all.push(((*settings).to_owned(), toml::from_str(settings).expect("settings")));
        for dialect in ["torch", "optax", "keras", "article"] {
            let text = format!("dialect = '{dialect}'\n{settings}");
            if let Ok(config) = toml::from_str(&text) {
                all.push((text, config));
            }
        }
    }
    all
}

fn layout() -> Layout {
    Layout::new([("matrix", vec![3, 4]), ("vector", vec![7])])
}

const DIM: usize = 19;

/// FNV-1a, of the bits of numbers.
fn digest(bits: impl Iterator<Item = u64>) -> u64 {
    bits.flat_map(u64::to_le_bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A quadratic whose minimum moves at random from step to step.
struct Restless {
    quadratic: Quadratic,
    noise: Stream,
    slope: Vec<f64>,
}

impl<F: Real> Objective<F> for Restless {
    fn dim(&self) -> usize {
        DIM
    }

    fn value(&mut self, params: &[F]) -> F {
        let slope: Vec<F> = self.slope.iter().map(|s| F::from_f64(*s)).collect();
        self.quadratic.value(params) + vector::dot(&slope, params)
    }

    fn gradient(&mut self, params: &[F], grad: &mut [F]) -> F {
        self.slope.iter_mut().for_each(|s| *s = self.noise.normal());
        self.quadratic.gradient(params, grad);
        grad.iter_mut().zip(&self.slope).for_each(|(g, s)| *g += F::from_f64(*s));
        self.value(params)
    }

    fn hessian_vector(&mut self, params: &[F], v: &[F], out: &mut [F]) {
        self.quadratic.hessian_vector(params, v, out);
    }
}

/// From a place where the coordinates differ by up to 10⁶, with a schedule: an ordinary problem.
fn ordinary<F: Real>(config: &OptimizerConfig) -> u64 {
    let mut optimizer: Optimizer<F> = config.build(&layout(), Streams::new(0, 0).stream("noise", 0));
    let mut objective = Restless {
        quadratic: Quadratic::new(Count::of(DIM as u64), Positive::of(50.0)),
        noise: Streams::new(8, 0).stream("slopes", 0),
        slope: vec![0.0; DIM],
    };
    let mut stream = Streams::new(7, 0).stream("start", 0);
    let mut params: Vec<F> =
        (0..DIM).map(|i| F::from_f64(stream.normal() * libm::pow(10.0, -(i as f64) / 3.0))).collect();
    let mut bits = Vec::new();
    for step in 0..300 {
        optimizer.step(
            0.01 / (1.0 + f64::from(step) / 100.0),
            &mut params,
            &mut objective as &mut dyn Objective<F>,
        );
        bits.extend(params.iter().map(|x| x.to_f64().to_bits()));
    }
    bits.extend(optimizer.answer(&params).iter().map(|x| x.to_f64().to_bits()));
    bits.extend(optimizer.preconditioner().iter().map(|x| x.to_f64().to_bits()));
    digest(bits.into_iter())
}

/// The bits that each of the zoo had before rules kept clear of subnormal numbers, f32 and f64: written at
/// commit `f37e679` by the function above.
const BEFORE: &str = include_str!("subnormal/bits.txt");

#[test]
fn where_nothing_is_subnormal_no_bit_has_changed() {
    let lines: Vec<&str> = BEFORE.lines().collect();
    let all: Vec<(String, OptimizerConfig)> = zoo(ZOO).into_iter().chain(decaying()).collect();
    assert_eq!(lines.len(), all.len());
    for (line, (text, config)) in lines.iter().zip(&all) {
        let now = format!("{:016x} {:016x}", ordinary::<f32>(config), ordinary::<f64>(config));
        assert_eq!(format!("{now} {}", text.replace('\n', "; ")), *line);
    }
}

/// What becomes of the gradient of a coordinate after some steps of noise.
#[derive(Clone, Copy)]
enum Fate {
    /// As it was.
    Lives,
    /// It is 0 from a step on, as of a unit that no sample reaches any more.
    Dies(u32),
    /// It falls by a factor each step.
    Fades(f64),
    /// It is noise of this size from the start.
    Tiny(f64),
}

/// Coordinates of each fate, in numbers as small as the float has.
fn fates<F: Real>() -> [Fate; DIM] {
    let n = F::LEAST_NORMAL.to_f64();
    let root = n.sqrt();
    [
        Fate::Lives,
        Fate::Dies(20),
        Fate::Dies(21),
        Fate::Dies(1),
        Fate::Fades(0.999),
        Fate::Fades(0.95),
        Fate::Fades(0.5),
        Fate::Dies(150),
        Fate::Tiny(root),
        Fate::Tiny(0.1 * root),
        Fate::Tiny(1e-3 * root),
        Fate::Tiny(100.0 * n),
        Fate::Tiny(1e6 * n),
        Fate::Tiny(n),
        Fate::Tiny(1e-3 * n),
        Fate::Lives,
        Fate::Dies(20),
        Fate::Tiny(1e4 * root),
        Fate::Dies(300),
    ]
}

/// The gradient of each fate, whatever the parameters are; its value falls towards 0.
struct Fates {
    step: u32,
    noise: Stream,
    gradient: Vec<f64>,
}

impl<F: Real> Objective<F> for Fates {
    fn dim(&self) -> usize {
        DIM
    }

    fn value(&mut self, _params: &[F]) -> F {
        F::ONE
    }

    fn gradient(&mut self, _params: &[F], grad: &mut [F]) -> F {
        for ((g, gradient), fate) in grad.iter_mut().zip(&mut self.gradient).zip(fates::<F>()) {
            let noise = self.noise.normal();
            *gradient = match fate {
                Fate::Lives => noise,
                Fate::Dies(step) => {
                    if self.step < step {
                        noise
                    } else {
                        0.0
                    }
                }
                Fate::Fades(factor) => factor * if self.step == 1 { noise } else { *gradient },
                Fate::Tiny(size) => size * noise,
            };
            *g = F::from_f64(*gradient);
        }
        F::ONE
    }

    fn hessian_vector(&mut self, _params: &[F], v: &[F], out: &mut [F]) {
        out.copy_from_slice(v);
    }
}

/// The most subnormal numbers that any step leaves behind, and the last parameters.
fn left_behind<F: Real>(
    config: &OptimizerConfig,
    steps: u32,
    is_subnormal: fn(&F) -> bool,
) -> (usize, Vec<F>) {
    let mut optimizer: Optimizer<F> = config.build(&layout(), Streams::new(0, 0).stream("noise", 0));
    let mut objective =
        Fates { step: 0, noise: Streams::new(1, 0).stream("gradients", 0), gradient: vec![0.0; DIM] };
    // As biases those begin at 0 that have had some gradients.
    let begin = |fate| if matches!(fate, Fate::Tiny(_)) { 0.1 } else { 0.0 };
    let mut params: Vec<F> = fates::<F>().map(|fate| F::from_f64(begin(fate))).to_vec();
    let mut most = 0;
    for step in 1..=steps {
        objective.step = step;
        optimizer.step(1e-3, &mut params, &mut objective as &mut dyn Objective<F>);
        let (memory, _) = optimizer.memory();
        let remembered = memory.vectors.iter().flat_map(|(_, values)| values.iter());
        most = most.max(remembered.chain(&params).filter(|x| is_subnormal(x)).count());
    }
    (most, params)
}

#[test]
fn no_step_leaves_a_subnormal_number_behind() {
    // A mean of squares with 0.999 passes from 1 through the least f32 in 87,000 steps, and all other
    // averages in fewer; a mean with 0.9 passes from 1 through the least f64 in 6,700.
    let slow = [("kind = 'adam'", 100_000), ("kind = 'rmsprop'\nbeta = 0.999", 100_000)];
    let all = zoo(ZOO).into_iter().chain(zoo(LATER));
    let quick = all.chain(decaying()).map(|(text, _)| (text, 9_000));
    for (text, steps) in slow.map(|(text, steps)| (text.to_owned(), steps)).into_iter().chain(quick) {
        let config: OptimizerConfig = toml::from_str(&text).expect("settings");
        let (most, params) = left_behind::<f32>(&config, steps, |x| x.is_subnormal());
        assert_eq!(most, 0, "{text} in f32");
        assert!(text.contains("epsilon = 0") || params.iter().all(|x| x.is_finite()), "{text}: {params:?}");
        let (most, params) = left_behind::<f64>(&config, steps.min(9_000), |x| x.is_subnormal());
        assert_eq!(most, 0, "{text} in f64");
        assert!(text.contains("epsilon = 0") || params.iter().all(|x| x.is_finite()), "{text}: {params:?}");
    }
}

#[test]
fn without_epsilon_a_coordinate_that_dies_stays_where_it_is() {
    for text in [
        "kind = 'adam'\nepsilon = 0",
        "kind = 'adam'\nepsilon = 1e-30\nbias-correction = 'absorbed'",
        "kind = 'nadam'\nepsilon = 0",
        "kind = 'radam'\nepsilon = 0",
        "kind = 'rmsprop'\nepsilon = 0",
        "kind = 'adagrad'\nepsilon = 0",
        "kind = 'adamax'\nepsilon = 0",
        "kind = 'schedule-free'\nbase = { kind = 'adam', epsilon = 0 }",
    ] {
        let rule: Rule = toml::from_str(text).expect("a rule");
        let mut state = rule.build::<f32>(&Layout::point(2));
        // The second has never had a gradient: 0/0, unless there is an ε.
        let mut params = [0.5, 0.5];
        for step in 0..100_000 {
            let g = if step < 20 { 1.0 - 0.2 * step as f32 } else { 0.0 };
            state.step(1e-3, &mut params, &[g, 0.0]);
        }
        let end = params[0];
        state.step(1e-3, &mut params, &[0.0, 0.0]);
        assert!(params[0] == end && end.is_finite() && end != 0.5, "{text}: {params:?}");
        assert_eq!(params[1].is_nan(), text.contains("epsilon = 0"), "{text}: {params:?}");
        assert!(state.memory().vectors.iter().all(|(_, values)| !values[0].is_subnormal()), "{text}");
    }
}

#[test]
fn a_sign_outlives_its_average() {
    // Lion steps by the sign of an average, which never becomes 0 by decay.
    let rule: Rule = toml::from_str("kind = 'lion'").expect("a rule");
    let mut state = rule.build::<f32>(&Layout::point(3));
    let mut params = [0.0; 3];
    state.step(0.0, &mut params, &[1.0, -1.0, 0.0]);
    for _ in 0..20_000 {
        state.step(1.0, &mut params, &[0.0; 3]);
    }
    assert_eq!(params, [-20_000.0, 20_000.0, 0.0]);
}
