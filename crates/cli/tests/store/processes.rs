//! Processes that share a store, are stopped or killed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use thalweg::records::Store;

use crate::common::start;
use crate::{SMALL, files, folder, long, outcomes, run, told};

#[test]
fn a_run_that_is_killed_goes_on_where_it_was_saved_and_ends_with_the_same_bits() {
    let folder = folder(&long("200_000"));
    let call = ["experiment", "small.toml", "--checkpoint", "0.05", "--threads", "2", "--verbose"];
    assert_eq!(run(&folder, &[&call[..], &["--store", "whole"]].concat()).0, Some(0));
    let call = [&call[..], &["--store", "results"]].concat();
    let running = folder.path().join("results/running");
    let checkpoints = || -> Vec<(PathBuf, SystemTime)> {
        let saved =
            files(&running).into_iter().filter(|path| path.extension().is_some_and(|e| e == "checkpoint"));
        saved.filter_map(|path| Some((path.clone(), fs::metadata(path).ok()?.modified().ok()?))).collect()
    };
    let mut resumed = 0;
    for (signal, code) in
        [("KILL", None), ("TERM", Some(143)), ("KILL", None), ("INT", Some(130)), ("USR1", Some(0))]
    {
        let before = checkpoints();
        let mut child = start(&folder, &call);
        // Until it has saved something itself, late enough on a slow machine and early enough on a fast one.
        while checkpoints() == before && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        if child.try_wait().unwrap().is_none() {
            let pid = child.id().to_string();
            assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        }
        let asked = Instant::now();
        let (ended, text) = told(child.wait_with_output().unwrap().into());
        resumed += text.matches("goes on after step").count();
        if ended == Some(0) {
            break;
        }
        assert_eq!(ended, code, "{signal}: {text}");
        assert!(signal == "USR1" || asked.elapsed() < Duration::from_secs(2), "{signal}");
    }
    let (code, text) = run(&folder, &call);
    assert_eq!(code, Some(0), "{text}");
    assert!(resumed > 0, "no run was resumed");
    assert_eq!(outcomes(&folder, "results"), outcomes(&folder, "whole"));
    assert!(files(&folder.path().join("results/running")).is_empty(), "claims and checkpoints are gone");
}

#[test]
fn workers_share_a_sweep_and_a_dead_one_is_replaced() {
    let folder = folder(&long("100_000").replace("replicates = 2", "replicates = 4"));
    assert_eq!(run(&folder, &["experiment", "small.toml", "--store", "whole"]).0, Some(0));
    let worker = ["worker", "small.toml", "--threads", "1", "--checkpoint", "0.1", "-v"];
    let mut first = start(&folder, &worker);
    let others = [start(&folder, &worker), start(&folder, &worker)];
    while files(&folder.path().join("results/running")).is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(100));
    first.kill().unwrap();
    first.wait().unwrap();
    let mut computed = 0;
    for other in others {
        let (code, text) = told(other.wait_with_output().unwrap().into());
        assert_eq!(code, Some(0), "{text}");
        computed += text.matches(" done in ").count();
    }
    assert_eq!(outcomes(&folder, "results"), outcomes(&folder, "whole"));
    assert!((8..=12).contains(&computed), "{computed} of 12 runs, of which the first worker had some");
    // A file that the dead worker was just writing is left to the next call.
    let left = || files(&folder.path().join("results/running"));
    let is_half_written = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(".tmp-");
    assert!(left().iter().all(is_half_written), "{:?}", left());
    let (code, text) = run(&folder, &["experiment", "small.toml", "--require-claims"]);
    assert!(code == Some(0) && text.contains("0 of 12 runs to compute"), "{text}");
    assert!(left().is_empty(), "{:?}", left());
    assert!(!text.contains("looked at before"), "workers do not look: {text}");
    // Whoever asks for a report looks, and more replicates on top of these are a second look.
    let fewer = ["--set", "replicates=2"];
    assert_eq!(run(&folder, &[&["experiment", "small.toml"][..], &fewer].concat()).0, Some(0));
    let (code, text) = run(&folder, &["report", "small+replicates=2"]);
    assert!(code == Some(0) && text.contains("replicates 0 to 1 were looked at before"), "{text}");
    let claims = fs::read_to_string(folder.path().join("results/small+replicates=2/claims.json")).unwrap();
    assert!(claims.contains("\"looked-before\": 2"), "{claims}");
}

#[test]
fn ctrl_c_is_heard_in_test_sets_and_probes() {
    let tests = "[test]\nsets = 1_000_000\nsamples = 500\nvariants = { clean = [] }\n";
    let probe = "[[probe]]\nkind = \"slice\"\ndirections = \"random\"\nresolution = 500\n";
    let spectrum = "[[probe]]\nkind = \"spectrum\"\ntop = 10\nsteps = 300\ntolerance = 1e-15\n";
    for more in [tests, probe, spectrum] {
        // Large enough that no machine is through with the smallest of the three, 300 products with a Hessian
        // of 67,000 parameters over 2,000 samples (5·10¹¹ operations a run), when it is asked to stop.
        let text =
            SMALL.replace("hidden = [4]", "hidden = [256, 256]").replace("samples = 40", "samples = 2000");
        let folder = folder(&text.replace("[[claim]]", &format!("{more}[[claim]]")));
        let child = start(&folder, &["experiment", "small.toml"]);
        std::thread::sleep(Duration::from_millis(1500));
        let asked = Instant::now();
        assert!(
            Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status().unwrap().success()
        );
        let (code, text) = told(child.wait_with_output().unwrap().into());
        assert!(code == Some(130) && asked.elapsed() < Duration::from_secs(2), "{more}: {code:?} {text}");
    }
}

#[test]
fn a_call_judges_its_own_plan_whatever_others_write() {
    let folder = folder(&long("20_000").replace("at-most = 10.0", "at-most = 1e-9"));
    let first = start(&folder, &["experiment", "small.toml", "--require-claims"]);
    while files(&folder.path().join("results/runs")).is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    // The same file with a claim that holds.
    fs::write(folder.path().join("small.toml"), long("20_000")).unwrap();
    let (code, text) = run(&folder, &["experiment", "small.toml", "--require-claims"]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = told(first.wait_with_output().unwrap().into());
    assert!(code == Some(3) && text.contains("not supported: low"), "{text}");
}

#[test]
fn a_store_is_free_as_soon_as_whoever_computed_was_killed() {
    let folder = folder(&long("10_000_000"));
    let mut child = start(&folder, &["experiment", "small.toml", "--threads", "1", "--checkpoint", "0.05"]);
    let running = folder.path().join("results/running");
    let is_saved =
        || files(&running).iter().any(|path| path.extension().is_some_and(|end| end == "checkpoint"));
    while !is_saved() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(5));
    }
    for arguments in [&["store", "gc", "--yes"][..], &["results", "--prune", "--yes"]] {
        let (code, text) = run(&folder, arguments);
        assert!(code == Some(2) && text.contains("a process is computing"), "{text}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(run(&folder, &["results", "--prune", "--yes"]).0, Some(0));
    let (code, text) = run(&folder, &["store", "gc", "--yes"]);
    assert_eq!(code, Some(0), "{text}");
    let is_claim = |path: &PathBuf| path.extension().is_some_and(|end| end == "claim");
    assert!(!files(&running).iter().any(is_claim) && is_saved(), "the run can go on where it was saved");
}

#[test]
fn what_is_left_of_finished_runs_goes_with_the_next_call() {
    let folder = folder(SMALL);
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    let running = folder.path().join("results/running");
    let keys = Store::new(folder.path().join("results")).keys().unwrap();
    // As of a process on another machine that died after it had kept a run.
    fs::write(running.join(format!("{}.claim", keys[0])), r#"{"host":"far","pid":1}"#).unwrap();
    fs::write(running.join(format!("{}.checkpoint", keys[1])), "").unwrap();
    assert_eq!(run(&folder, &["experiment", "small.toml"]).0, Some(0));
    assert!(files(&running).is_empty(), "{:?}", files(&running));
}
