//! A rule inside another.

use serde::{Deserialize, Deserializer, Serialize};

use crate::properties::Properties;
use crate::{Rule, dialect};

/// A rule with its settings and perhaps a `dialect` of its own, inside the table of another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transform = dialect::offer))]
pub struct Inner(pub Box<Rule>);

impl Inner {
    pub(super) fn properties(&self) -> &dyn Properties {
        self.0.settings::<f64>()
    }
}

impl<R: Into<Rule>> From<R> for Inner {
    fn from(rule: R) -> Self {
        Self(Box::new(rule.into()))
    }
}

impl<'de> Deserialize<'de> for Inner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        dialect::rule(deserializer).map(|rule| Self(Box::new(rule)))
    }
}
