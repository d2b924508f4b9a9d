"""Writes reference.csv: e^x, ln(1 + x) and tanh x to some 32 digits.

Each line holds the function, x, the value rounded to f64, and what the rounding left, rounded to f64. Python 3.11 with
mpmath 1.3.0; `python3 reference.py > reference.csv`.
"""

import random

import mpmath

mpmath.mp.prec = 400
random.seed(1)

ROWS = 60


def line(name, function, x):
    value = function(mpmath.mpf(x))
    high = float(value)
    print(f"{name},{x!r},{high!r},{float(value - mpmath.mpf(high))!r}")


def sign():
    return random.choice([-1, 1])


print("function,x,value,rest")
for _ in range(ROWS):
    line("exp", mpmath.exp, random.uniform(-708, 709))
    line("exp", mpmath.exp, sign() * random.uniform(0, 2))
    line("exp", mpmath.exp, sign() * 10 ** random.uniform(-18, 0))
    line("ln_1p", mpmath.log1p, random.uniform(-1, 3))
    line("ln_1p", mpmath.log1p, sign() * 10 ** random.uniform(-20, 0))
    line("ln_1p", mpmath.log1p, 10 ** random.uniform(0, 300))
    line("tanh", mpmath.tanh, sign() * random.uniform(0, 1))
    line("tanh", mpmath.tanh, sign() * random.uniform(0, 20))
    line("tanh", mpmath.tanh, sign() * 10 ** random.uniform(-20, 0))
