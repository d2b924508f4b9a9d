//! Accuracy, edges, and the same bits alone and in vectors.

use crate::Real;
use crate::simd::{Instructions, Kernel, Machine};

type Pair<F> = (&'static str, fn(F) -> F);

fn functions<F: Real>() -> [Pair<F>; 3] {
    [("exp", F::exp), ("ln_1p", F::ln_1p), ("tanh", F::tanh)]
}

/// The error of a result in units in the last place of the exact value, `value + rest`; below the normal
/// floats in units of the least.
fn ulps(result: f64, value: f64, rest: f64, digits: i32, least_exponent: i32) -> f64 {
    let (_, exponent) = libm::frexp(value);
    let unit = libm::ldexp(1.0, (exponent - digits).max(least_exponent));
    ((result - value) - rest).abs() / unit
}

#[test]
fn f32_is_within_the_stated_errors() {
    let references: [fn(f64) -> f64; 3] = [libm::exp, libm::log1p, libm::tanh];
    let mut worst = [0.0_f64; 3];
    // A prime, so that all binades and ends of fractions come by: a million arguments.
    for bits in (0..=u32::MAX).step_by(4099) {
        let x = f32::from_bits(bits);
        for (i, (reference, (name, function))) in references.iter().zip(functions::<f32>()).enumerate() {
            let (result, exact) = (function(x), reference(f64::from(x)));
            let expected = exact as f32;
            if expected.is_finite() && result.is_finite() {
                worst[i] = worst[i].max(ulps(f64::from(result), exact, 0.0, 24, -149));
            } else {
                assert!(
                    result == expected || (result.is_nan() && expected.is_nan()),
                    "{name} {x:?} {result:?}"
                );
            }
        }
    }
    // What the module states, rounded up.
    assert!(worst[0] < 0.9 && worst[1] < 0.9 && worst[2] < 1.3, "{worst:?}");
}

#[test]
fn f64_is_within_the_stated_errors() {
    let mut worst = [0.0_f64; 3];
    for line in include_str!("reference.csv").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let number = |i: usize| -> f64 { fields[i].parse().unwrap() };
        let i = functions::<f64>().iter().position(|(name, _)| *name == fields[0]).unwrap();
        let result = functions::<f64>()[i].1(number(1));
        worst[i] = worst[i].max(ulps(result, number(2), number(3), 53, -1074));
    }
    // What the module states, rounded up.
    assert!(worst[0] < 1.0 && worst[1] < 1.0 && worst[2] < 1.5, "{worst:?}");
    assert!(worst.iter().all(|error| *error > 0.4), "every function was looked up: {worst:?}");
}

fn edges<F: Real>(over: f64, under: f64) {
    let f = F::from_f64;
    let (nan, infinity, zero) = (f(f64::NAN), f(f64::INFINITY), F::ZERO);
    for (name, function) in functions::<F>() {
        assert!(function(nan).to_f64().is_nan(), "{name} of NaN");
    }
    assert!(f(-2.0).ln_1p().to_f64().is_nan() && (-infinity).ln_1p().to_f64().is_nan());
    assert_eq!(
        [zero.exp(), (-zero).exp(), infinity.exp(), (-infinity).exp()],
        [F::ONE, F::ONE, infinity, zero]
    );
    assert_eq!([f(over).exp(), f(-1e9).exp(), f(1e9).exp()], [infinity, zero, infinity]);
    assert!(f(over - 0.5).exp() < infinity && f(under).exp() > zero && f(under - 1.0).exp() == zero);
    assert_eq!([infinity.ln_1p(), f(-1.0).ln_1p(), zero.ln_1p()], [infinity, -infinity, zero]);
    assert_eq!([infinity.tanh(), (-infinity).tanh(), f(40.0).tanh()], [F::ONE, -F::ONE, F::ONE]);
    for function in [F::ln_1p, F::tanh] {
        // 1/−0 is −∞: the sign of the zero is kept.
        assert_eq!([F::ONE / function(-zero), F::ONE / function(zero)], [-infinity, infinity]);
        // Denormal in f32 and normal in f64; both functions are the identity here.
        assert_eq!([function(f(1e-40)), function(f(-1e-40))], [f(1e-40), f(-1e-40)]);
    }
}

#[test]
fn edges_are_exact() {
    edges::<f32>(88.73, -103.9);
    edges::<f64>(709.79, -745.1);
}

#[test]
fn underflow_is_gradual() {
    // Twice the reference's last place: results with few bits, rounded twice.
    for x in [-87.4_f32, -90.0, -95.5, -100.0, -103.0] {
        let error = ulps(f64::from(x.exp()), libm::exp(f64::from(x)), 0.0, 24, -149);
        assert!(error < 1.0 && x.exp() > 0.0, "{x} {error}");
    }
    for x in [-708.5_f64, -715.25, -730.0, -745.0] {
        assert!(ulps(x.exp(), libm::exp(x), 0.0, 53, -1074) <= 1.0, "{x}");
    }
}

#[test]
fn tanh_and_exp_do_not_fall() {
    let mut last = [-1.0_f32, 0.0];
    // From −12 to 12 in steps of some hundred floats near 1.
    for i in -1_200_000..1_200_000_i32 {
        let x = i as f32 * 1e-5;
        let next = [x.tanh(), x.exp()];
        // Within an ulp: at a change of k or of the formula neighbours may swap.
        assert!(next.iter().zip(&last).all(|(next, last)| *next >= last - 1.2e-7 * last.abs()), "at {x}");
        assert!(next[0].abs() <= 1.0);
        last = next;
    }
}

/// Each function over a slice, as a kernel computes it.
struct Slices<'a, F>([&'a mut [F]; 3]);

impl<F: Real> Kernel for Slices<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<M: Machine>(self, _: M) {
        let [exp, ln_1p, tanh] = self.0;
        exp.iter_mut().for_each(|x| *x = x.exp());
        ln_1p.iter_mut().for_each(|x| *x = x.ln_1p());
        tanh.iter_mut().for_each(|x| *x = x.tanh());
    }
}

fn slices_match<F: Real>() {
    let special = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -1.0, 1e-40, -104.0, -745.0, 1e30];
    for n in 0..67_usize {
        // From tiny to beyond overflow, of both signs, with a special value at each place in turn.
        let value = |i: usize| (0.7 * (i + n) as f64).sin() * 10_f64.powi((i % 7) as i32 - 3);
        let mut values: Vec<F> = (0..n).map(|i| F::from_f64(value(i))).collect();
        if n > 0 {
            values[(7 * n) % n.max(1)] = F::from_f64(special[n % special.len()]);
        }
        for instructions in Instructions::all() {
            let mut slices = [values.clone(), values.clone(), values.clone()];
            instructions.run(Slices(slices.each_mut().map(|slice| slice.as_mut_slice())));
            for (slice, (name, function)) in slices.iter().zip(functions::<F>()) {
                for (x, y) in values.iter().zip(slice) {
                    let alone = function(*x);
                    let same = alone.to_f64().to_bits() == y.to_f64().to_bits();
                    // The bits of a NaN have no meaning.
                    assert!(
                        same || (alone.to_f64().is_nan() && y.to_f64().is_nan()),
                        "{instructions:?} {name}({x}): {y}, alone {alone}"
                    );
                }
            }
        }
    }
}

#[test]
fn slices_of_every_length_have_the_bits_of_single_numbers() {
    slices_match::<f32>();
    slices_match::<f64>();
}
