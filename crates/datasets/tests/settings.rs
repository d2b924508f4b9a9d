//! The settings of data: what may be left out, how they come back, and that unknown keys are refused.

use serde::de::DeserializeOwned;
use thalweg_datasets::{Order, Separable, Source, Transform, TwoMoons};
use thalweg_numeric::bounded::Count;

const MOONS: &str = "kind = 'two-moons'\nsamples = 500\n";
const SEPARABLE: &str = "kind = 'separable'\nsamples = 50\n";
const CSV: &str = "kind = 'csv'\npath = 'wine.csv'\nlabel = 'class'\n";
const IDX: &str = "kind = 'idx'\npath = 'mnist'\n";
const FLIP: &str = "kind = 'flip-labels'\nprobability = 0.1\n";
const STRETCH: &str = "kind = 'stretch'\nfactors = [0.1, 10]\n";

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

#[test]
fn sources_come_back_explicit() {
    for (least, full) in [
        (MOONS, "kind = \"two-moons\"\nsamples = 500\nnoise = 0.1\ntransforms = []\n"),
        (SEPARABLE, "kind = \"separable\"\nsamples = 50\nfeatures = 2\nmargin = 0.1\ntransforms = []\n"),
        (CSV, "kind = \"csv\"\npath = \"wine.csv\"\nlabel = \"class\"\ntransforms = []\n"),
        (IDX, "kind = \"idx\"\npath = \"mnist\"\ntransforms = []\n"),
    ] {
        let source: Source = read(least).unwrap();
        assert_eq!(toml::to_string(&source).unwrap(), full);
        assert_eq!(read(full), Ok(source));
    }
}

#[test]
fn constructors_leave_the_defaults() {
    assert_eq!(Source::TwoMoons(TwoMoons::new(Count::of(500))), read(MOONS).unwrap());
    assert_eq!(Source::Separable(Separable::new(Count::of(50))), read(SEPARABLE).unwrap());
}

#[test]
fn transforms_come_back_explicit_and_stay_in_order() {
    for (text, full) in [
        (FLIP, "kind = \"flip-labels\"\nprobability = 0.1\n"),
        (STRETCH, "kind = \"stretch\"\nfactors = [0.1, 10.0]\n"),
    ] {
        assert_eq!(toml::to_string(&read::<Transform>(text).unwrap()).unwrap(), full);
    }
    let both = format!("{MOONS}[[transforms]]\n{STRETCH}[[transforms]]\n{FLIP}");
    let Ok(Source::TwoMoons(moons)) = read(&both) else { panic!("{both}") };
    assert_eq!(moons.transforms, [read(STRETCH).unwrap(), read(FLIP).unwrap()]);
}

#[test]
fn unknown_keys_are_refused() {
    let refused = |error: String| assert!(error.contains("unknown field `surprise`"), "{error}");
    for source in [MOONS, SEPARABLE, CSV, IDX] {
        refused(read::<Source>(&format!("{source}surprise = 1\n")).unwrap_err());
        for transform in [FLIP, STRETCH] {
            refused(read::<Transform>(&format!("{transform}surprise = 1\n")).unwrap_err());
            let nested = format!("{source}[[transforms]]\n{transform}surprise = 1\n");
            refused(read::<Source>(&nested).unwrap_err());
        }
    }
}

#[test]
fn impossible_values_are_refused() {
    for source in ["kind = 'two-moons'\n", "kind = 'separable'\n", IDX] {
        let error = read::<Source>(&format!("{source}samples = 0\n")).unwrap_err();
        assert!(error.contains("expected a whole number of at least 1"), "{error}");
    }
    let error = read::<Transform>("kind = 'flip-labels'\nprobability = 1.5\n").unwrap_err();
    assert!(error.contains("expected a number from 0 to 1"), "{error}");
}

#[test]
fn orders_are_plain_words() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Table {
        order: Order,
    }
    for (order, text) in [
        (Order::Shuffled, "order = \"shuffled\"\n"),
        (Order::Sequential, "order = \"sequential\"\n"),
        (Order::WithReplacement, "order = \"with-replacement\"\n"),
    ] {
        assert_eq!(toml::to_string(&Table { order }).unwrap(), text);
        assert_eq!(read(text), Ok(Table { order }));
    }
    assert_eq!(Order::default(), Order::Shuffled);
    assert!(read::<Table>("order = \"random\"\n").unwrap_err().contains("unknown variant `random`"));
}
