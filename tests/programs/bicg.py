"""The two products in a step of biconjugate gradients, and ``A.T @ A @ x``."""

SIZE = 8
TOLERANCE = 1e-13  # products of matrices, summed in another order


def arguments(rng, size):
    return rng.random((size + 3, size)), rng.random(size), rng.random(size + 3)


def program(a, p, r):
    s, q = r @ a, a @ p
    return s, q, a.T @ (a @ p) - s
