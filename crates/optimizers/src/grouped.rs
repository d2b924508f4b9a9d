//! The steps of parameters in groups, each with a state of its own.

use std::ops::Range;

use thalweg_numeric::{Layout, Real, Stream};

use crate::group::{Group, owners};
use crate::scale::Factors;
use crate::{Degree, Kind, Memory, OptimizerConfig, Rule, RuleState, Scale, Transform};

/// All parameters, told apart by what steps they take.
pub(crate) struct Grouped<F> {
    /// Transforms as they stand, for those that look at the whole gradient.
    transforms: Vec<Transform>,
    parts: Vec<Part<F>>,
    /// In the order of the layout, each with its part: neighbours of one part are one range.
    ranges: Vec<(Range<usize>, usize)>,
    dim: usize,
    has_preconditioner: bool,
}

/// Parameters that take their steps together.
struct Part<F> {
    /// What the learning rate is multiplied by.
    rate: f64,
    /// With the weight decay of this part.
    transforms: Vec<Transform>,
    /// None if the parameters stay as they are.
    state: Option<Box<dyn RuleState<F>>>,
    ranges: Vec<Range<usize>>,
    // Work space, not remembered: the part in one piece, if it lies in several.
    params: Vec<F>,
    grad: Vec<F>,
}

/// What decides the steps of an array.
#[derive(PartialEq)]
struct Kin {
    group: Option<usize>,
    rate: f64,
    /// Factors of the weight decay, on the gradient and on the parameters.
    coupled: f64,
    decoupled: f64,
}

impl<F: Real> Grouped<F> {
    /// The initial state for a rule, if the optimizer has groups or a parametrisation changes a step.
    pub(crate) fn new(config: &OptimizerConfig, layout: &Layout, scales: &[Scale]) -> Option<Self> {
        let Kind::Rule(rule) = &config.kind else { return None };
        let is_scaled = scales.iter().any(|scale| *scale != Scale::default());
        if config.group.is_empty() && !is_scaled {
            return None;
        }
        let owners = owners(&config.group, layout);
        let mut kinds: Vec<Kin> = Vec::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        for (array, owner) in owners.into_iter().enumerate() {
            let scale = scales.get(array).copied().unwrap_or_default();
            let kin = kin(config, rule, owner, scale);
            match kinds.iter().position(|other| *other == kin) {
                Some(part) => members[part].push(array),
                None => {
                    kinds.push(kin);
                    members.push(vec![array]);
                }
            }
        }
        let parts = kinds.iter().zip(&members);
        let parts: Vec<Part<F>> =
            parts.map(|(kin, arrays)| part(config, rule, kin, layout, arrays)).collect();
        let mut ranges: Vec<(Range<usize>, usize)> = parts
            .iter()
            .enumerate()
            .flat_map(|(index, part)| part.ranges.iter().map(move |range| (range.clone(), index)))
            .collect();
        ranges.sort_by_key(|(range, _)| range.start);
        let (transforms, dim) = (config.transforms.clone(), layout.dim());
        let has_preconditioner = config.has_preconditioner_on(is_scaled);
        Some(Self { transforms, parts, ranges, dim, has_preconditioner })
    }

    /// Applies the transforms: those of each part to its parameters, in the order of the layout, with its
    /// learning rate.
    pub(crate) fn transform(
        &mut self,
        (step, lr): (u64, f64),
        noise: &mut Stream,
        params: &mut [F],
        grad: &mut [F],
    ) {
        assert_eq!((params.len(), grad.len()), (self.dim, self.dim), "lengths of parameters and gradient");
        for (range, part) in &self.ranges {
            if self.parts[*part].state.is_none() {
                grad[range.clone()].fill(F::ZERO);
            }
        }
        for (index, transform) in self.transforms.iter().enumerate() {
            if transform.is_of_whole() {
                transform.apply(step, lr, noise, params, grad);
                continue;
            }
            for (range, part) in &self.ranges {
                let part = &self.parts[*part];
                if part.state.is_some() {
                    let (params, grad) = (&mut params[range.clone()], &mut grad[range.clone()]);
                    part.transforms[index].apply(step, lr * part.rate, noise, params, grad);
                }
            }
        }
    }

    /// Moves all parameters but the frozen ones by one step.
    pub(crate) fn step(&mut self, lr: f64, params: &mut [F], grad: &[F]) {
        for part in &mut self.parts {
            let Some(state) = &mut part.state else { continue };
            let lr = lr * part.rate;
            if let [range] = &part.ranges[..] {
                state.step(lr, &mut params[range.clone()], &grad[range.clone()]);
                continue;
            }
            gather(&part.ranges, params, &mut part.params);
            gather(&part.ranges, grad, &mut part.grad);
            state.step(lr, &mut part.params, &part.grad);
            scatter(&part.ranges, &part.params, params);
        }
    }

    /// As [`RuleState::answer`], of all parameters.
    pub(crate) fn answer(&mut self, params: &[F], out: &mut [F]) -> bool {
        let mut differs = false;
        out.copy_from_slice(params);
        for part in &mut self.parts {
            let Some(state) = &part.state else { continue };
            if let [range] = &part.ranges[..] {
                differs |= state.answer(&params[range.clone()], &mut out[range.clone()]);
                continue;
            }
            gather(&part.ranges, params, &mut part.params);
            if state.answer(&part.params, &mut part.grad) {
                scatter(&part.ranges, &part.grad, out);
                differs = true;
            }
        }
        differs
    }

    /// The diagonal by which the gradient is divided: that of each part, or 1, over its factor of the
    /// learning rate. Empty if there is none.
    pub(crate) fn preconditioner(&self) -> Vec<F> {
        if !self.has_preconditioner {
            return Vec::new();
        }
        let mut all = vec![F::ONE; self.dim];
        for part in &self.parts {
            let own = part.state.as_ref().map_or(Vec::new(), |state| state.preconditioner());
            let rate = F::from_f64(part.rate);
            if !own.is_empty() {
                scatter(&part.ranges, &own, &mut all);
            }
            for range in &part.ranges {
                all[range.clone()].iter_mut().for_each(|p| *p /= rate);
            }
        }
        all
    }

    /// What the parts remember, one after another.
    pub(crate) fn memory(&mut self) -> Memory<'_, F> {
        let mut all = Memory { scalars: Vec::new(), vectors: Vec::new() };
        for state in self.parts.iter_mut().filter_map(|part| part.state.as_mut()) {
            let memory = state.memory();
            all.scalars.extend(memory.scalars);
            all.vectors.extend(memory.vectors);
        }
        all
    }
}

/// What decides the steps of an array in a group, on a scale.
fn kin(config: &OptimizerConfig, rule: &Rule, owner: Option<usize>, scale: Scale) -> Kin {
    let default = Group::default();
    let group = owner.map_or(&default, |owner| &config.group[owner]);
    // Without a degree the scale is one that changes nothing.
    let degree = group.rule.as_ref().unwrap_or(rule).degree().unwrap_or(Degree::Linear);
    let Factors { rate, coupled, decoupled } = scale.factors(degree);
    let decay = group.weight_decay_factor.get();
    Kin {
        group: owner,
        rate: rate * group.rate_factor.get(),
        coupled: decay * coupled,
        decoupled: decay * decoupled,
    }
}

fn part<F: Real>(
    config: &OptimizerConfig,
    rule: &Rule,
    kin: &Kin,
    layout: &Layout,
    arrays: &[usize],
) -> Part<F> {
    let group = kin.group.map(|group| &config.group[group]);
    let is_frozen = group.is_some_and(|group| group.frozen);
    let rule = group.and_then(|group| group.rule.as_ref()).unwrap_or(rule);
    let blocks = arrays.iter().map(|array| &layout.blocks()[*array]);
    let sub = Layout::new(blocks.clone().map(|block| (block.name.clone(), block.shape.clone())));
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for block in blocks {
        match ranges.last_mut() {
            Some(last) if last.end == block.range.start => last.end = block.range.end,
            _ => ranges.push(block.range.clone()),
        }
    }
    let room = if ranges.len() == 1 || is_frozen { 0 } else { sub.dim() };
    Part {
        rate: kin.rate,
        transforms: config
            .transforms
            .iter()
            .map(|transform| transform.with_decay(kin.coupled, kin.decoupled))
            .collect(),
        state: (!is_frozen).then(|| rule.build(&sub)),
        ranges,
        params: vec![F::ZERO; room],
        grad: vec![F::ZERO; room],
    }
}

/// Copies ranges of a vector together.
fn gather<F: Real>(ranges: &[Range<usize>], from: &[F], into: &mut [F]) {
    let mut at = 0;
    for range in ranges {
        into[at..at + range.len()].copy_from_slice(&from[range.clone()]);
        at += range.len();
    }
}

/// Copies them back to their places.
fn scatter<F: Real>(ranges: &[Range<usize>], from: &[F], into: &mut [F]) {
    let mut at = 0;
    for range in ranges {
        into[range.clone()].copy_from_slice(&from[at..at + range.len()]);
        at += range.len();
    }
}

#[cfg(test)]
mod tests {
    use thalweg_numeric::objectives::Linear;
    use thalweg_numeric::{Layout, Streams};

    use crate::{Dynamics, Optimizer, OptimizerConfig, Scale};

    /// Two layers of 2·2 + 2 and 2·1 + 1 parameters.
    fn layout() -> Layout {
        Layout::new([
            ("layers.0.weight", vec![2, 2]),
            ("layers.0.bias", vec![2]),
            ("layers.1.weight", vec![2, 1]),
            ("layers.1.bias", vec![1]),
        ])
    }

    fn config(text: &str) -> OptimizerConfig {
        let config: OptimizerConfig = toml::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(config.check(&layout()), [], "{text}");
        config
    }

    fn slope(step: i32) -> Vec<f64> {
        (0..9).map(|i| libm::sin(f64::from(3 * step + i + 1))).collect()
    }

    fn start() -> Vec<f64> {
        (0..9).map(|i| libm::cos(f64::from(2 * i))).collect()
    }

    /// Ten steps with η = 0.1 by slopes without a pattern.
    fn walk(optimizer: &mut Optimizer<f64>) -> Vec<f64> {
        let mut params = start();
        for step in 0..10 {
            let mut objective = Linear { slope: slope(step) };
            let allocations =
                allocation_counter::measure(|| _ = optimizer.step(0.1, &mut params, &mut objective));
            assert_eq!(allocations.count_total, 0, "a step allocates");
        }
        optimizer.answer(&params).to_vec()
    }

    fn build(config: &OptimizerConfig, layout: &Layout) -> Optimizer<f64> {
        config.build(layout, Streams::new(1, 0).stream("noise", 0))
    }

    fn walk_of(text: &str) -> Vec<f64> {
        walk(&mut build(&config(text), &layout()))
    }

    /// The same walk of some of the parameters alone, with a learning rate of its own.
    fn walk_alone(text: &str, lr: f64, shapes: &[(&str, Vec<usize>)], places: &[usize]) -> Vec<f64> {
        let layout = Layout::new(shapes.iter().cloned());
        let mut optimizer = build(&config(text), &layout);
        let of = |all: &[f64]| -> Vec<f64> { places.iter().map(|i| all[*i]).collect() };
        let mut params = of(&start());
        for step in 0..10 {
            optimizer.step(lr, &mut params, &mut Linear { slope: of(&slope(step)) });
        }
        optimizer.answer(&params).to_vec()
    }

    const RULES: [&str; 8] = [
        "kind = 'sgd'",
        "kind = 'momentum'",
        "kind = 'adam'",
        "kind = 'rmsprop'",
        "kind = 'lars'",
        "kind = 'muon'",
        "kind = 'schedule-free'\nbase = { kind = 'sgd' }",
        "kind = 'schedule-free'\nbase = { kind = 'adam' }",
    ];

    #[test]
    fn groups_that_change_nothing_change_no_bit() {
        let transforms = "transforms = [{ kind = 'clip-by-norm', max = 1 }, { kind = 'gradient-noise', variance = 0.1 }, \
                          { kind = 'weight-decay', rate = 0.1, decoupled = true }, { kind = 'clip-by-value', max = 0.6 }, \
                          { kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.1 } }]";
        for rule in RULES {
            let text = format!("{rule}\n{transforms}");
            for groups in
                ["{ layers = [1] }", "{ parameters = 'biases' }, { part = 'output', parameters = 'weights' }"]
            {
                assert_eq!(
                    walk_of(&format!("{text}\ngroup = [{groups}]")),
                    walk_of(&text),
                    "{text} {groups}"
                );
            }
        }
    }

    #[test]
    fn a_group_walks_as_if_it_were_alone() {
        let weights = [("layers.0.weight", vec![2, 2]), ("layers.1.weight", vec![2, 1])];
        let biases = [("layers.0.bias", vec![2]), ("layers.1.bias", vec![1])];
        for own in RULES {
            for rest in RULES {
                let rule = format!("{{ {} }}", own.replace('\n', ", "));
                let text = format!(
                    "{rest}\ngroup = [{{ parameters = 'weights', rate-factor = 0.5, rule = {rule} }}]"
                );
                let whole = walk_of(&text);
                let of_weights = walk_alone(own, 0.05, &weights, &[0, 1, 2, 3, 6, 7]);
                let of_biases = walk_alone(rest, 0.1, &biases, &[4, 5, 8]);
                assert_eq!([&whole[..4], &whole[6..8]].concat(), of_weights, "{text}");
                assert_eq!([&whole[4..6], &whole[8..]].concat(), of_biases, "{text}");
            }
        }
    }

    #[test]
    fn frozen_parameters_stay_and_count_for_nothing() {
        let transforms = "transforms = [{ kind = 'clip-by-norm', max = 0.5 }, { kind = 'weight-decay', rate = 0.1, decoupled = true }, \
                          { kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.1 } }]";
        for rule in RULES {
            let text = format!("{rule}\n{transforms}");
            let walked = walk_of(&format!("{text}\ngroup = [{{ layers = [0], frozen = true }}]"));
            assert_eq!(walked[..6], start()[..6], "{text}");
            let rest = [("layers.1.weight", vec![2, 1]), ("layers.1.bias", vec![1])];
            let alone = walk_alone(&text, 0.1, &rest, &[6, 7, 8]);
            // The norm of the same numbers, summed with zeros before them: to a few roundings.
            assert!(walked[6..].iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-13), "{text}");
        }
    }

    #[test]
    fn weight_decay_has_a_factor() {
        let decayed = |decoupled: bool, factor: &str| {
            let decay = format!("{{ kind = 'weight-decay', rate = 0.2, decoupled = {decoupled} }}");
            walk_of(&format!(
                "kind = 'momentum'\ntransforms = [{decay}]\ngroup = [{{ parameters = 'biases'{factor} }}]"
            ))
        };
        for decoupled in [false, true] {
            let (none, whole) = (walk_of("kind = 'momentum'"), decayed(decoupled, ""));
            let mixed = decayed(decoupled, ", weight-decay-factor = 0");
            assert_eq!((&mixed[..4], &mixed[4..6], &mixed[6..8]), (&whole[..4], &none[4..6], &whole[6..8]));
            assert_ne!(whole[4..6], none[4..6]);
        }
    }

    #[test]
    fn what_is_known_of_a_rule_is_known_of_groups() {
        let of = |text: &str| config(text);
        let adam = Dynamics::Preconditioned { beta: 0.9 };
        let slow = "group = [{ layers = [0], rate-factor = 0.25 }]";
        for (text, dynamics, has) in [
            (
                "kind = 'sgd'\ngroup = [{ weight-decay-factor = 0 }]".to_owned(),
                Dynamics::GradientDescent,
                false,
            ),
            (format!("kind = 'sgd'\n{slow}"), Dynamics::Preconditioned { beta: 0.0 }, true),
            (format!("kind = 'adam'\n{slow}"), adam, true),
            (format!("kind = 'momentum'\n{slow}"), Dynamics::Other, false),
            ("kind = 'sgd'\ngroup = [{ layers = [0], frozen = true }]".to_owned(), Dynamics::Other, false),
            (
                "kind = 'adam'\ngroup = [{ layers = [0], rule = { kind = 'adam' } }]".to_owned(),
                Dynamics::Other,
                false,
            ),
        ] {
            let config = of(&text);
            assert_eq!((config.dynamics(), config.has_preconditioner()), (dynamics, has), "{text}");
            assert!(!config.is_plain_descent(), "{text}");
            let diagonal = build(&config, &layout()).preconditioner();
            assert_eq!(diagonal.is_empty(), !has, "{text}");
        }
        // Steps are −η P⁻¹ g.
        let mut optimizer = build(&of(&format!("kind = 'sgd'\n{slow}")), &layout());
        assert_eq!(optimizer.preconditioner(), [4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 1.0, 1.0, 1.0]);
        let mut params = [0.0; 9];
        optimizer.step(1.0, &mut params, &mut Linear { slope: vec![8.0; 9] });
        assert_eq!(params, [-2.0, -2.0, -2.0, -2.0, -2.0, -2.0, -8.0, -8.0, -8.0]);
        // Muon's five iterations of 60·2·2·1 operations on layer 1 alone, and two numbers for Adam's biases.
        let mixed = of("kind = 'sgd'\ngroup = [{ layers = [1], rule = { kind = 'muon' } }]");
        assert_eq!(mixed.step_flops(&layout()), 20.0 * 9.0 + 5.0 * 60.0 * 2.0);
        assert_eq!(mixed.numbers_per_parameter(), 3.0);
        assert_eq!(
            of("kind = 'muon'\ngroup = [{ layers = [0], frozen = true }]").step_flops(&layout()),
            20.0 * 9.0 + 600.0
        );
    }

    #[test]
    fn a_scale_is_the_walk_of_the_smaller_parameter() {
        // W = 3 w, of which w takes steps with a factor of its own: the same by hand.
        let scale = Scale { multiplier: 3.0, linear_rate: 0.5, invariant_rate: 0.25 };
        let decay = |decoupled: bool| {
            format!("transforms = [{{ kind = 'weight-decay', rate = 0.2, decoupled = {decoupled} }}]")
        };
        for (rule, rate) in [
            ("kind = 'sgd'", 0.5),
            ("kind = 'momentum'\nnesterov = true", 0.5),
            ("kind = 'adam'\nepsilon = 0", 0.25),
            ("kind = 'rmsprop'\nepsilon = 0", 0.25),
            ("kind = 'adagrad'\nepsilon = 0", 0.25),
            ("kind = 'nadam'\nepsilon = 0", 0.25),
            ("kind = 'adamax'\nepsilon = 0", 0.25),
            ("kind = 'lion'", 0.25),
            ("kind = 'signsgd'", 0.25),
        ] {
            for decay in [String::new(), decay(false), decay(true)] {
                let config = config(&format!("{rule}\n{decay}"));
                let mut ours =
                    config.build_scaled(&layout(), &[scale; 4], Streams::new(1, 0).stream("noise", 0));
                let walked = walk(&mut ours);
                let mut plain = build(&config, &layout());
                let mut small: Vec<f64> = start().iter().map(|x| x / 3.0).collect();
                for step in 0..10 {
                    let slope = slope(step).iter().map(|g| 3.0 * g).collect();
                    plain.step(0.1 * rate, &mut small, &mut Linear { slope });
                }
                for (ours, small) in walked.iter().zip(&small) {
                    // Ten steps of a few roundings each.
                    assert!((ours - 3.0 * small).abs() < 1e-14, "{rule} {decay}: {ours} {}", 3.0 * small);
                }
            }
        }
    }
}
