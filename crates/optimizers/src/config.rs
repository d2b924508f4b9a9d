//! The table `[optimizer]`: what moves the parameters, and what is known of it before the first step.

use serde::{Deserialize, Deserializer, Serialize};
use thalweg_numeric::{Layout, Real, Stream};
use toml::Table;

use crate::group::{errors, owners};
use crate::properties::Properties;
use crate::{Degree, Dynamics, Group, GroupError, Kind, Optimizer, Rule, Scale, Transform, dialect};

/// The table `[optimizer]`: a rule or a method, and `transforms` ahead of it; perhaps with other settings for
/// each `group` of parameters.
///
/// The key `dialect` names a library whose defaults fill the settings that the table leaves open; whatever is
/// read has every setting decided.
///
/// ```
/// use thalweg_numeric::objectives::Rosenbrock;
/// use thalweg_numeric::{Layout, Streams};
/// use thalweg_optimizers::OptimizerConfig;
///
/// let config: OptimizerConfig = toml::from_str("
///     kind = 'adam'
///     transforms = [
///         { kind = 'clip-by-norm', max = 1.0 },
///         { kind = 'weight-decay', rate = 0.01, decoupled = true },
///     ]
/// ")?;
/// let mut params = [-1.2, 1.0];
/// let noise = Streams::new(42, 0).stream("noise", 0);
/// let mut optimizer = config.build(&Layout::point(2), noise);
/// let loss = optimizer.step(0.1, &mut params, &mut Rosenbrock);
/// assert!((loss - 24.2_f64).abs() < 1e-12);
/// assert_eq!(optimizer.answer(&params), params);
///
/// let keras: OptimizerConfig = toml::from_str("kind = 'momentum'\ndialect = 'keras'")?;
/// assert_eq!(toml::to_string(&keras).unwrap(), "\
/// kind = \"momentum\"
/// beta = 0.9
/// dampening = 0.0
/// nesterov = false
/// undampened-start = false
/// learning-rate-inside = true
/// transforms = []
/// group = []
/// ");
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = dialect::offer))]
pub struct OptimizerConfig {
    /// What takes the step.
    // Flattening is safe in this direction: it is reading that would let unknown keys through.
    #[serde(flatten)]
    pub kind: Kind,
    /// What is done to the gradient or the parameters before the rule, in this order. Default nothing.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub transforms: Vec<Transform>,
    /// Parameters that take other steps than the rest. Default none.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub group: Vec<Group>,
}

impl OptimizerConfig {
    /// The optimizer in its initial state, for parameters laid out as `layout`. Transforms that need
    /// randomness draw it from `noise`.
    ///
    /// The first group that has an array takes it; [`check`](Self::check) tells of groups that do not fit.
    pub fn build<F: Real>(&self, layout: &Layout, noise: Stream) -> Optimizer<F> {
        Optimizer::new(self, layout, &[], noise)
    }

    /// The same, where a parametrisation gives each array of the layout a scale. A rule without a
    /// [degree](crate::Rule::degree) and a method leave the scales out.
    ///
    /// # Panics
    /// If there is not one scale for each array.
    pub fn build_scaled<F: Real>(&self, layout: &Layout, scales: &[Scale], noise: Stream) -> Optimizer<F> {
        assert_eq!(scales.len(), layout.blocks().len(), "one scale for each array");
        Optimizer::new(self, layout, scales, noise)
    }

    /// What is wrong with the groups, for parameters laid out as `layout`: each with the number of its group,
    /// counted from 0.
    pub fn check(&self, layout: &Layout) -> Vec<(usize, GroupError)> {
        match &self.kind {
            Kind::Rule(_) => errors(&self.group, layout),
            Kind::Method(_) => self.group.first().map(|_| (0, GroupError::OfMethod)).into_iter().collect(),
        }
    }

    /// The rules that take steps: that of the optimizer, and those of groups. None of a method.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        let own = match &self.kind {
            Kind::Rule(rule) => Some(rule),
            Kind::Method(_) => None,
        };
        own.into_iter().chain(self.group.iter().filter_map(|group| group.rule.as_ref()))
    }

    /// How the steps grow with the gradient, if they do so in a simple way; transforms are left out.
    pub fn degree(&self) -> Option<Degree> {
        self.kind.properties().degree()
    }

    /// About how many gradients of the objective a step takes; a product with the Hessian counts as two.
    pub fn gradients_per_step(&self) -> f64 {
        self.kind.properties().gradients_per_step()
    }

    /// About how many floating-point operations a step takes on parameters laid out as `layout`, besides
    /// those of the gradients. Reading and writing a parameter costs about as much as 20.
    pub fn step_flops(&self, layout: &Layout) -> f64 {
        20.0 * layout.dim() as f64 + self.extra_flops(layout)
    }

    /// Those of the rules, each on its own arrays.
    fn extra_flops(&self, layout: &Layout) -> f64 {
        self.sum(layout, |settings, own| settings.extra_flops(own))
    }

    /// The sum of what the settings of each rule tell of its own arrays.
    fn sum(&self, layout: &Layout, of: impl Fn(&dyn Properties, &Layout) -> f64) -> f64 {
        if self.group.is_empty() {
            return of(self.kind.properties(), layout);
        }
        let owners = owners(&self.group, layout);
        let of_owner = |owner: Option<usize>| {
            let group = owner.map(|owner| &self.group[owner]);
            let ours = layout.blocks().iter().zip(&owners).filter(|(_, of)| **of == owner);
            let own = Layout::new(ours.map(|(block, _)| (block.name.clone(), block.shape.clone())));
            match group.and_then(|group| group.rule.as_ref()) {
                _ if group.is_some_and(|group| group.frozen) => 0.0,
                Some(rule) => of(rule.settings::<f64>(), &own),
                None => of(self.kind.properties(), &own),
            }
        };
        let groups = (0..self.group.len()).map(Some);
        std::iter::once(None).chain(groups).map(of_owner).sum()
    }

    /// How many numbers are kept between steps for each parameter, at most: those of the rule that keeps
    /// most. What does not grow with the number of parameters is not counted.
    pub fn numbers_per_parameter(&self) -> f64 {
        let own = self.group.iter().filter_map(|group| group.rule.as_ref());
        let own = own.map(|rule| rule.settings::<f64>().numbers_per_parameter());
        own.fold(self.kind.properties().numbers_per_parameter(), f64::max)
    }

    /// How many numbers are kept besides for the sides of matrices, of parameters laid out as `layout`.
    pub fn extra_numbers(&self, layout: &Layout) -> f64 {
        self.sum(layout, |settings, own| settings.extra_numbers(own))
    }

    /// The dynamics of the rule, whatever the transforms. Factors of the learning rate make descent one with
    /// a [preconditioner](Optimizer::preconditioner); with frozen parameters or several rules they are of no
    /// known kind.
    pub fn dynamics(&self) -> Dynamics {
        self.dynamics_on(false)
    }

    /// The same, where some of the learning rates are on another scale, if `is_scaled`.
    pub fn dynamics_on(&self, is_scaled: bool) -> Dynamics {
        let dynamics = self.kind.properties().dynamics();
        match dynamics {
            _ if self.group.iter().any(|group| group.frozen || group.rule.is_some()) => Dynamics::Other,
            _ if !is_scaled && self.group.iter().all(Group::is_plain) => dynamics,
            Dynamics::GradientDescent => Dynamics::Preconditioned { beta: 0.0 },
            Dynamics::Preconditioned { .. } => dynamics,
            Dynamics::Momentum { .. } | Dynamics::Other => Dynamics::Other,
        }
    }

    /// Whether the steps are those of gradient descent, with no transform and no group: what
    /// [`Objective::descend`] does by itself.
    ///
    /// [`Objective::descend`]: thalweg_numeric::Objective::descend
    pub fn is_plain_descent(&self) -> bool {
        self.transforms.is_empty() && self.group.is_empty() && self.dynamics() == Dynamics::GradientDescent
    }

    /// Whether the rule divides the gradient by a [preconditioner](Optimizer::preconditioner).
    pub fn has_preconditioner(&self) -> bool {
        self.has_preconditioner_on(false)
    }

    /// The same, where some of the learning rates are on another scale, if `is_scaled`.
    pub fn has_preconditioner_on(&self, is_scaled: bool) -> bool {
        let is_plain = !is_scaled && self.group.is_empty();
        match self.dynamics_on(is_scaled) {
            Dynamics::Preconditioned { .. } => true,
            _ => is_plain && self.kind.properties().has_preconditioner(),
        }
    }

    /// The temperature T at which the parameters are shaken, in units of the loss: 0 without transforms,
    /// `None` if it is not constant or there is any transform besides thermal noise.
    pub fn temperature(&self) -> Option<f64> {
        match self.transforms.as_slice() {
            [] => Some(0.0),
            [transform] => transform.temperature(),
            _ => None,
        }
    }

    /// Whether a transform draws random numbers. No rule does.
    pub fn is_random(&self) -> bool {
        self.transforms.iter().any(Transform::is_random)
    }
}

impl<'de> Deserialize<'de> for OptimizerConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = Table::deserialize(deserializer)?;
        let transforms = table.remove("transforms").map_or(Ok(vec![]), Deserialize::deserialize);
        let group = table.remove("group").map_or(Ok(vec![]), Deserialize::deserialize);
        transforms
            .and_then(|transforms| {
                Ok(Self { group: group?, kind: Kind::read(dialect::resolve(table)?)?, transforms })
            })
            // The message alone: a place in this table is no place in the file.
            .map_err(|e| serde::de::Error::custom(e.message()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> OptimizerConfig {
        toml::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn dynamics_are_known_where_theory_speaks_of_them() {
        let momentum = |dampening, nesterov| Dynamics::Momentum { beta: 0.5, dampening, nesterov };
        for (text, dynamics) in [
            ("kind = 'sgd'", Dynamics::GradientDescent),
            ("kind = 'momentum'\nbeta = 0.5", momentum(0.0, false)),
            ("kind = 'momentum'\nbeta = 0.5\ndampening = 0.25\nnesterov = true", momentum(0.25, true)),
            ("kind = 'adam'\nbeta1 = 0.5", Dynamics::Preconditioned { beta: 0.5 }),
            ("kind = 'rmsprop'\nbeta = 0.5", Dynamics::Preconditioned { beta: 0.0 }),
            ("kind = 'rmsprop'\nmomentum = 0.5", Dynamics::Other),
            ("kind = 'signsgd'", Dynamics::Other),
            ("kind = 'sam'\nbase = { kind = 'sgd' }", Dynamics::Other),
        ] {
            assert_eq!(read(text).dynamics(), dynamics, "{text}");
            assert_eq!(read(text).is_plain_descent(), text == "kind = 'sgd'", "{text}");
        }
        assert!(!read("kind = 'sgd'\ntransforms = [{ kind = 'clip-by-value', max = 1 }]").is_plain_descent());
    }

    #[test]
    fn a_step_costs_its_gradients_and_what_the_rule_adds() {
        // 20 operations on each of 2·3 + 3 parameters.
        let layout = Layout::new([("matrix", vec![2, 3]), ("bias", vec![3])]);
        // In one iteration three products of 2·2·3 multiplications, by 4 each.
        let orthogonal = 5.0 * 12.0 * 12.0;
        for (text, gradients, flops) in [
            ("kind = 'adam'", 1.0, 180.0),
            ("kind = 'muon'", 1.0, 180.0 + orthogonal),
            ("kind = 'sam'\nbase = { kind = 'muon' }", 2.0, 180.0 + orthogonal),
            ("kind = 'newton'\niterations = 50", 11.0, 180.0),
            ("kind = 'lbfgs'", 3.0, 180.0),
        ] {
            let config = read(text);
            assert_eq!(
                (config.gradients_per_step(), config.step_flops(&layout)),
                (gradients, flops),
                "{text}"
            );
        }
    }

    #[test]
    fn a_temperature_is_that_of_thermal_noise_alone() {
        let noise = "{ kind = 'thermal-noise', temperature = { kind = 'constant', initial = 0.5 } }";
        let falling = "{ kind = 'thermal-noise', temperature = { kind = 'exponential', initial = 0.5, time-scale = 9 } }";
        let clip = "{ kind = 'clip-by-value', max = 1 }";
        let shaken = "{ kind = 'gradient-noise', variance = 0.5 }";
        for (transforms, temperature, is_random) in [
            (String::new(), Some(0.0), false),
            (noise.to_owned(), Some(0.5), true),
            (falling.to_owned(), None, true),
            (clip.to_owned(), None, false),
            (shaken.to_owned(), None, true),
            (format!("{noise}, {clip}"), None, true),
            (format!("{clip}, {clip}"), None, false),
        ] {
            let config = read(&format!("kind = 'sgd'\ntransforms = [{transforms}]"));
            assert_eq!((config.temperature(), config.is_random()), (temperature, is_random), "{transforms}");
        }
    }

    #[test]
    fn it_writes_what_it_does_to_gradients_and_groups_also_if_that_is_nothing() {
        let sgd: OptimizerConfig = toml::from_str("kind = 'sgd'").unwrap();
        assert_eq!(toml::to_string(&sgd).unwrap(), "kind = \"sgd\"\ntransforms = []\ngroup = []\n");
        // The keys of runs are made of this.
        assert_eq!(serde_json::to_string(&sgd).unwrap(), r#"{"kind":"sgd","transforms":[],"group":[]}"#);
        let text = "kind = \"sgd\"\ngroup = []\n\n[[transforms]]\nkind = \"clip-by-value\"\nmax = 1.0\n";
        assert_eq!(toml::to_string(&toml::from_str::<OptimizerConfig>(text).unwrap()).unwrap(), text);
    }

    #[test]
    fn unknown_keys_are_refused_at_both_levels() {
        let error = |text| toml::from_str::<OptimizerConfig>(text).unwrap_err().message().to_owned();
        assert!(error("kind = 'sgd'\nodd = 1").contains("unknown field `odd`"));
        let inside = "kind = 'sgd'\ntransforms = [{ kind = 'clip-by-value', max = 1, odd = 1 }]";
        assert!(error(inside).contains("unknown field `odd`"));
    }
}
