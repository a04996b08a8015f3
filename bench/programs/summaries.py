"""Sums, means, deviations, extremes and norms of a table, by rows and columns."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 1500, "L": 6000}


def arguments(rng, size):
    return (rng.normal(size=(size, size)),)


def program(x):
    return {
        "total": x.sum(),
        "columns": x.mean(axis=0),
        "rows": x.std(axis=1),
        "smallest": x.min(axis=1),
        "largest": np.abs(x).max(axis=0),
        "where": x.argmax(axis=1),
        "norm": np.sqrt((x * x).sum()),
        "positive": np.count_nonzero(x > 0, axis=0),
    }
