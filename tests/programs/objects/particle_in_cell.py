"""Electrons in a plasma: charge to the grid, field by Fourier modes, push."""

import numpy as np

SIZE = 16
TOLERANCE = 1e-12  # Fourier transforms by another algorithm, step after step


def arguments(rng, size):
    x = (np.arange(4 * size) + rng.random(4 * size)) / 4
    v = rng.normal(0.0, 1.0, 4 * size)
    v[::2] += 3.0
    v[1::2] -= 3.0
    return Plasma(x, v, size), 3


class Plasma:
    def __init__(self, x, v, cells):
        self.x, self.v, self.cells = x, v, cells
        self.weight = cells / len(x)
        k = 2 * np.pi * np.fft.rfftfreq(cells)
        k[0] = 1.0
        self.k = k

    def locate(self):
        left = np.floor(self.x).astype(np.int64)
        share = self.x - left
        return left % self.cells, (left + 1) % self.cells, share

    def density(self):
        left, right, share = self.locate()
        rho = np.zeros(self.cells)
        np.add.at(rho, left, self.weight * (1.0 - share))
        np.add.at(rho, right, self.weight * share)
        return 1.0 - rho

    def field(self):
        modes = np.fft.rfft(self.density()) / (1j * self.k)
        modes[0] = 0.0
        return np.fft.irfft(modes, n=self.cells)

    def push(self, dt):
        field = self.field()
        left, right, share = self.locate()
        force = field[left] * (1.0 - share) + field[right] * share
        self.v -= dt * force
        self.x += dt * self.v
        np.mod(self.x, self.cells, out=self.x)
        return 0.5 * np.sum(field**2), 0.5 * self.weight * np.sum(self.v**2)


def program(plasma, steps):
    energies = [plasma.push(0.1) for _ in range(steps)]
    return np.array(energies)
