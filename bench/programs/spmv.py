"""A sparse matrix by its rows, times a vector: a gather and sums of segments."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 20_000, "L": 500_000}


def arguments(rng, size):
    lengths = rng.integers(1, 30, size)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    columns = rng.integers(0, size, starts[-1])
    return rng.random(starts[-1]), columns, starts, rng.random(size)


def program(values, columns, starts, x):
    return np.add.reduceat(values * x[columns], starts[:-1])
