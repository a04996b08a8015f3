"""Levenshtein's distance of two words, a row at a time by a running minimum."""

import numpy as np

SIZE = 9


def arguments(rng, size):
    return rng.integers(0, 4, size), rng.integers(0, 4, size + 2)


def program(a, b):
    offsets = np.arange(len(b) + 1)
    row = offsets.copy()
    for i, letter in enumerate(a, start=1):
        new = np.empty_like(row)
        new[0] = i
        new[1:] = np.minimum(row[1:] + 1, row[:-1] + (b != letter))
        row = np.minimum.accumulate(new - offsets) + offsets
    return row[-1]
