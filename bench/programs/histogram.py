"""A histogram, the entropy of its shares, and its median bin."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 1000, "M": 300_000, "L": 5_000_000}


def arguments(rng, size):
    return rng.normal(size=size), 100


def program(x, bins):
    counts, edges = np.histogram(x, bins=bins, range=(-6.0, 6.0))
    shares = counts / counts.sum()
    filled = shares[shares > 0]
    entropy = -np.sum(filled * np.log(filled))
    return counts, edges, entropy, np.searchsorted(np.cumsum(shares), 0.5)
