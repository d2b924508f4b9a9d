//! What all schedules have in common: their settings, and that η is always a number that one can train with.

#![expect(clippy::disallowed_methods, reason = "expected values may come from the system")]

use proptest::prelude::*;
use thalweg_numeric::bounded::{Count, Fraction, NonNegative, Positive};
use thalweg_optimizers::Schedule;
use thalweg_optimizers::schedule::{
    Constant, Cosine, CosineRestarts, DecayForm, Exponential, InverseSqrt, Linear, OneCycle, PowerLaw, Step,
    WarmUp, WarmUpStableDecay,
};

/// The least that must be written, and what that means in full.
const SETTINGS: [(&str, &str); 11] = [
    ("kind = 'constant'\ninitial = 0.1\n", "kind = \"constant\"\ninitial = 0.1\n"),
    (
        "kind = 'power-law'\ninitial = 0.1\ntime-scale = 5e4\n",
        "kind = \"power-law\"\ninitial = 0.1\nexponent = 1.0\ntime-scale = 50000.0\n",
    ),
    (
        "kind = 'step'\ninitial = 0.1\nsteps = 30\n",
        "kind = \"step\"\ninitial = 0.1\nfactor = 0.1\nsteps = 30\n",
    ),
    (
        "kind = 'exponential'\ninitial = 0.1\ntime-scale = 700\n",
        "kind = \"exponential\"\ninitial = 0.1\ntime-scale = 700.0\n",
    ),
    (
        "kind = 'cosine'\ninitial = 0.1\nsteps = 1e3\n",
        "kind = \"cosine\"\ninitial = 0.1\nsteps = 1000\nfloor = 0.0\n",
    ),
    (
        "kind = 'one-cycle'\npeak = 0.1\nsteps = 100\n",
        "kind = \"one-cycle\"\npeak = 0.1\nsteps = 100\nrise = 0.3\nstart-divisor = 25.0\nend-divisor = 10000.0\n",
    ),
    (
        "kind = 'warm-up'\nsteps = 10\nthen.kind = 'constant'\nthen.initial = 0.1\n",
        "kind = \"warm-up\"\nsteps = 10\n\n[then]\nkind = \"constant\"\ninitial = 0.1\n",
    ),
    (
        "kind = 'linear'\ninitial = 0.1\nsteps = 1e3\n",
        "kind = \"linear\"\ninitial = 0.1\nsteps = 1000\nfloor = 0.0\n",
    ),
    (
        "kind = 'inverse-sqrt'\ninitial = 0.1\ntime-scale = 700\n",
        "kind = \"inverse-sqrt\"\ninitial = 0.1\ntime-scale = 700.0\n",
    ),
    (
        "kind = 'cosine-restarts'\ninitial = 0.1\nsteps = 100\n",
        "kind = \"cosine-restarts\"\ninitial = 0.1\nsteps = 100\ngrowth = 1\nfloor = 0.0\n",
    ),
    (
        "kind = 'warm-up-stable-decay'\npeak = 0.1\nsteps = 100\ndecay-steps = 20\n",
        "kind = \"warm-up-stable-decay\"\npeak = 0.1\nsteps = 100\ndecay-steps = 20\nwarm-up-steps = 1\n\
         decay = \"linear\"\nfloor = 0.0\n",
    ),
];

fn read(text: &str) -> Result<Schedule, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

#[test]
fn settings_come_back_explicit() {
    for (least, full) in SETTINGS {
        let schedule = read(least).unwrap();
        assert_eq!(toml::to_string(&schedule).unwrap(), full);
        assert_eq!(read(full), Ok(schedule));
    }
}

#[test]
fn unknown_keys_are_refused() {
    for (least, _) in SETTINGS {
        for (text, key) in [
            (format!("{least}surprise = 1\n"), "surprise"),
            (format!("kind = 'warm-up'\nsteps = 2\nthen = {{ {}, odd = 1 }}", inline(least)), "odd"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(error.contains(&format!("unknown field `{key}`")), "{text}: {error}");
        }
    }
}

fn inline(table: &str) -> String {
    table.trim_end().replace('\n', ", ")
}

#[test]
fn a_check_reaches_through_a_warm_up() {
    let schedule =
        read("kind = 'warm-up'\nsteps = 2\n[then]\nkind = 'cosine'\ninitial = 0.1\nsteps = 9\nfloor = 1");
    assert_eq!(schedule.unwrap().check().unwrap_err().to_string(), "floor = 1 lies above initial = 0.1");
}

#[test]
#[should_panic(expected = "steps count from 1")]
fn step_0_is_a_bug() {
    read(SETTINGS[0].0).unwrap().at(0);
}

/// Numbers above 0 over almost the whole range of f64.
fn positive() -> impl Strategy<Value = Positive> {
    prop_oneof![1e-3..10.0, (-300.0..300.0).prop_map(|e: f64| 10_f64.powf(e))].prop_map(Positive::of)
}

fn fraction() -> impl Strategy<Value = Fraction> {
    prop_oneof![Just(0.0), Just(1.0), 0.0..1.0].prop_map(Fraction::of)
}

fn count() -> impl Strategy<Value = Count> {
    prop_oneof![1..20_u64, 1..2_000_000_000_u64].prop_map(Count::of)
}

fn divisor() -> impl Strategy<Value = Positive> {
    prop_oneof![Just(1.0), 1.0..1e6, Just(f64::MAX)].prop_map(Positive::of)
}

/// Any schedule that passes its check, and its highest value.
fn schedule() -> impl Strategy<Value = (Schedule, f64)> {
    let plain = prop_oneof![
        positive().prop_map(|initial| (Schedule::Constant(Constant { initial }), initial.get())),
        (positive(), prop_oneof![Just(0.0), Just(0.5), Just(1.0), 0.0..1e3], positive()).prop_map(
            |(initial, exponent, time_scale)| {
                let exponent = NonNegative::of(exponent);
                (Schedule::PowerLaw(PowerLaw { initial, exponent, time_scale }), initial.get())
            }
        ),
        (positive(), fraction(), count()).prop_map(|(initial, factor, steps)| {
            (Schedule::Step(Step { initial, factor, steps }), initial.get())
        }),
        (positive(), positive()).prop_map(|(initial, time_scale)| {
            (Schedule::Exponential(Exponential { initial, time_scale }), initial.get())
        }),
        (positive(), count(), fraction()).prop_map(|(initial, steps, share)| {
            let floor = NonNegative::of(initial.get() * share.get());
            (Schedule::Cosine(Cosine { initial, steps, floor }), initial.get())
        }),
        (positive(), count(), fraction()).prop_map(|(initial, steps, share)| {
            let floor = NonNegative::of(initial.get() * share.get());
            (Schedule::Linear(Linear { initial, steps, floor }), initial.get())
        }),
        (positive(), positive()).prop_map(|(initial, time_scale)| {
            (Schedule::InverseSqrt(InverseSqrt { initial, time_scale }), initial.get())
        }),
        (positive(), count(), count(), fraction()).prop_map(|(initial, steps, growth, share)| {
            let floor = NonNegative::of(initial.get() * share.get());
            let schedule = CosineRestarts { initial, steps, growth, floor };
            (Schedule::CosineRestarts(schedule), initial.get())
        }),
        (positive(), count(), count(), count(), any::<bool>(), fraction()).prop_map(
            |(peak, plateau, decay_steps, warm_up_steps, is_linear, share)| {
                let schedule = WarmUpStableDecay {
                    peak,
                    steps: Count::of(plateau.get() + decay_steps.get() + warm_up_steps.get()),
                    decay_steps,
                    warm_up_steps,
                    decay: if is_linear { DecayForm::Linear } else { DecayForm::OneMinusRoot },
                    floor: NonNegative::of(peak.get() * share.get()),
                };
                (Schedule::WarmUpStableDecay(schedule), peak.get())
            }
        ),
        (positive(), count(), fraction(), divisor(), divisor()).prop_map(
            |(peak, steps, rise, start_divisor, end_divisor)| {
                let cycle = OneCycle { peak, steps, rise, start_divisor, end_divisor };
                (Schedule::OneCycle(cycle), peak.get())
            }
        ),
    ];
    plain.prop_recursive(2, 3, 1, |inner| {
        (count(), inner)
            .prop_map(|(steps, (then, top))| (Schedule::WarmUp(WarmUp { steps, then: Box::new(then) }), top))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_value_is_finite_and_lies_between_zero_and_the_top(
        (schedule, top) in schedule(),
        late in 1..=1_000_000_000_u64,
    ) {
        prop_assert_eq!(schedule.check(), Ok(()));
        for step in (1..=50).chain([late, 1_000_000_000]) {
            let lr = schedule.at(step);
            // Two roundings, of a weighted mean, may lift the top by two halves of an ulp.
            let allowed = 0.0..=top * (1.0 + f64::EPSILON);
            prop_assert!(allowed.contains(&lr), "t = {}: {} of at most {}", step, lr, top);
        }
    }

    #[test]
    fn every_schedule_survives_its_file((schedule, _) in schedule()) {
        prop_assert_eq!(read(&toml::to_string(&schedule).unwrap()), Ok(schedule));
    }
}
