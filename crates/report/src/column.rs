//! Names of the columns that all tables have, and what they mean.

/// The end of the name of a column that tells over how many rows a share was counted.
pub(crate) const COUNTED_OVER: &str = ".counted-over";
/// The name of the column that tells whether a run drew no random number; it is left out where all did.
pub(crate) const DETERMINISTIC: &str = "deterministic";

/// The name of the column that tells that runs were looked at after each replicate, and what it says.
pub(crate) const LOOKS: &str = "looks";
pub(crate) const AFTER_EACH: &str = "after each replicate";

/// The name of the column that tells the swept settings where one of them is a table, whose settings have the
/// columns; left out else.
pub(crate) const SWEPT: &str = "swept";
/// Between two of them.
pub(crate) const BETWEEN: &str = ", ";

/// The columns that say more of how a run ended; left out where all completed.
pub(crate) const DIVERGED_AT: &str = "diverged-at";
pub(crate) const FAILURE: &str = "failure";

/// What tells the rows of the tables apart, and what it means.
pub(crate) const IDENTITY: [(&str, &str); 9] = [
    ("key", "names the run: the hash of all its settings"),
    ("seed", "from which all random numbers of a run follow, with the replicate"),
    ("replicate", "number of the repetition with other data, weights and batches"),
    ("status", "completed, diverged or failed"),
    (DIVERGED_AT, "the step at which a loss or a parameter stopped being finite"),
    (FAILURE, "what the program said when it failed"),
    (DETERMINISTIC, "whether the run drew no random number, so that all replicates are the same"),
    (SWEPT, "the settings that the sweep changes, of which a table is one"),
    (LOOKS, "that the verdicts were looked at after each replicate"),
];

/// The columns of `summary.csv` beside the swept settings.
pub(crate) const SUMMARY: [(&str, &str); 12] = [
    ("metric", "the quantity that the row is about: a column of runs.csv"),
    (
        "scale",
        "the scale of the mean, one for each quantity: log for a geometric mean, of a quantity that is compared by ratios \
         and above 0 in all runs; else linear",
    ),
    ("replicates", "number of replicates that have the value"),
    ("mean", "mean over the replicates"),
    ("low", "lower end of the 95 % interval of the mean over replicates (Student's t)"),
    ("high", "upper end of the 95 % interval of the mean over replicates (Student's t)"),
    ("bootstrap-low", "lower end of the 95 % interval of the mean over replicates by the bootstrap"),
    ("bootstrap-high", "upper end of the 95 % interval of the mean over replicates by the bootstrap"),
    ("sets", "number of test sets of a run"),
    ("sets-sd", "standard deviation over the test sets of a run, mean over the replicates"),
    (
        "sets-low",
        "lower end of the 95 % interval of the mean over the test sets of a run, mean over the replicates",
    ),
    (
        "sets-high",
        "upper end of the 95 % interval of the mean over the test sets of a run, mean over the replicates",
    ),
];
