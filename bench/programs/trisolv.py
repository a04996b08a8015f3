"""A triangular system, solved row by row."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 20, "M": 800, "L": 4000}


def arguments(rng, size):
    return np.tril(rng.random((size, size))) + size * np.eye(size), rng.random(size)


def program(lower, b):
    x = np.zeros_like(b)
    for i in range(len(b)):
        x[i] = (b[i] - lower[i, :i] @ x[:i]) / lower[i, i]
    return x
