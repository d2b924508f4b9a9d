//! Words of other tools, and what they are called here.

use thalweg_document::{Problem, UNKNOWN_KEY};

/// A table's key as people from elsewhere write it, what to write instead, and the key that is meant, if it
/// is one. `*` is any table, `()` none.
const ELSEWHERE: [(&str, &[&str], &str, &str); 47] = [
    (
        "schedule",
        &["lr", "learning-rate", "learning_rate", "rate", "eta", "alpha"],
        "here it is `initial`",
        "schedule.initial",
    ),
    (
        "schedule",
        &["gamma", "decay-rate", "decay_rate"],
        "here it is `factor` or `exponent`, by the kind of schedule",
        "",
    ),
    (
        "schedule",
        &["step_size", "step-size", "period", "T_max", "t_max", "total_steps", "total-steps"],
        "here it is `steps`",
        "schedule.steps",
    ),
    ("optimizer", &RATES, "the learning rate is `initial` in [schedule]", "schedule.initial"),
    ("train", &RATES, "the learning rate is `initial` in [schedule]", "schedule.initial"),
    ("*", &RATES, "the learning rate is `initial` in [schedule]", "schedule.initial"),
    (
        "*",
        &["epochs", "n-epochs", "n_epochs", "num_epochs", "max_epochs", "epoch"],
        "training is counted in steps: `steps` in [train] = epochs × samples / batch size",
        "train.steps",
    ),
    (
        "train",
        &["iterations", "num-steps", "num_steps", "n_steps", "max_steps", "max_iter", "iters"],
        "here it is `steps`",
        "train.steps",
    ),
    (
        "train",
        &["batch", "batchsize", "batch_size", "bs", "mini-batch"],
        "here it is `batch-size`",
        "train.batch-size",
    ),
    (
        "train",
        &["shuffle"],
        "here it is order = \"shuffled\", \"sequential\" or \"with-replacement\"",
        "train.order",
    ),
    (
        "optimizer",
        &["weight-decay", "weight_decay", "l2"],
        "transforms = [{ kind = \"weight-decay\", rate = … }]; with decoupled = true as in AdamW",
        "optimizer.transforms",
    ),
    (
        "optimizer",
        &["betas", "beta_1", "beta_2", "b1", "b2"],
        "here they are `beta1` and `beta2`",
        "optimizer.beta1",
    ),
    ("optimizer", &["eps"], "here it is `epsilon`", "optimizer.epsilon"),
    ("optimizer", &["momentum", "mu"], "here it is kind = \"momentum\" with `beta`", "optimizer.beta"),
    (
        "optimizer",
        &["clip", "clip-norm", "clipnorm", "max_grad_norm", "gradient-clipping"],
        "transforms = [{ kind = \"clip-by-norm\", max = … }]",
        "optimizer.transforms",
    ),
    (
        "model",
        &["layers", "units", "widths", "hidden-sizes", "hidden_sizes", "hidden_layers", "hidden_layer_sizes"],
        "here it is `hidden`",
        "model.hidden",
    ),
    (
        "model",
        &["dropout", "dropout-rate", "dropout_rate"],
        "it is part of training: `dropout` in [train]",
        "train.dropout",
    ),
    (
        "model",
        &["batch-norm", "batch_norm", "batchnorm", "norm"],
        "here it is normalisation = \"layer\"",
        "model.normalisation",
    ),
    ("data", &["n", "n_samples", "n-samples", "size"], "here it is `samples`", "data.samples"),
    (
        "data",
        &["target_column", "label_column", "y", "labels"],
        "here it is `label` for classes, `target` for numbers",
        "",
    ),
    ("data", &["sep", "separator", "delim"], "here it is `delimiter`", "data.delimiter"),
    (
        "data",
        &["normalize", "normalise", "standardize", "standardise", "scale", "scaler"],
        "transforms = [{ kind = \"standardise\" }]",
        "data.transforms",
    ),
    (
        "data",
        &["test_size", "test-size", "split", "train_size", "validation_split"],
        "rows are kept for the test by test = { kind = \"hold-out\", fraction = 0.2 }",
        "test.fraction",
    ),
    (
        "record",
        &["every", "interval", "freq", "frequency"],
        "here it is `points-per-decade`: points of curves lie evenly on a logarithmic axis",
        "record.points-per-decade",
    ),
    ("probe", &["every", "interval", "freq", "frequency"], "when = { kind = \"every\", every = … }", ""),
    ("optimizer", &["nesterov"], "it belongs to kind = \"momentum\"", "optimizer.nesterov"),
    (
        "",
        &["batch_size", "batch-size", "batchsize", "bs"],
        "it belongs to [train]: `batch-size`",
        "train.batch-size",
    ),
    ("", &["steps", "n_steps", "max_steps", "iterations"], "it belongs to [train]: `steps`", "train.steps"),
    ("", &["loss"], "it belongs to [model]", "model.loss"),
    ("", &["activation"], "it belongs to [model]", "model.activation"),
    ("", &["hidden", "layers"], "it belongs to [model]", "model.hidden"),
    ("test", &["test_size", "test-size", "size", "ratio", "share"], "here it is `fraction`", "test.fraction"),
    ("test", &["stratify", "stratified_by"], "here it is stratified = true", "test.stratified"),
    (
        "test",
        &["n_splits", "n-splits", "folds", "k", "n_folds", "cv"],
        "here it is `count`, with kind = \"folds\"",
        "test.count",
    ),
    (
        "train",
        &["patience", "early-stopping", "early_stopping", "tol"],
        "`stop-at-loss` ends training at a loss; there is no stopping by a validation set",
        "train.stop-at-loss",
    ),
    (
        "",
        &["random_state", "random-seed", "rng", "runs", "n_runs", "seeds", "repetitions", "repeats"],
        "here they are `seed` and `replicates`",
        "seed",
    ),
    // Classes and functions, which stand in no table.
    (
        "()",
        &["standardscaler", "minmaxscaler", "robustscaler", "normalizer"],
        "features are scaled by transforms = [{ kind = \"standardise\" }] in [data]",
        "data.transforms",
    ),
    (
        "()",
        &["train_test_split"],
        "here it is test = { kind = \"hold-out\", fraction = 0.25 }",
        "test.hold-out",
    ),
    (
        "()",
        &["kfold", "stratifiedkfold", "cross_val_score"],
        "here it is test = { kind = \"folds\", count = 5 }",
        "test.folds",
    ),
    ("()", &["mlpclassifier", "mlpregressor", "sequential"], "networks are in [model]", "model"),
    ("()", &["dataloader"], "batches are drawn by `batch-size` and `order` in [train]", "train.batch-size"),
    ("()", &["earlystopping"], "`stop-at-loss` in [train] ends training at a loss", "train.stop-at-loss"),
    ("()", &["steplr"], "here it is kind = \"step\" in [schedule]", "schedule.step"),
    ("()", &["exponentiallr"], "here it is kind = \"exponential\" in [schedule]", "schedule.exponential"),
    ("()", &["cosineannealinglr"], "here it is kind = \"cosine\" in [schedule]", "schedule.cosine"),
    ("()", &["onecyclelr"], "here it is kind = \"one-cycle\" in [schedule]", "schedule.one-cycle"),
    (
        "()",
        &["layernorm", "batchnorm1d", "batchnorm2d"],
        "here it is normalisation = \"layer\"",
        "model.normalisation",
    ),
];

/// The value of a key as people from elsewhere write it, in small letters and with hyphens, and what to write
/// instead: table, key, words, hint.
const VALUES: [(&str, &str, &[&str], &str); 13] = [
    (
        "optimizer",
        "kind",
        &["adamw"],
        "here it is kind = \"adam\" with transforms = [{ kind = \"weight-decay\", rate = 0.01, decoupled = true }]",
    ),
    ("optimizer", "kind", &["nag", "nesterov"], "here it is kind = \"momentum\" with nesterov = true"),
    (
        "optimizer",
        "kind",
        &["gd", "gradient-descent", "batch-gradient-descent", "full-batch"],
        "here it is kind = \"sgd\" with all samples in a batch: `batch-size` in [train]",
    ),
    (
        "optimizer",
        "kind",
        &["sgld", "langevin"],
        "here it is kind = \"sgd\" with transforms = [{ kind = \"thermal-noise\", temperature = … }]",
    ),
    ("optimizer", "kind", &["amsgrad"], "here it is kind = \"adam\" with amsgrad = \"raw\""),
    (
        "optimizer",
        "amsgrad",
        &["true"],
        "amsgrad=True of PyTorch and Keras is \"raw\", optax's amsgrad is \"corrected\"",
    ),
    (
        "model",
        "loss",
        &["mse", "mse-loss", "mseloss", "l2"],
        "here it is \"squared-error\" for numbers, \"one-hot-squared-error\" for classes",
    ),
    (
        "model",
        "loss",
        &[
            "bce",
            "bceloss",
            "binary-cross-entropy",
            "binary-crossentropy",
            "log-loss",
            "nll",
            "nllloss",
            "crossentropyloss",
        ],
        "here it is \"cross-entropy\", for two classes as for more; \"logistic\" makes of each output a classifier of \
         its own",
    ),
    ("model", "activation", &["linear", "none"], "here it is \"identity\""),
    (
        "model",
        "kind",
        &["kaiming", "kaiming-normal", "kaiming-uniform", "he-normal"],
        "here it is kind = \"he\"",
    ),
    ("model", "kind", &["xavier", "xavier-normal", "xavier-uniform"], "here it is kind = \"glorot\""),
    (
        "data",
        "kind",
        &["mnist", "fashion-mnist"],
        "here it is kind = \"idx\", with the folder of the four files as `path`",
    ),
    ("data", "kind", &["moons", "make-moons"], "here it is kind = \"two-moons\""),
];

const RATES: [&str; 8] =
    ["lr", "learning-rate", "learning_rate", "learning-rate-init", "step-size", "step_size", "eta", "alpha"];

/// What is to be written for a word of another tool, a key such as `optimizer.lr` or a value such as `adamw`.
///
/// ```
/// assert!(thalweg_experiment::word_elsewhere("lr").unwrap().contains("`initial` in [schedule]"));
/// assert_eq!(thalweg_experiment::word_elsewhere("colour"), None);
/// ```
pub fn word_elsewhere(key: &str) -> Option<&'static str> {
    let word = key.rsplit('.').next().unwrap_or_default().to_lowercase().replace('_', "-");
    let values =
        || VALUES.iter().find(|(.., words, _)| words.contains(&word.as_str())).map(|(.., hint)| *hint);
    row_elsewhere(key).map(|(hint, _)| hint).or_else(values)
}

/// The key that is meant by a key of another tool, alone or below the table in which it is looked for.
///
/// ```
/// assert_eq!(thalweg_experiment::key_elsewhere("optimizer.lr"), Some("schedule.initial"));
/// assert_eq!(thalweg_experiment::key_elsewhere("momentum"), Some("optimizer.beta"));
/// ```
pub fn key_elsewhere(key: &str) -> Option<&'static str> {
    row_elsewhere(key).map(|(_, key)| key).filter(|key| !key.is_empty())
}

/// What is told of a key of another tool, and the key that is meant.
fn row_elsewhere(key: &str) -> Option<(&'static str, &'static str)> {
    let (table, word) = key.rsplit_once('.').unwrap_or(("", key));
    let table = table.split('.').next().unwrap_or_default();
    let is_of = |of: &str| of == table || of == "*" || (table.is_empty() && !of.is_empty());
    let rows = ELSEWHERE.iter().filter(|(of, ..)| is_of(of));
    // Rows of any table stand behind those of one.
    let lower = word.to_lowercase();
    let is_meant = |words: &[&str]| words.contains(&word) || words.contains(&lower.as_str());
    rows.rev().find(|(_, words, ..)| is_meant(words)).map(|(.., hint, key)| (*hint, *key))
}

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
    let Some((key, above)) = problem.path.split_last() else { return problem };
    let table = above.first().map_or("", String::as_str);
    if problem.message != UNKNOWN_KEY {
        let value = found(&problem.message).map(|value| value.to_lowercase().replace('_', "-"));
        let is_meant = |(of, name, words, _): &&(&str, &str, &[&str], &str)| {
            *of == table && name == key && value.as_ref().is_some_and(|value| words.contains(&value.as_str()))
        };
        return match VALUES.iter().find(is_meant) {
            Some((.., hint)) => problem.hint(*hint),
            None => with_sweep(problem),
        };
    }
    let is_meant = |(of, words, ..): &&(&str, &[&str], &str, &str)| {
        (*of == table || *of == "*") && words.contains(&key.as_str())
    };
    match ELSEWHERE.iter().find(is_meant) {
        Some((_, _, hint, _)) => problem.hint(*hint),
        None => problem,
    }
}

/// The problem with a hint, if it is a list of numbers where one belongs.
fn with_sweep(problem: Problem) -> Problem {
    let list = problem.message.strip_prefix("found [").and_then(|rest| rest.split_once("], expected a "));
    match list {
        Some((values, accepted)) if problem.hint.is_none() && accepted.contains("number") => {
            let hint = format!("\"{}\" = [{values}] in [sweep] runs each of them", problem.path.join("."));
            problem.hint(hint)
        }
        _ => problem,
    }
}

/// The value that a message refuses, without quotes.
fn found(message: &str) -> Option<&str> {
    let word = message.strip_prefix("unknown value `").and_then(|rest| rest.split('`').next());
    let other = || {
        message.strip_prefix("found ")?.split_once(", expected ").map(|(value, _)| value.trim_matches('"'))
    };
    word.or_else(other)
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
        assert!(hint("test.test_size").contains("`fraction`"));
        let value =
            |key: &str, message: &str| advised(vec![Problem::new(key, message).hint("x")])[0].hint.clone();
        assert!(value("optimizer.kind", "unknown value `AdamW`").unwrap().contains("decoupled = true"));
        let told = "found true, expected one of \"off\", \"raw\", \"corrected\"";
        assert!(value("optimizer.amsgrad", told).unwrap().starts_with("amsgrad=True of PyTorch"));
        assert!(value("optimizer.group.0.rule.kind", "unknown value `nag`").unwrap().contains("nesterov"));
        assert_eq!(value("optimizer.kind", "unknown value `yogi`").unwrap(), "x");
        let list = Problem::new("schedule.initial", "found [0.1, 0.01], expected a number above 0");
        let hint = advised(vec![list])[0].hint.clone().unwrap();
        assert_eq!(hint, "\"schedule.initial\" = [0.1, 0.01] in [sweep] runs each of them");
        let other = Problem::new("optimizer.lr", "found 3, expected text").hint("y");
        assert_eq!(advised(vec![other.clone()]), [other]);
        let missing = Problem::new("schedule.initial", "this key is missing");
        assert_eq!(advised(vec![unknown("schedule.lr"), missing]).len(), 1);
    }
}
