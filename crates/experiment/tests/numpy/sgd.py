# 200 steps of SGD in NumPy: tanh, softmax cross-entropy, batches in the order of the file, η(t) = 0.3/(1 + t/50).
# `python3 sgd.py draw` draws data.csv and weights.safetensors anew; without it they are read. Made with NumPy 2.
import sys, numpy as np
from safetensors.numpy import load_file, save_file

names = [f"layers.{i}.{part}" for i in range(3) for part in ("weight", "bias")]
if "draw" in sys.argv:
    rng = np.random.default_rng(1)
    table = np.column_stack([rng.normal(size=(11, 3)), np.arange(11) % 3])
    np.savetxt("data.csv", table, "%.17g", ",", header="a,b,c,class", comments="")
    shapes = [(5, 3), (5,), (4, 5), (4,), (3, 4), (3,)]
    save_file({name: rng.normal(size=shape) * 0.7 for name, shape in zip(names, shapes)}, "weights.safetensors")
table = np.loadtxt("data.csv", delimiter=",", skiprows=1)
x, y = table[:, :3], table[:, 3].astype(int)
w = load_file("weights.safetensors")
W, b = [w[name].copy() for name in names[0::2]], [w[name].copy() for name in names[1::2]]
start = 0
for t in range(1, 201):
    batch = slice(start, min(start + 4, 11))
    start = batch.stop % 11
    a = [x[batch]]
    for l in range(2):
        a.append(np.tanh(a[l] @ W[l].T + b[l]))
    z = a[2] @ W[2].T + b[2]
    p = np.exp(z - z.max(1, keepdims=True))
    delta = (p / p.sum(1, keepdims=True) - np.eye(3)[y[batch]]) / len(z)
    for l in (2, 1, 0):
        dW, db = delta.T @ a[l], delta.sum(0)
        delta = delta @ W[l] * (1 - a[l] ** 2)
        W[l] -= 0.3 / (1 + t / 50) * dW
        b[l] -= 0.3 / (1 + t / 50) * db
save_file({name: value for name, value in zip(names, [v for pair in zip(W, b) for v in pair])}, "trained.safetensors")
