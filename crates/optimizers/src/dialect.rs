//! Where libraries that use the same name for a rule disagree.

use serde::de::{DeserializeOwned, Error as _, IntoDeserializer};
use serde::{Deserialize, Deserializer};
use toml::{Table, Value, de::Error};

use crate::{OptimizerConfig, Rule};

/// Whose variant of a rule is meant: `dialect = "torch"` in an `[optimizer]` table fills what the table
/// leaves open, so that the rule takes the steps of that peer. Tests hold every one to trajectories that the
/// peer itself has computed.
///
/// ```
/// use thalweg_optimizers::rule::{Adam, BiasCorrection, Lion};
/// use thalweg_optimizers::{Dialect, OptimizerConfig};
///
/// let adam: Adam = Dialect::Keras.settings().unwrap();
/// assert_eq!(adam.bias_correction, BiasCorrection::Absorbed);
/// assert_eq!(OptimizerConfig::from(adam), toml::from_str("kind = 'adam'\ndialect = 'keras'")?);
///
/// assert_eq!(Dialect::Torch.settings::<Lion>(), None);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// `torch.optim` of PyTorch.
    Torch,
    /// optax, for JAX.
    Optax,
    /// Keras 3.
    Keras,
    /// The formulas of the article that Thalweg reproduces.
    Article,
}

impl Dialect {
    /// The defaults of a rule or a method in this dialect; `None` if the peer has no such rule.
    pub fn settings<T: Default + Into<OptimizerConfig> + DeserializeOwned>(self) -> Option<T> {
        let table = Table::try_from(T::default().into()).expect("settings are plain data");
        let kind = table["kind"].as_str().expect("a kind is a name");
        Some(toml::from_str(self.preset(kind)?).expect("presets are settings"))
    }

    /// The settings of a kind of rule or method on which the peers disagree, as this one has them; `None` if
    /// it has no such rule.
    fn preset(self, kind: &str) -> Option<&'static str> {
        use Dialect::{Article, Keras, Optax, Torch};
        Some(match (kind, self) {
            ("sgd", _) => "",
            ("momentum", Torch) => "undampened-start = true\nlearning-rate-inside = false",
            ("momentum", Optax | Article) => "undampened-start = false\nlearning-rate-inside = false",
            ("momentum", Keras) => "undampened-start = false\nlearning-rate-inside = true",
            ("adam", Torch | Optax) => "epsilon = 1e-8\nbias-correction = 'moments'",
            ("adam", Keras) => "epsilon = 1e-7\nbias-correction = 'absorbed'",
            ("adam", Article) => "epsilon = 1e-8\nbias-correction = 'absorbed'",
            ("rmsprop", Torch) => {
                "beta = 0.99\nepsilon = 1e-8\nepsilon-inside-root = false\nlearning-rate-inside = false"
            }
            ("rmsprop", Optax) => {
                "beta = 0.9\nepsilon = 1e-8\nepsilon-inside-root = true\nlearning-rate-inside = true"
            }
            ("rmsprop", Keras) => {
                "beta = 0.9\nepsilon = 1e-7\nepsilon-inside-root = true\nlearning-rate-inside = true"
            }
            ("rmsprop", Article) => "beta = 0.9\nepsilon = 1e-8\nepsilon-inside-root = false",
            ("adagrad", Torch) => "epsilon = 1e-10\nepsilon-inside-root = false\ninitial-accumulator = 0",
            ("adagrad", Optax | Keras) => {
                "epsilon = 1e-7\nepsilon-inside-root = true\ninitial-accumulator = 0.1"
            }
            ("adadelta", Torch | Optax) => "beta = 0.9\nepsilon = 1e-6",
            ("adadelta", Keras) => "beta = 0.95\nepsilon = 1e-7",
            ("nadam", Torch) => "epsilon = 1e-8\nwarm-up = 0.5\nmomentum-decay = 4e-3",
            ("nadam", Optax) => "epsilon = 1e-8\nwarm-up = 0",
            ("nadam", Keras) => "epsilon = 1e-7\nwarm-up = 0.5\nmomentum-decay = 1",
            ("radam", Torch) => "bias-correction = 'absorbed'",
            ("radam", Optax) => "bias-correction = 'moments'",
            ("adamax", Torch | Optax) => "epsilon = 1e-8\nepsilon-inside-maximum = true",
            ("adamax", Keras) => "epsilon = 1e-7\nepsilon-inside-maximum = false",
            ("lamb", Optax) => "epsilon = 1e-6",
            ("lamb", Keras) => "epsilon = 1e-7",
            ("muon", Torch) => {
                "epsilon = 1e-7\nepsilon-inside-maximum = true\nbias-correction = false\nadjust = 'original'\n\
                 others = { kind = 'adam' }"
            }
            ("muon", Optax) => {
                "epsilon = 1e-8\nepsilon-inside-maximum = false\nbias-correction = true\nadjust = 'original'\n\
                 others = { kind = 'nadam', epsilon = 1e-8, warm-up = 0 }"
            }
            // (1 − β) 10⁻⁷ for the default β.
            ("muon", Keras) => {
                "epsilon = 5e-9\nepsilon-inside-maximum = false\nbias-correction = false\n\
                 adjust = 'match-rms-adamw'\n\
                 others = { kind = 'adam', epsilon = 1e-7, bias-correction = 'absorbed' }"
            }
            ("lbfgs", Torch) => "history = 100\nline-search = 'none'",
            ("polyak", Optax) => "longest = 1",
            ("lion" | "signsgd" | "lars" | "sam" | "schedule-free" | "ademamix" | "adopt", Optax)
            | ("lion", Keras) => "",
            _ => return None,
        })
    }
}

/// The table without the key `dialect`, and with the presets where the table has no such key itself.
pub(crate) fn resolve(mut table: Table) -> Result<Table, Error> {
    let Some(dialect) = table.remove("dialect") else { return Ok(table) };
    let Some(kind) = table.get("kind").and_then(Value::as_str) else { return Ok(table) };
    let name = dialect.to_string();
    let preset = Dialect::deserialize(dialect.into_deserializer())?.preset(kind);
    let preset = preset.ok_or_else(|| Error::custom(format!("dialect = {name} has no rule `{kind}`")))?;
    let open: Table = toml::from_str(preset)?;
    for (key, value) in open {
        table.entry(key).or_insert(value);
    }
    Ok(table)
}

/// Adds the key `dialect` to what a table takes: it is read before the rest.
#[cfg(feature = "schema")]
pub(crate) fn offer(schema: &mut schemars::Schema) {
    let mut dialect = schemars::schema_for!(Dialect);
    dialect.remove("$schema");
    dialect.remove("title");
    let keys = schema.ensure_object().entry("properties").or_insert_with(Default::default);
    keys["dialect"] = dialect.to_value();
}

/// Reads a rule inside a table of another, which may have a dialect of its own.
pub(crate) fn rule<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rule, D::Error> {
    let table = resolve(Table::deserialize(deserializer)?);
    table.and_then(Rule::deserialize).map_err(|e| serde::de::Error::custom(e.message()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::{Lbfgs, Newton, Polyak};
    use crate::rule::{
        AdEmaMix, AdaDelta, AdaGrad, AdaMax, Adam, Adopt, Lamb, Lars, Lion, Momentum, Muon, NAdam, RAdam,
        RmsProp, Sgd, SignSgd,
    };

    fn read(text: &str) -> Result<OptimizerConfig, String> {
        toml::from_str(text).map_err(|e| e.message().to_owned())
    }

    #[test]
    fn a_dialect_fills_only_what_is_open() {
        let keras = "kind = 'adam'\ndialect = 'keras'\n";
        let spelled = "kind = 'adam'\nepsilon = 1e-7\nbias-correction = 'absorbed'";
        assert_eq!(read(keras), read(spelled));
        let with_epsilon = format!("{keras}epsilon = 0.5");
        assert_eq!(read(&with_epsilon), read("kind = 'adam'\nepsilon = 0.5\nbias-correction = 'absorbed'"));
    }

    fn are_those_of_the_table<T: Default + Into<OptimizerConfig> + DeserializeOwned>(kind: &str) {
        for (name, dialect) in [
            ("torch", Dialect::Torch),
            ("optax", Dialect::Optax),
            ("keras", Dialect::Keras),
            ("article", Dialect::Article),
        ] {
            let text = format!("kind = '{kind}'\ndialect = '{name}'");
            assert_eq!(dialect.settings::<T>().map(Into::into), read(&text).ok(), "{text}");
        }
    }

    #[test]
    fn settings_in_code_are_those_of_the_table() {
        are_those_of_the_table::<Sgd>("sgd");
        are_those_of_the_table::<Momentum>("momentum");
        are_those_of_the_table::<Adam>("adam");
        are_those_of_the_table::<RmsProp>("rmsprop");
        are_those_of_the_table::<AdaGrad>("adagrad");
        are_those_of_the_table::<AdaDelta>("adadelta");
        are_those_of_the_table::<NAdam>("nadam");
        are_those_of_the_table::<RAdam>("radam");
        are_those_of_the_table::<AdaMax>("adamax");
        are_those_of_the_table::<Lion>("lion");
        are_those_of_the_table::<SignSgd>("signsgd");
        are_those_of_the_table::<Lars>("lars");
        are_those_of_the_table::<Lamb>("lamb");
        are_those_of_the_table::<Muon>("muon");
        are_those_of_the_table::<AdEmaMix>("ademamix");
        are_those_of_the_table::<Adopt>("adopt");
        are_those_of_the_table::<Polyak>("polyak");
        are_those_of_the_table::<Newton>("newton");
        are_those_of_the_table::<Lbfgs>("lbfgs");
    }

    #[test]
    fn what_no_peer_has_is_refused() {
        let error = |text| read(text).unwrap_err();
        assert_eq!(error("kind = 'lion'\ndialect = 'torch'"), "dialect = \"torch\" has no rule `lion`");
        let unknown = error("kind = 'adam'\ndialect = 'jax'");
        assert!(unknown.starts_with("unknown variant `jax`, expected one of `torch`"), "{unknown}");
        assert_eq!(error("dialect = 'torch'"), "missing field `kind`");
    }
}
