//! The results of one experiment: its plan and the records that are there.

use thalweg_records::{Plan, Record, Store, StoreError};

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

    /// No runs at all.
    pub(crate) fn none() -> Self {
        Self { plan: Plan::new("", Vec::new()), runs: Vec::new() }
    }

    /// Dotted keys of the swept settings.
    pub fn axes(&self) -> &[String] {
        &self.plan.axes
    }
}
