//! The results of one experiment: its plan and the records that are there.

use serde_json::Value;
use thalweg_records::{FORMAT, Plan, Record, Store, StoreError};

/// An experiment as a report sees it. It may be incomplete: some of the plan's runs may not be in the store yet.
#[derive(Debug, Clone)]
pub struct Results {
    /// The frame of the experiment.
    pub plan: Plan,
    /// The plan's runs that are in the store, in the plan's order.
    pub runs: Vec<Record>,
}

impl Results {
    /// Reads the plan and its runs.
    ///
    /// # Errors
    /// If there is no plan, or a record is damaged.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        let plan = store.read_plan()?;
        let runs =
            plan.runs.iter().filter_map(|key| store.read(key).transpose()).collect::<Result<_, _>>()?;
        Ok(Self { plan, runs })
    }

    /// Runs of which only the settings are known: the key of each, its spec, and whether it draws no random number.
    pub fn planned<'a>(plan: &Plan, runs: impl IntoIterator<Item = (&'a str, &'a Value, bool)>) -> Self {
        let runs = runs.into_iter().map(|(key, spec, deterministic)| Record {
            deterministic,
            ..Record::empty(key.to_owned(), spec.clone())
        });
        Self { plan: plan.clone(), runs: runs.collect() }
    }

    /// No runs at all.
    pub(crate) fn none() -> Self {
        Self { plan: frame("", Vec::new()), runs: Vec::new() }
    }

    /// Dotted keys of the swept settings.
    pub fn axes(&self) -> &[String] {
        &self.plan.axes
    }
}

/// A plan that says nothing but its name and axes.
pub(crate) fn frame(name: &str, axes: Vec<String>) -> Plan {
    Plan {
        format: FORMAT,
        name: name.to_owned(),
        title: String::new(),
        question: String::new(),
        profile: None,
        overrides: Vec::new(),
        axes,
        runs: Vec::new(),
        exploratory: false,
        sequential: None,
        claims: Value::Null,
        figures: Value::Null,
    }
}
