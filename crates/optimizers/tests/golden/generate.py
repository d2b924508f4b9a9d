"""Writes trajectories.json.gz: what PyTorch, optax, Keras and the article's formulas do, at every step, in float64.

    pip install torch optax keras numpy schedulefree
    python generate.py

`tests/golden.rs` replays every case from its `optimizer` table. A case is one optimizer on one problem; problems give
either a fixed sequence of gradients, which does not depend on the parameters, or an objective such as a small network.
"""

import gzip
import importlib.metadata
import inspect
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
import schedulefree
import torch

keras.config.set_floatx("float64")
# Keras' norm on JAX is in float32 whatever its argument is in; only its Muon asks for it.
inspect.getmodule(keras.optimizers.Muon).ops.norm = lambda x, **axes: jnp.linalg.norm(jnp.array(x[...]), **axes)
# Otherwise PyTorch's NAdam keeps the running product of its momenta in float32, 1e-8 beside the formula.
torch.set_default_dtype(torch.float64)

# Its Newton-Schulz iteration is in bfloat16 whatever the parameters are in; here, in their own precision.
muon_source = inspect.getsource(torch.optim._muon._zeropower_via_newtonschulz)
exec(muon_source.replace("torch.bfloat16", "grad.dtype"), vars(torch.optim._muon))

STEPS = 50


# The problems


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def network(params):
    """Of the sum of the outputs of a 2-3-1 network with sigmoids: the problem of PyTorch's C++ optimizer tests."""
    inputs = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    w1, b1, w2, b2 = params[:6].reshape(3, 2), params[6:9], params[9:12], params[12]
    hidden = sigmoid(inputs @ w1.T + b1)
    outputs = sigmoid(hidden @ w2 + b2)
    d_outputs = outputs * (1.0 - outputs)
    d_hidden = d_outputs[:, None] * w2 * hidden * (1.0 - hidden)
    parts = [(d_hidden.T @ inputs).ravel(), d_hidden.sum(0), hidden.T @ d_outputs, [d_outputs.sum()]]
    return outputs.sum(), np.concatenate(parts)


def rosenbrock(params):
    x, y = params
    w = y - x * x
    return (1.0 - x) ** 2 + 100.0 * w**2, np.array([-2.0 * (1.0 - x) - 400.0 * x * w, 200.0 * w])


def beale(params):
    x, y = params
    powers = np.array([1.0, 2.0, 3.0])
    residuals = np.array([1.5, 2.25, 2.625]) - x * (1.0 - y**powers)
    by_x, by_y = y**powers - 1.0, x * powers * y ** (powers - 1.0)
    return (residuals**2).sum(), 2.0 * np.array([(residuals * by_x).sum(), (residuals * by_y).sum()])


def quadratic(params):
    eigenvalues = 50.0 ** np.linspace(0.0, 1.0, 5)
    return 0.5 * (eigenvalues * params**2).sum(), eigenvalues * params


OBJECTIVES = {"network": network, "rosenbrock": rosenbrock, "beale": beale, "quadratic": quadratic}

NETWORK_START = [-0.2109, -0.4976, -0.1413, -0.3420, -0.2524, 0.6976, -0.1085, -0.2979, 0.6892]
NETWORK_START += [-0.0508, -0.3941, -0.2843, -0.0711]


def problems():
    rng = np.random.default_rng(20)
    constant = "kind = 'constant'\ninitial = 0.05"
    power_law = "kind = 'power-law'\ninitial = 0.2\ntime-scale = 20"
    warm_up = "kind = 'warm-up'\nsteps = 10\nthen = { kind = 'constant', initial = 0.05 }"

    def given(shapes, start, gradients, schedule=constant):
        return {"shapes": shapes, "start": start.tolist(), "gradients": gradients.tolist(), "schedule": schedule}

    def of(objective, shapes, start, rate):
        schedule = f"kind = 'constant'\ninitial = {rate}"
        return {"shapes": shapes, "start": start, "objective": objective, "schedule": schedule}

    zeros = rng.normal(size=(STEPS, 6)) * (rng.random((STEPS, 6)) > 0.4)
    zeros[9] = 0.0
    zeros[:, 2] = 0.0
    return {
        "normal": given([[7]], rng.normal(size=7), rng.normal(size=(STEPS, 7))),
        "decaying": given([[2], [3]], rng.normal(size=5), rng.normal(size=(STEPS, 5)), power_law),
        "zeros": given([[1], [1], [2, 2]], rng.normal(size=6), zeros),
        # From the origin, so that no step of this size is lost beside the parameters.
        # In one layer: of a single number JAX takes the absolute value for the norm, of more the squares vanish.
        "tiny": given([[3]], np.zeros(3), 1e-300 * rng.normal(size=(STEPS, 3))),
        "huge": given([[1, 3], [1]], rng.normal(size=4), 1e100 * rng.normal(size=(STEPS, 4))),
        "matrices": given(
            [[3, 2], [2], [2, 4], [4]], rng.normal(size=20), rng.normal(size=(STEPS, 20)), warm_up
        ),
        "network": of("network", [[3, 2], [3], [1, 3], [1]], NETWORK_START, 0.1),
        # For the methods that ask an objective for more than one gradient. The learning rates suit L-BFGS in the first
        # two and SAM in the last two.
        "rosenbrock": of("rosenbrock", [[2]], [-1.2, 1.0], 1.0),
        "beale": of("beale", [[2]], [1.0, 0.8], 1.0),
        "valley": of("rosenbrock", [[2]], [-1.2, 1.0], 1e-3),
        "quadratic": of("quadratic", [[5]], [1.0, -2.0, 0.5, 3.0, -0.7], 0.03),
    }


def problems_for(kind):
    if kind == "lbfgs":
        return ["rosenbrock", "beale", "quadratic", "network"]
    if kind == "sam":
        return ["valley", "quadratic", "network"]
    # Others do not see the shapes.
    shapes = ["matrices"] if kind in ("lars", "lamb", "muon", "schedule-free") else []
    return ["normal", "decaying", "zeros", "tiny", "huge", "network", *shapes]


def learning_rates(schedule):
    settings = dict(line.split(" = ", 1) for line in schedule.splitlines())
    if "then" in settings:
        initial, steps = float(settings["then"].split("initial = ")[1].rstrip(" }")), float(settings["steps"])
        return [initial * min(t / steps, 1.0) for t in range(1, STEPS + 1)]
    initial = float(settings["initial"])
    if "time-scale" not in settings:
        return [initial] * STEPS
    return [initial / (1.0 + t / float(settings["time-scale"])) for t in range(1, STEPS + 1)]


def gradient_of(problem):
    """A function of the step from 0 and the parameters."""
    if "objective" in problem:
        return lambda t, params: OBJECTIVES[problem["objective"]](params)[1]
    gradients = np.array(problem["gradients"])
    return lambda t, params: gradients[t]


def arrays(problem, vector):
    sizes = [int(np.prod(shape)) for shape in problem["shapes"]]
    pieces = np.split(np.array(vector), np.cumsum(sizes)[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, problem["shapes"])]


def flat(pieces):
    return np.concatenate([np.ravel(piece) for piece in pieces])


# The peers: each makes a function of (problem, learning rates, gradient at step and parameters) to parameters at every
# step, or to these and the answer at the end. Rules that look at layers get them from optax and Keras as arrays of their
# own


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


def of_torch_muon(**settings):
    """Matrices by Muon, all else by AdamW. For PyTorch, fan-out is the first axis of a matrix."""

    def run(problem, rates, gradient):
        turn = lambda pieces: [np.ascontiguousarray(piece.T) for piece in pieces]
        params = [torch.nn.Parameter(torch.tensor(piece)) for piece in turn(arrays(problem, problem["start"]))]
        values = lambda: flat(turn([param.detach().numpy() for param in params]))
        groups = [[param for param in params if (param.ndim == 2) == is_matrix] for is_matrix in (True, False)]
        optimizers = []
        if groups[0]:
            optimizers.append(torch.optim.Muon(groups[0], weight_decay=0.0, **settings))
        if groups[1]:
            optimizers.append(torch.optim.AdamW(groups[1], weight_decay=0.0, foreach=False))
        path = []
        for t, rate in enumerate(rates):
            for param, grad in zip(params, turn(arrays(problem, gradient(t, values())))):
                param.grad = torch.tensor(grad)
            for optimizer in optimizers:
                optimizer.param_groups[0]["lr"] = rate
                optimizer.step()
            path.append(values().tolist())
        return path

    return run


def of_torch_lbfgs(**settings):
    """One iteration a call; a line search may look at the objective 25 times after its first length."""

    def run(problem, rates, gradient):
        param = torch.nn.Parameter(torch.tensor(problem["start"]))
        optimizer = torch.optim.LBFGS(
            [param], max_iter=1, max_eval=26, tolerance_grad=0.0, tolerance_change=0.0, **settings
        )

        def closure():
            value, grad = OBJECTIVES[problem["objective"]](param.detach().numpy())
            param.grad = torch.tensor(grad)
            return torch.tensor(value)

        path = []
        for rate in rates:
            optimizer.param_groups[0]["lr"] = rate
            optimizer.step(closure)
            path.append(param.detach().tolist())
        return path

    return run


def of_schedulefree(make):
    """The answer is what the parameters become in evaluation mode."""

    def run(problem, rates, gradient):
        param = torch.nn.Parameter(torch.tensor(problem["start"], dtype=torch.float64))
        optimizer = make([param])
        optimizer.train()
        path = []
        for t, rate in enumerate(rates):
            optimizer.param_groups[0]["lr"] = rate
            param.grad = torch.tensor(gradient(t, param.detach().numpy()), dtype=torch.float64)
            optimizer.step()
            path.append(param.detach().tolist())
        optimizer.eval()
        return path, param.detach().tolist()

    return run


def of_optax(make, answer=None, extra=lambda problem, gradient, t: {}):
    def run(problem, rates, gradient):
        optimizer = make(lambda count: rates[int(count)])
        params = [jnp.array(array) for array in arrays(problem, problem["start"])]
        state = optimizer.init(params)
        path = []
        for t in range(len(rates)):
            grads = [jnp.array(array) for array in arrays(problem, gradient(t, flat(params)))]
            updates, state = optimizer.update(grads, state, params, **extra(problem, gradient, t))
            params = optax.apply_updates(params, updates)
            path.append(flat(params).tolist())
        return path if answer is None else (path, flat(answer(state, params)).tolist())

    return run


def of_keras(make):
    def run(problem, rates, gradient):
        variables = [keras.Variable(array) for array in arrays(problem, problem["start"])]
        values = lambda: flat([variable.value for variable in variables])
        optimizer = make()
        optimizer.build(variables)
        path = []
        for t, rate in enumerate(rates):
            optimizer.learning_rate = rate
            optimizer.apply([jnp.array(array) for array in arrays(problem, gradient(t, values()))], variables)
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


def paper_asam(state, t, rate, g, params, gradient, rho=0.5, offset=0.01):
    """Kwon et al., algorithm 1, with plain descent."""
    scale = np.abs(params) + offset
    return rate * gradient(t - 1, params + rho * scale**2 * g / np.linalg.norm(scale * g))


def of_paper(rule):
    """As the article's, for a rule that takes a second gradient."""

    def run(problem, rates, gradient):
        params, state, path = np.array(problem["start"]), {}, []
        for t, rate in enumerate(rates, 1):
            params = params - rule(state, t, rate, gradient(t - 1, params), params, gradient)
            path.append(params.tolist())
        return path

    return run


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
        ("torch", "kind = 'muon'", of_torch_muon()),
        (
            "torch",
            "kind = 'muon'\nbeta = 0.8\nnesterov = false\nadjust = 'match-rms-adamw'",
            of_torch_muon(momentum=0.8, nesterov=False, adjust_lr_fn="match_rms_adamw"),
        ),
        ("torch", "kind = 'lbfgs'", of_torch_lbfgs()),
        ("torch", "kind = 'lbfgs'\nhistory = 3", of_torch_lbfgs(history_size=3)),
        (
            "torch",
            "kind = 'lbfgs'\nline-search = 'strong-wolfe'",
            of_torch_lbfgs(line_search_fn="strong_wolfe"),
        ),
        (
            "torch",
            "kind = 'lbfgs'\nhistory = 2\nline-search = 'strong-wolfe'",
            of_torch_lbfgs(history_size=2, line_search_fn="strong_wolfe"),
        ),
    ]


def optax_cases():
    def case(text, rule, **settings):
        return "optax", text, of_optax(lambda rate: rule(learning_rate=rate, **settings))

    def then(*transforms):
        return lambda learning_rate: optax.chain(*transforms, optax.scale_by_learning_rate(learning_rate))

    def schedule_free(text, base, **settings):
        # It looks up the learning rate for the weight of step t at t, and that of the step itself at t - 1.
        make = lambda rate: optax.contrib.schedule_free(base(rate), lambda count: rate(count - 1), **settings)
        return "optax", f"kind = 'schedule-free'\n{text}", of_optax(make, optax.contrib.schedule_free_eval_params)

    def free_adam(rate, decay=0.0):
        # As in schedule_free_adamw.
        rms = optax.scale_by_rms(decay=0.999, eps=1e-8, eps_in_sqrt=False, bias_correction=True)
        return optax.chain(rms, optax.add_decayed_weights(decay), optax.scale_by_learning_rate(rate))

    def sam(text, base, rho):
        adversary = lambda: optax.chain(optax.contrib.normalize(), optax.sgd(rho))
        make = lambda rate: optax.contrib.sam(base(rate), adversary(), opaque_mode=True)

        def extra(problem, gradient, t):
            again = lambda params, _: [jnp.array(array) for array in arrays(problem, gradient(t, flat(params)))]
            return {"grad_fn": again}

        return "optax", f"kind = 'sam'\n{text}", of_optax(make, extra=extra)

    return [
        case("kind = 'muon'", optax.contrib.muon),
        case(
            "kind = 'muon'\nbeta = 0.7\nnesterov = false\nothers = { kind = 'adam' }",
            optax.contrib.muon,
            beta=0.7,
            nesterov=False,
        ),
        case(
            "kind = 'muon'\nadjust = 'match-rms-adamw'\nnewton-schulz-steps = 3\ncoefficients = [2, -1.5, 0.5]\n"
            "transforms = [{ kind = 'weight-decay', rate = 0.1, decoupled = true }]",
            optax.contrib.muon,
            consistent_rms=0.2,
            ns_steps=3,
            ns_coeffs=(2.0, -1.5, 0.5),
            weight_decay=0.1,
            adam_weight_decay=0.1,
        ),
        schedule_free("base = { kind = 'sgd' }", optax.sgd),
        schedule_free("beta = 0.6\nweight-lr-power = 0\nbase = { kind = 'sgd' }", optax.sgd, b1=0.6, weight_lr_power=0.0),
        schedule_free("base = { kind = 'adam' }", free_adam),
        schedule_free(
            "weight-decay = 0.1\nbase = { kind = 'adam' }", lambda rate: free_adam(rate, 0.1)
        ),
        sam("rho = 0.1\nbase = { kind = 'sgd' }", optax.sgd, 0.1),
        sam("base = { kind = 'adam' }", optax.adam, 0.05),
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
        case("kind = 'muon'", optimizers.Muon, weight_decay=None, adam_weight_decay=None),
        case(
            "kind = 'muon'\nbeta = 0.5\nepsilon = 5e-8\nnesterov = false\nadjust = 'match-rms-adamw'",
            optimizers.Muon,
            momentum=0.5,
            nesterov=False,
            weight_decay=None,
            adam_weight_decay=None,
        ),
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


def other_cases():
    """What has no dialect, because the settings are the same."""
    free = "kind = 'schedule-free'\n"
    return [
        (None, f"{free}base = {{ kind = 'sgd' }}", of_schedulefree(schedulefree.SGDScheduleFree)),
        (
            None,
            f"{free}beta = 0.7\nweight-decay = 0.1\nbase = {{ kind = 'adam', beta2 = 0.9 }}",
            of_schedulefree(lambda p: schedulefree.AdamWScheduleFree(p, betas=(0.7, 0.9), weight_decay=0.1)),
        ),
        (None, "kind = 'sam'\nrho = 0.5\nadaptive = true\nbase = { kind = 'sgd' }", of_paper(paper_asam)),
    ]


def main():
    cases, left_out = [], []
    everything = problems()
    for dialect, text, run in torch_cases() + optax_cases() + keras_cases() + article_cases() + other_cases():
        kind = text.split("'")[1]
        optimizer = f"dialect = '{dialect}'\n{text}" if dialect else text
        for name in problems_for(kind):
            problem = everything[name]
            rates = learning_rates(problem["schedule"])
            # L-BFGS without a line search wanders, and a change of one ulp at the start grows tenfold in three steps.
            rates = rates[:20] if kind == "lbfgs" else rates
            result = run(problem, rates, gradient_of(problem))
            path, answer = result if isinstance(result, tuple) else (result, None)
            if np.isfinite(path).all():
                case = {"rule": kind, "dialect": dialect or "none", "optimizer": optimizer, "problem": name}
                case["params"] = path
                if answer:
                    case["answer"] = answer
                cases.append(case)
            else:
                left_out.append(f"{dialect}, {name}: {text!r} is not finite")
    versions = {module.__name__: module.__version__ for module in (torch, optax, jax, keras, np)}
    versions["schedulefree"] = importlib.metadata.version("schedulefree")
    versions["python"] = platform.python_version()
    document = {"versions": versions, "left-out": left_out, "problems": everything, "cases": cases}
    text = json.dumps(document, separators=(",", ":"))
    path = pathlib.Path(__file__).parent / "trajectories.json.gz"
    # Without a time, so that the same numbers give the same file.
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(cases)} cases, {path.stat().st_size} bytes, left out: {left_out}")


if __name__ == "__main__":
    main()
