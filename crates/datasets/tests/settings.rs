//! The settings of data: what may be left out, how they come back, and that unknown keys are refused.

use serde::de::DeserializeOwned;
use thalweg_datasets::{Order, Separable, Source, Transform, TwoMoons};
use thalweg_numeric::Streams;
use thalweg_numeric::bounded::Count;

const MOONS: &str = "kind = 'two-moons'\nsamples = 500\n";
const SEPARABLE: &str = "kind = 'separable'\nsamples = 50\n";
const CSV: &str = "kind = 'csv'\npath = 'wine.csv'\nlabel = 'class'\n";
const IDX: &str = "kind = 'idx'\npath = 'mnist'\n";
const NPY: &str = "kind = 'npy'\nfeatures = 'x.npy'\nlabels = 'y.npy'\n";
/// A kind, the least that must be given, and what stands there in full after `kind` and `samples`.
const DRAWN: [(&str, &str, &str); 13] = [
    ("circles", "", "features = 2\nradii = [1.0, 0.5]\nnoise = 0.1\n"),
    ("spirals", "", "classes = 2\nturns = 1.0\nnoise = 0.02\n"),
    ("blobs", "", "features = 2\nclasses = 3\nbox = 10.0\nnoise = 1.0\ncentre-seed = 0\n"),
    ("gaussian-mixture", "means = [[0.0], [1.0]]\n", "means = [[0.0], [1.0]]\n"),
    ("xor", "", "features = 2\nnoise = 0.2\n"),
    ("function", "", "of = \"sine\"\nnoise = 0.1\npowers = 1\n"),
    (
        "linear-regression",
        "",
        "features = 10\ntargets = 1\nsingular-values = [1.0]\nexponent = 0.0\ninputs = \"normal\"\nnoise = 0.1\nteacher = 0\n",
    ),
    ("swiss-roll", "", "classes = 2\nnoise = 0.1\n"),
    ("linear-teacher", "", "features = 10\nclasses = 2\nteacher = 0\n"),
    ("logistic-teacher", "", "features = 10\nclasses = 2\nscale = 3.0\nteacher = 0\n"),
    ("teacher-student", "", "features = 10\nhidden = 3\nactivation = \"tanh\"\nteacher = 0\n"),
    ("sparse-parity", "", "features = 40\nrelevant = 3\n"),
    ("modular-addition", "", "modulus = 97\n"),
];
const FLIP: &str = "kind = 'flip-labels'\nprobability = 0.1\n";
const STRETCH: &str = "kind = 'stretch'\nfactors = [0.1, 10]\n";
const STANDARDISE: &str = "kind = 'standardise'\n";
const NOISE: &str = "kind = 'noise'\ndeviation = 0.5\n";
const SUBSET: &str = "kind = 'subset'\nsamples = 5\n";
const SHUFFLE: &str = "kind = 'shuffle-labels'\n";

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|e| e.to_string())
}

#[test]
fn sources_come_back_explicit() {
    for (least, full) in [
        (MOONS, "kind = \"two-moons\"\nsamples = 500\nnoise = 0.1\ntransforms = []\n"),
        (SEPARABLE, "kind = \"separable\"\nsamples = 50\nfeatures = 2\nmargin = 0.1\ntransforms = []\n"),
        (
            CSV,
            "kind = \"csv\"\npath = \"wine.csv\"\nlabel = \"class\"\ndecimal = \".\"\nmissing = \"refuse\"\n\
             transforms = []\n",
        ),
        (
            "kind = 'csv'\npath = 'd.csv'\nlabel = 'y'\nfeatures = ['b', 'a']\ndelimiter = 'tab'\ndecimal = ','\n\
             missing = 'drop-rows'\n",
            "kind = \"csv\"\npath = \"d.csv\"\nlabel = \"y\"\nfeatures = [\"b\", \"a\"]\ndelimiter = \"tab\"\n\
             decimal = \",\"\nmissing = \"drop-rows\"\ntransforms = []\n",
        ),
        (NPY, "kind = \"npy\"\nfeatures = \"x.npy\"\nlabels = \"y.npy\"\ntransforms = []\n"),
        (
            "kind = 'npy'\npath = 'd.npz'\nfeatures = 'x'\nlabels = 'y'\n",
            "kind = \"npy\"\npath = \"d.npz\"\nfeatures = \"x\"\nlabels = \"y\"\ntransforms = []\n",
        ),
        (IDX, "kind = \"idx\"\npath = \"mnist\"\ntransforms = []\n"),
    ] {
        let source: Source = read(least).unwrap();
        assert_eq!(toml::to_string(&source).unwrap(), full);
        assert_eq!(read(full), Ok(source));
    }
}

#[test]
fn drawn_sources_come_back_explicit_and_refuse_unknown_keys() {
    for (kind, least, full) in DRAWN {
        let head = format!("kind = \"{kind}\"\nsamples = 7\n");
        let source: Source = read(&format!("{head}{least}")).unwrap();
        let full = format!("{head}{full}transforms = []\n");
        assert_eq!(toml::to_string(&source).unwrap(), full);
        assert_eq!(read(&full), Ok(source.clone()));
        let error = read::<Source>(&format!("{full}surprise = 1\n")).unwrap_err();
        assert!(error.contains("unknown field `surprise`"), "{error}");
        assert!(read::<Source>(&format!("kind = '{kind}'\nsamples = 0\n{least}")).is_err(), "{kind}");
        assert_eq!(source.check(), Ok(()));
        let (samples, n_features, n_outputs) = source.drawn_extent().unwrap();
        let drawn = source.draw(samples, &mut Streams::new(1, 0).stream("data", 0)).unwrap();
        assert_eq!((drawn.inputs.dim(), drawn.n_outputs()), ((7, n_features), n_outputs), "{kind}");
    }
}

#[test]
fn what_is_drawn_depends_on_the_stream_alone_and_more_samples_begin_with_the_same() {
    for (kind, least, _) in DRAWN {
        let source: Source = read(&format!("kind = \"{kind}\"\nsamples = 7\n{least}")).unwrap();
        let draw =
            |samples, index| source.draw(samples, &mut Streams::new(1, 0).stream("data", index)).unwrap();
        assert_eq!(draw(20, 0), draw(20, 0), "{kind}");
        assert_ne!(draw(20, 0), draw(20, 1), "{kind}");
        assert_eq!(draw(20, 0).inputs.first(7), draw(7, 0).inputs, "{kind}");
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
        (STANDARDISE, "kind = \"standardise\"\nover = \"feature\"\n"),
        (NOISE, "kind = \"noise\"\ndeviation = 0.5\n"),
        (SUBSET, "kind = \"subset\"\nsamples = 5\nchoice = \"first\"\n"),
        (SHUFFLE, "kind = \"shuffle-labels\"\n"),
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
    for source in [MOONS, SEPARABLE, CSV, IDX, NPY] {
        refused(read::<Source>(&format!("{source}surprise = 1\n")).unwrap_err());
        for transform in [FLIP, STRETCH, STANDARDISE, NOISE, SUBSET, SHUFFLE] {
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
