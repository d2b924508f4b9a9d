//! Rules and methods as one choice.

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::properties::Properties;
use crate::{Method, Rule};

/// What the key `kind` tells apart: rules and methods share one table.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
// Safe in this direction: it is reading that would let unknown keys through, and give no reasons.
#[serde(untagged)]
pub enum Kind {
    /// Steps by one gradient.
    Rule(Rule),
    /// Asks the objective for more.
    Method(Method),
}

impl Kind {
    /// What the settings tell, which does not depend on the precision.
    pub(crate) fn properties(&self) -> &dyn Properties {
        match self {
            Self::Rule(rule) => rule.settings::<f64>(),
            Self::Method(method) => method.settings::<f64>(),
        }
    }

    pub(crate) fn read(table: Table) -> Result<Self, toml::de::Error> {
        let kind = table.get("kind").and_then(Value::as_str).unwrap_or_default();
        if Method::KINDS.contains(&kind) {
            return Method::deserialize(table).map(Self::Method);
        }
        let unknown = format!("unknown variant `{kind}`");
        Rule::deserialize(table).map(Self::Rule).map_err(|e| {
            if e.message().starts_with(&unknown) {
                let methods = Method::KINDS.map(|kind| format!("`{kind}`")).join(", ");
                serde::de::Error::custom(format!("{}, {methods}", e.message()))
            } else {
                e
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::OptimizerConfig;

    #[test]
    fn an_unknown_kind_is_told_of_rules_and_methods() {
        let error = toml::from_str::<OptimizerConfig>("kind = 'adm'").unwrap_err();
        for name in ["unknown variant `adm`, expected one of `sgd`", "`lamb`", "`sam`, `newton`, `lbfgs`"] {
            assert!(error.message().contains(name), "{error}");
        }
        assert_eq!(
            toml::from_str::<OptimizerConfig>("beta = 1").unwrap_err().message(),
            "missing field `kind`"
        );
        let base = "kind = 'sam'\nbase = { kind = 'newton' }";
        assert!(
            toml::from_str::<OptimizerConfig>(base)
                .unwrap_err()
                .message()
                .contains("unknown variant `newton`")
        );
    }
}
