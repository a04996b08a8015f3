"""A simulation whose state are attributes: shallow water on a staggered grid."""

import numpy as np

SIZE = 8
TOLERANCE = 1e-13  # sums of the diagnostics, in another order


def arguments(rng, size):
    return Basin(rng.random((size, size)), depth=10.0), 4


class Basin:
    gravity = 9.81

    def __init__(self, surface, depth):
        ny, nx = surface.shape
        self.h = surface
        self.u = np.zeros((ny, nx + 1))
        self.v = np.zeros((ny + 1, nx))
        self.depth = depth
        self.time = 0.0
        self.history = {"energy": [], "volume": []}

    @property
    def dt(self):
        return 0.3 / np.sqrt(self.gravity * self.depth)

    @property
    def energy(self):
        kinetic = np.sum(self.u**2) + np.sum(self.v**2)
        return 0.5 * (self.depth * kinetic + self.gravity * np.sum(self.h**2))

    def push(self):
        self.u[:, 1:-1] -= self.dt * self.gravity * np.diff(self.h, axis=1)
        self.v[1:-1] -= self.dt * self.gravity * np.diff(self.h, axis=0)

    def spread(self):
        divergence = np.diff(self.u, axis=1) + np.diff(self.v, axis=0)
        self.h -= self.dt * self.depth * divergence

    def step(self):
        self.push()
        self.spread()
        self.time += self.dt
        self.history["energy"].append(self.energy)
        self.history["volume"].append(self.h.mean())


def program(basin, steps):
    surface = basin.h
    for _ in range(steps):
        basin.step()
    assert basin.h is surface
    return basin.time, basin.energy
