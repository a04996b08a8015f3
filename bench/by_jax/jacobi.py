"""Jacobi's relaxation of a plate, in place."""

import jax


@jax.jit
def by_jax(u, steps):
    def step(_, u):
        mean = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        return u.at[1:-1, 1:-1].set(mean)

    return jax.lax.fori_loop(0, steps, step, u)
