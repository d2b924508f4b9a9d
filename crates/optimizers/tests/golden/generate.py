"""Writes trajectories.json.gz: what PyTorch, optax, Keras and the article's formulas do, at every step, in float64.

    pip install torch optax keras numpy
    python generate.py

`tests/golden.rs` replays every case from its `optimizer` table. A case is one optimizer on one problem; problems give
either a fixed sequence of gradients, which does not depend on the parameters, or the gradient of a small network.
"""

import gzip
import json
import os
import pathlib
import platform

os.environ["KERAS_BACKEND"] = "jax"

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch

keras.config.set_floatx("float64")
# Otherwise PyTorch's NAdam keeps the running product of its momenta in float32, 1e-8 beside the formula.
torch.set_default_dtype(torch.float64)

STEPS = 50


# The problems


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def network_gradient(params):
    """Of the sum of the outputs of a 2-3-1 network with sigmoids: the problem of PyTorch's C++ optimizer tests."""
    inputs = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    w1, b1, w2, b2 = params[:6].reshape(3, 2), params[6:9], params[9:12], params[12]
    hidden = sigmoid(inputs @ w1.T + b1)
    outputs = sigmoid(hidden @ w2 + b2)
    d_outputs = outputs * (1.0 - outputs)
    d_hidden = d_outputs[:, None] * w2 * hidden * (1.0 - hidden)
    parts = [(d_hidden.T @ inputs).ravel(), d_hidden.sum(0), hidden.T @ d_outputs, [d_outputs.sum()]]
    return np.concatenate(parts)


NETWORK_START = [-0.2109, -0.4976, -0.1413, -0.3420, -0.2524, 0.6976, -0.1085, -0.2979, 0.6892]
NETWORK_START += [-0.0508, -0.3941, -0.2843, -0.0711]


def problems():
    rng = np.random.default_rng(20)
    constant = "kind = 'constant'\ninitial = 0.05"
    power_law = "kind = 'power-law'\ninitial = 0.2\ntime-scale = 20"

    def given(layers, start, gradients, schedule=constant):
        return {"layers": layers, "start": start.tolist(), "gradients": gradients.tolist(), "schedule": schedule}

    zeros = rng.normal(size=(STEPS, 6)) * (rng.random((STEPS, 6)) > 0.4)
    zeros[9] = 0.0
    zeros[:, 2] = 0.0
    return {
        "normal": given([7], rng.normal(size=7), rng.normal(size=(STEPS, 7))),
        "decaying": given([2, 3], rng.normal(size=5), rng.normal(size=(STEPS, 5)), power_law),
        "zeros": given([1, 1, 4], rng.normal(size=6), zeros),
        # From the origin, so that no step of this size is lost beside the parameters.
        # In one layer: of a single number JAX takes the absolute value for the norm, of more the squares vanish.
        "tiny": given([3], np.zeros(3), 1e-300 * rng.normal(size=(STEPS, 3))),
        "huge": given([3, 1], rng.normal(size=4), 1e100 * rng.normal(size=(STEPS, 4))),
        "network": {
            "layers": [6, 3, 3, 1],
            "start": NETWORK_START,
            "gradients": None,
            "schedule": "kind = 'constant'\ninitial = 0.1",
        },
    }


def learning_rates(schedule):
    settings = dict(line.split(" = ") for line in schedule.splitlines())
    initial = float(settings["initial"])
    if "time-scale" not in settings:
        return [initial] * STEPS
    return [initial / (1.0 + t / float(settings["time-scale"])) for t in range(1, STEPS + 1)]


def gradient_of(problem):
    """A function of the step from 0 and the parameters."""
    if problem["gradients"] is None:
        return lambda t, params: network_gradient(params)
    gradients = np.array(problem["gradients"])
    return lambda t, params: gradients[t]


def layers(problem, vector):
    return np.split(np.array(vector), np.cumsum(problem["layers"])[:-1])


# The peers: each makes a function of (problem, learning rates, gradient at step and parameters) to parameters at every
# step. Rules that look at layers get them from optax and Keras as arrays of their own


def of_torch(make, before=lambda param: None):
    def run(problem, rates, gradient):
        param = torch.nn.Parameter(torch.tensor(problem["start"], dtype=torch.float64))
        optimizer = make([param])
        path = []
        for t, rate in enumerate(rates):
            optimizer.param_groups[0]["lr"] = rate
            param.grad = torch.tensor(gradient(t, param.detach().numpy()), dtype=torch.float64)
            before(param)
            optimizer.step()
            path.append(param.detach().tolist())
        return path

    return run


def of_optax(make):
    def run(problem, rates, gradient):
        optimizer = make(lambda count: rates[int(count)])
        params = [jnp.array(layer) for layer in layers(problem, problem["start"])]
        state = optimizer.init(params)
        path = []
        for t in range(len(rates)):
            grads = [jnp.array(layer) for layer in layers(problem, gradient(t, np.concatenate(params)))]
            updates, state = optimizer.update(grads, state, params)
            params = optax.apply_updates(params, updates)
            path.append(np.concatenate(params).tolist())
        return path

    return run


def of_keras(make):
    def run(problem, rates, gradient):
        variables = [keras.Variable(layer) for layer in layers(problem, problem["start"])]
        values = lambda: np.concatenate([variable.value for variable in variables])
        optimizer = make()
        optimizer.build(variables)
        path = []
        for t, rate in enumerate(rates):
            optimizer.learning_rate = rate
            optimizer.apply([jnp.array(layer) for layer in layers(problem, gradient(t, values()))], variables)
            path.append(values().tolist())
        return path

    return run


def of_article(rule):
    """`rule` is a formula in NumPy: it changes the dictionary of its state and returns the step."""

    def run(problem, rates, gradient):
        params, state, path = np.array(problem["start"]), {}, []
        for t, rate in enumerate(rates, 1):
            params = params - rule(state, t, rate, gradient(t - 1, params))
            path.append(params.tolist())
        return path

    return run


def article_sgd(state, t, rate, g):
    return rate * g


def article_momentum(state, t, rate, g, beta=0.9):
    state["p"] = beta * state.get("p", 0.0) + g
    return rate * state["p"]


def article_rmsprop(state, t, rate, g, beta=0.9, epsilon=1e-8):
    state["s"] = beta * state.get("s", 0.0) + (1.0 - beta) * g**2
    return rate * g / (np.sqrt(state["s"]) + epsilon)


def article_adam(state, t, rate, g, beta1=0.9, beta2=0.999, epsilon=1e-8):
    state["m"] = beta1 * state.get("m", 0.0) + (1.0 - beta1) * g
    state["v"] = beta2 * state.get("v", 0.0) + (1.0 - beta2) * g**2
    absorbed = rate * np.sqrt(1.0 - beta2**t) / (1.0 - beta1**t)
    return absorbed * state["m"] / (np.sqrt(state["v"]) + epsilon)


# The cases: dialect, `[optimizer]` table without its dialect, peer


def torch_cases():
    optim = torch.optim

    def case(text, rule, before=lambda param: None, **settings):
        return "torch", text, of_torch(lambda params: rule(params, lr=1.0, foreach=False, **settings), before)

    clip_norm = lambda param: torch.nn.utils.clip_grad_norm_([param], 1.5)
    clip_value = lambda param: torch.nn.utils.clip_grad_value_([param], 0.7)
    return [
        case("kind = 'sgd'", optim.SGD),
        case("kind = 'momentum'", optim.SGD, momentum=0.9),
        case("kind = 'momentum'\ndampening = 0.3", optim.SGD, momentum=0.9, dampening=0.3),
        case("kind = 'momentum'\ndampening = 0.9", optim.SGD, momentum=0.9, dampening=0.9),
        case("kind = 'momentum'\nnesterov = true", optim.SGD, momentum=0.9, nesterov=True),
        case("kind = 'adam'", optim.Adam),
        case("kind = 'adam'\namsgrad = 'raw'", optim.Adam, amsgrad=True),
        case("kind = 'adam'\nbeta1 = 0.7\nbeta2 = 0.9\nepsilon = 1e-3", optim.Adam, betas=(0.7, 0.9), eps=1e-3),
        case("kind = 'rmsprop'", optim.RMSprop),
        case("kind = 'rmsprop'\nbeta = 0.9\ncentred = true", optim.RMSprop, alpha=0.9, centered=True),
        case("kind = 'rmsprop'\nmomentum = 0.8", optim.RMSprop, momentum=0.8),
        case("kind = 'rmsprop'\ncentred = true\nmomentum = 0.8", optim.RMSprop, centered=True, momentum=0.8),
        case("kind = 'adagrad'", optim.Adagrad),
        case(
            "kind = 'adagrad'\nlearning-rate-decay = 0.1\ninitial-accumulator = 0.5",
            optim.Adagrad,
            lr_decay=0.1,
            initial_accumulator_value=0.5,
        ),
        case("kind = 'adadelta'", optim.Adadelta),
        case("kind = 'nadam'", optim.NAdam),
        case("kind = 'nadam'\nmomentum-decay = 0.3", optim.NAdam, momentum_decay=0.3),
        case("kind = 'radam'", optim.RAdam),
        case("kind = 'radam'\nbeta2 = 0.9", optim.RAdam, betas=(0.9, 0.9)),
        case("kind = 'adamax'", optim.Adamax),
        case(
            "kind = 'adam'\ntransforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = true }]",
            optim.AdamW,
            weight_decay=0.1,
        ),
        case(
            "kind = 'adam'\ntransforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = false }]",
            optim.Adam,
            weight_decay=0.1,
        ),
        case(
            "kind = 'momentum'\ntransforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = false }]",
            optim.SGD,
            momentum=0.9,
            weight_decay=0.1,
        ),
        case(
            "kind = 'sgd'\ntransforms = [{ kind = 'clip-by-norm', max = 1.5, epsilon = 1e-6 }]", optim.SGD, clip_norm
        ),
        case("kind = 'sgd'\ntransforms = [{ kind = 'clip-by-value', max = 0.7 }]", optim.SGD, clip_value),
    ]


def optax_cases():
    def case(text, rule, **settings):
        return "optax", text, of_optax(lambda rate: rule(learning_rate=rate, **settings))

    def then(*transforms):
        return lambda learning_rate: optax.chain(*transforms, optax.scale_by_learning_rate(learning_rate))

    return [
        case("kind = 'sgd'", optax.sgd),
        case("kind = 'momentum'", optax.sgd, momentum=0.9),
        case("kind = 'momentum'\nnesterov = true", optax.sgd, momentum=0.9, nesterov=True),
        case("kind = 'momentum'\ndampening = 0.9", then(optax.ema(0.9, debias=False))),
        case("kind = 'adam'", optax.adam),
        case("kind = 'adam'\nepsilon = 1e-6\nepsilon-inside-root = true", optax.adam, eps=0.0, eps_root=1e-6),
        case("kind = 'adam'\namsgrad = 'corrected'", optax.amsgrad),
        case("kind = 'rmsprop'", optax.rmsprop),
        case("kind = 'rmsprop'\nepsilon-inside-root = false", optax.rmsprop, eps_in_sqrt=False),
        case("kind = 'rmsprop'\ncentred = true", optax.rmsprop, centered=True),
        case("kind = 'rmsprop'\nmomentum = 0.8", optax.rmsprop, momentum=0.8),
        case("kind = 'rmsprop'\nbias-correction = true", optax.rmsprop, bias_correction=True),
        case("kind = 'rmsprop'\ninitial-accumulator = 1", optax.rmsprop, initial_scale=1.0),
        case(
            "kind = 'rmsprop'\ncentred = true\nmomentum = 0.8\nbias-correction = true\nepsilon = 1e-4",
            optax.rmsprop,
            centered=True,
            momentum=0.8,
            bias_correction=True,
            eps=1e-4,
        ),
        case("kind = 'adagrad'", optax.adagrad),
        case("kind = 'adadelta'", optax.adadelta),
        case("kind = 'nadam'", optax.nadam),
        case("kind = 'radam'", optax.radam),
        case("kind = 'radam'\nthreshold = 4", optax.radam, threshold=4.0),
        case("kind = 'adamax'", optax.adamax),
        case("kind = 'lion'", optax.lion, weight_decay=0.0),
        case("kind = 'signsgd'", optax.sign_sgd),
        case("kind = 'lars'", optax.lars),
        case(
            "kind = 'lars'\nbeta = 0.7\ntrust-coefficient = 0.1\nepsilon = 1e-3\n"
            "transforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = false }]",
            optax.lars,
            momentum=0.7,
            trust_coefficient=0.1,
            eps=1e-3,
            weight_decay=0.1,
        ),
        case("kind = 'lamb'", optax.lamb),
        case("kind = 'lamb'\nweight-decay = 0.1", optax.lamb, weight_decay=0.1),
        case(
            "kind = 'adam'\ntransforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = true }]",
            optax.adamw,
            weight_decay=0.1,
        ),
        case(
            "kind = 'lion'\ntransforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = true }]",
            optax.lion,
            weight_decay=0.1,
        ),
        case(
            "kind = 'sgd'\ntransforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = false }]",
            then(optax.add_decayed_weights(0.1)),
        ),
        case(
            "kind = 'sgd'\ntransforms = [{ kind = 'clip-by-norm', max = 1.5 }]", then(optax.clip_by_global_norm(1.5))
        ),
        case(
            "kind = 'adam'\ntransforms = [{ kind = 'clip-by-value', max = 0.7 }]",
            then(optax.clip(0.7), optax.scale_by_adam()),
        ),
    ]


def keras_cases():
    optimizers = keras.optimizers

    def case(text, rule, **settings):
        return "keras", text, of_keras(lambda: rule(**settings))

    return [
        case("kind = 'sgd'", optimizers.SGD),
        case("kind = 'momentum'", optimizers.SGD, momentum=0.9),
        case("kind = 'momentum'\nnesterov = true", optimizers.SGD, momentum=0.9, nesterov=True),
        case("kind = 'adam'", optimizers.Adam),
        case("kind = 'adam'\namsgrad = 'raw'", optimizers.Adam, amsgrad=True),
        case("kind = 'rmsprop'", optimizers.RMSprop),
        case("kind = 'rmsprop'\ncentred = true", optimizers.RMSprop, centered=True),
        case("kind = 'rmsprop'\nmomentum = 0.8", optimizers.RMSprop, momentum=0.8),
        case("kind = 'adagrad'", optimizers.Adagrad),
        case("kind = 'adadelta'", optimizers.Adadelta),
        case("kind = 'nadam'", optimizers.Nadam),
        case("kind = 'adamax'", optimizers.Adamax),
        case("kind = 'lion'", optimizers.Lion),
        case("kind = 'lamb'", optimizers.Lamb),
        case(
            "kind = 'adam'\ntransforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = true }]",
            optimizers.AdamW,
            weight_decay=0.1,
        ),
        case(
            "kind = 'sgd'\ntransforms = [{ kind = 'clip-by-norm', max = 1.5 }]", optimizers.SGD, global_clipnorm=1.5
        ),
    ]


def article_cases():
    return [
        ("article", "kind = 'sgd'", of_article(article_sgd)),
        ("article", "kind = 'momentum'", of_article(article_momentum)),
        ("article", "kind = 'rmsprop'", of_article(article_rmsprop)),
        ("article", "kind = 'adam'", of_article(article_adam)),
    ]


def main():
    cases, left_out = [], []
    everything = problems()
    for dialect, text, run in torch_cases() + optax_cases() + keras_cases() + article_cases():
        kind = text.split("'")[1]
        optimizer = f"dialect = '{dialect}'\n{text}"
        for name, problem in everything.items():
            path = run(problem, learning_rates(problem["schedule"]), gradient_of(problem))
            if np.isfinite(path).all():
                case = {"rule": kind, "dialect": dialect, "optimizer": optimizer, "problem": name, "params": path}
                cases.append(case)
            else:
                left_out.append(f"{dialect}, {name}: {text!r} is not finite")
    versions = {module.__name__: module.__version__ for module in (torch, optax, jax, keras, np)}
    versions["python"] = platform.python_version()
    document = {"versions": versions, "left-out": left_out, "problems": everything, "cases": cases}
    text = json.dumps(document, separators=(",", ":"))
    path = pathlib.Path(__file__).parent / "trajectories.json.gz"
    # Without a time, so that the same numbers give the same file.
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(cases)} cases, {path.stat().st_size} bytes, left out: {left_out}")


main()
