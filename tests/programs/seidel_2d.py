"""Gauss and Seidel's sweep over nine neighbours: each element uses new ones."""

SIZE = 6


def arguments(rng, size):
    return 2, rng.random((size, size))


def program(sweeps, a):
    n = a.shape[0]
    for _ in range(sweeps):
        for i in range(1, n - 1):
            # all that does not depend on the element to the left
            a[i, 1:-1] += (a[i - 1, :-2] + a[i - 1, 1:-1] + a[i - 1, 2:] + a[i, 2:]) + (
                a[i + 1, :-2] + a[i + 1, 1:-1] + a[i + 1, 2:]
            )
            for j in range(1, n - 1):
                a[i, j] += a[i, j - 1]
                a[i, j] /= 9.0
