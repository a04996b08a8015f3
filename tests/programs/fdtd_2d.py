"""Maxwell's equations in the plane on a staggered grid; a source drives one edge."""

import numpy as np

SIZE = 8


def arguments(rng, size):
    ex, ey, hz = rng.random((3, size, size + 2))
    return ex, ey, hz, np.arange(5.0)


def program(ex, ey, hz, source):
    for value in source:
        ey[0, :] = value
        ey[1:] -= 0.5 * (hz[1:] - hz[:-1])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        curl = ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]
        hz[:-1, :-1] -= 0.7 * curl
    return {"ex": ex, "ey": ey, "hz": hz}
