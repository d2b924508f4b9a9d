//! How much a quantity differs between two results: the difference that a claim would be about, of each final
//! value, over all settings that both have and at each of them.

use std::collections::{BTreeSet, HashMap};

use thalweg_records::{Quantity, Record, Role};
use thalweg_statistics::holm;

use super::config::Kind;
use super::observe::{Axes, Measure, balanced};
use super::{Claim, Difference, Estimand, Mode, Order, Terms};
use crate::draw::Scale;
use crate::estimates::scale_of;
use crate::figures::{levels, names_of};
use crate::select::{DIVERGED, Where, value};
use crate::tables::names;
use crate::{Results, words};

/// The setting that tells from which of the two results a run comes.
const SIDE: &str = "result";
/// More rows than these no reader would look at.
const MOST: usize = 4_000;
/// Between the replicates of results that draw other random numbers: none of one is one of the other.
const APART: u64 = 1 << 40;

/// A final value in two results.
#[derive(Debug, Clone, PartialEq)]
pub struct Contrast {
    /// The settings, such as `batch size 8`; `None` for all together.
    pub point: Option<String>,
    /// The quantity.
    pub quantity: String,
    /// Its mean over the replicates in either result, geometric where the effect is a ratio.
    pub means: [Option<f64>; 2],
    /// `difference` or `ratio`.
    pub what: String,
    /// Of the second result to the first; `None` if too few runs have the value.
    pub effect: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Pairs of replicates, or replicates of the smaller result.
    pub n: usize,
    /// Whether replicates of both were compared with one another.
    pub is_paired: bool,
    /// Runs that diverged or lack the value.
    pub n_left_out: usize,
    /// The p-value of no difference, corrected for all rows of its kind (Holm); none for a fact.
    pub p: Option<f64>,
}

/// All final values of two results.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contrasts {
    /// Over all settings that both have.
    pub overall: Vec<Contrast>,
    /// At each of these settings; nothing where there is one alone.
    pub pointwise: Vec<Contrast>,
    /// What must be known of them.
    pub notes: Vec<String>,
}

impl Contrasts {
    /// Compares the second result with the first.
    pub(crate) fn new(first: &Results, second: &Results) -> Self {
        let both = [first, second];
        let mut notes = Vec::new();
        let seeds = both.map(|results| {
            results
                .runs
                .iter()
                .filter_map(|run| Some(run.setting("seed")?.to_string()))
                .collect::<BTreeSet<_>>()
        });
        let is_apart = seeds[0] != seeds[1];
        if is_apart {
            notes.push(
                "they have other seeds, so that no replicate of one belongs to one of the other".to_owned(),
            );
        }
        let keys = both.map(|results| results.runs.iter().map(|run| &run.key).collect::<BTreeSet<_>>());
        let n_same = keys[0].intersection(&keys[1]).count();
        if n_same > 0 {
            notes.push(format!("{} are the same in both", super::counted(n_same, "run")));
        }
        let merged = merged(both, is_apart);
        let quantities = quantities(both);
        let sides = ["A", "B"].map(|side| of_side(&merged.runs, side));
        let axes = Axes::besides(merged.axes(), &[]).shared(&sides[0], &sides[1]);
        let cells = cells(&merged, &axes, &mut notes);
        if cells.is_empty() && sides.iter().all(|side| !side.is_empty()) {
            notes.push("no point of the sweep is in both".to_owned());
        }
        let shared: Vec<Record> = cells.iter().flat_map(|(_, results)| results.runs.clone()).collect();
        let all = Results::new(merged.plan.clone(), shared);
        let scaled: Vec<(String, Scale)> = quantities
            .into_iter()
            .map(|name| {
                let values = all.runs.iter().filter_map(|run| value(run, &name));
                let scale = scale_of(&name, Scale::Linear, values.collect::<Vec<f64>>());
                (name, scale)
            })
            .collect();
        let overall = scaled.iter().filter_map(|(name, scale)| contrast(None, &all, name, *scale));
        let overall = corrected(overall.collect());
        let mut pointwise = Vec::new();
        if cells.len() > 1 && cells.len() * scaled.len() <= MOST {
            for (point, results) in &cells {
                let of = |(name, scale): &(String, Scale)| contrast(Some(point), results, name, *scale);
                pointwise.extend(scaled.iter().filter_map(of));
            }
        } else if cells.len() > 1 {
            notes.push(format!("{} points are too many to be told one by one", cells.len()));
        }
        Self { overall, pointwise: corrected(pointwise), notes }
    }
}

/// The runs of both results as those of one, without what is not compared.
fn merged(both: [&Results; 2], is_apart: bool) -> Results {
    let mut axes = both[0].axes().to_vec();
    axes.extend(both[1].axes().iter().filter(|axis| !both[0].axes().contains(axis)).cloned());
    let mut runs = Vec::new();
    for (results, side) in both.into_iter().zip(["A", "B"]) {
        for run in &results.runs {
            let mut spec = run.spec.clone();
            spec[SIDE] = side.into();
            if is_apart && side == "B" {
                spec["replicate"] = (crate::select::replicate(run) + APART).into();
            }
            runs.push(Record {
                status: run.status.clone(),
                deterministic: run.deterministic,
                metrics: run.metrics.clone(),
                seconds: run.seconds.clone(),
                ..Record::empty(format!("{side}/{}", run.key), spec)
            });
        }
    }
    // Without the keys of its runs, which no difference asks for: there is a copy of it for each point.
    Results::new(thalweg_records::Plan::new("comparison", axes), runs)
}

fn of_side<'a>(runs: &'a [Record], side: &str) -> Vec<&'a Record> {
    runs.iter().filter(|run| run.spec[SIDE] == side).collect()
}

/// The final values that both results have, times last, and whether runs diverged if any did.
fn quantities(both: [&Results; 2]) -> Vec<String> {
    let of =
        |results: &Results| names(results, |run| run.metrics.iter().map(|own| own.name.as_str()).collect());
    let times =
        |results: &Results| names(results, |run| run.seconds.iter().map(|own| own.name.as_str()).collect());
    let shared = |[first, second]: [Vec<String>; 2]| -> Vec<String> {
        first.into_iter().filter(|name| second.contains(name)).collect()
    };
    let is_compared =
        |name: &String| !matches!(Quantity::of(name).role, Role::Deviation | Role::Error | Role::Theory);
    let mut all: Vec<String> = shared(both.map(of)).into_iter().filter(is_compared).collect();
    all.extend(both.iter().any(|results| results.diverged() > 0).then(|| DIVERGED.to_owned()));
    all.extend(shared(both.map(times)));
    all
}

/// The runs at each point that both results have, in the order of the first, with its settings in words.
fn cells(merged: &Results, axes: &Axes<'_>, notes: &mut Vec<String>) -> Vec<(String, Results)> {
    let (mut cells, mut places): (Vec<Vec<Record>>, HashMap<String, usize>) = Default::default();
    for run in &merged.runs {
        let place = *places.entry(axes.cell(run)).or_insert(cells.len());
        match cells.get_mut(place) {
            Some(runs) => runs.push(run.clone()),
            None => cells.push(vec![run.clone()]),
        }
    }
    let all: Vec<&Record> = merged.runs.iter().collect();
    let named = axes.0.iter().map(|axis| {
        let levels = levels(&all, axis);
        let names = names_of(&levels);
        (
            *axis,
            words::words(&all, axis).label.into_owned(),
            levels.into_iter().zip(names).collect::<Vec<_>>(),
        )
    });
    let named: Vec<_> = named.collect();
    let n = cells.len();
    let is_shared = |runs: &[Record]| ["A", "B"].iter().all(|side| !of_side(runs, side).is_empty());
    let kept: Vec<(String, Results)> = cells
        .into_iter()
        .filter(|runs| is_shared(runs))
        .map(|runs| {
            let words = named.iter().map(|(axis, label, levels)| {
                let level = levels.iter().find(|(level, _)| runs[0].setting(axis) == Some(*level));
                format!("{label} {}", level.map_or("none", |(_, name)| name))
            });
            let words = words.collect::<Vec<_>>().join(", ");
            (words, Results::new(merged.plan.clone(), runs))
        })
        .collect();
    if kept.len() < n && !kept.is_empty() {
        notes.push(format!(
            "{} of {n} points of the sweeps are in one of them alone, and left out",
            n - kept.len()
        ));
    }
    kept
}

/// `None` where neither result has the value.
fn contrast(point: Option<&String>, results: &Results, quantity: &str, scale: Scale) -> Option<Contrast> {
    let side = |side: &str| Where::from([(SIDE.to_owned(), side.into())]);
    let claim = Claim {
        id: quantity.to_owned(),
        says: String::new(),
        control: false,
        terms: Terms { scale: Some(scale), survivors: true, ..Terms::default() },
        kind: Kind::Difference(Difference {
            of: quantity.to_owned(),
            than: None,
            between: [side("B"), side("A")],
            direction: Order::Higher,
            margin: None,
            factor: None,
        }),
    };
    let study = claim.study(results);
    let evidence = study.evidence(Estimand::Mean, Mode::Fixed);
    let measure = Measure::new(quantity, &claim.terms);
    let means = ["A", "B"].map(|side| {
        let own = balanced(&of_side(&results.runs, side), results.axes(), &measure);
        let sum = own.values().map(|one| one.place).sum::<f64>();
        (!own.is_empty()).then(|| scale.at(sum / own.len() as f64))
    });
    if means.iter().all(Option::is_none) {
        return None;
    }
    let is_paired = matches!(study.scores, super::study::Scores::Replicates(_));
    let p = evidence.p.filter(|_| !study.is_exact && evidence.effect.is_some());
    Some(Contrast {
        point: point.cloned(),
        quantity: quantity.to_owned(),
        means,
        what: study.what.clone(),
        effect: evidence.effect.map(|effect| effect.point),
        interval: evidence
            .effect
            .and_then(|effect| effect.interval)
            .filter(|(low, high)| (low + high).is_finite()),
        n: study.scores.n(),
        is_paired,
        n_left_out: study.tally.gaps.len() + study.tally.outside.len(),
        p: p.map(|(higher, lower)| higher.min(lower)),
    })
}

/// The same with p-values that count how many there are. Times are no evidence on anything but the machine.
fn corrected(mut all: Vec<Contrast>) -> Vec<Contrast> {
    let is_timed = |own: &Contrast| Quantity::of(&own.quantity).role == Role::Time;
    for own in all.iter_mut().filter(|own| is_timed(own)) {
        own.p = None;
    }
    let adjusted = holm(&all.iter().filter_map(|own| own.p).collect::<Vec<f64>>());
    for (own, p) in all.iter_mut().filter(|own| own.p.is_some()).zip(adjusted) {
        own.p = Some(p);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up;

    #[test]
    fn replicates_of_one_seed_are_paired_and_the_ratio_is_that_of_the_second_to_the_first() {
        // In pairs the second is twice the first at every replicate but for a little scatter.
        let first = made_up::results(4, |batch, r| batch * (1.0 + 10.0 * r as f64));
        let second =
            made_up::results(4, |batch, r| batch * (1.0 + 10.0 * r as f64) * (2.0 + 0.01 * r as f64));
        let contrasts = Contrasts::new(&first, &second);
        let loss = &contrasts.overall[0];
        assert_eq!(
            (loss.quantity.as_str(), loss.what.as_str(), loss.n, loss.is_paired),
            ("loss", "ratio", 4, true)
        );
        let expected = (2.0_f64 * 2.01 * 2.02 * 2.03).powf(0.25);
        assert!((loss.effect.unwrap() - expected).abs() < 1e-9, "{loss:?}");
        let [a, b] = loss.means.map(Option::unwrap);
        // √(1 · 8) over the batches, and the same over the replicates.
        assert!((a - 8.0_f64.sqrt() * (1.0_f64 * 11.0 * 21.0 * 31.0).powf(0.25)).abs() < 1e-9, "{loss:?}");
        assert!((b / a - expected).abs() < 1e-9, "the means fit the ratio: {loss:?}");
        let (low, high) = loss.interval.unwrap();
        assert!(low > 1.9 && high < 2.1, "pairs leave out what replicates differ in: {loss:?}");
        assert!(loss.p.unwrap() < 1e-6);
        assert_eq!(contrasts.pointwise.iter().filter(|own| own.quantity == "loss").count(), 4);
        assert_eq!(contrasts.pointwise[0].point.as_deref(), Some("batch size 1"));
        let back = Contrasts::new(&second, &first);
        assert!((back.overall[0].effect.unwrap() * expected - 1.0).abs() < 1e-9);
    }

    #[test]
    fn results_of_other_seeds_are_two_independent_samples() {
        let first = made_up::results(4, |batch, r| batch * (1.0 + 10.0 * r as f64));
        let mut second = made_up::results(4, |batch, r| 2.0 * batch * (1.0 + 10.0 * r as f64));
        for run in &mut second.runs {
            run.spec["seed"] = 2.into();
        }
        let contrasts = Contrasts::new(&first, &second);
        let loss = &contrasts.overall[0];
        assert!(!loss.is_paired && (loss.effect.unwrap() - 2.0).abs() < 1e-9, "{loss:?}");
        let (low, high) = loss.interval.unwrap();
        assert!(low < 0.5 && high > 5.0, "the scatter of the replicates counts: {loss:?}");
        assert!(contrasts.notes.iter().any(|note| note.contains("other seeds")), "{:?}", contrasts.notes);
    }

    #[test]
    fn points_of_one_result_alone_and_runs_that_diverged_are_told() {
        let first = made_up::results(3, |batch, r| batch + 0.1 * r as f64);
        let mut second =
            made_up::results(3, |batch, r| if batch == 4.0 { f64::NAN } else { batch + 0.2 * r as f64 });
        second.runs.retain(|run| run.spec["train"]["batch-size"] != 8);
        let contrasts = Contrasts::new(&first, &second);
        assert!(
            contrasts.notes.iter().any(|note| note.starts_with("1 of 4 points")),
            "{:?}",
            contrasts.notes
        );
        let at_4 =
            contrasts.pointwise.iter().find(|own| own.point.as_deref() == Some("batch size 4")).unwrap();
        assert_eq!((at_4.effect, at_4.means[1], at_4.n_left_out), (None, None, 3));
        let diverged = contrasts.overall.iter().find(|own| own.quantity == DIVERGED).unwrap();
        assert!((diverged.effect.unwrap() - 1.0 / 3.0).abs() < 1e-12, "{diverged:?}");
    }

    #[test]
    fn times_are_compared_and_decide_nothing() {
        let results = made_up::results(3, |batch, r| batch + 0.1 * r as f64);
        let contrasts = Contrasts::new(&results, &results);
        let last = contrasts.overall.last().unwrap();
        assert_eq!((last.quantity.as_str(), last.p), ("seconds", None));
        assert!(
            contrasts.notes.contains(&"12 runs are the same in both".to_owned()),
            "{:?}",
            contrasts.notes
        );
    }
}
