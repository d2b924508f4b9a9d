//! Words of other tools, and what they are called here.

use thalweg_document::{Problem, UNKNOWN_KEY};

/// A table's key as people from elsewhere write it, and what to write instead. `*` is any table.
const ELSEWHERE: [(&str, &[&str], &str); 17] = [
    ("schedule", &["lr", "learning-rate", "learning_rate", "rate", "eta", "alpha"], "here it is `initial`"),
    (
        "schedule",
        &["gamma", "decay-rate", "decay_rate"],
        "here it is `factor` or `exponent`, by the kind of schedule",
    ),
    ("optimizer", &RATES, "the learning rate is `initial` in [schedule]"),
    ("train", &RATES, "the learning rate is `initial` in [schedule]"),
    ("*", &RATES, "the learning rate is `initial` in [schedule]"),
    (
        "*",
        &["epochs", "n-epochs", "n_epochs", "num_epochs", "max_epochs", "epoch"],
        "training is counted in steps: `steps` in [train] = epochs × samples / batch size",
    ),
    (
        "train",
        &["iterations", "num-steps", "num_steps", "n_steps", "max_steps", "max_iter", "iters"],
        "here it is `steps`",
    ),
    ("train", &["batch", "batchsize", "batch_size", "bs", "mini-batch"], "here it is `batch-size`"),
    ("train", &["shuffle"], "here it is order = \"shuffled\", \"sequential\" or \"with-replacement\""),
    (
        "optimizer",
        &["weight-decay", "weight_decay", "l2"],
        "transforms = [{ kind = \"weight-decay\", rate = … }]; with decoupled = true as in AdamW",
    ),
    ("optimizer", &["betas", "beta_1", "beta_2", "b1", "b2"], "here they are `beta1` and `beta2`"),
    ("optimizer", &["eps"], "here it is `epsilon`"),
    ("optimizer", &["momentum", "mu"], "here it is kind = \"momentum\" with `beta`"),
    (
        "optimizer",
        &["clip", "clip-norm", "clipnorm", "max_grad_norm", "gradient-clipping"],
        "transforms = [{ kind = \"clip-by-norm\", max = … }]",
    ),
    (
        "model",
        &["layers", "units", "widths", "hidden-sizes", "hidden_sizes", "hidden_layers"],
        "here it is `hidden`",
    ),
    ("data", &["n", "n_samples", "n-samples", "size"], "here it is `samples`"),
    (
        "",
        &["random_state", "random-seed", "rng", "runs", "n_runs", "seeds", "repetitions", "repeats"],
        "here they are `seed` and `replicates`",
    ),
];

const RATES: [&str; 8] =
    ["lr", "learning-rate", "learning_rate", "learning-rate-init", "step-size", "step_size", "eta", "alpha"];

/// The same problems, with a better hint on an unknown key that is a word of another tool. What such a key
/// stands for is then not told as missing.
pub(crate) fn advised(problems: Vec<Problem>) -> Vec<Problem> {
    let problems: Vec<Problem> = problems.into_iter().map(with_advice).collect();
    let meant = |problem: &Problem| {
        let word = problem.hint.as_ref()?.strip_prefix(HERE)?.split('`').next()?.to_owned();
        let above = problem.path.split_last().filter(|_| problem.message == UNKNOWN_KEY)?.1;
        Some([above, &[word]].concat())
    };
    let meant: Vec<Vec<String>> = problems.iter().filter_map(meant).collect();
    let is_news = |problem: &Problem| problem.message == UNKNOWN_KEY || !meant.contains(&problem.path);
    problems.into_iter().filter(is_news).collect()
}

/// The beginning of hints that name the word for a key.
const HERE: &str = "here it is `";

fn with_advice(problem: Problem) -> Problem {
    if problem.message != UNKNOWN_KEY {
        return problem;
    }
    let Some((key, above)) = problem.path.split_last() else { return problem };
    let table = above.first().map_or("", String::as_str);
    let is_meant = |(of, words, _): &&(&str, &[&str], &str)| {
        (*of == table || *of == "*") && words.contains(&key.as_str())
    };
    match ELSEWHERE.iter().find(is_meant) {
        Some((_, _, hint)) => problem.hint(*hint),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_other_tools_are_understood() {
        let unknown = |key: &str| Problem::new(key, UNKNOWN_KEY).hint("known here: x");
        let hint = |key: &str| advised(vec![unknown(key)])[0].hint.clone().unwrap();
        assert!(hint("optimizer.lr").contains("[schedule]"));
        assert!(hint("learning-rate").contains("[schedule]"));
        assert!(hint("train.epochs").contains("epochs × samples"));
        assert!(hint("train.batch_size").contains("`batch-size`"));
        assert_eq!(hint("optimizer.colour"), "known here: x");
        let other = Problem::new("optimizer.lr", "found 3, expected text").hint("y");
        assert_eq!(advised(vec![other.clone()]), [other]);
        let missing = Problem::new("schedule.initial", "this key is missing");
        assert_eq!(advised(vec![unknown("schedule.lr"), missing]).len(), 1);
    }
}
