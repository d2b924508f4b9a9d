//! Which replicates of an experiment somebody has looked at.
//!
//! Evidence counts once. A claim that was thought of, or kept, because of what some replicates showed is not
//! tested by the same replicates: whoever adds replicates until all is decided begins with fresh ones.

use serde::{Deserialize, Serialize};

/// The replicates that were looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Looks {
    /// Replicates below this number were looked at, under whatever settings.
    pub below: u64,
    /// The question that was asked of them last, and of how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<(String, u64)>,
    /// How many of those had been looked at before it was asked.
    #[serde(default)]
    pub earlier: u64,
    /// Replicates that are being added until all is decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
}

/// Replicates that are added one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Waiting {
    /// The hash of what is asked: claims and settings.
    pub question: String,
    /// The first replicate.
    pub first: u64,
    /// How many there are so far.
    pub replicates: u64,
}

impl Looks {
    /// Replicates 0 to `replicates` − 1 were looked at all at once. Tells how many of them had been looked at
    /// before this question was asked of just these.
    pub fn look(&mut self, question: &str, replicates: u64) -> u64 {
        let this = Some((question.to_owned(), replicates));
        if self.last != this {
            self.earlier = self.below.min(replicates);
        }
        self.below = self.below.max(replicates);
        self.last = this;
        self.earlier
    }

    /// The first replicate for a question: where its own began, if it was asked before, or else the first
    /// fresh one.
    pub fn first_for(&mut self, question: &str) -> u64 {
        match &self.waiting {
            Some(waiting) if waiting.question == question => waiting.first,
            earlier => {
                let seen = earlier.as_ref().map_or(0, |earlier| earlier.first + earlier.replicates);
                self.below = self.below.max(seen);
                let first = self.below;
                self.waiting = Some(Waiting { question: question.to_owned(), first, replicates: 0 });
                first
            }
        }
    }

    /// So many replicates of the question were looked at.
    pub fn wait(&mut self, replicates: u64) {
        if let Some(waiting) = &mut self.waiting {
            waiting.replicates = waiting.replicates.max(replicates);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_keeps_its_replicates_and_another_gets_fresh_ones() {
        let mut looks = Looks::default();
        assert_eq!((looks.look("a", 5), looks.look("a", 5)), (0, 0), "the same once more is no other look");
        assert_eq!((looks.look("a", 8), looks.look("a", 3)), (5, 3), "more of them, or fewer, is");
        assert_eq!(looks.look("a", 3), 3, "and that is not forgotten");
        looks = Looks { below: 5, ..Looks::default() };
        assert_eq!(looks.first_for("a"), 5);
        looks.wait(12);
        assert_eq!((looks.first_for("a"), looks.below), (5, 5), "asked again it goes on");
        assert_eq!(
            (looks.first_for("b"), looks.below),
            (17, 17),
            "what was seen for another question is no longer fresh"
        );
        looks.look("b", 30);
        assert_eq!((looks.first_for("b"), looks.first_for("c")), (17, 30));
    }
}
