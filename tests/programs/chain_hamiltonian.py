"""Ground state of a chain of spins by Lanczos' method, the matrix never built."""

import numpy as np

SIZE = 5
TOLERANCE = 1e-11  # an orthogonal basis, each vector from those before it


def arguments(rng, size):
    return rng.normal(size=2**size), size, 5


def apply_hamiltonian(state, spins, field=0.7):
    psi = state.reshape((2,) * spins)
    result = np.zeros_like(psi)
    for i in range(spins):
        result -= field * np.flip(psi, axis=i)
    for i in range(spins - 1):
        signs = np.array([[1.0, -1.0], [-1.0, 1.0]])
        result -= psi * signs.reshape((1,) * i + (2, 2) + (1,) * (spins - i - 2))
    return result.ravel()


def program(start, spins, steps):
    basis = [start / np.linalg.norm(start)]
    diagonal, beside = [], []
    for _ in range(steps):
        w = apply_hamiltonian(basis[-1], spins)
        diagonal.append(w @ basis[-1])
        for v in basis:
            w -= (w @ v) * v
        beside.append(np.sqrt(w @ w))
        basis.append(w / beside[-1])
    reduced = np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    return np.linalg.eigvalsh(reduced)[0]
