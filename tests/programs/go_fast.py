"""The trace of a matrix through tanh, element by element, added to all of it."""

import numpy as np

SIZE = 10
TOLERANCE = 1e-13  # tanh, within some units of the last place


def arguments(rng, size):
    return (rng.random((size, size)),)


def program(a):
    trace = 0.0
    for i in range(a.shape[0]):
        trace += np.tanh(a[i, i])
    return a + trace
