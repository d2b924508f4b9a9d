"""Writes packages.json.gz: what the rules of other packages do, at every step, in float64.

    pip install torch optax keras numpy schedulefree pytorch_optimizer prodigyopt
    python generate_packages.py

Problems and peers are those of generate.py beside it, which is not run.
"""

import gzip
import importlib.metadata
import json
import pathlib
import platform
import types

import numpy as np
import optax
import prodigyopt
import pytorch_optimizer
import torch
from generate import (
    OBJECTIVES,
    STEPS,
    arrays,
    flat,
    gradient_of,
    learning_rates,
    of_article,
    of_optax,
    of_torch,
    problems,
)
from pytorch_optimizer.base.optimizer import BaseOptimizer
from pytorch_optimizer.optimizer import scion, soap
from pytorch_optimizer.optimizer.utils import matrix

# In this package every root of squares has 1e-15 added inside, which no paper has.
for bound in (BaseOptimizer.apply_ams_bound, BaseOptimizer.apply_ams_bound_foreach):
    bound.__defaults__ = (0.0,)
# Its Newton-Schulz iteration is in bfloat16, and the QR of its SOAP in float32, whatever the parameters are in.
iteration = matrix.zero_power_via_newton_schulz_5
iteration.__defaults__ = (*iteration.__defaults__[:-1], torch.float64)
soap.torch = types.SimpleNamespace(**{**vars(torch), "float32": torch.float64})
# The paper of Scion has no such number.
scion.BiasRMS.lmo.__defaults__ = (0.0,)


def more_problems():
    rng = np.random.default_rng(21)
    shapes, n = [[3, 3], [2, 3], [4, 3], [2]], 29
    # No matrix has more than one direction without a gradient at the first step, of which a basis would be arbitrary.
    power_law = "kind = 'power-law'\ninitial = 0.2\ntime-scale = 20"
    start, gradients = rng.normal(size=n), rng.normal(size=(STEPS, n))
    return {
        **problems(),
        "shapes": {"shapes": shapes, "start": start.tolist(), "gradients": gradients.tolist(), "schedule": power_law},
    }


ENTRIES = ["normal", "decaying", "zeros", "huge", "network"]
ARRAYS = ["decaying", "zeros", "matrices", "shapes", "network"]


def of_arrays(make, is_turned=False, answer=None):
    """Each array is a tensor of its own; for the package, fan-out is the first axis of a matrix if it is turned."""

    def run(problem, rates, gradient):
        turn = lambda pieces: [np.ascontiguousarray(piece.T if is_turned else piece) for piece in pieces]
        params = [torch.nn.Parameter(torch.tensor(piece)) for piece in turn(arrays(problem, problem["start"]))]
        values = lambda tensors: flat(turn([tensor.detach().numpy() for tensor in tensors]))
        optimizer = make(params)
        averaged = answer and answer(params)
        path = []
        for t, rate in enumerate(rates):
            for param, grad in zip(params, turn(arrays(problem, gradient(t, values(params))))):
                param.grad = torch.tensor(grad)
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
            if averaged:
                averaged.update_parameters(torch.nn.ParameterList(params))
            path.append(values(params).tolist())
        return (path, values(list(averaged.module)).tolist()) if averaged else path

    return run


def of_lookahead(base, **settings):
    """The answer is the slow weights."""

    def run(problem, rates, gradient):
        made = []
        path = of_arrays(lambda params: made.append(pytorch_optimizer.Lookahead(base(params), **settings)) or made[0])
        path = path(problem, rates, gradient)
        slow = [made[0].state[param]["slow_params"].numpy() for param in made[0].param_groups[0]["params"]]
        return path, flat(slow).tolist()

    return run


def average(make):
    """PyTorch's own, beside the parameters; it copies the first ones that it is given."""
    return lambda params: torch.optim.swa_utils.AveragedModel(torch.nn.ParameterList(params), multi_avg_fn=make)


def normuon(**settings):
    def make(params):
        groups = [
            {"params": [p for p in params if (p.ndim == 2) == is_matrix], "use_muon": is_matrix}
            for is_matrix in (True, False)
        ]
        settings_of = {True: {}, False: {"betas": (0.9, 0.999), "eps": 1e-8}}
        groups = [{**group, **settings_of[group["use_muon"]]} for group in groups if group["params"]]
        return pytorch_optimizer.NorMuon(groups, foreach=False, **settings)

    return of_arrays(make, is_turned=True)


def scion_of(**settings):
    """`norm_type` 1 takes the spectral norm of matrices and the root mean square of all else."""
    return of_arrays(
        lambda params: pytorch_optimizer.SCION(params, foreach=False, momentum=0.1, **settings), is_turned=True
    )


def polyak(**settings):
    """At a learning rate of 1: any other, its `scaling`, multiplies the gradient before its norm is taken."""
    seen = {}

    def run(problem, rates, gradient):
        assert set(rates) == {1.0}

        def watched(t, params):
            seen["value"] = OBJECTIVES[problem["objective"]](np.array(params))[0]
            return gradient(t, params)

        make = lambda rate: optax.polyak_sgd(**settings)
        return of_optax(make, extra=lambda problem, gradient, t: seen)(problem, rates, watched)

    return run


def normalised(epsilon):
    transform = optax.contrib.normalize() if epsilon == 0 else optax.normalize_by_update_norm(eps=epsilon)
    return of_optax(lambda rate: optax.chain(transform, optax.scale_by_learning_rate(rate)))


def c_adamw(state, t, rate, g, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """The authors' C_AdamW, github.com/kyleliang919/C-Optim, of one tensor."""
    state["m"] = beta1 * state.get("m", 0.0) + (1.0 - beta1) * g
    state["v"] = beta2 * state.get("v", 0.0) + (1.0 - beta2) * g**2
    mask = (state["m"] * g > 0).astype(float)
    mask /= max(mask.mean(), 1e-3)
    denominator = np.sqrt(state["v"]) / np.sqrt(1.0 - beta2**t) + epsilon
    return rate / (1.0 - beta1**t) * state["m"] * mask / denominator


def torch_cases():
    package = pytorch_optimizer

    def case(names, text, rule, **settings):
        return names, "none", text, of_arrays(lambda params: rule(params, foreach=False, **settings))

    def plain(names, text, rule, **settings):
        return names, "none", text, of_arrays(lambda params: rule(params, **settings))

    adam = "base = { kind = 'adam' }"
    return [
        plain(ARRAYS, "kind = 'shampoo'", package.Shampoo),
        plain(ARRAYS, "kind = 'shampoo'\nepsilon = 0.1", package.Shampoo, matrix_eps=0.1),
        plain(["shapes"], "kind = 'soap'", package.SOAP, weight_decay=0.0),
        plain(
            ["shapes"],
            "kind = 'soap'\nbeta1 = 0.9\nbeta2 = 0.99\nbeta3 = 0.8\ninterval = 1\nrotate-vectors = true",
            package.SOAP,
            weight_decay=0.0,
            betas=(0.9, 0.99),
            shampoo_beta=0.8,
            precondition_frequency=1,
            precondition_1d=True,
        ),
        plain(
            ["shapes"],
            "kind = 'soap'\nlongest-side = 3\ninterval = 3",
            package.SOAP,
            weight_decay=0.0,
            max_precondition_dim=3,
            precondition_frequency=3,
        ),
        (ARRAYS, "none", "kind = 'scion'", scion_of(norm_type=1)),
        (
            ARRAYS,
            "none",
            "kind = 'scion'\nconstrained = true\nradius = 3",
            scion_of(norm_type=1, constraint=True, scale=3.0),
        ),
        (ARRAYS, "none", "kind = 'normuon'", normuon()),
        (
            ARRAYS,
            "none",
            "kind = 'normuon'\nbeta = 0.8\nbeta2 = 0.9\nnesterov = false",
            normuon(momentum=0.8, beta2=0.9, nesterov=False),
        ),
        case(
            ENTRIES, "kind = 'ademamix'\nwarm-up-steps = 30\nalpha = 8", package.AdEMAMix, alpha=8.0, t_alpha_beta3=30
        ),
        case(ENTRIES, "kind = 'adan'", package.Adan),
        case(ENTRIES, "kind = 'adan'\nbeta1 = 0.9\nbeta2 = 0.7\nbeta3 = 0.95", package.Adan, betas=(0.9, 0.7, 0.95)),
        # Its ε is divided by the bias correction with the root, and 1e-15 shows where gradients are 1e-5.
        case(
            ["normal", "decaying", "network"],
            "kind = 'laprop'\nepsilon = 0\nlearning-rate-inside = true",
            package.LaProp,
            eps=0.0,
        ),
        case(
            ["normal", "network"],
            "kind = 'laprop'\nepsilon = 0\nbeta1 = 0.7\nbeta2 = 0.9",
            package.LaProp,
            betas=(0.7, 0.9),
            eps=0.0,
        ),
        case(ENTRIES + ["matrices"], "kind = 'mars'", package.MARS, optimize_1d=True),
        case(
            ["normal", "matrices"],
            "kind = 'mars'\nbeta1 = 0.8\nbeta2 = 0.9\ngamma = 0.5",
            package.MARS,
            optimize_1d=True,
            betas=(0.8, 0.9),
            gamma=0.5,
        ),
        plain(
            ["normal", "network", "quadratic"], "kind = 'prodigy'\ninitial-distance = 1e-3", prodigyopt.Prodigy, d0=1e-3
        ),
        plain(
            ["normal", "decaying", "quadratic"],
            "kind = 'prodigy'\ninitial-distance = 0.01\nbeta1 = 0.8\nbeta2 = 0.99\nbias-correction = true\n"
            "safeguard-warm-up = true\ncoefficient = 2",
            prodigyopt.Prodigy,
            d0=0.01,
            betas=(0.8, 0.99),
            use_bias_correction=True,
            safeguard_warmup=True,
            d_coef=2.0,
        ),
        case(ENTRIES, f"kind = 'grams'\n{adam}", package.Grams, weight_decay=0.0, eps=1e-8),
        case(
            ENTRIES + ["matrices"],
            "kind = 'cautious'\nrescale = 'count'\nbase = { kind = 'mars' }",
            package.MARS,
            optimize_1d=True,
            cautious=True,
        ),
        (["normal", "network"], "none", f"kind = 'cautious'\n{adam}", of_article(c_adamw)),
        (
            ENTRIES,
            "none",
            f"kind = 'lookahead'\n{adam}",
            of_lookahead(torch.optim.Adam),
        ),
        (
            ENTRIES,
            "none",
            "kind = 'lookahead'\ninterval = 3\nalpha = 0.8\nbase = { kind = 'sgd' }",
            of_lookahead(torch.optim.SGD, k=3, alpha=0.8),
        ),
        (
            ENTRIES,
            "none",
            f"kind = 'averaged'\nbeta = 0.9\n{adam}",
            of_arrays(torch.optim.Adam, answer=average(torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))),
        ),
        (
            ENTRIES,
            "none",
            f"kind = 'averaged'\nform = 'uniform'\n{adam}",
            of_arrays(torch.optim.Adam, answer=average(torch.optim.swa_utils.get_swa_multi_avg_fn())),
        ),
    ]


def optax_cases():
    contrib = optax.contrib

    def case(names, text, rule, dialect="optax", **settings):
        return names, dialect, text, of_optax(lambda rate: rule(learning_rate=rate, **settings))

    return [
        case(ENTRIES, "kind = 'ademamix'", contrib.ademamix),
        case(ENTRIES + ["tiny"], "kind = 'adopt'", contrib.adopt),
        case(
            ENTRIES,
            "kind = 'adopt'\nbeta1 = 0.7\nbeta2 = 0.9\nclipping = false",
            contrib.adopt,
            b1=0.7,
            b2=0.9,
            use_clipping=False,
        ),
        (
            ["normal", "zeros", "network"],
            "optax",
            "kind = 'schedule-free'\nbase = { kind = 'rule', rule = { kind = 'rmsprop', dialect = 'optax' } }",
            # It looks up the learning rate for the weight of step t at t, and that of the step itself at t - 1.
            of_optax(
                lambda rate: contrib.schedule_free(optax.rmsprop(rate), lambda count: rate(count - 1)),
                contrib.schedule_free_eval_params,
            ),
        ),
        case(ENTRIES, "kind = 'adan'\nfresh-differences = true", optax.adan, "none", eps_root=0.0),
        (["normal", "decaying", "matrices", "network"], "none", "kind = 'normalised'", normalised(0)),
        (["normal", "decaying"], "none", "kind = 'normalised'\nepsilon = 1e-6", normalised(1e-6)),
        (["rosenbrock", "beale"], "optax", "kind = 'polyak'", polyak()),
        (
            ["rosenbrock", "beale"],
            "optax",
            "kind = 'polyak'\nminimum = -0.5\nepsilon = 0.1\nlongest = 0.05",
            polyak(f_min=-0.5, eps=0.1, max_learning_rate=0.05),
        ),
    ]


def main():
    everything, cases, left_out = more_problems(), [], []
    for names, dialect, text, run in torch_cases() + optax_cases():
        for name in names:
            problem = everything[name]
            result = run(problem, learning_rates(problem["schedule"]), gradient_of(problem))
            path, answer = result if isinstance(result, tuple) else (result, None)
            optimizer = text if dialect == "none" else f"dialect = '{dialect}'\n{text}"
            if not np.isfinite(path).all():
                left_out.append(f"{name}: {text!r} is not finite")
                continue
            kind = text.split("'")[1]
            case = {"rule": kind, "dialect": dialect, "optimizer": optimizer, "problem": name, "params": path}
            cases.append({**case, "answer": answer} if answer else case)
    versions = {module.__name__: module.__version__ for module in (torch, optax, np)}
    for package in ("pytorch_optimizer", "prodigyopt"):
        versions[package] = importlib.metadata.version(package)
    versions["python"] = platform.python_version()
    used = {case["problem"] for case in cases}
    everything = {name: problem for name, problem in everything.items() if name in used}
    document = {"versions": versions, "left-out": left_out, "problems": everything, "cases": cases}
    text = json.dumps(document, separators=(",", ":"))
    path = pathlib.Path(__file__).parent / "packages.json.gz"
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{len(cases)} cases, {path.stat().st_size} bytes, left out: {left_out}")


main()
