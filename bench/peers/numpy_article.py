"""NumPy as a teaching article writes it: a class for each kind of layer, a class for the optimizer, a plain loop."""

import numpy as np

import protocol


class Linear:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight.copy(), bias.copy()
        self.weight_grad, self.bias_grad = np.zeros_like(weight), np.zeros_like(bias)

    def forward(self, x):
        self.x = x
        return x @ self.weight + self.bias

    def backward(self, delta):
        self.weight_grad = self.x.T @ delta
        self.bias_grad = delta.sum(axis=0)
        return delta @ self.weight.T

    def params(self):
        return [self.weight, self.bias]

    def grads(self):
        return [self.weight_grad, self.bias_grad]


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, delta):
        return delta * self.mask

    def params(self):
        return []

    def grads(self):
        return []


class Network:
    def __init__(self, weights):
        self.layers = []
        for i, (weight, bias) in enumerate(weights):
            if i > 0:
                self.layers.append(ReLU())
            self.layers.append(Linear(weight, bias))

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, delta):
        for layer in reversed(self.layers):
            delta = layer.backward(delta)

    def params(self):
        return [param for layer in self.layers for param in layer.params()]

    def grads(self):
        return [grad for layer in self.layers for grad in layer.grads()]


class CrossEntropy:
    def forward(self, logits, labels):
        shifted = logits - logits.max(axis=1, keepdims=True)
        exp = np.exp(shifted)
        self.probabilities = exp / exp.sum(axis=1, keepdims=True)
        self.labels = labels
        return -np.log(self.probabilities[np.arange(len(labels)), labels]).mean()

    def backward(self):
        delta = self.probabilities.copy()
        delta[np.arange(len(self.labels)), self.labels] -= 1
        return delta / np.float32(len(self.labels))


class SGD:
    def __init__(self, params):
        self.params = params

    def step(self, lr, grads):
        for param, grad in zip(self.params, grads):
            param -= lr * grad


class Momentum:
    def __init__(self, params, beta=0.9):
        self.params, self.beta = params, beta
        self.velocities = [np.zeros_like(param) for param in params]

    def step(self, lr, grads):
        for param, grad, velocity in zip(self.params, grads, self.velocities):
            velocity *= self.beta
            velocity += grad
            param -= lr * velocity


class Adam:
    def __init__(self, params, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.params, self.beta1, self.beta2, self.epsilon = params, beta1, beta2, epsilon
        self.m = [np.zeros_like(param) for param in params]
        self.v = [np.zeros_like(param) for param in params]
        self.t = 0

    def step(self, lr, grads):
        self.t += 1
        for param, grad, m, v in zip(self.params, grads, self.m, self.v):
            m[:] = self.beta1 * m + (1 - self.beta1) * grad
            v[:] = self.beta2 * v + (1 - self.beta2) * grad**2
            m_hat, v_hat = m / (1 - self.beta1**self.t), v / (1 - self.beta2**self.t)
            param -= lr * m_hat / (np.sqrt(v_hat) + self.epsilon)


def prepare(task):
    if task.inputs.ndim == 3:
        network = Network(task.weights())

        def classify():
            for points in task.inputs:
                network.forward(points)

        return classify

    def train():
        network, loss = Network(task.weights()), CrossEntropy()
        optimizer = {"sgd": SGD, "momentum": Momentum, "adam": Adam}[task.rule](network.params())
        rng, n, step = np.random.default_rng(task.seed), len(task.inputs), 0
        while step < task.steps:
            order = rng.permutation(n)
            for start in range(0, n, task.batch):
                step += 1
                rows = order[start : start + task.batch]
                loss.forward(network.forward(task.inputs[rows]), task.labels[rows])
                network.backward(loss.backward())
                optimizer.step(np.float32(task.lr / (1 + step / task.time_scale)), network.grads())
                if step == task.steps:
                    break
        return lambda: float(loss.forward(network.forward(task.inputs), task.labels))

    return train


if __name__ == "__main__":
    protocol.main(f"NumPy {np.__version__}", prepare)
