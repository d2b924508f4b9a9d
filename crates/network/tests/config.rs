//! What configurations may say.

use serde::de::DeserializeOwned;
use thalweg_network::{
    Activation, Distribution, FileInit, Glorot, He, Init, Lecun, Loss, Normalisation, Numerics, Zeros,
};

#[derive(Debug, serde::Deserialize)]
struct Holder<T> {
    it: T,
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str::<Holder<T>>(&format!("it = {text}")).map(|holder| holder.it).map_err(|e| e.to_string())
}

#[test]
fn every_rule_of_initialisation_reads() {
    let uniform = Distribution::Uniform;
    for (text, expected) in [
        ("{ kind = 'he' }", Init::He(He { distribution: Distribution::Normal })),
        ("{ kind = 'he', distribution = 'uniform' }", Init::He(He { distribution: uniform })),
        ("{ kind = 'glorot', distribution = 'uniform' }", Init::Glorot(Glorot { distribution: uniform })),
        ("{ kind = 'lecun', distribution = 'uniform' }", Init::Lecun(Lecun { distribution: uniform })),
        ("{ kind = 'zeros' }", Init::Zeros(Zeros {})),
        ("{ kind = 'file', path = 'a/b' }", Init::File(FileInit { path: "a/b".into() })),
    ] {
        assert_eq!(read::<Init>(text), Ok(expected.clone()), "{text}");
        let written = toml::to_string(&expected).unwrap();
        assert_eq!(toml::from_str::<Init>(&written).unwrap(), expected);
    }
}

#[test]
fn unknown_keys_and_values_are_refused() {
    for kind in ["he", "glorot", "lecun", "zeros", "file"] {
        let path = if kind == "file" { "path = 'x', " } else { "" };
        let error = read::<Init>(&format!("{{ kind = '{kind}', {path}gain = 2 }}")).unwrap_err();
        assert!(error.contains("unknown field `gain`"), "{kind}: {error}");
    }
    assert!(read::<Init>("{ kind = 'file' }").unwrap_err().contains("missing field `path`"));
    assert!(read::<Init>("{ kind = 'orthogonal' }").unwrap_err().contains("unknown variant"));
    assert!(
        read::<Init>("{ kind = 'he', distribution = 'cauchy' }").unwrap_err().contains("unknown variant")
    );
}

#[test]
fn plain_names_are_in_kebab_case() {
    for (text, expected) in [
        ("'relu'", Activation::Relu),
        ("'leaky-relu'", Activation::LeakyRelu),
        ("'tanh'", Activation::Tanh),
        ("'sigmoid'", Activation::Sigmoid),
        ("'gelu'", Activation::Gelu),
        ("'softplus'", Activation::Softplus),
        ("'silu'", Activation::Silu),
        ("'swish'", Activation::Silu),
        ("'elu'", Activation::Elu),
        ("'identity'", Activation::Identity),
    ] {
        assert_eq!(read(text), Ok(expected));
    }
    assert_eq!(read("'cross-entropy'"), Ok(Loss::CrossEntropy));
    assert_eq!(read("'mean-squared-error'"), Ok(Loss::OneHotSquaredError));
    assert_eq!(read("'logistic'"), Ok(Loss::Logistic));
    assert!(read::<Loss>("'focal'").unwrap_err().contains("unknown variant `focal`"));
    assert_eq!(read("'none'"), Ok(Normalisation::None));
    assert_eq!(read("'layer'"), Ok(Normalisation::Layer));
    assert!(read::<Normalisation>("'batch'").unwrap_err().contains("unknown variant `batch`"));
    assert_eq!(read("'fast'"), Ok(Numerics::Fast));
    assert_eq!(read("'portable'"), Ok(Numerics::Portable));
    assert!(read::<Activation>("'ReLU'").is_err() && read::<Loss>("'CrossEntropy'").is_err());
    assert!(read::<Activation>("'mish'").unwrap_err().contains("unknown variant `mish`"));
}
