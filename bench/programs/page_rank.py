"""Ranks of pages by their links, summed with ``np.add.at``."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 100, "M": 10_000, "L": 200_000}


def arguments(rng, size):
    source, target = rng.integers(0, size, (2, 8 * size))
    return source, target, size, 5


def program(source, target, pages, steps, damping=0.85):
    links = np.bincount(source, minlength=pages)
    rank = np.full(pages, 1.0 / pages)
    for _ in range(steps):
        given = np.where(links > 0, rank / np.maximum(links, 1), 0.0)
        new = np.full(pages, (1.0 - damping) / pages)
        np.add.at(new, target, damping * given[source])
        new += damping * rank[links == 0].sum() / pages
        rank = new
    return rank
