//! Which replicates of an experiment somebody has looked at.
//!
//! Evidence counts once. A claim that was thought of, or kept, because of what some replicates showed is not
//! tested by the same replicates: whoever adds replicates until all is decided begins with fresh ones.
//!
//! Each look is a note of its own, and what is known is the union of all notes, whatever their order. So
//! nobody changes what somebody else has noted, and two who look at once lose neither look.

use serde::{Deserialize, Serialize};

/// A look at replicates of one seed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Look {
    /// The hash of what was asked: claims and settings. Empty where that is not known.
    pub question: String,
    /// The first replicate.
    pub first: u64,
    /// How many there are from that one on.
    pub replicates: u64,
    /// Whether replicates are added until all is decided, and looked at after each.
    pub until_decided: bool,
}

/// All looks at the replicates of one seed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    looks: Vec<Look>,
    /// What was noted in one file for all.
    former: Option<Former>,
}

/// The looks of a seed as one file told them, which every look wrote anew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Former {
    /// Replicates below this number were looked at, under whatever settings.
    below: u64,
    /// The question that was asked of them last, and of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<(String, u64)>,
    /// How many of those had been looked at before it was asked.
    #[serde(default)]
    earlier: u64,
    /// Replicates that were being added until all was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting>,
}

/// Replicates that were added one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Waiting {
    question: String,
    first: u64,
    replicates: u64,
}

/// Where the replicates begin that a question is asked of until it is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// Where its own began.
    Own(u64),
    /// With the first that nobody has looked at.
    Fresh(u64),
}

impl First {
    /// The number of the first replicate.
    pub fn replicate(self) -> u64 {
        match self {
            Self::Own(first) | Self::Fresh(first) => first,
        }
    }
}

impl Former {
    /// All replicates below this number, and nothing of what was asked.
    pub(crate) fn below(below: u64) -> Self {
        Self { below, ..Self::default() }
    }
}

impl Look {
    /// At replicates 0 to `replicates` − 1, all at once.
    pub fn at_once(question: impl Into<String>, replicates: u64) -> Self {
        Self { question: question.into(), first: 0, replicates, until_decided: false }
    }

    /// At replicates that are added, and looked at after each.
    pub fn until_decided(question: impl Into<String>, first: u64, replicates: u64) -> Self {
        Self { question: question.into(), first, replicates, until_decided: true }
    }

    /// The replicate after the last.
    pub fn end(&self) -> u64 {
        self.first.saturating_add(self.replicates)
    }
}

impl Looks {
    pub(crate) fn new(looks: Vec<Look>, former: Option<Former>) -> Self {
        Self { looks, former }
    }

    /// Whether nothing was noted.
    pub fn is_empty(&self) -> bool {
        self.looks.is_empty() && self.former.is_none()
    }

    /// Adds looks.
    pub fn extend(&mut self, looks: impl IntoIterator<Item = Look>) {
        self.looks.extend(looks);
    }

    /// No replicate from this one on was looked at.
    pub fn end(&self) -> u64 {
        self.end_of(|_| true)
    }

    /// The same of all looks but those at replicates that are added for a question until it is decided.
    pub(crate) fn end_of_others(&self, question: &str) -> u64 {
        self.end_of(|look| !look.until_decided || look.question != question)
    }

    fn end_of(&self, is_meant: impl Fn(&Look) -> bool) -> u64 {
        let former = self.former.as_ref().map_or(0, |former| former.below);
        let looks = self.looks.iter().cloned().chain(self.former_wait());
        looks.filter(is_meant).map(|look| look.end()).fold(former, u64::max)
    }

    /// How many of the replicates 0 to `replicates` − 1 were looked at but by asking this question of just
    /// these: all below this number count.
    pub fn before(&self, question: &str, replicates: u64) -> u64 {
        let this = Look::at_once(question, replicates);
        let former = self.former.as_ref().map_or(0, |former| {
            let is_this =
                former.last.as_ref().is_some_and(|(asked, n)| asked == question && *n == replicates);
            if is_this { former.earlier } else { former.below }
        });
        let others = self.looks.iter().filter(|look| **look != this).cloned().chain(self.former_wait());
        let ends = others.filter(|look| look.first < replicates).map(|look| look.end());
        ends.fold(former, u64::max).min(replicates)
    }

    /// Where the replicates of a question begin: where they began when it was asked before, unless those of
    /// another question began after them, and else with the first that are fresh.
    pub fn first_for(&self, question: &str) -> First {
        let waits = self
            .former_wait()
            .into_iter()
            .chain(self.looks.iter().filter(|look| look.until_decided).cloned());
        match waits.max_by_key(|look| look.first) {
            Some(look) if look.question == question => First::Own(look.first),
            _ => First::Fresh(self.end()),
        }
    }

    fn former_wait(&self) -> Option<Look> {
        let Waiting { question, first, replicates } = self.former.as_ref()?.waiting.clone()?;
        Some(Look::until_decided(question, first, replicates))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(question: &str, first: u64, replicates: u64) -> Look {
        Look::until_decided(question, first, replicates)
    }

    fn looks(all: &[Look]) -> Looks {
        Looks::new(all.to_vec(), None)
    }

    #[test]
    fn the_same_once_more_is_no_other_look() {
        let five = looks(&[Look::at_once("a", 5)]);
        assert_eq!(five.before("a", 5), 0, "the same");
        assert_eq!((five.before("a", 8), five.before("a", 3), five.before("b", 5)), (5, 3, 5), "others");
        let both = looks(&[Look::at_once("a", 5), Look::at_once("b", 8)]);
        assert_eq!((both.before("a", 5), both.before("b", 8), both.before("c", 9)), (5, 5, 8));
        let reversed = looks(&[Look::at_once("b", 8), Look::at_once("a", 5)]);
        assert_eq!(reversed.before("a", 5), 5, "whoever was first");
        assert_eq!(looks(&[wait("a", 5, 12)]).before("a", 5), 0, "those are fresh");
        assert_eq!(looks(&[wait("a", 5, 12)]).before("a", 20), 17);
    }

    #[test]
    fn a_question_keeps_its_replicates_and_another_gets_fresh_ones() {
        assert_eq!(looks(&[]).first_for("a"), First::Fresh(0));
        let mut all = looks(&[Look::at_once("x", 5)]);
        assert_eq!(all.first_for("a"), First::Fresh(5));
        all.extend([wait("a", 5, 12)]);
        assert_eq!((all.first_for("a"), all.end()), (First::Own(5), 17), "asked again it goes on");
        assert_eq!(all.first_for("b"), First::Fresh(17), "seen for another question is no longer fresh");
        all.extend([wait("b", 17, 5), Look::at_once("b", 30)]);
        assert_eq!(all.first_for("b"), First::Own(17));
        assert_eq!(all.first_for("a"), First::Fresh(30), "others began after its own");
    }

    #[test]
    fn what_one_file_told_still_counts() {
        let text = r#"{ "below": 8, "last": ["a", 5], "earlier": 2,
            "waiting": { "question": "b", "first": 8, "replicates": 12 } }"#;
        let former: Former = serde_json::from_str(text).unwrap();
        let mut all = Looks::new(Vec::new(), Some(former));
        assert!(!all.is_empty());
        assert_eq!((all.before("a", 5), all.before("a", 7), all.before("a", 30)), (2, 7, 20));
        assert_eq!((all.first_for("b"), all.first_for("c")), (First::Own(8), First::Fresh(20)));
        all.extend([wait("c", 20, 1)]);
        assert_eq!(all.first_for("b"), First::Fresh(21));
    }
}
