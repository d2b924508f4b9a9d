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
mod tests;
