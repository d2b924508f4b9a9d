//! What the command line changes in a document.

use toml::Value;

use crate::Document;
use crate::near::nearest;
use crate::problem::{Place, Placed, Problem};
use crate::tree::{Node, Origin, Tree};

/// A profile of the file, and single settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overlays {
    /// The profile to lay over the main settings.
    pub profile: Option<String>,
    /// `key=value` settings, applied after the profile, in order.
    pub set: Vec<String>,
}

impl Overlays {
    /// Lays profile and settings over a document; what is wrong with them is noted in it.
    pub(crate) fn lay_over(&self, document: &mut Document) {
        if let Some(profile) = &self.profile {
            lay_profile(document, profile);
        }
        for setting in &self.set {
            lay_setting(document, setting);
        }
    }
}

fn lay_profile(document: &mut Document, name: &str) {
    let profiles = document.tree.child("profile").cloned();
    let Some(profile) = profiles.as_ref().and_then(|profiles| profiles.child(name)) else {
        let known = document.keys("profile");
        let hint = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "the file has no [profile.…] table".to_owned(),
            None => format!("the file has: {}", known.join(", ")),
        };
        let place = Place::CommandLine(format!("--profile {name}"));
        let message = format!("{} has no such profile", document.name());
        return document.found.push(Placed { place, key: String::new(), message, hint: Some(hint) });
    };
    let Node::Table(profile) = &profile.node else {
        // A profile that is no table is refused where profiles are read.
        return;
    };
    for (key, tree) in profile {
        let path: Vec<String> = key.split('.').map(str::to_owned).collect();
        match &tree.node {
            // [profile.quick.train] changes some keys of [train]; what has a kind is another thing
            // altogether.
            Node::Table(table) if path.len() == 1 && tree.child("kind").is_none() => {
                for (inner, tree) in table {
                    lay(document, vec![key.clone(), inner.clone()], tree.as_laid());
                }
            }
            _ => lay(document, path, tree.as_laid()),
        }
    }
}

/// Applies `key=value`. The key is a TOML key, the value a TOML value or else a plain word.
fn lay_setting(document: &mut Document, setting: &str) {
    let parsed = setting.split_once('=').and_then(|(key, value)| {
        let (key, value) = (parse_key(key)?, value.trim());
        Some((key, value.parse().unwrap_or_else(|_| Value::String(value.to_owned()))))
    });
    let place = Place::CommandLine(format!("--set {setting}"));
    let Some((key, value)) = parsed else {
        let message = "expected key=value, such as train.steps=1000".to_owned();
        return document.found.push(Placed { place, key: String::new(), message, hint: None });
    };
    let origin = Origin { source: document.source(place), line: 0 };
    lay(document, key, Tree::laid(value, origin));
}

fn lay(document: &mut Document, key: Vec<String>, tree: Tree) {
    let origin = tree.origin;
    if let Err(way) = document.tree.insert(&key, tree) {
        let message = format!("`{}` has no such key, so there is no `{}`", way.join("."), key.join("."));
        let problem = Problem::at(key, message);
        let placed = document.placed(origin, problem);
        document.found.push(placed);
    }
}

/// `a."b.c".d` as its parts.
fn parse_key(key: &str) -> Option<Vec<String>> {
    let mut node = Value::Table(toml::from_str(&format!("{key} = 0")).ok()?);
    let mut parts = Vec::new();
    while let Value::Table(table) = node {
        let (part, inner) = table.into_iter().next()?;
        parts.push(part);
        node = inner;
    }
    Some(parts)
}
