"""Two substances that react and diffuse on a torus, in place."""

import numpy as np

__all__ = ["SIZES", "arguments", "observed", "program"]

SIZES = {"S": 50, "M": 400, "L": 2000}


def arguments(rng, size):
    u, v = np.ones((size, size)), np.zeros((size, size))
    middle = slice(size // 3, 2 * size // 3)
    u[middle, middle], v[middle, middle] = 0.5, 0.25
    return u + 0.01 * rng.random(u.shape), v + 0.01 * rng.random(v.shape), 10


def laplacian(a):
    around = [np.roll(a, shift, axis) for axis in (0, 1) for shift in (1, -1)]
    return sum(around) - 4 * a


def program(u, v, steps, feed=0.04, kill=0.06):
    for _ in range(steps):
        reaction = u * v * v
        du = 0.16 * laplacian(u) - reaction + feed * (1 - u)
        dv = 0.08 * laplacian(v) + reaction - (feed + kill) * v
        u += du
        v += dv


def observed(args, result):
    return args[:2]
