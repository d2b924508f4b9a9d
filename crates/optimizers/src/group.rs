//! Groups of parameters with settings of their own: which arrays of a layout they take.

use serde::{Deserialize, Deserializer, Serialize};
use thalweg_numeric::Layout;
use thalweg_numeric::bounded::{NonNegative, Positive};

use crate::{Rule, dialect};

/// One `[[optimizer.group]]`: parameters that take other steps than the rest.
///
/// A group has the parameters for which `layers`, `part` and `parameters` all hold; without these, all of
/// them. What is in no group takes the steps of the optimizer itself, and no parameter may be in two groups.
/// Each group keeps a state of its own, and its rule sees no other parameters. `clip-by-norm` goes by the
/// whole gradient, but for frozen parameters; every other transform acts on each group with its learning
/// rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Group {
    /// The layers, counted from 0 at the inputs, or from −1 backwards at the outputs. Default every layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<i64>>,
    /// The layers by where they lie. Default everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Weights, biases or gains alone. Default all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Parameters>,
    /// What the learning rate is multiplied by. Default 1.
    #[serde(default = "one")]
    pub rate_factor: Positive,
    /// What the `rate` of every transform `weight-decay` is multiplied by; 0 for none. Default 1.
    #[serde(default = "unchanged")]
    pub weight_decay_factor: NonNegative,
    /// Whether these parameters stay as they are. Default false.
    #[serde(default)]
    pub frozen: bool,
    /// The rule that takes their steps, with its settings and perhaps a `dialect` of its own. Default the
    /// rule of the optimizer.
    #[serde(default, deserialize_with = "some_rule", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "crate::rule::Inner"))]
    pub rule: Option<Rule>,
}

/// Where a layer lies. A network without hidden units has one layer, which is both the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The layer that reads the inputs.
    Input,
    /// Every layer between the two others.
    Hidden,
    /// The layer that writes the outputs.
    Output,
}

/// What a parameter is in its layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Parameters {
    /// A matrix of weights.
    Weights,
    /// A vector of biases, that of a layer normalisation among them.
    Biases,
    /// The vector of gains of a layer normalisation.
    Gains,
}

/// What is wrong with a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// A method looks at the whole objective.
    #[error("only a rule has groups, not a method such as sam, newton or lbfgs")]
    OfMethod,
    /// The group is empty.
    #[error("matches no parameter, the arrays are {arrays}")]
    Empty {
        /// The names of all arrays.
        arrays: String,
    },
    /// There is no such layer.
    #[error("there is no layer {layer}, the network has {layers}")]
    NoLayer {
        /// The number that was given.
        layer: i64,
        /// How many there are.
        layers: usize,
    },
    /// Two groups have the same parameters.
    #[error("{array} is in group {other} already")]
    Overlap {
        /// The name of the array.
        array: String,
        /// The first group that has it, counted from 0.
        other: usize,
    },
    /// A rule or a factor for parameters that stay as they are.
    #[error("the group is frozen, so it takes no steps by a rule or factors of its own")]
    FrozenWithRule,
    /// Nothing is left to be trained.
    #[error("every parameter is frozen")]
    AllFrozen,
}

impl Default for Group {
    /// All parameters, as without groups.
    fn default() -> Self {
        Self {
            layers: None,
            part: None,
            parameters: None,
            rate_factor: one(),
            weight_decay_factor: unchanged(),
            frozen: false,
            rule: None,
        }
    }
}

fn one() -> Positive {
    Positive::of(1.0)
}

fn unchanged() -> NonNegative {
    NonNegative::of(1.0)
}

fn some_rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Rule>, D::Error> {
    dialect::rule(deserializer).map(Some)
}

impl Group {
    /// Whether the group has an array of a network with so many layers.
    fn has(&self, array: &Array, layers: usize) -> bool {
        let last = layers.saturating_sub(1);
        let in_layers = self.layers.as_ref().is_none_or(|list| {
            list.iter().any(|layer| array.layer.is_some() && place(*layer, layers) == array.layer)
        });
        let in_part = self.part.is_none_or(|part| {
            array.layer.is_some_and(|layer| match part {
                Part::Input => layer == 0,
                Part::Hidden => 0 < layer && layer < last,
                Part::Output => layer == last,
            })
        });
        let is_kind = self.parameters.is_none_or(|parameters| array.parameters == Some(parameters));
        in_layers && in_part && is_kind
    }

    /// Whether the steps are those of the optimizer itself.
    pub(crate) fn is_plain(&self) -> bool {
        !self.frozen && self.rule.is_none() && self.rate_factor.get() == 1.0
    }
}

/// The layer of a number that may count from the end.
fn place(layer: i64, layers: usize) -> Option<usize> {
    let from_end = i64::try_from(layers).ok()?.checked_add(layer)?;
    let place = usize::try_from(if layer < 0 { from_end } else { layer }).ok()?;
    (place < layers).then_some(place)
}

/// What the name of an array tells, such as `layers.0.weight`, or `norms.0.weight` for the gains of the
/// normalisation in that layer.
struct Array {
    layer: Option<usize>,
    parameters: Option<Parameters>,
}

impl Array {
    fn of(name: &str) -> Self {
        let mut parts = name.split('.');
        let kind = parts.next();
        let layer = match (kind, parts.next()) {
            (Some("layers" | "norms"), Some(layer)) => layer.parse().ok(),
            _ => None,
        };
        let parameters = match (kind, parts.next()) {
            (Some("norms"), Some("weight")) => Some(Parameters::Gains),
            (_, Some("weight")) => Some(Parameters::Weights),
            (_, Some("bias")) => Some(Parameters::Biases),
            _ => None,
        };
        Self { layer, parameters }
    }
}

/// For each array of the layout the first group that has it.
pub(crate) fn owners(groups: &[Group], layout: &Layout) -> Vec<Option<usize>> {
    let (arrays, layers) = arrays(layout);
    arrays.iter().map(|array| groups.iter().position(|group| group.has(array, layers))).collect()
}

/// All arrays, and the number of layers.
fn arrays(layout: &Layout) -> (Vec<Array>, usize) {
    let arrays: Vec<Array> = layout.blocks().iter().map(|block| Array::of(&block.name)).collect();
    let layers = arrays.iter().filter_map(|array| array.layer).max().map_or(0, |layer| layer + 1);
    (arrays, layers)
}

/// What is wrong with the groups of a rule, each with the number of its group.
pub(crate) fn errors(groups: &[Group], layout: &Layout) -> Vec<(usize, GroupError)> {
    let (arrays, layers) = arrays(layout);
    let name = |array: usize| layout.blocks()[array].name.clone();
    let owners = owners(groups, layout);
    let mut errors = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let wrong = group.layers.iter().flatten().find(|layer| place(**layer, layers).is_none());
        let ours: Vec<usize> = (0..arrays.len()).filter(|i| group.has(&arrays[*i], layers)).collect();
        let taken = ours.iter().find_map(|i| Some((*i, owners[*i].filter(|owner| *owner < index)?)));
        if let Some(layer) = wrong.filter(|_| layers > 0) {
            errors.push((index, GroupError::NoLayer { layer: *layer, layers }));
        } else if ours.is_empty() {
            let all: Vec<String> = (0..arrays.len()).map(name).collect();
            errors.push((index, GroupError::Empty { arrays: all.join(", ") }));
        } else if let Some((array, other)) = taken {
            errors.push((index, GroupError::Overlap { array: name(array), other }));
        }
        let factors = (group.rate_factor.get(), group.weight_decay_factor.get());
        if group.frozen && (group.rule.is_some() || factors != (1.0, 1.0)) {
            errors.push((index, GroupError::FrozenWithRule));
        }
    }
    let is_frozen = |owner: &Option<usize>| owner.is_some_and(|owner| groups[owner].frozen);
    if errors.is_empty() && !owners.is_empty() && owners.iter().all(is_frozen) {
        errors.push((0, GroupError::AllFrozen));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OptimizerConfig;

    fn layout() -> Layout {
        let shapes = [(3, 5), (5, 4), (4, 2)];
        Layout::new(shapes.into_iter().enumerate().flat_map(|(i, (inputs, outputs))| {
            [
                (format!("layers.{i}.weight"), vec![inputs, outputs]),
                (format!("layers.{i}.bias"), vec![outputs]),
            ]
        }))
    }

    fn config(groups: &str) -> OptimizerConfig {
        let text = format!("kind = 'sgd'\ngroup = [{groups}]");
        toml::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn a_group_has_what_all_its_conditions_hold_for() {
        for (group, expected) in [
            ("{}", &[0, 1, 2, 3, 4, 5][..]),
            ("{ layers = [0] }", &[0, 1]),
            ("{ layers = [-1] }", &[4, 5]),
            ("{ layers = [0, -2] }", &[0, 1, 2, 3]),
            ("{ part = 'input' }", &[0, 1]),
            ("{ part = 'hidden' }", &[2, 3]),
            ("{ part = 'output' }", &[4, 5]),
            ("{ parameters = 'biases' }", &[1, 3, 5]),
            ("{ layers = [1, 2], parameters = 'weights' }", &[2, 4]),
            ("{ layers = [1, 2], part = 'output', parameters = 'weights' }", &[4]),
        ] {
            let owners = owners(&config(group).group, &layout());
            let ours: Vec<usize> = (0..6).filter(|array| owners[*array].is_some()).collect();
            assert_eq!(ours, expected, "{group}");
        }
    }

    #[test]
    fn gains_and_biases_of_a_normalisation_are_in_its_layer() {
        let names = ["layers.0.weight", "layers.0.bias", "norms.0.weight", "norms.0.bias", "layers.1.weight"];
        let layout = Layout::new(names.map(|name| (name, vec![2])));
        for (group, expected) in [
            ("{ layers = [0] }", &[0, 1, 2, 3][..]),
            ("{ part = 'output' }", &[4]),
            ("{ parameters = 'weights' }", &[0, 4]),
            ("{ parameters = 'biases' }", &[1, 3]),
            ("{ parameters = 'gains' }", &[2]),
        ] {
            let owners = owners(&config(group).group, &layout);
            let ours: Vec<usize> = (0..5).filter(|array| owners[*array].is_some()).collect();
            assert_eq!(ours, expected, "{group}");
        }
    }

    #[test]
    fn groups_that_do_not_fit_are_refused() {
        let errors = |groups: &str, layout: &Layout| -> Vec<String> {
            config(groups).check(layout).into_iter().map(|(group, e)| format!("{group}: {e}")).collect()
        };
        let none: [&str; 0] = [];
        assert_eq!(errors("{ layers = [0] }, { layers = [1, 2], frozen = true }", &layout()), none);
        for (groups, expected) in [
            ("{ layers = [0] }, { layers = [3] }", "1: there is no layer 3, the network has 3"),
            ("{ layers = [-4] }", "0: there is no layer -4, the network has 3"),
            (
                "{ layers = [0], part = 'output' }",
                "0: matches no parameter, the arrays are layers.0.weight, ",
            ),
            ("{ part = 'hidden' }, { parameters = 'biases' }", "1: layers.1.bias is in group 0 already"),
            ("{ part = 'hidden', frozen = true, rate-factor = 2 }", "0: the group is frozen, so it takes no"),
            ("{ frozen = true }", "0: every parameter is frozen"),
        ] {
            let told = errors(groups, &layout());
            assert!(told.len() == 1 && told[0].starts_with(expected), "{groups}: {told:?}");
        }
        let point = Layout::point(3);
        assert_eq!(errors("{ part = 'input' }", &point), ["0: matches no parameter, the arrays are point"]);
        assert_eq!(errors("{ layers = [0] }", &point), ["0: matches no parameter, the arrays are point"]);
        let method: OptimizerConfig = toml::from_str("kind = 'newton'\ngroup = [{}]").unwrap();
        assert_eq!(method.check(&layout()), [(0, GroupError::OfMethod)]);
    }

    #[test]
    fn it_reads_and_writes_and_refuses_unknown_keys() {
        let text = "kind = \"sgd\"\ntransforms = []\n\n[[group]]\nlayers = [0]\npart = \"input\"\nparameters = \"weights\"\n\
                    rate-factor = 0.5\nweight-decay-factor = 0.0\nfrozen = false\n\n[group.rule]\nkind = \"signsgd\"\n";
        let read: OptimizerConfig = toml::from_str(text).unwrap();
        assert_eq!(toml::to_string(&read).unwrap(), text);
        assert_eq!(config("{}").group, [Group::default()]);
        let keras = config("{ rule = { kind = 'adam', dialect = 'keras' } }");
        let rule = toml::from_str("kind = 'adam'\nepsilon = 1e-7\nbias-correction = 'absorbed'").unwrap();
        assert_eq!(keras.group[0].rule, Some(rule));
        for (groups, expected) in [
            ("{ odd = 1 }", "unknown field `odd`"),
            ("{ rule = { kind = 'sgd', odd = 1 } }", "unknown field `odd`"),
            ("{ rule = { kind = 'newton' } }", "unknown variant `newton`"),
            ("{ part = 'middle' }", "unknown variant `middle`"),
            ("{ rate-factor = 0 }", "a number above 0"),
        ] {
            let text = format!("kind = 'sgd'\ngroup = [{groups}]");
            let error = toml::from_str::<OptimizerConfig>(&text).unwrap_err();
            assert!(error.message().contains(expected), "{groups}: {error}");
        }
    }
}
