# 200 steps of SGD on the squared error in NumPy, of a linear model and of two layers of tanh: standardised features, batches
# in the order of the file. Then losses, R² on the rows of a second file, and the eigenvalues of the exact Hessian, whose columns
# are complex steps of the gradient: Im ∇L(θ + ih e)/h with h = 1e-30 has no rounding but that of the gradient.
# `python3 regression.py draw` draws the tables and the weights anew; without it they are read. Made with NumPy 2.4.6.
import json, sys, numpy as np
from safetensors.numpy import load_file, save_file

shapes = {"linear": [(2, 3)], "tanh": [(5, 3), (4, 5), (2, 4)]}
names = lambda layers: [f"layers.{i}.{part}" for i in range(layers) for part in ("weight", "bias")]
if "draw" in sys.argv:
    rng = np.random.default_rng(2)
    for file, rows in (("targets.csv", 17), ("test-targets.csv", 6)):
        x = rng.normal(size=(rows, 3)) * [1.0, 20.0, 0.3] + [0.0, 50.0, -2.0]
        y = np.column_stack([np.sin(x[:, 0]) + 0.05 * x[:, 1], x[:, 2] ** 2]) + 0.1 * rng.normal(size=(rows, 2))
        table = np.column_stack([x[:, 0], y[:, 0], x[:, 1:], y[:, 1]])
        np.savetxt(file, table, "%.17g", ",", header="a,y,b,c,z", comments="")
    for kind, layers in shapes.items():
        drawn = [v for s in layers for v in (rng.normal(size=s) * 0.6, rng.normal(size=s[:1]) * 0.3)]
        save_file(dict(zip(names(len(layers)), drawn)), f"{kind}-weights.safetensors")

def read(file):
    table = np.loadtxt(file, delimiter=",", skiprows=1)
    return table[:, [0, 2, 3]], table[:, [1, 4]]

x, y = read("targets.csv")
mean, deviation = x.mean(0), x.std(0)
x = (x - mean) / deviation
test_x, test_y = read("test-targets.csv")
test_x = (test_x - mean) / deviation

def forward(w, x):
    a = [x]
    for l in range(len(w) // 2):
        z = a[l] @ w[2 * l].T + w[2 * l + 1]
        a.append(np.tanh(z) if l + 1 < len(w) // 2 else z)
    return a

def gradient(w, x, y):
    a = forward(w, x)
    delta = 2 * (a[-1] - y) / y.size
    grads = [None] * len(w)
    for l in reversed(range(len(w) // 2)):
        grads[2 * l], grads[2 * l + 1] = delta.T @ a[l], delta.sum(0)
        delta = delta @ w[2 * l] * (1 - a[l] ** 2)
    return grads

def hessian(w):
    flat = np.concatenate([v.ravel() for v in w])
    columns = []
    for i in range(flat.size):
        moved = flat.astype(complex)
        moved[i] += 1e-30j
        parts = [m.reshape(v.shape) for m, v in zip(np.split(moved, np.cumsum([v.size for v in w])[:-1]), w)]
        columns.append(np.concatenate([g.ravel() for g in gradient(parts, x, y)]).imag / 1e-30)
    return np.array(columns)

found = {}
for kind in shapes:
    w = list(load_file(f"{kind}-weights.safetensors").items())
    w = [dict(w)[name].copy() for name in names(len(shapes[kind]))]
    start = 0
    for t in range(200):
        batch = slice(start, min(start + 4, 17))
        start = batch.stop % 17
        w = [v - 0.1 * g for v, g in zip(w, gradient(w, x[batch], y[batch]))]
    loss = lambda x, y: float(np.mean((forward(w, x)[-1] - y) ** 2))
    left = ((test_y - forward(w, test_x)[-1]) ** 2).sum(0)
    r2 = float(np.mean(1 - left / ((test_y - test_y.mean(0)) ** 2).sum(0)))
    values = np.linalg.eigvalsh(hessian(w))
    found[kind] = {
        "params": np.concatenate([v.ravel() for v in w]).tolist(),
        "train.loss": loss(x, y), "test.loss": loss(test_x, test_y), "test.r2": r2,
        "top": values[::-1][:2].tolist(), "bottom": values[0], "trace": values.sum(),
    }
json.dump(found, open("regression.json", "w"), indent=1)
