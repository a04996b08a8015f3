"""Azimuthal integration: the mean brightness in rings around a centre."""

import numpy as np

SIZE = 200
TOLERANCE = 1e-13  # means, summed in another order


def arguments(rng, size):
    return rng.random(size), rng.random(size), 8


def program(brightness, radius, rings):
    largest = radius.max()
    result = np.zeros(rings, dtype=np.float64)
    for i in range(rings):
        inner, outer = largest * i / rings, largest * (i + 1) / rings
        within = np.logical_and(inner <= radius, radius < outer)
        result[i] = brightness[within].mean()
    return result
