//! The results of one experiment: its plan and the records that are there.

use thalweg_records::{Plan, Record, Status, Store, StoreError};

/// An experiment as a report sees it. It may be incomplete: some of the plan's runs may not be in the store
/// yet.
#[derive(Debug, Clone)]
pub struct Results {
    /// The frame of the experiment.
    pub plan: Plan,
    /// The plan's runs that are in the store, in the plan's order.
    pub runs: Vec<Record>,
    /// Runs to whose solutions probes walk, if they are to stand in `runs.csv` too. Nothing else is made of
    /// them.
    pub companions: Vec<Record>,
    /// How many of the plan's runs are there from an older version, whose numbers are not those of this one.
    /// They are left out.
    pub older: usize,
}

impl Results {
    /// Reads the plan and its runs.
    ///
    /// # Errors
    /// If there is no plan, or a record is damaged.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        let plan = store.read_plan()?;
        let (runs, older) = read(store, &plan.runs)?;
        Ok(Self { older, ..Self::new(plan, runs) })
    }

    /// The same results, with the plan's companions.
    ///
    /// # Errors
    /// If a record is damaged.
    pub fn with_companions(self, store: &Store) -> Result<Self, StoreError> {
        let (companions, _) = read(store, &self.plan.companions)?;
        Ok(Self { companions, ..self })
    }

    /// The runs of a plan, with the names that its sweep gives them among their settings, as `case`.
    pub fn new(plan: Plan, mut runs: Vec<Record>) -> Self {
        for run in &mut runs {
            if let (Some(case), Some(settings)) = (plan.cases.get(&run.key), run.spec.as_object_mut()) {
                settings.insert("case".to_owned(), case.clone().into());
            }
        }
        Self { plan, runs, companions: Vec::new(), older: 0 }
    }

    /// How many runs diverged.
    pub fn diverged(&self) -> usize {
        self.runs.iter().filter(|run| matches!(run.status, Status::Diverged { .. })).count()
    }

    /// How many runs the program failed in.
    pub fn failed(&self) -> usize {
        self.runs.iter().filter(|run| matches!(run.status, Status::Failed { .. })).count()
    }

    /// No runs at all.
    pub(crate) fn none() -> Self {
        Self::new(Plan::new("", Vec::new()), Vec::new())
    }

    /// Dotted keys of the swept settings.
    pub fn axes(&self) -> &[String] {
        &self.plan.axes
    }
}

/// The runs with these keys that are there, and the number of those that an older version made.
fn read(store: &Store, keys: &[String]) -> Result<(Vec<Record>, usize), StoreError> {
    let (mut runs, mut older) = (Vec::new(), 0);
    for key in keys {
        match store.read(key) {
            Ok(run) => runs.extend(run),
            Err(StoreError::Older { .. }) => older += 1,
            Err(e) => return Err(e),
        }
    }
    Ok((runs, older))
}
