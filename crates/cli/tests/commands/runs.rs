//! Runs that start from others, diverge, or are stopped.

use super::*;

#[test]
fn weights_of_one_run_are_the_start_of_another() {
    let folder = folder(&[]);
    assert_eq!(run(&folder, &["experiment", "small.toml", "--store", "results"]).code, Some(0));
    let key = table(&folder, "results")[1][0].clone();
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).unwrap();
    assert_eq!(run(&folder, &["weights", "small", "--run", &key, "--to", "inner"]).code, Some(0));
    fs::rename(inner.join(format!("{key}.safetensors")), inner.join("w.safetensors")).unwrap();
    let file = "hidden = [5]\ninit = { kind = \"file\", path = \"w.safetensors\" }";
    fs::write(inner.join("next.toml"), SMALL.replace("hidden = [5]", file)).unwrap();
    let next = ["experiment", "inner/next.toml", "--store", "results"];
    let done = run(&folder, &next);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let other = run(&folder, &[&next[..], &["--set", "model.hidden=[6]"]].concat());
    assert_eq!(other.code, Some(2));
    assert!(other.stderr.contains("layers.0.weight has shape [5, 2]"), "{}", other.stderr);
    assert!(other.stderr.contains("asks for [6, 2]"), "{}", other.stderr);
}

#[test]
fn weights_tell_what_their_run_knew_of_its_data() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rows.csv"), "x,y,kind\n1,5,b\n2,5.5,a\n4,6,b\n8,9,a\n").unwrap();
    let data = "data = { kind = \"csv\", path = \"rows.csv\", label = \"kind\", transforms = [{ kind = \"standardise\" }] }";
    let rest = "model = { hidden = [3] }\noptimizer = { kind = \"sgd\" }
        schedule = { kind = \"constant\", initial = 0.1 }\ntrain = { steps = 5, batch-size = 2 }";
    fs::write(folder.path().join("small.toml"), format!("title = \"Rows\"\n{data}\n{rest}\n")).unwrap();
    let done = run(&folder, &["experiment", "small.toml", "--store", "results"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let text = |out: &str| {
        let done = run(&folder, &["weights", "small", "--to", out]);
        assert_eq!(done.code, Some(0), "{}", done.stderr);
        let file = fs::read_dir(folder.path().join(out)).unwrap().next().unwrap().unwrap().path();
        (String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned(), done.stderr)
    };
    let (known, _) = text("with");
    // The mean of 1, 2, 4 and 8, and the names in their order.
    assert!(known.contains(r#""feature-means":"[3.75,"#), "{known}");
    assert!(known.contains(r#""classes":"[\"a\",\"b\"]""#), "{known}");
    fs::remove_file(folder.path().join("rows.csv")).unwrap();
    let (unknown, told) = text("without");
    assert!(
        !unknown.contains("feature-means") && told.contains("without what is known of the data"),
        "{told}"
    );
}

#[test]
fn a_diverging_run_is_a_result() {
    let folder = folder(&[("[sweep]", "[sweep]\n\"schedule.initial\" = [0.1, 1e3, 1e30]")]);
    let done = run(&folder, &["experiment", "small.toml", "--store", "results"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let table = table(&folder, "results");
    let column = |name: &str| table[0].iter().position(|column| column == name).unwrap();
    let (rate, status, loss) = (column("schedule.initial"), column("status"), column("train.loss"));
    let number = |text: &str| text.parse::<f64>().unwrap();
    assert_eq!(table.len(), 1 + 12);
    for row in &table[1..] {
        match number(&row[rate]) {
            0.1 => assert!(row[status] == "completed" && number(&row[loss]) < 10.0, "{row:?}"),
            1e30 => assert!(row[status].starts_with("diverged") && row[loss].is_empty(), "{row:?}"),
            _ => {}
        }
    }
    assert!(done.stdout.contains(" of 12 runs diverged"), "{}", done.stdout);
    assert!(!done.stderr.contains("targets"), "{}", done.stderr);
}

#[test]
fn a_regression_on_targets_far_from_unit_scale_is_warned_of_before_it_runs() {
    let table = |scale: f64| {
        let row = |i: i32| format!("{},{}\n", f64::from(i % 7) - 3.0, scale * (5.0 + f64::from(i % 7)));
        format!("x,price\n{}", (0..21).map(row).collect::<String>())
    };
    let text = "title = 'Prices'\ndata = { kind = 'csv', path = 'd.csv', target = 'price' }\n\
                model = { hidden = [], loss = 'squared-error' }\noptimizer = { kind = 'sgd' }\n\
                schedule = { kind = 'constant', initial = 10 }\ntrain = { steps = 500, batch-size = 7 }\n";
    let far = "the targets \"price\" have mean 8000 and standard deviation 2000, and a rate that suits";
    let put = "put (y − 8000)/2000 into the file in place of y, or";
    for (scale, rule, expected) in [
        (1000.0, "sgd", Some(("too large", "lower"))),
        (1000.0, "adam", Some(("too small", "raise"))),
        (1000.0, "lbfgs", Some(("not suit", "choose another"))),
        (1.0, "sgd", None),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("d.csv"), table(scale)).unwrap();
        fs::write(folder.path().join("prices.toml"), text.replace("sgd", rule)).unwrap();
        let done = run(&folder, &["experiment", "prices.toml", "--dry-run"]);
        match expected {
            Some((fault, change)) => {
                let told = done.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
                assert_eq!(told.matches(far).count(), 1, "{told}");
                assert!(
                    told.contains(fault) && told.contains(&format!("{put} {change} `initial`")),
                    "{told}"
                );
            }
            None => assert!(!done.stderr.contains("the targets"), "{}", done.stderr),
        }
    }
}

#[test]
fn a_stopped_experiment_goes_on_and_a_reader_that_leaves_breaks_nothing() {
    let folder = folder(&[("replicates = 2", "replicates = 20"), ("steps = 30", "steps = 200_000")]);
    let experiment = ["experiment", "small.toml", "--store", "results"];
    let whole = || Store::new(folder.path().join("results")).keys().unwrap().len();
    let mut kept = 0;
    for (signal, code) in [("KILL", None), ("INT", Some(130))] {
        let mut stopped = start(&folder, &experiment);
        while whole() == kept && stopped.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let pid = stopped.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let output = stopped.wait_with_output().unwrap();
        assert_eq!(output.status.code(), code, "{signal}");
        assert!((kept + 1..40).contains(&whole()), "{} runs at {signal}, {kept} before", whole());
        kept = whole();
    }
    let mut unread = start(&folder, &experiment);
    drop((unread.stdout.take(), unread.stderr.take()));
    assert_eq!(unread.wait().unwrap().code(), Some(0));
    assert_eq!(table(&folder, "results").len(), 1 + 40);
}
