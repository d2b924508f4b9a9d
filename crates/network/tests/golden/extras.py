# Logits, loss and gradient of a network with layer normalisation and residual connections in plain NumPy: three inputs, hidden
# layers of 3, 5 and 5 tanh units, two classes, cross-entropy. The derivatives are complex steps of the loss,
# Im L(theta + ih e)/h with h = 1e-30, which know nothing of a backward pass. Made with NumPy 2.4.6.
import numpy as np

rng = np.random.default_rng(7)
widths, rows = [3, 3, 5, 5, 2], 7
shapes = []
for l, (i, o) in enumerate(zip(widths, widths[1:])):
    shapes += [(i, o), (o,)] + ([(o,), (o,)] if l < 3 else [])
params = np.concatenate([rng.normal(size=s).ravel() + (len(s) == 1 and k % 4 == 2) for k, s in enumerate(shapes)])
inputs, labels = rng.normal(size=(rows, 3)), rng.integers(0, 2, rows)

def logits(theta):
    arrays = iter([v.reshape(s) for v, s in zip(np.split(theta, np.cumsum([np.prod(s) for s in shapes])[:-1]), shapes)])
    a = inputs
    for l in range(3):
        z = a @ next(arrays) + next(arrays)
        centred = z - z.mean(1, keepdims=True)
        y = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-5) * next(arrays) + next(arrays)
        a = np.tanh(y) + (a if a.shape == y.shape else 0)
    return a @ next(arrays) + next(arrays)

def loss(theta):
    z = logits(theta)
    return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(rows), labels])

grad = [loss(params + 1e-30j * e).imag / 1e-30 for e in np.eye(params.size)]
with open("extras.toml", "w") as file:
    for name, values in dict(params=params, inputs=inputs, logits=logits(params), grad=grad).items():
        print(f"{name} = {[float(v) for v in np.ravel(values)]}", file=file)
    print(f"labels = {labels.tolist()}\nloss = {loss(params)}", file=file)
