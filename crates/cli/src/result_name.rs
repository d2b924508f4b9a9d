//! Names of results.

use std::path::Path;

use thalweg::records::{Plan, ResultFolder, Store, StoreError};

use crate::Exit;

/// The folder of pages on several results.
pub const COMPARISONS: &str = "comparisons";
/// Names that a result cannot have: folders of the store itself.
const TAKEN: [&str; 4] = ["runs", "running", "damaged", COMPARISONS];
/// Letters of a name, before the hash takes over.
const LONGEST: usize = 100;

/// The folder of a result: `chosen`, or else file, profile and overrides. It is refused if it is that of
/// another file or question.
pub fn folder(store: &Store, plan: &Plan, chosen: Option<&str>, suffix: &str) -> Result<ResultFolder, Exit> {
    let name = chosen.map_or_else(|| name_of(plan) + suffix, str::to_owned);
    let folder = named(store, &name)?;
    let is_other_case = |there: &String| *there != name && there.to_lowercase() == name.to_lowercase();
    if let Some(there) = store.results()?.into_iter().find(is_other_case) {
        return Err(Exit::usage(format!(
            "the result \"{name}\" would differ from \"{there}\" in upper and lower case alone, which some disks do not tell apart\n\
             hint: --as NAME gives this one a name of its own"
        )));
    }
    let there = match folder.read_plan() {
        Ok(plan) => plan,
        Err(e @ StoreError::Newer { .. }) => return Err(e.into()),
        // None, or one that is written anew.
        Err(_) => return Ok(folder),
    };
    let is_same_file = match (&there.source, &plan.source) {
        // A file that has gone may have been moved.
        (Some(old), Some(new)) => old == new || !(Path::new(old).exists() || old.starts_with("built-in")),
        _ => there.name == plan.name,
    };
    if !is_same_file {
        let [old, new] = [&there, plan].map(|plan| plan.source.as_deref().unwrap_or("another file"));
        return Err(Exit::usage(format!(
            "the result \"{name}\" is that of {old}, not of {new}\nhint: --as NAME gives this one a name of its own"
        )));
    }
    if (&there.profile, &there.overrides) != (&plan.profile, &plan.overrides) && there.source.is_some() {
        return Err(Exit::usage(format!(
            "the result \"{name}\" is that of {}\nhint: --as NAME gives this one a name of its own",
            name_of(&there)
        )));
    }
    Ok(folder)
}

/// The folder of the result with a name, which leads nowhere else.
pub fn named(store: &Store, name: &str) -> Result<ResultFolder, Exit> {
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || " ._=+-,@~()".contains(c));
    if !is_plain || name.trim().is_empty() || name.starts_with('.') {
        return Err(Exit::usage(format!(
            "a result cannot be called \"{name}\"\nhint: a name has letters, digits, blanks and . _ = + - , @, and no . in front"
        )));
    }
    // Not every disk tells `Runs` from `runs`.
    if let Some(taken) = TAKEN.iter().find(|taken| taken.eq_ignore_ascii_case(name)) {
        return Err(Exit::usage(format!(
            "a result cannot be called \"{name}\": the store has a folder `{taken}` of its own"
        )));
    }
    Ok(store.result(name))
}

/// `batch-size@quick+train.steps=200`
pub fn name_of(plan: &Plan) -> String {
    let profile = plan.profile.iter().map(|profile| format!("@{profile}"));
    let overrides = plan.overrides.iter().map(|text| format!("+{}", text.replace(' ', "")));
    let whole: String = std::iter::once(plan.name.clone()).chain(profile).chain(overrides).collect();
    let plain: String =
        whole.chars().map(|c| if c.is_alphanumeric() || "._=+-,@".contains(c) { c } else { '_' }).collect();
    if plain == whole && plain.chars().count() <= LONGEST {
        return plain;
    }
    let short: String = plain.chars().take(LONGEST).collect();
    format!("{short}~{}", &thalweg::records::key_of(&whole)[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(profile: Option<&str>, overrides: &[&str], source: &str) -> Plan {
        Plan {
            profile: profile.map(str::to_owned),
            overrides: overrides.iter().map(|text| (*text).to_owned()).collect(),
            source: Some(source.to_owned()),
            ..Plan::new("study", Vec::new())
        }
    }

    #[test]
    fn names_say_what_was_asked() {
        assert_eq!(name_of(&plan(None, &[], "a")), "study");
        assert_eq!(name_of(&plan(Some("quick"), &["train.steps=200"], "a")), "study@quick+train.steps=200");
        let table = |rate: &str| name_of(&plan(None, &[&format!("schedule={{ initial = {rate} }}")], "a"));
        assert!(table("0.1").starts_with("study+schedule=_initial=0.1_~") && table("0.1") != table("0.2"));
        assert!(name_of(&plan(None, &["x=1".repeat(99).as_str()], "a")).chars().count() < 120);
    }

    #[test]
    fn a_namesake_is_refused_with_both_paths() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("a.toml").display().to_string();
        std::fs::write(&file, "").unwrap();
        let store = Store::new(place.path().join("results"));
        let first = plan(None, &[], &file);
        folder(&store, &first, None, "").unwrap().write_plan(&first).unwrap();
        assert!(folder(&store, &first, None, "").is_ok());
        let other = plan(None, &[], "/elsewhere/study.toml");
        let error = folder(&store, &other, None, "").unwrap_err().to_string();
        assert!(error.contains(&file) && error.contains("/elsewhere/study.toml"), "{error}");
        assert!(folder(&store, &other, Some("mine"), "").is_ok());
        let error =
            folder(&store, &plan(Some("quick"), &[], &file), Some("study"), "").unwrap_err().to_string();
        assert!(error.contains("--as"), "{error}");
        let error = folder(&store, &first, Some("Study"), "").unwrap_err().to_string();
        assert!(error.contains("\"study\" in upper and lower case alone"), "{error}");
        for name in ["runs", "Runs", "RUNNING", "comparisons", "..", "a/b", ".hidden", ""] {
            assert!(folder(&store, &first, Some(name), "").is_err(), "{name}");
        }
        std::fs::remove_file(&file).unwrap();
        assert!(folder(&store, &other, None, "").is_ok(), "the file was moved");
    }
}
