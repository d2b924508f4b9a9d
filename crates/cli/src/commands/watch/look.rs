//! What is true of the results at a moment: read from their stores, and nothing written.
//!
//! A run that has ended is read once, and a checkpoint once each time that it was written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use thalweg::lab::{Claim, FigureConfig, Run};
use thalweg::records::{Curve, OnItsWay, Plan, Record, ResultFolder, Status, Store, StoreError, Worker};
use thalweg::report::{Counts, Going, Interim, Standing, State};

use super::remaining::{Open, Paces};

/// The results of some stores, with what is known of them.
pub struct Watched {
    places: Vec<Place>,
    /// Those that are watched; all if there are none.
    names: Vec<String>,
}

/// A store.
struct Place {
    store: Store,
    /// What it is called, if there are several.
    name: Option<String>,
    results: BTreeMap<String, Known>,
    /// What checkpoints say, with the time of each.
    saved: HashMap<String, (Duration, Saved)>,
    /// How long runs take.
    paces: Paces,
}

/// A run as it was saved.
#[derive(Clone, Default)]
struct Saved {
    step: Option<u64>,
    seconds: Option<f64>,
    curve: Option<Curve>,
}

/// A result.
#[derive(Default)]
struct Known {
    /// When its plan was written.
    written: Option<u64>,
    plan: Option<Plan>,
    /// Why there is none.
    problem: Option<String>,
    claims: Vec<Claim>,
    figures: Vec<FigureConfig>,
    about: HashMap<String, About>,
    /// Runs that have ended, without their curves and arrays.
    ended: HashMap<String, Record>,
    /// Runs that are damaged, or of an older version.
    unusable: HashSet<String>,
    /// What the claims would be judged, with the number of runs that it rests on.
    interim: Option<(usize, Interim)>,
}

/// What the settings of a run tell.
#[derive(Clone)]
struct About {
    words: String,
    replicate: u64,
    steps: u64,
    /// The same for all replicates.
    kind: u64,
}

impl Watched {
    /// The results with these names in some stores; all of them without names.
    pub fn new(stores: Vec<Store>, names: Vec<String>) -> Self {
        let are_several = stores.len() > 1;
        let place = |store: Store| Place {
            name: are_several.then(|| store.root().display().to_string()),
            store,
            results: BTreeMap::new(),
            saved: HashMap::new(),
            paces: Paces::default(),
        };
        Self { places: stores.into_iter().map(place).collect(), names }
    }

    /// The folder of a result.
    pub fn folder(&self, store: usize, name: &str) -> Option<PathBuf> {
        Some(self.places.get(store)?.store.result(name).path().to_owned())
    }

    /// A figure, with the store and the plan of the runs that are there.
    pub fn figure(&self, store: usize, name: &str, figure: &str) -> Option<(FigureConfig, Store, Plan)> {
        let place = self.places.get(store)?;
        let known = place.results.get(name)?;
        let config = known.figures.iter().find(|own| own.id() == figure)?.clone();
        let plan = known.plan.as_ref()?;
        let runs = plan.runs.iter().filter(|key| known.ended.contains_key(*key)).cloned().collect();
        Some((config, place.store.clone(), Plan { runs, ..plan.clone() }))
    }

    /// How all of them stand. What is wrong with a store stands in place of its results.
    pub fn look(&mut self) -> Vec<Standing> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut all = Vec::new();
        for (i, place) in self.places.iter_mut().enumerate() {
            match place.look(i, now, &self.names) {
                Ok(found) => all.extend(found),
                Err(e) => all.push(Standing {
                    problem: Some(e.to_string()),
                    ..nothing(i, &place.name, &place.store.root().display().to_string())
                }),
            }
        }
        all
    }
}

/// A result of which nothing is known.
fn nothing(store: usize, store_name: &Option<String>, name: &str) -> Standing {
    Standing {
        store,
        store_name: store_name.clone(),
        name: name.to_owned(),
        title: String::new(),
        problem: None,
        counts: Counts::default(),
        remaining: None,
        going: Vec::new(),
        interim: Interim::default(),
        figures: Vec::new(),
        is_reported: false,
    }
}

impl Place {
    fn look(&mut self, i: usize, now: Duration, names: &[String]) -> Result<Vec<Standing>, StoreError> {
        // Before the runs that are there: one that ends meanwhile is then in either.
        let way = self.store.on_their_way(now)?;
        let there: HashSet<String> = self.store.keys()?.into_iter().collect();
        let mut found = self.store.results()?;
        found.retain(|name| names.is_empty() || names.contains(name));
        self.results.retain(|name, _| found.contains(name));
        self.saved.retain(|key, _| way.contains_key(key));
        for (key, own) in &way {
            let Some(at) = own.saved else { continue };
            // What cannot be read is being replaced: until then what was read before stands.
            if self.saved.get(key).is_none_or(|(known, _)| *known != at)
                && let Some(numbers) = self.store.saved_numbers(key)
            {
                self.saved.insert(key.clone(), (at, read(&numbers)));
            }
        }
        let mut all = Vec::new();
        for name in found {
            let mut known = self.results.remove(&name).unwrap_or_default();
            let folder = self.store.result(&name);
            known.refresh(&self.store, &folder, &there, &mut self.paces)?;
            all.push(self.standing(i, &name, &folder, &known, &there, &way));
            self.results.insert(name, known);
        }
        Ok(all)
    }

    fn standing(
        &self,
        i: usize,
        name: &str,
        folder: &ResultFolder,
        known: &Known,
        there: &HashSet<String>,
        way: &BTreeMap<String, OnItsWay>,
    ) -> Standing {
        let empty = nothing(i, &self.name, name);
        let Some(plan) = &known.plan else { return Standing { problem: known.problem.clone(), ..empty } };
        let mut counts = known.counts(plan);
        let (mut going, mut open, mut at_once) = (Vec::new(), Vec::new(), 0);
        let companions = plan.companions.iter().map(|key| (key, false));
        let all = companions.chain(plan.runs.iter().map(|key| (key, true)));
        for (key, is_planned) in all.filter(|(key, _)| !there.contains(*key)) {
            let about = known.about.get(key);
            let saved = self.saved.get(key).map(|(_, saved)| saved.clone()).unwrap_or_default();
            let of_kind = |about: &About| Open {
                kind: about.kind,
                steps: about.steps,
                saved: saved.step.zip(saved.seconds),
            };
            open.extend(about.map(of_kind));
            let Some(own) = way.get(key) else { continue };
            let state = match own.claim {
                Some((_, true)) => State::Running,
                Some((_, false)) => State::Stale,
                None => State::Paused,
            };
            at_once += usize::from(state == State::Running);
            let n = match state {
                State::Running => &mut counts.running,
                State::Stale => &mut counts.stale,
                State::Paused => &mut counts.paused,
            };
            *n += usize::from(is_planned);
            going.push(Going {
                key: key.clone(),
                words: about.map_or_else(|| key.clone(), |about| about.words.clone()),
                state,
                worker: own.claim.as_ref().map(|(worker, _)| called(worker)),
                step: saved.step,
                steps: about.map(|about| about.steps).filter(|steps| *steps > 0),
                curve: saved.curve,
            });
        }
        going.sort_by_key(|own| own.state);
        Standing {
            title: plan.title.clone(),
            counts,
            remaining: self.paces.remaining(&open, at_once),
            going,
            interim: known.interim.as_ref().map(|(_, interim)| interim.clone()).unwrap_or_default(),
            figures: known.figures.iter().map(|own| (own.id().to_owned(), own.title().to_owned())).collect(),
            is_reported: folder.path().join("report.html").is_file(),
            ..empty
        }
    }
}

impl Known {
    /// Reads what has changed.
    fn refresh(
        &mut self,
        store: &Store,
        folder: &ResultFolder,
        there: &HashSet<String>,
        paces: &mut Paces,
    ) -> Result<(), StoreError> {
        let written = folder.written();
        // A plan that is written twice within a second may be another one.
        if written != self.written || self.plan.is_none() || is_recent(written) {
            self.read_plan(folder);
            self.written = written;
        }
        let Some(plan) = &self.plan else { return Ok(()) };
        let is_new = |key: &&String| {
            there.contains(*key) && !self.ended.contains_key(*key) && !self.unusable.contains(*key)
        };
        let new: Vec<String> = plan.runs.iter().filter(is_new).cloned().collect();
        for (key, loaded) in new.iter().zip(store.load(&new)?) {
            match loaded {
                Ok(Some(run)) => {
                    if let (Some(about), Some(seconds)) = (self.about.get(key), run.metric("seconds"))
                        && run.status == Status::Completed
                    {
                        paces.add(about.kind, about.steps, seconds);
                    }
                    let slim = Record { curves: Vec::new(), samples: Vec::new(), fields: Vec::new(), ..run };
                    self.ended.insert(key.clone(), slim);
                }
                // Moved meanwhile: the next look finds it.
                Ok(None) => {}
                Err(StoreError::Io { .. }) => {}
                Err(_) => drop(self.unusable.insert(key.clone())),
            }
        }
        let n = self.ended.len();
        // Of many runs one more changes little, and to judge them all takes a while.
        let is_due = |known: usize| n != known && (n == plan.runs.len() || n.abs_diff(known) > known / 100);
        if self.interim.as_ref().is_none_or(|(known, _)| is_due(*known)) {
            let replicates = self.about.iter().map(|(key, about)| (key.clone(), about.replicate)).collect();
            let runs: Vec<Record> = plan.runs.iter().filter_map(|key| self.ended.get(key)).cloned().collect();
            self.interim = Some((n, Interim::new(&self.claims, plan, &replicates, &runs)));
        }
        Ok(())
    }

    fn read_plan(&mut self, folder: &ResultFolder) {
        let plan = match folder.read_plan() {
            Ok(plan) => plan,
            Err(e) => {
                let text = e.to_string();
                *self = Self { problem: text.lines().next().map(str::to_owned), ..Self::default() };
                return;
            }
        };
        if self.plan.as_ref() == Some(&plan) && !self.about.is_empty() {
            return;
        }
        let part = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let specs = folder.read_specs().unwrap_or_default();
        let about = specs.iter().filter_map(|(key, spec)| {
            Some((key.clone(), about(&plan.axes, &serde_json::from_str(spec).ok()?)))
        });
        let about = about.collect();
        let known: HashSet<&String> = plan.runs.iter().collect();
        let mut ended = std::mem::take(&mut self.ended);
        ended.retain(|key, _| known.contains(key));
        *self = Self {
            claims: part(&plan.claims)
                .into_iter()
                .filter_map(|own| serde_json::from_value(own).ok())
                .collect(),
            figures: part(&plan.figures)
                .into_iter()
                .filter_map(|own| serde_json::from_value(own).ok())
                .collect(),
            about,
            ended,
            plan: Some(plan),
            ..Self::default()
        };
    }

    /// How the runs have ended.
    fn counts(&self, plan: &Plan) -> Counts {
        let mut counts = Counts { planned: plan.runs.len(), ..Counts::default() };
        for key in &plan.runs {
            match self.ended.get(key).map(|run| &run.status) {
                Some(Status::Completed) => counts.completed += 1,
                Some(Status::Diverged { .. }) => counts.diverged += 1,
                Some(Status::Failed { .. }) => counts.failed += 1,
                None => counts.unusable += usize::from(self.unusable.contains(key)),
            }
        }
        counts
    }
}

/// `process 17`, and where it runs if that is another machine.
fn called(worker: &Worker) -> String {
    let part = |host: &str| host.rsplit_once("pid").map_or(host.to_owned(), |(name, _)| name.to_owned());
    match worker.host == Worker::here().host {
        true => format!("process {}", worker.pid),
        false => format!("process {} on {}", worker.pid, part(&worker.host)),
    }
}

/// Whether a file was written in the last seconds.
fn is_recent(written: Option<u64>) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    written.is_some_and(|written| now.abs_diff(written) <= 2)
}

/// What a checkpoint says, with the course of the loss, or of whatever comes first.
fn read(numbers: &Value) -> Saved {
    let curves = Run::saved_curves(numbers);
    let named =
        ["train.loss", "loss"].iter().find_map(|name| curves.iter().find(|curve| curve.name == *name));
    Saved {
        step: Run::saved_step(numbers),
        seconds: Run::saved_seconds(numbers),
        curve: named.or(curves.first()).cloned(),
    }
}

/// What tells a run from its neighbours, and what it has in common with its replicates.
fn about(axes: &[String], spec: &Value) -> About {
    let replicate = spec["replicate"].as_u64().unwrap_or_default();
    let word = |axis: &String| {
        let value = thalweg::records::setting(spec, axis)?;
        let name = axis.rsplit('.').next().unwrap_or(axis);
        // Of a table its kind tells most.
        let value = value.get("kind").unwrap_or(value);
        Some(format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
    };
    let words = axes.iter().filter_map(word).chain([format!("replicate {replicate}")]);
    let mut kind = spec.clone();
    if let Some(table) = kind.as_object_mut() {
        table.retain(|key, _| key != "replicate" && key != "seed");
    }
    let mut hasher = DefaultHasher::new();
    kind.to_string().hash(&mut hasher);
    About {
        words: words.collect::<Vec<_>>().join(", "),
        replicate,
        steps: spec["train"]["steps"].as_u64().unwrap_or_default(),
        kind: hasher.finish(),
    }
}
