"""Correlation matrix of columns, some of which may be almost constant."""

import numpy as np

SIZE = 6
TOLERANCE = 1e-13  # means and products of matrices, summed in another order


def arguments(rng, size):
    data = rng.normal(size=(3 * size, size))
    data[:, 2] = 0.01 + 1e-4 * rng.random(3 * size)
    return (data,)


def program(data):
    n = data.shape[0]
    mean = data.mean(axis=0)
    deviation = data.std(axis=0)
    deviation[deviation <= 0.1] = 1.0
    data -= mean
    data /= np.sqrt(n) * deviation
    result = np.eye(data.shape[1])
    for i in range(data.shape[1] - 1):
        result[i, i + 1 :] = result[i + 1 :, i] = data[:, i] @ data[:, i + 1 :]
    return result
