//! What can go wrong between a record and the disk.

use std::path::{Path, PathBuf};

/// A store that cannot be written, or holds something that is not a record.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `"write"`, `"read"`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// A file that this crate did not write, or that was changed afterwards.
    #[error("{} is damaged: {why}\nhint: `experiment` sets it aside and computes it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        why: String,
    },
    /// A file that was there.
    #[error("{} is missing\nhint: `experiment` writes it anew", path.display())]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// A record whose numbers an older version of the program computed, which this one would compute in
    /// another way.
    #[error("{} was made by an older version (revision {revision})", path.display())]
    Older {
        /// The entry.
        path: PathBuf,
        /// The record's revision.
        revision: u32,
    },
    /// A file that a newer version of the program wrote.
    #[error("{} was made by a newer version (format {format}, revision {revision})\nhint: read it with that version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// How it is written.
        format: u32,
        /// What its numbers mean.
        revision: u32,
    },
    /// A run that another one needs.
    #[error("the run {0} is not in the store\nhint: the next call computes it")]
    Missing(String),
    /// The folder holds no plan: no experiment was run into it.
    #[error("there are no results in {}\nhint: run the experiment first", .0.display())]
    NoPlan(PathBuf),
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// What is damaged or gone, if that is what is wrong.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Damaged { path, .. } | Self::Gone { path } => Some(path.clone()),
            _ => None,
        }
    }

    pub(crate) fn damaged(path: &Path, why: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), why: why.to_string() }
    }
}
