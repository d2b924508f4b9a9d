//! From settings to the choices that they are variants of, and to the whole `[optimizer]` table.

use crate::method::{Lbfgs, Newton, Polyak, Sam};
use crate::rule::{
    AdEmaMix, AdaDelta, AdaGrad, AdaMax, Adam, Adan, Adopt, Averaged, Cautious, Grams, LaProp, Lamb, Lars,
    Lion, Lookahead, Mars, Momentum, Muon, NAdam, NorMuon, Normalised, Prodigy, RAdam, RmsProp, ScheduleFree,
    Scion, Sgd, Shampoo, SignSgd, Soap, Spectral,
};
use crate::schedule::{
    Constant, Cosine, CosineRestarts, Exponential, InverseSqrt, Linear, OneCycle, PowerLaw, Step, WarmUp,
    WarmUpStableDecay,
};
use crate::transform::{ClipByNorm, ClipByValue, GradientNoise, ThermalNoise, WeightDecay};
use crate::{Kind, Method, OptimizerConfig, Rule, Schedule, Transform};

/// Variants are named like their settings.
macro_rules! from_settings {
    ($choice:ident: $($settings:ident)+) => {$(
        impl From<$settings> for $choice {
            fn from(settings: $settings) -> Self {
                Self::$settings(settings)
            }
        }
    )+};
}

from_settings!(Rule: Sgd Momentum Adam RmsProp AdaGrad AdaDelta NAdam RAdam AdaMax Lion SignSgd Lars Lamb Muon ScheduleFree);
from_settings!(Rule: Shampoo Soap Spectral Scion Normalised AdEmaMix Adan Adopt LaProp Mars Prodigy NorMuon);
from_settings!(Rule: Cautious Grams Lookahead Averaged);
from_settings!(Method: Sam Newton Lbfgs Polyak);
from_settings!(Schedule: Constant PowerLaw Step Exponential Cosine OneCycle WarmUp);
from_settings!(Schedule: Linear InverseSqrt CosineRestarts WarmUpStableDecay);
from_settings!(Transform: ClipByNorm ClipByValue WeightDecay GradientNoise ThermalNoise);

/// Without transforms and groups.
impl<R: Into<Rule>> From<R> for OptimizerConfig {
    fn from(rule: R) -> Self {
        Self { kind: Kind::Rule(rule.into()), transforms: Vec::new(), group: Vec::new() }
    }
}

macro_rules! config_from_method {
    ($($method:ident)+) => {$(
        /// Without transforms and groups.
        impl From<$method> for OptimizerConfig {
            fn from(method: $method) -> Self {
                Self { kind: Kind::Method(method.into()), transforms: Vec::new(), group: Vec::new() }
            }
        }
    )+};
}

config_from_method!(Method Sam Newton Lbfgs Polyak);

#[cfg(test)]
mod tests {
    use thalweg_numeric::bounded::{Count, NonNegative, Positive};

    use super::*;
    use crate::rule::{Base, BaseSgd};

    fn is<T: Into<OptimizerConfig>>(settings: T, text: &str) {
        assert_eq!(settings.into(), toml::from_str(text).unwrap(), "{text}");
    }

    #[test]
    fn settings_in_code_are_those_of_the_table() {
        is(Sgd::default(), "kind = 'sgd'");
        is(Momentum::default(), "kind = 'momentum'");
        is(Adam::default(), "kind = 'adam'");
        is(RmsProp::default(), "kind = 'rmsprop'");
        is(AdaGrad::default(), "kind = 'adagrad'");
        is(AdaDelta::default(), "kind = 'adadelta'");
        is(NAdam::default(), "kind = 'nadam'");
        is(RAdam::default(), "kind = 'radam'");
        is(AdaMax::default(), "kind = 'adamax'");
        is(Lion::default(), "kind = 'lion'");
        is(SignSgd::default(), "kind = 'signsgd'");
        is(Lars::default(), "kind = 'lars'");
        is(Lamb::default(), "kind = 'lamb'");
        is(Muon::default(), "kind = 'muon'");
        is(ScheduleFree::new(Base::Sgd(BaseSgd {})), "kind = 'schedule-free'\nbase = { kind = 'sgd' }");
        is(Shampoo::default(), "kind = 'shampoo'");
        is(Soap::default(), "kind = 'soap'");
        is(Spectral::default(), "kind = 'spectral'");
        is(Scion::default(), "kind = 'scion'");
        is(Normalised::default(), "kind = 'normalised'");
        is(AdEmaMix::default(), "kind = 'ademamix'");
        is(Adan::default(), "kind = 'adan'");
        is(Adopt::default(), "kind = 'adopt'");
        is(LaProp::default(), "kind = 'laprop'");
        is(Mars::default(), "kind = 'mars'");
        is(Prodigy::default(), "kind = 'prodigy'");
        is(NorMuon::default(), "kind = 'normuon'");
        is(Cautious::new(Adam::default()), "kind = 'cautious'\nbase = { kind = 'adam' }");
        is(Grams::new(Adam::default()), "kind = 'grams'\nbase = { kind = 'adam' }");
        is(Lookahead::new(Sgd::default()), "kind = 'lookahead'\nbase = { kind = 'sgd' }");
        is(Averaged::new(Sgd::default()), "kind = 'averaged'\nbase = { kind = 'sgd' }");
        is(Rule::from(Lion::default()), "kind = 'lion'");
        is(Sam::new(Adam::default()), "kind = 'sam'\nbase = { kind = 'adam' }");
        is(Newton::default(), "kind = 'newton'");
        is(Lbfgs::default(), "kind = 'lbfgs'");
        is(Polyak::default(), "kind = 'polyak'");
        is(Method::from(Lbfgs::default()), "kind = 'lbfgs'");
    }

    #[test]
    fn constructors_leave_the_defaults() {
        let (initial, steps) = (Positive::of(0.5), Count::of(9));
        for (schedule, text) in [
            (
                Schedule::from(PowerLaw::new(initial, Positive::of(9.0))),
                "kind = 'power-law'\ninitial = 0.5\ntime-scale = 9",
            ),
            (Step::new(initial, steps).into(), "kind = 'step'\ninitial = 0.5\nsteps = 9"),
            (Cosine::new(initial, steps).into(), "kind = 'cosine'\ninitial = 0.5\nsteps = 9"),
            (OneCycle::new(initial, steps).into(), "kind = 'one-cycle'\npeak = 0.5\nsteps = 9"),
            (Linear::new(initial, steps).into(), "kind = 'linear'\ninitial = 0.5\nsteps = 9"),
            (
                CosineRestarts::new(initial, steps).into(),
                "kind = 'cosine-restarts'\ninitial = 0.5\nsteps = 9",
            ),
            (
                WarmUpStableDecay::new(initial, steps, Count::of(3)).into(),
                "kind = 'warm-up-stable-decay'\npeak = 0.5\nsteps = 9\ndecay-steps = 3",
            ),
        ] {
            assert_eq!(schedule, toml::from_str(text).unwrap(), "{text}");
        }
        for (transform, text) in [
            (Transform::from(ClipByNorm::new(initial)), "kind = 'clip-by-norm'\nmax = 0.5"),
            (GradientNoise::new(NonNegative::of(0.5)).into(), "kind = 'gradient-noise'\nvariance = 0.5"),
        ] {
            assert_eq!(transform, toml::from_str(text).unwrap(), "{text}");
        }
    }
}
