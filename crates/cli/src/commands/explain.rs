//! `explain`

use clap::Args;
use thalweg::document::nearest;
use thalweg::lab::{key_elsewhere, word_elsewhere};
use thalweg::records::Quantity;

use super::metrics::meaning;
use crate::reference::{Found, Key, all_keys, columns, find, full, listed, markdown, width};
use crate::{Exit, say, say_prose};

/// What shall be explained.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A key, such as optimizer.adam.beta1, train.batch-size, schedule or claim.trend.direction, or its last
    /// word; a metric, such as test.accuracy; a word of other libraries, such as lr. Without one, the tables
    /// of a file
    #[arg(conflicts_with = "all")]
    key: Option<String>,
    /// List all keys
    #[arg(long)]
    all: bool,
    /// As a page of Markdown
    #[arg(long, requires = "all")]
    markdown: bool,
}

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let width = width();
    if arguments.markdown {
        return Ok(say(markdown().trim_end())?);
    }
    if arguments.all {
        return Ok(say(listed(&all_keys(), width))?);
    }
    match &arguments.key {
        Some(name) => explain(name, width),
        None => Ok(say(listed(&Key::root().children(), width))?),
    }
}

/// What somebody means by a word: a key, a metric, a key or value as other tools call it.
fn explain(name: &str, width: usize) -> Result<(), Exit> {
    let near = match find(name) {
        Found::Keys(keys) => {
            // Such as `epochs`, which is a key of a probe here, and elsewhere of the training.
            if let Some(key) = key_elsewhere(&format!("*.{name}")) {
                tell_elsewhere(name, key, width)?;
                say_prose(format_args!("\n`{name}` is a key too:\n"))?;
                return Ok(say(listed(&keys, width))?);
            }
            tell(name, &keys, width)?;
            return tell_metrics_too(name, width);
        }
        Found::Near(near) => near,
    };
    if let Some(key) = key_elsewhere(name) {
        return tell_elsewhere(name, key, width);
    }
    if is_metric(name) {
        return Ok(say(metric(name, width))?);
    }
    let metrics = metrics_named(name);
    if !metrics.is_empty() {
        say_prose(format_args!("`{name}` is the last word of these metrics:\n"))?;
        return Ok(say(columns(&metrics, width))?);
    }
    let plain = name.to_lowercase().replace(['_', ' '], "-");
    if let (Found::Keys(keys), true) = (find(&plain), plain != name) {
        return tell(&plain, &keys, width);
    }
    let with_value: Vec<Key> = all_keys().into_iter().filter(|key| key.accepts_word(&plain)).collect();
    if !with_value.is_empty() {
        say_prose(format_args!("\"{plain}\" is a value:\n"))?;
        return Ok(say(listed(&with_value, width))?);
    }
    match word_elsewhere(name) {
        Some(hint) => Ok(say_prose(elsewhere(name, hint))?),
        None => Err(unknown(name, &near)),
    }
}

/// Everything about one key; of several, one line each.
fn tell(name: &str, keys: &[Key], width: usize) -> Result<(), Exit> {
    if keys.iter().any(|key| key.name() != keys[0].name()) {
        let example = keys[0].name();
        let n = keys.len();
        say_prose(format_args!("`{name}` is a key of {n} tables; `explain {example}` has all of one\n"))?;
        return Ok(say(listed(keys, width))?);
    }
    if let (Some(place), [key]) = (place_in_list(name), keys)
        && let Some(kind) = key.children().iter().find(|child| child.is_kind())
    {
        say_prose(format_args!(
            "{place} is a place in the list `{}`, counted from 0. What else stands there depends on the kind, as \
             `explain {}` tells for one\n",
            key.name(),
            kind.name()
        ))?;
    }
    let pages: Vec<String> = keys.iter().map(|key| full(key, width)).collect();
    Ok(say(pages.join("\n\n"))?)
}

fn elsewhere(name: &str, hint: &str) -> String {
    format!("`{name}` is a word of other tools: {hint}")
}

/// The key that is meant by a word of other tools.
fn tell_elsewhere(name: &str, key: &str, width: usize) -> Result<(), Exit> {
    say_prose(elsewhere(name, word_elsewhere(name).unwrap_or_default()) + "\n")?;
    match find(key) {
        Found::Keys(keys) => tell(key, &keys, width),
        Found::Near(near) => Err(unknown(key, &near)),
    }
}

/// Metrics of which this is the last word, beside keys.
fn tell_metrics_too(name: &str, width: usize) -> Result<(), Exit> {
    let metrics = metrics_named(name);
    if metrics.is_empty() {
        return Ok(());
    }
    say_prose(format_args!("\n`{name}` is the last word of metrics too:\n"))?;
    Ok(say(columns(&metrics, width))?)
}

/// Whether a value of runs has this name, though no key begins like it, but for tests and training.
fn is_metric(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    let is_key = Key::root().children().iter().any(|key| key.last() == first);
    Quantity::of(name).is_known() && (!is_key || ["train", "test"].contains(&first))
}

/// Everything about one metric.
fn metric(name: &str, width: usize) -> String {
    let quantity = Quantity::of(name);
    let (low, high) = quantity.range;
    let mut facts = vec![("metric".to_owned(), meaning(name))];
    if low.is_finite() || high.is_finite() {
        let end = |end: f64| end.to_string().replace("inf", "∞");
        facts.push(("range".to_owned(), format!("{} to {}", end(low), end(high))));
    }
    facts.push(("one per".to_owned(), quantity.per.as_str().to_owned()));
    facts.push((
        "stands".to_owned(),
        "in claims and figures; `metrics EXPERIMENT` lists those of its runs".to_owned(),
    ));
    format!("{name}\n\n{}", columns(&facts, width))
}

/// The patterns of metrics that end with this word, with what they mean.
fn metrics_named(word: &str) -> Vec<(String, String)> {
    let row = |row: &Quantity| (row.pattern.replace('*', "<variant>"), row.doc.to_owned());
    Quantity::ending_with(word).map(row).collect()
}

/// The keys that look like the word, or of a table that was named all that look most like it.
fn unknown(name: &str, near: &[String]) -> Exit {
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    let is_near = |key: &&String| name.contains('.') || nearest(&last(name), [last(key).as_str()]).is_some();
    let near: Vec<String> = near.iter().filter(is_near).map(|name| format!("`{name}`")).collect();
    let meant = if near.is_empty() { String::new() } else { format!("did you mean {}? ", near.join(", ")) };
    Exit::usage(format!(
        "there is no key or metric `{name}`\nhint: {meant}`explain --all` lists all keys, `metrics EXPERIMENT` the \
         metrics of its runs"
    ))
}

/// The number at the end of a key such as `probe.0`.
fn place_in_list(name: &str) -> Option<usize> {
    name.rsplit_once('.')?.1.parse().ok()
}
