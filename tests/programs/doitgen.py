"""Each row of a cube times one matrix, in place, from a multiresolution analysis."""

import numpy as np

SIZE = 5
TOLERANCE = 1e-13  # products of matrices, summed in another order


def arguments(rng, size):
    return rng.random((size, size - 1, size + 1)), rng.random((size + 1, size + 1))


def program(cube, matrix):
    rows, columns, width = cube.shape
    for r in range(rows):
        cube[r] = np.reshape(cube[r] @ matrix, (columns, width))
    return cube
