"""Moments of a matrix polynomial's inverse along a circle of the complex plane."""

import numpy as np

SIZE = 4
TOLERANCE = 1e-12  # systems of equations, solved by another algorithm


def arguments(rng, size):
    coefficients = rng.normal(size=(3, size, size)) + 0j
    coefficients[1] += 4 * size * np.eye(size)
    probes = rng.normal(size=(size, 2)) + 1j * rng.normal(size=(size, 2))
    return coefficients, probes, 6


def program(coefficients, probes, points):
    moments = np.zeros((2, *probes.shape), dtype=complex)
    angle = 2 * np.pi * (np.arange(points) + 0.5) / points
    for z in 2.0 * np.exp(1j * angle):
        matrix = np.zeros(coefficients.shape[1:], dtype=complex)
        for n, coefficient in enumerate(coefficients):
            matrix += z ** (n - 1) * coefficient
        x = np.linalg.solve(matrix, probes)
        if abs(z) < 1.0:
            x = -x
        moments[0] += x
        moments[1] += z * x
    return moments / points
