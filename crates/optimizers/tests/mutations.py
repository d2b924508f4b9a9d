"""Plants mistakes in the rules, one at a time, in a copy of the repository, and says which of them no test sees.

    python mutations.py FOLDER

FOLDER is where the copy goes and is compiled; it may be removed afterwards. A mutation is a file of `src/`, a text that
is there once, and what stands in its place. Half an hour on two cores.
"""

import os
import pathlib
import shutil
import subprocess
import sys

MUTATIONS = [
    # A sign.
    ("rule/adam.rs", "*x -= rate * *m / root.of(*v * scale);", "*x += rate * *m / root.of(*v * scale);"),
    ("rule/scion.rs", "let kept = F::from_f64(1.0 - lr);", "let kept = F::from_f64(1.0 + lr);"),
    ("rule/mars.rs", "*c = *g + share * (*g - *before);", "*c = *g - share * (*g - *before);"),
    ("rule/prodigy.rs", "(*start - *x).to_f64()", "(*x - *start).to_f64()"),
    ("rule/grams.rs", "*before - sign(*g) * (", "*before + sign(*g) * ("),
    ("rule/jacobi.rs", "-F::ONE / (root - half)", "F::ONE / (root - half)"),
    ("method/polyak.rs", "value.to_f64() - minimum.get()", "value.to_f64() + minimum.get()"),
    # Two β swapped.
    ("rule/adan.rs", "weight(beta2, self.step));\n        let share", "weight(beta1, self.step));\n        let share"),
    ("rule/ademamix.rs", "(beta3 * *l + fresh3 * *g)", "(beta1 * *l + fresh3 * *g)"),
    ("rule/soap.rs", "let beta = self.config.beta3.get();", "let beta = self.config.beta2.get();"),
    ("rule/normuon.rs", "(beta2 * *v + fresh2 * share * *sum)", "(beta * *v + fresh * share * *sum)"),
    (
        "rule/laprop.rs",
        "self.average = beta1 * self.average + (1.0 - beta1) * lr;",
        "self.average = beta2 * self.average + (1.0 - beta2) * lr;",
    ),
    # An ε moved or forgotten.
    ("rule/adopt.rs", "larger(epsilon, v.sqrt())", "(epsilon + v.sqrt())"),
    ("rule/mars.rs", "Root::new(config.epsilon, false)", "Root::new(config.epsilon, true)"),
    ("rule/shampoo.rs", "config.epsilon.get(), &mut", "config.epsilon.get().powi(2), &mut"),
    ("rule/prodigy.rs", "self.distance * config.epsilon.get()", "distance * config.epsilon.get()"),
    ("rule/normalised.rs", "(norm + self.epsilon)", "norm.max(self.epsilon)"),
    # A step counted from another number, a power, an order.
    ("rule/adopt.rs", "libm::pow(self.calls - 1.0, 0.25)", "libm::pow(self.calls, 0.25)"),
    ("rule/shampoo.rs", "if n_sides == 1 { 2.0 } else { 1.0 }", "1.0"),
    ("rule/shampoo.rs", "(self.step - 1.0) % config.interval", "self.step % config.interval"),
    ("rule/soap.rs", "*u /= root.of(*v * scale);", "*u /= root.of(*v);"),
    ("rule/soap.rs", "self.work.turn_back(array, &self.bases, update);", "self.work.turn(array, &self.bases, update);"),
    ("rule/soap.rs", "square.chunks_exact_mut(n).for_each(|row| row.swap(place, most));", ""),
    ("rule/lookahead.rs", "if self.count % self.interval == 0.0", "if (self.count - 1.0) % self.interval == 0.0"),
    ("rule/averaged.rs", "Form::Uniform => 1.0 / self.taken", "Form::Uniform => 1.0 / self.step"),
    ("rule/cautious.rs", "all / (moving + 1.0)", "all / moving"),
    ("rule/scion.rs", "rate((fan_out / fan_in).sqrt())", "rate((fan_in / fan_out).sqrt())"),
    ("rule/spectral.rs", "grad.iter().map(|g| g.abs()).sum()", "vector::norm(grad)"),
    (
        "rule/jacobi.rs",
        "if *value <= least {\n                row.fill",
        "if *value < F::ZERO {\n                row.fill",
    ),
    ("schedule/cosine_restarts.rs", "while since >= length", "while since > length"),
    ("schedule/warm_up_stable_decay.rs", "progress.sqrt()", "progress * progress"),
    ("schedule/inverse_sqrt.rs", "(step - 1) as f64", "step as f64"),
]

TESTS = ["--lib", "--test", "golden", "--test", "matrix", "--test", "schedules"]


def main():
    root = pathlib.Path(subprocess.check_output(["git", "rev-parse", "--show-toplevel"], text=True).strip())
    copy = pathlib.Path(sys.argv[1]).resolve()
    for name in subprocess.check_output(["git", "ls-files"], cwd=root, text=True).splitlines():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, copy / name)
    environment = {**os.environ, "CARGO_TARGET_DIR": str(copy / "target"), "CARGO_PROFILE_DEV_OPT_LEVEL": "0"}
    environment["CARGO_PROFILE_DEV_DEBUG"] = "0"
    command = ["cargo", "test", "-q", "-p", "thalweg-optimizers", *TESTS]
    passes = lambda: subprocess.run(command, cwd=copy, env=environment, capture_output=True).returncode == 0
    assert passes(), "without a mutation a test fails"
    unseen = []
    for name, old, new in MUTATIONS:
        path = copy / "crates/optimizers/src" / name
        text = path.read_text()
        assert text.count(old) == 1, f"{name} has {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new))
        is_seen = not passes()
        path.write_text(text)
        print("seen  " if is_seen else "UNSEEN", name, old.replace("\n", " "), flush=True)
        unseen += [] if is_seen else [name]
    print(f"{len(MUTATIONS) - len(unseen)} of {len(MUTATIONS)} are seen")


main()
