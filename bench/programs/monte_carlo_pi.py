"""The area of a circle by random points, in batches, with its error."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 1000, "M": 200_000, "L": 2_000_000}


def arguments(rng, size):
    return rng, size, 5


def program(rng, points, batches):
    areas = np.empty(batches)
    for i in range(batches):
        x, y = rng.random(points), rng.random(points)
        areas[i] = 4.0 * np.mean(x * x + y * y < 1.0)
    return areas.mean(), areas.std() / np.sqrt(batches)
