"""A product of two products, each written to an array made beforehand."""

import numpy as np

SIZE = 6
TOLERANCE = 1e-13  # products of matrices, summed in another order


def arguments(rng, size):
    shapes = (size, size + 1), (size + 1, size + 2), (size + 2, size), (size, size + 3)
    return tuple(rng.random(shape) for shape in shapes)


def program(a, b, c, d):
    left = np.empty((a.shape[0], b.shape[1]))
    right = np.empty((c.shape[0], d.shape[1]))
    np.matmul(a, b, out=left)
    np.dot(c, d, out=right)
    result = np.zeros((left.shape[0], right.shape[1]))
    result += left @ right
    return result
