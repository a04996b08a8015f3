"""Fields on a grid with operators, properties, slices and iteration of their own."""

import numpy as np

SIZE = 6
TOLERANCE = 1e-13  # sums in another order


def arguments(rng, size):
    return Field(rng.random((size, size))), Field(rng.random((size, size))), 3


class Field:
    __array_ufunc__ = None  # an array leaves an operator to the field

    def __init__(self, values, spacing=0.5):
        self.values = values
        self.spacing = spacing

    def like(self, values):
        return type(self)(values, self.spacing)

    def __add__(self, other):
        return self.like(self.values + values_of(other))

    __radd__ = __add__

    def __neg__(self):
        return self.like(-self.values)

    def __sub__(self, other):
        return self + -other

    def __mul__(self, other):
        return self.like(self.values * values_of(other))

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self.like(self.values / values_of(other))

    def __iadd__(self, other):
        self.values += values_of(other)
        return self

    def __matmul__(self, other):
        """Inner product."""
        return np.sum(self.values * values_of(other)) * self.spacing**2

    def __abs__(self):
        return np.sqrt(self @ self)

    def __lt__(self, other):
        return self.values < values_of(other)

    def __getitem__(self, key):
        return self.values[key]

    def __setitem__(self, key, value):
        self.values[key] = values_of(value)

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter(self.values)

    @property
    def gradient(self):
        return tuple(map(self.like, np.gradient(self.values, self.spacing)))

    @property
    def laplacian(self):
        result = self.like(np.zeros_like(self.values))
        result[1:-1, 1:-1] = (
            self[2:, 1:-1] + self[:-2, 1:-1] + self[1:-1, 2:] + self[1:-1, :-2]
        ) - 4 * self[1:-1, 1:-1]
        return result / self.spacing**2


def values_of(other):
    return other.values if isinstance(other, Field) else other


def program(f, g, steps):
    for _ in range(steps):
        f += 0.01 * f.laplacian
        f[f < 0.1] = 0.1
    down, across = (f * g - 1.0).gradient
    slope = (down * down + across * across) * 0.5
    rows = [row.max() for row in slope]
    return slope, rows, abs(f - g), np.ones(len(f)) * f + g[0]
