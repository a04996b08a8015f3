"""Mandelbrot's set both ways: all points always, and only those still inside."""

import numpy as np

SIZE = 10


def arguments(rng, size):
    return size, 5, rng.random(2) / size


def grid(size, shift):
    x = np.linspace(-2.0, 0.5, size) + shift[0]
    y = np.linspace(-1.2, 1.2, size) + shift[1]
    return x + 1j * y[:, None]


def with_all(c, steps):
    z = np.zeros_like(c)
    count = np.zeros(c.shape, dtype=np.int64)
    for n in range(steps):
        inside = z.real**2 + z.imag**2 < 4.0
        count[inside] = n
        z[inside] = z[inside] * z[inside] + c[inside]
    return count


def with_those_inside(c, steps):
    count = np.full(c.shape, steps - 1, dtype=np.int64)
    rows, columns = np.indices(c.shape)
    rows, columns, c = rows.ravel(), columns.ravel(), c.ravel()
    z = np.zeros_like(c)
    for n in range(steps):
        leaves = z.real**2 + z.imag**2 >= 4.0
        count[rows[leaves], columns[leaves]] = n - 1
        stays = np.logical_not(leaves)
        z, c, rows, columns = z[stays], c[stays], rows[stays], columns[stays]
        z = z * z + c
        if z.size == 0:
            break
    return count


def program(size, steps, shift):
    c = grid(size, shift)
    counts = with_all(c, steps)
    assert np.array_equal(counts, with_those_inside(c, steps))
    return counts
