//! An optimizer of your own against Adam: the same data, first weights and batches for both, a learning rate
//! chosen for each on runs that are not judged, and a verdict from paired replicates.
//!
//! ```sh
//! cargo run --release -p thalweg --example own_optimizer
//! ```

use std::error::Error;

use thalweg::datasets::{Order, Sampler, TwoMoons};
use thalweg::lab::{Claim, Document, Mode, Overlays, Statements, judge};
use thalweg::network::{Activation, Architecture, He, Init, Loss, Network, Numerics};
use thalweg::numeric::bounded::{Count, NonNegative};
use thalweg::numeric::{Layout, Streams, vector};
use thalweg::optimizers::rule::Adam;
use thalweg::optimizers::{Memory, Rule, RuleState};
use thalweg::report::{Reading, read_results};

const CLAIMS: &str = "
    [[claim]]
    id = 'restarts-help'
    says = 'The test loss with restarts is below that of Adam'
    kind = 'difference'
    of = 'test.clean.loss'
    between = [{ optimizer = 'restarts' }, { optimizer = 'adam' }]
    direction = 'lower'
";
const RATES: [f64; 5] = [0.01, 0.03, 0.1, 0.3, 1.0];

/// The heavy ball, which stops where it rolls uphill: B. O'Donoghue and E. Candès, *Adaptive restart for
/// accelerated gradient schemes*, 2015.
struct Restarts {
    velocity: Vec<f32>,
}

impl RuleState<f32> for Restarts {
    fn step(&mut self, lr: f64, params: &mut [f32], grad: &[f32]) {
        if vector::dot(&self.velocity, grad) > 0.0 {
            self.velocity.fill(0.0);
        }
        let (v, lr) = (&mut self.velocity, lr as f32);
        vector::for_each(v.iter_mut().zip(params).zip(grad), move |((v, x), g)| {
            *v = 0.9 * *v - lr * g;
            *x += *v;
        });
    }

    fn memory(&mut self) -> Memory<'_, f32> {
        Memory { scalars: vec![], vectors: vec![("velocity", &mut self.velocity)] }
    }
}

fn optimizer(name: &str, layout: &Layout) -> Box<dyn RuleState<f32>> {
    match name {
        "adam" => Rule::from(Adam::default()).build(layout),
        _ => Box::new(Restarts { velocity: vec![0.0; layout.dim()] }),
    }
}

/// Training loss and test loss of one run. All that is random depends on the replicate, and nothing on the
/// optimizer.
fn run(name: &str, lr: f64, replicate: u64) -> Result<[f32; 2], Box<dyn Error>> {
    let streams = Streams::new(42, replicate);
    let moons = TwoMoons { noise: NonNegative::of(0.3), ..TwoMoons::new(Count::of(200)) };
    let train = moons.generate(200, &mut streams.stream("data", 0));
    let test = moons.generate(1000, &mut streams.stream("test-set", 0));
    let (activation, loss) = (Activation::Tanh, Loss::CrossEntropy);
    let architecture =
        Architecture { inputs: 2, hidden: vec![16], outputs: 2, activation, loss, ..Architecture::default() };
    let mut params = architecture.draw(&Init::He(He::default()), &mut streams.stream("init", 0))?;
    let mut network = Network::new(&architecture, Numerics::best(), 16)?;
    let mut optimizer = optimizer(name, &architecture.layout());
    let mut sampler = Sampler::new(Order::Shuffled, 200, 16, streams.stream("batches", 0));
    let mut grad = vec![0.0; params.len()];
    for _ in 0..500 {
        let (inputs, labels) = train.batch(sampler.next_batch());
        network.gradient(&params, inputs.view(), &labels, &mut grad);
        optimizer.step(lr, &mut params, &grad);
    }
    Ok([&train, &test].map(|data| network.loss(&params, data.inputs.to_array().view(), &data.labels)))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = "replicate,optimizer,train.loss,test.clean.loss\n".to_owned();
    for name in ["restarts", "adam"] {
        // Replicates from 1000 on are for the choice alone. A sum that is not finite is never the best.
        let mut best = (f32::INFINITY, 0.0);
        for lr in RATES {
            let losses = (1000..1004).map(|replicate| run(name, lr, replicate));
            let total: f32 = losses.map(|losses| losses.map(|[_, test]| test)).sum::<Result<_, _>>()?;
            best = if total < best.0 { (total, lr) } else { best };
        }
        println!("{name}: η = {}", best.1);
        for replicate in 0..12 {
            let [train, test] = run(name, best.1, replicate)?;
            table += &format!("{replicate},{name},{train},{test}\n");
        }
    }

    // The table could as well come from elsewhere: `thalweg judge` does the same with a file.
    let (document, mut problems) = (Document::of_text("claims", CLAIMS, &Overlays::default())?, vec![]);
    let claims = Statements::<Claim>::read(&document, "claim", &mut problems).into_all();
    document.explain(problems)?;
    let reading =
        Reading { file: "table", name: "restarts", replicate: "replicate", settings: None, by: None };
    let tabled = read_results(table.as_bytes(), &claims, &reading)?;
    for verdict in judge(&claims, &tabled.parts[0].1, Mode::Fixed) {
        println!("{}\n    {}", verdict.says, verdict.summary);
        // What comes out is for the runs to say; that all twelve pairs count is not.
        assert_eq!((verdict.n_replicates, verdict.n_runs, verdict.n_left_out), (12, 24, 0));
    }
    Ok(())
}
