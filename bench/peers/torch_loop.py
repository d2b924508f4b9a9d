"""PyTorch: the plain loop, with fused optimizers, and the model through torch.compile if that works; the fastest counts."""

import dataclasses
import multiprocessing
import os
import sys

import torch
from torch import nn

import protocol

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def model(weights):
    layers = []
    for i, (weight, bias) in enumerate(weights):
        if i > 0:
            layers.append(nn.ReLU())
        linear = nn.Linear(*weight.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
            linear.bias.copy_(torch.from_numpy(bias))
        layers.append(linear)
    return nn.Sequential(*layers)


def optimizer(rule, params, lr):
    if rule == "adam":
        return torch.optim.Adam(params, lr=lr, fused=True)
    return torch.optim.SGD(params, lr=lr, momentum=0.9 if rule == "momentum" else 0.0, fused=True)


def prepare(task, change=lambda model: model):
    inputs, labels = torch.from_numpy(task.inputs), torch.from_numpy(task.labels)
    if task.inputs.ndim == 3:
        network = change(model(task.weights()))

        def classify():
            with torch.no_grad():
                for points in inputs:
                    network(points)

        return classify

    order, rates = torch.from_numpy(task.order()).long(), task.rates().tolist()
    network = change(model(task.weights()))
    loss_of = nn.CrossEntropyLoss()

    def train():
        network.load_state_dict(change(model(task.weights())).state_dict())
        rule = optimizer(task.rule, network.parameters(), task.lr)
        for rows, lr in zip(order, rates):
            rule.param_groups[0]["lr"] = lr
            loss = loss_of(network(inputs[rows]), labels[rows])
            rule.zero_grad()
            loss.backward()
            rule.step()
        return lambda: loss_of(network(inputs), labels).item()

    return train


def best(task):
    """The faster of eager and compiled on a tenth of the steps."""
    if multiprocessing.parent_process():
        return prepare(task)  # in a sweep nothing is left of a compiler's work but its time
    short = dataclasses.replace(task, steps=max(1, task.steps // 10))
    ways = {"eager": lambda model: model, "compile": torch.compile}
    times = {}
    for name, change in ways.items():
        try:
            times[name] = protocol.fastest(prepare(short, change))[0]
        except Exception as error:  # whatever the compiler lacks on this machine
            print(f"{name} does not work here: {type(error).__name__}", file=sys.stderr)
    return prepare(task, ways[min(times, key=times.get)])


if __name__ == "__main__":
    protocol.main(f"PyTorch {torch.__version__}", best)
