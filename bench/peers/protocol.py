"""What the peers share: the workloads, their data, the clock, and the line that each of them prints.

    python numpy_article.py <workload> <steps> <seed>

prints one line of JSON: version, workload, us_per_step (the fastest of three trainings, after one that is not timed)
and the training loss at the end. Workloads are w1-sgd-<batch>, w2-adam-<batch>, w2-momentum-<batch>, w3-sgd-64 and
w3-adam-64, wide-<width>-<batch> (784-width-width-10 on noise), w4 (a step is a forward pass over all test sets) and w5
(a step is one step with each of the batch sizes).

A peer gives a version and a function that makes a Task ready: it returns a function which trains from the start, and
which returns another that tells the loss over all training data. The last is not timed.
"""

import gzip
import json
import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BATCHES = [500, 256, 128, 64, 32, 16, 8, 4, 2, 1]  # longest first
MNIST = Path(__file__).parents[2] / "experiments" / "data" / "mnist"

# JAX 0.10 computes wide products on all cores whatever its flags say. w5 has a process for each core of its own.
if hasattr(os, "sched_setaffinity") and sys.argv[1:2] != ["w5"]:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[: int(os.environ.get("OMP_NUM_THREADS", len(cores)))])


@dataclass
class Task:
    """One training, or for w4 a classification of `inputs`, of shape [sets, rows, features]."""

    inputs: np.ndarray  # f32
    labels: np.ndarray  # i64
    widths: list  # of all layers, inputs and outputs too
    rule: str  # sgd, momentum or adam
    batch: int
    steps: int
    lr: float  # at the start
    time_scale: float  # lr / (1 + t / time_scale), the first step is t = 1
    seed: int

    def weights(self):
        """Initial (W, b) of each layer, W of shape [in, out]; He, or Glorot without hidden layers."""
        rng = np.random.default_rng(self.seed)
        layers = []
        for n_in, n_out in zip(self.widths, self.widths[1:]):
            fans = n_in if len(self.widths) > 2 else n_in + n_out
            w = rng.normal(0.0, np.sqrt(2.0 / fans), (n_in, n_out))
            layers.append((w.astype(np.float32), np.zeros(n_out, np.float32)))
        return layers

    def order(self):
        """The rows of all batches, [steps, batch]: permutations one after the other, cut into equal parts."""
        rng = np.random.default_rng(self.seed + 1)
        n = len(self.inputs)
        epochs = -(-self.steps * self.batch // n)
        rows = np.concatenate([rng.permutation(n) for _ in range(epochs)])
        return rows[: self.steps * self.batch].reshape(self.steps, self.batch).astype(np.int32)

    def rates(self):
        """The learning rate of every step."""
        return (self.lr / (1.0 + np.arange(1, self.steps + 1) / self.time_scale)).astype(np.float32)


def two_moons(n, seed):
    """Two half circles with jitter 0.1."""
    rng = np.random.default_rng(seed + 2)
    labels = np.arange(n) % 2
    angle = rng.uniform(0.0, np.pi, n)
    x = np.where(labels == 0, np.cos(angle), 1.0 - np.cos(angle))
    y = np.where(labels == 0, np.sin(angle), 0.5 - np.sin(angle))
    points = np.stack([x, y], axis=1) + rng.normal(0.0, 0.1, (n, 2))
    return points.astype(np.float32), labels.astype(np.int64)


def mnist():
    """The 60,000 training images, scaled to 0…1."""
    with gzip.open(MNIST / "train-images-idx3-ubyte.gz") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(MNIST / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return images.astype(np.float32) / 255.0, labels.astype(np.int64)


def task(workload, steps, seed):
    if workload == "w4":
        inputs, labels = two_moons(100 * 500, seed)
        return Task(inputs.reshape(100, 500, 2), labels, [2, 64, 64, 2], "sgd", 500, 1, 0.1, 5e4, seed)
    name, rule, batch = workload.split("-")
    if name == "wide":
        rng, width = np.random.default_rng(seed), int(rule)
        inputs = rng.normal(size=(4096, 784)).astype(np.float32)
        return Task(inputs, np.arange(4096) % 10, [784, width, width, 10], "sgd", int(batch), steps, 0.01, 5e4, seed)
    if name == "w3":
        inputs, labels = mnist()
        return Task(inputs, labels, [784, 10], rule, int(batch), steps, 0.01, 5e4, seed)
    inputs, labels = two_moons(500, seed)
    lr = {"sgd": 0.15, "momentum": 0.01, "adam": 0.001}[rule]
    return Task(inputs, labels, [2, 64, 64, 2], rule, int(batch), steps, lr, 5e4, seed)


def fastest(train):
    """Seconds of the fastest of three trainings, after one that is not timed; and the loss after the last."""
    train()
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        loss = train()
        best = min(best, time.perf_counter() - start)
    return best, loss and loss()


def one_of_sweep(arguments):
    prepare, batch, steps, seed = arguments
    prepare(task(f"w1-sgd-{batch}", steps, seed))()


def sweep(prepare, steps, seed):
    """Seconds of the ten batch sizes, on as many processes as there are cores. What has to be compiled is compiled."""
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        pool.map(time.sleep, [0.1] * os.cpu_count(), chunksize=1)  # until all of them have started
        start = time.perf_counter()
        pool.map(one_of_sweep, [(prepare, batch, steps, seed) for batch in BATCHES], chunksize=1)
        return time.perf_counter() - start


def main(version, prepare):
    workload, steps, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if workload == "w5":
        seconds, loss = sweep(prepare, steps, seed), None
    else:
        this = task(workload, steps, seed)
        seconds, loss = fastest(prepare(this))
        steps = this.steps
    line = {"version": version, "workload": workload, "us_per_step": 1e6 * seconds / steps, "loss": loss}
    print(json.dumps(line))
