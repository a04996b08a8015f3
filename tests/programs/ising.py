"""Metropolis' walk of Ising's magnet, one colour of the checkerboard at a time."""

import numpy as np

SIZE = 8


def arguments(rng, size):
    spins = rng.choice(np.array([-1, 1], dtype=np.int8), (size, size))
    return spins, rng, 0.4, 3


def neighbours(spins):
    total = np.zeros(spins.shape, dtype=np.int64)
    for axis in (0, 1):
        for shift in (1, -1):
            total += np.roll(spins, shift, axis)
    return total


def program(spins, rng, beta, sweeps):
    black = np.indices(spins.shape).sum(axis=0) % 2 == 0
    magnetization = []
    for _ in range(sweeps):
        for colour in (black, ~black):
            gain = 2 * spins * neighbours(spins)
            flips = colour & (rng.random(spins.shape) < np.exp(-beta * gain))
            spins[flips] *= -1
        magnetization.append(spins.mean())
    energy = -0.5 * np.sum(spins * neighbours(spins))
    return magnetization, energy
