"""Cholesky's decomposition by hand, column by column, in place."""

import numpy as np

SIZE = 7
TOLERANCE = 1e-13  # each column depends on those before it


def arguments(rng, size):
    root = rng.random((size, size))
    return (root @ root.T + size * np.eye(size),)


def program(a):
    for j in range(len(a)):
        a[j, j] = np.sqrt(a[j, j] - a[j, :j] @ a[j, :j])
        a[j + 1 :, j] = (a[j + 1 :, j] - a[j + 1 :, :j] @ a[j, :j]) / a[j, j]
        a[j, j + 1 :] = 0.0
