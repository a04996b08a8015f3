"""Heat in a rod, a class with an array for its state."""

import jax

from npjit._demo.programs import heat as program
from npjit._demo.programs import make_rod as arguments

__all__ = ["SIZES", "arguments", "by_jax", "observed", "program"]

SIZES = {"small": 10_000, "medium": 1_000_000}


@jax.jit
def advance(u, diffusivity, steps):
    def step(_, u):
        return u.at[1:-1].add(diffusivity * (u[2:] - 2.0 * u[1:-1] + u[:-2]))

    return jax.lax.fori_loop(0, steps, step, u)


def by_jax(rod, steps):
    return advance(rod.u, rod.diffusivity, steps)


def observed(args, result):
    return args[0].u
