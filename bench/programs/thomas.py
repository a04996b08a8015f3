"""Many tridiagonal systems at once: elimination and substitution along one axis."""

import numpy as np

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 20, "M": 200, "L": 1000}


def arguments(rng, size):
    a, b, c, d = rng.random((4, size, 1000))
    return a, b + 3.0, c, d


def program(a, b, c, d):
    """Below, on and above the diagonal, and the right side."""
    n = len(d)
    c, d = c.copy(), d.copy()
    c[0] /= b[0]
    d[0] /= b[0]
    for i in range(1, n):
        pivot = b[i] - a[i] * c[i - 1]
        c[i] /= pivot
        d[i] = (d[i] - a[i] * d[i - 1]) / pivot
    x = np.empty_like(d)
    x[-1] = d[-1]
    for i in range(n - 2, -1, -1):
        x[i] = d[i] - c[i] * x[i + 1]
    return x
