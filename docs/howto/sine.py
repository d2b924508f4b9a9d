"""Writes sine.csv: 80 points of a sine with noise of standard deviation 0.3."""

import math
import random

draw = random.Random(1)
with open("sine.csv", "w") as file:
    file.write("x,y\n")
    for _ in range(80):
        x = draw.uniform(-3, 3)
        file.write(f"{x:.4f},{math.sin(2 * x) + draw.gauss(0, 0.3):.4f}\n")
