"""Two substances that react and diffuse on a torus."""

import jax
import jax.numpy as jnp

FEED, KILL = 0.04, 0.06


def laplacian(a):
    around = [jnp.roll(a, shift, axis) for axis in (0, 1) for shift in (1, -1)]
    return sum(around) - 4 * a


@jax.jit
def by_jax(u, v, steps):
    def step(_, state):
        u, v = state
        reaction = u * v * v
        du = 0.16 * laplacian(u) - reaction + FEED * (1 - u)
        dv = 0.08 * laplacian(v) + reaction - (FEED + KILL) * v
        return u + du, v + dv

    return jax.lax.fori_loop(0, steps, step, (u, v))
