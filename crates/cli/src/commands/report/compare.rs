//! Two or more results side by side: a page, and what differs in words.

use std::path::{MAIN_SEPARATOR, Path};

use thalweg::document::nearest;
use thalweg::records::{ResultFolder, Store, key_of};
use thalweg::report::{Comparison, Side, encoded};

use super::note_report;
use crate::{Exit, result_name, say_prose, shown};

/// Letters of the name of a page, before a hash takes over.
const LONGEST: usize = 150;

/// A result as it was asked for.
struct Asked {
    store: Store,
    folder: ResultFolder,
    /// Whether it was given by its path.
    is_elsewhere: bool,
}

/// Compares the others with the first, and writes the page into `to`, or else beside the results.
pub fn run(store: &Store, names: &[String], to: Option<&Path>) -> Result<(), Exit> {
    if names.len() < 2 {
        return Err(Exit::usage("--compare: found one result, expected two or more"));
    }
    if names.len() > 26 {
        return Err(Exit::usage(format!("--compare: found {} results, expected at most 26", names.len())));
    }
    let asked = names.iter().map(|name| asked(store, name)).collect::<Result<Vec<Asked>, Exit>>()?;
    let mut sides = Vec::new();
    for ((asked, name), letter) in asked.iter().zip(names).zip('A'..) {
        note_report(&asked.store, &asked.folder)?;
        let mut side = Side::of(&asked.store, &asked.folder, letter, name)?;
        let is_linked =
            to.is_none() && !asked.is_elsewhere && asked.folder.path().join("report.html").exists();
        side.link = is_linked.then(|| format!("../{}/report.html", encoded(&asked.folder.name())));
        sides.push(side);
    }
    let comparison = Comparison::new(sides);
    let place = to.map_or_else(|| Store::new(store.root().join(result_name::COMPARISONS)), Store::new);
    let page = page_name(&asked, names);
    place.write(&page, comparison.page().as_bytes())?;
    comparison.lines().iter().try_for_each(say_prose)?;
    Ok(say_prose(format_args!("comparison: {}", shown(&place.root().join(page))))?)
}

/// The result with a name in the store, or that in a folder of any store.
fn asked(store: &Store, name: &str) -> Result<Asked, Exit> {
    let is_elsewhere = name.contains(MAIN_SEPARATOR) || name.contains('/');
    let (store, folder) = if is_elsewhere {
        let path = Path::new(name);
        (Store::new(path.parent().unwrap_or(Path::new("."))), ResultFolder::new(path))
    } else {
        (store.clone(), result_name::named(store, name)?)
    };
    if folder.is_there() {
        return Ok(Asked { store, folder, is_elsewhere });
    }
    let (there, own) = (store.results()?, folder.name());
    let near = nearest(&own, there.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let hint = match there.len() {
        0 => "there are none: run an experiment first".to_owned(),
        _ => format!("{near}there are {}", there.join(", ")),
    };
    let store = shown(store.root());
    Err(Exit::usage(format!("there is no result `{own}` in {store}\nhint: {hint}")))
}

/// `a_against_b.html`; of results elsewhere, and of long names, with a hash of how they were asked for.
fn page_name(asked: &[Asked], names: &[String]) -> String {
    let own: Vec<String> = asked.iter().map(|asked| asked.folder.name()).collect();
    let (first, others) = (&own[0], own[1..].join("_"));
    let whole = format!("{others}_against_{first}");
    let is_telling = whole.chars().count() <= LONGEST && asked.iter().all(|asked| !asked.is_elsewhere);
    if is_telling {
        return format!("{whole}.html");
    }
    let short: String = whole.chars().take(LONGEST).collect();
    format!("{short}~{}.html", &key_of(&names)[..8])
}
