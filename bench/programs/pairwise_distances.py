"""Distances of all pairs of points, and how many lie close to each."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 50, "M": 800, "L": 4000}


def arguments(rng, size):
    return rng.random((size, 3)), 0.2


def program(points, radius):
    offsets = points[:, np.newaxis, :] - points[np.newaxis, :, :]
    distances = np.sqrt(np.sum(offsets**2, axis=-1))
    return distances, np.sum(distances < radius, axis=1) - 1
