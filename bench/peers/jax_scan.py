"""JAX with the whole training in one compiled scan. The rows of all batches are drawn beforehand, which is not timed."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax

import protocol


def forward(params, x):
    for weight, bias in params[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = params[-1]
    return x @ weight + bias


def loss(params, x, labels):
    return optax.softmax_cross_entropy_with_integer_labels(forward(params, x), labels).mean()


def prepare(task):
    params = [tuple(map(jnp.asarray, layer)) for layer in task.weights()]
    if task.inputs.ndim == 3:
        sets = jnp.asarray(task.inputs)
        classify = jax.jit(lambda params, sets: jax.lax.map(lambda x: forward(params, x), sets))

        def run():
            classify(params, sets).block_until_ready()

        return run

    inputs, labels = jnp.asarray(task.inputs), jnp.asarray(task.labels.astype(np.int32))
    order, rates = jnp.asarray(task.order()), jnp.asarray(task.rates())
    # With learning rate 1 the update is the direction; the schedule comes from outside.
    rule = {
        "sgd": optax.sgd(1.0),
        "momentum": optax.sgd(1.0, momentum=0.9),
        "adam": optax.adam(1.0),
    }[task.rule]

    def step(inputs, labels, carry, now):
        params, state = carry
        rows, lr = now
        grads = jax.grad(loss)(params, inputs[rows], labels[rows])
        direction, state = rule.update(grads, state)
        params = jax.tree.map(lambda p, d: p + lr * d, params, direction)
        return (params, state), None

    @jax.jit
    def steps(inputs, labels, params, order, rates):
        start = (params, rule.init(params))
        return jax.lax.scan(functools.partial(step, inputs, labels), start, (order, rates))[0][0]

    def train():
        end = jax.block_until_ready(steps(inputs, labels, params, order, rates))
        return lambda: float(loss(end, inputs, labels))

    return train


if __name__ == "__main__":
    protocol.main(f"JAX {jax.__version__}", prepare)
