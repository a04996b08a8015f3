"""Clipped integers, scaled and shifted."""

import numpy as np

SIZE = 12


def arguments(rng, size):
    a, b = rng.integers(0, 1000, (2, size, size + 1))
    return a, b, np.int64(4), np.int64(3), np.int64(9)


def program(array_1, array_2, a, b, c):
    return np.clip(array_1, 2, 10) * a + array_2 * b + c
