"""Values far from the mean are replaced in place, by masks, until few are left."""

import numpy as np

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 1000, "M": 500_000, "L": 10_000_000}


def arguments(rng, size):
    return rng.standard_t(4.0, size), 3.0


def program(x, limit):
    replaced = []
    for _ in range(3):
        mean, deviation = x.mean(), x.std()
        high, low = x > mean + limit * deviation, x < mean - limit * deviation
        x[high] = mean + limit * deviation
        x[low] = mean - limit * deviation
        replaced.append(np.count_nonzero(high | low))
    return replaced, x[x > 0].mean()


def observed(args, result):
    return args[0], *result
