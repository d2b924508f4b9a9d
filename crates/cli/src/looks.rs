//! What is known of looks at the replicates of a result, and what of that was lost.

use std::collections::{BTreeSet, HashSet};

use thalweg::records::{Look, Looks, Plan, Record, ResultFolder, Store, StoreError};

use crate::{Exit, note, result_name};

/// The notes of looks at the replicates of a result: those of all results of its file, in one folder.
pub struct Notes<'a> {
    store: &'a Store,
    /// Where they are.
    pub folder: ResultFolder,
    plan: &'a Plan,
    result: &'a ResultFolder,
}

/// What is known of the looks at the replicates of one seed.
pub struct Known {
    pub looks: Looks,
    /// Replicates below this number count as looked at, though no note that can be read says so.
    assumed: Option<u64>,
    /// Notes that are damaged or missing.
    lost: Vec<StoreError>,
}

impl<'a> Notes<'a> {
    /// Those of the result with a plan.
    pub fn of(store: &'a Store, plan: &'a Plan, result: &'a ResultFolder) -> Self {
        let folder = result_name::named(store, &plan.name).unwrap_or_else(|_| result.clone());
        Self { store, folder, plan, result }
    }

    /// Which replicates of a seed were looked at. Where that was not noted yet, before format 2, or was lost,
    /// those of the plan that are there count.
    pub fn read(&self, seed: u64) -> Result<Known, Exit> {
        let (mut looks, mut lost) = self.folder.read_looks(seed)?;
        lost.extend(self.folder.missing_looks(Some(seed), &self.told()));
        for lost in &lost {
            let text = lost.to_string();
            let what = text.lines().next().unwrap_or_default();
            note(format_args!("warning: {what}; all runs that are there count as looked at"));
        }
        let is_lost = !lost.is_empty();
        let written = self.written().filter(|plan| is_lost || (looks.is_empty() && plan.format < 2));
        let seen = written.map(|plan| self.present(&plan)).max();
        let assumed = if is_lost { seen.max(Some(self.present(self.plan))) } else { seen };
        looks.extend(assumed.map(|below| Look::at_once("", below)));
        Ok(Known { looks, assumed, lost })
    }

    /// Notes a look at replicates 0 to n − 1, and tells how many of them were looked at in another way
    /// before, or are just now.
    pub fn look(&self, seed: u64, look: &Look) -> Result<u64, Exit> {
        // What was lost is restored before, out of what is there now.
        self.restore(seed, &self.read(seed)?)?;
        self.folder.note_look(seed, look)?;
        Ok(self.folder.read_looks(seed)?.0.before(&look.question, look.replicates))
    }

    /// Notes what is only assumed, also in place of what was lost.
    pub fn restore(&self, seed: u64, known: &Known) -> Result<(), StoreError> {
        known.assumed.map_or(Ok(()), |below| self.folder.restore_looks(seed, below, &known.lost))
    }

    /// The notes that a plan tells of, so that it is found if one is removed: all that are there, and those
    /// that are missed already.
    pub fn to_tell(&self) -> Result<Vec<String>, StoreError> {
        let all: BTreeSet<String> = self.folder.look_names()?.into_iter().chain(self.told()).collect();
        Ok(all.into_iter().collect())
    }

    /// The results of other files that have some of these runs, whose looks are noted elsewhere.
    pub fn shared_with(&self, runs: &[String]) -> Result<Vec<String>, StoreError> {
        let ours: HashSet<&String> = runs.iter().collect();
        let shares = |name: &String| {
            let result = self.store.result(name);
            result.read_plan().is_ok_and(|plan| {
                let notes = Notes::of(self.store, &plan, &result).folder;
                notes.path() != self.folder.path() && plan.runs.iter().any(|key| ours.contains(key))
            })
        };
        Ok(self.store.results()?.into_iter().filter(shares).collect())
    }

    /// The notes that plans tell of.
    fn told(&self) -> Vec<String> {
        // Another file may have had the folder of the result.
        let name =
            |plan: &Plan| result_name::named(self.store, &plan.name).map(|folder| folder.path().to_owned());
        let ours = self.written().filter(|plan| name(plan).is_ok_and(|path| path == self.folder.path()));
        ours.flat_map(|plan| plan.looks).collect()
    }

    /// The plans that were written last, of the folder of the notes and of the result.
    fn written(&self) -> impl Iterator<Item = Plan> {
        [&self.folder, self.result].into_iter().filter_map(|folder| folder.read_plan().ok())
    }

    /// The number of the last replicate that is there, and one more.
    fn present(&self, plan: &Plan) -> u64 {
        let runs = plan.runs.iter().filter_map(|key| self.store.read(key).ok().flatten());
        let after = |run: Record| run.setting("replicate")?.as_u64().map(|replicate| replicate + 1);
        runs.filter_map(after).max().unwrap_or(0)
    }
}

/// Whether the notes of looks in the folder of a result are those of another one that stays too.
pub fn are_shared(store: &Store, name: &str, is_going: &dyn Fn(&str) -> bool) -> Result<bool, StoreError> {
    let folder = store.result(name);
    let shares = |other: &String| {
        let result = store.result(other);
        result.read_plan().is_ok_and(|plan| Notes::of(store, &plan, &result).folder.path() == folder.path())
    };
    Ok(store.results()?.iter().any(|other| other != name && !is_going(other) && shares(other)))
}
