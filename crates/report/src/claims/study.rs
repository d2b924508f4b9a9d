//! What the runs behind a claim amount to: one score a replicate, and the test of their centre.

use thalweg_statistics::{
    Centre, Floor, MeanProcess, MeanTest, MedianProcess, MedianTest, ROUNDING, RangeTest, Sample, Welch,
    kendall_tau, permutation_p,
};

use super::observe::Tally;
use super::{Estimand, Mode};
use crate::draw::Scale;

/// Seed of permutations that are too many to count; any fixed number would do.
const SEED: u64 = 1;

/// What the runs behind a claim amount to.
pub(super) struct Study<'a> {
    /// What the effect is, such as `mean` or `ratio`.
    pub(super) what: String,
    /// The numbers to judge by.
    pub(super) scores: Scores,
    /// Where the centre lies if the claim holds, on the scale of the scores.
    pub(super) claimed: (f64, f64),
    /// Where it is too close to call, on the scale of the scores, if the claim says so.
    pub(super) indifference: Option<(f64, f64)>,
    /// The scale of the effect.
    pub(super) scale: Scale,
    /// An effect that is shown in place of the centre of the scores.
    pub(super) shown: Option<Shown>,
    /// What else is to be known of the verdict.
    pub(super) notes: Vec<String>,
    /// What became of the runs.
    pub(super) tally: Tally<'a>,
    /// Whether the runs drew no random number, so that the effect is a fact.
    pub(super) is_exact: bool,
}

/// The numbers to judge by.
pub(super) enum Scores {
    /// One a replicate, in the order of the replicates.
    Replicates(Sample),
    /// One a replicate for either side, where no replicate has both.
    Sides(Sample, Sample),
    /// One point (x, y) a group.
    Groups(Vec<f64>, Vec<f64>),
}

/// Kendall's τ of each replicate, shown beside the scores that are tested.
pub(super) struct Shown {
    pub(super) taus: Vec<f64>,
    /// The least by which two τ can differ.
    pub(super) step: f64,
}

/// An estimate as it is reported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Effect {
    pub(super) point: f64,
    pub(super) interval: Option<(f64, f64)>,
}

/// What the scores say.
pub(super) struct Evidence {
    pub(super) effect: Option<Effect>,
    /// The centre that is tested, where another effect is shown.
    pub(super) score: Option<Effect>,
    /// p-values against the claim's opposite and against the claim; `None` if there are too few scores.
    pub(super) p: Option<(f64, f64)>,
    /// How they were come by.
    pub(super) test: &'static str,
    /// How many spreads the scores lie from the nearest end of what is claimed, for the question how many
    /// more would decide; where τ is shown, the scores or τ, whichever is nearer.
    pub(super) spreads: Option<f64>,
    /// Whether the interval lies where the claim is too close to call.
    pub(super) is_futile: bool,
    /// Whether the scores do not differ.
    pub(super) is_equal: bool,
    /// Whether the effect shown has the other sign than the centre that is tested.
    pub(super) is_contrary: bool,
}

/// How close together two scores must be to count as equal, if they are made of these places on a scale.
pub(super) fn resolution(scale: Scale, places: impl Iterator<Item = f64>) -> f64 {
    match scale {
        Scale::Linear => ROUNDING * places.fold(0.0, |largest: f64, place| largest.max(place.abs())),
        Scale::Log => ROUNDING * std::f64::consts::LOG10_E,
    }
}

impl Scores {
    /// Independent units of evidence.
    pub(super) fn n(&self) -> usize {
        match self {
            Self::Replicates(sample) => sample.values.len(),
            Self::Sides(first, second) => first.values.len().min(second.values.len()),
            Self::Groups(x, _) => x.len(),
        }
    }

    fn centre(&self, estimand: Estimand, mode: Mode) -> Option<Box<dyn Centre>> {
        fn boxed<C: Centre + 'static>(centre: Option<C>) -> Option<Box<dyn Centre>> {
            centre.map(|centre| Box::new(centre) as Box<dyn Centre>)
        }
        match (self, estimand, mode) {
            (Self::Replicates(sample), Estimand::Mean, Mode::Fixed) => boxed(MeanTest::new(sample)),
            (Self::Replicates(sample), Estimand::Mean, Mode::Sequential) => boxed(MeanProcess::new(sample)),
            (Self::Replicates(sample), Estimand::Median, Mode::Fixed) => {
                boxed(MedianTest::new(&sample.values))
            }
            (Self::Replicates(sample), Estimand::Median, Mode::Sequential) => {
                boxed(MedianProcess::new(&sample.values))
            }
            (Self::Sides(first, second), Estimand::Mean, Mode::Fixed) => boxed(Welch::new(first, second)),
            _ => None,
        }
    }
}

impl Study<'_> {
    /// What the scores say of the claim.
    pub(super) fn evidence(&self, estimand: Estimand, mode: Mode) -> Evidence {
        if let Scores::Groups(x, y) = &self.scores {
            return self.of_groups(x, y, mode);
        }
        if self.is_exact {
            return self.exact();
        }
        let centre = self.scores.centre(estimand, mode);
        let back = |centre: &dyn Centre| {
            let at = |place: f64| self.scale.at(place);
            Effect {
                point: at(centre.point()),
                interval: centre.interval().map(|(low, high)| (at(low), at(high))),
            }
        };
        let score = centre.as_deref().map(back);
        let shown = self.shown.as_ref().and_then(|shown| shown.effect(mode));
        let judged = |centre: &dyn Centre| {
            let test = RangeTest::new(centre, self.claimed.0, self.claimed.1);
            (test.p_inside, test.p_outside)
        };
        // Where τ is shown, both must agree: the larger p-value counts.
        let of_tau = self
            .shown
            .as_ref()
            .and_then(|shown| shown.scores().centre(Estimand::Mean, mode))
            .map(|tau| judged(&*tau));
        let p = centre.as_deref().map(judged).map(|(inside, outside)| match of_tau {
            Some((tau_inside, tau_outside)) => (inside.max(tau_inside), outside.max(tau_outside)),
            None => (inside, outside),
        });
        let place = centre.as_deref().map(Centre::point);
        let sample = match &self.scores {
            Scores::Replicates(sample) => Some(sample),
            _ => None,
        };
        let spread = sample.zip(place).map(|(sample, place)| sample.spread_at(place));
        let (low, high) = self.claimed;
        let distance = |place: f64| (place - low).abs().min((high - place).abs());
        let of_scores = place.zip(spread).map(|(place, spread)| distance(place) / spread);
        let of_tau_alone =
            shown.zip(self.shown.as_ref()).map(|(tau, all)| distance(tau.point) / all.spread());
        let within = |(low, high): (f64, f64)| self.indifference.is_some_and(|(a, b)| a <= low && high <= b);
        Evidence {
            effect: shown.or(score),
            score: shown.and(score),
            p,
            test: centre.as_deref().map_or("none", Centre::name),
            spreads: of_scores.map(|spreads| of_tau_alone.map_or(spreads, |of_tau| of_tau.min(spreads))),
            is_futile: centre.as_deref().and_then(Centre::interval).is_some_and(within),
            is_equal: sample.is_some_and(|sample| sample.values.len() >= 2 && sample.is_equal()),
            is_contrary: shown
                .zip(place)
                .is_some_and(|(shown, place)| shown.point * place <= 0.0 && place != 0.0),
        }
    }

    /// The scores as facts: all replicates are one.
    fn exact(&self) -> Evidence {
        let first = match &self.scores {
            Scores::Replicates(sample) => sample.values.first().copied(),
            Scores::Sides(first, second) => {
                first.values.first().zip(second.values.first()).map(|(a, b)| a - b)
            }
            Scores::Groups(..) => None,
        };
        let shown = self.shown.as_ref().and_then(|shown| shown.taus.first().copied());
        let fact = |point| Effect { point, interval: None };
        let score = first.map(|place| fact(self.scale.at(place)));
        let is_inside = |place: f64| {
            let (low, high) = self.claimed;
            // An open end at 0 is that of a direction: no difference is neither higher nor lower.
            let is_open = |end: f64, other: f64| end == 0.0 && other.is_infinite();
            (if is_open(low, high) { place > low } else { place >= low })
                && (if is_open(high, low) { place < high } else { place <= high })
        };
        let chance = |holds: bool| if holds { 0.0 } else { 1.0 };
        Evidence {
            effect: shown.map(fact).or(score),
            score: shown.and(score),
            p: first.map(|place| (chance(is_inside(place)), chance(!is_inside(place)))),
            test: "exact",
            spreads: None,
            is_futile: false,
            is_equal: false,
            is_contrary: shown.zip(first).is_some_and(|(tau, place)| tau * place <= 0.0 && place != 0.0),
        }
    }

    /// Kendall's τ over the groups, by permutation.
    fn of_groups(&self, x: &[f64], y: &[f64], mode: Mode) -> Evidence {
        let is_enough = x.len() >= 3 && mode == Mode::Fixed;
        let (rising, falling) = permutation_p(x, y, SEED);
        let effect = Effect { point: kendall_tau(x, y), interval: None };
        Evidence {
            effect: (x.len() >= 3).then_some(effect),
            score: None,
            p: is_enough.then_some(if self.claimed.0 == 0.0 { (rising, falling) } else { (falling, rising) }),
            test: "permutation of the groups",
            spreads: None,
            is_futile: false,
            is_equal: false,
            is_contrary: false,
        }
    }
}

impl Shown {
    /// The scatter of τ.
    fn spread(&self) -> f64 {
        thalweg_statistics::standard_deviation(&self.taus)
    }

    /// τ as scores, which cannot be finer than τ itself is.
    fn scores(&self) -> Scores {
        Scores::Replicates(Sample {
            floor: Floor::Variance(self.step * self.step / 12.0),
            support: (-1.0, 1.0),
            // Equal τ are no wonder: the floor is all that is said of them.
            resolution: -1.0,
            ..Sample::new(self.taus.clone())
        })
    }

    /// The mean of τ; `None` if no replicate has one.
    fn effect(&self, mode: Mode) -> Option<Effect> {
        if self.taus.is_empty() {
            return None;
        }
        let point = self.taus.iter().sum::<f64>() / self.taus.len() as f64;
        let centre = self.scores().centre(Estimand::Mean, mode);
        Some(Effect { point, interval: centre.and_then(|centre| centre.interval()) })
    }
}
