//! `explain`

use clap::Args;
use thalweg::document::nearest;
use thalweg::lab::word_elsewhere;

use crate::reference::{Found, Key, all_keys, find, full, listed, markdown, width};
use crate::{Exit, say, say_prose};

/// What shall be explained.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A key, such as optimizer.adam.beta1, train.batch-size, schedule or claim.trend.direction; without one,
    /// the tables of a file
    #[arg(conflicts_with = "all")]
    key: Option<String>,
    /// List all keys
    #[arg(long)]
    all: bool,
    /// As a page of Markdown
    #[arg(long, requires = "all")]
    markdown: bool,
}

/// As many keys of one name are explained in full; more are listed.
const IN_FULL: usize = 3;

pub fn run(arguments: &Arguments) -> Result<(), Exit> {
    let width = width();
    if arguments.markdown {
        return Ok(say(markdown().trim_end())?);
    }
    if arguments.all {
        return Ok(say(listed(&all_keys(), width))?);
    }
    let Some(name) = &arguments.key else {
        return Ok(say(listed(&Key::root().children(), width))?);
    };
    match find(name) {
        Found::Keys(keys) if keys.len() <= IN_FULL => {
            if let (Some(place), [key]) = (place_in_list(name), &keys[..])
                && let Some(kind) = key.children().iter().find(|child| child.is_kind())
            {
                say_prose(format_args!(
                    "{place} is a place in the list `{}`, counted from 0. What else stands there depends on the \
                     kind, as `explain {}` tells for one\n",
                    key.name(),
                    kind.name()
                ))?;
            }
            let pages: Vec<String> = keys.iter().map(|key| full(key, width)).collect();
            Ok(say(pages.join("\n\n"))?)
        }
        Found::Keys(keys) => {
            let example = keys[0].name();
            say_prose(format_args!(
                "`{name}` is a key of {} tables; `explain {example}` has all of one\n",
                keys.len()
            ))?;
            Ok(say(listed(&keys, width))?)
        }
        Found::Near(near) => {
            let word = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
            let first = near.first().map_or(String::new(), |key| word(key));
            let is_near = nearest(&word(name), [first.as_str()]).is_some();
            let elsewhere = word_elsewhere(name).map_or(String::new(), |hint| format!("\nhint: {hint}"));
            if !elsewhere.is_empty() && !is_near {
                return Err(Exit::usage(format!("there is no key `{name}`{elsewhere}")));
            }
            let near: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
            Err(Exit::usage(format!(
                "there is no key `{name}`{elsewhere}\nhint: did you mean {}? `explain --all` lists all keys",
                near.join(", ")
            )))
        }
    }
}

/// The number at the end of a key such as `probe.0`.
fn place_in_list(name: &str) -> Option<usize> {
    name.rsplit_once('.')?.1.parse().ok()
}
