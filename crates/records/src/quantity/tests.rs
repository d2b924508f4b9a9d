//! Names and the rows that they have.

use super::table::{ANGLE, COSINE, NOT_NEGATIVE, POSITIVE, REAL, SHARE};
use super::*;

#[test]
fn each_kind_has_its_scale_and_range() {
    for (name, expected) in [
        ("loss", POSITIVE),
        ("train.seconds", POSITIVE),
        ("train.cpu-seconds", POSITIVE),
        ("test.clean.loss", POSITIVE),
        ("test.clean.accuracy", SHARE),
        ("test.clean.accuracy.sd", NOT_NEGATIVE),
        ("train.flipped.accuracy", SHARE),
        ("spectrum.top-1", POSITIVE),
        ("spectrum.top-12", POSITIVE),
        ("spectrum.top-1.ratio", POSITIVE),
        ("spectrum.bottom-1", REAL),
        ("to-sgd.curve.barrier", NOT_NEGATIVE),
        ("margins.max.share", SHARE),
        ("margins.l2.angle", ANGLE),
        ("margins.normalised", REAL),
        ("noise.hessian.cosine", COSINE),
        ("width.log-radius", REAL),
        ("accuracy", REAL),
        ("val/loss", REAL),
    ] {
        let quantity = Quantity::of(name);
        assert_eq!((quantity.scale, quantity.range), expected, "{name}");
    }
}

#[test]
fn labels_say_what_a_wildcard_has_met() {
    for (name, axis) in [
        ("step", "step (parameter updates)"),
        ("train.loss", "training loss"),
        ("test.clean.accuracy", "test accuracy, clean"),
        ("sharp.top-1", "largest eigenvalue"),
        ("sharp.top-3", "eigenvalue number 3 from above"),
        ("sharp.top-1.predicted", "largest eigenvalue, predicted"),
        ("rest.mode-2.variance", "variance along eigenvector 2 (squared weight)"),
        ("test.clean.accuracy.sd", "standard deviation of test accuracy, clean over the test sets"),
        ("rest.mode-2.variance.predicted", "variance along eigenvector 2, predicted (squared weight)"),
        ("score.se", "standard error of score"),
        ("score", "score"),
    ] {
        assert_eq!(Quantity::of(name).axis(), axis, "{name}");
    }
}

#[test]
fn a_name_is_of_a_pattern_part_for_part() {
    assert_eq!(met("test.*.loss", "test.clean.loss"), Some("clean"));
    assert_eq!(met("<probe>.top-*", "a.top-2"), Some("2"));
    assert_eq!(met("**.sd", "a.b.sd"), Some("a.b"));
    assert_eq!(met("loss", "loss"), Some(""));
    for (pattern, name) in [
        ("test.*.loss", "test.loss"),
        ("test.*.loss", "test.a.b.loss"),
        ("test.*.loss", "test..loss"),
        ("<probe>.top-*", "a.top-"),
        ("<probe>.share", ".share"),
        ("**.sd", ".sd"),
        ("loss", "loss.sd"),
    ] {
        assert_eq!(met(pattern, name), None, "{pattern} {name}");
    }
}

#[test]
fn every_row_can_be_reached_and_has_words() {
    for row in TABLE {
        let name = row.pattern.replace("**", "score").replace("<probe>", "look").replace('*', "7");
        let found = Quantity::of(&name);
        assert_eq!(found.pattern, row.pattern, "{name} is taken by an earlier row");
        assert!(found.is_known() && !found.label.contains('*'), "{name}: {}", found.label);
        assert!(!row.doc.is_empty() && !row.doc.ends_with('.') && row.range.0 < row.range.1, "{name}");
    }
    assert!(!Quantity::of("score").is_known());
}
