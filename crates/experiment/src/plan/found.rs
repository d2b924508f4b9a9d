//! What came of one point of the sweep, and what is wrong with it.

use std::sync::Arc;

use thalweg_document::{Problem, UNKNOWN_KEY};

use crate::file::RunSpec;
use crate::inputs::Inputs;

/// What came of one point of the sweep.
pub(super) struct Point {
    /// The run of replicate 0; if there are problems, as it would be without the keys to blame.
    pub(super) spec: Option<RunSpec>,
    /// The files that it reads, if they could be read.
    pub(super) inputs: Option<Arc<Inputs>>,
    /// What is wrong, with paths in the document.
    pub(super) problems: Vec<Problem>,
    /// The settings that are to blame.
    pub(super) broken: Vec<Vec<String>>,
}

/// Problems of one run, and where the values that a sweep gave it stand.
#[derive(Default)]
pub(super) struct Found {
    /// A setting, and the path of its value in the document.
    pub(super) origins: Vec<(Vec<String>, Vec<String>)>,
    pub(super) problems: Vec<Problem>,
    pub(super) broken: Vec<Vec<String>>,
}

impl Found {
    /// Takes a problem with its path in the run.
    pub(super) fn note(&mut self, problem: Problem) {
        self.broken.push(problem.path.clone());
        let origin = self.origins.iter().rev().find(|(setting, _)| problem.path.starts_with(setting));
        let path = match origin {
            // What is no setting is none at any point.
            Some((setting, origin))
                if problem.message == UNKNOWN_KEY
                    && problem.path == *setting
                    && origin.last().is_some_and(|last| last.parse::<usize>().is_ok()) =>
            {
                origin[..origin.len() - 1].to_vec()
            }
            Some((setting, origin)) => [&origin[..], &problem.path[setting.len()..]].concat(),
            None => problem.path.clone(),
        };
        self.problems.push(Problem { path, ..problem });
    }

    pub(super) fn take(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.broken.extend(other.broken);
    }

    pub(super) fn point(self, spec: Option<RunSpec>, inputs: Option<Arc<Inputs>>) -> Point {
        Point { spec, inputs, problems: self.problems, broken: self.broken }
    }
}
