//! The results of one experiment: its plan and the records that are there.

use thalweg_records::{Origin, Plan, Record, ResultFolder, Status, Store, StoreError};

use crate::claims::Axes;

/// The name of a row of `[[sweep.case]]`, as a setting of its runs.
pub(crate) const CASE: &str = "case";

/// An experiment as a report sees it. It may be incomplete: some of the plan's runs may not be in the store
/// yet.
#[derive(Debug, Clone)]
pub struct Results {
    /// What the result is called in its store; the experiment's name if it is in none.
    pub name: String,
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
    /// What is damaged among the plan's runs, each in words. They are left out.
    pub damaged: Vec<String>,
    /// How the result came to be, if that was noted.
    pub origin: Origin,
}

impl Results {
    /// Reads the runs of a plan, and its companions if they are wanted, each once and without end weights, on
    /// all threads of the current rayon pool.
    ///
    /// # Errors
    /// If the store cannot be read. What is damaged in it is no reason to read nothing.
    pub fn load(plan: Plan, store: &Store, companions: bool) -> Result<Self, StoreError> {
        let (mut older, mut damaged) = (0, Vec::new());
        let mut read = |keys: &[String]| -> Result<Vec<Record>, StoreError> {
            let mut runs = Vec::new();
            for loaded in store.load(keys)? {
                match loaded {
                    Ok(run) => runs.extend(run),
                    Err(StoreError::Older { .. }) => older += 1,
                    Err(e @ StoreError::Damaged { .. }) => damaged.push(e.to_string()),
                    Err(e) => return Err(e),
                }
            }
            Ok(runs)
        };
        let runs = read(&plan.runs)?;
        let companions = if companions { read(&plan.companions)? } else { Vec::new() };
        Ok(Self { companions, older, damaged, ..Self::new(plan, runs) })
    }

    /// The runs of a plan, with the names that its sweep gives them among their settings, as `case`.
    pub fn new(plan: Plan, mut runs: Vec<Record>) -> Self {
        for run in &mut runs {
            if let Some(case) = plan.cases.get(&run.key) {
                run.spec["case"] = case.clone().into();
            }
        }
        let (name, companions, damaged) = (plan.name.clone(), Vec::new(), Vec::new());
        Self { name, plan, runs, companions, older: 0, damaged, origin: Origin::default() }
    }

    /// The same, with the name and the origin of the folder that has the plan.
    #[must_use]
    pub fn of_folder(self, folder: &ResultFolder) -> Self {
        Self { name: folder.name(), origin: folder.origin(), ..self }
    }

    /// How many runs took all their steps, or reached their goal.
    pub fn completed(&self) -> usize {
        self.runs.iter().filter(|run| run.status == Status::Completed).count()
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

    /// The swept settings, with the name of the case instead of those that it decides.
    pub(crate) fn free_axes(&self) -> Vec<&str> {
        let axes = Axes::besides(self.axes(), &[]);
        if self.plan.cases.is_empty() {
            return axes.0;
        }
        let others = axes.independent_of(&self.runs.iter().collect::<Vec<_>>(), CASE);
        std::iter::once(CASE).chain(others.0).collect()
    }

    /// Dotted keys of the swept settings.
    pub fn axes(&self) -> &[String] {
        &self.plan.axes
    }
}
